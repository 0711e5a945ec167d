import type { Random } from "./random.ts";

// What programs choke on.

export const nastyStrings: readonly string[] = [
  "",
  " ",
  "\0",
  "a\0b",
  "\u202Eright to left\u202C",
  "שלום עולם",
  "مرحبا",
  "👩‍👩‍👧‍👦🏳️‍🌈",
  "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
  "\uD800",
  "\uDFFF\uD800",
  "\uFEFF",
  "\u2028\u2029",
  "\uFFFE\uFFFF",
  "\x7f\x80\x9f",
  "ﬀ ẞ İ ı ſ K",
  "e\u0301 é",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "null",
  "undefined",
  "NaN",
  "true",
  "0",
  "-1",
  "1e999",
  "0x10",
  "9007199254740993",
  "../../../../etc/passwd",
  "..%2f..%2f",
  "%00",
  "%",
  "%zz",
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "' OR 1=1 --",
  "{{7*7}}#{7*7}",
  "WS#",
  "WS#x#POST#y",
  "NAME#key#",
  "#",
  "a#b#c",
  "\r\nSet-Cookie: a=b",
  "a\nb",
  "=cmd|' /C calc'!A0",
  "http://169.254.169.254/latest/meta-data/",
  "https://private.invalid/",
  "javascript:alert(1)",
  "9999-12-31T23:59:59.999Z",
  "-271821-04-20T00:00:00Z",
  "2026-02-30T00:00:00Z",
  "2026-06-01T25:00:00+99:99",
  "+275760-09-13T00:00:00Z",
  "1969-12-31T23:59:59Z",
  "Etc/GMT+12",
  "Europe/Amsterdam\0",
  "a".repeat(255),
  "a".repeat(4096),
  "é".repeat(1000),
];

export const nastyNumbers: readonly number[] = [
  0,
  -0,
  -1,
  1,
  0.5,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  1e21,
  1e308,
  -1e308,
  5e-324,
];

const nested = (depth: number, of: "[" | "{"): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = of === "[" ? [value] : { a: value };
  return value;
};

/** Something that hardly any field expects. */
export const nastyValue = (random: Random): unknown =>
  random.weighted<() => unknown>([
    [10, () => random.pick(nastyStrings)],
    [5, () => random.pick(nastyNumbers)],
    [1, () => null],
    [1, () => random.chance(0.5)],
    [1, () => []],
    [1, () => ({})],
    [1, () => nested(random.int(2, 200), random.pick(["[", "{"]))],
    [1, () => Array.from({ length: random.int(20, 2000) }, () => 0)],
    [1, () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')],
    [0.1, () => "x".repeat(100 * 1024)],
  ])();

/** Bodies that are no JSON of ours. */
export const nastyBody = (json: string, random: Random): Buffer =>
  random.weighted<() => Buffer>([
    [2, () => Buffer.from(json.slice(0, random.int(0, json.length)))],
    [2, () => Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from("}")])],
    [1, () => Buffer.from([0xff, 0xfe, 0x00, 0xd8])],
    [1, () => Buffer.from(`\uFEFF${json}`)],
    [1, () => Buffer.from("")],
    [1, () => Buffer.from(" ")],
    [1, () => Buffer.from("null")],
    [1, () => Buffer.from('"text"')],
    [1, () => Buffer.from("[]")],
    [1, () => Buffer.from(`[${json}]`)],
    [1, () => Buffer.from("[".repeat(random.int(10, 100_000)))],
    [1, () => Buffer.from(`${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`)],
    // The same name twice: the last one counts, or it is refused; never half of each.
    [2, () => Buffer.from(json.replace(/^\{/, '{"text":"first","slug":"first","name":1,"__proto__":{"a":1},'))],
    [1, () => Buffer.from(json.replace(/\}$/, ',"constructor":{"prototype":{}},"__proto__":null}'))],
    [1, () => Buffer.from(`${json}${json}`)],
    [1, () => Buffer.from(json.replace(/\d+/g, "1e400"))],
    [1, () => Buffer.from(json, "utf16le")],
    [0.2, () => Buffer.from(`{"text":"${"y".repeat(300 * 1024)}"}`)],
    [1, () => Buffer.from("a=b&a=c&__proto__=d&%zz=%&form=&option=&email=")],
  ])();

/** Headers that a client may send by mistake, or to see what happens. Values are Latin-1, as Node sends them. */
export const nastyHeaders = (random: Random): Record<string, string> =>
  random.pick<() => Record<string, string>>([
    () => ({
      "content-type": random.pick(["text/plain", "application/xml", "application/json; charset=utf-16", "json"]),
    }),
    () => ({ "content-type": "application/json;charset=latin1; boundary=x" }),
    () => ({ "content-type": "multipart/form-data; boundary=x" }),
    () => ({ "content-type": "" }),
    () => ({ "content-encoding": random.pick(["gzip", "br", "identity", "nonsense"]) }),
    () => ({
      accept: random.pick(["application/json", "text/html", "image/png", "*/*", ";;;", "text/html,application/json"]),
    }),
    () => ({ "if-match": random.pick(['"1"', "1", "*", '"0"', 'W/"1"', '"-1"', '"1", "2"', "", '"1e0"', "\xff"]) }),
    () => ({ "if-none-match": "*" }),
    () => ({
      "idempotency-key": random.pick(["", " ", "a b", "\xe9", "k".repeat(255), "k".repeat(256), "k", "__proto__"]),
    }),
    // More than 16 KB of headers ends the connection.
    () => ({ connection: "close", "x-padding": "p".repeat(random.pick([1_000, 9_000, 17_000])) }),
    () => ({ "accept-language": random.pick(["nl", "en", "xx", "nl;q=0", ",,,", "\xff"]) }),
    () => ({ cookie: random.pick(["device=", "device=%00", "a", "=", ";;;", "__proto__=1", "device=x; device=y"]) }),
    () => ({ "x-forwarded-for": "1.2.3.4, ::1, nonsense" }),
    () => ({ host: random.pick(["localhost", "evil.invalid", "[::1]", "a".repeat(300)]) }),
    () => ({ origin: "https://evil.invalid", "sec-fetch-site": "cross-site" }),
    () => ({ "x-http-method-override": "DELETE" }),
    () => ({ range: "bytes=0-1" }),
    () => ({
      authorization: random.pick(["Bearer", "Bearer  ", "Basic YTpi", `Bearer ssp_${"x".repeat(43)}`, "\xff"]),
    }),
  ])();

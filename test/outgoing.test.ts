import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import * as https from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import * as tls from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Asked, OutgoingFailure, outgoing, outgoingWith } from "../functions/platform/outgoing.ts";
import { isPublic, refusalOfUrl } from "../functions/platform/public-address.ts";
import { authority } from "./certificates.ts";

// Requests to addresses that a user gave. The canary listens on every address of this machine, loopback too: whoever
// reaches it has been let through.

let canary: TcpServer;
let canaryPort = 0;
let connections = 0;
beforeAll(async () => {
  canary = createTcpServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined);
    socket.end();
  });
  canary.listen(0, "::");
  await once(canary, "listening").catch(async () => {
    // A machine without IPv6.
    canary.listen(0, "0.0.0.0");
    await once(canary, "listening");
  });
  canaryPort = portOf(canary);
});
afterAll(() => canary.close());

const portOf = (server: TcpServer): number => (server.address() as AddressInfo).port;

const servers: Server[] = [];
afterEach(() => {
  delete process.env.OUTGOING_TEST_SERVERS;
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
const declare = (...hosts: string[]) => {
  process.env.OUTGOING_TEST_SERVERS = hosts.join(",");
};

/** A server on loopback, declared as a test server; gives its address. */
const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  declare(`127.0.0.1:${portOf(server)}`);
  return `http://127.0.0.1:${portOf(server)}`;
};

const ask = (url: string, more: Partial<Asked> = {}): Asked => ({
  method: "GET",
  url,
  timeoutMs: 2_000,
  mostBytes: 1_000,
  ...more,
});

/** How a request failed. */
const failureOf = async (request: Promise<unknown>): Promise<OutgoingFailure> => {
  const error = await request.then(
    (answered) => new Error(`It was answered: ${JSON.stringify(answered)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OutgoingFailure)) throw error;
  return error;
};

/** Hosts as they stand in a URL. */
const hosts = {
  "loopback, in every notation of IPv4": [
    ...["127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.1.", "127.0.0.2", "127.1.1.1", "127.255.255.254"],
    ...["2130706433", "2130706433.", "0x7f000001", "0X7F000001", "0x7f000001.", "017700000001", "0017700000001"],
    ...["0x7f.1", "0x7f.0.0.1", "0x7f.0x0.0x0.0x1", "0X7F.0.0.0X1", "0x7f.0.1", "0x7f.0x1", "0x007f.0.0.1"],
    ...["0177.1", "0177.0.0.1", "0177.0.0.01", "00177.0.0.1", "0177.00.00.01", "0177.0x0.0.1", "127.0x1", "127.01"],
    ...["127.000.000.001", "127.0.0x0.1", "127.16777215", "127.0.65535", "2147483647"],
  ],
  "loopback, in other letters": [
    ...["%31%32%37.0.0.1", "127%2e0%2e0%2e1", "127.0.0%2E1", "%30x7f000001", "127%E3%80%820%E3%80%820%E3%80%821"],
    ...["１２７.０.０.１", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "①②⑦.⓪.⓪.①", "𝟏𝟐𝟕.𝟎.𝟎.𝟏", "𝟚𝟙𝟛𝟘𝟟𝟘𝟞𝟜𝟛𝟛"],
    ...["12\t7.0.0.1", "127.0.\n0.1", "127.0.0.1\u00ad", "1\u200b27.0.0.1", "0Ⅹ7f.1", "₁₂₇.₀.₀.₁", "¹²⁷.⁰.⁰.¹"],
  ],
  "this network and the unspecified address": [
    ...["0", "0.", "00", "0x0", "0X0", "0.0", "0.0.0", "0.0.0.0", "0.0.0.0.", "0.0.0.1", "0.1.2.3", "0.255.255.255"],
    ...["000.000.000.000", "0x0.0x0.0x0.0x0", "16777215"],
  ],
  "private networks": [
    ...["10.0.0.1", "10.255.255.255", "10.1", "0xa.0.0.1", "012.0.0.1", "167772161", "0x0a000001"],
    ...["172.16.0.1", "172.31.255.255", "172.16.1", "0254.020.0.1", "2886729729", "0xac100001"],
    ...["192.168.0.1", "192.168.255.255", "192.168.1", "0300.0250.0.1", "3232235521", "0xc0a80001"],
    ...["100.64.0.1", "100.127.255.255", "0x64400001"],
  ],
  "a cloud's metadata and credentials": [
    ...["169.254.169.254", "169.254.169.254.", "169.254.170.2", "169.254.170.23", "169.254.0.1", "169.254.43518"],
    ...["2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "0251.0376.0251.0376", "025177524776", "169.16689662"],
    ...["[fd00:ec2::254]", "[fd00:ec2::23]", "[fe80::a9fe:a9fe]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]"],
  ],
  "reserved, documentation, benchmarks, multicast, broadcast": [
    ...["192.0.0.1", "192.0.0.8", "192.0.0.170", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1"],
    ...["198.19.255.255", "192.88.99.1", "192.31.196.1", "192.52.193.1", "192.175.48.1"],
    ...["224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.254", "255.255.255.255", "4294967295", "0xffffffff"],
  ],
  "loopback and nothing, in every notation of IPv6": [
    ...["[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::0001]", "[0::1]"],
    ...["[0:0::0:1]", "[::0.0.0.1]", "[::0:0:1]", "[0:0:0:0:0:0:0.0.0.1]", "[0:0:0:0:0:0:0:0]", "[::0.0.0.0]"],
  ],
  "IPv4 inside IPv6: mapped, compatible, translated, 6to4, Teredo, NAT64": [
    ...[
      "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",
      "[::FFFF:127.0.0.1]",
      "[0:0:0:0:0:ffff:127.0.0.1]",
      "[::ffff:7f00:0001]",
    ],
    ...["[::ffff:10.0.0.1]", "[::ffff:192.168.0.1]", "[::ffff:0.0.0.0]", "[::ffff:8.8.8.8]", "[::ffff:0:127.0.0.1]"],
    ...["[::127.0.0.1]", "[::7f00:1]", "[::10.0.0.1]", "[::ffff:0:7f00:1]"],
    ...[
      "[64:ff9b::127.0.0.1]",
      "[64:ff9b::7f00:1]",
      "[64:ff9b:1::127.0.0.1]",
      "[64:ff9b::10.0.0.1]",
      "[64:ff9b::8.8.8.8]",
    ],
    ...["[2002:7f00:1::]", "[2002:7f00:0001::1]", "[2002:a00:1::]", "[2002:c0a8:1::1]", "[2002:a9fe:a9fe::]"],
    ...["[2001::1]", "[2001:0:7f00:1::]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[2001:0:0:0:0:0:f5ff:fffe]"],
  ],
  "other special IPv6": [
    ...["[fc00::1]", "[fd00::1]", "[fdff:ffff::1]", "[fe80::1]", "[febf::1]", "[fec0::1]", "[ff02::1]", "[ff0e::1]"],
    ...["[100::1]", "[100:0:0:1::1]", "[2001:db8::1]", "[2001:2::1]", "[2001:10::1]", "[2001:20::1]", "[2001:1::1]"],
    ...["[3fff::1]", "[5f00::1]", "[2620:4f:8000::1]", "[4000::1]", "[e000::1]", "[1::1]"],
  ],
  "names of this machine": [
    ...[
      "localhost",
      "LOCALHOST",
      "localhost.",
      "LocalHost",
      "ｌｏｃａｌｈｏｓｔ",
      "%6cocalhost",
      "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
      "local\u00adhost",
      "canary.localhost",
      "canary.localhost.",
    ],
  ],
};

/** What comes before or after the host to make it look like another. `@` is the canary's host and port. */
const disguises = [
  "http://@/",
  "http://127.0.0.1/",
  "ftp://@/",
  "ws://@/",
  "wss://@/",
  "file:///etc/passwd",
  "gopher://@/_",
  "data:text/plain,hello",
  "unix:/var/run/docker.sock",
  "//@/",
  "@",
  "javascript:alert(1)",
  "https:@",
  "https:/@",
  "https:///@/",
  "https:\\\\@\\",
  "https://@",
  " https://@/ ",
  "https://example.invalid@@/",
  "https://example.invalid:443@@/",
  "https://user:secret@example.invalid/",
  "https://user@example.invalid/",
  "https://example.invalid%40@/",
  "https://@#@example.invalid/",
  "https://@?@example.invalid/",
  "https://@\\@example.invalid/",
  "https://example.invalid\\@@/",
  "https://[::1%25lo]:443/",
  "https://[fe80::1%25eth0]/",
  "https://[::1%lo]/",
  "https://[::1/",
  "https://::1/",
  "https://[127.0.0.1]/",
  "https://127.0.0.256/",
  "https://0x7f00000001/",
  "https://127.0.0.1.1/",
  "https://example.invalid:22/",
  "https://example.invalid:25/",
  "https://example.invalid:0/",
  "https://example.invalid:1023/",
  "https://example.invalid:65536/",
  "https://",
  "",
];

/** Names, and what they resolve to. */
const resolved: Record<string, string[]> = {
  "loopback.test": ["127.0.0.1"],
  "loopback-elsewhere.test": ["127.8.8.8"],
  "loopback-6.test": ["::1"],
  "unspecified.test": ["0.0.0.0"],
  "unspecified-6.test": ["::"],
  "private.test": ["10.0.0.1"],
  "metadata.test": ["169.254.169.254"],
  "mapped.test": ["::ffff:127.0.0.1"],
  "mapped-hex.test": ["::ffff:7f00:1"],
  "compatible.test": ["::127.0.0.1"],
  "nat64.test": ["64:ff9b::7f00:1"],
  "6to4.test": ["2002:7f00:1::"],
  "teredo.test": ["2001:0:7f00:1::1"],
  "link-local.test": ["fe80::1"],
  "zone.test": ["fe80::1%lo"],
  "global-with-zone.test": ["2606:4700::1111%lo"],
  "unique-local.test": ["fd12:3456::1"],
  "public-first.test": ["1.1.1.1", "127.0.0.1"],
  "public-last.test": ["127.0.0.1", "1.1.1.1"],
  "public-in-two-families.test": ["2606:4700::1111", "::1"],
  "one-of-many.test": ["1.1.1.1", "8.8.8.8", "9.9.9.9", "192.168.1.1", "8.8.4.4"],
  "no-address.test": ["localhost"],
  "decimal.test": ["2130706433"],
  "bücher.test": ["127.0.0.1"],
  "trailing-dot.test.": ["127.0.0.1"],
};

describe("addresses that are not on the public internet", () => {
  const forms = [
    ...Object.values(hosts).flatMap((some) => some.map((host) => (port: number) => `https://${host}:${port}/`)),
    ...disguises.map((form) => (port: number) => form.replace("@", `127.0.0.1:${port}`)),
  ];

  test("in more than 200 forms are refused, and not one connection is made", async () => {
    expect(forms.length + Object.keys(resolved).length).toBeGreaterThan(200);
    expect(new Set(forms.map((form) => form(443))).size).toBe(forms.length);
    connections = 0;
    for (const form of forms) {
      const url = form(canaryPort);
      const { failure, message } = await failureOf(outgoing(ask(url)));
      // Some disguises are of a name that does not exist.
      const expected = /^https:..example\.invalid\\/.test(url) ? "not_sent" : "refused_address";
      expect({ url, failure }).toEqual({ url, failure: expected });
      expect(message).not.toContain(String(canaryPort));
    }
    for (const name of Object.keys(resolved)) {
      const ascii = new URL(`https://${name}`).hostname;
      const send = outgoingWith(async (asked) => {
        expect(asked).toBe(ascii);
        return (resolved[name] ?? []).map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      });
      const { failure } = await failureOf(send(ask(`https://${name}:${canaryPort}/`)));
      expect({ name, failure }).toEqual({ name, failure: "refused_address" });
    }
    expect(connections).toBe(0);
  });

  test("the canary hears whoever is let through", async () => {
    connections = 0;
    declare(`127.0.0.1:${canaryPort}`);
    expect(await failureOf(outgoing(ask(`http://127.0.0.1:${canaryPort}/`)))).toMatchObject({ failure: "unknown" });
    expect(connections).toBe(1);
  });

  test("are not reached by a redirect: it is an answer, and not followed", async () => {
    connections = 0;
    const all = Object.values(hosts)
      .flat()
      .map((host) => `http://${host}:${canaryPort}/`);
    const statuses = [301, 302, 303, 307, 308];
    let asked = 0;
    const server = await serve((_request, response) => {
      const location = encodeURI(all[asked % all.length] ?? "").replaceAll("%25", "%");
      response.writeHead(statuses[asked % statuses.length] ?? 302, {
        location,
        refresh: `0; url=${location}`,
        link: `<${location}>; rel=preload`,
        "alt-svc": `h2="127.0.0.1:${canaryPort}"; ma=3600`,
      });
      asked += 1;
      response.end();
    });
    for (let i = 0; i < all.length; i += 1) {
      const { status } = await outgoing(ask(server));
      expect(statuses).toContain(status);
    }
    expect({ asked, connections }).toEqual({ asked: all.length, connections: 0 });
  });

  test("are not reached by a name that changes its address: it is resolved once, and dialled there", async () => {
    connections = 0;
    // Unrouted, though of the public range: the documentation's own addresses are refused.
    const rebinding = [["3ffe:ffff::1"], ["127.0.0.1"], ["::1"]];
    for (let i = 0; i < 5; i += 1) {
      let asked = 0;
      const send = outgoingWith(async () => {
        const [address = ""] = rebinding[Math.min(asked, 2)] ?? [];
        asked += 1;
        return [{ address, family: address.includes(":") ? 6 : 4 }];
      });
      const { failure } = await failureOf(send(ask(`https://rebinding.test:${canaryPort}/`, { timeoutMs: 100 })));
      expect({ failure, asked }).toEqual({ failure: "not_sent", asked: 1 });
    }
    expect(connections).toBe(0);
  });

  test("are not reached through a proxy of the environment", async () => {
    connections = 0;
    const names = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "NODE_USE_ENV_PROXY"];
    const before = names.map((name) => process.env[name]);
    const server = await serve((_request, response) => response.end("direct"));
    for (const name of names)
      process.env[name] = name === "NODE_USE_ENV_PROXY" ? "1" : `http://127.0.0.1:${canaryPort}`;
    try {
      expect(String((await outgoing(ask(server))).body)).toBe("direct");
    } finally {
      names.forEach((name, i) => {
        if (before[i] === undefined) delete process.env[name];
        else process.env[name] = before[i];
      });
    }
    expect(connections).toBe(0);
  });

  test("are told from public ones, which are not refused", () => {
    for (const address of ["1.1.1.1", "8.8.8.8", "93.184.215.14", "172.15.255.255", "172.32.0.0", "100.63.255.255"])
      expect({ address, isPublic: isPublic(address) }).toEqual({ address, isPublic: true });
    for (const address of ["2606:4700::1111", "2a00:1450:400e:80c::200e", "2001:4860:4860::8888", "2003::1"])
      expect({ address, isPublic: isPublic(address) }).toEqual({ address, isPublic: true });
    for (const url of [
      "https://example.org/hook?a=b#c",
      "https://1.1.1.1:8443/",
      "https://[2606:4700::1111]/",
      "https://bücher.example/",
    ])
      expect({ url, refusal: refusalOfUrl(url) }).toEqual({ url, refusal: undefined });
  });
});

describe("a declared test server", () => {
  test("is reached by its exact name and port only, and only on loopback", async () => {
    const server = await serve((_request, response) => response.end("here"));
    const port = new URL(server).port;
    expect((await outgoing(ask(server))).status).toBe(200);
    for (const other of [`http://localhost:${port}`, `http://127.0.0.2:${port}`, `http://127.1.1.1:${port}`])
      expect(await failureOf(outgoing(ask(other)))).toMatchObject({ failure: "refused_address" });
    declare(`server.test:${port}`);
    for (const address of ["1.1.1.1", "10.0.0.1", "169.254.169.254"]) {
      const send = outgoingWith(async () => [{ address, family: 4 }]);
      expect(await failureOf(send(ask(`http://server.test:${port}`)))).toMatchObject({ failure: "refused_address" });
    }
  });
});

describe("a request", () => {
  test("carries its method, headers and body, and no cookie or credential", async () => {
    let heard = {};
    const server = await serve(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      heard = { method: request.method, url: request.url, headers: request.headers, body };
      response.writeHead(201, { "set-cookie": ["a=1", "b=2"], "x-one": "1" }).end("done");
    });
    const { status, headers, body, cut } = await outgoing(
      ask(`${server}/path?q=1#part`, { method: "POST", headers: { "content-type": "text/plain" }, body: "é" }),
    );
    expect({ status, one: headers["x-one"], body: String(body), cut }).toEqual({
      status: 201,
      one: "1",
      body: "done",
      cut: false,
    });
    expect(heard).toEqual({
      method: "POST",
      url: "/path?q=1",
      body: "é",
      headers: {
        "user-agent": "Samenspraak",
        "content-type": "text/plain",
        "content-length": "2",
        host: new URL(server).host,
        connection: "close",
      },
    });
  });

  test("reads no more of an answer than it was told to", async () => {
    let written = 0;
    const server = await serve((_request, response) => {
      const more = () => {
        written += 65_536;
        if (written < 200_000_000 && !response.destroyed) response.write(Buffer.alloc(65_536, 97), more);
      };
      more();
    });
    const { body, cut } = await outgoing(ask(server, { mostBytes: 5_000 }));
    expect({ bytes: body.length, cut }).toEqual({ bytes: 5_000, cut: true });
    expect(written).toBeLessThan(20_000_000);
  });

  test("does not unpack what was packed to burst", async () => {
    const server = await serve((_request, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(Buffer.from("1f8b08", "hex")),
    );
    expect((await outgoing(ask(server))).body.toString("hex")).toBe("1f8b08");
  });

  test.each<[string, RequestListener]>([
    ["never answers", () => undefined],
    [
      "answers a byte at a time for ever",
      (_request, response) => void setInterval(() => response.write("a"), 20).unref(),
    ],
    ["sends only hints", (_request, response) => void setInterval(() => response.writeContinue(), 20).unref()],
    [
      "sends its headers one by one",
      ({ socket }) =>
        void setInterval(() => socket.write(socket.bytesWritten ? "x: 1\r\n" : "HTTP/1.1 200 OK\r\n"), 20).unref(),
    ],
  ])("ends in time where the server %s, and what became of it is unknown", async (_how, listener) => {
    const { promise: arrived, resolve: arrives } = Promise.withResolvers<void>();
    const server = await serve((request, response) => {
      arrives();
      listener(request, response);
    });
    // Its time runs from when it has arrived: on a busy machine it may be over before that.
    const time = new AbortController();
    const timing = vi.spyOn(AbortSignal, "timeout").mockImplementationOnce((ms) => {
      void arrived.then(() => setTimeout(() => time.abort(), ms));
      return time.signal;
    });
    let isLate = false;
    const late = () => {
      isLate = true;
    };
    void arrived.then(() => setTimeout(late, 2_000).unref());
    const { failure } = await failureOf(outgoing(ask(server, { timeoutMs: 300 })));
    timing.mockRestore();
    expect({ failure, isLate }).toEqual({ failure: "unknown", isLate: false });
  });

  test("ends in time where the name is never resolved, and was not sent", async () => {
    const send = outgoingWith(() => new Promise(() => undefined));
    expect(await failureOf(send(ask("https://never.test/", { timeoutMs: 100 })))).toMatchObject({
      failure: "not_sent",
    });
  });

  test("is known to be unsent where there is no such name or nobody listens", async () => {
    const server = await serve((_request, response) => response.end());
    for (const one of servers.splice(0)) await new Promise((closed) => one.close(closed));
    expect(await failureOf(outgoing(ask(server)))).toMatchObject({ failure: "not_sent" });
    const send = outgoingWith(() => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" })));
    expect(await failureOf(send(ask("https://nowhere.test/")))).toMatchObject({
      failure: "not_sent",
      reason: "The name could not be resolved: ENOTFOUND.",
    });
  });

  test.each<[string, RequestListener]>([
    ["breaks off before it answers", ({ socket }) => void socket.destroy()],
    ["speaks something else", ({ socket }) => void socket.end("SSH-2.0-OpenSSH_9.9\r\n")],
    [
      "breaks off in the middle",
      (_request, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("half", () => response.destroy());
      },
    ],
    [
      "sends headers without end",
      ({ socket }) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${"x".repeat(100_000)}\r\n\r\n`),
    ],
    [
      "changes the protocol",
      ({ socket }) =>
        void socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"),
    ],
  ])("has an unknown end where the server %s", async (_how, listener) => {
    const server = await serve(listener);
    expect(await failureOf(outgoing(ask(server, { method: "POST", body: "x" })))).toMatchObject({ failure: "unknown" });
  });
});

describe("over TLS", () => {
  const ours = authority("Ours");
  const others = authority("Another");
  const known = tls.getCACertificates("default");
  beforeAll(() => tls.setDefaultCACertificates([...known, ours.certificate]));
  afterAll(() => tls.setDefaultCACertificates(known));

  /** A server with a certificate, declared by a name that resolves to it; how many requests reached it. */
  const serveTls = async (issued: { key: string; certificate: string }, name = "hook.test") => {
    let requests = 0;
    const server = https.createServer({ key: issued.key, cert: issued.certificate }, (_request, response) => {
      requests += 1;
      response.end("safe");
    });
    server.on("tlsClientError", () => undefined);
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    declare(`${name}:${portOf(server)}`);
    const send = outgoingWith(async () => [{ address: "127.0.0.1", family: 4 }]);
    return {
      send: () => send(ask(`https://${name}:${portOf(server)}/`, { method: "POST", body: "secret" })),
      requests: () => requests,
    };
  };

  test("a server is believed that has a valid certificate of the very name", async () => {
    const { send } = await serveTls(ours.issue({ name: "hook.test" }));
    expect(String((await send()).body)).toBe("safe");
  });

  test.each([
    ["for another name", () => ours.issue({ name: "other.test" })],
    ["that has ended", () => ours.issue({ name: "hook.test", until: "2020-01-01T00:00:00Z" })],
    ["of an authority that nobody knows", () => others.issue({ name: "hook.test" })],
  ])("nothing is sent to one with a certificate %s", async (_what, issue) => {
    const { send, requests } = await serveTls(issue());
    expect(await failureOf(send())).toMatchObject({
      failure: "not_sent",
      reason: expect.stringMatching(/CERT|ALTNAME|SIGNATURE|ISSUER/),
    });
    expect(requests()).toBe(0);
  });

  test("nothing is sent to one that does not speak it", async () => {
    const server = await serve((_request, response) => response.end());
    expect(await failureOf(outgoing(ask(server.replace("http:", "https:"))))).toMatchObject({ failure: "not_sent" });
  });
});

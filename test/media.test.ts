import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { look } from "../functions/media/look.ts";
import { presignedGet } from "../functions/media/presign-get.ts";
import { presignedPost } from "../functions/media/presign-post.ts";
import { gif, jpeg, mp4, png, webp } from "./pictures-of.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

describe("what a file is, its bytes say", () => {
  const html = Buffer.from("<!doctype html><script>alert(1)</script>");
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');

  test.each([
    ["a PNG", png(3, 2), { type: "image/png", width: 3, height: 2 }],
    ["a JPEG", jpeg(640, 480), { type: "image/jpeg", width: 640, height: 480 }],
    [
      "a JPEG with what phones put behind it",
      Buffer.concat([jpeg(9, 9), mp4(9, 9)]),
      { type: "image/jpeg", width: 9, height: 9 },
    ],
    ["a JPEG held upright", jpeg(640, 480, 6), { type: "image/jpeg", width: 480, height: 640 }],
    ["a JPEG upside down", jpeg(640, 480, 3), { type: "image/jpeg", width: 640, height: 480 }],
    ["an MP4 held upright", mp4(1280, 720, 100, { isTurned: true }), { type: "video/mp4", width: 720, height: 1280 }],
    ["a GIF", gif(5, 7), { type: "image/gif", width: 5, height: 7 }],
    ["a WebP", webp(1000, 16), { type: "image/webp", width: 1000, height: 16 }],
    ["an MP4", mp4(1280, 720), { type: "video/mp4", width: 1280, height: 720 }],
    ...[false, true].map((isLong): [string, Buffer, object] => [
      `an MP4 that says how long it is, in ${isLong ? 64 : 32} bits,`,
      mp4(1280, 720, 100, { seconds: 12.5, isLong }),
      { type: "video/mp4", width: 1280, height: 720, seconds: 12.5 },
    ]),
    ["an MP4 in fragments, which says 0,", mp4(9, 9, 100, { seconds: 0 }), { type: "video/mp4", width: 9, height: 9 }],
  ])("%s has its type and size", (_, bytes, expected) => expect(look(bytes)).toEqual(expected));

  const heic = Buffer.concat([mp4(9, 9)]);
  heic.write("heic", 8, "latin1");
  const damaged = png(3, 2);
  damaged[45] = (damaged[45] ?? 0) ^ 1;
  const huge = png(1, 1);
  test.each([
    ["HTML", html, /no PNG/],
    ["SVG", svg, /no PNG/],
    ["a program", Buffer.from("MZ\x90\0\x03", "latin1"), /no PNG/],
    ["nothing", Buffer.alloc(0), /no PNG/],
    ["HEIC", heic, /no PNG/],
    ["a PNG with a page behind it", Buffer.concat([png(3, 2), html]), /behind the end/],
    ["a GIF with a script behind it", Buffer.concat([gif(5, 7), Buffer.from("=1;alert(1)")]), /behind the end/],
    ["a WebP with an archive behind it", Buffer.concat([webp(9, 9), Buffer.from("PK\x03\x04")]), /behind the end/],
    ["an MP4 with a page behind it", Buffer.concat([mp4(9, 9), html]), /cut short|damaged/],
    ["a PNG with a changed byte", damaged, /damaged/],
    ["a GIF of no size", gif(0, 7), /no size/],
    ["a GIF that is too wide", gif(20_000, 7), /at most 16384/],
    ["a start alone", huge.subarray(0, 8), /header|cut short/],
  ])("%s is not taken", (_, bytes, reason) => expect(look(bytes)).toEqual({ unfit: expect.stringMatching(reason) }));

  test("wherever a file is cut, that is seen", () => {
    for (const whole of [png(9, 9), jpeg(9, 9), gif(9, 9), webp(9, 9), mp4(9, 9)])
      for (let length = 0; length < whole.length; length++)
        expect(look(whole.subarray(0, length)), `${length} of ${whole.length}`).toHaveProperty("unfit");
  });

  test("no bytes make it fail or hang: each of 20,000 spoilt files is taken or refused", () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    const files = [png(9, 9), jpeg(9, 9), jpeg(9, 8, 6), gif(9, 9), webp(9, 9), mp4(9, 9, 100, { seconds: 9 })];
    for (let i = 0; i < 20_000; i++) {
      const file = Buffer.from(files[i % files.length]!);
      for (let n = 0; n <= random(4); n++) file[random(file.length)] = random(256);
      look(file);
    }
  });
});

describe("requests that someone else makes for us are signed as S3 documents it", () => {
  // The example of "Authenticating Requests: Using Query Parameters" in S3's API reference.
  const signer = {
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
    region: "us-east-1",
    url: "https://examplebucket.s3.amazonaws.com",
    now: "2013-05-24T00:00:00.000Z",
  };

  test("an address to read", () => {
    expect(presignedGet(signer, "test.txt", 86_400)).toContain(
      "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    );
  });

  test("a form to write: the type, the size and the key are fixed", () => {
    const { fields } = presignedPost(signer, {
      bucket: "examplebucket",
      key: "uploads/a",
      type: "image/png",
      bytes: 7,
      expires: "2013-05-24T01:00:00.000Z",
    });
    const policy: unknown = JSON.parse(Buffer.from(fields.policy ?? "", "base64").toString());
    expect(policy).toMatchObject({
      expiration: "2013-05-24T01:00:00.000Z",
      conditions: expect.arrayContaining([
        ["content-length-range", 7, 7],
        { key: "uploads/a" },
        { "Content-Type": "image/png" },
      ]),
    });
  });
});

let world: World;
let bakery: Workspace;
beforeAll(async () => {
  world = await openWorld();
  bakery = await world.workspace();
});
afterAll(() => world?.close());

const Added = z.object({
  id: z.string(),
  upload: z.object({ url: z.string(), fields: z.record(z.string(), z.string()) }),
});
type Upload = z.infer<typeof Added>["upload"];

const add = async (type: string, bytes: number, more: object = {}, { api } = bakery) =>
  (await api("POST", "/v1/media", { name: "taart", type, bytes, ...more })).as(Added);

/** As a browser's form does it; gives S3's status and the code of its error. */
const send = async ({ url, fields }: Upload, file: Uint8Array, changed: Record<string, string> = {}) => {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...changed })) form.append(name, value);
  form.append("file", new Blob([Buffer.from(file)]), "taart.png");
  const answer = await fetch(url, { method: "POST", body: form });
  return { status: answer.status, code: /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1] };
};

/** Added and uploaded, of the type that is said. */
const uploaded = async (type: string, file: Uint8Array, of = bakery): Promise<string> => {
  const { id, upload } = await add(type, file.length, {}, of);
  expect(await send(upload, file)).toEqual({ status: 204 });
  return id;
};
const publish = (id: string, { api } = bakery) => api("POST", `/v1/media/${id}/publish`);

const published = async (type: string, file: Uint8Array, of = bakery): Promise<string> => {
  const id = await uploaded(type, file, of);
  expect((await publish(id, of)).body).toMatchObject({ status: "published" });
  return id;
};

const bytesAt = async (path: string) => {
  const answer = await fetch(`${world.url}${path}`);
  return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
};

test("a picture is announced, uploaded, published, and public for good as just what it is", async () => {
  const file = png(40, 30);
  const id = await uploaded("image/png", file);
  expect((await bakery.api("GET", `/v1/media/${id}`)).body).toMatchObject({ status: "awaiting", tags: [] });
  expect((await world.http("GET", `/m/${id}`)).status).toBe(404);
  const answer = await publish(id);
  expect(answer.body).toMatchObject({
    id,
    status: "published",
    type: "image/png",
    bytes: file.length,
    width: 40,
    height: 30,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    url: `${world.url}/m/${id}`,
  });
  const shown = await bytesAt(`/m/${id}`);
  expect(shown.bytes.equals(file)).toBe(true);
  expect(Object.fromEntries(shown.answer.headers)).toMatchObject({
    "content-type": "image/png",
    "cache-control": "public, max-age=31536000, s-maxage=3600, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
  });
  await world.settle();
  expect(world.eventsOf(bakery.workspaceId).filter(({ detail }) => detail.data.mediaId === id)).toMatchObject([
    { type: "media.added" },
    { type: "media.published", detail: { data: { width: 40, height: 30, bytes: file.length } } },
  ]);
});

test("publishing twice, one after the other or at once, publishes once", async () => {
  const id = await uploaded("image/gif", gif(8, 8));
  const answers = await Promise.all(Array.from({ length: 5 }, () => publish(id)));
  for (const { body } of answers) expect(body).toMatchObject({ status: "published" });
  expect((await publish(id)).body).toMatchObject({ status: "published" });
  await world.settle();
  const events = world.eventsOf(bakery.workspaceId).filter(({ detail }) => detail.data.mediaId === id);
  expect(events.map(({ type }) => type)).toEqual(["media.added", "media.published"]);
});

test("a publishing that ended half-way is finished by the next, with the bytes that it had made public", async () => {
  const [first, second] = [png(4, 4), png(4, 4, [1, 2, 4])];
  expect(second).toHaveLength(first.length);
  const id = await uploaded("image/png", second);
  // What the one that ended had written, before it could say so.
  const object = `${process.env.AWS_ENDPOINT_URL_S3}/samenspraak/m/${id}`;
  expect((await fetch(object, { method: "PUT", body: first, headers: { "content-type": "image/png" } })).status).toBe(
    200,
  );
  expect((await world.http("GET", `/m/${id}`)).status).toBe(404);
  const answer = await publish(id);
  expect(answer.body).toMatchObject({ status: "published" });
  expect((await bytesAt(`/m/${id}`)).bytes.equals(first)).toBe(true);
  expect(answer.text).toContain(createHash("sha256").update(first).digest("hex"));
});

test("what is uploaded again behind a published picture changes nothing of it", async () => {
  const first = png(4, 4);
  const { id, upload } = await add("image/png", first.length);
  expect(await send(upload, first)).toMatchObject({ status: 204 });
  expect((await publish(id)).status).toBe(200);
  expect(await send(upload, png(4, 4, [1, 2, 4]))).toMatchObject({ status: 204 });
  expect((await publish(id)).status).toBe(200);
  expect((await bytesAt(`/m/${id}`)).bytes.equals(first)).toBe(true);
});

test.each([
  ["HTML called PNG", "image/png", Buffer.from("<!doctype html><script>alert(1)</script>"), /no PNG/],
  ["a JPEG called PNG", "image/png", jpeg(8, 8), /image\/jpeg; image\/png was announced/],
  ["a PNG with a page behind it", "image/png", Buffer.concat([png(8, 8), Buffer.from("<script>")]), /behind the end/],
  ["half a picture", "image/png", png(64, 64).subarray(0, 60), /cut short/],
])("%s is refused, is never public, and stays refused", async (_, type, file, reason) => {
  const id = await uploaded(type, file);
  expect((await publish(id)).body).toMatchObject({ status: "refused", reason: expect.stringMatching(reason) });
  expect((await publish(id)).body).toMatchObject({ status: 409, code: "media_refused" });
  expect((await world.http("GET", `/m/${id}`)).status).toBe(404);
});

test("a script inside a picture stays text of a picture: its type is said, nothing may guess, nothing may run", async () => {
  const file = png(8, 8, [0, 0, 0], "<script>alert(document.domain)</script>");
  const id = await published("image/png", file);
  const { answer } = await bytesAt(`/m/${id}`);
  expect(answer.headers.get("content-type")).toBe("image/png");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("content-security-policy")).toContain("sandbox");
});

test("storage itself refuses what is too large, too small, of another type, elsewhere, altered or too late", async () => {
  const file = png(8, 8);
  const { upload } = await add("image/png", file.length);
  expect(await send(upload, Buffer.concat([file, Buffer.alloc(1)]))).toEqual({ status: 400, code: "EntityTooLarge" });
  expect(await send(upload, file.subarray(1))).toEqual({ status: 400, code: "EntityTooSmall" });
  expect(await send(upload, file, { "Content-Type": "text/html" })).toEqual({ status: 403, code: "AccessDenied" });
  expect(await send(upload, file, { key: "m/other" })).toEqual({ status: 403, code: "AccessDenied" });
  expect(await send(upload, file, { acl: "public-read" })).toEqual({ status: 403, code: "AccessDenied" });
  const policy = Buffer.from('{"expiration":"2999-01-01T00:00:00Z","conditions":[]}').toString("base64");
  expect(await send(upload, file, { policy })).toEqual({ status: 403, code: "SignatureDoesNotMatch" });
  await world.advance("PT1H");
  expect(await send(upload, file)).toEqual({ status: 403, code: "AccessDenied" });
});

test("what may not be taken is not even announced", async () => {
  const ask = (body: object) =>
    bakery.api("POST", "/v1/media", { name: "taart", type: "image/png", bytes: 1, ...body });
  for (const [body, pointer] of [
    [{ bytes: 10_000_001 }, "#/bytes"],
    [{ type: "video/mp4", bytes: 50_000_001 }, "#/bytes"],
    [{ bytes: 0 }, "#/bytes"],
    [{ type: "image/svg+xml" }, "#/type"],
    [{ type: "text/html" }, "#/type"],
    [{ name: "" }, "#/name"],
    [{ tags: ["a", "a"] }, "#/tags"],
  ] as const)
    expect((await ask(body)).body).toMatchObject({ code: "invalid_input", errors: [{ pointer }] });
  expect((await ask({ type: "video/mp4", bytes: 50_000_000 })).status).toBe(201);
});

test("a film larger than an answer may be is elsewhere for a quarter of an hour", async () => {
  const file = mp4(640, 360, 4_500_000);
  const id = await published("video/mp4", file);
  const answer = await fetch(`${world.url}/m/${id}`, { redirect: "manual" });
  expect(answer.status).toBe(303);
  const address = answer.headers.get("location") ?? "";
  const film = await fetch(address);
  expect(film.headers.get("content-type")).toBe("video/mp4");
  expect(Buffer.from(await film.arrayBuffer()).equals(file)).toBe(true);
  const part = await fetch(address, { headers: { range: "bytes=0-99" } });
  expect(part.status).toBe(206);
  await world.advance("PT16M");
  expect((await fetch(address)).status).toBe(403);
});

test("before anything was uploaded nothing is published, and an upload that never came is deleted after a day", async () => {
  const { id } = await add("image/png", 100);
  expect((await publish(id)).body).toMatchObject({ status: 409, code: "media_not_uploaded" });
  await world.advance("PT24H");
  expect((await publish(id)).body).toMatchObject({ status: 410, code: "media_deleted" });
  expect((await bakery.api("GET", "/v1/media?limit=100")).text).not.toContain(id);
});

test("a deleted picture is gone: at its address, in the lists, and a minute later in storage", async () => {
  const file = webp(8, 8);
  const id = await published("image/webp", file);
  expect((await bakery.api("DELETE", `/v1/media/${id}`)).status).toBe(204);
  expect((await world.http("GET", `/m/${id}`)).status).toBe(410);
  const page = await world.visitor().open(`/m/${id}`);
  expect(page.text).toContain("Dit bestand is er niet meer");
  expect((await bakery.api("GET", `/v1/media/${id}`)).body).toMatchObject({ status: 410, code: "media_deleted" });
  expect((await bakery.api("DELETE", `/v1/media/${id}`)).body).toMatchObject({ code: "media_deleted" });
  expect((await bakery.api("GET", "/v1/media?limit=100")).text).not.toContain(id);
  await world.advance("PT2M");
  const bucket = `${process.env.AWS_ENDPOINT_URL_S3}/samenspraak`;
  for (const key of [`m/${id}`, `uploads/${id}`]) expect((await fetch(`${bucket}/${key}`)).status).toBe(404);
});

test("name, description and tags change, on the version that was read; the bytes never do", async () => {
  const id = await published("image/png", png(8, 8));
  const read = await bakery.api("GET", `/v1/media/${id}`);
  const change = (body: object, etag: string) => bakery.api("PATCH", `/v1/media/${id}`, body, { "if-match": etag });
  const changed = await change({ alt: "Een mokkataart", tags: ["herfst"] }, read.headers.etag ?? "");
  expect(changed.body).toMatchObject({ alt: "Een mokkataart", tags: ["herfst"] });
  expect((await change({ name: "x" }, read.headers.etag ?? "")).body).toMatchObject({ code: "stale" });
  expect((await change({ alt: null }, changed.headers.etag ?? "")).body).not.toHaveProperty("alt");
  expect((await bakery.api("PATCH", `/v1/media/${id}`, { type: "image/gif" })).body).toMatchObject({
    code: "invalid_input",
  });
});

test("files are listed newest first, a page at a time, by tag and by how far they are", async () => {
  const shop = await world.workspace("Winkel");
  const Page = z.object({ items: z.array(z.object({ id: z.string() })), next: z.string().nullable() });
  const ids: string[] = [];
  for (const tags of [["a"], ["b"], ["a"]]) {
    ids.unshift((await add("image/png", 100, { tags }, shop)).id);
    await world.advance("PT1S");
  }
  const first = (await shop.api("GET", "/v1/media?limit=2")).as(Page);
  const second = (await shop.api("GET", `/v1/media?limit=2&cursor=${encodeURIComponent(first.next ?? "")}`)).as(Page);
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
  expect(second.next).toBeNull();
  const tagged = (await shop.api("GET", "/v1/media?tag=a")).as(Page);
  expect(tagged.items.map(({ id }) => id)).toEqual([ids[0], ids[2]]);
  expect((await shop.api("GET", "/v1/media?status=published")).as(Page).items).toEqual([]);
});

test("another workspace's file is not found, by whatever is asked of it", async () => {
  const stranger = await world.workspace("Vreemd");
  const id = await uploaded("image/png", png(8, 8));
  for (const [method, path, body] of [
    ["GET", ""],
    ["PATCH", "", { name: "van mij" }],
    ["POST", "/publish"],
    ["DELETE", ""],
  ] as const)
    expect((await stranger.api(method, `/v1/media/${id}${path}`, body)).body).toMatchObject({ code: "not_found" });
  expect((await publish(id)).body).toMatchObject({ status: "published" });
});

test("the same announcement sent again with its key is one file, with the same upload", async () => {
  const body = { name: "taart", type: "image/png", bytes: 100 };
  const ask = () => bakery.api("POST", "/v1/media", body, { "idempotency-key": "een-taart" });
  const [first, again] = [await ask(), await ask()];
  expect(again.body).toEqual(first.body);
});

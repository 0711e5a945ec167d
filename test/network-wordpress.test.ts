import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { ChannelView } from "../functions/channels/channel.ts";
import type { Call } from "../functions/channels/connector.ts";
import { blocks, titled, wordpress } from "../functions/channels/connectors/wordpress.ts";
import { later, seconds } from "../functions/platform/clock.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { png, published } from "./pictures-of.ts";
import { openWorld, type World } from "./world.ts";

// WordPress over the wire, against a small server that answers as a real one was seen to (test/networks/wordpress has that one).

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  for (const end of ends) end();
  await world?.close();
});
const ends: (() => void)[] = [];

const password = "abcd EFGH ijkl MNOP qrst UVWX";
const secrets = { username: "redactie", applicationPassword: password };
type Stored = { id: number; status: string; slug: string } & Record<string, unknown>;
type Comment = { id: number; author_name: string; text: string };

/** `before`: answers instead, where it gives true. */
const site = async () => {
  const self = {
    url: "",
    host: "",
    posts: [] as Stored[],
    media: [] as (Stored & { bytes: Buffer })[],
    comments: [] as Comment[],
    asked: [] as string[],
    before: (_what: string, _response: ServerResponse): boolean => false,
    after: (_what: string, _response: ServerResponse): boolean => false,
  };
  const view = ({ bytes: _, ...one }: Stored & { bytes?: Buffer }) => ({
    ...one,
    link: `${self.url}/${one.status === "publish" ? one.slug : `?p=${one.id}`}`,
    source_url: `${self.url}/wp-content/uploads/${one.slug}.png`,
  });
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const query = new URL(request.url ?? "", self.url).searchParams;
    const route = (query.get("rest_route") ?? "").replace("/wp/v2/", "");
    const bytes = Buffer.concat(await request.toArray());
    const what = `${request.method} ${route}`;
    self.asked.push(what);
    const say = (status: number, body: unknown, headers = {}) => {
      if (self.after(what, response)) return;
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    };
    if (self.before(what, response)) return;
    const given = Buffer.from(request.headers.authorization?.replace("Basic ", "") ?? "", "base64").toString();
    if (given !== `redactie:${password}`)
      return say(401, { code: "incorrect_password", message: "Het wachtwoord klopt niet." });
    const [kind = "", id] = route.split("/");
    const json = request.headers["content-type"] === "application/json" ? JSON.parse(bytes.toString()) : {};
    if (kind === "users")
      return say(200, { id: 7, name: "Redactie", capabilities: { publish_posts: true, upload_files: true } });
    if (kind === "comments") {
      const all = self.comments.toReversed().map(({ id, author_name, text }) => ({
        ...{ id, author: 0, author_name, date_gmt: "2026-06-01T10:00:00", link: `${self.url}/#comment-${id}` },
        content: { rendered: `<p>${text}</p>\n` },
      }));
      return say(200, all.slice(0, 100), { "x-wp-total": String(all.length) });
    }
    const list: Stored[] = kind === "media" ? self.media : self.posts;
    if (request.method === "GET" && id === undefined) {
      const slugs = query.get("slug")?.split(",") ?? [];
      const status = query.get("status");
      return say(200, list.filter((one) => slugs.includes(one.slug) && (!status || one.status === status)).map(view));
    }
    if (id === undefined) {
      const number = 40 + self.posts.length + self.media.length;
      const one = { id: number, status: "inherit", slug: query.get("slug") ?? "", ...json };
      if (kind === "media") self.media.push({ ...one, alt: query.get("alt_text"), bytes });
      else self.posts.push(one);
      return say(201, view(one));
    }
    const one = list.find((known) => String(known.id) === id);
    if (!one) return say(404, { code: "rest_post_invalid_id", message: "Ongeldig bericht-ID." });
    if (request.method === "DELETE") one.status = "trash";
    Object.assign(one, json);
    if (json.slug === "") one.slug = `bericht-${one.id}`;
    return say(200, view(one));
  };
  const server = createServer((request, response) => void answer(request, response));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  self.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  self.url = `http://${self.host}`;
  process.env.OUTGOING_TEST_SERVERS = [process.env.OUTGOING_TEST_SERVERS, self.host].filter(Boolean).join(",");
  return self;
};

const shop = async () => {
  const workspace = await world.workspace();
  const { api } = workspace;
  return {
    ...workspace,
    connecting: (url: string, more: object = {}) =>
      api("POST", "/v1/channels", { network: "wordpress", name: "Site", settings: { url }, secrets, ...more }),
    channelOn: async (url: string) =>
      (await api("POST", "/v1/channels", { network: "wordpress", name: "Site", settings: { url }, secrets })).as(
        ChannelView,
      ),
    schedule: async (channelId: string, more: object = {}) =>
      (
        await api("POST", "/v1/posts", {
          ...{ text: "Vers brood", channels: [channelId], at: later(world.now(), seconds(1)) },
          ...more,
        })
      ).as(PostView),
    read: async (id: string) => (await api("GET", `/v1/posts/${id}`)).as(PostView),
  };
};
const call = (): Call => ({
  signal: AbortSignal.timeout(5000),
  endsMs: Date.parse(world.now()) + 5000,
  learn: () => {},
});

describe("a post on WordPress", () => {
  test("has its first line as title, its first picture on top with its description, and is a draft until it is whole", async () => {
    const of = await shop();
    const there = await site();
    const channel = await of.channelOn(there.url);
    expect(channel).toMatchObject({ status: "connected", handle: `Redactie (${there.host})` });
    const pictures = [await published(of, png(8, 6)), await published(of, png(9, 6))];
    const { id } = await of.schedule(channel.id, {
      text: "Vers brood!\n\nElke dag <vers>, zie https://zon.example/brood.\n[gallery]",
      media: pictures.map((mediaId, i) => ({ mediaId, alt: `Brood ${i + 1}` })),
    });
    await world.advance("PT1S");
    const [post] = there.posts;
    expect((await of.read(id)).deliveries[0]).toMatchObject({
      state: "published",
      externalId: String(post?.id),
      url: `${there.url}/bericht-${post?.id}`,
    });
    expect(post).toMatchObject({ status: "publish", title: "Vers brood!", featured_media: there.media[0]?.id });
    expect(post?.content).toContain('Elke dag &lt;vers&gt;, zie <a href="https://zon.example/brood">');
    expect(post?.content).toContain("&#91;gallery]");
    expect(post?.content).toContain('alt="Brood 2"');
    expect(there.media.map(({ alt, bytes }) => [alt, bytes.subarray(1, 4).toString()])).toEqual([
      ["Brood 1", "PNG"],
      ["Brood 2", "PNG"],
    ]);
    const writes = there.asked.filter((what) => what.startsWith("POST"));
    expect(writes).toEqual(["POST media", "POST media", "POST posts", `POST posts/${post?.id}`]);
  });

  test.each([
    ["POST media", "while a picture is uploaded"],
    ["POST posts", "while the draft is made"],
    [/^POST posts\/\d+$/, "while it is made public"],
  ])("stands there once where the answer is lost at %s", async (lost, _when) => {
    const of = await shop();
    const there = await site();
    const channel = await of.channelOn(there.url);
    there.after = (what, response) => {
      if (typeof lost === "string" ? what !== lost : !lost.test(what)) return false;
      there.after = () => false;
      response.destroy();
      return true;
    };
    const mediaId = await published(of, png(8, 6));
    const { id } = await of.schedule(channel.id, { media: [{ mediaId, alt: "Brood" }] });
    await world.advance("PT3M");
    expect((await of.read(id)).deliveries[0]).toMatchObject({ state: "published" });
    expect(there.posts.map(({ status }) => status)).toEqual(["publish"]);
    expect(there.media).toHaveLength(1);
  });

  test("whose draft somebody throws away is not made again, and says so", async () => {
    const of = await shop();
    const there = await site();
    const channel = await of.channelOn(there.url);
    there.before = (what, response) => {
      if (!/^POST posts\/\d+$/.test(what)) return false;
      there.posts.length = 0;
      response.destroy();
      there.before = () => false;
      return true;
    };
    const { id } = await of.schedule(channel.id);
    await world.advance("PT3M");
    expect((await of.read(id)).deliveries[0]).toMatchObject({
      state: "rejected",
      detail: expect.stringContaining("threw the draft"),
    });
    expect(there.posts).toEqual([]);
  });

  test("taken back goes to the bin, once; one that is gone already is done", async () => {
    const of = await shop();
    const there = await site();
    const channel = await of.channelOn(there.url);
    const { id } = await of.schedule(channel.id);
    await world.advance("PT1S");
    await of.api("POST", `/v1/posts/${id}/retract`, {});
    await world.advance("PT2S");
    expect((await of.read(id)).state).toBe("retracted");
    expect(there.posts[0]?.status).toBe("trash");
    const to = {
      workspaceId: of.workspaceId,
      channelId: channel.id,
      handle: "",
      settings: { url: there.url },
      secrets,
    };
    await wordpress.retract?.(to, { key: "x", externalId: "999" }, call());
  });

  test("tells how many comments it has, and each of them once", async () => {
    const of = await shop();
    const there = await site();
    const to = { workspaceId: of.workspaceId, channelId: "ch", handle: "", settings: { url: there.url }, secrets };
    const sent = { key: "x", externalId: "40" };
    there.comments.push({ id: 1, author_name: "Anna", text: "Lekker &amp; <b>vers</b>&#8230;" });
    const first = await wordpress.collect?.(to, sent, undefined, call());
    expect(first).toMatchObject({
      figures: { replies: 1 },
      replies: [{ externalId: "1", at: "2026-06-01T10:00:00Z", author: { name: "Anna" }, text: "Lekker & vers…" }],
    });
    there.comments.push({ id: 2, author_name: "Bert", text: "Nee" }, { id: 3, author_name: "Cor", text: "Ja" });
    const second = await wordpress.collect?.(to, sent, first?.cursor, call());
    expect(second?.figures).toEqual({ replies: 3 });
    expect(second?.replies.map(({ text }) => text)).toEqual(["Nee", "Ja"]);
    expect((await wordpress.collect?.(to, sent, second?.cursor, call()))?.replies).toEqual([]);
  });

  test("keeps its words as they are: a long first line stays in the text, what looks like markup is none", () => {
    const line = "brood ".repeat(40).trim();
    expect(titled(`${line}\nen taart`)).toMatchObject({ rest: `${line}\nen taart` });
    expect(titled("Brood").rest).toBe("Brood");
    expect(blocks("a\nb\n\n<c>", [])).toBe(
      "<!-- wp:paragraph --><p>a<br>b</p><!-- /wp:paragraph -->\n\n<!-- wp:paragraph --><p>&lt;c&gt;</p><!-- /wp:paragraph -->",
    );
  });
});

describe("connecting to WordPress", () => {
  const Problem = z.object({ code: z.string(), detail: z.string() });
  const answers =
    (status: number, headers: Record<string, string>, body = "") =>
    (_what: string, response: ServerResponse): boolean => {
      response.writeHead(status, headers).end(body);
      return true;
    };
  test("is refused to a user who may only read, with no secret in it, and nothing is stored", async () => {
    const of = await shop();
    const there = await site();
    there.before = answers(200, {}, '{"id":1,"name":"Lezer","capabilities":{}}');
    const refused = await of.connecting(there.url);
    expect(refused.as(Problem)).toMatchObject({ code: "network_forbidden" });
    expect(refused.text).not.toContain(password);
    expect((await of.api("GET", "/v1/channels")).body).toMatchObject({ items: [] });
  });

  test("is refused for a wrong password, a revoked one, and an address that is not public", async () => {
    const of = await shop();
    const there = await site();
    const other = randomBytes(9).toString("hex");
    const wrong = await of.connecting(there.url, { secrets: { ...secrets, applicationPassword: other } });
    expect(wrong.as(Problem)).toMatchObject({ code: "network_credentials_wrong" });
    expect(wrong.text).not.toContain(other);
    expect((await of.connecting("https://10.0.0.8")).as(Problem)).toMatchObject({ code: "invalid_input" });
    expect((await of.connecting("https://localhost")).as(Problem)).toMatchObject({ code: "invalid_input" });
    expect((await of.api("GET", "/v1/channels")).body).toMatchObject({ items: [] });
    // One that worked, and is taken back there.
    const channel = await of.channelOn(there.url);
    there.before = answers(401, {}, '{"code":"incorrect_password"}');
    const { id } = await of.schedule(channel.id);
    await world.advance("PT1S");
    expect((await of.read(id)).deliveries[0]).toMatchObject({ state: "rejected", code: "network_credentials_wrong" });
    expect((await of.api("GET", `/v1/channels/${channel.id}`)).body).toMatchObject({ status: "failing" });
    expect(there.posts).toEqual([]);
  });
});

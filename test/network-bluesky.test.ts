import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { ChannelView } from "../functions/channels/channel.ts";
import type { Call, Connection } from "../functions/channels/connector.ts";
import { bluesky as connector, facetsOf } from "../functions/channels/connectors/bluesky.ts";
import { bluesky, rkeyOf } from "../functions/channels/networks/bluesky.ts";
import { connectionOf, findChannel } from "../functions/channels/table.ts";
import { hours, instant, later } from "../functions/platform/clock.ts";
import { newId } from "../functions/platform/ids.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { type Heard, networkServer, refusedConnection, send, type Told } from "./network-server.ts";
import { png, published } from "./pictures-of.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// The wire to Bluesky, against a small server that keeps records as a PDS does. What a real one says is in networks/bluesky.

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const did = "did:plc:bakkerijzon";
const appPassword = "abcd-efgh-2345-wxyz";
const Put = z.object({
  rkey: z.string(),
  swapRecord: z.null(),
  record: z.looseObject({ text: z.string(), createdAt: z.string() }),
});
const Key = z.object({ rkey: z.string() });
const SignIn = z.object({ identifier: z.string(), password: z.string() });

const jwt = (name: string, endsAt: string) =>
  ["e30", Buffer.from(JSON.stringify({ name, exp: Date.parse(endsAt) / 1000 })).toString("base64url"), "x"].join(".");

/** A PDS in little: one account, its session, its records. */
const pds = async () => {
  const records = new Map<string, unknown>();
  const state = { password: appPassword, sessions: 0, refreshes: true, threads: {} as unknown };
  const refused = (error: string, status = 400): Told => ({ status, json: { error, message: `${error}.` } });
  const uriOf = (rkey: string) => `at://${did}/app.bsky.feed.post/${rkey}`;
  const cidOf = (record: unknown) => `bafy${Buffer.from(JSON.stringify(record)).toString("hex").slice(-20)}`;
  const access = () => jwt(`access${state.sessions}`, later(world.now(), hours(2)));
  let token = "";
  const session = (): Told => {
    state.sessions++;
    token = access();
    return { json: { did, handle: "zon.example", accessJwt: token, refreshJwt: `refresh${state.sessions}` } };
  };
  const answers: Record<string, (heard: Heard) => Told> = {
    "com.atproto.server.createSession": ({ json }) =>
      SignIn.parse(json).password === state.password ? session() : refused("AuthenticationRequired", 401),
    "com.atproto.server.refreshSession": ({ headers }) =>
      state.refreshes && headers.authorization === `Bearer refresh${state.sessions}`
        ? session()
        : refused("ExpiredToken"),
    "com.atproto.server.getSession": () => ({ json: { did, handle: "zon.example", active: true } }),
    "com.atproto.identity.resolveHandle": ({ query }) =>
      query.get("handle") === "jan.example" ? { json: { did: "did:plc:jan" } } : refused("HandleNotFound"),
    "com.atproto.repo.uploadBlob": ({ body, headers }) => ({
      json: {
        blob: {
          $type: "blob",
          ref: { $link: cidOf(body.length) },
          mimeType: headers["content-type"],
          size: body.length,
        },
      },
    }),
    "com.atproto.repo.putRecord": ({ json }) => {
      const { rkey, record } = Put.parse(json);
      const stands = records.get(rkey);
      if (stands !== undefined && JSON.stringify(stands) !== JSON.stringify(record)) return refused("InvalidSwap");
      records.set(rkey, record);
      return { json: { uri: uriOf(rkey), cid: cidOf(record) } };
    },
    "com.atproto.repo.getRecord": ({ query }) => {
      const rkey = query.get("rkey") ?? "";
      const value = records.get(rkey);
      return value === undefined ? refused("RecordNotFound") : { json: { uri: uriOf(rkey), cid: cidOf(value), value } };
    },
    "com.atproto.repo.listRecords": ({ query }) => ({
      json: {
        records: [...records.keys()]
          .filter((rkey) => rkey > (query.get("cursor") ?? ""))
          .toSorted()
          .map((rkey) => ({ uri: uriOf(rkey) })),
      },
    }),
    "com.atproto.repo.deleteRecord": ({ json }) => {
      records.delete(Key.parse(json).rkey);
      return { json: {} };
    },
    "app.bsky.feed.getPosts": () => ({
      json: { posts: [{ likeCount: 3, replyCount: 2, repostCount: 1, quoteCount: 0 }] },
    }),
    "app.bsky.feed.getPostThread": () => ({ json: { thread: state.threads } }),
  };
  const open = ["createSession", "refreshSession", "getRecord", "resolveHandle", "listRecords"];
  const server = await networkServer((heard) => {
    const nsid = heard.path.replace("/xrpc/", "");
    const isOpen = open.some((name) => nsid.endsWith(name));
    if (!isOpen && heard.headers.authorization !== `Bearer ${token}`) return refused("ExpiredToken");
    return answers[nsid]?.(heard) ?? { status: 404, text: "" };
  });
  return {
    server,
    state,
    records,
    of: (name: string) => server.heard.filter(({ path }) => path.endsWith(name)),
    expire: () => {
      token = "over";
    },
  };
};

const connectionBody = (service: string) => ({
  network: "bluesky",
  settings: { service, identifier: "@zon.example" },
  secrets: { appPassword },
});

const shop = async () => {
  const workspace: Workspace = await world.workspace();
  const there = await pds();
  const connect = async () =>
    (await workspace.api("POST", "/v1/channels", { name: "Zon", ...connectionBody(there.server.url) })).as(ChannelView);
  return {
    ...workspace,
    there,
    connect,
    send: (channelId: string, more: object) => send(world, workspace, channelId, more),
    read: async (id: string) => (await workspace.api("GET", `/v1/posts/${id}`)).as(PostView),
  };
};

const openConnection = async (workspaceId: string, channelId: string): Promise<Connection> => {
  const channel = await findChannel(workspaceId, channelId, world.now());
  if (channel?.status !== "connected") throw new Error("It is not connected.");
  return connectionOf(channel);
};
const newCall = (): Call => ({
  signal: AbortSignal.timeout(5000),
  endsMs: Date.parse(world.now()) + 5000,
  learn: () => undefined,
});

const family = "👨‍👩‍👧‍👦";

describe("what Bluesky counts", () => {
  test.each([
    ["300 letters", "a".repeat(300), []],
    ["301 letters", "a".repeat(301), ["Shorten it by 1 characters."]],
    ["300 family emoji, in bytes", family.repeat(300), ["Shorten it by 4500 bytes (UTF-8)."]],
    ["120 family emoji", family.repeat(120), []],
    ["300 letters with marks", "e\u0301".repeat(300), []],
    ["300 flags", "🇳🇱".repeat(300), []],
    ["a link as it is written", `zie https://a.example/${"x".repeat(278)}`, []],
    ["a link that is one too long", `zie https://a.example/${"x".repeat(279)}`, ["Shorten it by 1 characters."]],
  ])("%s", (_, text, mends) => {
    expect(bluesky.check({ text }).problems.map(({ mend }) => mend)).toEqual(mends);
  });

  test("its own table: graphemes and bytes", () => {
    const counted = (text: string) => bluesky.check({ text }).counts.map((one) => one.counted);
    expect(counted(family)).toEqual([1, 25]);
    expect(counted("🇫🇷")).toEqual([1, 8]);
    expect(counted("日本語テキスト")).toEqual([7, 21]);
    expect(counted("e\u0301")).toEqual([1, 3]);
    expect(counted(`Z${"\u0335\u0340\u0341\u0342\u0343\u0344\u0345"}`)).toEqual([1, 15]);
    expect(counted("@alice@mastodon.social hi")).toEqual([25, 25]);
  });

  test("four pictures of 2 MB, or one film", () => {
    const file = (type: string, bytes = 2_000_000) => ({ mediaId: "m", type, bytes, width: 1, height: 1 });
    const codes = (...media: ReturnType<typeof file>[]) =>
      bluesky.check({ text: "x", media }).problems.map(({ code }) => code);
    expect(codes(...Array.from({ length: 4 }, () => file("image/jpeg")))).toEqual([]);
    expect(codes(...Array.from({ length: 5 }, () => file("image/png")))).toEqual(["too_many_media"]);
    expect(codes(file("image/png", 2_000_001))).toEqual(["media_too_large"]);
    expect(codes(file("video/mp4", 50_000_000))).toEqual([]);
    expect(codes(file("video/mp4"), file("image/png"))).toEqual(["media_mixed", "too_many_media"]);
  });
});

describe("facets", () => {
  const parts = async (text: string) =>
    (await facetsOf(text, async (handle) => (handle === "jan.example" ? "did:plc:jan" : undefined))).map(
      ({ index, features }) => [
        Buffer.from(text).subarray(index.byteStart, index.byteEnd).toString(),
        features[0]?.did ?? features[0]?.uri ?? features[0]?.tag,
      ],
    );

  test("links, names that exist and tags are found at their bytes, past letters of more than one", async () => {
    expect(
      await parts(
        `${family} Zie (https://zon.example/pad_(x)?a=1#b). Met @jan.example, @niemand.example & #vers-brood! #2 é`,
      ),
    ).toEqual([
      ["https://zon.example/pad_(x)?a=1#b", "https://zon.example/pad_(x)?a=1#b"],
      ["@jan.example", "did:plc:jan"],
      ["#vers-brood", "vers-brood"],
    ]);
  });

  test.each([
    "jan@jan.example",
    "zonder spatie@jan.example",
    "https://localhost/x",
    "kop #1 #",
    "http://",
    "a https://",
  ])("%j has none", async (text) => {
    expect(await parts(text)).toEqual([]);
  });
});

test("a key's name there is a TID that sorts by time, and its parts follow each other", () => {
  const keyAt = (at: string, n: number) => newId("post", at, Buffer.alloc(16, n)).slice(5);
  const key = keyAt("2026-06-01T10:00:00.000Z", 1);
  expect(rkeyOf(key, 0)).toMatch(/^[234567abcdefghij][234567a-z]{12}$/);
  const names = [...Array(26).keys()].map((n) => rkeyOf(key, n));
  expect(names).toEqual(names.toSorted());
  expect(new Set(names).size).toBe(26);
  expect(rkeyOf(keyAt("2026-06-01T10:00:01.000Z", 0), 0) > (names.at(-1) ?? "")).toBe(true);
  // Of ten thousand posts in one second each has its own.
  const many = Array.from({ length: 10_000 }, () => rkeyOf(newId("post", "2026-06-01T10:00:00.000Z").slice(5), 0));
  expect(new Set(many).size).toBeGreaterThanOrEqual(9999);
});

describe("a channel", () => {
  test("is connected with an app password; what is kept of it is never shown", async () => {
    const of = await shop();
    const channel = await of.connect();
    expect(channel).toMatchObject({
      status: "connected",
      handle: "@zon.example",
      url: `https://bsky.app/profile/${did}`,
      account: { id: did },
      settings: { identifier: "zon.example" },
    });
    expect(JSON.stringify(channel)).not.toMatch(/abcd-|refresh1/);
    expect((await of.api("POST", `/v1/channels/${channel.id}/test`)).body).toEqual({ works: true });
  });

  test("sends text, pictures with their descriptions, names, tags and a thread, and takes all of it back", async () => {
    const of = await shop();
    const channel = await of.connect();
    const mediaId = await published(of, png(8, 6));
    const id = await of.send(channel.id, {
      text: "Vers brood van @jan.example #brood",
      language: "nl",
      media: [{ mediaId, alt: "Een brood" }],
      thread: [{ text: "En taart" }, { text: "En koek" }],
    });
    const [delivery] = (await of.read(id)).deliveries;
    const [first = "", second = "", third = ""] = [...of.there.records.keys()];
    expect(delivery).toMatchObject({
      state: "published",
      externalId: `at://${did}/app.bsky.feed.post/${first}`,
      url: `https://bsky.app/profile/${did}/post/${first}`,
    });
    expect(of.there.records.get(first)).toMatchObject({
      text: "Vers brood van @jan.example #brood",
      langs: ["nl"],
      createdAt: instant(Date.parse(world.now())),
      facets: [{ features: [{ did: "did:plc:jan" }] }, { features: [{ tag: "brood" }] }],
      embed: {
        $type: "app.bsky.embed.images",
        images: [{ alt: "Een brood", aspectRatio: { width: 8, height: 6 }, image: { mimeType: "image/png" } }],
      },
    });
    const uri = (rkey: string) => ({ uri: `at://${did}/app.bsky.feed.post/${rkey}` });
    expect(of.there.records.get(second)).toMatchObject({ reply: { root: uri(first), parent: uri(first) } });
    expect(of.there.records.get(third)).toMatchObject({ reply: { root: uri(first), parent: uri(second) } });

    of.there.records.set("zzzzzzzzzzzzz", { text: "van een ander" });
    await of.api("POST", `/v1/posts/${id}/retract`, {});
    await world.advance("PT2S");
    expect((await of.read(id)).state).toBe("retracted");
    expect([...of.there.records.keys()]).toEqual(["zzzzzzzzzzzzz"]);
  });

  test("shows a card of the first link, and the link alone where its page says nothing", async () => {
    const of = await shop();
    const channel = await of.connect();
    const site = await networkServer(({ path }): Told => {
      if (path === "/kort.example") return { status: 302, headers: { location: "/taart" } };
      if (path === "/taart.png") return { headers: { "content-type": "image/png" }, text: png(4, 4) };
      if (path === "/taart")
        return {
          headers: { "content-type": "text/html; charset=utf-8" },
          text: '<head><meta property="og:title" content="Taart &amp; koek"><meta name="description" content=\'Vers "elke" dag\'><meta property="og:image" content="/taart.png"></head>',
        };
      return "hang up";
    });
    // The name of the test's server is an address, which is no link: so the page is asked for by the connector's own parts.
    const { cardOf } = await import("../functions/channels/link-card.ts");
    const reading = { endsMs: Date.parse(world.now()) + 5000, mostPictureBytes: 1_000_000 };
    expect(await cardOf(`${site.url}/kort.example`, reading)).toEqual({
      title: "Taart & koek",
      description: 'Vers "elke" dag',
      picture: { bytes: png(4, 4), type: "image/png" },
    });
    expect(await cardOf(`${site.url}/taart`, { ...reading, mostPictureBytes: 10 })).toEqual({
      title: "Taart & koek",
      description: 'Vers "elke" dag',
    });
    expect(await cardOf(`${site.url}/stil`, reading)).toBeUndefined();
    const id = await of.send(channel.id, { text: "Zie https://nergens.invalid/pad" });
    expect((await of.read(id)).deliveries[0]).toMatchObject({ state: "published" });
    const [record] = [...of.there.records.values()];
    expect(record).toMatchObject({ facets: [{ features: [{ uri: "https://nergens.invalid/pad" }] }] });
    expect(record).not.toHaveProperty("embed");
  });

  test("stands there once, whatever answer is lost, and a thread is completed", async () => {
    const of = await shop();
    const channel = await of.connect();
    let puts = 0;
    of.there.server.instead = ({ path, json }) => {
      // The second part was taken, and nobody heard of it.
      if (!path.endsWith("putRecord") || ++puts !== 2) return undefined;
      const { rkey, record } = Put.parse(json);
      of.there.records.set(rkey, record);
      return "hang up";
    };
    const id = await of.send(channel.id, { text: "Een", thread: [{ text: "Twee" }, { text: "Drie" }] });
    expect((await of.read(id)).deliveries[0]?.state).toBe("unknown");
    await world.advance("PT30S");
    expect((await of.read(id)).deliveries[0]).toMatchObject({ state: "published" });
    expect([...of.there.records.values()]).toMatchObject([{ text: "Een" }, { text: "Twee" }, { text: "Drie" }]);
  });

  test("that was sent twice at once with other words stands there as the first had it", async () => {
    const of = await shop();
    const channel = await of.connect();
    // An attempt of ours that resolved no name was first.
    of.there.server.instead = ({ path, json }) => {
      if (!path.endsWith("putRecord")) return undefined;
      of.there.server.instead = undefined;
      const { rkey, record } = Put.parse(json);
      const { facets: _, ...without } = record;
      of.there.records.set(rkey, without);
      return undefined;
    };
    const id = await of.send(channel.id, { text: "Met #brood" });
    expect((await of.read(id)).deliveries[0]).toMatchObject({ state: "published" });
    expect(of.there.records.size).toBe(1);
  });

  test("whose place another post has is refused, and sent again under another name", async () => {
    const of = await shop();
    const channel = await of.connect();
    of.there.server.instead = ({ path, json }) => {
      if (!path.endsWith("putRecord")) return undefined;
      of.there.server.instead = undefined;
      of.there.records.set(Put.parse(json).rkey, { text: "van een ander", createdAt: world.now() });
      return undefined;
    };
    const id = await of.send(channel.id, { text: "Van ons" });
    expect((await of.read(id)).deliveries[0]).toMatchObject({
      state: "rejected",
      code: "network_refused",
      detail: expect.stringContaining(`POST /v1/posts/${id}/retry`),
    });
    await of.api("POST", `/v1/posts/${id}/retry`, { channelId: channel.id });
    await world.settle();
    expect((await of.read(id)).deliveries[0]?.state).toBe("published");
    expect(of.there.records.size).toBe(2);
  });

  test("of a thread whose second part is refused says what is lacking", async () => {
    const of = await shop();
    const channel = await of.connect();
    let puts = 0;
    of.there.server.instead = ({ path }) =>
      path.endsWith("putRecord") && ++puts === 2
        ? { status: 400, json: { error: "InvalidRequest", message: "No." } }
        : undefined;
    const id = await of.send(channel.id, { text: "Een", thread: [{ text: "Twee" }] });
    expect((await of.read(id)).deliveries[0]).toMatchObject({
      state: "published",
      problem: "The first 1 of 2 parts stand there. Bluesky refuses it. It says: “No.”",
    });
  });
});

describe("its access", () => {
  test("is renewed before it ends, and after it was refused; nothing is lost by it", async () => {
    const of = await shop();
    const channel = await of.connect();
    await world.advance("PT3H");
    const later = await of.send(channel.id, { text: "Na drie uur" });
    expect((await of.read(later)).deliveries[0]?.state).toBe("published");
    expect([of.there.of("createSession").length, of.there.of("refreshSession").length]).toEqual([1, 1]);

    of.there.expire();
    const id = await of.send(channel.id, { text: "Onverwacht voorbij" });
    expect((await of.read(id)).deliveries[0]?.state).toBe("ready");
    await world.advance("PT10S");
    expect((await of.read(id)).deliveries[0]?.state).toBe("published");
    expect(of.there.records.size).toBe(2);
  });

  test("is made anew from the password once the session cannot be renewed", async () => {
    const of = await shop();
    const channel = await of.connect();
    of.there.state.refreshes = false;
    of.there.expire();
    expect((await of.api("POST", `/v1/channels/${channel.id}/test`)).body).toEqual({ works: true });
    await world.advance("PT3H");
    const id = await of.send(channel.id, { text: "Weer binnen" });
    expect((await of.read(id)).deliveries[0]?.state).toBe("published");
  });

  test("that somebody took back is told so, with what mends it", async () => {
    const of = await shop();
    const channel = await of.connect();
    of.there.state.refreshes = false;
    of.there.state.password = "another";
    await world.advance("PT3H");
    const id = await of.send(channel.id, { text: "Buitengesloten" });
    expect((await of.read(id)).deliveries[0]).toMatchObject({ state: "rejected", code: "network_access_revoked" });
    expect((await of.api("GET", `/v1/channels/${channel.id}`)).body).toMatchObject({
      status: "failing",
      trouble: { code: "network_access_revoked", mend: expect.stringContaining("PATCH /v1/channels/") },
    });
  });
});

describe("connecting", () => {
  test("with a wrong password, or one that is no app password, is refused", async () => {
    const workspace = await world.workspace();
    const there = await pds();
    there.state.password = "another";
    expect(await refusedConnection(workspace, connectionBody(there.server.url))).toMatchObject({
      code: "network_credentials_wrong",
      status: 422,
    });
    const heard = there.server.heard.length;
    const own = { ...connectionBody(there.server.url), secrets: { appPassword: "my own password" } };
    expect(await refusedConnection(workspace, own)).toMatchObject({ code: "invalid_input", status: 400 });
    expect(there.server.heard).toHaveLength(heard);
  });
});

test("what people did with it comes with each look, and what they answered once", async () => {
  const of = await shop();
  const channel = await of.connect();
  await of.send(channel.id, { text: "Een vraag" });
  const to = await openConnection(of.workspaceId, channel.id);
  const reply = (n: number, by: string, replies: unknown[] = []) => ({
    post: {
      uri: `at://${by}/app.bsky.feed.post/${n}`,
      author: { did: by, handle: "jan.example", displayName: "Jan" },
      record: { text: `Antwoord ${n}` },
      indexedAt: `2026-06-01T11:00:0${n}.000Z`,
    },
    replies,
  });
  of.there.state.threads = {
    replies: [reply(2, "did:plc:jan"), reply(1, did, [reply(3, "did:plc:jan"), { $type: "…#notFoundPost" }])],
  };
  const sent = { key: "k", externalId: `at://${did}/app.bsky.feed.post/x` };
  const first = await connector.collect?.(to, sent, undefined, newCall());
  expect(first).toMatchObject({
    figures: { likes: 3, replies: 2, reposts: 1 },
    replies: [
      {
        externalId: "at://did:plc:jan/app.bsky.feed.post/2",
        text: "Antwoord 2",
        author: { handle: "@jan.example", name: "Jan" },
        url: "https://bsky.app/profile/did:plc:jan/post/2",
      },
      { text: "Antwoord 3" },
    ],
  });
  const second = await connector.collect?.(to, sent, first?.cursor, newCall());
  expect(second).toMatchObject({ figures: { likes: 3 }, replies: [], cursor: first?.cursor });
});

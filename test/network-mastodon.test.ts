import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { ChannelView } from "../functions/channels/channel.ts";
import type { Call, Publication } from "../functions/channels/connector.ts";
import { mastodon as connector } from "../functions/channels/connectors/mastodon.ts";
import { textOf } from "../functions/channels/html.ts";
import type { Account, Ballot, Network, Picture } from "../functions/channels/network.ts";
import { mastodon } from "../functions/channels/networks/mastodon.ts";
import { networks } from "../functions/channels/networks.ts";
import { connectionOf, findChannel } from "../functions/channels/table.ts";
import { later, minutes, seconds } from "../functions/platform/clock.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { type Heard, networkServer, refusedConnection, send, type Told } from "./network-server.ts";
import { png, published } from "./pictures-of.ts";
import { openWorld, type World } from "./world.ts";

// The wire to Mastodon, against a small server with what snac2 lacks: keys that are kept, files that are worked on, limits
// that are told. What a real server of its kind says is in networks/mastodon.

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const accessToken = "zonnetje-0123456789";
const NewStatus = z.strictObject({
  status: z.string(),
  visibility: z.string(),
  language: z.string().optional(),
  media_ids: z.array(z.string()).optional(),
  in_reply_to_id: z.string().optional(),
  poll: z.strictObject({ options: z.array(z.string()), expires_in: z.number(), multiple: z.boolean() }).optional(),
});
type Status = z.infer<typeof NewStatus> & { id: string; at: string; by: string; app: string };

/** What Mastodon makes of a text. */
const htmlOf = (text: string) =>
  `<p>${text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/https:\/\/(\S+)/g, '<a href="https://$1"><span class="invisible">https://</span><span>$1</span></a>')
    .replaceAll(/@(\w+)@[\w.]+/g, '<span class="h-card"><a href="…">@<span>$1</span></a></span>')
    .replaceAll("\n", "<br />")}</p>`;

const server = async (version = "4.3.1") => {
  const statuses = new Map<string, Status>();
  const keys = new Map<string, string>();
  const files = new Map<string, { asked: number; description: string; type: string }>();
  const state = { deletes: true, worksOn: 0, keepsKeys: version === "4.3.1" };
  let made = 100;
  const view = ({ id, status, at, by, app, in_reply_to_id, poll }: Status) => ({
    id,
    url: `https://social.example/@zon/${id}`,
    content: htmlOf(status),
    created_at: at,
    in_reply_to_id: in_reply_to_id ?? null,
    account: { id: by, acct: by === "1" ? "zon" : "jan@elders.example", display_name: by === "1" ? "Zon" : "Jan" },
    application: { name: app },
    favourites_count: 4,
    reblogs_count: 2,
    replies_count: 1,
    poll: poll ? { options: poll.options.map((title, i) => ({ title, votes_count: i })), voters_count: 1 } : null,
  });
  const put = (status: z.infer<typeof NewStatus>, by = "1", app = "Samenspraak", at = world.now()): Status => {
    const one = { ...status, id: String(++made), at, by, app };
    statuses.set(one.id, one);
    return one;
  };
  const below = (id: string): Status[] =>
    [...statuses.values()].filter((one) => one.in_reply_to_id === id).flatMap((one) => [one, ...below(one.id)]);
  const gone: Told = { status: 404, json: { error: "Record not found" } };
  const answer = ({ method, path, headers, json, body }: Heard): Told => {
    if (path === "/api/v2/instance")
      return version === "4.3.1"
        ? {
            json: {
              version,
              configuration: {
                statuses: { max_characters: 500, max_media_attachments: 4, characters_reserved_per_url: 23 },
                polls: { min_expiration: 600 },
                media_attachments: {
                  supported_mime_types: ["image/png", "video/mp4"],
                  image_size_limit: 1000,
                  image_matrix_limit: 500,
                  video_matrix_limit: 400,
                },
              },
            },
          }
        : gone;
    if (path === "/api/v1/instance") return { json: { version, max_toot_chars: 5000 } };
    if (headers.authorization !== `Bearer ${accessToken}`)
      return { status: 401, json: { error: "The access token is invalid" } };
    if (path === "/api/v1/accounts/verify_credentials")
      return { json: { id: "1", acct: "zon", url: "https://social.example/@zon" } };
    if (path === "/api/v1/accounts/1/statuses")
      return {
        json: [...statuses.values()]
          .filter(({ by }) => by === "1")
          .toReversed()
          .map(view),
      };
    if (path === "/api/v2/media") {
      const id = `file${++made}`;
      const form = body.toString("latin1");
      const description = /name="description"\r\n\r\n(.*)\r\n/.exec(form)?.[1] ?? "";
      files.set(id, { asked: 0, description, type: /Content-Type: (\S+)/.exec(form)?.[1] ?? "" });
      return { status: state.worksOn > 0 ? 202 : 200, json: { id, url: null } };
    }
    if (path.startsWith("/api/v1/media/")) {
      const file = files.get(path.split("/").at(-1) ?? "");
      if (!file) return gone;
      return { status: ++file.asked < state.worksOn ? 206 : 200, json: { id: "x" } };
    }
    if (method === "POST" && path === "/api/v1/statuses") {
      const key = String(headers["idempotency-key"]);
      const stands = state.keepsKeys ? statuses.get(keys.get(key) ?? "") : undefined;
      const status = stands ?? put(NewStatus.parse(json));
      keys.set(key, status.id);
      return { json: view(status) };
    }
    const id = path.split("/")[4] ?? "";
    const status = statuses.get(id);
    if (!status) return gone;
    if (path.endsWith("/context")) return { json: { ancestors: [], descendants: below(id).map(view) } };
    if (method === "DELETE") {
      if (!state.deletes) return gone;
      statuses.delete(id);
    }
    return { json: view(status) };
  };
  const self = await networkServer(answer);
  return {
    server: self,
    answer,
    statuses,
    files,
    state,
    put,
    of: (path: string) => self.heard.filter((one) => one.path === path),
  };
};

const connectionBody = (url: string) => ({
  network: "mastodon",
  settings: { server: url },
  secrets: { accessToken },
});

const shop = async (version?: string) => {
  const workspace = await world.workspace();
  const there = await server(version);
  const body = { name: "Zon", ...connectionBody(there.server.url) };
  const channel = (await workspace.api("POST", "/v1/channels", body)).as(ChannelView);
  return {
    ...workspace,
    there,
    channel,
    send: (more: object) => send(world, workspace, channel.id, more),
    read: async (id: string) => (await workspace.api("GET", `/v1/posts/${id}`)).as(PostView),
    connection: async () => {
      const found = await findChannel(workspace.workspaceId, channel.id, world.now());
      if (found?.status !== "connected") throw new Error("It is not connected.");
      return connectionOf(found);
    },
  };
};

const newCall = (): Call => ({
  signal: AbortSignal.timeout(5000),
  endsMs: Date.parse(world.now()) + 5000,
  learn: () => undefined,
});

describe("what Mastodon counts", () => {
  const { check }: Network = mastodon;
  const counted = (text: string, account?: Account) => check({ text }, account).counts[0]?.counted;

  test.each([
    ["👨‍👩‍👧‍👦", 1],
    ["🇫🇷", 1],
    ["日本語テキスト", 7],
    ["e\u0301", 1],
    [`Z${"\u0335".repeat(7)}`, 1],
    [`see https://${"a".repeat(55)}.example`, 27],
    [`see https://a.example/${"x".repeat(200)}.`, 28],
    ["see http://a.nl", 27],
    ["@alice@mastodon.social hi", 9],
    ["mail alice@mastodon.social", 26],
    ["https://a.example/@alice@mastodon.social", 23],
    ["https://localhost/a", 19],
  ])("%j counts %i", (text, expected) => {
    expect(counted(text)).toBe(expected);
  });

  test("a question of 2 to 4 answers of 50, or what the server says, without files beside it", () => {
    const codes = (ballot: Partial<Ballot>, account?: Account, media?: Picture[]) =>
      check(
        { text: "x", media, ballot: { options: ["ja", "nee"], seconds: 3600, multiple: false, ...ballot } },
        account,
      ).problems.map(({ code, pointer }) => [code, pointer]);
    expect(codes({})).toEqual([]);
    expect(codes({ options: ["a", "b", "c", "d", "e"] })).toEqual([["wrong_options", "/ballot"]]);
    expect(
      codes(
        { options: ["a", "b", "c", "d", "e"] },
        { id: "1", handle: "", facts: { keepsKeys: "yes", answersMost: "8" } },
      ),
    ).toEqual([]);
    expect(codes({ options: ["a", "é".repeat(51)] })).toEqual([["option_too_long", "/ballot"]]);
    expect(codes({ seconds: 299 })).toEqual([["wrong_duration", "/ballot"]]);
    const picture = { mediaId: "m", type: "image/png", bytes: 1, width: 1, height: 1 };
    expect(codes({}, undefined, [picture])).toEqual([["ballot_with_media", "/ballot"]]);
    expect(codes({}, { id: "1", handle: "", facts: { keepsKeys: "no" } })).toEqual([["ballot_not_taken", "/ballot"]]);
    const ballot = { options: ["ja", "nee"], seconds: 3600, multiple: false };
    expect(networks.bluesky?.check({ text: "x", ballot }).problems.map(({ code }) => code)).toEqual([
      "ballot_not_taken",
    ]);
  });

  test("500, or what the server says; and a link as much as the server says", () => {
    expect(check({ text: "a".repeat(501) }).problems.map(({ mend }) => mend)).toEqual(["Shorten it by 1 characters."]);
    const account: Account = {
      id: "1",
      handle: "@zon",
      limits: [{ unit: "graphemes", most: 5000 }],
      facts: { urlCharacters: "32", types: "image/png", pictureBytes: "10", mediaMost: "2" },
    };
    expect(counted("https://a.nl", account)).toBe(32);
    expect(check({ text: "a".repeat(5000) }, account).problems).toEqual([]);
    const picture = (type: string, bytes: number) => ({ mediaId: "m", type, bytes, width: 1, height: 1 });
    const codes = (...media: ReturnType<typeof picture>[]) =>
      check({ text: "x", media }, account).problems.map(({ code }) => code);
    expect(codes(picture("image/jpeg", 1))).toEqual(["media_not_taken"]);
    expect(codes(...Array.from({ length: 3 }, () => picture("image/png", 1)))).toEqual(["too_many_media"]);
    expect(codes(picture("image/png", 11))).toEqual(["media_too_large"]);
  });

  test("the pixels that the server says; without a word of them, what Mastodon has, and of another server none", () => {
    const on = (facts: Record<string, string>, type: string, width: number, height: number) => {
      const media = [{ mediaId: "m", type, bytes: 1, width, height }];
      return check({ text: "x", media }, { id: "1", handle: "@zon", facts }).problems.map(({ mend }) => mend);
    };
    const told = { keepsKeys: "yes", picturePixels: "1000000", filmPixels: "1000000" };
    expect(on(told, "image/png", 2000, 500)).toEqual([]);
    expect(on(told, "image/png", 4000, 1000)).toEqual(["Make it 2000 by 500 pixels."]);
    expect(on(told, "video/mp4", 1920, 1080)).toEqual(["Make it 1333 by 750 pixels."]);
    expect(on(told, "image/gif", 1000, 1000)).toEqual(["Make it 960 by 960 pixels."]);
    expect(on({ keepsKeys: "yes" }, "image/png", 7680, 4321)).toHaveLength(1);
    for (const type of ["image/png", "image/gif", "video/mp4"])
      expect(on({ keepsKeys: "no" }, type, 16_000, 16_000)).toEqual([]);
  });
});

test("HTML is read as the text that it shows", () => {
  const text = "Eén & <twee>\n#drie https://a.example/x?y=1";
  expect(textOf(htmlOf(text))).toBe(text);
  expect(textOf("<p>a</p><p>b&#39;s &eacute;&#xe9;</p>")).toBe("a\n\nb's &eacute;é");
});

describe("a channel", () => {
  test("learns from its server who it is there, and what the server takes", async () => {
    const of = await shop();
    expect(of.channel).toMatchObject({
      status: "connected",
      handle: "@zon@social.example",
      url: "https://social.example/@zon",
      secrets: ["accessToken"],
    });
    const { account } = await of.connection();
    const facts = {
      keepsKeys: "yes",
      pictureBytes: "1000",
      picturePixels: "500",
      filmPixels: "400",
      leastSeconds: "600",
    };
    expect(account).toMatchObject({ limits: [{ most: 500 }], facts });
  });

  test("sends text, language, pictures with their descriptions and a thread, and takes all of it back", async () => {
    const of = await shop();
    const mediaId = await published(of, png(8, 6));
    const id = await of.send({
      text: "Vers brood",
      language: "nl-BE",
      media: [{ mediaId, alt: "Een brood" }],
      thread: [{ text: "En taart" }, { text: "En koek" }],
    });
    const [first, second, third] = [...of.there.statuses.values()];
    expect((await of.read(id)).deliveries[0]).toMatchObject({
      state: "published",
      externalId: first?.id,
      url: `https://social.example/@zon/${first?.id}`,
    });
    const [[file, { description, type }] = ["", { description: "", type: "" }]] = [...of.there.files];
    expect([description, type]).toEqual(["Een brood", "image/png"]);
    expect(first).toMatchObject({ status: "Vers brood", visibility: "public", language: "nl", media_ids: [file] });
    expect(second).toMatchObject({ status: "En taart", in_reply_to_id: first?.id });
    expect(third).toMatchObject({ status: "En koek", in_reply_to_id: second?.id });

    // What the brand answered by hand stays, and what others did.
    const byHand = of.there.put({ status: "Dank!", visibility: "public", in_reply_to_id: third?.id }, "1", "Web");
    const other = of.there.put({ status: "Lekker", visibility: "public", in_reply_to_id: first?.id }, "2", "Web");
    await of.api("POST", `/v1/posts/${id}/retract`, {});
    await world.advance("PT2S");
    expect((await of.read(id)).state).toBe("retracted");
    expect([...of.there.statuses.keys()]).toEqual([byHand.id, other.id]);
  });

  test("whose server lets nobody delete says so, instead of that it is gone", async () => {
    const of = await shop();
    const id = await of.send({ text: "Blijft" });
    of.there.state.deletes = false;
    await of.api("POST", `/v1/posts/${id}/retract`, {});
    await world.advance("PT2S");
    expect((await of.read(id)).deliveries[0]).toMatchObject({
      state: "published",
      problem: expect.stringContaining("lets nobody remove a post through its API"),
    });
  });

  test("waits for a file that the server still works on, and uploads it once", async () => {
    const of = await shop();
    of.there.state.worksOn = 2;
    const mediaId = await published(of, png(8, 6));
    const id = await of.send({ text: "Met film", media: [{ mediaId }] });
    expect((await of.read(id)).deliveries[0]).toMatchObject({
      state: "ready",
      detail: "The server is still working on a file.",
    });
    const other = await of.send({ text: "Tussendoor" });
    expect((await of.read(other)).deliveries[0]?.state).toBe("published");
    await world.advance("PT12S");
    expect((await of.read(id)).deliveries[0]?.state).toBe("published");
    expect([of.there.files.size, of.there.statuses.size]).toEqual([1, 2]);
  });

  test("uploads a file again that the server has thrown away meanwhile", async () => {
    const of = await shop();
    of.there.state.worksOn = 1;
    const mediaId = await published(of, png(8, 6));
    const id = await of.send({ text: "Met foto", media: [{ mediaId }] });
    of.there.files.clear();
    of.there.state.worksOn = 0;
    await world.advance("PT6S");
    expect((await of.read(id)).deliveries[0]?.state).toBe("published");
    expect([of.there.files.size, of.there.statuses.size]).toEqual([1, 1]);
  });

  test("stands there once under its key when the answer is lost, and a thread is completed", async () => {
    const of = await shop();
    let posts = 0;
    of.there.server.instead = (heard) => {
      if (heard.method !== "POST" || heard.path !== "/api/v1/statuses" || ++posts !== 2) return undefined;
      of.there.answer(heard);
      return "hang up";
    };
    const id = await of.send({ text: "Een", thread: [{ text: "Twee" }, { text: "Drie" }] });
    await world.advance("PT30S");
    expect((await of.read(id)).deliveries[0]?.state).toBe("published");
    expect([...of.there.statuses.values()].map(({ status }) => status)).toEqual(["Een", "Twee", "Drie"]);
  });

  test("is read back where a repeated key is answered with an error (mastodon#40399)", async () => {
    const of = await shop();
    of.there.server.instead = (heard) => {
      if (heard.method !== "POST" || heard.path !== "/api/v1/statuses") return undefined;
      if (of.there.statuses.size === 0) of.there.answer(heard);
      return { status: 500, json: { error: "Oops" } };
    };
    const id = await of.send({ text: "Dag @jan@elders.example, zie https://a.example/x & <y>" });
    expect((await of.read(id)).deliveries[0]?.state).toBe("unknown");
    await world.advance("PT10S");
    const [stands] = [...of.there.statuses.keys()];
    expect((await of.read(id)).deliveries[0]).toMatchObject({ state: "published", externalId: stands });
  });

  test("of a server that keeps no keys is looked up, and sent again only once it is proven absent", async () => {
    const of = await shop("2.75.0 (compatible; something else)");
    expect((await of.connection()).account).toMatchObject({ limits: [{ most: 5000 }], facts: { keepsKeys: "no" } });
    let posts = 0;
    of.there.server.instead = (heard) => {
      if (heard.method !== "POST" || heard.path !== "/api/v1/statuses" || ++posts > 1) return undefined;
      return "hang up";
    };
    const id = await of.send({ text: "Nooit aangekomen" });
    await world.advance("PT2M");
    expect((await of.read(id)).deliveries[0]?.state).toBe("unknown");
    await world.advance("PT1M");
    expect((await of.read(id)).deliveries[0]?.state).toBe("published");
    expect([posts, of.there.statuses.size]).toEqual([2, 1]);

    of.there.server.instead = (heard) => {
      if (heard.method !== "POST" || heard.path !== "/api/v1/statuses") return undefined;
      posts++;
      of.there.answer(heard);
      return "hang up";
    };
    const second = await of.send({ text: "Wel aangekomen" });
    await world.advance("PT10S");
    expect((await of.read(second)).deliveries[0]?.state).toBe("published");
    expect([posts, of.there.statuses.size]).toEqual([3, 2]);
  });

  test("that may send no more is asked again when the server says, and the next post waits as well", async () => {
    const of = await shop();
    const resetsAt = later(world.now(), seconds(60));
    of.there.server.instead = ({ method, path }) => {
      if (method !== "POST" || path !== "/api/v1/statuses") return undefined;
      of.there.server.instead = undefined;
      return {
        status: 429,
        json: { error: "Too many requests" },
        headers: { "x-ratelimit-limit": "300", "x-ratelimit-remaining": "0", "x-ratelimit-reset": resetsAt },
      };
    };
    const one = await of.send({ text: "Een" });
    expect((await of.read(one)).deliveries[0]).toMatchObject({ state: "ready", nextAt: resetsAt });
    const two = await of.send({ text: "Twee" });
    expect((await of.read(two)).deliveries[0]).toMatchObject({ state: "ready", nextAt: resetsAt });
    await world.advance("PT60S");
    for (const id of [one, two]) expect((await of.read(id)).deliveries[0]?.state).toBe("published");
  });

  test("that is refused says in the server's words why", async () => {
    const of = await shop();
    of.there.server.instead = ({ method, path }) =>
      method === "POST" && path === "/api/v1/statuses"
        ? { status: 422, json: { error: "Validation failed: Text character limit of 500 exceeded" } }
        : undefined;
    const id = await of.send({ text: "Te lang" });
    expect((await of.read(id)).deliveries[0]).toMatchObject({
      state: "rejected",
      code: "network_refused",
      detail: expect.stringContaining("Text character limit of 500 exceeded"),
    });
  });

  test.each([
    ["was revoked", "network_access_revoked"],
    ["expired", "network_access_expired"],
    ["is invalid", "network_credentials_wrong"],
  ])("whose access token %s is failing, and says what mends it", async (how, code) => {
    const of = await shop();
    of.there.server.instead = () => ({ status: 401, json: { error: `The access token ${how}` } });
    const id = await of.send({ text: "Buitengesloten" });
    expect((await of.read(id)).deliveries[0]).toMatchObject({ state: "rejected", code });
    expect((await of.api("GET", `/v1/channels/${of.channel.id}`)).body).toMatchObject({
      status: "failing",
      trouble: { code, mend: expect.stringContaining("PATCH /v1/channels/") },
    });
  });
});

describe("connecting", () => {
  test.each([401, 422])("with a token that is answered %i is refused", async (answered) => {
    const workspace = await world.workspace();
    const there = await networkServer(() => ({ status: answered, text: "" }));
    expect(await refusedConnection(workspace, connectionBody(there.url))).toMatchObject({
      code: "network_credentials_wrong",
      status: 422,
    });
  });
});

test("a question is asked with the first part, and its votes are read", async () => {
  const of = await shop();
  const to = await of.connection();
  const publication: Publication = {
    ...{ postId: "p", key: "k", at: world.now(), text: "Wat bakken we?", media: [], kept: {} },
    thread: [{ text: "Zeg het", media: [] }],
    ballot: { options: ["Speculaas", "Taai-taai"], seconds: 3600, multiple: false },
  };
  const outcome = await connector.publish(to, publication, {
    ...newCall(),
    mayWrite: () => true,
    keep: async () => undefined,
  });
  const [first, second] = [...of.there.statuses.values()];
  expect(first?.poll).toEqual({ options: ["Speculaas", "Taai-taai"], expires_in: 3600, multiple: false });
  expect(second?.poll).toBeUndefined();
  if (outcome.outcome !== "sent") throw new Error("It was not sent.");
  const looked = await connector.collect?.(to, { key: "k", externalId: outcome.externalId }, undefined, newCall());
  expect(looked?.votes).toEqual({ options: [0, 1], voters: 1 });
});

test("what people did with it comes with each look, and what they answered once", async () => {
  const of = await shop();
  const id = await of.send({ text: "Een vraag", thread: [{ text: "Of twee" }] });
  const [first, second] = [...of.there.statuses.keys()];
  const at = (n: number) => later(world.now(), minutes(n));
  const answer = (status: string, to: string | undefined, minute: number) =>
    of.there.put({ status, visibility: "public", in_reply_to_id: to }, "2", "Web", at(minute));
  answer("Twee & drie\nregels", second, 2);
  answer("Een", first, 1);
  const { externalId = "" } = z.object({ externalId: z.string() }).parse((await of.read(id)).deliveries[0]);
  const to = await of.connection();
  const look = (cursor?: string) => connector.collect?.(to, { key: "k", externalId }, cursor, newCall());
  const one = await look();
  expect(one).toMatchObject({
    figures: { likes: 4, reposts: 2, replies: 1 },
    replies: [
      { text: "Een", author: { id: "2", handle: "@jan@elders.example", name: "Jan" }, at: at(1) },
      { text: "Twee & drie\nregels", at: at(2) },
    ],
  });
  answer("Nog een", second, 3);
  expect((await look(one?.cursor))?.replies.map(({ text }) => text)).toEqual(["Nog een"]);
});

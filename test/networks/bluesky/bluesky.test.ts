import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { ChannelView } from "../../../functions/channels/channel.ts";
import type { Call, Guard, Publication } from "../../../functions/channels/connector.ts";
import { bluesky as connector, facetsOf } from "../../../functions/channels/connectors/bluesky.ts";
import { bluesky, rkeyOf } from "../../../functions/channels/networks/bluesky.ts";
import { connectionOf, findChannel } from "../../../functions/channels/table.ts";
import { count } from "../../../functions/channels/text.ts";
import { newId } from "../../../functions/platform/ids.ts";
import { PostView } from "../../../functions/posts/post-view.ts";
import { declare, refusedConnection, send } from "../../network-server.ts";
import { png, published } from "../../pictures-of.ts";
import { openWorld, type Workspace, type World } from "../../world.ts";
import { type Pds, startPds } from "./server.ts";

// Bluesky's own PDS, of @atproto/dev-env, and its own library. There is no app behind it, which counts and joins threads: what is
// read from that is only tried against its lexicon (../../network-bluesky.test.ts).

let world: World;
let server: Pds;
let zon: Awaited<ReturnType<Pds["account"]>>;
let jan: typeof zon;

beforeAll(async () => {
  server = await startPds();
  declare(new URL(server.url).host);
  world = await openWorld({ at: new Date().toISOString() });
  [zon, jan] = [await server.account("zon.test"), await server.account("jan.test")];
}, 180_000);
afterAll(async () => {
  await world?.close();
  await server?.close();
});

const connectionBody = (of: { handle: string; appPassword: string }) => ({
  network: "bluesky",
  settings: { service: server.url, identifier: of.handle },
  secrets: { appPassword: of.appPassword },
});

const shop = async (of = zon) => {
  const workspace: Workspace = await world.workspace();
  const { api, workspaceId } = workspace;
  const channel = (await api("POST", "/v1/channels", { name: "Zon", ...connectionBody(of) })).as(ChannelView);
  return {
    ...workspace,
    channel,
    read: async (id: string) => (await api("GET", `/v1/posts/${id}`)).as(PostView),
    connection: async () => {
      const found = await findChannel(workspaceId, channel.id, world.now());
      if (found?.status !== "connected") throw new Error("It is not connected.");
      return connectionOf(found);
    },
  };
};

const Listed = z.object({
  records: z.array(z.object({ uri: z.string(), cid: z.string(), value: z.looseObject({ text: z.string() }) })),
});
/** What stands at the PDS, oldest first. */
const standing = async (of = zon) =>
  Listed.parse(
    (
      await server.xrpc("com.atproto.repo.listRecords", {
        query: { repo: of.did, collection: "app.bsky.feed.post", reverse: "true", limit: "100" },
      })
    ).body,
  ).records;

const newCall = (): Call => ({
  signal: AbortSignal.timeout(10_000),
  endsMs: Date.parse(world.now()) + 10_000,
  learn: () => undefined,
});
const newGuard = (): Guard => ({ ...newCall(), mayWrite: () => true, keep: async () => undefined });
const publicationOf = (text: string, key = newId("post", world.now()).slice(5)): Publication => ({
  ...{ postId: "post", key, at: world.now(), text, media: [], thread: [], kept: {} },
});

const family = "👨‍👩‍👧‍👦";

test("a post with a name, a tag, a link, a picture and a thread stands there as it was asked, and is taken back whole", async () => {
  const of = await shop();
  expect(of.channel).toMatchObject({ handle: "@zon.test", account: { id: zon.did } });
  const mediaId = await published(of, png(8, 6));
  const id = await send(world, of, of.channel.id, {
    text: `${family} Vers van @jan.test, zie https://nergens.invalid/pad #brood`,
    language: "nl",
    media: [{ mediaId, alt: "Een brood" }],
    thread: [{ text: "En taart" }, { text: "En koek" }],
  });
  expect((await of.read(id)).deliveries[0]).toMatchObject({ state: "published" });
  const [first, second, third] = await standing();
  expect(first?.value).toMatchObject({
    langs: ["nl"],
    facets: [
      { index: { byteStart: 35, byteEnd: 44 }, features: [{ $type: "app.bsky.richtext.facet#mention", did: jan.did }] },
      { features: [{ uri: "https://nergens.invalid/pad" }] },
      { features: [{ tag: "brood" }] },
    ],
    embed: { images: [{ alt: "Een brood", image: { mimeType: "image/png" }, aspectRatio: { width: 8, height: 6 } }] },
  });
  const ref = (of: typeof first) => ({ uri: of?.uri, cid: of?.cid });
  expect(second?.value).toMatchObject({ text: "En taart", reply: { root: ref(first), parent: ref(first) } });
  expect(third?.value).toMatchObject({ text: "En koek", reply: { root: ref(first), parent: ref(second) } });

  await of.api("POST", `/v1/posts/${id}/retract`, {});
  await world.advance("PT2S");
  expect((await of.read(id)).state).toBe("retracted");
  expect(await standing()).toEqual([]);
});

test("sent ten times at once and once more it stands there once, and is found; another under its name is refused", async () => {
  const to = await (await shop()).connection();
  const publication = { ...publicationOf("Eén keer"), thread: [{ text: "En dit", media: [] }] };
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => connector.publish(to, publication, newGuard())));
  outcomes.push(await connector.publish(to, publication, newGuard()));
  expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
  expect((await standing()).map(({ value }) => value.text)).toEqual(["Eén keer", "En dit"]);
  const looking = { ...newCall(), isTaken: async () => false };
  expect(await connector.find(to, publication, looking)).toEqual({
    finding: "found",
    externalId: `at://${zon.did}/app.bsky.feed.post/${rkeyOf(publication.key, 0)}`,
    url: `https://bsky.app/profile/${zon.did}/post/${rkeyOf(publication.key, 0)}`,
  });
  expect(await connector.find(to, publicationOf("Nooit gezonden"), looking)).toEqual({ finding: "absent" });
  await expect(connector.publish(to, publicationOf("Iets anders", publication.key), newGuard())).rejects.toMatchObject({
    code: "network_refused",
  });
  const sent = { key: publication.key, externalId: "x" };
  for (const _ of [1, 2]) await connector.retract?.(to, sent, newCall());
  expect(await standing()).toEqual([]);
});

test.each([
  ["300 letters", "a".repeat(300), true],
  ["301 letters", "a".repeat(301), false],
  ["120 family emoji", family.repeat(120), true],
  ["300 family emoji, which are 7,500 bytes", family.repeat(300), false],
  ["300 flags", "🇳🇱".repeat(300), true],
  ["3,000 bytes", `${family.repeat(119)}${"é".repeat(12)}a`, true],
  ["3,001 bytes", `${family.repeat(120)}a`, false],
])("the PDS and we agree on %s", async (_, text, isTaken) => {
  expect(bluesky.check({ text }).problems.length === 0).toBe(isTaken);
  const of = await shop();
  const to = await of.connection();
  const publication = publicationOf(text);
  const sending = connector.publish(to, publication, newGuard());
  if (!isTaken) {
    await expect(sending).rejects.toMatchObject({ code: "network_refused", said: expect.stringContaining("too big") });
    return;
  }
  expect(await sending).toMatchObject({ outcome: "sent" });
  await connector.retract?.(to, { key: publication.key, externalId: "x" }, newCall());
});

test("we see what Bluesky's own library sees, and count what it counts", async () => {
  const texts = [
    "Vers brood",
    `${family} Zie https://zon.example/pad?a=1&b=2, en (https://zon.example/b).`,
    "https://en.wikipedia.org/wiki/Brood_(voedsel)",
    "Met @jan.test en @niemand.example! #vers-brood, #brood2026 #2026 #",
    "日本語テキスト #日本語 https://例え.example/テ",
    "mail jan@jan.test, of @jan",
    "e\u0301 🇫🇷 #\ufe0f⃣ #a",
    "regel een\n#twee\n@jan.test",
  ];
  const Seen = z.array(
    z.object({
      graphemes: z.number(),
      bytes: z.number(),
      facets: z.array(z.object({ index: z.unknown(), features: z.array(z.record(z.string(), z.string())) })),
    }),
  );
  const answer = execFileSync(process.execPath, ["oracle.js"], { cwd: server.folder, input: JSON.stringify(texts) });
  const theirs = Seen.parse(JSON.parse(answer.toString()));
  const strip = ({ $type: _, ...feature }: Record<string, string>) => feature;
  for (const [i, text] of texts.entries()) {
    const ours = await facetsOf(text, async (handle) => handle);
    const seen = theirs[i]?.facets
      // Names without a host that exists in the world are not asked for by their library; ours asks, and nobody has them.
      .map(({ index, features }) => ({ index, feature: strip(features[0] ?? {}) }));
    const sorted = (all: unknown[] | undefined) => (all ?? []).map((one) => JSON.stringify(one)).toSorted();
    const asked = ours
      .map(({ index, features }) => ({ index, feature: strip(features[0] ?? {}) }))
      .filter(({ feature }) => feature.did !== "niemand.example");
    expect(sorted(asked), text).toEqual(sorted(seen));
    expect([count(text, "graphemes"), count(text, "bytes")], text).toEqual([theirs[i]?.graphemes, theirs[i]?.bytes]);
  }
});

describe("its access", () => {
  test("is renewed by the session's own token", async () => {
    const to = await (await shop()).connection();
    const renewed = await connector.renew?.(to, newCall());
    expect(renewed?.secrets.refreshJwt).not.toBe(to.secrets.refreshJwt);
    expect(Date.parse(renewed?.renewAt ?? "") - Date.now()).toBeGreaterThan(3_600_000);
    expect(await connector.test({ ...to, secrets: renewed?.secrets ?? {} }, newCall())).toMatchObject({ id: zon.did });
  });

  test("with a token that is over, or altered, is expired", async () => {
    const to = await (await shop()).connection();
    const altered = { ...to, secrets: { ...to.secrets, accessJwt: `${to.secrets.accessJwt}x` } };
    await expect(connector.publish(altered, publicationOf("x"), newGuard())).rejects.toMatchObject({
      code: "network_access_expired",
    });
  });

  test("that was taken back at Bluesky is told so", async () => {
    const weg = await server.account("weg.test");
    const to = await (await shop(weg)).connection();
    await server.xrpc("com.atproto.server.revokeAppPassword", { token: weg.token, json: { name: "Samenspraak" } });
    await expect(connector.renew?.(to, newCall())).rejects.toMatchObject({ code: "network_access_revoked" });
  });

  test("with wrong credentials is refused, and nothing is stored", async () => {
    const wrong = { handle: zon.handle, appPassword: "aaaa-bbbb-cccc-dddd" };
    const nobody = { handle: "niemand.test", appPassword: "aaaa-bbbb-cccc-dddd" };
    for (const of of [wrong, nobody])
      expect(await refusedConnection(await world.workspace(), connectionBody(of))).toMatchObject({
        code: "network_credentials_wrong",
        status: 422,
      });
  });
});

test("where the app behind the PDS does not answer, figures are told to be out of reach", async () => {
  const to = await (await shop()).connection();
  const sent = { key: "k", externalId: `at://${zon.did}/app.bsky.feed.post/3kabcdefghijk` };
  await expect(connector.collect?.(to, sent, undefined, newCall())).rejects.toMatchObject({ code: "network_broken" });
});

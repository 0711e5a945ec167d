import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { leadsTo, tagged } from "../functions/links/tags.ts";
import { CheckView, PostView } from "../functions/posts/post-view.ts";
import { LinkView } from "../functions/posts/short-links.ts";
import { littleBluesky, littleMastodon } from "./little-networks.ts";
import { send } from "./network-server.ts";
import { png, published } from "./pictures-of.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// What is said on each channel: names, campaign tags, short links, threads.

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const WithLinks = PostView.extend({ links: z.array(LinkView) });
const Verdict = z.object({ sendable: z.boolean(), checks: z.array(CheckView) });
const Problem = z.object({ code: z.string(), detail: z.string(), errors: z.array(z.object({ pointer: z.string() })) });
const phone = {
  accept: "text/html",
  "user-agent":
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
};

const shop = async () => {
  const workspace: Workspace = await world.workspace();
  const mastodon = await littleMastodon(world);
  const bluesky = await littleBluesky({ "jan.bsky.social": "did:plc:jan" });
  const { id: onMastodon } = await mastodon.connect(workspace);
  const { id: onBluesky } = await bluesky.connect(workspace);
  const byHand = async (countsAs: string) =>
    idOf(
      await workspace.api("POST", "/v1/channels", {
        ...{ network: "reminder", name: countsAs },
        settings: { to: "anna@example.nl", where: countsAs, countsAs },
      }),
    );
  return {
    ...workspace,
    ...{ mastodon, bluesky, onMastodon, onBluesky, byHand },
    send: (more: object, channels = [onMastodon, onBluesky]) =>
      send(world, workspace, channels[0] ?? "", { channels, ...more }),
    read: async (id: string) => (await workspace.api("GET", `/v1/posts/${id}`)).as(WithLinks),
  };
};

describe("campaign tags", () => {
  const tags = { source: "mastodon", medium: "social", campaign: "pasen 2027" };
  const added = "utm_source=mastodon&utm_medium=social&utm_campaign=pasen%202027";

  test.each([
    ["https://a.nl", `https://a.nl?${added}`],
    ["https://a.nl/", `https://a.nl/?${added}`],
    ["https://a.nl/p?q=1&r=%20a+b", `https://a.nl/p?q=1&r=%20a+b&${added}`],
    ["https://a.nl/p?", `https://a.nl/p?${added}`],
    ["https://a.nl/p?q=1&", `https://a.nl/p?q=1&${added}`],
    ["https://a.nl/p#deel?x=1", `https://a.nl/p?${added}#deel?x=1`],
    ["https://a.nl/p?q=1#/app/route", `https://a.nl/p?q=1&${added}#/app/route`],
    ["https://a.nl/p?utm_source=brief", "https://a.nl/p?utm_source=brief"],
    ["https://a.nl/p?a=1;UTM_campaign=x#y", "https://a.nl/p?a=1;UTM_campaign=x#y"],
    ["https://a.nl/p?next=https://b.nl/?utm_x", `https://a.nl/p?next=https://b.nl/?utm_x&${added}`],
  ])("%s becomes %s", (url, becomes) => {
    expect(tagged(url, tags)).toBe(becomes);
    expect(URL.canParse(becomes)).toBe(true);
    // Once is enough.
    expect(tagged(becomes, tags)).toBe(becomes);
  });

  test("only addresses on declared hosts, and on names below them, are ours", () => {
    expect(leadsTo("https://Bakker.nl/x", ["bakker.nl"])).toBe(true);
    expect(leadsTo("https://shop.bakker.nl", ["bakker.nl"])).toBe(true);
    for (const url of ["https://eenbakker.nl", "https://bakker.nl.evil.example", "https://evil.example/bakker.nl"])
      expect(leadsTo(url, ["bakker.nl"])).toBe(false);
  });
});

describe("a name", () => {
  test("becomes the handle of each network, and the plain name where there is none; Bluesky gets whose it is", async () => {
    const of = await shop();
    const linkedin = await of.byHand("linkedin");
    const x = await of.byHand("x");
    const put = await of.api("PUT", "/v1/mentions", {
      name: "Bakker",
      says: "Jan de Bakker",
      handles: { bluesky: "@jan.bsky.social", mastodon: "jan@mastodon.example", x: "janbakt" },
    });
    expect(put.body).toMatchObject({ name: "bakker", handles: { bluesky: "jan.bsky.social" }, version: 1 });
    const text = "Brood van é @{bakker}, elke dag.";
    const id = await of.send({ text, thread: [{ text: "Dank @{Bakker}!" }] }, [
      of.onMastodon,
      of.onBluesky,
      linkedin,
      x,
    ]);
    expect(of.mastodon.texts()).toEqual([
      "Brood van é @jan@mastodon.example, elke dag.",
      "Dank @jan@mastodon.example!",
    ]);
    const [first, second] = of.bluesky.records();
    expect(first).toMatchObject({
      text: "Brood van é @jan.bsky.social, elke dag.",
      // Bytes of UTF-8: é is two.
      facets: [
        {
          index: { byteStart: 13, byteEnd: 29 },
          features: [{ $type: "app.bsky.richtext.facet#mention", did: "did:plc:jan" }],
        },
      ],
    });
    expect(second).toMatchObject({ text: "Dank @jan.bsky.social!" });
    const post = await of.read(id);
    expect(post.text).toBe(text);
    const on = (channelId: string) => post.wording?.find((one) => one.channelId === channelId);
    expect(on(linkedin)).toMatchObject({ text: "Brood van é Jan de Bakker, elke dag." });
    expect(on(x)).toMatchObject({ text: "Brood van é @janbakt, elke dag." });
    expect(on(linkedin)?.thread).toEqual([{ text: "Dank Jan de Bakker!" }]);
    const mail = world.mails.findLast(
      ({ to, text }) => to.includes("anna@example.nl") && text.includes("Jan de Bakker"),
    );
    expect(mail?.text).toContain("Brood van é Jan de Bakker");
  });

  test("that nobody has is a problem with its place and the call that mends it; what was written with a name stays when it changes", async () => {
    const of = await shop();
    const asked = { text: "Van @{piet}", thread: [{ text: "En @{piet}" }], channels: [of.onMastodon] };
    const { sendable, checks } = (await of.api("POST", "/v1/posts/validate", asked)).as(Verdict);
    expect(sendable).toBe(false);
    expect(checks[0]?.problems).toMatchObject([
      { code: "unknown_mention", pointer: "/text", mend: expect.stringContaining('PUT /v1/mentions {"name": "piet"') },
      { code: "unknown_mention", pointer: "/thread/0/text" },
    ]);
    const refused = await of.api("POST", "/v1/posts", { ...asked, at: "2026-12-01T09:00:00Z" });
    expect(refused.as(Problem)).toMatchObject({
      code: "unsendable",
      errors: [{ pointer: "#/text" }, { pointer: "#/thread/0/text" }],
    });
    // A draft may still be mended, and is when it is changed.
    const draft = idOf(await of.api("POST", "/v1/posts", asked));
    await of.api("PUT", "/v1/mentions", { name: "piet", says: "Piet", handles: {} });
    const mended = (await of.api("PATCH", `/v1/posts/${draft}`, { text: "Van  @{piet}" })).as(PostView);
    expect(mended.wording).toMatchObject([{ text: "Van  Piet", thread: [{ text: "En Piet" }] }]);
    await of.api("PUT", "/v1/mentions", { name: "piet", says: "Pieter", handles: {} });
    expect((await of.read(draft)).wording).toMatchObject([{ text: "Van  Piet" }]);
    expect((await of.api("DELETE", "/v1/mentions/piet")).status).toBe(204);
    expect((await of.api("GET", "/v1/mentions")).body).toMatchObject({ items: [] });
    expect((await of.api("DELETE", "/v1/mentions/piet")).status).toBe(404);
  });

  test("is written as its network writes names, or refused with its place", async () => {
    const of = await shop();
    const refused = async (handles: object) =>
      (await of.api("PUT", "/v1/mentions", { name: "jan", says: "Jan", handles }))
        .as(Problem)
        .errors.map(({ pointer }) => pointer);
    expect(await refused({ bluesky: "jan" })).toEqual(["#/handles/bluesky"]);
    expect(await refused({ mastodon: "jan" })).toEqual(["#/handles/mastodon"]);
    expect(await refused({ x: "janbaktelkedagbrood" })).toEqual(["#/handles/x"]);
    expect(await refused({ hyves: "jan" })).toEqual(["#/handles/hyves"]);
  });

  test("that was deleted can be said again, and is news again", async () => {
    const { api, workspaceId } = await world.workspace();
    const jan = { name: "jan", says: "Jan", handles: { bluesky: "jan.bsky.social" } };
    for (let time = 0; time < 2; time++) {
      expect((await api("PUT", "/v1/mentions", jan)).status).toBe(200);
      expect((await api("DELETE", "/v1/mentions/jan")).status).toBe(204);
      expect((await api("DELETE", "/v1/mentions/jan")).status).toBe(404);
      expect((await api("GET", "/v1/mentions")).body).toMatchObject({ items: [] });
    }
    await world.settle();
    const news = world.eventsOf(workspaceId).filter(({ type }) => type === "mention.set");
    expect(new Set(news.map(({ detail }) => detail.id)).size).toBe(4);
  });
});

describe("links", () => {
  test("are tagged by channel and campaign and made short by delivery; a person's click leads on and is counted, a bot's only leads on", async () => {
    const of = await shop();
    const settings = await of.api("PUT", "/v1/links/settings", {
      hosts: ["bakkerij-zon.example"],
      shortens: true,
      sources: { [of.onBluesky]: "blauw" },
    });
    expect(settings.status).toBe(200);
    const long = "https://www.bakkerij-zon.example/brood/mokkataart-van-de-week?maat=€2#bestel";
    const asked = { text: `Bestel: ${long}. Of bel.`, campaign: "mokka", channels: [of.onMastodon, of.onBluesky] };
    const { checks } = (await of.api("POST", "/v1/posts/validate", asked)).as(Verdict);
    expect(checks.every(({ problems }) => problems.length === 0)).toBe(true);
    const id = await of.send(asked);
    await world.settle();
    const { links, deliveries } = await of.read(id);
    expect(deliveries.map(({ state }) => state)).toEqual(["published", "published"]);
    const [onMastodon, onBluesky] = [of.onMastodon, of.onBluesky].map((id) =>
      links.find(({ channelId }) => channelId === id),
    );
    expect(onMastodon?.url).toBe(
      "https://www.bakkerij-zon.example/brood/mokkataart-van-de-week?maat=€2&utm_source=mastodon&utm_medium=social&utm_campaign=mokka#bestel",
    );
    expect(onBluesky?.url).toContain("utm_source=blauw&");
    expect(of.mastodon.texts()).toEqual([`Bestel: ${onMastodon?.shortUrl}. Of bel.`]);
    expect(of.bluesky.records()[0]?.text).toBe(`Bestel: ${onBluesky?.shortUrl}. Of bel.`);

    const path = new URL(onMastodon?.shortUrl ?? "").pathname;
    const clicked = await world.weigh("a click", () => world.http("GET", path, { headers: phone }));
    const [row, ...others] = clicked.filter(({ kind }) => kind === "click");
    expect(others).toEqual([]);
    expect(row).toMatchObject({ units: 1 });
    const led = await world.http("GET", path, { headers: phone });
    expect(led.status).toBe(303);
    expect(led.headers.location).toBe(onMastodon?.url.replace("€", "%E2%82%AC"));
    expect(led.headers["set-cookie"]).toBeUndefined();
    for (const headers of [{ "user-agent": "facebookexternalhit/1.1" }, { ...phone, "sec-purpose": "prefetch" }])
      expect((await world.http("GET", path, { headers })).status).toBe(303);
    await world.http("HEAD", path, { headers: phone });
    await world.advance("PT10S");
    const counted = (await of.read(id)).links;
    expect(counted.map(({ channelId, clicks }) => [channelId, clicks])).toEqual([
      [of.onMastodon, 2],
      [of.onBluesky, 0],
    ]);
    expect((await world.http("GET", "/l/abcdefghj", { headers: phone })).status).toBe(404);
  });

  test("elsewhere stay as they are, and a change of the text keeps what is short already", async () => {
    const of = await shop();
    expect((await of.api("GET", "/v1/links/settings")).body).toMatchObject({ hosts: [], shortens: false });
    const text =
      "Lees https://elders.example/artikel?a=1#b en https://bakkerij-zon.example/een-lang-adres-dat-kort-mag-worden";
    const at = "2026-12-01T09:00:00Z";
    const plain = (await of.api("POST", "/v1/posts", { text, channels: [of.onMastodon], at })).as(PostView);
    expect(plain.wording).toBeUndefined();
    await of.api("PUT", "/v1/links/settings", { hosts: ["bakkerij-zon.example"] });
    const meant = { allowDuplicate: true };
    const tags = (await of.api("POST", "/v1/posts", { text, channels: [of.onMastodon], at, ...meant })).as(PostView);
    expect(tags.wording?.[0]?.text).toBe(`${text}?utm_source=mastodon&utm_medium=social`);
    const version = (await of.api("GET", "/v1/links/settings")).as(z.object({ version: z.number() })).version;
    const stale = { hosts: [], shortens: true };
    expect((await of.api("PUT", "/v1/links/settings", stale, { "if-match": `"${version + 1}"` })).status).toBe(412);
    await of.api("PUT", "/v1/links/settings", { hosts: ["bakkerij-zon.example"], shortens: true });
    await world.advance("PT6S");
    const short = (await of.api("POST", "/v1/posts", { text, channels: [of.onMastodon], at, ...meant })).as(PostView);
    const [, again] = (await of.read(short.id)).links;
    await of.api("PATCH", `/v1/posts/${short.id}`, { text: `${text}!` });
    expect((await of.read(short.id)).links[1]).toEqual(again);
    const gone = (await of.api("PATCH", `/v1/posts/${short.id}`, { text: "Zonder" })).as(PostView);
    expect(gone.wording).toBeUndefined();
  });
});

describe("a thread, or a first comment", () => {
  test("is counted part by part, leaves in order, and reads back as it was written", async () => {
    const of = await shop();
    const x = await of.byHand("x");
    const thread = [{ text: "Eerste reactie: https://bakkerij-zon.example" }, { text: "a".repeat(301) }];
    const long = { text: "Vandaag", thread, channels: [of.onMastodon, of.onBluesky, x] };
    const { sendable, checks } = (await of.api("POST", "/v1/posts/validate", long)).as(Verdict);
    expect(sendable).toBe(false);
    expect(checks[0]?.counts.map(({ part, counted, left }) => [part, counted, left])).toEqual([
      [undefined, 7, 493],
      [1, 39, 461],
      [2, 301, 199],
    ]);
    expect(checks[0]?.problems).toEqual([]);
    expect(checks[1]?.problems).toMatchObject([{ code: "too_long", pointer: "/thread/1/text" }]);
    expect(checks[2]?.problems).toMatchObject([{ code: "too_long", pointer: "/thread/1/text" }]);
    expect(checks[2]?.cost).toMatchObject({ usd: 0, says: expect.stringContaining("USD 0.015") });

    const id = await of.send({ text: "Vandaag", thread: [...thread.slice(0, 1), { text: "Tot morgen" }] });
    expect(of.mastodon.statuses.map(({ id, in_reply_to_id, status }) => [id, in_reply_to_id, status])).toEqual([
      ["101", undefined, "Vandaag"],
      ["102", "101", "Eerste reactie: https://bakkerij-zon.example"],
      ["103", "102", "Tot morgen"],
    ]);
    const [root, first, second] = of.bluesky.records();
    expect(root?.reply).toBeUndefined();
    expect(first).toMatchObject({
      text: thread[0]?.text,
      facets: [{ features: [{ uri: "https://bakkerij-zon.example" }] }],
    });
    expect(second).toMatchObject({ text: "Tot morgen", reply: { root: { cid: "bafy1" }, parent: { cid: "bafy1" } } });
    const post = await of.read(id);
    expect(post.thread).toEqual([
      { text: thread[0]?.text, media: [] },
      { text: "Tot morgen", media: [] },
    ]);
    expect(post.deliveries.map(({ state }) => state)).toEqual(["published", "published"]);
  });

  test("is not taken where a network has none, and says so", async () => {
    const of = await shop();
    const feed = idOf(await of.api("POST", "/v1/channels", { network: "feed", name: "Zon", handle: "zon-draadloos" }));
    const asked = { text: "Een", thread: [{ text: "Twee" }], channels: [feed] };
    expect((await of.api("POST", "/v1/posts/validate", asked)).as(Verdict).checks[0]?.problems).toMatchObject([
      { code: "too_many_parts", pointer: "/thread", mend: "Leave out 1." },
    ]);
  });
});

describe("a preview", () => {
  test("shows to whoever has its link how each network will show it: what is cut, links, pictures with their words, and what is wrong", async () => {
    const of = await shop();
    const x = await of.byHand("x");
    const picture = await published(of, png(1080, 720));
    const text = `Vers uit de oven op https://bakkerij-zon.example #brood. ${"lekker ".repeat(40)}`;
    const id = idOf(
      await of.api("POST", "/v1/posts", {
        ...{ text, channels: [of.onMastodon, of.onBluesky, x] },
        media: [{ mediaId: picture, alt: "Een mand met brood" }],
        thread: [{ text: "En morgen weer, op https://bakkerij-zon.example/morgen" }],
      }),
    );
    const { url } = (await of.api("GET", `/v1/posts/${id}/preview`)).as(z.object({ url: z.string() }));
    const path = url.slice(world.url.length);
    const seen = await world.http("GET", path, { headers: phone });
    expect(seen.status).toBe(200);
    expect(Buffer.byteLength(seen.text)).toBeLessThan(50_000);
    expect(seen.text).toContain("<u>https://bakkerij-zon.example</u> <u>#brood</u>");
    expect(seen.text).toContain("Een mand met brood");
    expect(seen.text).toContain("Dit past er niet meer bij:");
    expect(seen.text).toContain("kaart van bakkerij-zon.example");
    const json = (await world.http("GET", path, { headers: { accept: "application/json" } })).as(
      z.object({
        channels: z.array(z.object({ network: z.string(), text: z.string(), beyond: z.string(), taken: z.boolean() })),
      }),
    );
    expect(json.channels.map(({ network, taken }) => [network, taken])).toEqual([
      ["mastodon", true],
      ["bluesky", false],
      ["x", false],
    ]);
    for (const { text: fits, beyond } of json.channels) expect(fits + beyond).toBe(text);
    expect([...(json.channels[1]?.text ?? "")]).toHaveLength(300);
    expect((await world.http("GET", `${path}&lang=en`, { headers: phone })).text).toContain(
      "This does not fit any more:",
    );
    const [bare = ""] = path.split("?");
    expect((await world.http("GET", `${bare}?t=x`, { headers: { accept: "application/json" } })).status).toBe(410);
    await world.advance("PT25H");
    expect((await world.http("GET", path, { headers: { accept: "application/json" } })).status).toBe(410);
  });
});

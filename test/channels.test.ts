import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { ChannelView } from "../functions/channels/channel.ts";
import { feed } from "../functions/channels/networks/feed.ts";
import { networks } from "../functions/channels/networks.ts";
import { count, shorten } from "../functions/channels/text.ts";
import { units } from "../functions/channels/unit.ts";
import { catalogue } from "../functions/events/channels.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { openWorld, type World } from "./world.ts";

const Problem = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string() })).optional(),
});
const ListOf = <T>(item: z.ZodType<T>) => z.object({ items: z.array(item), next: z.string().nullable() });

describe("what a network counts", () => {
  const family = "👨‍👩‍👧‍👦";

  test.each([
    ["plain", { graphemes: 5, bytes: 5, utf16: 5, codePoints: 5 }],
    [family, { graphemes: 1, bytes: 25, utf16: 11, codePoints: 7 }],
    ["e\u0301", { graphemes: 1, bytes: 3, utf16: 2, codePoints: 2 }],
    ["🇳🇱", { graphemes: 1, bytes: 8, utf16: 4, codePoints: 2 }],
    ["\r\n", { graphemes: 1, bytes: 2, utf16: 2, codePoints: 2 }],
    ["日本", { graphemes: 2, bytes: 6, utf16: 2, codePoints: 2 }],
  ])("%j is counted as a reader, as bytes and as a program counts", (text, counted) => {
    const plain = units.filter((unit) => unit in counted);
    expect(Object.fromEntries(plain.map((unit) => [unit, count(text, unit)]))).toEqual(counted);
  });

  test("a text is shortened between graphemes, never inside one", () => {
    expect(shorten(family.repeat(3), 3)).toBe(family.repeat(3));
    expect(shorten(family.repeat(4), 3)).toBe(`${family.repeat(2)}…`);
    expect(shorten("aa bb", 4)).toBe("aa…");
  });

  test("the feed takes 5,000 graphemes and 20,000 bytes, and says how to mend what is longer", () => {
    expect(feed.check({ text: "a".repeat(5000) }).problems).toEqual([]);
    expect(feed.check({ text: "a".repeat(5001) }).problems).toEqual([
      {
        code: "too_long",
        detail: "The feed takes 5000 characters; this text has 5001.",
        mend: "Shorten it by 1 characters.",
        pointer: "/text",
      },
    ]);
    expect(feed.check({ text: family.repeat(801) }).problems.map(({ mend }) => mend)).toEqual([
      "Shorten it by 25 bytes (UTF-8).",
    ]);
  });
});

test("each event's example fits its schema", () => {
  for (const { data, example } of Object.values(catalogue)) expect(data.parse(example)).toEqual(example);
});

describe("over HTTP", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ at: "2026-06-01T10:00:00.000Z" });
  });
  afterAll(() => world.close());

  let handles = 0;
  const newHandle = () => `bakkerij-${++handles}`;
  const bakery = async (more: Record<string, unknown> = {}) => {
    const workspace = await world.workspace();
    const handle = newHandle();
    const answer = await workspace.api("POST", "/v1/channels", {
      network: "feed",
      name: "Bakkerij Zon",
      handle,
      ...more,
    });
    const channel = answer.as(ChannelView);
    /** Publishes texts on the channel, each a second after the one before. */
    const publish = async (...texts: string[]) => {
      const ids: string[] = [];
      for (const text of texts) {
        const at = new Date(Date.parse(world.now()) + 1000).toISOString();
        const post = (await workspace.api("POST", "/v1/posts", { text, channels: [channel.id], at })).as(PostView);
        await world.advance("PT1S");
        ids.push(post.id);
      }
      return ids;
    };
    return { ...workspace, channel, handle, publish, answer };
  };

  test("a channel is connected, listed, read, changed and disconnected, and each is an event", async () => {
    const { api, channel, handle, answer, workspaceId } = await bakery();
    expect(answer.status).toBe(201);
    expect(channel).toMatchObject({
      network: "feed",
      handle,
      status: "connected",
      secrets: [],
      settings: { description: "", language: "nl", zone: "Europe/Amsterdam" },
    });
    expect((await api("GET", `/v1/channels/${channel.id}`)).as(ChannelView)).toEqual(channel);
    expect((await api("GET", "/v1/channels")).as(ListOf(ChannelView)).items).toEqual([channel]);

    const changed = await api("PATCH", `/v1/channels/${channel.id}`, { name: "De Zon" }, { "if-match": '"1"' });
    expect(changed.as(ChannelView)).toEqual({ ...channel, name: "De Zon", version: 2 });
    expect(changed.headers.etag).toBe('"2"');
    const gone = (await api("DELETE", `/v1/channels/${channel.id}`)).as(ChannelView);
    expect(gone).toMatchObject({ status: "disconnected", disconnectedAt: world.now() });

    await world.settle();
    const told = world.eventsOf(workspaceId).filter(({ type }) => type.startsWith("channel."));
    expect(told.map(({ type, detail }) => [type, detail.data])).toEqual([
      ["channel.connected", { channelId: channel.id, network: "feed" }],
      ["channel.changed", { channelId: channel.id, fields: ["name"] }],
      ["channel.disconnected", { channelId: channel.id }],
    ]);
  });

  test("page two of the list of channels goes on where page one ended", async () => {
    const { api, channel } = await bakery();
    await world.advance("PT1S");
    const second = await api("POST", "/v1/channels", { network: "feed", name: "Twee", handle: newHandle() });
    const first = (await api("GET", "/v1/channels?limit=1")).as(ListOf(ChannelView));
    expect(first.items).toEqual([channel]);
    const rest = (await api("GET", `/v1/channels?limit=1&cursor=${first.next}`)).as(ListOf(ChannelView));
    expect(rest).toEqual({ items: [second.body], next: null });
  });

  test("the networks say all that is known of them, with source and date, and what each was tried against", async () => {
    const { api } = await bakery();
    const Listed = ListOf(z.looseObject({ name: z.string(), verified: z.string() }));
    const { items } = (await api("GET", "/v1/networks")).as(Listed);
    expect(items).toEqual(Object.values(networks).map(({ profile }) => JSON.parse(JSON.stringify(profile))));
    expect(items).toContainEqual(expect.objectContaining({ name: "feed", idempotency: "A", verified: "live" }));
    // A real server of its kind has a suite; of an endpoint for webhooks that is Standard Webhooks' own library, of a
    // reminder, which is a mail, a server of SMTP.
    const suites = { webhook: "sending.test.ts", reminder: "mail.test.ts" };
    for (const { name, verified } of items) {
      const suite = Object.entries(suites).find(([one]) => one === name)?.[1] ?? `networks/${name}`;
      if (verified === "server") expect(existsSync(join(import.meta.dirname, suite)), name).toBe(true);
    }
  });

  test("a handle is taken once, and is free again after the channel moves or goes", async () => {
    const { api, channel, handle } = await bakery();
    const other = await world.workspace();
    const take = (name: string) => other.api("POST", "/v1/channels", { network: "feed", name: "X", handle: name });
    const taken = await take(handle);
    expect([taken.status, taken.as(Problem).code, taken.as(Problem).errors?.[0]?.pointer]).toEqual([
      409,
      "slug_taken",
      "#/handle",
    ]);

    const moved = newHandle();
    expect((await api("PATCH", `/v1/channels/${channel.id}`, { handle: moved })).status).toBe(200);
    expect((await world.http("GET", `/@${moved}`)).status).toBe(200);
    expect((await take(handle)).status).toBe(201);
    await api("DELETE", `/v1/channels/${channel.id}`);
    expect((await take(moved)).status).toBe(201);
  });

  test("of two who take a handle at the same moment one gets it", async () => {
    const [a, b] = [await world.workspace(), await world.workspace()];
    const body = { network: "feed", name: "X", handle: newHandle() };
    const answers = await Promise.all([a, b].map(({ api }) => api("POST", "/v1/channels", body)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  });

  test.each([
    ["an unknown field", { surprise: 1 }, 400, "invalid_input", "#/surprise"],
    ["an unknown network", { network: "myspace" }, 400, "invalid_input", "#/network"],
    ["a handle that is none", { handle: "Geen Handle" }, 400, "invalid_input", "#/handle"],
    ["an unknown setting", { settings: { colour: "red" } }, 400, "invalid_input", "#/settings/colour"],
    ["a zone that does not exist", { settings: { zone: "Europe/Utrecht" } }, 400, "invalid_input", "#/settings/zone"],
    [
      "an access key that is too short",
      { secrets: { accessKey: "short" } },
      400,
      "invalid_input",
      "#/secrets/accessKey",
    ],
  ])("%s is refused and connects nothing", async (_, wrong, status, code, pointer) => {
    const { api } = await world.workspace();
    const answer = await api("POST", "/v1/channels", { network: "feed", name: "X", handle: newHandle(), ...wrong });
    expect([answer.status, answer.as(Problem).code]).toEqual([status, code]);
    expect(answer.as(Problem).errors?.map(({ pointer }) => pointer)).toContain(pointer);
    expect((await api("GET", "/v1/channels")).as(ListOf(ChannelView)).items).toEqual([]);
  });

  test("settings of a change are judged by the channel's own network", async () => {
    const { api, channel } = await bakery();
    const wrong = await api("PATCH", `/v1/channels/${channel.id}`, { settings: { colour: "red" } });
    expect(wrong.as(Problem)).toMatchObject({ code: "invalid_input", errors: [{ pointer: "#/settings/colour" }] });
    const right = await api("PATCH", `/v1/channels/${channel.id}`, { settings: { language: "en" } });
    expect(right.as(ChannelView).settings).toEqual({ description: "", language: "en", zone: "Europe/Amsterdam" });
    expect((await api("PATCH", `/v1/channels/${channel.id}`, { name: "Y" })).as(ChannelView).settings).toEqual(
      right.as(ChannelView).settings,
    );
  });

  test("a stale ETag, another workspace's channel and a disconnected one are refused", async () => {
    const { api, channel } = await bakery();
    const path = `/v1/channels/${channel.id}`;
    const stale = await api("PATCH", path, { name: "Y" }, { "if-match": '"7"' });
    expect([stale.status, stale.as(Problem).code]).toEqual([412, "stale"]);
    const other = await world.workspace();
    for (const [method, at] of [
      ["GET", path],
      ["PATCH", path],
      ["DELETE", path],
      ["POST", `${path}/test`],
    ] as const) {
      const answer = await other.api(method, at, method === "PATCH" ? { name: "Z" } : undefined);
      expect([answer.status, answer.as(Problem).code]).toEqual([404, "not_found"]);
    }
    await api("DELETE", path);
    for (const [method, at] of [
      ["PATCH", path],
      ["DELETE", path],
      ["POST", `${path}/test`],
    ] as const) {
      const answer = await api(method, at, method === "PATCH" ? { name: "Z" } : undefined);
      expect([answer.status, answer.as(Problem).code]).toEqual([409, "channel_disconnected"]);
    }
  });

  test("trying a channel says that it works", async () => {
    const { api, channel } = await bakery();
    expect((await api("POST", `/v1/channels/${channel.id}/test`)).body).toEqual({ works: true });
  });

  test("a secret is in no answer, opens the private feed, and can be forgotten", async () => {
    const accessKey = "zonder-sleutel-geen-brood";
    const { api, channel, handle, answer, publish } = await bakery({ secrets: { accessKey } });
    expect(channel.secrets).toEqual(["accessKey"]);
    await publish("Alleen voor wie het weet");
    const said = [answer, await api("GET", "/v1/channels"), await api("GET", "/v1/posts")]
      .map(({ text }) => text)
      .join();
    expect(said).not.toContain(accessKey);

    for (const path of [`/@${handle}`, `/@${handle}/feed.atom`, `/@${handle}/feed.json`]) {
      expect((await world.http("GET", path)).status).toBe(404);
      expect((await world.http("GET", `${path}?key=wrong`)).status).toBe(404);
      const open = await world.http("GET", `${path}?key=${accessKey}`);
      expect(open.status).toBe(200);
      expect(open.text).toContain("Alleen voor wie het weet");
    }
    // Whoever reads it with the key finds links that work.
    const { items } = (await world.http("GET", `/@${handle}/feed.json?key=${accessKey}`)).as(Feed);
    expect((await world.http("GET", items[0]!.url.slice(world.url.length))).status).toBe(200);

    expect((await api("PATCH", `/v1/channels/${channel.id}`, { secrets: null })).as(ChannelView).secrets).toEqual([]);
    expect((await world.http("GET", `/@${handle}`)).status).toBe(200);
  });

  const Feed = z.object({
    version: z.string(),
    title: z.string(),
    items: z.array(z.object({ id: z.string(), url: z.string(), content_text: z.string(), date_published: z.string() })),
  });

  test("the page of a channel that has said nothing says so, in both languages", async () => {
    const { handle } = await bakery();
    const page = await world.http("GET", `/@${handle}`);
    expect(page.text).toContain("Hier staat nog niets");
    expect(page.text).toContain('<html lang="nl">');
    expect((await world.http("GET", `/@${handle}?lang=en`)).text).toContain("There is nothing here yet");
    expect((await world.http("HEAD", `/@${handle}`)).status).toBe(200);
    expect((await world.http("GET", `/${handle}`)).status).toBe(404);
    expect((await world.http("GET", "/@nobody")).status).toBe(404);
  });

  test("posts stand newest first, page by page, each with an address of its own", async () => {
    const { handle, publish } = await bakery();
    await publish(...Array.from({ length: 21 }, (_, i) => `Bericht ${i + 1}.`));
    const page = await world.http("GET", `/@${handle}`);
    const on = ({ text }: { text: string }) => [...text.matchAll(/Bericht (\d+)\./g)].map(([, n]) => Number(n));
    expect(on(page)).toEqual(Array.from({ length: 20 }, (_, i) => 21 - i));
    const older = /href="([^"]*before=[^"]*)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const second = await world.http("GET", older.slice(world.url.length));
    expect(on(second)).toEqual([1]);
    expect(second.text).not.toContain("Oudere berichten");

    const one = /href="([^"]*\/post\/[^"]*)"/.exec(second.text)?.[1] ?? "";
    expect(on(await world.http("GET", one.slice(world.url.length)))).toContain(1);
    const unknown = await world.http("GET", `/@${handle}/post/${"0".repeat(26)}`);
    expect(unknown.status).toBe(404);
    const json = await world.http("GET", `/@${handle}`, { headers: { accept: "application/json" } });
    expect(json.as(z.object({ items: z.array(z.unknown()), next: z.string() })).items).toHaveLength(20);
  });

  const nasty = `<script>alert("1 & 2")</script> ]]> 'ja' "nee" https://example.org/a?b=1&c=2. 👨‍👩‍👧‍👦\nTweede regel`;

  test("what someone writes comes back as it went in, harmless", async () => {
    const { handle, publish } = await bakery({ name: `Zon & <b>"Maan"</b>` });
    await publish(nasty);
    const page = await world.http("GET", `/@${handle}`);
    expect(page.text).not.toContain("<script>");
    expect(page.text).toContain("&lt;script&gt;alert(&quot;1 &amp; 2&quot;)&lt;/script&gt;");
    expect(page.text).toContain('<a href="https://example.org/a?b=1&amp;c=2">https://example.org/a?b=1&amp;c=2</a>. ');
    const json = await world.http("GET", `/@${handle}/feed.json`);
    expect(json.headers["content-type"]).toBe("application/feed+json; charset=utf-8");
    expect(json.as(Feed)).toMatchObject({ version: "https://jsonfeed.org/version/1.1", title: `Zon & <b>"Maan"</b>` });
    expect(json.as(Feed).items[0]?.content_text).toBe(nasty);
  });

  test("the Atom feed is well-formed, and has what RFC 4287 asks of a feed and its entries", async () => {
    const { handle, publish, channel } = await bakery({ name: "Zon & Maan" });
    const empty = await world.http("GET", `/@${handle}/feed.atom`);
    expect(parseXml(empty.text).name).toBe("feed");
    await publish("Eerste", nasty);
    const answer = await world.http("GET", `/@${handle}/feed.atom`);
    expect(answer.headers["content-type"]).toBe("application/atom+xml; charset=utf-8");
    const root = parseXml(answer.text);
    expect(root.attributes.xmlns).toBe("http://www.w3.org/2005/Atom");
    expect(textOf(root, "title")).toBe("Zon & Maan");
    expect(textOf(root, "id")).toMatch(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(root.children.find(({ attributes }) => attributes.rel === "self")?.attributes.href).toBe(
      `${channel.url}/feed.atom`,
    );
    const entries = root.children.filter(({ name }) => name === "entry");
    expect(entries.map((entry) => textOf(entry, "title"))).toEqual(
      [nasty.split("\n")[0]!.slice(0, 200), "Eerste"].map((t) => shorten(t, 80)),
    );
    expect(new Set(entries.map((entry) => textOf(entry, "id"))).size).toBe(2);
    expect(textOf(entries[0]!, "content")).toContain("&lt;script&gt;alert(&quot;1 &amp; 2&quot;)&lt;/script&gt;");
    expect(textOf(root, "updated")).toBe(textOf(entries[0]!, "updated"));
  });
});

type Element = { name: string; attributes: Record<string, string>; children: Element[]; text: string };
const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
const unescaped = (text: string): string => {
  if (/[<]|&(?!(amp|lt|gt|quot|#39);)/.test(text)) throw new Error(`Not escaped: ${text}`);
  return text.replace(/&(#?\w+);/g, (_, name: string) => entities[name] ?? "");
};
const textOf = ({ children }: Element, name: string): string =>
  children.find((child) => child.name === name)?.text ?? "";

/** A strict reader of the XML that a feed needs: elements, attributes, text, the five entities. Throws for anything else. */
const parseXml = (xml: string): Element => {
  const body = xml.replace(/^<\?xml version="1\.0" encoding="utf-8"\?>\s*/, "").trim();
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  let end = 0;
  for (const tag of body.matchAll(/<(\/?)([a-z]+)((?:\s+[a-z:]+="[^"<]*")*)\s*(\/?)>/g)) {
    const here = open.at(-1)!;
    here.text += unescaped(body.slice(end, tag.index));
    end = tag.index + tag[0].length;
    const [, closes, name = "", attributes = "", alone] = tag;
    if (closes) {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing.`);
      continue;
    }
    const pairs = [...attributes.matchAll(/([a-z:]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [
      key,
      unescaped(value),
    ]);
    const element: Element = { name, attributes: Object.fromEntries(pairs), children: [], text: "" };
    here.children.push(element);
    if (!alone) open.push(element);
  }
  if (open.length !== 1 || root.children.length !== 1 || end !== body.length) throw new Error("It is not one element.");
  return root.children[0]!;
};

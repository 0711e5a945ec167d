import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { networks } from "../functions/channels/networks.ts";
import { posts } from "../infra/local/demonstration.ts";
import { localPages } from "../infra/local/pages.ts";
import { describedApi } from "./fuzz/operations.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// What somebody meets who uses this for the first time: where a key comes from, what was wrong with a request, a link that
// was copied badly, and times that say whose they are.

let world: World;
let bakery: Workspace;
beforeAll(async () => {
  world = await openWorld();
  bakery = await world.workspace();
});
afterAll(() => world?.close());

const unescaped = (text: string): string => text.replaceAll("&quot;", '"').replaceAll("&amp;", "&");

describe("/docs", () => {
  test("says where a key comes from, and its example of a request works as it stands", async () => {
    const page = unescaped((await world.http("GET", "/docs", { headers: { accept: "text/html" } })).text);
    expect(page).toContain("npm run workspace -- create");
    expect(page).toContain("POST /v1/keys");
    const [, method = "", url = "", body = ""] = /curl -X (\w+) (\S+) [^']*'([^']*)'/s.exec(page) ?? [];
    expect(url.startsWith(`${world.url}/v1/`)).toBe(true);
    const answer = await bakery.api(method, url.slice(world.url.length), JSON.parse(body));
    expect(answer.status).toBe(201);
    const shown = z.record(z.string(), z.unknown()).parse(JSON.parse(/<code>(\{.*?\})<\/code>/s.exec(page)?.[1] ?? ""));
    expect(Object.keys(answer.as(z.record(z.string(), z.unknown()))).sort()).toEqual(Object.keys(shown).sort());
    expect((await world.http("GET", "/@bakkerij-noord", { headers: { accept: "text/html" } })).status).toBe(200);
  });
});

const Problem = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).default([]),
});

describe("a refusal", () => {
  test("says of each field in a sentence what it takes", async () => {
    const answer = await bakery.api("POST", "/v1/channels", { network: 1, name: "", handle: "bakkerij" });
    const known = Object.keys(networks).map((name) => `"${name}"`);
    expect(answer.as(Problem).errors).toEqual([{ pointer: "#/network", detail: `Give one of ${known.join(", ")}.` }]);
    const { errors } = (await bakery.api("POST", "/v1/keys", { name: "", scopes: "all", more: 1 })).as(Problem);
    expect(errors).toEqual([
      { pointer: "#/name", detail: "Write something here." },
      { pointer: "#/scopes", detail: "Give a list." },
      { pointer: "#/more", detail: "This field is not known. Also taken here: expiresAt." },
    ]);
    const poll = { slug: "etiket", question: "Welk etiket?", options: ["Zon", { name: "Maan" }] };
    expect((await bakery.api("POST", "/v1/polls", poll)).as(Problem).errors).toEqual([
      { pointer: "#/options/0", detail: "Give an object, with text." },
      { pointer: "#/options/1/text", detail: "This is needed: a text." },
      { pointer: "#/options/1/name", detail: "This field is not known. Also taken here: text, image." },
    ]);
    expect((await bakery.api("POST", "/v1/series", { text: "Vers", channels: [], rule: "FREQ=DAILY" })).text).toContain(
      "This is needed: an object, with wall, zone.",
    );
    expect((await bakery.api("GET", "/v1/posts?limit=1000")).as(Problem).errors).toEqual([
      { pointer: "query:limit", detail: "Give 100 or less." },
    ]);
  });

  test("names the field in its sentence, and how many more there are", async () => {
    const detailOf = async (body: object) => (await bakery.api("POST", "/v1/contests", body)).as(Problem).detail;
    expect(await detailOf({ title: "Win taart" })).toBe("The body is not valid. slug: This is needed: a text.");
    expect(await detailOf({})).toBe("The body is not valid. slug: This is needed: a text. (and 1 more, in errors)");
  });

  test("is never about a body that may be left out", async () => {
    const channel = await bakery.api("POST", "/v1/channels", { network: "feed", name: "Brood", handle: "brood" });
    const { id: channelId } = channel.as(z.object({ id: z.string() }));
    const post = await bakery.api("POST", "/v1/posts", { text: "Vers", channels: [channelId] });
    const { id } = post.as(z.object({ id: z.string() }));
    const answer = await bakery.api("POST", `/v1/posts/${id}/retract`);
    expect(answer.as(Problem).code).toBe("not_retractable");
  });

  test("of no operation speaks as the library does that reads it", async () => {
    const { operations } = await describedApi();
    const strange = /Invalid|expected|received|undefined|Too (small|big)|>=|<=/;
    const told: string[] = [];
    let sentences = 0;
    for (const { name, method, path, takes } of operations) {
      if (!path.startsWith("/v1/") || path.includes("{") || !takes.has("application/json")) continue;
      for (const body of [{}, [], { name: 1, text: 1, slug: "", title: [], url: "x", events: "x", scopes: [1] }]) {
        const { status, text } = await bakery.api(method, path, body);
        if (status !== 400) continue;
        const { detail, errors } = Problem.parse(JSON.parse(text));
        sentences += errors.length;
        for (const said of [detail, ...errors.map((one) => one.detail)])
          if (strange.test(said) || !/[.)]$/.test(said)) told.push(`${name}: ${said}`);
      }
    }
    expect(told).toEqual([]);
    expect(sentences).toBeGreaterThan(50);
  });
});

describe("an address with nothing behind it", () => {
  const ask = (path: string, headers: Record<string, string>) => world.http("GET", path, { headers });
  const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

  test("of the participants' is a page in their language", async () => {
    for (const path of ["/c/win-brood/me/too", "/p/een/twee/drie", "/@bakkerij/nergens", "/c/"]) {
      const dutch = await ask(path, { ...browser, "accept-language": "nl-NL,nl;q=0.9" });
      expect([path, dutch.status, dutch.headers["content-type"]]).toEqual([path, 404, "text/html; charset=utf-8"]);
      expect(dutch.text).toContain("<h1>Niet gevonden</h1>");
      expect((await ask(path, browser)).text).toContain("<h1>Not found</h1>");
      expect((await ask(`${path}?lang=nl`, browser)).text).toContain("<h1>Niet gevonden</h1>");
    }
  });

  test("is a problem document for programs, and everywhere else", async () => {
    const problem = [404, "application/problem+json"];
    for (const path of ["/c/win-brood/me/too", "/v1/nothing", "/nothing"]) {
      const { status, headers } = await ask(path, { accept: "application/json" });
      expect([path, status, headers["content-type"]]).toEqual([path, ...problem]);
    }
    for (const path of ["/v1/nothing", "/docs/x/y"]) {
      const { status, headers } = await ask(path, browser);
      expect([path, status, headers["content-type"]]).toEqual([path, ...problem]);
    }
  });
});

test("the demonstration names no day of the week, which it would have wrong on most days", () => {
  const days = ["maan", "dins", "woens", "donder", "vrij", "zater", "zon"].map((day) => `${day}dag`);
  for (const { text } of posts) expect(text).not.toMatch(new RegExp(`\\b(${days.join("|")})\\b`, "i"));
});

test("times on the local runner's own pages say their zone", () => {
  const mail = {
    id: "1",
    at: "2026-06-01T10:00:00.000Z",
    from: "zon@bakkerij.example",
    to: ["anna@example.nl"],
    subject: "Bevestig",
    text: "Hallo",
    html: "<p>Hallo</p>",
    headers: {},
  };
  const pages = localPages(
    () => [mail],
    () => [],
  );
  for (const path of ["/local/mail", "/local/mail/1"])
    expect(pages("GET", path)?.body).toContain("2026-06-01 10:00:00 UTC");
  expect(pages("GET", "/")?.body).toContain('" UTC');
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// What people send that nobody should: each is a clear refusal or harmless, wherever it is sent.

let world: World;
let bakery: Workspace;
beforeAll(async () => {
  world = await openWorld();
  bakery = await world.workspace();
});
afterAll(() => world?.close());

const contest = { slug: "taart", title: "Taart" };
const poll = { slug: "brood", question: "Welk?", options: [{ text: "a" }, { text: "b" }] };
const channel = { network: "feed", name: "Zon", handle: "zon" };

/** Every text that people write, with the place of it. */
const texts: [string, string, (text: string) => [path: string, body: object]][] = [
  ["a contest's title", "#/title", (text) => ["/v1/contests", { ...contest, title: text }]],
  ["a contest's description", "#/description", (text) => ["/v1/contests", { ...contest, description: text }]],
  ["a contest's product", "#/promotes", (text) => ["/v1/contests", { ...contest, promotes: text }]],
  [
    "an organiser",
    "#/organiser/name",
    (text) => ["/v1/contests", { ...contest, organiser: { name: text, address: "a", contact: "b" } }],
  ],
  [
    "a prize",
    "#/prizes/0/description",
    (text) => ["/v1/contests", { ...contest, prizes: [{ description: text, number: 1, valueCents: 1 }] }],
  ],
  ["a poll's question", "#/question", (text) => ["/v1/polls", { ...poll, question: text }]],
  ["an option", "#/options/0/text", (text) => ["/v1/polls", { ...poll, options: [{ text }, { text: "b" }] }]],
  ["a channel's name", "#/name", (text) => ["/v1/channels", { ...channel, name: text }]],
  ["a key's name", "#/name", (text) => ["/v1/keys", { name: text, scopes: ["posts:read"] }]],
  ["a post", "#/text", (text) => ["/v1/posts", { text }]],
];
const wrong = { "a lone surrogate": "a\ud800b", "a null byte": "a\u0000b", "an escape": "a\u001bb", nothing: "  " };

describe.each(texts)("%s", (_, pointer, request) => {
  test.each(Object.entries(wrong))("does not take %s", async (_, text) => {
    const answer = await bakery.api("POST", ...request(text));
    expect(answer.body).toMatchObject({ status: 400, code: "invalid_input", errors: [{ pointer }] });
  });
});

describe("a time", () => {
  const far = "9999-12-31T23:59:59-23:59";
  test.each([
    ["a contest's draw", "/v1/contests", { ...contest, drawAt: far }, "#/drawAt"],
    ["a contest's closing", "/v1/contests", { ...contest, closesAt: "0000-01-01T00:00:00+23:59" }, "#/closesAt"],
    ["a poll's closing", "/v1/polls", { ...poll, closesAt: far }, "#/closesAt"],
    ["a post's", "/v1/posts", { text: "a", at: far }, "#/at"],
  ])("%s beyond the calendar is refused", async (_, path, body, pointer) => {
    const answer = await bakery.api("POST", path, body);
    expect(answer.body).toMatchObject({ status: 400, code: "invalid_input", errors: [{ pointer }] });
  });

  test("a window of posts beyond the calendar is refused, and one that ends before it begins is empty", async () => {
    expect((await bakery.api("GET", `/v1/posts?to=${far}`)).body).toMatchObject({ code: "invalid_input" });
    const backwards = await bakery.api("GET", "/v1/posts?from=2030-01-01T00:00:00Z&to=2020-01-01T00:00:00Z");
    expect(backwards.body).toEqual({ items: [], next: null });
  });
});

test("an offset whose + an address made a space is told how to be written, and read where it is", async () => {
  const lost = await bakery.api("GET", "/v1/activity?since=2026-06-01T00:00:00+01:00");
  expect(lost.body).toMatchObject({
    code: "invalid_input",
    errors: [{ pointer: "query:since", detail: expect.stringContaining("%2B01:00") }],
  });
  expect((await bakery.api("GET", "/v1/activity?since=2026-06-01T00:00:00%2B01:00")).status).toBe(200);
});

test("a change of nothing changes nothing: no version, no event", async () => {
  const made = [
    ["/v1/contests", await bakery.api("POST", "/v1/contests", { ...contest, slug: "niets" })],
    ["/v1/polls", await bakery.api("POST", "/v1/polls", { ...poll, slug: "niets" })],
    ["/v1/channels", await bakery.api("POST", "/v1/channels", { ...channel, handle: "niets" })],
    ["/v1/posts", await bakery.api("POST", "/v1/posts", { text: "Niets" })],
  ] as const;
  await world.settle();
  const before = world.eventsOf(bakery.workspaceId).length;
  for (const [path, answer] of made)
    expect((await bakery.api("PATCH", `${path}/${idOf(answer)}`, {})).body, path).toMatchObject({ version: 1 });
  await world.settle();
  expect(world.eventsOf(bakery.workspaceId)).toHaveLength(before);
});

test("of two that take a handle at once one has it, and the other reads that it is taken", async () => {
  const answers = await Promise.all(
    [1, 2].map(() => bakery.api("POST", "/v1/channels", { ...channel, handle: "twee" })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  const refused = answers.find(({ status }) => status === 409);
  expect(refused?.body).toMatchObject({ code: "slug_taken", errors: [{ pointer: "#/handle" }] });
});

test("the longest list of the longest posts fits an answer", async () => {
  const text = "\u20ac".repeat(16_000);
  await Promise.all(Array.from({ length: 100 }, () => bakery.api("POST", "/v1/posts", { text })));
  await world.settle();
  const answer = await bakery.api("GET", "/v1/posts?limit=100");
  expect(answer.as(z.object({ items: z.array(z.unknown()) })).items).toHaveLength(100);
  expect(Buffer.byteLength(answer.text)).toBeLessThan(6 * 1024 * 1024);
  const larger = await bakery.api("POST", "/v1/posts", { text: "\u20ac".repeat(17_000) });
  expect(larger.body).toMatchObject({ code: "invalid_input", errors: [{ pointer: "#/text" }] });
});

test("a page leaves alone whatever is hung on its address", async () => {
  await bakery.api("POST", "/v1/channels", { ...channel, handle: "los" });
  for (const query of ["utm_source=x", "fbclid=1", "constructor=1", "toString=1", "__proto__=1"])
    expect((await world.http("GET", `/@los?${query}`)).status, query).toBe(200);
});

test("what is public is answered for HEAD, without a body", async () => {
  await bakery.api("POST", "/v1/channels", { ...channel, handle: "kop" });
  for (const path of ["/@kop", "/@kop/feed.atom", "/docs"]) {
    const answer = await world.http("HEAD", path);
    expect([answer.status, answer.text], path).toEqual([200, ""]);
  }
});

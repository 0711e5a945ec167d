import { afterAll, beforeAll, expect, test } from "vitest";
import { ActivityView, isAsked, record } from "../functions/activity/activity.ts";
import { words } from "../functions/activity/words.ts";
import { catalogue } from "../functions/events/catalogue.ts";
import type { Detail } from "../functions/events/event.ts";
import { later, minutes } from "../functions/platform/clock.ts";
import { PageOf } from "../functions/platform/http.ts";
import { joined } from "./members.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// Who did what: every event is a row, once, and can be asked for.

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const Page = PageOf(ActivityView);
const activity = async ({ api }: Workspace, query: Record<string, string> = {}) => {
  await world.settle();
  return (await api("GET", `/v1/activity?${new URLSearchParams({ limit: "100", ...query })}`)).as(Page);
};
const typesOf = (page: { items: { type: string }[] }) => page.items.map(({ type }) => type);

const openPoll = async ({ api }: Workspace, slug: string) => {
  const options = [{ text: "Wit" }, { text: "Bruin" }];
  const made = await api("POST", "/v1/polls", { slug, question: "Welk brood?", options });
  await api("POST", `/v1/polls/${idOf(made)}/open`);
  const optionId = made.as(OptionIds).options[0]!.id;
  return { pollId: idOf(made), optionId };
};
const OptionIds = (await import("../functions/polls/view.ts")).PollView.pick({ options: true });

const respond = (slug: string, option: string, device: number) =>
  world.http("POST", `/p/${slug}`, { body: { option, device: `toestel-nummer-${device}` } });

test("everything that happens is listed, newest first, with who did it and in words", async () => {
  const bakery = await world.workspace("Winkel");
  await world.advance("PT1M");
  const { pollId, optionId } = await openPoll(bakery, "wie");
  await world.advance("PT1M");
  await respond("wie", optionId, 1);
  const { items } = await activity(bakery);
  const sentences = items.map(({ sentence }) => sentence);
  expect(sentences[0]).toBe("Er is 1 antwoord gegeven.");
  expect(sentences.slice(1, 3).sort()).toEqual([
    "Een peiling is gemaakt door de API-sleutel “First key”.",
    "Een peiling is geopend door de API-sleutel “First key”.",
  ]);
  expect(sentences.slice(3).sort()).toEqual(["De werkruimte is gemaakt.", "Een API-sleutel is gemaakt."]);
  expect(items.find(({ type }) => type === "poll.opened")).toMatchObject({
    actor: { kind: "key", name: "First key" },
    things: [pollId],
  });
  const english = await activity(bakery, { lang: "en", type: "poll.opened" });
  expect(english.items[0]?.sentence).toBe("A poll was opened by the API key “First key”.");
});

test("a sentence reads well also where somebody did something of themselves, or something goes on", async () => {
  const bakery = await world.workspace("Winkel");
  await joined(world, bakery, "eva@example.nl", "editor");
  await bakery.api("PATCH", "/v1/workspace", { publishing: "paused" });
  await bakery.api("PATCH", "/v1/workspace", { publishing: "running" });
  const { items } = await activity(bakery);
  const said = items.map(({ sentence }) => sentence);
  expect(said).toContain("Iemand is lid van het team geworden.");
  expect(said).toContain("Een lid van het team heeft zich aangemeld.");
  expect(said).toContain("Het plaatsen van berichten is hervat door de API-sleutel “First key”.");
});

test("what one request led to can be followed by its id, and from there on by the events'", async () => {
  const bakery = await world.workspace();
  const made = await bakery.api("POST", "/v1/keys", { name: "Kassa", scopes: ["posts:read"] });
  const { items } = await activity(bakery, { thing: idOf(made) });
  const cause = items[0]?.cause ?? "";
  await openPoll(bakery, "ander");
  expect(typesOf(await activity(bakery, { cause }))).toEqual(["key.created"]);
  expect((await activity(bakery, { cause: "evt_nothing" })).items).toEqual([]);
});

test("it is asked by time, by who, by kind of event and by thing", async () => {
  const bakery = await world.workspace();
  const { pollId } = await openPoll(bakery, "vroeg");
  const early = world.now();
  await world.advance("PT10M");
  await openPoll(bakery, "laat");
  const noon = later(early, minutes(5));
  expect(typesOf(await activity(bakery, { type: "poll.*", since: noon })).sort()).toEqual([
    "poll.created",
    "poll.opened",
  ]);
  expect((await activity(bakery, { type: "poll.created", until: noon })).items).toMatchObject([{ things: [pollId] }]);
  expect((await activity(bakery, { since: noon, until: early })).items).toEqual([]);
  expect(typesOf(await activity(bakery, { thing: pollId })).sort()).toEqual(["poll.created", "poll.opened"]);
  expect(new Set(typesOf(await activity(bakery, { actor: "system:operator" })))).toEqual(
    new Set(["workspace.created", "key.created"]),
  );
  expect(await bakery.api("GET", "/v1/activity?type=poll")).toMatchObject({ status: 400 });
});

test("it comes in pages that together are all of it, once", async () => {
  const bakery = await world.workspace();
  for (const slug of ["een", "twee", "drie"]) await openPoll(bakery, `blad-${slug}`);
  const queries: Record<string, string>[] = [{}, { type: "poll.*" }];
  for (const query of queries) {
    const whole = (await activity(bakery, query)).items.map(({ id }) => id);
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof activity>> = await activity(bakery, {
        ...query,
        limit: "2",
        ...(cursor ? { cursor } : {}),
      });
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    expect(ids).toEqual(whole);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

test("an event that is told twice is one row", async () => {
  const bakery = await world.workspace();
  await openPoll(bakery, "dubbel");
  const before = await activity(bakery);
  for (const { type, detail } of world.eventsOf(bakery.workspaceId))
    await world.invoke("samenspraak-activity-record", { "detail-type": type, detail });
  expect(await activity(bakery)).toEqual(before);
});

test("a crowd is one row with its number, so that it costs one unit a batch of the stream", async () => {
  const bakery = await world.workspace();
  const { optionId } = await openPoll(bakery, "menigte");
  const crowd = 60;
  const writes = await world.weigh("60 responses", () =>
    Promise.all(Array.from({ length: crowd }, (_, device) => respond("menigte", optionId, device))),
  );
  const told = (await activity(bakery, { type: "response.given" })).items;
  expect(told.reduce((sum, { items = 0 }) => sum + items, 0)).toBe(crowd);
  const rows = writes.filter(({ kind, applied }) => kind === "activity" && applied);
  expect(rows.map(({ units }) => units)).toEqual(told.map(() => 1));
  const events = world.eventsOf(bakery.workspaceId).filter(({ type }) => type === "response.given");
  expect(rows).toHaveLength(events.length);
});

test("another event costs two units: the row, and the index by what caused it", async () => {
  const bakery = await world.workspace();
  const writes = await world.weigh("a key", () =>
    bakery.api("POST", "/v1/keys", { name: "Kassa", scopes: ["posts:read"] }),
  );
  expect(writes.filter(({ kind }) => kind === "activity").map(({ units }) => units)).toEqual([2]);
});

test("it is kept for 400 days", async () => {
  const bakery = await world.workspace();
  await world.settle();
  await world.advance("P399D");
  expect((await activity(bakery)).items).not.toEqual([]);
  await world.advance("P2D");
  expect((await activity(bakery)).items).toEqual([]);
});

test("a row holds ids and nothing else that an event says", () => {
  const detail: Detail = {
    id: "evt_01jd0000000000000000000000",
    version: 1,
    workspaceId: "ws_01jd0000000000000000000000",
    at: "2026-06-01T10:00:00.000Z",
    actor: "visitor",
    cause: "x",
    data: { contestId: "contest_01jd0000000000000000000000", reason: "Anna is ziek.", slug: "taart", n: 3 },
  };
  const kept = record("contest.cancelled", detail);
  expect(kept.things).toEqual(["contest_01jd0000000000000000000000"]);
  expect(JSON.stringify(kept)).not.toMatch(/Anna|taart/);
  expect(isAsked(kept, { type: "contest.*" })).toBe(true);
  expect(isAsked(kept, { type: "entry.*" })).toBe(false);
});

test.each(["nl", "en"] as const)("every event has its sentence, in %s", (language) => {
  expect(Object.keys(catalogue).filter((type) => !words[language].did[type])).toEqual([]);
});

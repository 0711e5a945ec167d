import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { catalogue } from "../functions/events/catalogue.ts";
import { folds } from "../functions/events/polls.ts";
import { later, milliseconds, minutes, seconds } from "../functions/platform/clock.ts";
import { PageOf } from "../functions/platform/http.ts";
import { newId } from "../functions/platform/ids.ts";
import {
  changePoll,
  closePoll,
  createPoll,
  type Draft,
  endPoll,
  type Open,
  openPoll,
  removePoll,
  type Standing,
  stageOf,
  takes,
} from "../functions/polls/poll.ts";
import type { Of } from "../functions/polls/question.ts";
import { placeOf, respond } from "../functions/polls/response.ts";
import { ResultView, viewResult } from "../functions/polls/result.ts";
import { NewPoll } from "../functions/polls/set-up.ts";
import { PollView } from "../functions/polls/view.ts";
import { words } from "../functions/polls/words.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

const now = "2026-06-01T10:00:00.000Z";
const closesAt = later(now, minutes(10));
const options = ["Zon", "Maan", "Ster"].map((text) => ({ optionId: newId("option", now), text }));
const [zon, maan] = options as [(typeof options)[0], (typeof options)[0]];

const asked = {
  workspaceId: "ws_1",
  pollId: newId("poll", now),
  slug: "nieuw-etiket",
  language: "nl" as const,
  questions: [
    { kind: "single", id: "q1", text: "Welk etiket wordt het?", required: true, options } satisfies Of<"single">,
  ],
};
const [choice] = asked.questions;
const draft = (more: { closesAt?: string } = {}): Draft => createPoll({ ...asked, ...more }, now)[0];
const open = (more: { closesAt?: string } = { closesAt }): Open => openPoll(draft(more), 1, now)[0];
const pepper = Buffer.alloc(32, 7);
const answer = (poll: Standing, asked: { at?: string; handled?: string } = {}) => {
  const { at = now, handled = at } = asked;
  const place = placeOf(open(), pepper, "device-of-someone");
  return respond(poll, { id: "resp_1", at: place, answers: [{ one: 0 }], arrivedMs: milliseconds(at) }, handled);
};

describe("the rules of a poll", () => {
  test("a draft becomes open and is then no longer changed or removed", () => {
    const [opened, events] = openPoll(draft({ closesAt }), 1, now);
    expect(opened).toMatchObject({ status: "open", openedAt: now, shards: 16, pepper: 1, closesAt });
    expect(events).toEqual([{ type: "poll.opened", data: { pollId: asked.pollId, slug: "nieuw-etiket", closesAt } }]);
    for (const refused of [
      () => openPoll(opened, 1, now),
      () => changePoll(opened, { slug: "anders" }, now),
      () => removePoll(opened, now),
    ])
      expect(refused).toThrow(expect.objectContaining({ code: "poll_not_draft" }));
  });

  test("a closing time lies ahead when it is written, changed and when the poll opens", () => {
    const past = expect.objectContaining({
      code: "due_in_past",
      errors: [expect.objectContaining({ pointer: "#/closesAt" })],
    });
    expect(() => createPoll({ ...asked, closesAt: now }, now)).toThrow(past);
    expect(() => changePoll(draft(), { closesAt: now }, now)).toThrow(past);
    expect(() => openPoll(draft({ closesAt }), 1, closesAt)).toThrow(past);
  });

  test("a change keeps what it does not name, and null takes the closing time away", () => {
    const [changed, events] = changePoll(draft({ closesAt }), { title: "En nu?" }, now);
    expect(changed).toMatchObject({ title: "En nu?", closesAt, questions: asked.questions });
    expect(events).toEqual([{ type: "poll.changed", data: { pollId: asked.pollId, fields: ["title"] } }]);
    expect(changePoll(changed, { closesAt: null }, now)[0]).not.toHaveProperty("closesAt");
    // Times pass also for a draft; only a new closing time must lie ahead.
    expect(changePoll(changed, { title: "Later?" }, later(closesAt, 1))[0]).toMatchObject({ closesAt });
  });

  test("a change to what stands already is none, and options that read the same keep their ids", () => {
    const withOptions = (some: { text: string }[]) => ({
      questions: [{ ...choice!, options: some.map(({ text }) => ({ optionId: "opt_new", text })) }],
    });
    expect(changePoll(draft({ closesAt }), { ...withOptions(options), closesAt }, now)).toEqual([
      draft({ closesAt }),
      [],
    ]);
    const [changed, events] = changePoll(draft(), withOptions(options.slice(1)), now);
    expect(changed.questions).toMatchObject([{ options: [{ optionId: "opt_new" }, { optionId: "opt_new" }] }]);
    expect(events).toMatchObject([{ data: { fields: ["options"] } }]);
  });

  test("what was removed keeps nothing that someone wrote", () => {
    const [removed] = removePoll(draft(), now);
    expect(Object.keys(removed).sort()).toEqual(["pollId", "removedAt", "status", "workspaceId"]);
  });

  test("two options that are the same, one option, or seventeen are no poll", () => {
    const poll = (texts: string[]) => ({ slug: "s", question: "?", options: texts.map((text) => ({ text })) });
    expect(NewPoll.safeParse(poll(["a", " a "])).success).toBe(false);
    expect(NewPoll.safeParse(poll(["a"])).success).toBe(false);
    expect(NewPoll.safeParse(poll(Array.from({ length: 17 }, (_, i) => `${i}`))).success).toBe(false);
    expect(NewPoll.safeParse(poll(["a", "b"])).success).toBe(true);
  });

  test("a closing time in another zone is kept in UTC", () => {
    const poll = {
      slug: "s",
      question: "?",
      options: [{ text: "a" }, { text: "b" }],
      closesAt: "2026-06-01T20:00:00+02:00",
    };
    expect(NewPoll.parse(poll).closesAt).toBe("2026-06-01T18:00:00.000Z");
  });

  test("closed by hand, a poll still takes what arrives while its readers may not know of it", () => {
    const [ending, events] = endPoll(open({}), now);
    expect(ending.closesAt).toBe(later(now, seconds(30)));
    expect(events).toEqual([{ type: "poll.changed", data: { pollId: asked.pollId, fields: ["closesAt"] } }]);
    expect(takes(ending, later(now, seconds(29)))).toBe(true);
    expect(takes(ending, later(now, seconds(30)))).toBe(false);
    expect(() => endPoll(ending, later(now, seconds(30)))).toThrow(expect.objectContaining({ code: "poll_not_open" }));
    expect(endPoll(ending, later(now, seconds(3)))).toEqual([ending, []]);
  });

  test("between its closing time and its count a poll is closing", () => {
    expect(stageOf(open(), later(closesAt, -1))).toBe("open");
    expect(stageOf(open(), closesAt)).toBe("closing");
    const [closed] = closePoll(
      open(),
      closesAt,
      { counts: [], summaries: [], bursts: [] },
      later(closesAt, minutes(1)),
    );
    expect(stageOf(closed, later(closesAt, minutes(2)))).toBe("closed");
  });

  test("what arrived before the closing time counts even if it is handled after it", () => {
    const arrived = later(closesAt, -1);
    expect(answer(open(), { at: arrived, handled: later(closesAt, seconds(20)) })).toMatchObject({ at: arrived });
    expect(() => answer(open(), { at: closesAt })).toThrow(expect.objectContaining({ code: "poll_not_open" }));
  });

  test("what waited longer than half a minute is not written: the result may stand by then", () => {
    expect(() => answer(open(), { handled: later(now, seconds(30) + 1) })).toThrow("waited too long");
  });

  test("a draft takes no response", () => {
    expect(() => answer(draft())).toThrow(expect.objectContaining({ code: "poll_not_open" }));
  });

  test("a device has one place in a poll, another in another poll, and its name cannot be read from it", () => {
    const place = placeOf(open(), pepper, "device-of-someone");
    expect(placeOf(open(), pepper, "device-of-someone")).toEqual(place);
    expect(placeOf({ ...open(), pollId: "poll_2" }, pepper, "device-of-someone").device).not.toBe(place.device);
    expect(placeOf(open(), Buffer.alloc(32, 8), "device-of-someone").device).not.toBe(place.device);
    expect(JSON.stringify(place)).not.toContain("someone");
  });

  test("devices are spread over all shards", () => {
    const shards = Array.from({ length: 1600 }, (_, i) => placeOf(open(), pepper, `device-${i}`).shard);
    const sizes = Object.values(Object.groupBy(shards, String)).map((of) => of?.length ?? 0);
    expect(sizes).toHaveLength(16);
    expect(Math.max(...sizes)).toBeLessThan(160);
  });

  test("a new response counts one, a changed one moves, a removed one is taken off", () => {
    const row = (optionId: string) => ({ pollId: "poll_1", optionId });
    const [fold] = folds;
    expect(fold?.counts(undefined, row("a"))).toEqual([{ subject: "poll_1", add: { a: 1 } }]);
    expect(fold?.counts(row("a"), row("b"))).toEqual([{ subject: "poll_1", add: { a: -1, b: 1 } }]);
    expect(fold?.counts(row("a"), undefined)).toEqual([{ subject: "poll_1", add: { a: -1 } }]);
  });

  test("a result names every option, with what part of the total it has", () => {
    const result = viewResult(open(), { counts: [{ [zon.optionId]: 3, [maan.optionId]: 1 }] }, "tally", now);
    expect(result.total).toBe(4);
    expect(result.options.map(({ count, share }) => [count, share])).toEqual([
      [3, 0.75],
      [1, 0.25],
      [0, 0],
    ]);
    expect(viewResult(open(), { counts: [{}] }, "tally", now).options[0]?.share).toBe(0);
  });

  test("numbers are said as the reader's language does", () => {
    expect(words.nl.total(1)).toBe("1 antwoord");
    expect(words.nl.total(1240)).toBe("1.240 antwoorden");
    expect(words.en.total(1240)).toBe("1,240 answers");
    expect(words.nl.percent(0.3333)).toBe("33,3%");
  });
});

// From here on through the front door.

let world: World;
let bakery: Workspace;
beforeAll(async () => {
  world = await openWorld();
  bakery = await world.workspace();
});
afterAll(() => world?.close());

let count = 0;
const newPoll = (more: object = {}) => ({
  slug: `etiket-${++count}`,
  question: "Welk etiket wordt het?",
  options: [{ text: "Zon" }, { text: "Maan" }, { text: "Ster" }],
  ...more,
});

/** A poll as the API tells of it. */
type Told = z.infer<typeof PollView>;
const draftedPoll = async (more: object = {}, workspace = bakery): Promise<Told> =>
  (await workspace.api("POST", "/v1/polls", newPoll(more))).as(PollView);
const openedPoll = async (more: object = {}): Promise<Told> => {
  const { id } = await draftedPoll(more);
  return (await bakery.api("POST", `/v1/polls/${id}/open`)).as(PollView);
};
const optionOf = (poll: Told, text: string): string => poll.options.find((option) => option.text === text)?.id ?? "";
const resultOf = async (poll: Told, query = "") =>
  (await bakery.api("GET", `/v1/polls/${poll.id}/results${query}`)).as(ResultView);
const numbers = (result: ResultView) => Object.fromEntries(result.options.map(({ text, count }) => [text, count]));
const app = (poll: Told, text: string, device: string) =>
  world.http("POST", `/p/${poll.slug}`, { body: { option: optionOf(poll, text), device } });
const eventsAbout = (poll: Told, type: string) =>
  world.eventsOf(bakery.workspaceId).filter((event) => event.type === type && event.detail.data.pollId === poll.id);
const refused = (status: number, code: string) =>
  expect.objectContaining({ status, body: expect.objectContaining({ status, code }) });

describe("a poll from draft to result", () => {
  test("it is written, changed, opened, answered on its page, closed by hand and counted", async () => {
    const draft = await draftedPoll({ question: "Welk etiket?" });
    expect(draft).toMatchObject({ status: "draft", language: "nl", url: `${world.url}/p/${draft.slug}`, version: 1 });
    const changed = (await bakery.api("PATCH", `/v1/polls/${draft.id}`, { question: "Welk etiket wordt het?" })).as(
      PollView,
    );
    expect(changed).toMatchObject({ question: "Welk etiket wordt het?", options: draft.options, version: 2 });

    const visitor = world.visitor();
    const early = await visitor.open(`/p/${draft.slug}`);
    expect(early.status).toBe(200);
    expect(early.text).toContain("nog niet open");
    expect(early.text).not.toContain("Welk etiket");
    expect((await visitor.open(`/p/${draft.slug}/results`)).text).toContain("nog niet open");
    const asProgram = { headers: { accept: "application/json" } };
    expect(await world.http("GET", `/p/${draft.slug}/results`, asProgram)).toEqual(refused(409, "poll_not_open"));

    await bakery.api("POST", `/v1/polls/${draft.id}/open`);
    const page = await visitor.open(`/p/${draft.slug}`);
    expect(page.forms[0]?.choices.option).toEqual(draft.options.map(({ id }) => id));
    const shown = await visitor.submit(page, { option: optionOf(draft, "Maan") });
    expect(shown).toMatchObject({ status: 200, path: `/p/${draft.slug}/results` });
    expect(shown.text).toContain("Uw antwoord: Maan");

    await world.settle();
    expect((await visitor.open(`/p/${draft.slug}/results`)).text).toContain("1 antwoord<");
    expect(await resultOf(draft)).toMatchObject({ status: "open", total: 1, counted: "tally" });

    const ending = (await bakery.api("POST", `/v1/polls/${draft.id}/close`)).as(PollView);
    expect(ending).toMatchObject({ status: "open", closesAt: later(world.now(), seconds(30)) });
    await world.advance("PT35S");
    expect((await visitor.open(`/p/${draft.slug}/results`)).text).toContain("worden geteld");
    expect((await world.visitor().open(`/p/${draft.slug}`)).text).toContain("Deze peiling is gesloten");
    await world.advance("PT1M");
    const result = await resultOf(draft);
    expect(result).toMatchObject({ status: "closed", counted: "rows" });
    expect(numbers(result)).toEqual({ Zon: 0, Maan: 1, Ster: 0 });
    expect((await visitor.open(`/p/${draft.slug}/results`)).text).toContain("Einduitslag");

    const types = world.eventsOf(bakery.workspaceId).filter(({ detail }) => detail.data.pollId === draft.id);
    expect(types.map(({ type }) => type)).toEqual([
      "poll.created",
      "poll.changed",
      "poll.opened",
      "response.given",
      "poll.changed",
      "poll.closed",
    ]);
    for (const { type, detail } of types)
      expect(catalogue[type]?.data.safeParse(detail.data)).toMatchObject({ success: true });
    expect(JSON.stringify(types)).not.toContain(Object.values(visitor.cookies())[0]);
  });

  test("it closes by itself, and what it says then is what a recount says", async () => {
    const poll = await openedPoll({ closesAt: later(world.now(), minutes(10)) });
    await Promise.all(Array.from({ length: 30 }, (_, i) => app(poll, i % 3 ? "Zon" : "Ster", `device-of-person-${i}`)));
    await world.advance("PT9M59S");
    expect(await app(poll, "Maan", "device-of-the-last")).toMatchObject({ status: 201 });
    await world.advance("PT1S");
    expect(await app(poll, "Maan", "device-of-too-late")).toEqual(refused(409, "poll_not_open"));
    expect((await bakery.api("GET", `/v1/polls/${poll.id}`)).as(PollView).status).toBe("closing");
    await world.advance("PT59S");
    expect(eventsAbout(poll, "poll.closed")).toEqual([]);
    await world.advance("PT1S");
    const [closed, ...more] = eventsAbout(poll, "poll.closed");
    expect(more).toEqual([]);
    expect(closed?.detail.data).toMatchObject({ closedAt: poll.closesAt, total: 31 });
    const result = await resultOf(poll);
    expect(numbers(result)).toEqual({ Zon: 20, Maan: 1, Ster: 10 });
    expect(await resultOf(poll, "?recount=true")).toEqual(result);
  });

  test("closed by hand before its time it is counted once, then", async () => {
    const poll = await openedPoll({ closesAt: later(world.now(), minutes(10)) });
    await bakery.api("POST", `/v1/polls/${poll.id}/close`);
    expect(await bakery.api("POST", `/v1/polls/${poll.id}/close`)).toMatchObject({
      status: 200,
      headers: { etag: '"3"' },
    });
    const closedAt = later(world.now(), seconds(30));
    await world.advance("PT30M");
    expect(eventsAbout(poll, "poll.closed").map(({ detail }) => detail.data.closedAt)).toEqual([closedAt]);
  });

  test("the results of an open poll equal a recount", async () => {
    const poll = await openedPoll();
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => app(poll, ["Zon", "Maan", "Ster"][i % 3]!, `device-of-person-${i}`)),
    );
    await world.settle();
    const live = await resultOf(poll);
    expect(numbers(live)).toEqual({ Zon: 34, Maan: 33, Ster: 33 });
    const { bursts, ...exact } = await resultOf(poll, "?recount=true");
    expect(exact).toEqual({ ...live, counted: "rows" });
    // All of them came from this machine.
    expect(bursts).toMatchObject([{ count: 100, share: 1 }]);
    const items = eventsAbout(poll, "response.given").flatMap(({ detail }) =>
      z.array(z.object({ id: z.string() })).parse(detail.data.items),
    );
    expect(new Set(items.map(({ id }) => id)).size).toBe(100);
    expect(eventsAbout(poll, "response.given").length).toBeLessThan(100);
  });

  test("a response costs one write unit, in one write of under 1 KB", async () => {
    const poll = await openedPoll();
    const visitor = world.visitor();
    const page = await visitor.open(`/p/${poll.slug}`);
    const writes = await world.weigh("a response", () => visitor.submit(page, { option: optionOf(poll, "Zon") }));
    const response = writes.filter(({ kind, applied }) => kind === "response" && applied);
    expect(response).toMatchObject([{ operation: "PutItem", units: 1 }]);
    expect(response[0]?.bytes).toBeLessThan(1024);
    const rest = writes.filter(({ kind, applied }) => kind !== "response" && applied);
    // Only the counting and who did what; each tells of many responses at once where many come.
    expect(rest.map(({ kind }) => kind).sort()).toEqual(["activity", "tally"]);
  });

  test("a draft is removed with all that was written, and its slug is free", async () => {
    const draft = await draftedPoll();
    expect(await bakery.api("DELETE", `/v1/polls/${draft.id}`)).toMatchObject({ status: 204, text: "" });
    expect(await bakery.api("GET", `/v1/polls/${draft.id}`)).toEqual(refused(404, "not_found"));
    expect((await world.http("GET", `/p/${draft.slug}`, { headers: { accept: "application/json" } })).status).toBe(404);
    expect((await draftedPoll({ slug: draft.slug })).id).not.toBe(draft.id);
    await world.settle();
    expect(eventsAbout(draft, "poll.removed")).toHaveLength(1);
  });

  test("a slug that changes leaves the old one free", async () => {
    const draft = await draftedPoll();
    const moved = (await bakery.api("PATCH", `/v1/polls/${draft.id}`, { slug: `${draft.slug}-nieuw` })).as(PollView);
    expect((await world.http("GET", `/p/${moved.slug}`)).status).toBe(200);
    expect((await world.http("GET", `/p/${draft.slug}`)).status).toBe(404);
    await draftedPoll({ slug: draft.slug });
  });
});

describe("one response a device", () => {
  test("the second answer of a device changes nothing, and gets the first one's page", async () => {
    const poll = await openedPoll();
    const visitor = world.visitor();
    const page = await visitor.open(`/p/${poll.slug}`);
    await visitor.submit(page, { option: optionOf(poll, "Zon") });
    const second = await visitor.submit(page, { option: optionOf(poll, "Maan") });
    expect(second.text).toContain("Uw antwoord: Zon");
    expect((await visitor.open(`/p/${poll.slug}`)).text).toContain("U hebt al geantwoord");
    expect(numbers(await resultOf(poll, "?recount=true"))).toEqual({ Zon: 1, Maan: 0, Ster: 0 });
  });

  test("with cookies off, the same form sent twice is one response", async () => {
    const poll = await openedPoll();
    const visitor = world.visitor({ cookies: "off" });
    const page = await visitor.open(`/p/${poll.slug}`);
    // The back button shows that very page.
    expect(page.headers["cache-control"]).toBe("private, no-cache");
    for (const option of ["Zon", "Zon", "Maan"]) {
      expect(await visitor.submit(page, { option: optionOf(poll, option) })).toMatchObject({ status: 200 });
    }
    expect(numbers(await resultOf(poll, "?recount=true"))).toEqual({ Zon: 1, Maan: 0, Ster: 0 });
  });

  test("a double click is one response", async () => {
    const poll = await openedPoll();
    const visitor = world.visitor();
    const page = await visitor.open(`/p/${poll.slug}`);
    await Promise.all([0, 1].map(() => visitor.submit(page, { option: optionOf(poll, "Ster") })));
    expect((await resultOf(poll, "?recount=true")).total).toBe(1);
  });

  test("a cookie outlives its form, and two forms of one browser are one device", async () => {
    const poll = await openedPoll();
    const visitor = world.visitor();
    const page = await visitor.open(`/p/${poll.slug}`);
    const other = await visitor.open(`/p/${poll.slug}`);
    await visitor.submit(page, { option: optionOf(poll, "Zon") });
    await visitor.submit(other, { option: optionOf(poll, "Maan") });
    expect(numbers(await resultOf(poll, "?recount=true"))).toEqual({ Zon: 1, Maan: 0, Ster: 0 });
  });

  test("200 racing responses of one device are one, and all get the first one's answer", async () => {
    const poll = await openedPoll();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => app(poll, ["Zon", "Maan"][i % 2]!, "device-in-a-hurry")),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    await world.settle();
    expect((await resultOf(poll)).total).toBe(1);
    expect((await resultOf(poll, "?recount=true")).total).toBe(1);
  });

  test("one device may answer two polls, and its cookie goes to one only", async () => {
    const [one, two] = [await openedPoll(), await openedPoll()];
    const visitor = world.visitor();
    for (const poll of [one, two]) {
      const page = await visitor.open(`/p/${poll.slug}`);
      const [cookie = ""] = page.setCookies;
      expect(cookie).toMatch(
        new RegExp(`^device=[\\w-]{22}; Path=/p/${poll.slug}; Max-Age=\\d+; HttpOnly; SameSite=Lax$`),
      );
      await visitor.submit(page, { option: optionOf(poll, "Zon") });
    }
    expect((await resultOf(one, "?recount=true")).total + (await resultOf(two, "?recount=true")).total).toBe(2);
  });
});

describe("the pages of a poll", () => {
  test("their cookie travels only over TLS where they do", async () => {
    const poll = await openedPoll();
    const url = process.env.PUBLIC_URL;
    process.env.PUBLIC_URL = "https://actie.example";
    const [cookie] = (await world.http("GET", `/p/${poll.slug}`)).setCookies;
    process.env.PUBLIC_URL = url;
    expect(cookie).toMatch(/; SameSite=Lax; Secure$/);
  });

  test("they speak the language that is asked for, and keep it through the form", async () => {
    const poll = await openedPoll();
    const visitor = world.visitor();
    const page = await visitor.open(`/p/${poll.slug}?lang=en`);
    expect(page.text).toContain('<html lang="en">');
    expect(page.text).toContain("Choose one answer");
    const shown = await visitor.submit(page, { option: optionOf(poll, "Zon") });
    expect(shown.path).toBe(`/p/${poll.slug}/results?lang=en`);
    expect(shown.text).toContain("Your answer: Zon");
    expect((await visitor.open(`/p/${poll.slug}`)).text).toContain('<html lang="nl">');
  });

  test("what a marketer writes is shown as it was written, harmless", async () => {
    const poll = await openedPoll({
      question: '<script>alert("1")</script> & "wat"?',
      options: [{ text: "<b>x</b>" }, { text: "'y'" }],
    });
    const page = await world.visitor().open(`/p/${poll.slug}`);
    expect(page.text).not.toContain("<script>");
    expect(page.text).toContain("&lt;b&gt;x&lt;/b&gt;");
    expect(page.headers["content-security-policy"]).toMatch(/^default-src 'none'/);
  });

  test("programs get the same as JSON, and HEAD is answered", async () => {
    const poll = await openedPoll();
    const accept = { headers: { accept: "application/json" } };
    const told = await world.http("GET", `/p/${poll.slug}`, accept);
    expect(told.body).toEqual({
      slug: poll.slug,
      status: "open",
      language: "nl",
      title: poll.question,
      question: poll.question,
      options: poll.options,
      questions: poll.questions,
      tier: "device",
    });
    expect((await world.http("GET", `/p/${poll.slug}/results`, accept)).as(ResultView).total).toBe(0);
    for (const path of [`/p/${poll.slug}`, `/p/${poll.slug}/results`])
      expect(await world.http("HEAD", path)).toMatchObject({ status: 200, text: "" });
  });

  test("an app answers with a device of its own, and the same again is the same answer", async () => {
    const poll = await openedPoll();
    const first = await app(poll, "Maan", "an-app-installation");
    expect(first.body).toEqual({
      responseId: expect.stringMatching(/^resp_/),
      pollId: poll.id,
      optionId: optionOf(poll, "Maan"),
      at: world.now(),
    });
    await world.advance("PT1S");
    expect((await app(poll, "Zon", "an-app-installation")).body).toEqual(first.body);
  });
});

describe("what a poll refuses", () => {
  const form = async (poll: Told) => {
    const page = await world.visitor({ cookies: "off" }).open(`/p/${poll.slug}`);
    return page.forms[0]?.fields.form ?? "";
  };
  const send = (poll: Told, fields: Record<string, string>) =>
    world.http("POST", `/p/${poll.slug}`, { form: fields, headers: { accept: "application/json" } });
  const nothingCame = async (poll: Told) => expect((await resultOf(poll, "?recount=true")).total).toBe(0);

  test("a form that was altered, or is of another poll or another workspace", async () => {
    const poll = await openedPoll();
    const option = optionOf(poll, "Zon");
    const other = await world.workspace("Brouwerij Maan");
    const theirs = await draftedPoll({}, other);
    await other.api("POST", `/v1/polls/${theirs.id}/open`);
    const token = await form(poll);
    const altered = `${token.slice(0, -4)}${token.endsWith("AAAA") ? "BBBB" : "AAAA"}`;
    for (const wrong of [altered, "x", await form(await openedPoll()), await form(theirs)])
      expect(await send(poll, { option, form: wrong })).toEqual(refused(400, "form_altered"));
    await nothingCame(poll);
  });

  test("a form that is older than a day; the page that comes back has a new one and the choice", async () => {
    const poll = await openedPoll();
    const visitor = world.visitor({ cookies: "off" });
    const page = await visitor.open(`/p/${poll.slug}`);
    await world.advance("PT24H");
    const option = optionOf(poll, "Maan");
    expect(await send(poll, { option, form: page.forms[0]!.fields.form! })).toEqual(refused(410, "form_expired"));
    const again = await visitor.submit(page, { option });
    expect(again.status).toBe(410);
    expect(again.text).toContain("stond te lang open");
    expect(again.forms[0]?.fields.option).toBe(option);
    expect((await visitor.submit(again)).text).toContain("Uitslag");
    expect((await resultOf(poll, "?recount=true")).total).toBe(1);
  });

  test("no option, an unknown one, and one of another poll", async () => {
    const poll = await openedPoll();
    const foreign = optionOf(await openedPoll(), "Zon");
    for (const option of ["", "opt_x", foreign]) {
      const answer = await send(poll, { option, form: await form(poll) });
      expect(answer).toEqual(refused(400, "invalid_input"));
      expect(answer.body).toMatchObject({ errors: [{ pointer: "#/option" }] });
    }
    const visitor = world.visitor();
    const unchosen = await visitor.submit(await visitor.open(`/p/${poll.slug}`));
    expect(unchosen.status).toBe(400);
    expect(unchosen.text).toContain("Kies eerst een antwoord");
    await nothingCame(poll);
  });

  test("a response without a form or a device, or with a device that is none", async () => {
    const poll = await openedPoll();
    const option = optionOf(poll, "Zon");
    for (const body of [{ option }, { option, device: "short" }]) {
      const answer = await world.http("POST", `/p/${poll.slug}`, { body });
      expect(answer).toEqual(refused(400, "invalid_input"));
      expect(answer.body).toMatchObject({ errors: [{ pointer: "#/device" }] });
    }
    expect(await world.http("POST", `/p/${poll.slug}`, { body: "{" })).toEqual(refused(400, "invalid_json"));
    const text = { "content-type": "text/plain", accept: "application/json" };
    expect(await world.http("POST", `/p/${poll.slug}`, { body: "x", headers: text })).toEqual(
      refused(415, "unsupported_media_type"),
    );
    await nothingCame(poll);
  });

  test("a response to a draft, to a closed poll and to nothing; the page says why", async () => {
    const draft = await draftedPoll();
    expect(await app(draft, "Zon", "device-of-someone")).toEqual(refused(409, "poll_not_open"));
    const poll = await openedPoll({ closesAt: later(world.now(), minutes(1)) });
    const visitor = world.visitor();
    const page = await visitor.open(`/p/${poll.slug}`);
    await world.advance("PT1M");
    const late = await visitor.submit(page, { option: optionOf(poll, "Zon") });
    expect(late.status).toBe(409);
    expect(late.text).toContain("Deze peiling is gesloten");
    await world.advance("PT1M");
    expect((await visitor.submit(page, { option: optionOf(poll, "Zon") })).status).toBe(409);
    expect((await resultOf(poll)).total).toBe(0);
    const nowhere = await world.http("POST", "/p/nergens", { body: { option: "opt_x", device: "device-of-someone" } });
    expect(nowhere).toEqual(refused(404, "not_found"));
    expect((await world.visitor().open("/p/nergens")).text).toContain("Niet gevonden");
  });

  test("a change of what was opened, a close of what is not open, a result of a draft", async () => {
    const poll = await openedPoll();
    expect(await bakery.api("PATCH", `/v1/polls/${poll.id}`, { question: "?" })).toEqual(
      refused(409, "poll_not_draft"),
    );
    expect(await bakery.api("DELETE", `/v1/polls/${poll.id}`)).toEqual(refused(409, "poll_not_draft"));
    expect(await bakery.api("POST", `/v1/polls/${poll.id}/open`)).toEqual(refused(409, "poll_not_draft"));
    const draft = await draftedPoll();
    expect(await bakery.api("POST", `/v1/polls/${draft.id}/close`)).toEqual(refused(409, "poll_not_open"));
    expect(await bakery.api("GET", `/v1/polls/${draft.id}/results`)).toEqual(refused(409, "poll_not_open"));
  });

  test("a stale ETag", async () => {
    const draft = await draftedPoll();
    const path = `/v1/polls/${draft.id}`;
    const read = await bakery.api("GET", path);
    expect(read.headers.etag).toBe('"1"');
    await bakery.api("PATCH", path, { question: "Anders?" }, { "if-match": '"1"' });
    const stale = { "if-match": '"1"' };
    expect(await bakery.api("PATCH", path, { question: "Nog anders?" }, stale)).toEqual(refused(412, "stale"));
    expect(await bakery.api("DELETE", path, undefined, stale)).toEqual(refused(412, "stale"));
    expect(await bakery.api("POST", `${path}/open`, undefined, stale)).toEqual(refused(412, "stale"));
    expect((await bakery.api("GET", path)).as(PollView)).toMatchObject({
      question: "Anders?",
      status: "draft",
      version: 2,
    });
  });

  test("a slug that another poll has, also of another workspace, also at the same moment", async () => {
    const draft = await draftedPoll();
    const other = await world.workspace("Brouwerij Maan");
    const taken = await other.api("POST", "/v1/polls", newPoll({ slug: draft.slug }));
    expect(taken).toEqual(refused(409, "slug_taken"));
    expect(taken.body).toMatchObject({ errors: [{ pointer: "#/slug" }] });
    const mine = await draftedPoll();
    expect(await bakery.api("PATCH", `/v1/polls/${mine.id}`, { slug: draft.slug })).toEqual(refused(409, "slug_taken"));
    const poll = newPoll();
    const racing = await Promise.all(Array.from({ length: 8 }, () => bakery.api("POST", "/v1/polls", poll)));
    expect(racing.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
  });

  test("what a poll cannot be, each with a pointer to it", async () => {
    const wrong: [object, string][] = [
      [{ slug: "Met Spaties" }, "#/slug"],
      [{ question: " " }, "#/question"],
      [{ options: [{ text: "Een" }] }, "#/options"],
      [{ options: [{ text: "Een" }, { text: "" }] }, "#/options/1/text"],
      [{ options: [{ text: "Een" }, { text: "Een" }] }, "#/options"],
      [{ language: "fr" }, "#/language"],
      [{ closesAt: "morgen" }, "#/closesAt"],
      [{ colour: "red" }, "#/colour"],
    ];
    for (const [part, pointer] of wrong) {
      const answer = await bakery.api("POST", "/v1/polls", newPoll(part));
      expect(answer).toEqual(refused(400, "invalid_input"));
      expect(answer.body).toMatchObject({ errors: [{ pointer }] });
    }
    const past = await bakery.api("POST", "/v1/polls", newPoll({ closesAt: "2020-01-01T00:00:00Z" }));
    expect(past).toEqual(refused(422, "due_in_past"));
  });

  test("another workspace's poll, as if it were not there", async () => {
    const poll = await openedPoll();
    const other = await world.workspace("Brouwerij Maan");
    for (const [method, path, body] of [
      ["GET", ""],
      ["PATCH", "", { question: "?" }],
      ["DELETE", ""],
      ["POST", "/open"],
      ["POST", "/close"],
      ["GET", "/results"],
    ] as const)
      expect(await other.api(method, `/v1/polls/${poll.id}${path}`, body)).toEqual(refused(404, "not_found"));
    expect((await other.api("GET", "/v1/polls")).body).toEqual({ items: [], next: null });
  });
});

describe("the list of polls", () => {
  const ListOfPolls = PageOf(PollView);

  test("it is given a page at a time, newest first, each once, and by state", async () => {
    const shop = await world.workspace("Winkel");
    const made: Told[] = [];
    for (let i = 0; i < 3; i++) {
      made.unshift(await draftedPoll({}, shop));
      await world.advance("PT1S");
    }
    await shop.api("POST", `/v1/polls/${made[1]!.id}/open`);
    await shop.api("DELETE", `/v1/polls/${(await draftedPoll({}, shop)).id}`);
    const seen: string[] = [];
    let path = "/v1/polls?limit=1";
    for (;;) {
      const { items, next } = (await shop.api("GET", path)).as(ListOfPolls);
      expect(items).toHaveLength(1);
      seen.push(...items.map(({ id }) => id));
      if (next === null) break;
      path = `/v1/polls?limit=1&cursor=${next}`;
    }
    expect(seen).toEqual(made.map(({ id }) => id));
    const open = (await shop.api("GET", "/v1/polls?status=open")).as(ListOfPolls);
    expect(open.items.map(({ id }) => id)).toEqual([made[1]!.id]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { instant, later, minutes } from "../functions/platform/clock.ts";
import { type AskedThere, asBallot, ask, asksThis, count, fail } from "../functions/polls/ballot.ts";
import type { Choice } from "../functions/polls/question.ts";
import { ResultView } from "../functions/polls/result.ts";
import { PollView } from "../functions/polls/view.ts";
import { ballotServer } from "./ballot-server.ts";
import type { Answer } from "./http.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// Questions of a poll that a network asks and counts itself.

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const json = { accept: "application/json" };
const question: Choice = {
  ...{ kind: "single", id: "q1", text: "Welk etiket?", required: true },
  options: ["Zon", "Maan"].map((text) => ({ optionId: `opt_${text}`, text })),
};

describe("what networks count", () => {
  const publishedAt = "2026-06-01T10:00:00.000Z";
  const asked = ask({
    ...{
      workspaceId: "ws",
      pollId: "poll",
      questionId: "q1",
      postId: "post",
      channelId: "channel",
      network: "mastodon",
    },
    ...{ title: "Mastodon", handle: "@maan", key: "k", externalId: "1", publishedAt },
    closesAt: "2026-06-08T10:00:00.000Z",
  });
  const minutesOn = (n: number) => later(publishedAt, minutes(n));
  const still = (of: ReturnType<typeof count>[0]): AskedThere => {
    if (of.status !== "asked") throw new Error("It has ended.");
    return of;
  };

  test("is looked up often at first, then four times a day, and a minute after the end for the last time", () => {
    const looks: string[] = [];
    let at: ReturnType<typeof count>[0] = asked;
    while (at.status === "asked") {
      looks.push(at.wakeAt);
      [at] = count(at, question, { options: [looks.length, 0] }, at.wakeAt);
    }
    expect(looks.slice(0, 7)).toEqual([10, 20, 40, 80, 160, 320, 640].map(minutesOn));
    expect(looks.length).toBeLessThan(40);
    expect(looks.at(-1)).toBe("2026-06-08T10:01:00.000Z");
    expect(at.votes).toMatchObject({ options: [looks.length, 0], final: true });
  });

  test("takes the place of what was counted before, and is news only where it is another", () => {
    const [first, news] = count(asked, question, { options: [3, 1] }, minutesOn(10));
    expect(news).toMatchObject([{ type: "poll.votes_collected", data: { voters: 4, final: false } }]);
    const [second, none] = count(still(first), question, { options: [3, 1] }, minutesOn(20));
    expect(none).toEqual([]);
    const [third, more] = count(still(second), question, { options: [2, 1] }, minutesOn(40));
    expect(more).toHaveLength(1);
    expect(third.votes).toMatchObject({ options: [2, 1], voters: 3 });
  });

  test("that does not fit the question, or is no count, is left", () => {
    for (const options of [[1], [1, 2, 3], [1, -1], [1, 0.5], [1, 1e12]])
      expect(count(asked, question, { options }, minutesOn(10))).toEqual([
        expect.not.objectContaining({ votes: expect.anything() }),
        [],
      ]);
  });

  test("of several answers an account counts once, and never fewer than one option has", () => {
    const several: Choice = { ...question, kind: "multiple", min: 1, max: 2 };
    expect(count(asked, several, { options: [3, 2], voters: 4 }, minutesOn(10))[0].votes?.voters).toBe(4);
    expect(count(asked, several, { options: [3, 2] }, minutesOn(10))[0].votes?.voters).toBe(3);
  });

  test("waits for what its network says is not over yet, and is given up long after the end", () => {
    const over = "2026-06-08T10:01:00.000Z";
    const [waits] = count(asked, question, { options: [1, 1], isOver: false }, over);
    expect(waits).toMatchObject({ status: "asked", wakeAt: later(over, minutes(10)), votes: { final: false } });
    let failing: ReturnType<typeof fail> = still(waits);
    let tries = 0;
    for (; failing.status === "asked" && tries < 50; tries++)
      failing = fail(failing, { detail: "It is broken." }, failing.wakeAt);
    expect(failing).toMatchObject({ status: "ended", votes: { options: [1, 1], final: false } });
    expect(tries).toBeLessThan(20);
  });

  test("is only asked where a network can ask it as it is", () => {
    expect(asBallot(question)).toBeDefined();
    expect(asBallot({ ...question, kind: "single", other: true })).toBeUndefined();
    expect(asBallot({ ...question, kind: "multiple", min: 1, max: 1 })).toBeUndefined();
    expect(asksThis(question, { options: ["Zon", "Maan"], multiple: false })).toBe(true);
    expect(asksThis(question, { options: ["Maan", "Zon"], multiple: false })).toBe(false);
    expect(asksThis(question, { options: ["Zon", "Maan"], multiple: true })).toBe(false);
  });
});

const Asked = z.object({
  postId: z.string(),
  channels: z.array(
    z.object({ channelId: z.string(), asks: z.string(), text: z.string(), because: z.string().optional() }),
  ),
});

let polls = 0;
const openPoll = async ({ api }: Workspace, more: object = {}) => {
  const slug = `etiket-${++polls}`;
  const options = ["De zon", "De maan", "De ster"].map((text) => ({ text }));
  const body = { slug, question: "Welk etiket?", options, ...more };
  const poll = (await api("POST", "/v1/polls", body)).as(PollView);
  expect((await api("POST", `/v1/polls/${poll.id}/open`)).status).toBe(200);
  const result = async (query = ""): Promise<ResultView> =>
    (await api("GET", `/v1/polls/${poll.id}/results${query}`)).as(ResultView);
  const post = (asked: object): Promise<Answer> => api("POST", `/v1/polls/${poll.id}/post`, asked);
  return { ...poll, slug, result, post };
};
const soon = (n = 1): string => instant(Date.parse(world.now()) + minutes(n));

test("a question is asked by Mastodon itself and elsewhere by a link, counted once, and shown by channel", async () => {
  const brewery = await world.workspace("Brouwerij Maan");
  const there = await ballotServer(world);
  const mastodon = await there.connect(brewery);
  const feed = idOf(await brewery.api("POST", "/v1/channels", { network: "feed", name: "Nieuws", handle: "maan-1" }));
  const closesAt = soon(120);
  const poll = await openPoll(brewery, { closesAt });

  const draft = (await poll.post({ channels: [mastodon, feed] })).as(Asked);
  expect(draft.channels).toMatchObject([
    { channelId: mastodon, asks: "ballot", text: "Welk etiket?" },
    { channelId: feed, asks: "link", because: expect.stringContaining("asks no questions itself") },
  ]);
  expect(draft.channels[1]?.text).toBe(`Welk etiket?\n\nAntwoorden kan hier: ${world.url}/p/${poll.slug}?via=feed`);
  const sent = await brewery.api("PATCH", `/v1/posts/${draft.postId}`, { at: soon() });
  expect(sent.body).toMatchObject({ state: "scheduled", ballot: { pollId: poll.id, closesAt } });
  await world.advance("PT2M");
  const [status] = [...there.statuses.values()];
  expect(status).toMatchObject({
    status: "Welk etiket?",
    poll: { options: ["De zon", "De maan", "De ster"], multiple: false, expires_in: 7200 - 60 },
  });
  expect((await world.visitor().open("/@maan-1")).text).toContain(`/p/${poll.slug}?via=feed`);

  // One answers by the link, and sixty-one there, of whom some are seen twice by us.
  const visitor = world.visitor();
  const shown = await visitor.open(`/p/${poll.slug}?via=feed`);
  await visitor.submit(shown, { option: poll.options[0]?.id ?? "" });
  there.vote([10, 20, 1]);
  await world.advance("PT12M");
  there.vote([20, 40, 1]);
  await world.advance("PT45M");
  const options = [{ count: 21 }, { count: 40 }, { count: 1 }];
  const live = await poll.result();
  expect(live).toMatchObject({ total: 62, here: 1, options, counted: "tally" });
  // What one person answered here is theirs, and cannot be told from what Mastodon counted either.
  expect(live.questions[0]).toMatchObject({
    answered: 62,
    options,
    channels: [
      { channelId: null, tier: "device", answered: 1, options: [], withheld: true, isFinal: false },
      {
        ...{ channelId: mastodon, network: "mastodon", handle: "@maan@social.example", tier: "network", answered: 61 },
        ...{ options: [], withheld: true, isFinal: false },
      },
    ],
  });
  expect((await world.visitor().open(`/p/${poll.slug}/results`)).text).toContain("Een streepje: daar antwoordden maar");
  for (let i = 0; i < 4; i++)
    await world.http("POST", `/p/${poll.slug}`, {
      body: { option: poll.options[2]?.id, device: `toestel-nummer-${i}-hier` },
    });
  await world.advance("PT10S");
  expect((await poll.result()).questions[0]?.channels).toMatchObject([
    { answered: 5, options: [{ count: 1 }, { count: 0 }, { count: 4 }] },
    { answered: 61, options: [{ count: 20 }, { count: 40 }, { count: 1 }] },
  ]);
  expect(await poll.result("?recount=true")).toMatchObject({ total: 66, here: 5, counted: "rows" });

  // It closes: the last votes come in, and the same is on the page, in the picture's words, in JSON and in CSV.
  there.vote([20, 41, 1]);
  await world.advance("PT70M");
  const final = await poll.result();
  expect(final).toMatchObject({ status: "closed", total: 67, questions: [{ channels: [{}, { isFinal: true }] }] });
  const [closed] = world.eventsOf(brewery.workspaceId).filter(({ type }) => type === "poll.closed");
  expect(closed?.detail.data).toMatchObject({ total: 5 });
  const told = world.eventsOf(brewery.workspaceId).filter(({ type }) => type === "poll.votes_collected");
  expect(told.at(-1)?.detail.data).toMatchObject({ pollId: poll.id, channelId: mastodon, voters: 62, final: true });
  expect(told.slice(0, 2)).toMatchObject([
    { detail: { data: { voters: 31, final: false } } },
    { detail: { data: { voters: 61 } } },
  ]);
  const page = await world.visitor().open(`/p/${poll.slug}/results?lang=en`);
  expect(page.text).toContain("67 answers");
  expect(page.text).toContain("Of these, 62 are votes on networks, as they count: one account, one vote.");
  expect(page.text).toContain("Mastodon @maan@social.example");
  const file = (format: string) => world.http("GET", `/p/${poll.slug}/results/q1.${format}`, { headers: json });
  expect((await file("json")).body).toMatchObject({ answered: 67, channels: [{ answered: 5 }, { answered: 62 }] });
  const csv = (await file("csv")).text.split("\r\n");
  expect(csv).toContain("all,,De maan,41,0.6119");
  expect(csv).toContain("Mastodon @maan@social.example,network,De maan,41,0.6613");
  expect((await file("svg")).text).toContain("67 antwoorden");
  const post = await brewery.api("POST", `/v1/polls/${poll.id}/results/post`, {});
  expect(post.body).toMatchObject({ text: expect.stringContaining("De maan wint, met 61,2% van de stemmen.") });
});

test("a question of several answers that shows its results after the close is asked so, and taken back it stays counted", async () => {
  const brewery = await world.workspace("Brouwerij Ster");
  const there = await ballotServer(world);
  const mastodon = await there.connect(brewery);
  const options = ["Hop", "Mout"].map((text) => ({ text }));
  const poll = await openPoll(brewery, {
    ...{ question: undefined, options: undefined, results: "after" },
    questions: [
      { kind: "estimate", text: "Hoeveel flessen?", unit: "flessen", min: 0, max: 100 },
      { kind: "multiple", text: "Waar houdt u van?", options },
    ],
  });
  const { postId } = (await poll.post({ channels: [mastodon], minutes: 60, text: "Vertel!" })).as(Asked);
  await brewery.api("PATCH", `/v1/posts/${postId}`, { at: soon() });
  await world.advance("PT2M");
  expect([...there.statuses.values()][0]).toMatchObject({
    status: "Vertel!",
    poll: { options: ["Hop", "Mout"], multiple: true, expires_in: 3600, hide_totals: true },
  });
  there.vote([5, 4], 7);
  await world.advance("PT12M");
  // Its network keeps them to itself until the end.
  expect((await poll.result()).questions[1]).toMatchObject({ answered: 0, channels: [{}, { answered: 0 }] });
  await world.advance("PT50M");
  expect((await poll.result()).questions[1]).toMatchObject({
    answered: 7,
    options: [{ count: 5 }, { count: 4 }],
    channels: [{ answered: 0 }, { answered: 7, options: [{ share: 5 / 7 }, { share: 4 / 7 }], isFinal: true }],
  });
  await brewery.api("POST", `/v1/posts/${postId}/retract`, {});
  await world.advance("PT5S");
  expect((await poll.result()).total).toBe(7);
});

test("what a network cannot ask is said before it is sent, and refused where no link may take its place", async () => {
  const brewery = await world.workspace("Brouwerij Komeet");
  const there = await ballotServer(world);
  const mastodon = await there.connect(brewery);
  const feed = idOf(await brewery.api("POST", "/v1/channels", { network: "feed", name: "N", handle: "komeet" }));
  const many = ["a", "b", "c", "d", "e"].map((text) => ({ text }));
  const because = async (more: object, asked: object = {}) =>
    (await (await openPoll(brewery, more)).post({ channels: [mastodon], ...asked })).as(Asked).channels[0]?.because;
  expect(await because({ options: many })).toContain("takes 2 to 4 answers; there are 5");
  expect(await because({ options: [{ text: "x".repeat(51) }, { text: "y" }] })).toContain("takes 50 characters");
  expect(await because({}, { minutes: 4 })).toContain("asks for 300 to 2629746 seconds");
  expect(await because({ results: "hidden" })).toContain("hides its results");
  const choice = { kind: "single", text: "Wat?", options: many.slice(0, 2), other: true };
  expect(await because({ question: undefined, options: undefined, questions: [choice] })).toContain("own words");
  const open = { kind: "open", text: "Wat?" };
  expect(await because({ question: undefined, options: undefined, questions: [open] })).toContain("choose from only");

  const poll = await openPoll(brewery);
  const refused = await poll.post({ channels: [mastodon, feed], otherwise: "refuse" });
  expect(refused).toMatchObject({ status: 422, body: { code: "unsendable", errors: [{ pointer: "#/channels/1" }] } });
  expect((await poll.post({ channels: [mastodon], question: "q9" })).status).toBe(400);

  // A post of its own is held against the networks as any other.
  const ballot = { options: ["ja", "nee"], minutes: 60 };
  const said = { text: "Een bock?", channels: [mastodon, feed], ballot };
  const verdict = await brewery.api("POST", "/v1/posts/validate", said);
  expect(verdict.body).toMatchObject({
    sendable: false,
    checks: [{ problems: [] }, { problems: [{ code: "ballot_not_taken", pointer: "/ballot" }] }],
  });
  const unsendable = await brewery.api("POST", "/v1/posts", { ...said, at: soon() });
  expect(unsendable).toMatchObject({ status: 422, body: { code: "unsendable", errors: [{ pointer: "#/ballot" }] } });
  const variants = [{ channelId: feed, text: "Een bock? https://a.example", ballot: null }];
  expect((await brewery.api("POST", "/v1/posts/validate", { ...said, variants })).body).toMatchObject({
    sendable: true,
  });
  const both = { ...said, ballot: { ...ballot, closesAt: soon(60) } };
  expect((await brewery.api("POST", "/v1/posts/validate", both)).status).toBe(400);

  // Whose question it is nobody else says.
  const other = { text: "?", channels: [mastodon], ballot: { ...ballot, pollId: poll.id } };
  expect((await brewery.api("POST", "/v1/posts", other)).status).toBe(400);
  const { postId } = (await poll.post({ channels: [mastodon], minutes: 60 })).as(Asked);
  const options = ["De zon", "De maan", "De ster"];
  const changed = await brewery.api("PATCH", `/v1/posts/${postId}`, { ballot: { options, minutes: 60 }, at: soon() });
  expect(changed.body).toMatchObject({ state: "scheduled", ballot: expect.not.objectContaining({ pollId: poll.id }) });
  await world.advance("PT2M");
  there.vote([9, 9, 9]);
  await world.advance("PT15M");
  expect(await poll.result()).toMatchObject({ total: 0 });

  const draft = await brewery.api("POST", "/v1/polls", { slug: "concept", question: "?", options: many.slice(0, 2) });
  const closed = await brewery.api("POST", `/v1/polls/${idOf(draft)}/post`, { channels: [mastodon] });
  expect(closed).toMatchObject({ status: 409, body: { code: "poll_not_open" } });
});

test("a network that is down is asked again, and keeps what was told", async () => {
  const brewery = await world.workspace("Brouwerij Regen");
  const there = await ballotServer(world);
  const mastodon = await there.connect(brewery);
  const poll = await openPoll(brewery);
  const { postId } = (await poll.post({ channels: [mastodon], minutes: 60 })).as(Asked);
  await brewery.api("PATCH", `/v1/posts/${postId}`, { at: soon() });
  await world.advance("PT2M");
  there.vote([1, 2, 3]);
  await world.advance("PT15M");
  there.server.instead = () => ({ status: 503, text: "Down" });
  await world.advance("PT30M");
  expect(await poll.result()).toMatchObject({ total: 6 });
  there.vote([2, 2, 3]);
  there.server.instead = undefined;
  await world.advance("PT40M");
  expect(await poll.result()).toMatchObject({ total: 7, questions: [{ channels: [{}, { isFinal: true }] }] });
});

test("a poll that closes before its network does is not final until the last votes are in", async () => {
  const brewery = await world.workspace("Brouwerij Komeet");
  const there = await ballotServer(world);
  const mastodon = await there.connect(brewery);
  const poll = await openPoll(brewery, { closesAt: soon(30) });
  const { postId } = (await poll.post({ channels: [mastodon], minutes: 240 })).as(Asked);
  await brewery.api("PATCH", `/v1/posts/${postId}`, { at: soon() });
  await world.advance("PT2M");
  there.vote([9, 8, 0]);
  await world.advance("PT40M");
  expect(await poll.result()).toMatchObject({
    ...{ status: "closed", total: 17, here: 0 },
    questions: [
      {
        channels: [
          { answered: 0, isFinal: true },
          { answered: 17, isFinal: false },
        ],
      },
    ],
  });
  const page = async (): Promise<string> => (await world.visitor().open(`/p/${poll.slug}/results`)).text;
  expect(await page()).toContain("de laatste stemmen op netwerken worden nog opgehaald");
  expect(await page()).not.toContain("Einduitslag");
  const chart = async (): Promise<string> => (await world.http("GET", `/p/${poll.slug}/results/q1.svg`)).text;
  expect(await chart()).toContain("tussenstand");
  const Draft = z.object({ postId: z.string(), text: z.string() });
  const drafted = async () => (await brewery.api("POST", `/v1/polls/${poll.id}/results/post`, {})).as(Draft);
  const early = await drafted();
  expect(early.text).not.toContain("wint");
  there.vote([9, 30, 0]);
  await world.advance("PT4H");
  expect(await poll.result()).toMatchObject({ total: 39, questions: [{ channels: [{}, { isFinal: true }] }] });
  expect(await page()).toContain("Einduitslag");
  expect(await chart()).toContain("einduitslag");
  const last = await drafted();
  expect(last.text).toContain("De maan wint, met 76,9% van de stemmen.");
  expect(last.postId).not.toBe(early.postId);
  expect((await drafted()).postId).toBe(last.postId);
});

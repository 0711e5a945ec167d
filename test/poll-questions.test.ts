import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { catalogue } from "../functions/events/catalogue.ts";
import { later, minutes } from "../functions/platform/clock.ts";
import { PageOf } from "../functions/platform/http.ts";
import { QuestionResult, ResultView } from "../functions/polls/result.ts";
import { PollView } from "../functions/polls/view.ts";
import { png, published } from "./pictures-of.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

let world: World;
let brewery: Workspace;
beforeAll(async () => {
  world = await openWorld();
  brewery = await world.workspace("Brouwerij Maan");
});
afterAll(() => world?.close());

type Told = z.infer<typeof PollView>;
let made = 0;
const json = { accept: "application/json" };

const texts = (...all: string[]) => all.map((text) => ({ text }));
const every = [
  { kind: "single", text: "Welk etiket?", options: texts("Zon", "Maan", "Ster"), other: true },
  { kind: "multiple", text: "Wat eet u erbij?", options: texts("Kaas", "Noten", "Niets"), min: 1, max: 2 },
  { kind: "rating", text: "Hoe smaakt het?" },
  { kind: "rating", text: "Raadt u ons aan?", scale: "nps" },
  { kind: "ranking", text: "Welke stijl eerst?", options: texts("Bock", "Tripel", "IPA"), shuffle: true },
  { kind: "estimate", text: "Hoeveel flessen verkopen we?", unit: "flessen", min: 0, max: 1000 },
  { kind: "open", text: "Wat moeten we brouwen?", required: false },
  {
    kind: "statements",
    text: "Eens of oneens?",
    statements: texts("Bier hoort in glas", "Blik is beter"),
    required: false,
  },
];

const drafted = async (more: object): Promise<Told> =>
  (await brewery.api("POST", "/v1/polls", { slug: `peiling-${++made}`, ...more })).as(PollView);
const opened = async (more: object): Promise<Told> => {
  const { id } = await drafted(more);
  return (await brewery.api("POST", `/v1/polls/${id}/open`)).as(PollView);
};
const short = { question: "Welk etiket?", options: texts("Zon", "Maan", "Ster") };

const optionOf = (poll: Told, question: string, text: string): string => {
  const { options, statements } = poll.questions.find(({ id }) => id === question)!;
  return (options ?? statements ?? []).find((option) => option.text === text)?.id ?? "";
};
const idsOf = (poll: Told, question: string, ...all: string[]) => all.map((text) => optionOf(poll, question, text));
const app = (poll: Told, answers: object, device: string, more: object = {}) =>
  world.http("POST", `/p/${poll.slug}`, { body: { answers, device, ...more } });
const resultOf = async (poll: Told, query = "") =>
  (await brewery.api("GET", `/v1/polls/${poll.id}/results${query}`)).as(ResultView);
const recounted = (poll: Told) => resultOf(poll, "?recount=true");
const wholeAnswer = (poll: Told, n: number) => ({
  q1: n % 5 === 0 ? { other: `Iets anders ${n}` } : optionOf(poll, "q1", n % 2 ? "Zon" : "Maan"),
  q2: idsOf(poll, "q2", "Kaas", ...(n % 2 ? ["Noten"] : [])),
  q3: 1 + (n % 5),
  q4: n % 11,
  q5: idsOf(poll, "q5", ...(n % 3 ? ["Tripel", "Bock", "IPA"] : ["IPA", "Tripel", "Bock"])),
  q6: n * 10,
  ...(n % 4 === 0 ? { q7: `Een bock met honing, graag ${n}` } : {}),
  q8: {
    [optionOf(poll, "q8", "Bier hoort in glas")]: "agree",
    [optionOf(poll, "q8", "Blik is beter")]: n % 2 ? "disagree" : "pass",
  },
});
const close = async (poll: Told) => {
  await brewery.api("POST", `/v1/polls/${poll.id}/close`);
  await world.advance("PT2M");
};
const refused = (status: number, code: string, pointer?: string) =>
  expect.objectContaining({
    status,
    body: expect.objectContaining({
      code,
      ...(pointer === undefined ? {} : { errors: [expect.objectContaining({ pointer })] }),
    }),
  });

describe("a poll of every kind of question", () => {
  test("is answered by apps, counted live as a recount counts it, and closes with exact numbers", async () => {
    const poll = await opened({ title: "Peiling van de week", questions: every });
    expect(poll.questions.map(({ id, kind }) => [id, kind])).toHaveLength(8);
    for (let n = 0; n < 30; n++)
      expect((await app(poll, wholeAnswer(poll, n), `toestel-van-iemand-${n}`)).status).toBe(201);
    await world.settle();
    const live = await resultOf(poll);
    const { bursts: _, ...exact } = await recounted(poll);
    const alike = (result: ResultView) =>
      result.questions.filter(({ kind }) => kind !== "estimate" && kind !== "statements");
    expect(alike(exact)).toEqual(alike(live));
    expect(live.total).toBe(30);
    const [single, multiple, stars, nps, ranking, estimate, open, statements] = exact.questions;
    expect(single).toMatchObject({ answered: 30, other: { count: 6, share: 0.2 } });
    expect(multiple?.options?.map(({ count }) => count)).toEqual([30, 15, 0]);
    expect(stars).toMatchObject({ mean: 3, values: [{ value: 1, count: 6 }, {}, {}, {}, {}] });
    expect(nps?.values).toHaveLength(11);
    expect(ranking?.ranking?.map(({ text, points }) => [text, points])).toEqual([
      ["Tripel", 50],
      ["Bock", 20],
      ["IPA", 20],
    ]);
    expect(estimate?.estimate).toMatchObject({ exact: true, median: 145, lowerQuartile: 72.5, upperQuartile: 217.5 });
    const barWidth = 1000 / 32;
    expect(Math.abs((live.questions[5]?.estimate?.median ?? 0) - 145)).toBeLessThan(barWidth);
    // Eight questions are more than the running tally holds: they are counted from the responses whenever that is asked.
    expect(live.counted).toBe("rows");
    // The page says of what it has from the bars only that it is about so.
    const { slug } = await opened({ results: "live", questions: [every[5]] });
    await world.http("POST", `/p/${slug}`, { body: { answers: { q1: 500 }, device: "toestel-van-iemand-1" } });
    await world.settle();
    const shown = (await world.visitor().open(`/p/${slug}/results`)).text;
    expect(shown).toMatch(/De middelste schatting: ongeveer \d+ flessen/);
    expect((await world.http("GET", `/p/${slug}/results/q1.json`)).text).toMatch(
      /Middelste antwoord: ongeveer \d+ flessen/,
    );
    expect(open).toMatchObject({ answered: 8 });
    expect(statements?.statements).toMatchObject([
      { agree: 30, disagree: 0, pass: 0, agreement: 1 },
      { agree: 0, disagree: 15, pass: 15, agreement: 0 },
    ]);
    await close(poll);
    const closed = await resultOf(poll);
    expect({ ...closed, status: "open" }).toEqual({ ...exact, bursts: closed.bursts, status: "open" });
    const [told] = world
      .eventsOf(brewery.workspaceId)
      .filter(({ type, detail }) => type === "poll.closed" && detail.data.pollId === poll.id);
    expect(catalogue["poll.closed"]?.data.parse(told?.detail.data)).toMatchObject({ total: 30 });

    // The brewery knows now how many it sold.
    const path = `/v1/polls/${poll.id}/truth`;
    expect(await brewery.api("PUT", path, { questionId: "q1", value: 150 })).toEqual(
      refused(400, "invalid_input", "#/questionId"),
    );
    // What the database cannot hold is no value.
    for (const value of [5e-324, 1e300])
      expect(await brewery.api("PUT", path, { questionId: "q6", value })).toEqual(
        refused(400, "invalid_input", "#/value"),
      );
    expect(await brewery.api("PUT", path, { questionId: "q6", value: 152 })).toMatchObject({ status: 200 });
    expect((await resultOf(poll)).questions[5]?.estimate?.truth).toEqual({
      ...{ value: 152, off: -7 },
      // 150 only.
      ...{ closer: 1, closerShare: 1 / 30 },
    });
    const page = await world.visitor().open(`/p/${poll.slug}/results`);
    expect(page.text).toContain("De werkelijke waarde: 152 flessen");
    expect(page.text).toContain("Geteld volgens Borda");
  });

  test("however much it asks, its pages stay under 50 KB: what is too much for one comes on the next", async () => {
    const statement = (n: number) => ({ text: `${n}. ${"Wat een bier moet zijn. ".repeat(8)}`.slice(0, 200).trim() });
    const long = (n: number) => ({
      ...{ kind: "statements", text: `Vraag ${n}? ${"Lees eerst alles goed. ".repeat(12)}`.slice(0, 300).trim() },
      statements: Array.from({ length: 20 }, (_, i) => statement(i)),
    });
    const poll = await opened({ title: "Alles", questions: Array.from({ length: 10 }, (_, i) => long(i + 1)) });
    const visitor = world.visitor();
    let page = await visitor.open(`/p/${poll.slug}`);
    let steps = 0;
    for (; page.forms[0]?.choices["q1.0"] || page.forms[0]?.fields.upTo !== undefined; steps++) {
      expect(Buffer.byteLength(page.text)).toBeLessThan(50_000);
      const choices = Object.entries(page.forms[0]?.choices ?? {});
      expect(choices.length).toBeGreaterThan(0);
      page = await visitor.submit(page, Object.fromEntries(choices.map(([name, [first = ""]]) => [name, first])));
    }
    expect(steps).toBeGreaterThan(1);
    expect(page.path).toContain("/results");
    const { total, questions } = await resultOf(poll);
    expect(total).toBe(1);
    expect(questions.map(({ answered, statements = [] }) => [answered, statements[19]?.agree])).toEqual(
      Array.from({ length: 10 }, () => [1, 1]),
    );
  });

  test("is answered on its page without script; what is missing is said at the question, and nothing is lost", async () => {
    const poll = await opened({ title: "Peiling", questions: every });
    const visitor = world.visitor();
    const page = await visitor.open(`/p/${poll.slug}`);
    expect(Buffer.byteLength(page.text)).toBeLessThan(50_000);
    const filled = {
      q1: "other",
      "q1.other": "De komeet",
      "q2.0": "on",
      q3: "5",
      q4: "9",
      "q5.0": "2",
      "q5.1": "1",
      "q5.2": "3",
      q6: "1.000",
      q7: "Een <b>bock</b>",
      "q8.0": "agree",
    };
    const again = await visitor.submit(page, { ...filled, "q5.1": "2", q6: "veel" });
    expect(again.status).toBe(400);
    expect(again.text).toContain("Geef elk antwoord een andere plaats.");
    expect(again.forms[0]?.fields["q1.other"]).toBe("De komeet");
    expect(again.text).toContain("Een &lt;b&gt;bock&lt;/b&gt;</textarea>");
    const shown = await visitor.submit(again, filled);
    expect(shown.path).toBe(`/p/${poll.slug}/results`);
    expect(shown.text).toContain("Uw antwoorden zijn ontvangen");
    const List = PageOf(z.looseObject({ answers: z.record(z.string(), z.unknown()) }));
    const { items } = (await brewery.api("GET", `/v1/polls/${poll.id}/responses`)).as(List);
    expect(items).toMatchObject([
      {
        kiosk: false,
        answers: {
          q1: { other: "De komeet" },
          q2: [optionOf(poll, "q2", "Kaas")],
          q3: 5,
          q4: 9,
          q5: idsOf(poll, "q5", "Tripel", "Bock", "IPA"),
          q6: 1000,
          q7: "Een <b>bock</b>",
          q8: { [optionOf(poll, "q8", "Bier hoort in glas")]: "agree" },
        },
      },
    ]);
    // What the list gives is what can be given.
    expect((await app(poll, items[0]!.answers, "een-ander-toestel")).status).toBe(201);
    expect((await visitor.open(`/p/${poll.slug}?lang=en`)).text).toContain("You have answered already");
  });

  test("refuses what is no answer to it, with a pointer to the question", async () => {
    const poll = await opened({ questions: every });
    const right = wholeAnswer(poll, 1);
    const wrong: [string, unknown][] = [
      ["q1", undefined],
      ["q1", "opt_x"],
      ["q1", { other: "" }],
      ["q2", []],
      ["q2", idsOf(poll, "q2", "Kaas", "Noten", "Niets")],
      ["q2", [{ other: "Worst" }]],
      ["q3", 6],
      ["q4", -1],
      ["q5", idsOf(poll, "q5", "Bock", "IPA")],
      ["q5", idsOf(poll, "q5", "Bock", "IPA", "IPA")],
      ["q6", 1001],
      ["q6", 1.5],
      ["q6", "NaN"],
      ["q7", `${"é".repeat(51_200)}x`],
      ["q7", "\ud800"],
      ["q7", ["x"]],
      ["q8", { opt_x: "agree" }],
      ["q8", { [optionOf(poll, "q8", "Blik is beter")]: "ja" }],
    ];
    for (const [question, answer] of wrong)
      expect(await app(poll, { ...right, [question]: answer }, "toestel-van-iemand")).toEqual(
        refused(400, "invalid_input", `#/answers/${question}`),
      );
    expect((await recounted(poll)).total).toBe(0);
  });

  test("a response is one write unit, whatever is said in it", async () => {
    const poll = await opened({ questions: every });
    const units = async (n: number, more: object) => {
      const writes = await world.weigh("a response", () =>
        app(poll, { ...wholeAnswer(poll, n), ...more }, `weeg-toestel-nr-${n}`),
      );
      return writes.filter(({ kind }) => kind === "response").map(({ operation, units }) => [operation, units]);
    };
    expect(await units(2, { q7: "Een bock met honing uit de eigen streek, en dan graag in een beugelfles." })).toEqual([
      ["PutItem", 1],
    ]);
    expect(await units(3, { q7: "a".repeat(2000) })).toEqual([["PutItem", 1]]);
    expect(await units(4, { q7: "🍺".repeat(25_600), q1: { other: "é".repeat(200) } })).toEqual([["PutItem", 1]]);
    expect((await recounted(poll)).total).toBe(3);
  });
});

describe("pictures", () => {
  test("stand beside a question and its answers, with words for who cannot see them", async () => {
    const mediaId = await published(brewery, png(8, 8));
    const options = [{ text: "Zon", image: { mediaId, alt: "Een <lachende> zon" } }, { text: "Maan" }];
    const poll = await opened({ questions: [{ kind: "single", text: "Welk etiket?", options }] });
    const { text } = await world.visitor().open(`/p/${poll.slug}`);
    expect(text).toContain(`src="/m/${mediaId}"`);
    expect(text).toContain(`alt="Een &lt;lachende&gt; zon"`);
  });

  test("must be published ones of the workspace", async () => {
    const announced = await brewery.api("POST", "/v1/media", { name: "a", type: "image/png", bytes: 100 });
    const { id: mediaId } = announced.as(z.object({ id: z.string() }));
    const options = [{ text: "Zon", image: { mediaId, alt: "Een zon" } }, { text: "Maan" }];
    const questions = [{ kind: "single", text: "Welk etiket?", options }];
    expect(await brewery.api("POST", "/v1/polls", { slug: "plaatje", questions })).toEqual(
      refused(422, "unknown_media", "#/questions/0/options/0/image"),
    );
  });
});

describe("what is asked next", () => {
  const questions = [
    { kind: "single", text: "Drinkt u bier?", options: texts("Ja", "Nee"), skip: [{ answer: ["Nee"], to: "q3" }] },
    { kind: "rating", text: "Hoe lekker?" },
    { kind: "rating", text: "Raadt u ons aan?", scale: "nps", skip: [{ answer: [9, 10], to: "end" }] },
    { kind: "open", text: "Wat kan beter?" },
  ];

  test("depends on the answer: step by step on the page, with what was answered before, and the back button goes back", async () => {
    const poll = await opened({ title: "Bier", questions });
    const visitor = world.visitor();
    const first = await visitor.open(`/p/${poll.slug}`);
    expect(first.text).toContain("Verder");
    expect(first.text).not.toContain("<h2>Hoe lekker?");
    const no = await visitor.submit(first, { q1: optionOf(poll, "q1", "Nee") });
    expect(no.text).toContain("Raadt u ons aan?");
    expect(no.text).not.toContain("<h2>Hoe lekker?");
    // Back, and another answer.
    const yes = await visitor.submit(first, { q1: optionOf(poll, "q1", "Ja") });
    expect(yes.text).toContain("Hoe lekker?");
    expect((await recounted(poll)).total).toBe(0);
    const last = await visitor.submit(yes, { q2: "4", q3: "3" });
    expect(last.text).toContain("Wat kan beter?");
    const again = await visitor.submit(last, { q4: " " });
    expect(again.status).toBe(400);
    expect(again.text).toContain("Wat kan beter?");
    expect((await visitor.submit(again, { q4: "De prijs" })).text).toContain("Uw antwoorden zijn ontvangen");
    expect((await recounted(poll)).questions.map(({ answered }) => answered)).toEqual([1, 1, 1, 1]);
  });

  test("what is answered beside the way counts for nothing, and who comes to the end by a rating is asked no more", async () => {
    const poll = await opened({ title: "Bier", questions });
    const beside = { q1: optionOf(poll, "q1", "Nee"), q2: 5, q3: 10, q4: "Niets" };
    expect((await app(poll, beside, "toestel-van-iemand")).status).toBe(201);
    expect((await recounted(poll)).questions.map(({ answered }) => answered)).toEqual([1, 0, 1, 0]);
  });

  test("never goes back or nowhere", async () => {
    const to = (to: string, answer: unknown[] = ["Nee"]) =>
      brewery.api("POST", "/v1/polls", {
        slug: "terug",
        questions: [questions[1], { ...questions[0], skip: [{ answer, to }] }, questions[1]],
      });
    for (const place of ["q1", "q2", "q4", "x"])
      expect(await to(place)).toEqual(refused(400, "invalid_input", "#/questions/1/skip/0/to"));
    expect(await to("q3", ["Misschien"])).toEqual(refused(400, "invalid_input", "#/questions/1/skip/0/answer"));
    expect(await to("end")).toMatchObject({ status: 201 });
  });
});

test('where one may answer in one\'s own words no option is called "other", which is what that answer is called', async () => {
  const options = [{ text: "Ja" }, { text: "other" }];
  const question = { kind: "multiple", text: "Nog een?", options };
  const ask = (slug: string, other: boolean) =>
    brewery.api("POST", "/v1/polls", {
      slug,
      questions: [
        { kind: "open", text: "Wat?" },
        { ...question, other },
      ],
    });
  expect(await ask("anders-een", true)).toEqual(refused(400, "invalid_input", "#/questions/1/options/1/text"));
  expect(await ask("anders-twee", false)).toMatchObject({ status: 201 });
});

describe("times and who sees what", () => {
  test("a poll with an opening time opens by itself, and tells nothing before", async () => {
    const poll = await opened({
      ...short,
      opensAt: later(world.now(), minutes(10)),
      closesAt: later(world.now(), minutes(20)),
    });
    expect(poll.status).toBe("planned");
    const early = await world.visitor().open(`/p/${poll.slug}`);
    expect(early.text).toContain("opent binnenkort");
    expect(early.text).not.toContain("Ster");
    expect((await world.http("GET", `/p/${poll.slug}`, { headers: json })).text).not.toContain("Ster");
    expect(await app(poll, { q1: optionOf(poll, "q1", "Zon") }, "toestel-van-iemand")).toEqual(
      refused(409, "poll_not_open"),
    );
    await world.advance("PT10M");
    expect((await app(poll, { q1: optionOf(poll, "q1", "Zon") }, "toestel-van-iemand")).status).toBe(201);
    const backwards = {
      ...short,
      slug: "x",
      opensAt: later(world.now(), minutes(9)),
      closesAt: later(world.now(), minutes(8)),
    };
    expect(await brewery.api("POST", "/v1/polls", backwards)).toEqual(refused(400, "invalid_input", "#/closesAt"));
  });

  test("hidden results are nobody's but the workspace's; `after` shows them to who has answered, and at the close to all", async () => {
    const hidden = await opened({ ...short, results: "hidden" });
    const after = await opened({ ...short, results: "after" });
    for (const poll of [hidden, after]) {
      expect(await world.http("GET", `/p/${poll.slug}/results`, { headers: json })).toEqual(
        refused(403, "results_hidden"),
      );
      const visitor = world.visitor();
      const page = await visitor.open(`/p/${poll.slug}`);
      expect(page.text).not.toContain("Bekijk de uitslag");
      const shown = await visitor.submit(page, { option: optionOf(poll, "q1", "Zon") });
      expect(shown.text).toContain("Uw antwoord: Zon");
      expect(shown.text.includes("<table")).toBe(poll === after);
    }
    for (const poll of [hidden, after]) await close(poll);
    expect((await world.visitor().open(`/p/${hidden.slug}/results`)).text).toContain("niet openbaar");
    expect((await world.visitor().open(`/p/${after.slug}/results`)).text).toContain("Einduitslag");
    expect((await resultOf(hidden)).total).toBe(1);
  });

  test("options in random order are the same for one visitor, also without cookies, and differ between visitors", async () => {
    // Of 16, no two visitors get the same order by chance.
    const many = Array.from({ length: 16 }, (_, i) => `Optie ${i}`);
    const poll = await opened({
      questions: [{ kind: "single", text: "Welke?", options: texts(...many), shuffle: true }],
    });
    const orderOf = (page: { forms: { choices: Record<string, string[]> }[] }) => page.forms[0]?.choices.option?.join();
    const visitor = world.visitor();
    expect(orderOf(await visitor.open(`/p/${poll.slug}`))).toBe(orderOf(await visitor.open(`/p/${poll.slug}`)));
    const orders = await Promise.all(
      Array.from({ length: 5 }, () => world.visitor().open(`/p/${poll.slug}`).then(orderOf)),
    );
    expect(new Set(orders).size).toBe(5);
    const without = world.visitor({ cookies: "off" });
    const page = await without.open(`/p/${poll.slug}`);
    expect(orderOf(await without.submit(page, { option: "" }))).toBe(orderOf(page));
  });
});

describe("one response a person", () => {
  test("by personal links: each person once, whichever of their links, and only by a link of this poll", async () => {
    const poll = await opened({ ...short, tier: "link" });
    const other = await opened({ ...short, tier: "link" });
    const Links = z.object({ items: z.array(z.object({ person: z.string(), url: z.string() })) });
    const linksOf = async (of: Told) =>
      (
        await brewery.api("POST", `/v1/polls/${of.id}/links`, {
          people: [{ person: "klant-1", segment: "stamgast" }, { person: "klant-2" }],
        })
      ).as(Links).items;
    const [one, two] = await linksOf(poll);
    const [sameOne] = await linksOf(poll);
    const [theirs] = await linksOf(other);
    const path = (url = "") => url.slice(world.url.length);
    expect((await world.visitor().open(`/p/${poll.slug}`)).text).toContain("eigen link");
    expect((await world.visitor().open(path(theirs?.url).replace(other.slug, poll.slug))).text).toContain("eigen link");
    const visitor = world.visitor();
    const shown = await visitor.submit(await visitor.open(path(one?.url)), { option: optionOf(poll, "q1", "Zon") });
    expect(shown.text).toContain("Uw antwoord: Zon");
    expect(shown.text).toContain("Eén antwoord per persoonlijke link");
    expect((await world.visitor().open(path(sameOne?.url))).text).toContain("U hebt al geantwoord");
    const t = new URL(two?.url ?? "").searchParams.get("t");
    const body = { answers: { q1: optionOf(poll, "q1", "Maan") } };
    expect(await world.http("POST", `/p/${poll.slug}`, { body })).toEqual(refused(410, "link_ended"));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => world.http("POST", `/p/${poll.slug}`, { body: { ...body, t } })),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await recounted(poll)).toMatchObject({ total: 2, tier: "link" });
    expect(
      await brewery.api("POST", `/v1/polls/${(await opened(short)).id}/links`, { people: [{ person: "x" }] }),
    ).toEqual(refused(400, "invalid_input", "#/people"));
  });

  test("by a mailed code: the address is proved before anything counts, once a person, and stands nowhere", async () => {
    const poll = await opened({ ...short, tier: "email" });
    const visitor = world.visitor();
    const page = await visitor.open(`/p/${poll.slug}`);
    const answer = { option: optionOf(poll, "q1", "Maan") };
    expect((await visitor.submit(page, { ...answer, email: "geen" })).text).toContain("Vul een mailadres in");
    const asks = await visitor.submit(page, { ...answer, email: "Liselotte+bier@example.nl" });
    expect(asks.status).toBe(202);
    await world.settle();
    expect((await recounted(poll)).total).toBe(0);
    const mail = world.mails.findLast(({ to }) => to.includes("liselotte+bier@example.nl"));
    const code = /[0-9a-z]{4}-[0-9a-z]{4}/.exec(mail?.text ?? "")?.[0] ?? "";
    const wrong = await visitor.submit(asks, { code: "0000-0000" });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain("Deze code klopt niet");
    const shown = await visitor.submit(wrong, { code: ` ${code.toUpperCase().replace("-", " ")}` });
    expect(shown.text).toContain("Uw antwoord: Maan");
    expect(shown.text).toContain("bevestigd met een code");
    expect((await visitor.open(`/p/${poll.slug}`)).text).toContain("U hebt al geantwoord");
    // The same person elsewhere, by an app; and another.
    const send = (email: string, more: object = {}) =>
      world.http("POST", `/p/${poll.slug}`, { body: { ...answer, email, ...more } });
    expect((await send("liselotte@example.nl")).body).toEqual({ status: "mailed" });
    await world.settle();
    const second = /[0-9a-z]{4}-[0-9a-z]{4}/.exec(
      world.mails.findLast(({ to }) => to.includes("liselotte@example.nl"))?.text ?? "",
    )?.[0];
    expect((await send("liselotte@example.nl", { code: second })).status).toBe(201);
    expect((await recounted(poll)).total).toBe(1);
    expect(await send("bram@example.nl", { code: second })).toEqual(refused(400, "invalid_input", "#/code"));
    const told = JSON.stringify([
      world.eventsOf(brewery.workspaceId),
      (await brewery.api("GET", `/v1/polls/${poll.id}/responses`)).body,
    ]);
    // An id may have four letters in a row by chance, but no i, l or o.
    expect(told).not.toMatch(/liselotte/i);
  });

  test("by a mailed code: a mailbox is mailed one in ten minutes, however its address is written", async () => {
    const poll = await opened({ ...short, tier: "email" });
    const before = world.mails.length;
    const written = ["an.na@gmail.com", "anna@gmail.com", "a.n.n.a@gmail.com", "anna+2@googlemail.com"];
    const send = (email: string, code?: string) =>
      world.http("POST", `/p/${poll.slug}`, { body: { option: optionOf(poll, "q1", "Maan"), email, code } });
    await Promise.all(written.map((email) => send(email)));
    await world.settle();
    const mailed = world.mails.slice(before);
    expect(mailed).toHaveLength(1);
    const code = /[0-9a-z]{4}-[0-9a-z]{4}/.exec(mailed[0]?.text ?? "")?.[0];
    for (const email of written) expect((await send(email, code)).status).toBe(201);
    expect((await recounted(poll)).total).toBe(1);
  });

  test("a response can be changed until the close where the poll says so, and is counted as it last stood", async () => {
    const poll = await opened({ ...short, changeable: true, closesAt: later(world.now(), minutes(10)) });
    const visitor = world.visitor();
    await visitor.submit(await visitor.open(`/p/${poll.slug}`), { option: optionOf(poll, "q1", "Zon") });
    const page = await visitor.open(`/p/${poll.slug}`);
    expect(page.text).toContain("Verander mijn antwoord");
    const form = await visitor.open(`/p/${poll.slug}?change=1`);
    expect(form.forms[0]?.fields.option).toBe(optionOf(poll, "q1", "Zon"));
    const changed = await visitor.submit(form, { option: optionOf(poll, "q1", "Ster") });
    expect(changed.text).toContain("Uw antwoord: Ster");
    await world.settle();
    const live = await resultOf(poll);
    expect(live).toMatchObject({ total: 1, options: [{ count: 0 }, { count: 0 }, { count: 1 }] });
    expect((await recounted(poll)).options).toEqual(live.options);
    const changes = world
      .eventsOf(brewery.workspaceId)
      .filter(({ type, detail }) => type === "response.changed" && detail.data.pollId === poll.id);
    expect(changes).toHaveLength(1);
    // Sent again it changes nothing more.
    await visitor.submit(form, { option: optionOf(poll, "q1", "Ster") });
    await world.advance("PT12M");
    expect(await app(poll, { q1: optionOf(poll, "q1", "Zon") }, "te-laat-toestel-1")).toEqual(
      refused(409, "poll_not_open"),
    );
    expect(await resultOf(poll)).toMatchObject({ total: 1, options: [{ count: 0 }, { count: 0 }, { count: 1 }] });
  });

  test("racing answers of one person, each another, are one response, and the tally is what the row says", async () => {
    const poll = await opened({ ...short, changeable: true });
    // Behind faults fewer: what loses after a fault gives nothing back to the store of retries (aws.ts), which here is one for
    // all functions. Once it is empty, each fault is an error.
    const racers = process.env.FAULTS ? 50 : 200;
    const racing = await Promise.all(
      Array.from({ length: racers }, (_, i) =>
        app(poll, { q1: optionOf(poll, "q1", ["Zon", "Maan", "Ster"][i % 3]!) }, "toestel-met-haast"),
      ),
    );
    // Who loses too often against oneself is told so, and nothing is half done.
    expect(racing.every(({ status }) => status === 201 || status === 409)).toBe(true);
    await world.settle();
    const live = await resultOf(poll);
    expect(live.total).toBe(1);
    expect((await recounted(poll)).options).toEqual(live.options);
  });
});

describe("links, screens and frames", () => {
  test("a link that answers shows one button: opening it, as scanners do, changes nothing", async () => {
    const poll = await opened(short);
    const path = `/p/${poll.slug}?answer=${optionOf(poll, "q1", "Maan")}&source=nieuwsbrief`;
    for (const method of ["GET", "HEAD"]) await world.http(method, path);
    expect((await recounted(poll)).total).toBe(0);
    const visitor = world.visitor();
    const page = await visitor.open(path);
    expect(page.text).toContain("Ja, verstuur: Maan");
    expect((await visitor.submit(page)).text).toContain("Uw antwoord: Maan");
    const stars = await opened({ questions: [{ kind: "rating", text: "Hoe was het?" }] });
    expect((await world.visitor().open(`/p/${stars.slug}?answer=4`)).text).toContain("Ja, verstuur: 4 sterren");
    expect((await world.visitor().open(`/p/${stars.slug}?answer=9`)).text).toContain("Geef 1 tot 5 sterren");
    const { items } = (await brewery.api("GET", `/v1/polls/${poll.id}/responses`)).as(PageOf(z.looseObject({})));
    expect(items).toMatchObject([{ source: "nieuwsbrief" }]);
  });

  test("a kiosk asks one after the other; a double click there is one, and its place is kept", async () => {
    const poll = await opened({ ...short, places: [{ code: "bar", name: "De bar" }] });
    const Kiosk = z.object({ url: z.string() });
    const { url } = (await brewery.api("POST", `/v1/polls/${poll.id}/kiosk`, { place: "bar" })).as(Kiosk);
    const path = url.slice(world.url.length);
    const screen = world.visitor();
    for (let i = 0; i < 3; i++) {
      const page = await screen.open(path);
      const [done] = await Promise.all([0, 1].map(() => screen.submit(page, { option: optionOf(poll, "q1", "Zon") })));
      expect(done?.text).toContain("Volgende");
      expect(done?.text).toContain('http-equiv="refresh"');
    }
    expect(screen.cookies()).toEqual({});
    expect((await recounted(poll)).total).toBe(3);
    const { items } = (await brewery.api("GET", `/v1/polls/${poll.id}/responses`)).as(PageOf(z.looseObject({})));
    expect(items).toMatchObject([1, 2, 3].map(() => ({ kiosk: true, place: "bar" })));
    expect(await brewery.api("POST", `/v1/polls/${poll.id}/kiosk`, { place: "keuken" })).toEqual(
      refused(400, "invalid_input", "#/place"),
    );
    // A screen's address that was made up is none.
    const fake = await world.visitor().open(`/p/${poll.slug}?kiosk=x`);
    expect(fake.setCookies).toHaveLength(1);
  });

  test("a frame is for the sites that the poll names, and its QR code says the place", async () => {
    const poll = await opened({
      ...short,
      embedOrigins: ["https://brouwerij.example"],
      places: [{ code: "bar", name: "De bar" }],
    });
    const page = await world.visitor().open(`/p/${poll.slug}?embed=1`);
    expect(page.headers["content-security-policy"]).toContain("frame-ancestors https://brouwerij.example");
    expect(
      (await world.visitor().open(`/p/${(await opened(short)).slug}`)).headers["content-security-policy"],
    ).toContain("frame-ancestors 'none'");
    for (const origin of ["https://brouwerij.example/pad", "http://brouwerij.example", "javascript:alert(1)"])
      expect(await brewery.api("POST", "/v1/polls", { slug: "x", ...short, embedOrigins: [origin] })).toEqual(
        refused(400, "invalid_input", "#/embedOrigins/0"),
      );
    const [plain, placed] = await Promise.all(
      ["", "?place=bar"].map((query) => world.http("GET", `/p/${poll.slug}/qr.svg${query}`)),
    );
    expect(placed?.text).not.toBe(plain?.text);
  });
});

describe("results by group", () => {
  const groupsOf = async (poll: Told, by: string) =>
    (await brewery.api("GET", `/v1/polls/${poll.id}/groups?by=${by}`)).as(
      z.object({
        total: z.number(),
        withheld: z.number(),
        groups: z.array(
          z.object({ name: z.string().nullable(), total: z.number(), questions: z.array(QuestionResult) }),
        ),
      }),
    );

  test("small groups are withheld, a single one with the next; leaving a group out says what that changes", async () => {
    const poll = await opened(short);
    const from = async (source: string | undefined, n: number, text: string) => {
      for (let i = 0; i < n; i++)
        await app(
          poll,
          { q1: optionOf(poll, "q1", text) },
          `toestel-${source}-nummer-${i}`,
          source === undefined ? {} : { source },
        );
    };
    await from("Instagram", 12, "Zon");
    await from("coaster", 8, "Maan");
    await from("tv", 6, "Maan");
    await from(undefined, 3, "Ster");
    const bySource = await groupsOf(poll, "source");
    expect(bySource.groups.map(({ name, total }) => [name, total])).toEqual([
      ["instagram", 12],
      ["coaster", 8],
    ]);
    expect(bySource).toMatchObject({ total: 29, withheld: 9 });
    expect((await groupsOf(poll, "q1")).groups.map(({ name }) => name)).toEqual(["Maan"]);
    const without = await brewery.api("GET", `/v1/polls/${poll.id}/results?without=source:instagram`);
    expect(without.body).toMatchObject({
      total: 17,
      difference: {
        group: "source:instagram",
        left: 12,
        moved: [{ what: optionOf(poll, "q1", "Zon"), without: 0 }, {}, {}],
      },
    });
    // The last would tell of the three that are withheld, by what is left of it without the two groups that are shown.
    for (const group of ["source:radio", "place:bar", "source:tv"])
      expect(await brewery.api("GET", `/v1/polls/${poll.id}/results?without=${group}`)).toEqual(
        refused(409, "group_too_small"),
      );
    expect(await brewery.api("GET", `/v1/polls/${poll.id}/groups?by=q9`)).toEqual(
      refused(400, "invalid_input", "query:by"),
    );
  });

  test("scripted responses of one network are shown as such, live to who recounts and at the close to all", async () => {
    const poll = await opened(short);
    const from = (address: string, i: number, text: string) =>
      world.http("POST", `/p/${poll.slug}`, {
        body: { answers: { q1: optionOf(poll, "q1", text) }, device: `toestel-${address.replaceAll(".", "-")}-${i}` },
        headers: world.throughCdn({ address }),
      });
    for (let i = 0; i < 40; i++) await from(`198.51.${i}.7`, i, "Zon");
    await Promise.all(Array.from({ length: 160 }, (_, i) => from(`203.0.113.${i}`, i, "Ster")));
    const { bursts = [], options } = await recounted(poll);
    expect(options[2]?.count).toBe(160);
    expect(bursts).toMatchObject([{ count: 160, share: 0.8, busiestMinute: 160 }]);
    const honest = (await brewery.api("GET", `/v1/polls/${poll.id}/results?without=network:${bursts[0]?.network}`)).as(
      ResultView,
    );
    expect(honest.options.map(({ count }) => count)).toEqual([40, 0, 0]);
    await close(poll);
    expect((await world.visitor().open(`/p/${poll.slug}/results`)).text).toContain(
      "160 van de 200 antwoorden kwamen van één netwerk",
    );
    expect(JSON.stringify(await brewery.api("GET", `/v1/polls/${poll.id}/responses?limit=100`))).not.toContain(
      "203.0.113",
    );
  });
});

test("who calls the gateway itself cannot invent a network for each response", async () => {
  const poll = await opened(short);
  const respond = (i: number) =>
    world.http("POST", `/p/${poll.slug}`, {
      body: { answers: { q1: optionOf(poll, "q1", "Zon") }, device: `verzonnen-toestel-${i}` },
      headers: { "x-viewer-address": `198.51.${i}.7`, ...(i % 2 ? { "x-cdn-key": "gegokt" } : {}) },
    });
  await Promise.all(Array.from({ length: 60 }, (_, i) => respond(i)));
  expect((await recounted(poll)).bursts).toMatchObject([{ count: 60, share: 1 }]);
});

describe("answers in one's own words", () => {
  const List = PageOf(
    z.object({
      responseId: z.string(),
      questionId: z.string(),
      text: z.string(),
      at: z.string(),
      tags: z.array(z.string()),
    }),
  );
  const questions = [{ kind: "open", text: "Wat brouwen we?" }];
  const nasty = [
    '<script>alert("x")</script><img src=x onerror=alert(1)>',
    "\u202eomgekeerd\u202c en \u2067rechts\u2069",
    "nul\u200bbreed\ufeff",
    "👩‍👩‍👧‍👦🏳️‍🌈 bier",
    '=HYPERLINK("http://x.example";"klik")',
    "regel 1\nregel 2\ttab",
    "  spaties  ",
  ];

  test("come back as they went in, and harm nothing", async () => {
    const poll = await opened({ questions });
    for (const [i, text] of nasty.entries())
      expect((await app(poll, { q1: text }, `toestel-van-iemand-${i}`)).status).toBe(201);
    const { items } = (await brewery.api("GET", `/v1/polls/${poll.id}/answers?question=q1&limit=100`)).as(List);
    expect(items.map(({ text }) => text).sort()).toEqual([...nasty].sort());
    const visitor = world.visitor();
    const long = await visitor.submit(await visitor.open(`/p/${poll.slug}`), { q1: `<b>${"x".repeat(102_400)}` });
    expect(long.status).toBe(400);
    expect(long.text).toContain("Dit antwoord is te lang");
    expect(long.text).toContain("&lt;b&gt;xxx");
    expect((await visitor.open(`/p/${poll.slug}/results`)).text).not.toContain("alert");
    const form = await visitor.open(`/p/${poll.slug}`);
    expect((await visitor.submit(form, { q1: "een\r\ntwee" })).status).toBe(200);
    const found = (await brewery.api("GET", `/v1/polls/${poll.id}/answers?question=q1&search=een`)).as(List).items;
    expect(found.map(({ text }) => text)).toContain("een\ntwee");
  });

  test("of 100 KB are kept beside their rows: read back byte for byte, found, tagged, exported, and changed", async () => {
    const poll = await opened({ questions, changeable: true });
    const all = nasty
      .map((text) => text + "🍺 met \u200b<b>honing</b> \u202e".repeat(5000))
      .map((text) => {
        const bytes = Buffer.from(text).subarray(0, 102_396).toString();
        return `${bytes.replace(/\ufffd+$/, "")} \u200f`;
      });
    for (const [i, text] of all.entries()) {
      expect(Buffer.byteLength(text)).toBeGreaterThan(102_000);
      expect((await app(poll, { q1: text }, `toestel-van-iemand-${i}`)).status).toBe(201);
    }
    // Once more the same, and once another: one person is one response, and what stands no more is kept no more.
    expect((await app(poll, { q1: all[0] }, "toestel-van-iemand-0")).status).toBe(201);
    const other = `Toch liever ${"water ".repeat(1000)}`;
    expect((await app(poll, { q1: other }, "toestel-van-iemand-1")).status).toBe(201);
    const now = [...all.filter((_, i) => i !== 1), other].toSorted();
    const read = async (query: string) =>
      (await brewery.api("GET", `/v1/polls/${poll.id}/answers?question=q1&limit=100${query}`)).as(List).items;
    expect((await read("")).map(({ text }) => text).toSorted()).toEqual(now);
    expect(await read("&search=liever water")).toMatchObject([{ text: other }]);
    expect((await brewery.api("GET", `/v1/polls/${poll.id}/words?question=q1`)).body).toMatchObject({
      answers: all.length,
      words: expect.arrayContaining([{ word: "honing", answers: all.length - 1 }]),
    });
    const rows = await brewery.api("GET", `/v1/polls/${poll.id}/responses?limit=100`);
    expect(rows.text.includes("Toch liever water")).toBe(true);
    expect((await recounted(poll)).total).toBe(all.length);
    expect((await world.visitor().open(`/p/${poll.slug}/results`)).text.length).toBeLessThan(50_000);
    // Whoever changes theirs gets it back as it was, harmless.
    const visitor = world.visitor();
    await visitor.submit(await visitor.open(`/p/${poll.slug}`), {
      q1: `</textarea><script>1</script>${"a".repeat(3000)}`,
    });
    const form = await visitor.open(`/p/${poll.slug}?change=1`);
    expect(form.text).toContain("&lt;/textarea&gt;&lt;script&gt;1&lt;/script&gt;aaa");
  });

  test("are in a table for spreadsheets, where none of them is a formula", async () => {
    const poll = await opened({
      title: "Bier",
      questions: [...questions, { kind: "single", text: "Welk?", options: short.options }],
    });
    expect((await app(poll, { q1: nasty[4], q2: optionOf(poll, "q2", "Zon") }, "toestel-van-iemand")).status).toBe(201);
    const asked = await brewery.api("POST", "/v1/exports", { csv: { table: "responses", pollId: poll.id } });
    const { id } = asked.as(z.object({ id: z.string() }));
    await world.settle();
    const Export = z.object({ parts: z.array(z.object({ url: z.string() })) });
    const { parts } = (await brewery.api("GET", `/v1/exports/${id}`)).as(Export);
    const csv = await (await fetch(parts[0]?.url ?? "")).text();
    expect(csv).toContain("response,at,changed_at,source,place,segment,network,kiosk,q1,q2,");
    expect(csv).toContain(`"'=HYPERLINK(""http://x.example"";""klik"")",Zon,`);
  });

  test("are found by what is in them and by tag, and their words are counted in Dutch and English", async () => {
    const poll = await opened({ questions });
    const all = [
      "Een bock met honing",
      "Graag een BÓCK, in de herfst",
      "The label of the bock",
      "Honing, honing, honing!",
    ];
    for (const [i, q1] of all.entries()) await app(poll, { q1 }, `toestel-van-iemand-${i}`);
    const answers = async (query: string) =>
      (await brewery.api("GET", `/v1/polls/${poll.id}/answers?question=q1${query}`)).as(List).items;
    expect((await answers("&search=bock")).map(({ text }) => text).sort()).toEqual(all.slice(0, 3).sort());
    const [honey] = await answers("&search=met%20honing");
    const tag = (body: object) => brewery.api("PUT", `/v1/polls/${poll.id}/tags`, body);
    const { responseId = "" } = honey ?? {};
    expect((await tag({ responseId, questionId: "q1", tags: ["zoet", "herfst"] })).status).toBe(200);
    expect(await answers("&tag=zoet")).toMatchObject([{ text: all[0], tags: ["zoet", "herfst"] }]);
    await tag({ responseId, questionId: "q1", tags: [] });
    expect(await answers("&tag=zoet")).toEqual([]);
    // Where another question takes "other, namely" too, the one in words is meant.
    const choice = { kind: "single", text: "Welk etiket?", options: [{ text: "Zon" }, { text: "Maan" }], other: true };
    const both = await opened({ questions: [choice, ...questions] });
    await app(both, { q1: optionOf(both, "q1", "Zon"), q2: "Honing" }, "toestel-van-iemand-1");
    expect((await brewery.api("GET", `/v1/polls/${both.id}/words`)).body).toMatchObject({ answers: 1 });
    expect((await brewery.api("GET", `/v1/polls/${poll.id}/words?question=q1`)).body).toEqual({
      answers: 4,
      words: [
        { word: "bock", answers: 2 },
        { word: "honing", answers: 2 },
      ],
    });
    expect(await brewery.api("GET", `/v1/polls/${(await opened(short)).id}/words?question=q1`)).toEqual(
      refused(400, "invalid_input", "query:question"),
    );
  });
});

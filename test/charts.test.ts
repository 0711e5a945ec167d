import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { histogram } from "../functions/charts/histogram.ts";
import { paletted } from "../functions/charts/png.ts";
import { look } from "../functions/media/look.ts";
import { opinionGroups } from "../functions/polls/opinions.ts";
import { QuestionResult, ResultView } from "../functions/polls/result.ts";
import { groupConsensus, quantileOfCounts } from "../functions/polls/statistics.ts";
import { PollView } from "../functions/polls/view.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// What people answered as pictures, and who thinks alike.

const texts = (...all: string[]) => all.map((text) => ({ text }));

describe("groups that think alike", () => {
  const House = z.object({ republican: z.array(z.string()), democrat: z.array(z.string()) });
  const counted = (all: readonly string[]) => {
    const ballots = new Map<string, number>();
    for (const ballot of all) ballots.set(ballot, (ballots.get(ballot) ?? 0) + 1);
    return ballots;
  };

  test("the House of Representatives of 1984 falls apart into its two parties (UCI, Congressional Voting Records)", () => {
    const file = readFileSync(new URL("vectors/house-votes-84.json", import.meta.url), "utf8");
    const { republican, democrat } = House.parse(JSON.parse(file));
    expect([republican.length, democrat.length]).toEqual([168, 267]);
    const found = opinionGroups(counted([...republican, ...democrat]), 16);
    expect(found?.groups).toHaveLength(2);
    const partOf = (party: readonly string[], group: number) =>
      party.filter((ballot) => found?.groupOf(ballot) === group).length / party.length;
    expect(partOf(democrat, 0)).toBeGreaterThan(0.8);
    expect(partOf(republican, 1)).toBeGreaterThan(0.85);
    // The physician fee freeze divides them most, the water project least: both parties were split over it.
    const agreed = (group: number, vote: number) => {
      const [agree, disagree] = found?.groups[group]?.votes[vote] ?? [0, 0];
      return agree / (agree + disagree);
    };
    expect(agreed(1, 3) - agreed(0, 3)).toBeGreaterThan(0.75);
    expect(Math.abs(agreed(1, 1) - agreed(0, 1))).toBeLessThan(0.2);
  });

  test("where all think alike, or only a few differ, there are none; the order of the votes makes no difference", () => {
    expect(opinionGroups(counted(Array.from({ length: 100 }, () => "aad")), 3)).toBeUndefined();
    const few = [...Array.from({ length: 100 }, () => "aad"), ...Array.from({ length: 4 }, () => "dda")];
    expect(opinionGroups(counted(few), 3)).toBeUndefined();
    const two = [...Array.from({ length: 60 }, () => "aad"), ...Array.from({ length: 40 }, () => "dda")];
    const one = opinionGroups(counted(two), 3);
    expect(one?.groups.map(({ total }) => total)).toEqual([60, 40]);
    expect(opinionGroups(counted(two.toReversed()), 3)?.groups).toEqual(one?.groups);
    // A statement that all agree with is theirs together; one that divides them is not.
    const votes = (statement: number) =>
      (one?.groups ?? []).map((group) => {
        const [agree, disagree, pass] = group.votes[statement]!;
        return { agree, disagree, pass };
      });
    expect(groupConsensus(votes(0))).toBeLessThan(0.05);
  });

  test("the quartiles of counted values are those of the values (type 7)", () => {
    // 1 1 2 2 2 3 4 4 5 5: at places 2.25, 4.5 and 6.75, counted from none.
    const counts = [
      [1, 2],
      [2, 3],
      [3, 1],
      [4, 2],
      [5, 2],
    ] as const;
    expect([0.25, 0.5, 0.75].map((share) => quantileOfCounts(counts, share))).toEqual([2, 2.5, 4]);
    expect(quantileOfCounts([[1, 0]], 0.5)).toBeNaN();
  });
});

describe("the drawings", () => {
  test("a picture of few colours keeps each pixel, and one of too many keeps them nearly", () => {
    const read = (bytes: Uint8Array) => {
      const file = Buffer.from(bytes);
      const at = (type: string) => file.indexOf(type, 0, "latin1");
      const content = (type: string) => file.subarray(at(type) + 4, at(type) + 4 + file.readUInt32BE(at(type) - 4));
      return { palette: content("PLTE"), rows: inflateSync(content("IDAT")), seen: look(file) };
    };
    const few = {
      width: 2,
      height: 2,
      rgba: Uint8Array.from([255, 255, 255, 255, 1, 2, 3, 255, 1, 2, 3, 255, 9, 9, 9, 255]),
    };
    const small = read(paletted(few));
    expect(small.seen).toEqual({ type: "image/png", width: 2, height: 2 });
    expect([...small.rows]).toEqual([0, 0, 1, 0, 1, 2]);
    expect([...small.palette]).toEqual([255, 255, 255, 1, 2, 3, 9, 9, 9]);
    const many = { width: 64, height: 64, rgba: Uint8Array.from({ length: 64 * 64 * 4 }, (_, i) => (i * 7919) % 256) };
    expect(read(paletted(many)).palette.length).toBeLessThanOrEqual(3 * 256);
  });

  test("a histogram shows from the first to the last number, also where only the truth lies", () => {
    const columns = Array.from({ length: 10 }, (_, i) => ({ from: i * 10, to: i * 10 + 10, count: i === 2 ? 5 : 0 }));
    const drawn = histogram(
      { columns, marks: [{ look: "truth", value: 45, said: "Waar: 45" }], number: String },
      "#123456",
    );
    expect(drawn.markup).toContain("Waar: 45");
    for (const shown of [">20<", ">40<"]) expect(drawn.markup).toContain(shown);
    expect(drawn.markup).not.toContain(">60<");
  });
});

// From here on through the front door.

let world: World;
let brewery: Workspace;
beforeAll(async () => {
  world = await openWorld();
  brewery = await world.workspace("Brouwerij Maan");
});
afterAll(() => world?.close());

const questions = [
  { kind: "single", text: "Welk etiket?", options: texts("De <zon> & meer", "De maan 🌙"), other: true },
  { kind: "multiple", text: "Wat eet u erbij?", options: texts("Kaas", "Noten", "Niets"), max: 2 },
  { kind: "rating", text: "Hoe smaakt het?" },
  { kind: "rating", text: "Raadt u ons aan?", scale: "nps" },
  { kind: "ranking", text: "Welke stijl eerst?", options: texts("Bock", "Tripel", "IPA") },
  { kind: "estimate", text: "Hoeveel flessen?", unit: "flessen", min: 0, max: 1000 },
  { kind: "open", text: "Wat moeten we brouwen?", required: false },
  {
    kind: "statements",
    text: "Eens of oneens?",
    statements: texts("Bier hoort in glas", "Blik is beter", "Wij zijn het eens"),
  },
];
type Told = z.infer<typeof PollView>;
let made = 0;
const opened = async (more: object): Promise<Told> => {
  const { id } = (await brewery.api("POST", "/v1/polls", { slug: `grafiek-${++made}`, ...more })).as(PollView);
  return (await brewery.api("POST", `/v1/polls/${id}/open`)).as(PollView);
};
const app = (poll: Told, answers: object, n: number) =>
  world.http("POST", `/p/${poll.slug}`, { body: { answers, device: `toestel-van-iemand-${n}` } });
const idsOf = (poll: Told, q: number) =>
  (poll.questions[q]?.options ?? poll.questions[q]?.statements ?? []).map(({ id }) => id);
const close = async ({ id }: Told) => {
  await brewery.api("POST", `/v1/polls/${id}/close`);
  await world.advance("PT2M");
};
const Problem = z.looseObject({ code: z.string() });

test("every question that is not answered in words has its chart, as SVG, as PNG and in numbers, in Dutch and English", async () => {
  const poll = await opened({ title: "Peiling van de week", questions });
  const [glass = "", can = "", alike = ""] = idsOf(poll, 7);
  for (let n = 0; n < 24; n++)
    await app(
      poll,
      {
        q1: idsOf(poll, 0)[n % 2],
        q2: idsOf(poll, 1).slice(0, 1 + (n % 2)),
        ...{ q3: 3 + (n % 3), q4: n % 11, q6: 300 + n * 10 },
        q5: n % 3 ? idsOf(poll, 4) : idsOf(poll, 4).toReversed(),
        q8: { [glass]: n % 3 ? "agree" : "disagree", [can]: n % 3 ? "disagree" : "agree", [alike]: "agree" },
      },
      n,
    );
  await close(poll);
  await brewery.api("PUT", `/v1/polls/${poll.id}/truth`, { questionId: "q6", value: 512 });

  for (const id of ["q1", "q2", "q3", "q4", "q5", "q6", "q8"]) {
    const svg = await world.http("GET", `/p/${poll.slug}/results/${id}.svg`);
    expect(svg).toMatchObject({ status: 200, headers: { "content-type": "image/svg+xml; charset=utf-8" } });
    expect(svg.text).toContain("24 antwoorden");
    expect(svg.text).toContain("Brouwerij Maan");
    const english = await world.http("GET", `/p/${poll.slug}/results/${id}.svg?lang=en`);
    expect(english.text).toContain("24 answers");
    const png = await fetch(`${world.url}/p/${poll.slug}/results/${id}.png`);
    const bytes = new Uint8Array(await png.arrayBuffer());
    expect(bytes.length).toBeLessThan(300_000);
    expect(look(bytes)).toMatchObject({ type: "image/png", width: 1080 });
    const told = await world.http("GET", `/p/${poll.slug}/results/${id}.json`);
    expect(told.as(QuestionResult)).toMatchObject({ id, answered: 24 });
    expect(told.text).toContain("alt");
  }
  // What a marketer writes is harmless in a drawing too.
  const { text } = await world.http("GET", `/p/${poll.slug}/results/q1.svg`);
  expect(text).toContain("De &lt;zon&gt; &amp; meer");
  // Agreed and disagreed differ by their pattern.
  const groups = (await world.http("GET", `/p/${poll.slug}/results/q8.svg`)).text;
  for (const seen of [
    "url(#lines)",
    "Wat de groepen delen",
    "Waar de groepen verschillen",
    "Groep A (16)",
    "Groep B (8)",
  ])
    expect(groups).toContain(seen);
  const page = await world.visitor().open(`/p/${poll.slug}/results`);
  expect(page.text).toContain("Groepen die hetzelfde denken");
  expect(page.text).toContain(`src="/p/${poll.slug}/results/q6.svg"`);
  expect((await world.http("GET", `/p/${poll.slug}/results/q6.svg`)).text).toContain("Werkelijke waarde: 512 flessen");
  const result = (await brewery.api("GET", `/v1/polls/${poll.id}/results`)).as(ResultView);
  expect(result.questions[7]?.opinionGroups).toMatchObject([
    { name: "A", total: 16 },
    { name: "B", total: 8 },
  ]);
  expect(result.questions[7]?.statements?.map(({ divide }) => divide)).toEqual([1, 1, 0]);
  for (const none of ["q7.svg", "q9.svg", "q1.gif", "q11.svg", "x"])
    expect((await world.http("GET", `/p/${poll.slug}/results/${none}`)).status).toBe(404);
});

test("a chart is shown to who may see the results, and to nobody else", async () => {
  const short = { question: "Welk etiket?", options: texts("Zon", "Maan") };
  const chart = (poll: Told) =>
    world.http("GET", `/p/${poll.slug}/results/q1.json`, { headers: { accept: "application/json" } });
  const hidden = await opened({ ...short, results: "hidden" });
  expect((await chart(hidden)).as(Problem).code).toBe("results_hidden");
  const live = await opened({ ...short, results: "live" });
  expect(await chart(live)).toMatchObject({ status: 200, headers: { "cache-control": "public, max-age=5" } });

  const after = await opened({ ...short, results: "after" });
  expect((await chart(after)).status).toBe(403);
  const visitor = world.visitor();
  const page = await visitor.open(`/p/${after.slug}`);
  await visitor.submit(page, { option: idsOf(after, 0)[0]! });
  const cookie = Object.entries(visitor.cookies())
    .map(([name, value]) => `${name}=${value}`)
    .join("; ");
  const mine = await world.http("GET", `/p/${after.slug}/results/q1.svg`, { headers: { cookie } });
  // Nobody keeps it for others.
  expect(mine).toMatchObject({ status: 200, headers: { "cache-control": "no-store" } });
  await close(after);
  expect((await chart(after)).status).toBe(200);
  await close(hidden);
  expect((await chart(hidden)).status).toBe(403);
});

test("a result becomes a draft post with its chart as a picture, once, however often it is asked for", async () => {
  const poll = await opened({ question: "Welk etiket wordt het?", options: texts("Zon", "Maan") });
  const [sun = "", moon = ""] = idsOf(poll, 0);
  for (let n = 0; n < 4; n++) await app(poll, { q1: n === 0 ? moon : sun }, n);
  const path = `/v1/polls/${poll.id}/results/post`;
  expect((await brewery.api("POST", path, {})).as(Problem).code).toBe("poll_not_closed");
  await close(poll);
  const Made = z.object({
    postId: z.string(),
    state: z.string(),
    text: z.string(),
    chart: z.object({ mediaId: z.string(), url: z.string(), alt: z.string() }),
  });
  const racing = await Promise.all(Array.from({ length: 3 }, () => brewery.api("POST", path, {})));
  const answers = racing.filter(({ status }) => status === 200);
  expect(answers.length).toBeGreaterThan(0);
  const first = answers[0]!.as(Made);
  const again = (await brewery.api("POST", path, {})).as(Made);
  expect(again).toEqual(first);
  expect(first.text).toContain("Zon wint, met 75% van de stemmen.");
  expect(first.text).toContain(`${world.url}/p/${poll.slug}/results`);
  expect(first.chart.alt).toContain("Zon: 75% (3); Maan: 25% (1)");
  const post = await brewery.api("GET", `/v1/posts/${first.postId}`);
  // Its id says when, as that of any post: lists are in that order.
  const { createdAt } = post.as(z.object({ createdAt: z.string() }));
  expect(Date.parse(world.now()) - Date.parse(createdAt)).toBeLessThan(60_000);
  const { mediaId, alt } = first.chart;
  expect(post.body).toMatchObject({ state: "draft", text: first.text, media: [{ mediaId, alt }] });
  const file = await fetch(first.chart.url);
  expect(file.headers.get("content-type")).toBe("image/png");
  const bytes = new Uint8Array(await file.arrayBuffer());
  expect(bytes.length).toBeLessThan(300_000);
  const media = await brewery.api("GET", `/v1/media/${first.chart.mediaId}`);
  expect(media.body).toMatchObject({ status: "published", alt: first.chart.alt, width: 1080, bytes: bytes.length });
  await world.settle();
  const drafted = world
    .eventsOf(brewery.workspaceId)
    .filter(({ type }) => type === "post.drafted" || type === "media.published");
  expect(drafted.map(({ type }) => type).sort()).toEqual(["media.published", "post.drafted"]);

  await brewery.api("DELETE", `/v1/posts/${first.postId}`);
  expect((await brewery.api("POST", path, {})).as(Made)).toMatchObject({ postId: first.postId, state: "removed" });
  const wrong = await brewery.api("POST", path, { question: "q2" });
  expect(wrong.body).toMatchObject({ code: "invalid_input", errors: [{ pointer: "#/question" }] });
});

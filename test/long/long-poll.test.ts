import { afterAll, beforeAll, expect, test } from "vitest";
import { ResultView } from "../../functions/polls/result.ts";
import { PollView } from "../../functions/polls/view.ts";
import { openWorld, type World } from "../world.ts";

// A poll that asks more than one item of a write unit can count, to which more people respond than a page reads.

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const crowd = 5_001;
const fewEnough = 5_000;

test("a long poll shows all while few respond, then what is counted live and what is not yet, and all at the close", async () => {
  const brewery = await world.workspace("Brouwerij Maan");
  const texts = (...all: string[]) => all.map((text) => ({ text }));
  const styles = ["Bock", "Tripel", "IPA", "Stout", "Saison", "Pils", "Gose", "Weizen"];
  const questions = [
    { kind: "single", text: "Welk etiket?", options: texts("Zon", "Maan", "Ster") },
    { kind: "ranking", text: "Welke stijl eerst?", options: texts(...styles) },
    { kind: "rating", text: "Hoe smaakt het?" },
  ];
  const asked = { slug: "lang", title: "Lange peiling", questions };
  const { id } = (await brewery.api("POST", "/v1/polls", asked)).as(PollView);
  const poll = (await brewery.api("POST", `/v1/polls/${id}/open`)).as(PollView);
  const [labels = [], ranked = []] = poll.questions.map(({ options = [] }) => options.map((option) => option.id));
  const respond = async (n: number): Promise<void> => {
    const turn = n % ranked.length;
    const q2 = [...ranked.slice(turn), ...ranked.slice(0, turn)];
    const answers = { q1: labels[n % 3], q2, q3: 1 + (n % 5) };
    const body = { answers, device: `toestel-van-iemand-${n}` };
    expect((await world.http("POST", "/p/lang", { body })).status).toBe(201);
  };
  let next = 0;
  const until = async (end: number): Promise<void> => {
    const work = async () => {
      while (next < end) await respond(next++);
    };
    await Promise.all(Array.from({ length: 40 }, work));
    await world.settle();
    await world.advance("PT40S");
  };
  const json = { accept: "application/json" };
  const shown = async () => (await world.http("GET", "/p/lang/results", { headers: json })).as(ResultView);
  const page = async (): Promise<string> => (await world.visitor().open("/p/lang/results")).text;
  const chart = (question: string) => world.http("GET", `/p/lang/results/${question}.svg`);

  await until(fewEnough);
  expect(await shown()).toMatchObject({ total: fewEnough, counted: "rows" });
  expect((await shown()).questions.map(({ answered, later }) => [answered, later])).toEqual(
    questions.map(() => [fewEnough, undefined]),
  );
  expect(await page()).not.toContain("Deze vraag wordt geteld als de peiling sluit");

  await until(crowd);
  const live = await shown();
  expect(live).toMatchObject({ total: crowd, counted: "tally", options: [{ count: 1667 }, { count: 1667 }, {}] });
  expect(live.questions.map(({ later }) => later)).toEqual([undefined, true, undefined]);
  expect(live.questions[2]?.values?.map(({ count }) => count)).toEqual([1001, 1000, 1000, 1000, 1000]);
  const told = await page();
  expect(told.split("Deze vraag wordt geteld als de peiling sluit")).toHaveLength(2);
  expect(told).toContain("5.001 antwoorden");
  expect((await chart("q1")).status).toBe(200);
  expect((await chart("q2")).status).toBe(403);

  // The workspace has it counted from the rows, exactly, and everybody at the close.
  const exact = (await brewery.api("GET", `/v1/polls/${poll.id}/results`)).as(ResultView);
  expect(exact).toMatchObject({ total: crowd, counted: "rows" });
  expect(exact.questions[0]).toEqual(live.questions[0]);
  expect(exact.questions[2]).toEqual(live.questions[2]);
  const points = exact.questions[1]?.ranking?.reduce((sum, of) => sum + of.points, 0);
  expect(points).toBe((crowd * 8 * 7) / 2);
  await brewery.api("POST", `/v1/polls/${poll.id}/close`);
  await world.advance("PT2M");
  expect((await shown()).questions).toEqual(exact.questions);
  expect(await page()).toContain("Einduitslag");
  expect((await chart("q2")).status).toBe(200);
});

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type * as z from "zod";
import { milliseconds } from "../../functions/platform/clock.ts";
import { Difference } from "../../functions/polls/groups.ts";
import { handler as pollPages } from "../../functions/polls/page.ts";
import type { Asked } from "../../functions/polls/poll.ts";
import { recount } from "../../functions/polls/recount.ts";
import { ResultView } from "../../functions/polls/result.ts";
import { findPoll, runningCounts } from "../../functions/polls/table.ts";
import { PollView } from "../../functions/polls/view.ts";
import { openWorld, type Workspace, type World } from "../world.ts";

// What a poll promises of its responses, with many of them, through the routes and DynamoDB Local. SHARE=0.1 does a tenth of it.

vi.setConfig({ testTimeout: 7_200_000 });
const share = Number(process.env.SHARE ?? 1);

let world: World;
let brewery: Workspace;
beforeAll(async () => {
  // A line for each request would be most of the work.
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  world = await openWorld();
  brewery = await world.workspace("Brouwerij Maan");
});
afterAll(() => world?.close());

const texts = (...all: string[]) => all.map((text) => ({ text }));
type Told = z.infer<typeof PollView>;
const opened = async (more: object): Promise<Told> => {
  const { id } = (await brewery.api("POST", "/v1/polls", more)).as(PollView);
  return (await brewery.api("POST", `/v1/polls/${id}/open`)).as(PollView);
};
const asked = async ({ id }: Told): Promise<Asked> => {
  const poll = await findPoll(brewery.workspaceId, id, world.now());
  if (!poll || poll.status === "draft") throw new Error("It has not opened.");
  return poll;
};

/** A response as the gateway hands it to the function. */
const respond = async (poll: Told, body: object, sourceIp: string): Promise<number> => {
  const answer = await pollPages(
    {
      version: "2.0",
      routeKey: "POST /p/{slug}",
      rawPath: `/p/${poll.slug}`,
      rawQueryString: "",
      headers: { "content-type": "application/json" },
      pathParameters: { slug: poll.slug },
      body: JSON.stringify(body),
      isBase64Encoded: false,
      requestContext: { requestId: "r", timeEpoch: milliseconds(world.now()), http: { method: "POST", sourceIp } },
    } as unknown as Parameters<typeof pollPages>[0],
    { awsRequestId: "r" } as unknown as Parameters<typeof pollPages>[1],
  );
  return answer.statusCode ?? 0;
};
/** So many at once. */
const inTurns = async (n: number, one: (i: number) => Promise<unknown>): Promise<void> => {
  let next = 0;
  const work = async () => {
    while (next < n) await one(next++);
  };
  await Promise.all(Array.from({ length: 32 }, work));
};
const ids = (poll: Told, q: number) => (poll.questions[q]?.options ?? []).map(({ id }) => id);
const named = (counts: Record<string, number>[]) =>
  counts.map((of) => Object.fromEntries(Object.entries(of).filter(([, n]) => n !== 0)));

test("a hundred thousand responses through DynamoDB Local: the tally is the recount at every checkpoint, a write unit each", async () => {
  const poll = await opened({
    slug: "honderdduizend",
    changeable: true,
    questions: [
      { kind: "single", text: "Welk etiket?", options: texts("Zon", "Maan", "Ster", "Komeet") },
      { kind: "rating", text: "Hoe smaakt het?" },
      { kind: "ranking", text: "Welke stijl?", options: texts("Bock", "Tripel", "IPA") },
    ],
  });
  const stands = await asked(poll);
  const [labels, styles] = [ids(poll, 0), ids(poll, 2)];
  const all = Math.ceil(100_000 * share);
  const checkpoints = 10;
  const before = world.units().length;
  for (let checkpoint = 0; checkpoint < checkpoints; checkpoint++) {
    const from = Math.floor((all * checkpoint) / checkpoints);
    const to = Math.floor((all * (checkpoint + 1)) / checkpoints);
    await inTurns(to - from, async (i) => {
      const n = from + i;
      const answers = { q1: labels[n % 4], q2: 1 + (n % 5), q3: n % 2 ? styles : styles.toReversed() };
      const device = `toestel-van-iemand-${n}`;
      const address = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
      expect(await respond(poll, { answers, device }, address)).toBe(201);
      // A request that is sent again, and a mind that is changed.
      if (n % 20 === 0) await respond(poll, { answers, device }, address);
      if (n % 50 === 1) await respond(poll, { answers: { ...answers, q2: 5 }, device }, address);
    });
    await world.settle();
    const counts = named(await runningCounts(stands, world.now()));
    expect(counts, `checkpoint ${checkpoint}`).toEqual(named((await recount(stands, world.now())).counts));
    expect(counts[0]?.n).toBe(to);
  }
  const writes = world.units().slice(before);
  const responses = writes.filter(({ kind, applied }) => kind === "response" && applied);
  expect(new Set(responses.map(({ units }) => units))).toEqual(new Set([1]));
  const counting = writes.filter(({ kind }) => kind === "tally").reduce((sum, { units }) => sum + units, 0);
  console.log(
    `${responses.length} writes of ${all} responses; counting took ${(counting / all).toFixed(4)} units each`,
  );
});

test("ten thousand scripted responses of one prefix do not move the result unnoticed, and those of one device are one", async () => {
  const poll = await opened({ slug: "namaak", question: "Welk etiket?", options: texts("Zon", "Maan") });
  const [sun = "", moon = ""] = ids(poll, 0);
  const [people, scripted] = [Math.ceil(8_000 * share), Math.ceil(10_000 * share)];
  await inTurns(people, (n) =>
    respond(
      poll,
      { option: n % 4 === 0 ? moon : sun, device: `toestel-van-iemand-${n}` },
      `198.${18 + (n % 2)}.${n % 251}.${n % 200}`,
    ),
  );
  // Each with a device of its own, from one IPv6 prefix; and then one device again and again.
  await inTurns(scripted, (n) =>
    respond(poll, { option: moon, device: `script-met-een-nummer-${n}` }, `2001:db8:7:${(n % 65_536).toString(16)}::1`),
  );
  await inTurns(scripted, () => respond(poll, { option: moon, device: "steeds-hetzelfde-toestel" }, "203.0.113.9"));
  await world.settle();

  const result = (query: string) => brewery.api("GET", `/v1/polls/${poll.id}/results${query}`);
  const counted = (await result("?recount=true")).as(ResultView);
  expect(counted.total).toBe(people + scripted + 1);
  const [burst] = counted.bursts ?? [];
  expect(burst).toMatchObject({ count: scripted });
  expect(burst?.share).toBeGreaterThan(0.5);
  const without = (await result(`?without=network:${burst?.network}`)).as(
    ResultView.extend({ difference: Difference }),
  );
  expect(without.total).toBe(people + 1);
  expect(without.difference.left).toBe(scripted);
  const [first] = without.difference.moved.filter(({ what }) => what === sun);
  // As they answered: three of four.
  expect(first?.without).toBeCloseTo(0.75, 2);
  expect(first?.all).toBeLessThan(0.4);
  // Once it is counted, everybody reads it.
  await brewery.api("POST", `/v1/polls/${poll.id}/close`);
  await world.advance("PT2M");
  expect((await world.visitor().open(`/p/${poll.slug}/results`)).text).toContain("kwamen van één netwerk");
});

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { minutes, seconds } from "../../functions/platform/clock.ts";
import { noFaults, type Rate, type Simulator, simulator } from "../faults/simulator.ts";
import { standInFor } from "../faults/stand-ins.ts";

// 10,000 posts of fifty accounts, all due in one minute, sent by the shipped code on the simulated machine: SQS and Lambda grow as AWS
// says that they do, and every network counts what it takes of an account. SHARE: a part of the accounts and of their posts.

let current: Simulator | undefined;
const simulating = (): Simulator => {
  if (!current) throw new Error("Nothing is simulated.");
  return current;
};

vi.mock("node:timers/promises", async (original) => {
  const real = await original<typeof import("node:timers/promises")>();
  return { ...real, setTimeout: (ms?: number) => simulating().pause(ms ?? 0) };
});
vi.mock("node:crypto", async (original) => {
  const real = await original<typeof import("node:crypto")>();
  return { ...real, randomInt: (most: number) => simulating().random.below(most) };
});
beforeAll(() => standInFor(simulating));
afterAll(() => {
  vi.restoreAllMocks();
});

const share = Number(process.env.SHARE ?? 1);
const accounts = Math.ceil(50 * share);
const each = 200;

/** Half of them have room; the others take in each half minute a tenth less than what is planned in it. */
const roomy: Rate = { most: 300, perMs: minutes(1) };
const tight: Rate = { most: 90, perMs: seconds(30) };

test(`${accounts * each} posts that are due in one minute leave within 60 s of their times, each once, and no account is sent more than it takes`, {
  timeout: 600_000,
}, async () => {
  const rates = Array.from({ length: accounts }, (_, i) => (i % 2 === 0 ? roomy : tight));
  current = simulator({ seed: 1, faults: noFaults, rates });
  await current.ready();
  const ids = await current.plan(accounts * each, "in turn", minutes(1));
  const from = current.now() + seconds(60);
  await current.run(from + minutes(4));
  expect(current.verdict(ids)).toEqual({ violations: [], states: { "A published": accounts * each } });
  const late: number[] = [];
  let last = 0;
  for (const id of ids) {
    const post = current.stored(id);
    for (const one of post?.status === "planned" ? post.deliveries : []) {
      if (one.state !== "published") throw new Error(id);
      late.push(Date.parse(one.publishedAt) - Date.parse(one.at));
      last = Math.max(last, Date.parse(one.publishedAt));
    }
  }
  late.sort((a, b) => a - b);
  const quantile = (q: number): number => (late[Math.ceil(q * late.length) - 1] ?? Number.NaN) / 1000;
  const { tooMany, invocations } = current.counts;
  process.stderr.write(
    `${late.length} posts: p50 ${quantile(0.5)} s, p99 ${quantile(0.99)} s, most ${quantile(1)} s late; the last ${(last - from) / 1000} s after the first might leave; ${invocations} wake-ups; answered "too many": ${tooMany}\n`,
  );
  expect(quantile(1)).toBeLessThan(60);
  // The tight ones are used up, and none of them is asked for more than that.
  expect(current.fullest()).toBe(1);
  expect(tooMany).toBe(0);
});

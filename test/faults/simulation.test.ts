import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { minutes } from "../../functions/platform/clock.ts";
import { allFaults, type Faults, longEnough, noFaults, type Simulator, simulator } from "./simulator.ts";
import { standInFor } from "./stand-ins.ts";

// The shipped deliver.ts under everything that goes wrong: no duplicate and no loss where a network keeps our keys (class A) or
// can be looked at (class B), and of what nobody can tell (class C) every one is shown to a person. SIMULATED=<n> sends so many
// (20,000 by default); SEED=<n> begins elsewhere. A run that finds something says its seed.

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

beforeEach(() => standInFor(simulating));
afterEach(() => {
  vi.restoreAllMocks();
  current = undefined;
});

const perRun = 500;
const wanted = Number(process.env.SIMULATED ?? 20_000);
const firstSeed = Number(process.env.SEED ?? 1);

const simulate = async (seed: number, faults: Faults, many = perRun) => {
  // They remember every call, of which there are many millions.
  vi.clearAllMocks();
  current = simulator({ seed, faults });
  await current.ready();
  const ids = await current.plan(Math.ceil(many / 3), ["A", "B", "C"], minutes(10));
  await current.run(current.now() + longEnough);
  return { ...current.verdict(ids), counts: current.counts };
};

test("without faults everything is sent once", async () => {
  const { violations, states, counts } = await simulate(firstSeed, noFaults);
  expect(violations).toEqual([]);
  expect(states).toEqual({ "A published": 167, "B published": 167, "C published": 167 });
  expect(counts.sends).toBe(501);
});

test("the same seed is the same run", async () => {
  const one = await simulate(7, allFaults, 60);
  expect(await simulate(7, allFaults, 60)).toEqual(one);
});

test("a network that does not keep the keys that it promises is found out", async () => {
  current = simulator({ seed: firstSeed, faults: allFaults, forgets: true });
  await current.ready();
  const ids = await current.plan(200, ["A"], minutes(10));
  await current.run(current.now() + longEnough);
  expect(current.verdict(ids).violations.some((what) => what.includes("stands there 2 times"))).toBe(true);
});

describe("a process that ends at any await of a delivery, whichever, loses nothing and does nothing twice", () => {
  const half = (fault: keyof Faults): Faults => ({ ...noFaults, [fault]: 50 });
  test.each<[string, Faults, number]>([
    ["all goes well", noFaults, 1],
    ["a network breaks down before it is applied", half("brokenBefore"), 3],
    ["a network breaks down after it was applied", half("brokenAfter"), 3],
    ["an answer is lost", half("lostAnswer"), 3],
    ["nothing is answered", half("silentAfter"), 3],
    ["it is applied late", half("late"), 3],
    ["nobody listens", half("unreachable"), 3],
    ["there are too many", half("busy"), 3],
    ["writes fail", half("failedWrite"), 3],
    ["writes are lost", half("lostWrite"), 3],
  ])("where %s", async (_, faults, seeds) => {
    let points = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      for (let crashAt = 1; ; crashAt++) {
        current = simulator({ seed, faults, crashAt });
        await current.ready();
        const ids = await current.plan(1, ["A", "B", "C"], 1);
        await current.run(current.now() + longEnough);
        expect({ seed, crashAt, ...current.verdict(ids) }).toMatchObject({ violations: [] });
        points += 1;
        if (current.steps() < crashAt) break;
      }
    }
    expect(points).toBeGreaterThan(20);
  });

  test("nor where it is taken back", async () => {
    for (let crashAt = 1; ; crashAt++) {
      current = simulator({ seed: 1, faults: noFaults, crashAt });
      await current.ready();
      const [id = ""] = await current.plan(1, ["A", "B"], 1);
      await current.run(current.now() + longEnough);
      await current.takeBack(id);
      await current.run(current.now() + longEnough);
      const { violations, states } = current.verdict([id]);
      expect({ crashAt, violations, states }).toEqual({
        crashAt,
        violations: [],
        states: { "A retracted": 1, "B retracted": 1 },
      });
      if (current.steps() < crashAt) break;
    }
  });
});

test(`${wanted} deliveries under all faults: no duplicate, none lost, every unknown surfaced`, {
  timeout: 14_400_000,
}, async () => {
  const total: Record<string, number> = {};
  let sent = 0;
  for (let seed = firstSeed; sent < wanted; seed++) {
    const { violations, states } = await simulate(seed, allFaults);
    expect({ seed, violations }).toEqual({ seed, violations: [] });
    for (const [name, n] of Object.entries(states)) {
      total[name] = (total[name] ?? 0) + n;
      sent += n;
    }
  }
  process.stderr.write(`${sent} deliveries, seeds from ${firstSeed}: ${JSON.stringify(total)}\n`);
});

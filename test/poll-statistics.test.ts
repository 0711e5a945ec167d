import { describe, expect, test } from "vitest";
import { folds } from "../functions/events/polls.ts";
import { folded, wordsIn } from "../functions/polls/open-answers.ts";
import { binOf, bins, liveOf, type Of, partsOf, type Question, startOfBin } from "../functions/polls/question.ts";
import { counting } from "../functions/polls/recount.ts";
import { networkOf, type Response } from "../functions/polls/response.ts";
import {
  bordaPoints,
  closerThan,
  divideOf,
  groupConsensus,
  meanOf,
  netPromoterScore,
  quantile,
  quantileOfBars,
  shownGroups,
  spreadOf,
} from "../functions/polls/statistics.ts";
import { stopWords } from "../functions/polls/stop-words.ts";

// Against what others have published.

describe("statistics", () => {
  test("Borda: Tennessee chooses its capital (Wikipedia, Borda count: Memphis 126, Nashville 194, Chattanooga 173, Knoxville 107)", () => {
    // Of 100 voters 42 rank Memphis, Nashville, Chattanooga, Knoxville; 26 N C K M; 15 C K N M; 17 K C N M.
    const ballots: [number, string][] = [
      [42, "MNCK"],
      [26, "NCKM"],
      [15, "CKNM"],
      [17, "KCNM"],
    ];
    const ranks = [..."MNCK"].map((city) =>
      [0, 1, 2, 3].map((rank) =>
        ballots.reduce((sum, [voters, order]) => sum + (order[rank] === city ? voters : 0), 0),
      ),
    );
    expect(bordaPoints(ranks)).toEqual([126, 194, 173, 107]);
  });

  test("quartiles: what Microsoft gives as the example of QUARTILE.INC, and Wikipedia of 11 numbers", () => {
    expect(quantile([1, 2, 4, 7, 8, 9, 10, 12], 0.25)).toBe(3.5);
    const eleven = spreadOf([49, 6, 47, 7, 43, 15, 42, 36, 41, 39, 40]);
    expect(eleven).toMatchObject({
      lowerQuartile: 25.5,
      median: 40,
      upperQuartile: 42.5,
      least: 6,
      most: 49,
      count: 11,
    });
    expect(quantile([], 0.5)).toBeNaN();
    expect(spreadOf([])).toBeUndefined();
  });

  test("the spread: NIST's example of a standard deviation, and one number alone", () => {
    // NIST/SEMATECH e-Handbook: the sample's deviation divides by n - 1.
    expect(spreadOf([2, 4, 4, 4, 5, 5, 7, 9])).toMatchObject({ mean: 5, deviation: Math.sqrt(32 / 7) });
    expect(spreadOf([7])).toMatchObject({ median: 7, deviation: 0 });
  });

  test("the wisdom of the crowd: Galton's ox (Nature 75, 1907: the middlemost estimate 1207 lb, the truth 1198 lb)", () => {
    // His table, from the 5th to the 95th of a hundred.
    const table = [
      1074, 1109, 1126, 1148, 1162, 1174, 1181, 1188, 1197, 1207, 1214, 1219, 1225, 1230, 1236, 1243, 1254, 1267, 1293,
    ];
    const median = spreadOf(table)?.median ?? 0;
    expect(median).toBe(1207);
    expect((median - 1198) / 1198).toBeCloseTo(0.0075, 4);
    // Closer than the crowd's own, of those in his table: 1197 only.
    expect(closerThan(table, median, 1198)).toBe(1);
  });

  test("Net Promoter Score: 70 promoters, 20 passives and 10 detractors are 60 (Reichheld, Harvard Business Review 2003)", () => {
    expect(netPromoterScore({ 10: 40, 9: 30, 8: 15, 7: 5, 6: 4, 0: 6 })).toBe(60);
    expect(netPromoterScore({ 0: 3 })).toBe(-100);
    expect(netPromoterScore({})).toBeNaN();
    expect(
      meanOf([
        [1, 1],
        [5, 3],
      ]),
    ).toBe(4);
  });

  test("consensus of groups as Polis has it: each group counts, however small", () => {
    const [large, small] = [
      { agree: 3, disagree: 1, pass: 0 },
      { agree: 1, disagree: 0, pass: 1 },
    ];
    expect(groupConsensus([large, small])).toBeCloseTo((4 / 6) * (2 / 4), 12);
    expect(divideOf([large, { agree: 0, disagree: 4, pass: 0 }])).toBe(0.75);
    expect(divideOf([large])).toBe(0);
  });

  test("quartiles of bars are at most a bar's width off those of the numbers", () => {
    const question: Of<"estimate"> = {
      ...{ kind: "estimate", id: "q1", text: "?", required: true },
      ...{ unit: "flessen", min: 0, max: 1000, decimals: 0 },
    };
    // Numbers that bunch at the low end.
    const numbers = Array.from({ length: 2000 }, (_, i) => Math.floor(((i * 7919) % 2000) ** 2 / 4000));
    const bars = Array.from({ length: bins }, () => 0);
    for (const n of numbers) bars[binOf(question, n)]! += 1;
    const exact = spreadOf(numbers)!;
    for (const [share, value] of [
      [0.25, exact.lowerQuartile],
      [0.5, exact.median],
      [0.75, exact.upperQuartile],
    ] as const)
      expect(Math.abs(quantileOfBars(bars, 0, 1000, share) - value)).toBeLessThanOrEqual(1000 / bins);
    expect(binOf(question, 1000)).toBe(bins - 1);
    expect(startOfBin(question, bins)).toBe(1000);
    expect(quantileOfBars([], 0, 1, 0.5)).toBeNaN();
  });
});

describe("small groups", () => {
  const group = (total: number) => ({ total });
  test("under five are withheld, and where those are fewer than five together, the next smallest with them", () => {
    expect(shownGroups([group(40), group(1), group(2), group(12)])).toEqual({ shown: [group(40)], withheld: 15 });
    expect(shownGroups([group(40), group(1), group(2)])).toEqual({ shown: [], withheld: 43 });
    expect(shownGroups([group(1), group(2)])).toEqual({ shown: [], withheld: 3 });
    expect(shownGroups([group(40), group(4), group(12)])).toEqual({ shown: [group(40)], withheld: 16 });
    expect(shownGroups([group(40), group(4), group(3), group(12)])).toEqual({
      shown: [group(40), group(12)],
      withheld: 7,
    });
    expect(shownGroups([group(5), group(6)])).toEqual({ shown: [group(6), group(5)], withheld: 0 });
    expect(shownGroups([group(2)])).toEqual({ shown: [], withheld: 2 });
  });
});

describe("the fold", () => {
  const row = (answers: unknown[]) => ({ pollId: "poll_1", answers });
  const [fold] = folds;
  const added = (answers: unknown[]) => fold?.counts(undefined, row(answers));

  test("counts each kind of answer, of all questions in one item", () => {
    expect(
      added([
        { one: 2 },
        { some: [0, 3], other: "iets" },
        { stars: 4 },
        { order: [1, 0] },
        { number: 12.5, bin: 3 },
        { text: "ja" },
        { votes: "ad-p" },
        null,
      ]),
    ).toEqual([
      {
        subject: "poll_1",
        add: {
          ...{ n: 1, a: 1, 2: 1 },
          ...{ Ba: 1, B0: 1, B3: 1 },
          ...{ Ca: 1, C4: 1 },
          ...{ Da: 1, "D1.0": 1, "D0.1": 1 },
          ...{ Ea: 1, E3: 1, Fa: 1 },
          ...{ Ga: 1, G0a: 1, G1d: 1, G3p: 1 },
        },
      },
    ]);
  });

  test("counts a poll that one update cannot hold in several items, as its responses say", () => {
    const parted = { ...row([{ one: 0 }, { order: [0, 1] }, { one: 1 }]), parts: [0, 0, 1] };
    expect(fold?.counts(undefined, parted)).toEqual([
      { subject: "poll_1", add: { n: 1, a: 1, 0: 1, Ba: 1, "B0.0": 1, "B1.1": 1 } },
      { subject: "poll_1/2", add: { Ca: 1, C1: 1 } },
    ]);
    const options = Array.from({ length: 8 }, (_, i) => ({ optionId: `opt_${i}`, text: `${i}` }));
    const ranking = (id: string): Of<"ranking"> => ({ kind: "ranking", id, text: "?", required: true, options });
    expect(partsOf({ questions: [] })).toEqual([]);
    const seven = ["q1", "q2", "q3", "q4", "q5", "q6", "q7"].map(ranking);
    expect(partsOf({ questions: seven })).toEqual([0, 0, 0, 1, 1, 1, 2]);
  });

  test("counts of a long poll what one item of a write unit can hold, and of the others only that somebody responded", () => {
    const options = Array.from({ length: 8 }, (_, i) => ({ optionId: `opt_${i}`, text: `${i}` }));
    const some = { id: "q1", text: "?", required: true, options } as const;
    const eight: Question[] = [
      { kind: "ranking", ...some },
      { kind: "single", ...some },
      { kind: "single", ...some },
    ];
    expect(liveOf(eight)).toEqual([false, true, true]);
    expect(liveOf(eight.slice(1))).toEqual([true, true]);
    const parts = partsOf({ questions: eight, live: liveOf(eight) });
    expect(parts).toEqual([-1, 0, 0]);
    const said = { ...row([{ order: [1, 0] }, { one: 0 }, { one: 1 }]), parts };
    expect(fold?.counts(undefined, said)).toEqual([{ subject: "poll_1", add: { n: 1, Ba: 1, B0: 1, Ca: 1, C1: 1 } }]);
  });

  test("takes a changed answer off as it was, and adds it as it is", () => {
    const changed = fold?.counts(row([{ one: 0 }, { stars: 3 }]), row([{ one: 1 }, { stars: 3 }]));
    expect(changed).toEqual([{ subject: "poll_1", add: { 0: -1, 1: 1 } }]);
    expect(fold?.counts(row([{ one: 0 }]), row([{ one: 0 }]))).toEqual([]);
  });
});

describe("10,000 scripted responses", () => {
  const label = { kind: "single", id: "q1", text: "?", required: true, options: [] } satisfies Of<"single">;
  const row = (i: number, network: string, one: number): Response => ({
    ...{ workspaceId: "ws_1", pollId: "poll_1", shard: 0, device: `device-${i}`, id: `resp_${i}` },
    at: new Date(Date.UTC(2026, 5, 1, 10) + i * 10).toISOString(),
    answers: [{ one }],
    network,
  });

  test("of one network among 8,000 of others stand out: how many, how large a part, and how fast", () => {
    const { see, tallied } = counting({ questions: [label] });
    for (let i = 0; i < 8000; i++) see(row(i, `network-${i % 2000}`, 0));
    for (let i = 0; i < 10_000; i++) see(row(i, "script", 1));
    const { bursts, counts } = tallied();
    expect(counts).toEqual([{ n: 18_000, a: 18_000, 0: 8000, 1: 10_000 }]);
    // Ten milliseconds apart: 6,000 a minute. No household has fifty.
    expect(bursts).toEqual([{ network: "script", count: 10_000, busiestMinute: 6000 }]);
  });
});

describe("words", () => {
  const silent = new Set([...stopWords.nl, ...stopWords.en]);
  test("are found whole, whatever their capitals, accents and characters of no width", () => {
    expect([...wordsIn("Het ETIKET is écht mooi; het eti\u200bket!", silent)]).toEqual(["etiket", "écht", "mooi"]);
    expect([...wordsIn("I don't like the label’s colour", silent)]).toEqual(["label's", "colour"]);
    expect(folded("CAFÉ\u200b")).toBe("cafe");
  });
});

describe("a network", () => {
  test("is an IPv4 /24 or an IPv6 /48, however it is written", () => {
    expect(networkOf("203.0.113.7")).toBe(networkOf("203.0.113.250"));
    expect(networkOf("::ffff:203.0.113.7")).toBe("203.0.113");
    expect(networkOf("2001:db8:1:2::5")).toBe(networkOf("2001:0db8:0001:ffff:1:2:3:4"));
    expect(networkOf("2001:db8:2::1")).not.toBe(networkOf("2001:db8:1::1"));
    expect(networkOf("::1")).toBe("0:0:0");
  });
});

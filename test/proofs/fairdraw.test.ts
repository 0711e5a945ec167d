import { createHash, hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { QUICKNET } from "../../functions/contests/beacon.ts";
import { drawSeed, encodeCommitment, rulesHash, wordsOf } from "../../functions/contests/commitment.ts";
import { type Bundle, bundleOf, draw, ticketOf, uniform, withWon } from "../../functions/contests/draw.ts";
import { sealExclusions } from "../../functions/contests/exclusions.ts";
import { nodeSha256 } from "../../functions/contests/hash.ts";
import { seal } from "../../functions/contests/ledger.ts";
import { BundleShape, verifyBundle } from "../../functions/contests/verify.ts";
import { type IndependentRules, independentDraw } from "./independent-draw.ts";

// What FairDraw promises, over many draws: a second implementation agrees, nothing that was altered passes, and every
// ticket is as likely as any other. Pseudo-random by a seed, so that each run is the same.

vi.setConfig({ testTimeout: 300_000 });

const seedText = process.env.SEED ?? "fairdraw 1";
/** SHA-256 in counter mode. */
const source = (name: string) => {
  let counter = 0;
  const bytes = (n: number): Buffer => {
    const blocks = Array.from({ length: Math.ceil(n / 32) }, () =>
      createHash("sha256").update(`${seedText}/${name}/${counter++}`).digest(),
    );
    return Buffer.concat(blocks).subarray(0, n);
  };
  const below = (n: number): number => bytes(6).readUIntBE(0, 6) % n;
  const oneOf = <T>(all: readonly T[]): T => all[below(all.length)]!;
  return { bytes, below, oneOf };
};

const recorded = z
  .object({ rounds: z.array(z.object({ round: z.number(), signature: z.string() })) })
  .parse(JSON.parse(readFileSync(new URL("../vectors/drand-quicknet.json", import.meta.url), "utf8")));
const signatureOf = (round: number): string => recorded.rounds.find((one) => one.round === round)!.signature;

/** Ties, heavy entries, ones that outweigh all others, and the plain case. */
const weightsLike = (from: ReturnType<typeof source>): (() => number) =>
  from.oneOf([
    () => 1,
    () => 1 + from.below(11),
    () => 1 + from.below(1_000_000),
    () => (from.below(20) === 0 ? 2 ** 32 - 1 : 1),
    () => 1 + (from.below(10) === 0 ? from.below(100_000) : 0),
  ]);

describe("a second implementation, from the specification alone", () => {
  test("agrees on 1,000 random draws, byte for byte", () => {
    const from = source("agreement");
    for (let i = 0; i < 1_000; i++) {
      const weight = weightsLike(from);
      const n = 1 + from.below(from.oneOf([3, 9, 40, 300]));
      const entries = Array.from({ length: n }, () => ({ commit: from.bytes(32), weight: weight() }));
      const rules: IndependentRules = {
        contestId: from.bytes(16),
        drawNo: 1 + from.below(3),
        rulesHash: Buffer.from(rulesHash({ i }), "hex"),
        exclusions: Array.from({ length: from.below(5) }, () => ({ commit: from.bytes(32), reason: from.below(9) })),
        winners: 1 + from.below(5),
        reserves: from.below(12),
        chainHash: Buffer.from(QUICKNET.chainHash, "hex"),
        round: 1005,
        closedAt: 1692806280,
        sealedAt: 1692806366,
        prevRound: 1000,
        prevSig: Buffer.from(signatureOf(1000), "hex"),
      };
      const signature = from.oneOf([Buffer.from(signatureOf(1005), "hex"), from.bytes(48)]);
      const theirs = independentDraw(entries, rules, signature);

      const ledger = seal({
        commits: new Uint8Array(Buffer.concat(entries.map(({ commit }) => commit))),
        weights: entries.map((entry) => entry.weight),
      });
      const encoded = encodeCommitment({
        contestId: rules.contestId.toString("hex"),
        drawNo: rules.drawNo,
        rulesHash: rules.rulesHash.toString("hex"),
        n: ledger.n,
        T: ledger.T,
        root: ledger.root,
        ...sealExclusions(rules.exclusions),
        k: rules.winners,
        r: rules.reserves,
        chainHash: QUICKNET.chainHash,
        round: rules.round,
        closedAt: rules.closedAt,
        sealedAt: rules.sealedAt,
        prevRound: rules.prevRound,
        prevSig: rules.prevSig.toString("hex"),
      });
      const ours = draw(ledger, drawSeed(encoded, signature), rules.winners + rules.reserves, nodeSha256);
      expect(Buffer.from(encoded).toString("hex"), `draw ${i}`).toBe(theirs.commitment);
      expect(JSON.stringify(ours), `draw ${i}`).toBe(JSON.stringify(theirs.positions));
    }
  });
});

// ── Nothing that was altered passes ─────────────────────────────────────────────────────────────────────────────────

const publicDraw = BundleShape.parse(
  JSON.parse(readFileSync(new URL("../vectors/public-draw.json", import.meta.url), "utf8")),
) as Bundle;

const madeDraw = (n: number, k: number, r: number): Bundle => {
  const commit = (i: number) => hash("sha256", `proof-entry-${i}`, "buffer");
  const ledger = seal({
    commits: new Uint8Array(Buffer.concat(Array.from({ length: n }, (_, i) => commit(i)))),
    weights: Array.from({ length: n }, (_, i) => ((7919 * i) % 50) + 1),
  });
  const rules = { v: 1, prizes: ["een taart", "een brood"] };
  const commitment = {
    contestId: "00112233445566778899aabbccddeeff",
    drawNo: 1,
    rulesHash: rulesHash(rules),
    n: ledger.n,
    T: ledger.T,
    root: ledger.root,
    ...sealExclusions([]),
    k,
    r,
    chainHash: QUICKNET.chainHash,
    round: 1005,
    closedAt: 1692806280,
    sealedAt: 1692806366,
    prevRound: 1000,
    prevSig: signatureOf(1000),
  };
  const signature = signatureOf(1005);
  const positions = draw(
    ledger,
    drawSeed(encodeCommitment(commitment), Buffer.from(signature, "hex")),
    k + r,
    nodeSha256,
  );
  return bundleOf(commitment, rules, signature, positions, [
    { position: 1, reason: "No answer within 7 days", at: "2026-05-04T12:00:00Z" },
  ]);
};

type Source = ReturnType<typeof source>;
/** Another value of one hex digit. */
const otherDigit = (hex: string, at: number, from: Source): string => {
  const digits = [..."0123456789abcdef"].filter((digit) => digit !== hex[at]);
  return `${hex.slice(0, at)}${from.oneOf(digits)}${hex.slice(at + 1)}`;
};
const anyDigit = (hex: string, from: Source): string => otherDigit(hex, from.below(hex.length), from);
/** Another number close by or far away, never negative. */
const otherNumber = (n: number, from: Source): number => {
  const other = from.oneOf([n + 1, Math.max(0, n - 1), n * 2 + 3, from.below(1_000_000)]);
  return other === n ? n + 1 : other;
};
const somewhere = <T>(all: readonly T[], from: Source): number => from.below(all.length);
/** The fields of FDC1, by name, first byte and last (fairdraw.md §3). */
const fields: readonly (readonly [string, number, number])[] = [
  ["magic", 0, 4],
  ["contest", 4, 20],
  ["drawNo", 20, 24],
  ["rulesHash", 24, 56],
  ["n", 56, 64],
  ["T", 64, 72],
  ["root", 72, 104],
  ["exCount", 104, 112],
  ["exRoot", 112, 144],
  ["k", 144, 148],
  ["r", 148, 152],
  ["chainHash", 152, 184],
  ["round", 184, 192],
  ["closedAt", 192, 200],
  ["sealedAt", 200, 208],
  ["prevRound", 208, 216],
  ["prevSig", 216, 264],
];
const changed = (bundle: Bundle, i: number, change: Partial<Bundle["positions"][number]>): Bundle => ({
  ...bundle,
  positions: bundle.positions.map((position, at) => (at === i ? { ...position, ...change } : position)),
});
const changedNumber =
  (field: "position" | "u" | "ticket" | "index" | "start" | "weight") =>
  (bundle: Bundle, from: Source): Bundle => {
    const i = somewhere(bundle.positions, from);
    return changed(bundle, i, { [field]: otherNumber(bundle.positions[i]![field], from) });
  };
const inProof = (bundle: Bundle, from: Source, change: (proof: Bundle["positions"][number]["proof"]) => object[]) => {
  const i = somewhere(bundle.positions, from);
  const proof = change(bundle.positions[i]!.proof);
  return changed(bundle, i, { proof: proof as Bundle["positions"][number]["proof"] });
};

/**
 * Every part of a bundle, altered. A strike's reason and time are the only parts that nothing was committed to: they come
 * after the draw, and change nobody's place.
 */
const mutations: Record<string, (bundle: Bundle, from: Source) => unknown> = {
  ...Object.fromEntries(
    fields.map(([name, begin, end]) => [
      `commitment: ${name}`,
      (bundle: Bundle, from: Source) => ({
        ...bundle,
        commitment: otherDigit(bundle.commitment, 2 * begin + from.below(2 * (end - begin)), from),
      }),
    ]),
  ),
  "commitment: shorter": (bundle, from) => ({ ...bundle, commitment: bundle.commitment.slice(0, -2 - from.below(9)) }),
  contest: (bundle, from) => ({ ...bundle, contest: anyDigit(bundle.contest, from) }),
  version: (bundle, from) => ({ ...bundle, version: `fairdraw/${2 + from.below(9)}` }),
  "rules: a member more": (bundle, from) => ({ ...bundle, rules: { ...bundle.rules, [`m${from.below(999)}`]: true } }),
  "rules: a member less": (bundle, from) => {
    const names = Object.keys(bundle.rules);
    const gone = from.oneOf(names);
    return { ...bundle, rules: Object.fromEntries(Object.entries(bundle.rules).filter(([name]) => name !== gone)) };
  },
  "beacon: chain": (bundle, from) => ({
    ...bundle,
    beacon: { ...bundle.beacon, chainHash: anyDigit(bundle.beacon.chainHash, from) },
  }),
  "beacon: round": (bundle, from) => ({
    ...bundle,
    beacon: { ...bundle.beacon, round: otherNumber(bundle.beacon.round, from) },
  }),
  "beacon: signature": (bundle, from) => ({
    ...bundle,
    beacon: { ...bundle.beacon, signature: anyDigit(bundle.beacon.signature, from) },
  }),
  "beacon: another round's signature": (bundle, from) => ({
    ...bundle,
    beacon: {
      ...bundle.beacon,
      signature: from.oneOf(recorded.rounds.filter(({ round }) => round !== bundle.beacon.round)).signature,
    },
  }),
  "position: number": changedNumber("position"),
  "position: u": changedNumber("u"),
  "position: ticket": changedNumber("ticket"),
  "position: index": changedNumber("index"),
  "position: start": changedNumber("start"),
  "position: weight": changedNumber("weight"),
  "position: commit": (bundle, from) => {
    const i = somewhere(bundle.positions, from);
    return changed(bundle, i, { commit: anyDigit(bundle.positions[i]!.commit, from) });
  },
  "positions: one less": (bundle, from) => ({
    ...bundle,
    positions: bundle.positions.toSpliced(somewhere(bundle.positions, from), 1),
  }),
  "positions: one twice": (bundle, from) => {
    const i = somewhere(bundle.positions, from);
    return { ...bundle, positions: bundle.positions.toSpliced(i, 0, bundle.positions[i]!) };
  },
  "positions: two changed places": (bundle, from) => {
    const i = from.below(bundle.positions.length - 1);
    const j = i + 1 + from.below(bundle.positions.length - 1 - i);
    const [a, b] = [bundle.positions[i]!, bundle.positions[j]!];
    return changed(changed(bundle, i, { ...b, position: i }), j, { ...a, position: j });
  },
  "proof: a hash": (bundle, from) =>
    inProof(bundle, from, (proof) => {
      const at = somewhere(proof, from);
      return proof.map((step, i) => (i === at ? { ...step, hash: anyDigit(step.hash, from) } : step));
    }),
  "proof: a sum": (bundle, from) =>
    inProof(bundle, from, (proof) => {
      const at = somewhere(proof, from);
      return proof.map((step, i) => (i === at ? { ...step, sum: otherNumber(step.sum, from) || 1 } : step));
    }),
  "proof: a step less": (bundle, from) => inProof(bundle, from, (proof) => proof.toSpliced(somewhere(proof, from), 1)),
  "proof: a step more": (bundle, from) =>
    inProof(bundle, from, (proof) => {
      const at = somewhere(proof, from);
      return proof.toSpliced(at, 0, proof[at]!);
    }),
  "strikes: one less": (bundle) => ({ ...bundle, strikes: [] }),
  "strikes: another position": (bundle, from) => ({
    ...bundle,
    strikes: bundle.strikes.map((strike) => ({
      ...strike,
      position: (strike.position + 1 + from.below(bundle.positions.length - 1)) % bundle.positions.length,
    })),
  }),
  "strikes: without a reason": (bundle) => ({
    ...bundle,
    strikes: bundle.strikes.map((strike) => ({ ...strike, reason: " " })),
  }),
  "winners: one less": (bundle, from) => ({
    ...bundle,
    winners: bundle.winners.toSpliced(somewhere(bundle.winners, from), 1),
  }),
  "winners: another": (bundle, from) => ({
    ...bundle,
    winners: bundle.winners.map((winner, i) => (i === 0 ? winner + 1 + from.below(9) : winner)),
  }),
  "winners: another order": ({ winners, ...bundle }) => ({ ...bundle, winners: winners.toReversed() }),
  "a member more": (bundle, from) => ({ ...bundle, [`more${from.below(999)}`]: 1 }),
  "a member less": (bundle, from) => {
    const gone = from.oneOf(Object.keys(bundle));
    return Object.fromEntries(Object.entries(bundle).filter(([name]) => name !== gone));
  },
};

describe("the verifier", () => {
  const bundles = [publicDraw, madeDraw(40, 3, 5), madeDraw(1_000, 5, 10)];

  test("accepts what was not altered, also with other words for a strike", () => {
    for (const bundle of bundles) {
      expect(verifyBundle(bundle).status).toBe(0);
      const reworded = bundle.strikes.map((strike) => ({ ...strike, reason: "In other words" }));
      expect(verifyBundle({ ...bundle, strikes: reworded }).status).toBe(0);
    }
  });

  test("refuses 10,000 altered bundles, at least 100 of each of the kinds", () => {
    const from = source("mutations");
    const kinds = Object.entries(mutations);
    const each = Math.ceil(10_000 / kinds.length);
    expect(each).toBeGreaterThanOrEqual(100);
    const passed: string[] = [];
    for (const [kind, alter] of kinds) {
      for (let i = 0; i < each; i++) {
        const bundle = bundles[i % bundles.length]!;
        const altered = alter(bundle, from);
        expect(altered, kind).not.toEqual(bundle);
        if (verifyBundle(altered).status === 0) passed.push(`${kind} (${i})`);
      }
    }
    expect(passed).toEqual([]);
  });
});

// ── Every ticket is as likely as any other ──────────────────────────────────────────────────────────────────────────

/** Chi-square with 7 degrees of freedom is above this once in a thousand (NIST/SEMATECH e-Handbook, 1.3.6.7.4). */
const critical = 24.322;

describe("the draw", () => {
  const shapes: Record<string, number[]> = {
    equal: [1, 1, 1, 1, 1, 1, 1, 1],
    rising: [1, 2, 3, 4, 5, 6, 7, 8],
    "one heavy": [50, 1, 5, 1, 1, 2, 1, 10],
    "two halves": [1, 1, 1, 1, 4, 4, 4, 4],
    primes: [2, 3, 5, 7, 11, 13, 17, 19],
  };

  test.each(Object.entries(shapes))(
    "200,000 seeds give each entry its share of first and second places: %s",
    (name, weights) => {
      const T = weights.reduce((a, b) => a + b, 0);
      const starts = weights.map((_, i) => weights.slice(0, i).reduce((a, b) => a + b, 0));
      const holder = (ticket: number): number => starts.findLastIndex((start) => start <= ticket);
      const first = weights.map(() => 0);
      const second = weights.map(() => 0);
      const seeds = 200_000;
      for (let i = 0; i < seeds; i++) {
        const words = wordsOf(hash("sha256", `${seedText}/${name}/${i}`, "buffer"), nodeSha256);
        const a = holder(Number(uniform(words, BigInt(T))));
        first[a]!++;
        const won = withWon([], { start: starts[a]!, weight: weights[a]! });
        second[holder(ticketOf(Number(uniform(words, BigInt(T - weights[a]!))), won))]!++;
      }
      const expected = {
        first: weights.map((weight) => weight / T),
        second: weights.map((weight, i) =>
          weights.reduce((sum, other, j) => (j === i ? sum : sum + (other / T) * (weight / (T - other))), 0),
        ),
      };
      for (const [counts, shares] of [
        [first, expected.first],
        [second, expected.second],
      ] as const) {
        const x = counts.reduce((sum, count, i) => sum + (count - seeds * shares[i]!) ** 2 / (seeds * shares[i]!), 0);
        expect(x).toBeLessThan(critical);
      }
    },
  );
});

import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { QUICKNET, timeOfRound } from "../functions/contests/beacon.ts";
import { checkDraw } from "../functions/contests/check-draw.ts";
import {
  type Commitment,
  commitHash,
  drawSeed,
  encodeCommitment,
  rulesHash,
} from "../functions/contests/commitment.ts";
import { type Counts, countMessage } from "../functions/contests/count-check.ts";
import { type Bundle, bundleOf, draw, winnersOf } from "../functions/contests/draw.ts";
import { drawWords } from "../functions/contests/draw-words.ts";
import { entryCommit, receiptMessage } from "../functions/contests/entering.ts";
import { sealExclusions } from "../functions/contests/exclusions.ts";
import { seal } from "../functions/contests/ledger.ts";
import { checkEntry, type Evidence, entryProof } from "../functions/contests/verify.ts";
import { words } from "../functions/contests/words.ts";
import { localBeacon } from "../infra/local/beacon.ts";

// What an organiser who runs this system could try, so that a friend wins or a prize is not paid out; on recorded rounds of
// the public beacon. `seen`: the commitment's fingerprint as it stood in public before the round.

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hexOf = (raw: Uint8Array) => Buffer.from(raw).toString("hex");
const sha = (text: string) => new Uint8Array(hash("sha256", text, "buffer"));
const { rounds } = z
  .object({ rounds: z.array(z.object({ round: z.number(), signature: z.string() })) })
  .parse(JSON.parse(readFileSync(new URL("./vectors/drand-quicknet.json", import.meta.url), "utf8")));
const signatureOf = (round: number) => rounds.find((one) => one.round === round)?.signature ?? "";

const contest = "00112233445566778899aabbccddeeff";
const secret = sha("the contest's receipt key");
const receiptKey = hexOf(ed25519.getPublicKey(secret));
const rules = { receiptKey, prizes: ["cake"], chances: { base: 1 } };
const closedAt = 1692806280;

type Entrant = { identity: string; salt: Uint8Array; commit: Uint8Array; weight: number; enteredAt: number };
const entrant = (name: string, weight = 1): Entrant => {
  const identity = `email:${name}@example.nl`;
  const salt = sha(`salt of ${name}`);
  const commit = entryCommit(salt, bytes(contest), identity);
  return { identity, salt, commit, weight, enteredAt: (closedAt - 3600) * 1000 };
};
const everyone = Array.from({ length: 40 }, (_, i) => entrant(`entrant-${i}`, (i % 5) + 1));
const friend = everyone[7]!;

const sealed = (entrants: readonly Entrant[]) =>
  seal({
    commits: new Uint8Array(Buffer.concat(entrants.map(({ commit }) => commit))),
    weights: entrants.map(({ weight }) => weight),
  });

/** A draw as this system makes it, with whatever the organiser changes before it is drawn. */
const drawn = (
  entrants: readonly Entrant[] = everyone,
  change: Partial<Commitment> = {},
  own: typeof rules = rules,
) => {
  const ledger = sealed(entrants);
  const commitment: Commitment = {
    contestId: contest,
    drawNo: 1,
    rulesHash: rulesHash(own),
    n: ledger.n,
    T: ledger.T,
    root: ledger.root,
    ...sealExclusions([]),
    k: 3,
    r: 4,
    chainHash: QUICKNET.chainHash,
    round: 1005,
    closedAt,
    sealedAt: closedAt + 86,
    prevRound: 1000,
    prevSig: signatureOf(1000),
    ...change,
  };
  const encoded = encodeCommitment(commitment);
  const signature = signatureOf(commitment.round);
  const positions = draw(ledger, drawSeed(encoded, bytes(signature)), commitment.k + commitment.r);
  return { ledger, encoded, bundle: bundleOf(commitment, own, signature, positions), seen: hexOf(commitHash(encoded)) };
};

const honest = drawn();
const copy = (): Bundle => structuredClone(honest.bundle);
const failed = (bundle: unknown, counts?: unknown, seen: string = honest.seen) =>
  checkDraw(bundle, counts, seen)
    .checks.filter(({ ok }) => !ok)
    .map(({ name }) => name);

const receiptOf = ({ commit, identity, salt, enteredAt }: Entrant, at = enteredAt): Evidence => ({
  identity,
  salt: hexOf(salt),
  receipt: { enteredAt: at, signature: hexOf(ed25519.sign(receiptMessage(bytes(contest), commit, at), secret)) },
  receiptKey,
});
const failedOf = (evidence: Evidence, { encoded }: Pick<typeof honest, "encoded"> = honest) =>
  checkEntry(hexOf(encoded), evidence)
    .checks.filter(({ ok }) => !ok)
    .map(({ name }) => name);

const countsOf = (entries: number[], key = secret): Counts => ({
  contest,
  receiptKey,
  counts: entries.map((n, i) => {
    const at = (closedAt - 3600 * (entries.length - i)) * 1000;
    const signature = hexOf(ed25519.sign(countMessage(bytes(contest), at, n), key));
    return { at: new Date(at).toISOString(), entries: n, signature };
  }),
});

test("an honest draw is valid on the public beacon, with its counts, and for each entrant", () => {
  expect(failed(honest.bundle, countsOf([10, 25, 38]))).toEqual([]);
  expect(checkDraw(honest.bundle).status).toBe(0);
  for (const one of everyone) {
    const entry = entryProof(honest.ledger, one.commit);
    expect(failedOf({ ...receiptOf(one), ...(entry ? { entry } : {}) })).toEqual([]);
  }
});

describe("caught: an organiser", () => {
  test("draws again with another round until a friend wins", () => {
    const again = copy();
    again.beacon = { ...again.beacon, round: 1006, signature: signatureOf(1006) };
    expect(failed(again)).toContain("beacon");
    const renamed = copy();
    renamed.beacon.signature = signatureOf(1006);
    expect(failed(renamed)).toContain("round");
  });

  test("commits again, to a later round or with another number of the draw, until a friend wins", () => {
    for (const change of [{ round: 1006 }, { drawNo: 2 }, { sealedAt: closedAt + 87 }]) {
      const { bundle } = drawn(everyone, change);
      expect(failed(bundle)).toEqual(["seen before"]);
    }
    const second = checkDraw(drawn(everyone, { drawNo: 2 }).bundle);
    expect(second.checks.find(({ name }) => name === "contest")?.detail).toContain("an earlier commitment was voided");
  });

  test("drops a result that does not please, or puts another in its place", () => {
    const dropped = copy();
    dropped.positions = dropped.positions.slice(1).map((of, position) => ({ ...of, position }));
    dropped.winners = [0, 1, 2];
    expect(failed(dropped)).toContain("positions");
    const filled = copy();
    filled.positions = [...filled.positions.slice(1), filled.positions[0]!].map((of, position) => ({
      ...of,
      position,
    }));
    expect(failed(filled)).toContain("replay");
    const own = entryProof(honest.ledger, friend.commit)!;
    const put = copy();
    put.positions[0] = { ...put.positions[0]!, ...own, commit: hexOf(friend.commit) };
    expect(failed(put).length).toBeGreaterThan(0);
  });

  test("strikes a winner without a reason, without saying so, or one that was never drawn", () => {
    const at = "2026-05-04T12:00:00Z";
    for (const strikes of [
      [{ position: 0, reason: "", at }],
      [{ position: 0, reason: "  ", at }],
      [{ position: 99, reason: "Moved away.", at }],
    ]) {
      const struck = { ...copy(), strikes, winners: winnersOf(7, 3, strikes) };
      expect(failed(struck).length, JSON.stringify(strikes)).toBeGreaterThan(0);
    }
    expect(failed({ ...copy(), winners: [1, 2, 3] })).toEqual(["winners"]);
    const twice = { ...copy(), strikes: [0, 0].map((position) => ({ position, reason: "Moved away.", at })) };
    expect(failed({ ...twice, winners: [1, 2, 3] })).toContain("strikes");
  });

  test("gives a friend more tickets after the list was fixed", () => {
    const heavier = everyone.map((one) => (one === friend ? { ...one, weight: 500 } : one));
    expect(failed(drawn(heavier).bundle)).toEqual(["seen before"]);
    const claimed = copy();
    claimed.positions[0] = { ...claimed.positions[0]!, weight: claimed.positions[0]!.weight + 500 };
    expect(failed(claimed)).toContain("proofs");
  });

  test("changes the rules after they were published", () => {
    expect(failed({ ...copy(), rules: { ...rules, prizes: ["biscuit"] } })).toEqual(["rules"]);
    expect(failed(drawn(everyone, {}, { ...rules, prizes: ["biscuit"] }).bundle)).toEqual(["seen before"]);
  });

  test("excludes somebody after the draw", () => {
    const loser = everyone[3]!;
    const without = everyone.filter((one) => one !== loser);
    const after = drawn(without, sealExclusions([{ commit: loser.commit, reason: 4 }]));
    expect(failed(after.bundle)).toEqual(["seen before"]);
    const smuggled = copy();
    smuggled.commitment = after.bundle.commitment;
    expect(failed(smuggled)).toContain("proofs");
  });

  test("leaves an entry out: whoever holds the receipt can show it", () => {
    const without = drawn(everyone.filter((one) => one !== friend));
    expect(failedOf(receiptOf(friend), without)).toEqual(["inclusion"]);
    const other = entryProof(without.ledger, everyone[8]!.commit);
    expect(failedOf({ ...receiptOf(friend), ...(other ? { entry: other } : {}) }, without)).toEqual(["inclusion"]);
  });

  test("makes the commitment when the outcome is known, and dates it back", () => {
    // Sealed, as it says, when the round existed; or before the round that it says it follows.
    expect(failed(drawn(everyone, { sealedAt: timeOfRound(QUICKNET, 1005) }).bundle, undefined)).toContain("times");
    expect(failed(drawn(everyone, { prevRound: 1003, prevSig: signatureOf(1003) }).bundle)).toContain("seen before");
    expect(failed(drawn(everyone, { sealedAt: closedAt }).bundle)).toContain("times");
    // All its times lie: only what others kept shows it.
    const forged = drawn(everyone.map((one) => (one === friend ? { ...one, weight: 5000 } : one)));
    expect(checkDraw(forged.bundle).status).toBe(0);
    expect(failed(forged.bundle)).toEqual(["seen before"]);
  });

  test("lies about the round that dates the list from below", () => {
    expect(failed(drawn(everyone, { prevSig: signatureOf(1001) }).bundle)).toContain("previous round");
    expect(failed(drawn(everyone, { prevRound: 999 }).bundle)).toContain("previous round");
    expect(() => drawn(everyone, { prevRound: 1005 })).toThrow("previous round");
  });

  test("says more entrants or tickets than there are, so that nobody wins", () => {
    expect(failed(drawn(everyone, { n: 41 }).bundle, undefined)).toContain("proofs");
    expect(failed(drawn(everyone, { T: honest.ledger.T + 100 }).bundle, undefined)).toContain("proofs");
  });

  test("lets tickets of two entries overlap, or one entry stand in the list twice", () => {
    const overlapping = copy();
    overlapping.positions[1] = { ...overlapping.positions[1]!, start: overlapping.positions[0]!.start };
    expect(failed(overlapping)).toContain("proofs");
    const twice = [...everyone, friend];
    expect(() => sealed(twice)).toThrow("the same commit");
  });

  test("draws on a beacon of their own, and calls it the public one", () => {
    const own = localBeacon({ secretKey: sha("own").fill(1, 0, 1), genesis: QUICKNET.genesis, period: 3 });
    const renamed = { ...copy(), beacon: { ...copy().beacon, signature: own.sign(1005) } };
    expect(failed(renamed)).toContain("round");
    const described = { ...copy(), beacon: { ...copy().beacon, chain: own.chain, signature: own.sign(1005) } };
    expect(failed(described).length).toBeGreaterThan(0);
    const honestly = drawn(everyone, { chainHash: own.chain.chainHash, prevSig: own.sign(1000) });
    expect(failed({ ...honestly.bundle }).length).toBeGreaterThan(0);
  });

  test("takes entries after the close, and says that they came before", () => {
    const late = { ...entrant("late"), enteredAt: closedAt * 1000 };
    expect(failedOf(receiptOf(late), drawn([...everyone, late]))).toContain("in time");
  });

  test("counts fewer in public than entered, more than were sealed, or changes what was counted", () => {
    expect(failed(copy(), countsOf([10, 41]))).toEqual(["counts"]);
    const changed = countsOf([10, 25, 38]);
    changed.counts[1] = { ...changed.counts[1]!, entries: 20 };
    expect(failed(copy(), changed)).toEqual(["counts"]);
    expect(failed(copy(), countsOf([10, 25], sha("another key")))).toEqual(["counts"]);
    const backwards = countsOf([10, 25]);
    expect(failed(copy(), { ...backwards, counts: backwards.counts.toReversed() })).toEqual(["counts"]);
    expect(failed(copy(), { ...countsOf([10]), contest: "ff".repeat(16) })).toEqual(["counts"]);
  });
});

describe("caught by holding the draw against the published rules: an organiser", () => {
  const iso = (unixSeconds: number) => new Date(unixSeconds * 1000).toISOString();
  const promised = {
    ...rules,
    version: "samenspraak/1",
    winners: 3,
    reserves: 4,
    closesAt: iso(closedAt),
    drawAt: iso(timeOfRound(QUICKNET, 1005)),
    chances: { base: 1, referralCap: 2, bonuses: [{ id: "code", tickets: 2 }] },
  };
  /** Of a draw that is valid in itself, also for who kept its fingerprint. */
  const broken = (change: Partial<Commitment> = {}, own: object = promised, entrants = everyone) => {
    const { bundle, seen } = drawn(entrants, change, { ...promised, ...own });
    return failed(bundle, undefined, seen);
  };

  test("keeps what was promised: nothing is found", () => {
    expect(broken()).toEqual([]);
    expect(checkDraw(drawn(everyone, {}, promised).bundle).checks.map(({ name }) => name)).toContain("promises");
    expect(broken({}, { drawAt: iso(timeOfRound(QUICKNET, 1005) - 2) })).toEqual([]);
  });

  test("hands out fewer prizes than promised, or more to whom he likes", () => {
    expect(broken({ k: 2 })).toEqual(["promises"]);
    expect(broken({ k: 4, r: 3 })).toEqual(["promises"]);
    expect(broken({ r: 0 })).toEqual(["promises"]);
  });

  test("closes earlier or later than promised", () => {
    expect(broken({}, { closesAt: iso(closedAt - 60) })).toEqual(["promises"]);
    expect(broken({}, { closesAt: iso(closedAt + 60) })).toEqual(["promises"]);
  });

  test("draws at another moment than promised, but for whole hours later, which the record explains", () => {
    const at = timeOfRound(QUICKNET, 1005);
    expect(broken({}, { drawAt: iso(at - 60) })).toEqual(["promises"]);
    expect(broken({}, { drawAt: iso(at + 3) })).toEqual(["promises"]);
    expect(broken({}, { drawAt: iso(at - 2 * 3600) })).toEqual([]);
  });

  test("gives a friend more tickets than the rules can give, before the list is fixed", () => {
    const heavy = everyone.map((one) => (one === friend ? { ...one, weight: 100_000 } : one));
    expect(broken({}, {}, heavy)).toEqual(["promises"]);
  });
});

describe("not promised to be caught, as the page of each draw says: an organiser", () => {
  test("adds invented entrants before the close: the draw is valid, and the hourly counts show how many came last", () => {
    const invented = Array.from({ length: 60 }, (_, i) => entrant(`nobody-${i}`));
    const stuffed = drawn([...everyone, ...invented]);
    const verdict = checkDraw(stuffed.bundle, countsOf([10, 25, 38]), stuffed.seen);
    expect(verdict.status).toBe(0);
    expect(verdict.checks.at(-1)?.detail).toContain("says 38, and 62 entries more were sealed");
  });

  test("gives a friend more tickets than earned, and no more than the rules can give", () => {
    const favoured = everyone.map((one) => (one === friend ? { ...one, weight: 5 } : one));
    const draw = drawn(favoured);
    expect(checkDraw(draw.bundle, undefined, draw.seen).status).toBe(0);
  });

  test("lets one person enter with many addresses: each is an entry", () => {
    const many = drawn([...everyone, ...Array.from({ length: 20 }, (_, i) => entrant(`friend+${i}`))]);
    expect(checkDraw(many.bundle, undefined, many.seen).status).toBe(0);
  });

  test("makes up the whole of a draw of which nobody kept the fingerprint beforehand", () => {
    const forged = drawn(everyone.map((one) => (one === friend ? { ...one, weight: 5000 } : one)));
    expect(checkDraw(forged.bundle).status).toBe(0);
  });

  test("and the page of each draw says so, in both languages", () => {
    const promises = { nl: ["verzonnen deelnemers", "meer loten gaf dan verdiend", "verschillende e-mailadressen"] };
    const inEnglish = [
      "invented entrants",
      "more tickets before the close than they had earned",
      "several e-mail addresses",
    ];
    for (const part of promises.nl) expect(words.nl.draw.provesNotThat.join(" ")).toContain(part);
    for (const part of inEnglish) expect(words.en.draw.provesNotThat.join(" ")).toContain(part);
    expect(drawWords.nl.provesNotToo).toContain("als niemand de vingerafdruk vóór de trekking heeft gezien");
    expect(drawWords.en.provesNotToo).toContain("if nobody saw the fingerprint before the draw");
  });
});

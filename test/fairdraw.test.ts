import { execFile } from "node:child_process";
import { createHash, createHmac, hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import {
  beaconClient,
  chainHashOf,
  firstRoundAtOrAfter,
  QUICKNET,
  randomnessOf,
  roundAt,
  timeOfRound,
  verifyRound,
} from "../functions/contests/beacon.ts";
import { hmac, sha256 } from "../functions/contests/bytes.ts";
import {
  type Commitment,
  commitHash,
  decodeCommitment,
  drawSeed,
  encodeCommitment,
  rulesHash,
  wordsOf,
} from "../functions/contests/commitment.ts";
import { type Bundle, bundleOf, draw, drawing, uniform, winnersOf } from "../functions/contests/draw.ts";
import {
  entryCommit,
  pid,
  readReferralToken,
  receiptMessage,
  referralRef,
  referralToken,
  shardOf,
  weightOf,
} from "../functions/contests/entering.ts";
import { sealExclusions } from "../functions/contests/exclusions.ts";
import { nodeSha256 } from "../functions/contests/hash.ts";
import { indexOf, type Ledger, proveLeaf, seal, tileOf } from "../functions/contests/ledger.ts";
import { climb } from "../functions/contests/tree.ts";
import { BundleShape, checkEntry, entryProof, type Verdict, verifyBundle } from "../functions/contests/verify.ts";
import { localBeacon } from "../infra/local/beacon.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hexOf = (raw: Uint8Array) => Buffer.from(raw).toString("hex");
const sha = (text: string) => new Uint8Array(hash("sha256", text, "buffer"));

const recorded = z
  .object({
    chain: z.object({
      chainHash: z.string(),
      publicKey: z.string(),
      periodSeconds: z.number(),
      genesisTime: z.number(),
      groupHash: z.string(),
      beaconId: z.string(),
    }),
    rounds: z.array(z.object({ round: z.number(), signature: z.string(), randomness: z.string() })),
  })
  .parse(JSON.parse(read("./vectors/drand-quicknet.json")));
const roundOf = (round: number) => recorded.rounds.find((one) => one.round === round)!;
const signatureOf = (round: number) => roundOf(round).signature;

const Row = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number()]);
const vectors = read("./vectors/fairdraw.jsonl")
  .trim()
  .split("\n")
  .map((line) =>
    z
      .object({
        name: z.enum(["A8", "B1", "C1000"]),
        n: z.number(),
        T: z.number(),
        root: z.string(),
        commitLen: z.number(),
        commitHash: z.string(),
        seed: z.string(),
        words: z.number(),
        draw: z.array(Row),
      })
      .parse(JSON.parse(line)),
  );

const CONTEST = "00112233445566778899aabbccddeeff";
const shapes = {
  A8: { weights: [1, 5, 1, 1, 50, 2, 1, 10], k: 3, r: 5 },
  B1: { weights: [7], k: 1, r: 3 },
  C1000: { weights: Array.from({ length: 1000 }, (_, i) => ((7919 * i) % 50) + 1), k: 5, r: 10 },
};
const commitsOf = (n: number) => Array.from({ length: n }, (_, i) => sha(`vector-entry-${i}`));
const leavesOf = (weights: number[]) => ({
  commits: new Uint8Array(Buffer.concat(commitsOf(weights.length))),
  weights,
});

/** A whole draw as the vectors make them, with whatever is changed before it is drawn. */
const made = (
  name: keyof typeof shapes,
  change: Partial<Commitment> = {},
  beacon = { sign: signatureOf, chain: undefined as ReturnType<typeof localBeacon>["chain"] | undefined },
) => {
  const { weights, k, r } = shapes[name];
  const ledger = seal(leavesOf(weights));
  const commitment: Commitment = {
    contestId: CONTEST,
    drawNo: 1,
    rulesHash: rulesHash({ v: 1 }),
    n: ledger.n,
    T: ledger.T,
    root: ledger.root,
    ...sealExclusions([]),
    k,
    r,
    chainHash: beacon.chain?.chainHash ?? QUICKNET.chainHash,
    round: 1005,
    closedAt: 1692806280,
    sealedAt: 1692806366,
    prevRound: 1000,
    prevSig: beacon.sign(1000),
    ...change,
  };
  const encoded = encodeCommitment(commitment);
  const signature = beacon.sign(commitment.round);
  const seed = drawSeed(encoded, bytes(signature));
  const positions = draw(ledger, seed, commitment.k + commitment.r);
  const bundle = bundleOf(commitment, { v: 1 }, signature, positions, [], beacon.chain);
  return { ledger, commitment, encoded, seed, positions, bundle };
};

const failedIn = ({ checks }: { checks: Verdict["checks"] }) => checks.filter(({ ok }) => !ok).map(({ name }) => name);

describe("the vectors", () => {
  test.each(vectors)("$name comes out byte for byte", (vector) => {
    const { ledger, encoded, seed, positions } = made(vector.name);
    const rows = positions.map((p) => {
      const i = commitsOf(vector.n).findIndex((commit) => hexOf(commit) === p.commit);
      return [p.u, p.ticket, p.index, p.start, p.weight, i];
    });
    expect({
      ...vector,
      n: ledger.n,
      T: ledger.T,
      root: ledger.root,
      commitLen: encoded.length,
      commitHash: hexOf(commitHash(encoded)),
      seed: hexOf(seed),
      draw: rows,
    }).toEqual(vector);
  });

  test.each(vectors)("$name uses as many words as it should", (vector) => {
    const words = wordsOf(bytes(vector.seed));
    let used = 0;
    let left = vector.T;
    for (const [u, , , , weight] of vector.draw) {
      const counted = () => {
        used++;
        return words();
      };
      expect(uniform(counted, BigInt(left))).toBe(BigInt(u));
      left -= weight;
    }
    expect(used).toBe(vector.words);
  });

  test.each(vectors)("$name verifies with 0", (vector) => {
    expect(verifyBundle(JSON.parse(JSON.stringify(made(vector.name).bundle)))).toMatchObject({ status: 0 });
  });

  test("the entry commit of the specification", () => {
    const commit = entryCommit(new Uint8Array(32).fill(1), bytes(CONTEST), "email:anna@example.com");
    expect(hexOf(commit)).toBe("e4eeae66f3a12261c8f884ad647cd840cd15eb9ae47f765c21ba1bce41e0951a");
  });

  test("words at and above the last multiple of m are left out", () => {
    const words = wordsOf(bytes(vectors[0]!.seed));
    let used = 0;
    const counted = () => {
      used++;
      return words();
    };
    const m = 2n ** 63n + 1n;
    expect([uniform(counted, m), uniform(counted, m), uniform(counted, m)]).toEqual([
      2607705156563441640n,
      1232081095230276527n,
      3720463542608015904n,
    ]);
    expect(used).toBe(5);
  });

  test("the exclusions of the specification, in any order", () => {
    const exclusions = [1, 2, 3].map((reason) => ({ commit: sha(`vector-entry-${reason - 1}`), reason }));
    const exRoot = "4b2dd3335d274d193af67ba7b22cfcefee97431a49dc82eb47d6adc3f826e81a";
    expect(sealExclusions(exclusions)).toEqual({ exCount: 3, exRoot });
    expect(sealExclusions(exclusions.toReversed())).toEqual({ exCount: 3, exRoot });
    expect(sealExclusions([])).toEqual({ exCount: 0, exRoot: hexOf(sha("")) });
    expect(() => sealExclusions([exclusions[0]!, exclusions[0]!])).toThrow("excluded twice");
  });
});

describe("sealing", () => {
  const node = (...parts: Uint8Array[]) => new Uint8Array(hash("sha256", Buffer.concat(parts), "buffer"));
  const u64 = (n: number) => {
    const out = Buffer.alloc(8);
    out.writeBigUInt64BE(BigInt(n));
    return new Uint8Array(out);
  };
  type Plain = { sum: number; hash: Uint8Array };
  /** The tree by its definition: split at the largest power of two smaller than n. */
  const plainRoot = (leaves: Plain[]): Plain => {
    if (leaves.length === 1) return leaves[0]!;
    let half = 1;
    while (half * 2 < leaves.length) half *= 2;
    const [l, r] = [plainRoot(leaves.slice(0, half)), plainRoot(leaves.slice(half))];
    return { sum: l.sum + r.sum, hash: node(Uint8Array.of(1), u64(l.sum), l.hash, u64(r.sum), r.hash) };
  };
  const plainLeaves = (commits: Uint8Array[], weights: number[]) =>
    commits
      .map((commit, i) => ({ commit, weight: weights[i]! }))
      .toSorted((a, b) => Buffer.compare(a.commit, b.commit))
      .map(({ commit, weight }) => ({ sum: weight, hash: node(Uint8Array.of(0), u64(weight), commit) }));

  test.each([1, 2, 3, 5, 255, 256, 257, 511, 512, 513, 769, 65_793])(
    "%i entries give the tree of the definition, on either hash",
    (n) => {
      const weights = Array.from({ length: n }, (_, i) => (i % 97) + 1);
      const expected = plainRoot(plainLeaves(commitsOf(n), weights));
      for (const hash of n > 1000 ? [nodeSha256] : [nodeSha256, sha256]) {
        const ledger = seal(leavesOf(weights), hash);
        expect([ledger.root, ledger.T, ledger.n]).toEqual([hexOf(expected.hash), expected.sum, n]);
      }
    },
  );

  test("the order in which entries come, and where their bytes lie, makes no difference", () => {
    const { weights } = shapes.C1000;
    const commits = commitsOf(1000).toReversed();
    const shifted = new Uint8Array(Buffer.concat([Uint8Array.of(0), ...commits])).subarray(1);
    expect(seal({ commits: shifted, weights: weights.toReversed() }).root).toBe(vectors[2]!.root);
  });

  test("commits that begin alike are still in order", () => {
    const commits = Array.from({ length: 300 }, (_, i) => Uint8Array.of(7, 7, 7, 7, ...sha(`${i}`).subarray(4)));
    const weights = commits.map((_, i) => i + 1);
    const ledger = seal({ commits: new Uint8Array(Buffer.concat(commits)), weights });
    expect(ledger.root).toBe(hexOf(plainRoot(plainLeaves(commits, weights)).hash));
    expect(commits.map((commit) => proveLeaf(ledger, indexOf(ledger, commit)!).weight)).toEqual(weights);
    expect(indexOf(ledger, sha("nobody"))).toBeUndefined();
  });

  test("an empty ledger, an entry twice, a weight or a total out of range are refused", () => {
    const commits = leavesOf([1, 1]).commits;
    expect(() => seal({ commits: new Uint8Array(), weights: [] })).toThrow("at least one entry");
    expect(() => seal({ commits: new Uint8Array([...commits, ...commits]), weights: [1, 1, 1, 1] })).toThrow(
      "the same commit",
    );
    for (const weight of [0, -1, 1.5, 2 ** 32, Number.NaN]) {
      expect(() => seal({ commits, weights: [1, weight] })).toThrow(RangeError);
    }
    expect(() => seal({ commits, weights: [1, 1, 1] })).toThrow("commits must be 96 bytes");
    const most = 2 ** 32 - 1;
    expect(seal({ commits, weights: [most, most] }).T).toBe(2 * most);
  });

  test("more than 2^53-1 tickets are refused", () => {
    const n = 2 ** 21 + 1;
    const commits = new Uint8Array(n * 32);
    const view = new DataView(commits.buffer);
    for (let i = 0; i < n; i++) view.setUint32(i * 32, i);
    const weights = new Float64Array(n).fill(2 ** 32 - 1);
    expect(() => seal({ commits, weights }, nodeSha256)).toThrow("the number of tickets");
  });

  test("sums up to 2^53-1 are exact, and a proof of more is refused", () => {
    const most = { sum: Number.MAX_SAFE_INTEGER - 3, hash: hexOf(sha("sibling")) };
    const leaf = { index: 1, weight: 3, commit: hexOf(sha("leaf")) };
    const own = node(Uint8Array.of(0), u64(3), sha("leaf"));
    const root = hexOf(node(Uint8Array.of(1), bytes("001ffffffffffffc"), sha("sibling"), u64(3), own));
    expect(climb(leaf, 2, [most])).toEqual({ root, T: Number.MAX_SAFE_INTEGER, start: most.sum });
    expect(climb({ ...leaf, weight: 4 }, 2, [most])).toBeUndefined();
    expect(climb({ ...leaf, index: 2 }, 2, [most])).toBeUndefined();
  });
});

describe("drawing", () => {
  test("nobody is drawn twice, and when the tickets run out it stops", () => {
    const { ledger, seed } = made("A8");
    const all = draw(ledger, seed, 100);
    expect(all.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(all.reduce((sum, { weight }) => sum + weight, 0)).toBe(71);
  });

  test("tiles that are fetched one by one give the same draw, two a position for 1,000 entries", async () => {
    const { ledger, seed, positions } = made("C1000");
    const steps = drawing(ledger, seed, 15, nodeSha256);
    let reads = 0;
    let step = steps.next();
    while (!step.done) {
      reads++;
      step = steps.next(await Promise.resolve(tileOf(ledger, step.value).slice()));
    }
    expect(step.value).toEqual(positions);
    expect(reads).toBe(2 * 15);
  });

  test("every leaf of a large ledger can be proven, and each ticket belongs to one", () => {
    const weights = Array.from({ length: 66_000 }, (_, i) => (i % 3) + 1);
    const ledger = seal(leavesOf(weights), nodeSha256);
    const positions = draw(ledger, sha("any"), 50, nodeSha256);
    const c = { ...made("A8").commitment, n: ledger.n, T: ledger.T, root: ledger.root, k: 50, r: 0 };
    expect(failedIn(verifyBundle(bundleOf(c, { v: 1 }, signatureOf(1005), positions)))).toEqual(["replay"]);
    for (const index of [0, 1, 255, 256, 65_535, 65_536, 65_999]) {
      expect(proveLeaf(ledger, index, nodeSha256).index).toBe(index);
    }
    expect(() => proveLeaf(ledger, 66_000)).toThrow(RangeError);
  });

  test("striking takes the next position, and nothing else", () => {
    expect(winnersOf(8, 3, [])).toEqual([0, 1, 2]);
    expect(winnersOf(8, 3, [{ position: 1 }, { position: 3 }])).toEqual([0, 2, 4]);
    expect(winnersOf(4, 3, [{ position: 0 }, { position: 1 }])).toEqual([2, 3]);
  });
});

describe("entering", () => {
  const contest = bytes(CONTEST);
  test("the HMAC is the standard one, for keys of any length", () => {
    for (const length of [0, 16, 32, 64, 65, 200]) {
      const key = new Uint8Array(length).fill(length);
      expect(hexOf(hmac(key, sha("x"), nodeSha256))).toBe(createHmac("sha256", key).update(sha("x")).digest("hex"));
    }
  });

  test("one person in one contest has one key, and a shard by it", () => {
    const anna = pid(sha("pepper"), contest, "email:anna@example.com");
    const expected = createHmac("sha256", sha("pepper")).update(contest).update("email:anna@example.com").digest();
    expect(hexOf(anna)).toBe(hexOf(expected.subarray(0, 16)));
    expect(shardOf(anna, 64)).toBe(anna[0]! % 64);
    expect(() => pid(sha("pepper"), new Uint8Array(15), "x")).toThrow("contestId must be 16 bytes");
  });

  test("a personal link proves itself, in its own contest only", () => {
    const key = sha("link key");
    const ref = referralRef(key, contest, pid(sha("pepper"), contest, "email:anna@example.com"));
    const token = referralToken(key, contest, ref);
    expect(token).toMatch(/^[\w-]{32}$/);
    expect(readReferralToken(key, contest, token)).toEqual(ref);
    expect(readReferralToken(key, sha("another").subarray(0, 16), token)).toBeUndefined();
    expect(readReferralToken(sha("another key"), contest, token)).toBeUndefined();
    for (const wrong of ["", "x".repeat(31), `${token}A`, `${token[0] === "A" ? "B" : "A"}${token.slice(1)}`]) {
      expect(readReferralToken(key, contest, wrong)).toBeUndefined();
    }
  });

  test("friends count up to the cap, and a weight stays within its bounds", () => {
    const rules = { base: 1, referralUnit: 2, referralCap: 10 };
    expect(weightOf(rules, 0)).toBe(1);
    expect(weightOf(rules, 3, [1, 5])).toBe(13);
    expect(weightOf(rules, 1000)).toBe(11);
    expect(() => weightOf({ ...rules, base: 0 }, 0)).toThrow("at least 1");
    expect(() => weightOf({ ...rules, base: 2 ** 32 - 1 }, 1)).toThrow(RangeError);
    expect(() => weightOf(rules, -1)).toThrow(RangeError);
    expect(() => weightOf(rules, 0, [0.5])).toThrow(RangeError);
  });

  test("an identity that is no text, or too long, is refused", () => {
    const salt = new Uint8Array(32);
    expect(() => entryCommit(salt, contest, "\ud800")).toThrow("well-formed");
    expect(() => entryCommit(salt, contest, "x".repeat(65_536))).toThrow(RangeError);
    expect(() => entryCommit(salt.subarray(1), contest, "x")).toThrow("salt must be 32 bytes");
  });
});

describe("the commitment", () => {
  test("what was encoded is decoded", () => {
    const { commitment, encoded } = made("A8");
    expect(encoded.length).toBe(264);
    expect(decodeCommitment(encoded)).toEqual(commitment);
  });

  test.each([
    ["another magic", (b: Uint8Array) => b.fill(0, 0, 1), "FDC1"],
    ["n of 0", (b: Uint8Array) => b.fill(0, 56, 64), "no entries"],
    ["more entries than tickets", (b: Uint8Array) => b.fill(9, 58, 64), "fewer tickets"],
    ["T over 2^53-1", (b: Uint8Array) => b.fill(0x20, 65, 66), "T is out of range"],
    ["T over what n can hold", (b: Uint8Array) => b.fill(0x1f, 65, 66), "more tickets"],
    ["exclusions without a root", (b: Uint8Array) => b.fill(1, 111, 112), "exclusions"],
    ["no winner", (b: Uint8Array) => b.fill(0, 144, 148), "nobody can win"],
    ["sealed before it closed", (b: Uint8Array) => b.fill(0, 200, 208), "before the contest closed"],
    ["the deciding round as the previous one", (b: Uint8Array) => b.set([0x03, 0xed], 214), "previous round"],
  ])("%s is refused", (_, change, words) => {
    const encoded = made("A8").encoded;
    change(encoded);
    expect(() => decodeCommitment(encoded)).toThrow(words);
  });

  test("another length, and fields out of range, are refused", () => {
    const { commitment, encoded } = made("A8");
    expect(() => decodeCommitment(encoded.subarray(1))).toThrow("264 bytes");
    expect(() => encodeCommitment({ ...commitment, root: commitment.root.toUpperCase() })).toThrow("lower-case hex");
    expect(() => encodeCommitment({ ...commitment, root: "00" })).toThrow("root must be 32 bytes");
    expect(() => encodeCommitment({ ...commitment, drawNo: 2 ** 32 })).toThrow("drawNo");
    expect(() => encodeCommitment({ ...commitment, closedAt: 0.5 })).toThrow("closedAt");
  });

  test("the hash of the rules does not depend on how they are written down", () => {
    expect(rulesHash(JSON.parse('{"b": 1.0, "a": "é"}'))).toBe(hexOf(sha('{"a":"é","b":1}')));
    expect(() => rulesHash({ a: Number.NaN })).toThrow();
    expect(() => rulesHash(undefined)).toThrow("no JSON");
  });
});

describe("the beacon", () => {
  const { chain } = recorded;

  test("the pinned chain is the recorded one, and its hash follows from it", () => {
    expect(QUICKNET).toEqual({
      chainHash: chain.chainHash,
      publicKey: chain.publicKey,
      period: chain.periodSeconds,
      genesis: chain.genesisTime,
      groupHash: chain.groupHash,
      beaconId: chain.beaconId,
    });
    expect(chainHashOf(QUICKNET)).toBe(chain.chainHash);
    expect(chainHashOf({ ...QUICKNET, beaconId: "default" })).toBe(chainHashOf({ ...QUICKNET, beaconId: "" }));
    expect(chainHashOf({ ...QUICKNET, period: 30 })).not.toBe(chain.chainHash);
  });

  test.each(recorded.rounds)("recorded round $round verifies, and its randomness is derived", (one) => {
    expect(verifyRound(QUICKNET, one.round, one.signature)).toBe(true);
    expect(randomnessOf(one.signature)).toBe(one.randomness);
  });

  test("rounds and times", () => {
    const { genesis } = QUICKNET;
    expect([-1, 0, 2, 3, 2999].map((s) => roundAt(QUICKNET, genesis + s))).toEqual([0, 1, 1, 2, 1000]);
    expect([-9, 0, 1, 3, 4].map((s) => firstRoundAtOrAfter(QUICKNET, genesis + s))).toEqual([1, 1, 2, 2, 3]);
    expect(timeOfRound(QUICKNET, 1000)).toBe(genesis + 2997);
  });

  const good = signatureOf(1000);
  const { Fp } = bls12_381.fields;
  const compressed = (x: bigint) => hexOf(Buffer.from((x | (1n << 383n)).toString(16).padStart(96, "0"), "hex"));
  const xOf = (signature: string) => BigInt(`0x${signature}`) & ((1n << 381n) - 1n);
  const rhs = (x: bigint) => Fp.add(Fp.pow(x, 3n), 4n);
  const onCurve = (x: bigint) => Fp.eql(Fp.sqr(Fp.sqrt(rhs(x))), rhs(x));
  const firstOnCurve = () => {
    for (let x = 1n; ; x++) {
      try {
        if (onCurve(x)) return x;
      } catch {}
    }
  };
  const offCurve = () => {
    for (let x = 1n; ; x++) {
      try {
        if (!onCurve(x)) return x;
      } catch {
        return x;
      }
    }
  };

  test("a point outside the subgroup is refused", () => {
    const x = firstOnCurve();
    const point = bls12_381.G1.Point.fromAffine({ x, y: Fp.sqrt(rhs(x)) });
    expect(point.isTorsionFree()).toBe(false);
    expect(verifyRound(QUICKNET, 1000, compressed(x))).toBe(false);
  });

  test("an x that is not fully reduced is refused, though it names the right point", () => {
    const small = signatureOf(1006);
    expect(xOf(small) + Fp.ORDER < 1n << 381n).toBe(true);
    const flags = BigInt(`0x${small}`) - xOf(small);
    expect(verifyRound(QUICKNET, 1006, small)).toBe(true);
    expect(verifyRound(QUICKNET, 1006, (flags + xOf(small) + Fp.ORDER).toString(16))).toBe(false);
  });

  test.each([
    ["47 bytes", good.slice(2)],
    ["49 bytes", `${good}00`],
    ["nothing", ""],
    ["capitals", good.toUpperCase()],
    ["no hex", `zz${good.slice(2)}`],
    ["infinity", `c0${"00".repeat(47)}`],
    ["zeros", "00".repeat(48)],
    ["no compression flag", `${(Number.parseInt(good.slice(0, 2), 16) & 0x7f).toString(16)}${good.slice(2)}`],
    ["the negated point", `${(Number.parseInt(good.slice(0, 2), 16) ^ 0x20).toString(16)}${good.slice(2)}`],
    ["a point off the curve", compressed(offCurve())],
    ["one bit off", `${good.slice(0, -1)}${good.endsWith("0") ? "1" : "0"}`],
    ["another round's signature", signatureOf(1001)],
  ])("%s is refused", (_, signature) => {
    expect(verifyRound(QUICKNET, 1000, signature)).toBe(false);
  });

  test("a round that is none, another round, and another key are refused, also after the right one verified", () => {
    expect(verifyRound(QUICKNET, 1000, good)).toBe(true);
    for (const round of [0, -1, 0.5, 999, 1001, 2 ** 53, Number.NaN]) {
      expect(verifyRound(QUICKNET, round, good)).toBe(false);
    }
    const other = localBeacon({ secretKey: sha("key").fill(1, 0, 1), genesis: QUICKNET.genesis, period: 3 }).chain;
    expect(verifyRound({ ...QUICKNET, publicKey: other.publicKey }, 1000, good)).toBe(false);
    const infinity = `c0${"00".repeat(95)}`;
    expect(verifyRound({ ...QUICKNET, publicKey: infinity }, 1000, good)).toBe(false);
    expect(verifyRound({ ...QUICKNET, publicKey: infinity }, 1000, `c0${"00".repeat(47)}`)).toBe(false);
    expect(verifyRound({ ...QUICKNET, publicKey: "no key" }, 1000, good)).toBe(false);
  });
});

const local = localBeacon({ secretKey: sha("a local key").fill(1, 0, 1), genesis: 1692803367, period: 3 });

describe("the client of the beacon", () => {
  const nowSeconds = timeOfRound(QUICKNET, 1009);
  type Relay = (path: string, response: ServerResponse) => void;
  const json = (response: ServerResponse, body: unknown) => {
    response.setHeader("content-type", "application/json");
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
  const refuse = (response: ServerResponse, status: number) => {
    response.statusCode = status;
    response.end("no");
  };
  const askedRound = (path: string) => {
    const last = path.split("/").at(-1);
    return last === "latest" ? 1009 : Number(last);
  };
  const v1 = (path: string) => path.startsWith(`/${QUICKNET.chainHash}/public/`);
  const v2 = (path: string) => path.startsWith(`/v2/chains/${QUICKNET.chainHash}/rounds/`);
  const future = (path: string) => timeOfRound(QUICKNET, askedRound(path)) > nowSeconds;
  const { signature: otherSignature } = roundOf(1001);

  const relays: Record<string, Relay> = {
    v1: (path, response) => {
      if (!v1(path)) return refuse(response, 404);
      return future(path) ? refuse(response, 425) : json(response, roundOf(askedRound(path)));
    },
    v2: (path, response) => {
      if (!v2(path)) return refuse(response, 404);
      if (future(path)) return refuse(response, 425);
      const { round, signature } = roundOf(askedRound(path));
      return json(response, { round, signature });
    },
    old: (path, response) =>
      v1(path) && !future(path) ? json(response, roundOf(askedRound(path))) : refuse(response, 404),
    busy: (_, response) => refuse(response, 429),
    broken: (_, response) => refuse(response, 500),
    cut: (path, response) => {
      response.setHeader("content-length", "400");
      response.write(JSON.stringify(roundOf(askedRound(path))).slice(0, 60), () => response.destroy());
    },
    short: (path, response) => json(response, JSON.stringify(roundOf(askedRound(path))).slice(0, 60)),
    silent: () => {},
    page: (_, response) => json(response, "<html>Sign in to the hotel's wifi</html>"),
    other: (_, response) => json(response, roundOf(1001)),
    renamed: (path, response) => json(response, { ...roundOf(1001), round: askedRound(path) }),
    randomness: (path, response) =>
      json(response, { ...roundOf(askedRound(path)), randomness: randomnessOf(otherSignature) }),
    local: (path, response) => {
      const { status, body } = local.respond(path, nowSeconds);
      response.statusCode = status;
      response.end(body);
    },
  };

  let server: Server;
  let asked: string[] = [];
  let base = "";
  beforeAll(async () => {
    server = createServer((request, response) => {
      const [, name = "", ...rest] = (request.url ?? "").split("/");
      asked.push(name);
      relays[name]?.(`/${rest.join("/")}`, response);
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const client = (...names: string[]) =>
    beaconClient({ relays: names.map((name) => `${base}/${name}`), timeoutMs: names.includes("silent") ? 40 : 2000 });

  test.each(["v1", "v2", "old"])("a relay of shape %s gives a round and the newest", async (name) => {
    expect(await client(name).round(1005)).toEqual(roundOf(1005));
    if (name !== "old") expect(await client(name).latest()).toEqual(roundOf(1009));
  });

  test.each(["v1", "v2", "old"])("a round to come is not yet there at a relay of shape %s", async (name) => {
    expect(await client(name).round(13_335)).toBeUndefined();
    expect(await client("busy", name, "broken").round(13_335)).toBeUndefined();
  });

  test.each(Object.keys(relays).filter((name) => !["v1", "v2", "old", "local"].includes(name)))(
    "a relay that is '%s' is passed over, and alone is no relay",
    async (name) => {
      expect(await client(name, "v1").round(1005)).toEqual(roundOf(1005));
      expect(await client(name, "v2").round(1005)).toEqual(roundOf(1005));
      await expect(client(name).round(1005)).rejects.toThrow(`${base}/${name}: `);
    },
  );

  test("the error names every relay and what was wrong with it", async () => {
    await expect(client("busy", "renamed", "page", "other").round(1005)).rejects.toThrow(
      /gave round 1005\. .*busy: status 429; .*renamed: a signature of round 1005 that does not verify; .*page: .*; .*other: answered with round 1001/,
    );
    await expect(beaconClient({ relays: ["http://127.0.0.1:1"] }).round(5)).rejects.toThrow("http://127.0.0.1:1: ");
    await expect(beaconClient({ relays: [] }).latest()).rejects.toThrow("There are none");
    await expect(client("v1").round(0)).rejects.toThrow("no round 0");
  });

  test("where relays disagree, the one with the signature is believed", async () => {
    expect(await client("renamed", "old", "v1").round(1005)).toEqual(roundOf(1005));
    // A relay that is behind says not yet; the next has it.
    const behind = beaconClient({
      relays: [`${base}/behind`, `${base}/v1`],
      fetch: async (url, init) =>
        String(url).includes("/behind/") ? new Response("no", { status: 425 }) : fetch(url, init),
    });
    expect(await behind.round(1005)).toEqual(roundOf(1005));
  });

  test("the first relay that serves is the only one asked", async () => {
    asked = [];
    await client("v1", "v2").round(1005);
    expect(asked).toEqual(["v1"]);
  });

  test("the local beacon answers like a relay, on its own chain", async () => {
    const onLocal = beaconClient({ chain: local.chain, relays: [`${base}/local`] });
    expect(await onLocal.round(1005)).toMatchObject({ round: 1005, signature: local.sign(1005) });
    expect((await onLocal.latest()).round).toBe(1009);
    expect(await onLocal.round(1010)).toBeUndefined();
    expect(await client("local").round(1005)).toBeUndefined();
  });
});

describe("the local beacon", () => {
  const { chain, respond, sign } = local;
  const now = timeOfRound(chain, 7);
  const body = (path: string, at = now) => JSON.parse(respond(path, at).body);

  test("it has its own chain hash, and signs so that only its own key verifies", () => {
    expect(chain.chainHash).toBe(chainHashOf(chain));
    expect(chain.chainHash).not.toBe(QUICKNET.chainHash);
    expect(verifyRound(chain, 7, sign(7))).toBe(true);
    expect(verifyRound(QUICKNET, 7, sign(7))).toBe(false);
  });

  test("both shapes, the newest, the chain, and what is not there", () => {
    const { chainHash } = chain;
    const round = { round: 7, signature: sign(7) };
    const withRandomness = { ...round, randomness: randomnessOf(sign(7)) };
    expect(body(`/${chainHash}/public/7`)).toEqual(withRandomness);
    expect(body(`/${chainHash}/public/latest`)).toEqual(withRandomness);
    expect(body(`/v2/chains/${chainHash}/rounds/7`)).toEqual(round);
    expect(body(`/v2/chains/${chainHash}/rounds/latest`)).toEqual(round);
    expect(body("/chains")).toEqual([chainHash]);
    expect(body(`/${chainHash}/info`)).toMatchObject({ hash: chainHash, public_key: chain.publicKey });
    expect(body(`/v2/chains/${chainHash}/info`)).toMatchObject({ chain_hash: chainHash, public_key: chain.publicKey });
    expect(respond(`/${chainHash}/public/8`, now).status).toBe(425);
    expect(respond(`/v2/chains/${chainHash}/rounds/8`, now + 2).status).toBe(425);
    expect(respond(`/v2/chains/${chainHash}/rounds/8`, now + 3).status).toBe(200);
    expect(respond(`/${chainHash}/public/latest`, chain.genesis - 1).status).toBe(500);
    for (const path of ["/", `/${QUICKNET.chainHash}/public/7`, `/${chainHash}/rounds/7`, `/${chainHash}/public/x`]) {
      expect(respond(path, now).status).toBe(404);
    }
  });
});

describe("the verifier", () => {
  const published = (): Bundle => BundleShape.parse(JSON.parse(read("./vectors/public-draw.json")));
  const onLocal = () => made("A8", {}, { sign: local.sign, chain: local.chain }).bundle;
  const decoded = (bundle: Bundle) => decodeCommitment(bytes(bundle.commitment));

  test("the shipped draw is valid on the public beacon", () => {
    const verdict = verifyBundle(published());
    expect(failedIn(verdict)).toEqual([]);
    expect(verdict.status).toBe(0);
    expect(verdict.checks.map(({ name }) => name)).toEqual([
      ..."shape,commitment,contest,rules,beacon,times,previous round,round".split(","),
      ..."positions,proofs,replay,strikes,winners".split(","),
    ]);
  });

  test("the shipped draw has forty entries, three winners, five reserves and a strike", () => {
    expect(decoded(published())).toMatchObject({ n: 40, k: 3, r: 5, exCount: 2, prevRound: 20791007, round: 31089008 });
    expect(published().winners).toEqual([0, 2, 3]);
  });

  test("a draw on another beacon is valid with 2", () => {
    expect(verifyBundle(JSON.parse(JSON.stringify(onLocal())))).toMatchObject({ status: 2 });
  });

  test("a draw whose tickets ran out is valid with fewer positions", () => {
    const { bundle } = made("B1");
    expect(bundle.positions).toHaveLength(1);
    expect(verifyBundle(bundle).status).toBe(0);
  });

  type Change = (bundle: Bundle) => unknown;
  const change =
    (path: string, next: (old: unknown) => unknown): Change =>
    (bundle) => {
      const keys = path.split(".");
      const last = keys.pop() ?? "";
      const parent = keys.reduce((value: object, key) => Reflect.get(value, key), bundle);
      return Reflect.set(parent, last, next(Reflect.get(parent, last)));
    };
  const put = (path: string, value: unknown) => change(path, () => value);
  const add = (path: string, n: number) => change(path, (old) => Number(old) + n);
  const infoOf = ({ chainHash: _, ...info }: typeof QUICKNET) => info;
  const commitmentByte =
    (at: number): Change =>
    (b) => {
      const raw = bytes(b.commitment);
      raw[at] = raw[at]! ^ 1;
      b.commitment = hexOf(raw);
    };
  const swap: Change = (b) => {
    const [first, second, ...rest] = b.positions;
    b.positions = [{ ...second!, position: 0 }, { ...first!, position: 1 }, ...rest];
  };

  test.each<[string, string[], Change]>([
    ["a byte of the contest in the commitment", ["contest", "replay"], commitmentByte(4)],
    ["the number of the draw", ["replay"], commitmentByte(23)],
    ["the hash of the rules", ["rules", "replay"], commitmentByte(24)],
    ["n", ["proofs"], commitmentByte(63)],
    ["T", ["proofs"], commitmentByte(71)],
    ["the root", ["proofs"], commitmentByte(72)],
    ["the number of exclusions", ["replay"], commitmentByte(111)],
    ["the root of the exclusions", ["replay"], commitmentByte(112)],
    ["k", ["positions", "winners"], commitmentByte(147)],
    ["r", ["positions"], commitmentByte(151)],
    ["the chain in the commitment", ["beacon"], commitmentByte(152)],
    ["the round in the commitment", ["beacon"], commitmentByte(191)],
    ["the closing time", ["replay"], commitmentByte(199)],
    ["the sealing time", ["replay"], commitmentByte(207)],
    ["the previous round", ["previous round", "replay"], commitmentByte(215)],
    ["the previous signature", ["previous round", "replay"], commitmentByte(216 + 47)],
    ["the magic", ["commitment"], commitmentByte(0)],
    ["another contest", ["contest"], put("contest", CONTEST)],
    ["a prize in the rules", ["rules"], put("rules.prizes", [])],
    ["the round", ["beacon"], add("beacon.round", 1)],
    ["the chain", ["beacon"], put("beacon.chainHash", local.chain.chainHash)],
    ["the signature of another round", ["round"], put("beacon.signature", signatureOf(1000))],
    ["a bit of the signature", ["round"], put("beacon.signature", signatureOf(31089008).replace(/3$/, "2"))],
    ["u", ["replay"], add("positions.2.u", 1)],
    ["a ticket", ["replay"], add("positions.2.ticket", 1)],
    ["an index", ["proofs"], add("positions.2.index", -1)],
    ["an index beyond the ledger", ["proofs"], put("positions.2.index", 40)],
    ["a start", ["proofs"], add("positions.2.start", 1)],
    ["a weight", ["proofs"], add("positions.2.weight", 1)],
    ["a commit", ["proofs"], put("positions.2.commit", "00".repeat(32))],
    ["a sum in a proof", ["proofs"], add("positions.0.proof.1.sum", 1)],
    ["a hash in a proof", ["proofs"], put("positions.0.proof.0.hash", "00".repeat(32))],
    ["a proof too short", ["proofs"], (b) => b.positions[0]!.proof.pop()],
    ["a proof too long", ["proofs"], (b) => b.positions[0]!.proof.push({ sum: 1, hash: "00".repeat(32) })],
    ["a sum beyond what is exact", ["proofs"], put("positions.0.proof.0.sum", Number.MAX_SAFE_INTEGER)],
    ["the steps of a proof in another order", ["proofs"], (b) => b.positions[0]!.proof.reverse()],
    ["two positions exchanged", ["replay"], swap],
    ["one entry in two positions", ["proofs"], (b) => b.positions.splice(4, 1, { ...b.positions[3]!, position: 4 })],
    ["a position left out", ["positions"], (b) => b.positions.pop()],
    ["a position left out in the middle", ["positions"], (b) => b.positions.splice(4, 1)],
    ["a position too many", ["positions", "proofs"], (b) => b.positions.push({ ...b.positions[7]!, position: 8 })],
    ["the number of a position", ["positions"], put("positions.5.position", 6)],
    ["no positions", ["positions", "strikes", "winners"], put("positions", [])],
    ["a strike left out", ["winners"], put("strikes", [])],
    ["a strike too many", ["winners"], (b) => b.strikes.push({ ...b.strikes[0]!, position: 2 })],
    ["a position struck twice", ["strikes"], (b) => b.strikes.push(b.strikes[0]!)],
    ["a strike of what was not drawn", ["strikes"], (b) => b.strikes.push({ ...b.strikes[0]!, position: 8 })],
    ["a strike without a reason", ["shape"], put("strikes.0.reason", "  ")],
    ["a strike at no time", ["shape"], put("strikes.0.at", "yesterday")],
    ["a friend among the winners", ["winners"], put("winners.2", 7)],
    ["the winners in another order", ["winners"], (b) => b.winners.reverse()],
    ["a winner too few", ["winners"], (b) => b.winners.pop()],
    ["a winner too many", ["winners"], (b) => b.winners.push(4)],
    ["an unknown field", ["shape"], (b) => Object.assign(b, { note: "" })],
    ["an unknown field in a proof", ["shape"], (b) => Object.assign(b.positions[0]!.proof[0]!, { side: "left" })],
    ["another version", ["shape"], (b) => Object.assign(b, { version: "fairdraw/2" })],
    ["a negative sum", ["shape"], put("positions.0.proof.0.sum", -1)],
    ["a number as text", ["shape"], (b) => Object.assign(b.positions[0]!, { u: "1" })],
    ["capitals in hex", ["shape"], (b) => Object.assign(b, { commitment: b.commitment.toUpperCase() })],
    ["a commitment cut short", ["shape"], (b) => Object.assign(b, { commitment: b.commitment.slice(2) })],
    ["no rules", ["shape"], (b) => Object.assign(b, { rules: undefined })],
    [
      "the public chain's hash with another key",
      ["beacon"],
      put("beacon.chain", { ...infoOf(QUICKNET), publicKey: local.chain.publicKey }),
    ],
  ])("tampered: %s is refused", (_, names, change) => {
    const bundle = published();
    change(bundle);
    const verdict = verifyBundle(bundle);
    expect(failedIn(verdict)).toEqual(names);
    expect(verdict.status).toBe(1);
    for (const { ok, detail } of verdict.checks) expect(ok || detail.length > 10).toBe(true);
  });

  test.each<[string, string[], Change]>([
    ["the chain left out", ["beacon"], (b) => Reflect.deleteProperty(b.beacon, "chain")],
    ["another key", ["beacon"], put("beacon.chain.publicKey", QUICKNET.publicKey)],
    ["another genesis", ["beacon"], add("beacon.chain.genesis", 3)],
    ["another period", ["beacon"], put("beacon.chain.period", 30)],
    ["the public beacon's signature", ["round"], put("beacon.signature", signatureOf(1005))],
  ])("tampered on another beacon: %s is refused", (_, names, change) => {
    const bundle = onLocal();
    change(bundle);
    expect(failedIn(verifyBundle(bundle))).toEqual(names);
  });

  test.each<[string, string, Partial<Commitment>]>([
    ["after the round was known", "times", { sealedAt: timeOfRound(QUICKNET, 1005) }],
    ["before the previous round existed", "times", { sealedAt: timeOfRound(QUICKNET, 1000) - 1 }],
    ["with another previous signature", "previous round", { prevSig: signatureOf(1001) }],
  ])("a ledger sealed %s is refused, however well it is drawn", (_, name, change) => {
    expect(failedIn(verifyBundle(made("A8", change).bundle))).toEqual([name]);
  });

  test("the second before the round, and the second of the previous one, are in time", () => {
    for (const sealedAt of [timeOfRound(QUICKNET, 1005) - 1, timeOfRound(QUICKNET, 1000)]) {
      expect(verifyBundle(made("A8", { sealedAt }).bundle).status).toBe(0);
    }
  });

  test("an organiser who puts an entry into the ledger twice is found out when both are drawn", () => {
    const record = Buffer.concat([bytes("0000000000000001"), sha("a friend")]);
    const leaf = createHash("sha256")
      .update(Buffer.concat([Uint8Array.of(0), record]))
      .digest();
    const child = Buffer.concat([bytes("0000000000000001"), leaf]);
    const root = createHash("sha256")
      .update(Buffer.concat([Uint8Array.of(1), child, child]))
      .digest("hex");
    const ledger: Ledger = { n: 2, T: 2, root, levels: [new Uint8Array(Buffer.concat([record, record]))] };
    const commitment: Commitment = { ...made("A8").commitment, n: 2, T: 2, root, k: 2, r: 0 };
    const positions = draw(ledger, drawSeed(encodeCommitment(commitment), bytes(signatureOf(1005))), 2);
    const verdict = verifyBundle(bundleOf(commitment, { v: 1 }, signatureOf(1005), positions));
    expect(failedIn(verdict)).toEqual(["proofs"]);
  });

  test.each([[null], [undefined], [[]], ["fairdraw/1"], [7], [{}]])("%j is no bundle", (value) => {
    expect(verifyBundle(value)).toMatchObject({ status: 1, checks: [{ name: "shape", ok: false }] });
  });

  test("what a browser runs needs nothing of Node", () => {
    const files = new Set(["./verify.ts", "./exclusions.ts"]);
    const packages = new Set<string>();
    // A set that grows while it is gone through is gone through to its end: this follows every import.
    for (const file of files)
      for (const [, name] of read(`../functions/contests/${file}`).matchAll(/from "([^"]+)"/g))
        (name!.startsWith(".") ? files : packages).add(name!);
    expect(files).toContain("./draw.ts");
    expect([...packages].filter((name) => !/^(@noble\/|zod$|canonicalize$)/.test(name))).toEqual([]);
  });
});

describe("an entrant's own check", () => {
  const secret = sha("the contest's receipt key");
  const identity = "email:anna@example.com";
  const salt = sha("anna's salt");
  const commit = entryCommit(salt, bytes(CONTEST), identity);
  const enteredAt = 1692806279_999;
  const base = made("C1000").commitment;
  const ledger = seal({
    commits: new Uint8Array(Buffer.concat([...commitsOf(999), commit])),
    weights: new Array(1000).fill(3),
  });
  const commitment = hexOf(encodeCommitment({ ...base, root: ledger.root, T: ledger.T }));
  const receiptAt = (at: number) => ({
    enteredAt: at,
    signature: hexOf(ed25519.sign(receiptMessage(bytes(CONTEST), commit, at), secret)),
  });
  const evidence = {
    identity,
    salt: hexOf(salt),
    receipt: receiptAt(enteredAt),
    receiptKey: hexOf(ed25519.getPublicKey(secret)),
    entry: entryProof(ledger, commit),
  };

  test("the receipt covers contest, commit and time", () => {
    expect(hexOf(receiptMessage(bytes(CONTEST), commit, enteredAt))).toBe(
      `46445231${CONTEST}${hexOf(commit)}${enteredAt.toString(16).padStart(16, "0")}`,
    );
  });

  test("who is in the ledger can tell, from receipt, salt and proof", () => {
    const { ok, checks } = checkEntry(commitment, evidence);
    expect(ok).toBe(true);
    expect(checks.at(-1)?.detail).toMatch(/^entry \d+ of 1000: tickets \d+ to \d+ of 3000$/);
  });

  test("who was left out holds a receipt that verifies, and no inclusion", () => {
    expect(entryProof(ledger, sha("someone else"))).toBeUndefined();
    const { ok, checks } = checkEntry(commitment, { ...evidence, entry: undefined });
    expect([ok, failedIn({ checks })]).toEqual([false, ["inclusion"]]);
  });

  test.each<[string, string[], object]>([
    ["another address", ["receipt", "inclusion"], { identity: "email:bert@example.com" }],
    ["another salt", ["receipt", "inclusion"], { salt: "00".repeat(32) }],
    ["another time", ["receipt"], { receipt: { ...evidence.receipt, enteredAt: enteredAt - 1 } }],
    ["another key", ["receipt"], { receiptKey: hexOf(ed25519.getPublicKey(sha("x"))) }],
    ["a key that is none", ["receipt"], { receiptKey: "ff".repeat(32) }],
    ["a receipt from after the close", ["in time"], { receipt: receiptAt(1692806280_000) }],
    ["another weight", ["inclusion"], { entry: { ...evidence.entry, weight: 4 } }],
    ["another place", ["inclusion"], { entry: { ...evidence.entry, index: 0 } }],
    ["an unknown field", ["shape"], { note: "" }],
  ])("%s is refused", (_, names, change) => {
    expect(failedIn(checkEntry(commitment, { ...evidence, ...change }))).toEqual(names);
  });

  test("a commitment that is none is refused", () => {
    expect(failedIn(checkEntry("00", evidence))).toEqual(["commitment"]);
  });
});

describe("the command", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fairdraw-"));
    const publicDraw = JSON.parse(read("./vectors/public-draw.json"));
    await writeFile(join(folder, "tampered.json"), JSON.stringify({ ...publicDraw, winners: [0, 1, 2] }));
    await writeFile(join(folder, "hostile.json"), JSON.stringify({ ...publicDraw, "\u001b[2Jk": 1 }));
    await writeFile(
      join(folder, "local.json"),
      JSON.stringify(made("A8", {}, { sign: local.sign, chain: local.chain }).bundle),
    );
    await writeFile(join(folder, "cut.json"), '{"version":');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const verify = (...files: string[]) =>
    new Promise<{ status: number; out: string }>((done) => {
      const command = new URL("../infra/verify.ts", import.meta.url).pathname;
      execFile(process.execPath, [command, ...files], (error, stdout, stderr) =>
        done({ status: Number(error?.code ?? 0), out: stdout + stderr }),
      );
    });

  test.concurrent.each<[string, () => string[], number, RegExp]>([
    [
      "a valid draw",
      () => [new URL("./vectors/public-draw.json", import.meta.url).pathname],
      0,
      /ok {6}replay .*\nVALID\. /s,
    ],
    [
      "a tampered draw",
      () => [join(folder, "tampered.json")],
      1,
      /FAILED {2}winners .*\nINVALID\. .* Failed: winners\./s,
    ],
    ["a draw on another beacon", () => [join(folder, "local.json")], 2, /\nVALID, BUT NOT ON THE PUBLIC BEACON\. /],
    [
      "a file that steers terminals",
      () => [join(folder, "hostile.json")],
      1,
      /^\P{Cc}+\n\nINVALID\. \P{Cc}+ Failed: shape\.\n$/u,
    ],
    ["what is not JSON", () => [join(folder, "cut.json")], 1, /cut\.json is not JSON/],
    ["a missing file", () => [join(folder, "none.json")], 66, /Cannot read .*none\.json/],
    ["no argument", () => [], 64, /^Usage: /],
  ])(
    "%s: says so, and exits as documented",
    async (_, files, status, words) => {
      const result = await verify(...files());
      expect(result.status).toBe(status);
      expect(result.out).toMatch(words);
      // Seven processes at once on a machine that may be busy.
    },
    20_000,
  );
});

import { createHash, createHmac } from "node:crypto";

// FairDraw 1 once more, written from its specification alone and sharing no line with functions/contests/: plain, slow,
// in BigInt throughout. The two must agree byte for byte.

const sha = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const big = (value: bigint | number, bytes: number): Buffer =>
  Buffer.from(
    BigInt(value)
      .toString(16)
      .padStart(2 * bytes, "0"),
    "hex",
  );
const byte = (value: number): Buffer => Buffer.of(value);

type Node = { sum: bigint; hash: Buffer };
export type IndependentEntry = { commit: Buffer; weight: number };

/** LH and NH of section 2, split at the largest power of two smaller than the number of leaves (RFC 9162, section 2.1.1). */
const rootOf = (leaves: readonly IndependentEntry[]): Node => {
  const [only] = leaves;
  if (only && leaves.length === 1)
    return { sum: BigInt(only.weight), hash: sha(byte(0), big(only.weight, 8), only.commit) };
  const { left, right } = split(leaves);
  const [l, r] = [rootOf(left), rootOf(right)];
  return { sum: l.sum + r.sum, hash: sha(byte(1), big(l.sum, 8), l.hash, big(r.sum, 8), r.hash) };
};
const split = <T>(leaves: readonly T[]): { left: T[]; right: T[] } => {
  let at = 1;
  while (at * 2 < leaves.length) at *= 2;
  return { left: leaves.slice(0, at), right: leaves.slice(at) };
};

/** From the leaf up. */
const proofOf = (leaves: readonly IndependentEntry[], index: number): { sum: number; hash: string }[] => {
  if (leaves.length === 1) return [];
  const { left, right } = split(leaves);
  const isLeft = index < left.length;
  const sibling = rootOf(isLeft ? right : left);
  return [
    ...proofOf(isLeft ? left : right, isLeft ? index : index - left.length),
    { sum: Number(sibling.sum), hash: sibling.hash.toString("hex") },
  ];
};

export type IndependentRules = {
  contestId: Buffer;
  drawNo: number;
  rulesHash: Buffer;
  exclusions: readonly { commit: Buffer; reason: number }[];
  winners: number;
  reserves: number;
  chainHash: Buffer;
  round: number;
  closedAt: number;
  sealedAt: number;
  prevRound: number;
  prevSig: Buffer;
};

const exclusionRoot = (exclusions: IndependentRules["exclusions"]): Buffer => {
  const leaf = ({ commit, reason }: { commit: Buffer; reason: number }) => sha(byte(2), commit, big(reason, 2));
  const root = (hashes: readonly Buffer[]): Buffer => {
    const [only] = hashes;
    if (only && hashes.length === 1) return only;
    const { left, right } = split(hashes);
    return sha(byte(3), root(left), root(right));
  };
  const sorted = [...exclusions].sort((a, b) => Buffer.compare(a.commit, b.commit));
  return sorted.length === 0 ? sha() : root(sorted.map(leaf));
};

/** The commitment of 264 bytes (hex) and the positions, in the shape of a bundle. */
export const independentDraw = (
  entries: readonly IndependentEntry[],
  rules: IndependentRules,
  signature: Buffer,
): { commitment: string; positions: object[] } => {
  const leaves = [...entries].sort((a, b) => Buffer.compare(a.commit, b.commit));
  const root = rootOf(leaves);
  const commitment = Buffer.concat([
    Buffer.from("FDC1"),
    rules.contestId,
    big(rules.drawNo, 4),
    rules.rulesHash,
    big(leaves.length, 8),
    big(root.sum, 8),
    root.hash,
    big(rules.exclusions.length, 8),
    exclusionRoot(rules.exclusions),
    big(rules.winners, 4),
    big(rules.reserves, 4),
    rules.chainHash,
    big(rules.round, 8),
    big(rules.closedAt, 8),
    big(rules.sealedAt, 8),
    big(rules.prevRound, 8),
    rules.prevSig,
  ]);
  const seed = sha(Buffer.from("FDS1"), sha(commitment), signature);
  let j = 0;
  const word = (): bigint =>
    createHmac("sha256", seed).update(Buffer.from("FDW1")).update(big(j++, 8)).digest().readBigUInt64BE();
  const uniform = (m: bigint): bigint => {
    const limit = 2n ** 64n - (2n ** 64n % m);
    for (;;) {
      const x = word();
      if (x < limit) return x % m;
    }
  };

  const positions: object[] = [];
  let won: { start: bigint; end: bigint }[] = [];
  for (let position = 0; position < rules.winners + rules.reserves; position++) {
    const left = root.sum - won.reduce((sum, { start, end }) => sum + end - start, 0n);
    if (left === 0n) break;
    const u = uniform(left);
    let ticket = u;
    for (const { start, end } of won) {
      if (ticket < start) break;
      ticket += end - start;
    }
    let index = 0;
    let start = 0n;
    while (start + BigInt(leaves[index]!.weight) <= ticket) start += BigInt(leaves[index++]!.weight);
    const leaf = leaves[index]!;
    positions.push({
      position,
      u: Number(u),
      ticket: Number(ticket),
      index,
      start: Number(start),
      weight: leaf.weight,
      commit: leaf.commit.toString("hex"),
      proof: proofOf(leaves, index),
    });
    won = [...won, { start, end: start + BigInt(leaf.weight) }].sort((a, b) => (a.start < b.start ? -1 : 1));
  }
  return { commitment: commitment.toString("hex"), positions };
};

import { bytesToHex } from "@noble/curves/utils.js";
import { compareBytes, readU64, type Sha256, sha256, sized, viewOf, whole } from "./bytes.ts";
import { checkedWeight } from "./entering.ts";
import { RECORD, TILE, type TileHasher, tileHasher } from "./tile.ts";
import type { Leaf, ProofStep } from "./tree.ts";

// FairDraw 1, section 2: the sealed ledger. It is built once from the entries; then its leaves are found by index, by
// commit, or by the ticket that they hold, and proven.

/** n entries in any order: n commits of 32 bytes one after the other, and their weights. */
export type Leaves = { commits: Uint8Array; weights: ArrayLike<number> };

/**
 * A sealed ledger. Everything is 40-byte records in flat arrays: level 0 holds the leaves, `u64 weight || commit`,
 * ascending by commit; each record above is `u64 sum || hash` of one tile, up to 256 records, of the level below. The
 * last level is one tile, and hashing it gives the root. What lies within a tile is hashed again when it is asked for:
 * a million entries take 40 MB, and a proof needs one tile of each level (three up to 16.7 million entries).
 */
export type Ledger = {
  n: number;
  T: number;
  /** 32 bytes, hex. */
  root: string;
  levels: readonly Uint8Array[];
};

/**
 * Sorts the entries and builds their tree. (§2) The same entries give the same bytes in whatever order they come.
 * @throws RangeError if there are none, a weight is out of range, T is over 2^53-1, or two commits are equal.
 */
export const seal = (leaves: Leaves, hash: Sha256 = sha256): Ledger => {
  const n = leaves.weights.length;
  if (n < 1) throw new RangeError("a ledger needs at least one entry");
  sized("commits", leaves.commits, 32 * n);
  const tiles = tileHasher(hash);
  const levels = [sortedRecords(leaves, n)];
  for (let level = levels[0]!; level.length > TILE * RECORD; level = levels.at(-1)!) {
    levels.push(tileRoots(tiles, level, levels.length - 1));
  }
  const top = tiles.root(levels.at(-1)!, levels.length - 1);
  return { n, T: readU64(viewOf(top), 0), root: bytesToHex(top.subarray(8)), levels };
};

const tileRoots = (tiles: TileHasher, level: Uint8Array, height: number): Uint8Array => {
  const count = Math.ceil(level.length / (TILE * RECORD));
  const roots = new Uint8Array(count * RECORD);
  for (let i = 0; i < count; i++) {
    roots.set(tiles.root(level.subarray(i * TILE * RECORD, (i + 1) * TILE * RECORD), height), i * RECORD);
  }
  return roots;
};

const sortedRecords = ({ commits, weights }: Leaves, n: number): Uint8Array => {
  const aligned = commits.byteOffset % 4 === 0 ? commits : commits.slice();
  const order = sortedOrder(aligned, n);
  const records = new Uint8Array(n * RECORD);
  const view = viewOf(records);
  // Whole words: a view for each of a million records would cost more than its hash.
  const from = new Uint32Array(aligned.buffer, aligned.byteOffset, n * 8);
  const to = new Uint32Array(records.buffer);
  let T = 0;
  for (let j = 0; j < n; j++) {
    const i = order(j);
    const weight = checkedWeight(weights[i]!);
    T = whole("the number of tickets", T + weight);
    view.setUint32(j * RECORD + 4, weight);
    for (let word = 0; word < 8; word++) to[j * 10 + 2 + word] = from[i * 8 + word]!;
  }
  return records;
};

/**
 * The index of the j-th smallest commit. 32 bits of commit above 32 bits of index are sorted as one integer by the
 * engine's native sort; the few that share their first 32 bits are put right afterwards.
 */
const sortedOrder = (commits: Uint8Array, n: number): ((j: number) => number) => {
  const view = viewOf(commits);
  const keys = new BigUint64Array(n);
  const words = new Uint32Array(keys.buffer); // Little-endian, as every machine with a JavaScript engine is.
  for (let i = 0; i < n; i++) {
    words[2 * i] = i;
    words[2 * i + 1] = view.getUint32(32 * i);
  }
  keys.sort();
  for (let start = 0, end = 1; start < n; start = end++) {
    while (end < n && words[2 * end + 1] === words[2 * start + 1]) end++;
    if (end - start > 1) mendTies(commits, words, start, end);
  }
  return (j) => words[2 * j]!;
};

const mendTies = (commits: Uint8Array, words: Uint32Array, start: number, end: number): void => {
  const commit = (i: number) => commits.subarray(32 * i, 32 * i + 32);
  const tied = Array.from({ length: end - start }, (_, i) => words[2 * (start + i)]!);
  tied.sort((a, b) => compareBytes(commit(a), commit(b)));
  tied.forEach((i, j) => {
    if (j > 0 && compareBytes(commit(tied[j - 1]!), commit(i)) === 0) {
      throw new RangeError(`two entries have the same commit: ${bytesToHex(commit(i))}`);
    }
    words[2 * (start + j)] = i;
  });
};

// ── Leaves and their proofs ─────────────────────────────────────────────────────────────────────────────────────────

/** A tile of a ledger: 256 records of `level` from number 256 * `tile` on, fewer at the end. */
export type TileRequest = { level: number; tile: number };

/** The bytes of a tile. A view, not a copy. */
export const tileOf = (ledger: Ledger, { level, tile }: TileRequest): Uint8Array =>
  ledger.levels[level]!.subarray(tile * TILE * RECORD, (tile + 1) * TILE * RECORD);

/**
 * A step-by-step computation that asks for the tiles it needs: from memory (as here), or awaited one by one from where
 * they are stored: `for (let s = steps.next(); !s.done; ) s = steps.next(await read(s.value))`.
 */
export type Steps<T> = Generator<TileRequest, T, Uint8Array>;

/** Answers the steps from a ledger in memory. */
export const runInMemory = <T>(steps: Steps<T>, ledger: Ledger): T => {
  let step = steps.next();
  while (!step.done) step = steps.next(tileOf(ledger, step.value));
  return step.value;
};

const topLevel = (n: number): number => (n <= TILE ? 0 : 1 + topLevel(Math.ceil(n / TILE)));

/** Goes down from the root, to the record that `choose` picks in each tile, and brings the leaf with its proof. */
export function* descend(
  n: number,
  choose: (tile: Uint8Array, level: number) => number,
  tiles: TileHasher,
): Steps<Leaf & { proof: ProofStep[] }> {
  const proof: ProofStep[][] = [];
  let index = 0;
  let record = new Uint8Array();
  for (let level = topLevel(n); level >= 0; level--) {
    const tile: Uint8Array = yield { level, tile: index };
    const position = choose(tile, level);
    proof.unshift(tiles.siblings(tile, level, position));
    record = tile.slice(position * RECORD, (position + 1) * RECORD);
    index = index * TILE + position;
  }
  return { index, weight: readU64(viewOf(record), 0), commit: bytesToHex(record.subarray(8)), proof: proof.flat() };
}

/** Picks the record that holds a ticket; what stood before it is taken off, so the next tile counts from there. */
export const holding = (ticket: number) => {
  let left = ticket;
  const choose = (tile: Uint8Array): number => {
    const view = viewOf(tile);
    let position = 0;
    for (let sum = readU64(view, 0); left >= sum; sum = readU64(view, position * RECORD)) {
      left -= sum;
      position++;
    }
    return position;
  };
  return { choose, offset: () => left };
};

/** The leaf of an index with its proof, step by step. @throws RangeError if there is no such leaf. */
export function* provingLeaf(n: number, index: number, hash: Sha256 = sha256): Steps<Leaf & { proof: ProofStep[] }> {
  whole("index", index, n - 1);
  const choose = (_: Uint8Array, level: number) => Math.floor(index / TILE ** level) % TILE;
  return yield* descend(n, choose, tileHasher(hash));
}

/** The leaf of an index with its inclusion proof, from the leaf up. @throws RangeError if there is no such leaf. */
export const proveLeaf = (ledger: Ledger, index: number, hash: Sha256 = sha256): Leaf & { proof: ProofStep[] } =>
  runInMemory(provingLeaf(ledger.n, index, hash), ledger);

/** Where in the ledger a commit stands, or undefined. */
export const indexOf = (ledger: Ledger, commit: Uint8Array): number | undefined => {
  const leaves = ledger.levels[0]!;
  for (let low = 0, high = ledger.n - 1; low <= high; ) {
    const middle = (low + high) >>> 1;
    const order = compareBytes(leaves.subarray(middle * RECORD + 8, (middle + 1) * RECORD), commit);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
};

import { bytesToHex, concatBytes, hexToBytes } from "@noble/curves/utils.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import canonicalize from "canonicalize";
import type { ChainInfo } from "./beacon.ts";

/**
 * FairDraw 1 (fairdraw.md; § below is its section): a winner draw that anyone can check. Pure, and free of Node, since
 * the page that explains a draw runs the same file. Names are the specification's: n leaves, T tickets, k winners,
 * r reserves. All integers are big-endian. What is shown to people is lower-case hex, what is hashed is bytes.
 */

/** Writes SHA-256(message), 32 bytes, to `out` from `at`. `out` may overlap `message`: it is read first. */
export type Sha256 = (message: Uint8Array, out: Uint8Array, at: number) => void;

/** Runs anywhere. On Node hash.ts is several times faster. */
export const sha256: Sha256 = (message, out, at) => out.set(nobleSha256(message), at);

const digest = (hash: Sha256, ...parts: Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(32);
  hash(concatBytes(...parts), out, 0);
  return out;
};

/** HMAC-SHA256 (RFC 2104) over the given hash; 32 bytes. */
export const hmac = (key: Uint8Array, message: Uint8Array, hash: Sha256 = sha256): Uint8Array => {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? digest(hash, key) : key);
  const inner = digest(
    hash,
    block.map((byte) => byte ^ 0x36),
    message,
  );
  return digest(
    hash,
    block.map((byte) => byte ^ 0x5c),
    inner,
  );
};

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** @throws RangeError if a number is no integer from 0 to `max`. */
const whole = (name: string, value: number, max = Number.MAX_SAFE_INTEGER): number => {
  if (!Number.isSafeInteger(value) || value < 0 || value > max)
    throw new RangeError(`${name} is out of range: ${value}`);
  return value;
};

/** @throws RangeError if the length is another. */
const sized = (name: string, bytes: Uint8Array, length: number): Uint8Array => {
  if (bytes.length !== length) throw new RangeError(`${name} must be ${length} bytes, not ${bytes.length}`);
  return bytes;
};

const fixedHex = (name: string, hex: string, length: number): Uint8Array => {
  if (!/^[0-9a-f]*$/.test(hex)) throw new RangeError(`${name} must be lower-case hex`);
  return sized(name, hexToBytes(hex), length);
};

const U16_MAX = 0xffff;
const U32_MAX = 0xffff_ffff;
const TWO_32 = 2 ** 32;

const u16 = (n: number): Uint8Array => Uint8Array.of(n >>> 8, n & 0xff);

const u32 = (n: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
};

/** Numbers up to 2^53-1, which is all that FairDraw allows in a u64. */
const u64 = (n: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  writeU64(new DataView(bytes.buffer), 0, n);
  return bytes;
};

const writeU64 = (view: DataView, at: number, n: number): void => {
  view.setUint32(at, n / TWO_32);
  view.setUint32(at + 4, n % TWO_32);
};

const readU64 = (view: DataView, at: number): number => view.getUint32(at) * TWO_32 + view.getUint32(at + 4);

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

// ── §1 Entering ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** The dedupe key of one person in one contest: 16 bytes. `identity` is canonical, as `email:anna@example.com`. (§1) */
export const pid = (pepper: Uint8Array, contestId: Uint8Array, identity: string, hash: Sha256 = sha256): Uint8Array =>
  hmac(pepper, concatBytes(sized("contestId", contestId, 16), utf8(identity)), hash).slice(0, 16);

/** Where the row of a person lies: 0 to `shards` - 1. (§1) */
export const shardOf = (pid: Uint8Array, shards: 16 | 64 | 256): number => sized("pid", pid, 16)[0]! % shards;

/** What a personal link carries of its owner, so that `pid` never leaves the table: 16 bytes. (§1) */
export const referralRef = (
  linkKey: Uint8Array,
  contestId: Uint8Array,
  pid: Uint8Array,
  hash: Sha256 = sha256,
): Uint8Array =>
  hmac(linkKey, concatBytes(utf8("FDL1"), sized("contestId", contestId, 16), sized("pid", pid, 16)), hash).slice(0, 16);

/** What makes a personal link prove itself without a read: 8 bytes. (§1) */
export const referralTag = (
  linkKey: Uint8Array,
  contestId: Uint8Array,
  ref: Uint8Array,
  hash: Sha256 = sha256,
): Uint8Array =>
  hmac(linkKey, concatBytes(utf8("FDL2"), sized("contestId", contestId, 16), sized("ref", ref, 16)), hash).slice(0, 8);

/** The last part of a personal link, `/c/<slug>/r/<token>`: base64url of ref and tag, 32 characters. (§1) */
export const referralToken = (
  linkKey: Uint8Array,
  contestId: Uint8Array,
  ref: Uint8Array,
  hash: Sha256 = sha256,
): string =>
  btoa(String.fromCharCode(...ref, ...referralTag(linkKey, contestId, ref, hash)))
    .replaceAll("+", "-")
    .replaceAll("/", "_");

/** The ref (16 bytes) of a token that this contest gave out, else undefined. (§1) */
export const readReferralToken = (
  linkKey: Uint8Array,
  contestId: Uint8Array,
  token: string,
  hash: Sha256 = sha256,
): Uint8Array | undefined => {
  if (!/^[\w-]{32}$/.test(token)) return undefined;
  const text = atob(token.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const ref = bytes.slice(0, 16);
  // Every byte is compared, so that the time taken says nothing about how much of a guessed tag was right.
  const difference = referralTag(linkKey, contestId, ref, hash).reduce(
    (bits, byte, i) => bits | (byte ^ bytes[16 + i]!),
    0,
  );
  return difference === 0 ? ref : undefined;
};

/** What the rules say about chances: all whole numbers. (§1) */
export type WeightRules = { base: number; referralUnit: number; referralCap: number };

/**
 * An entry's number of tickets: `base + min(referralCap, referralUnit * confirmedReferrals) + sum(bonus)`. (§1)
 * @throws RangeError if a part is no whole number, or the weight is not within 1 to 2^32-1.
 */
export const weightOf = (rules: WeightRules, confirmedReferrals: number, bonus: readonly number[] = []): number => {
  const { base, referralUnit, referralCap } = rules;
  for (const part of [base, referralUnit, referralCap, confirmedReferrals, ...bonus])
    whole("a part of the weight", part);
  const weight = base + Math.min(referralCap, referralUnit * confirmedReferrals) + bonus.reduce((a, b) => a + b, 0);
  return checkedWeight(weight);
};

const checkedWeight = (weight: number): number => {
  if (weight < 1) throw new RangeError(`a weight must be at least 1, not ${weight}`);
  return whole("a weight", weight, U32_MAX);
};

/** What the receipt's Ed25519 signature covers: 60 bytes. `enteredAt` in ms. (§1) */
export const receiptMessage = (contestId: Uint8Array, commit: Uint8Array, enteredAt: number): Uint8Array =>
  concatBytes(
    utf8("FDR1"),
    sized("contestId", contestId, 16),
    sized("commit", commit, 32),
    u64(whole("enteredAt", enteredAt)),
  );

// ── §2 Sealing the ledger ───────────────────────────────────────────────────────────────────────────────────────────

/**
 * An entry's commitment, 32 bytes: hides the identity for as long as its 32-byte salt is secret or gone. (§2)
 * @throws RangeError on another length, or an identity that is not well-formed Unicode of at most 65,535 bytes.
 */
export const entryCommit = (
  salt: Uint8Array,
  contestId: Uint8Array,
  identity: string,
  hash: Sha256 = sha256,
): Uint8Array => {
  if (!identity.isWellFormed()) throw new RangeError("the identity is not well-formed Unicode");
  const id = utf8(identity);
  whole("the identity's length", id.length, U16_MAX);
  return hmac(
    sized("salt", salt, 32),
    concatBytes(utf8("FDE1"), sized("contestId", contestId, 16), u16(id.length), id),
    hash,
  );
};

/** LH(w, c), 32 bytes. (§2) */
export const leafHash = (weight: number, commit: Uint8Array, hash: Sha256 = sha256): Uint8Array =>
  digest(hash, Uint8Array.of(0x00), u64(weight), commit);

/** A subtree: how many tickets it holds, and its hash (32 bytes). */
export type Node = { sum: number; hash: Uint8Array };

/** NH(L, R), 32 bytes. Both sums are hashed, apart, so that neither can be moved into the other. (§2) */
export const nodeHash = (left: Node, right: Node, hash: Sha256 = sha256): Uint8Array =>
  digest(hash, Uint8Array.of(0x01), u64(left.sum), left.hash, u64(right.sum), right.hash);

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

const RECORD = 40;
const TILE = 256;

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

const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
};

type TileHasher = {
  /** The record of a tile's root: 40 bytes, valid until the next call. */
  root: (tile: Uint8Array, level: number) => Uint8Array;
  /** The siblings on the way from a record of a tile to the tile's root, from below. */
  siblings: (tile: Uint8Array, level: number, position: number) => ProofStep[];
};

/**
 * Hashes a tile in one buffer, whose views are made once, so that sealing costs little more than its hashes. Two
 * neighbouring records are the message of their parent but for the byte in front, and that byte belongs to a record
 * that has been used. A last record without a neighbour rises as it is, which gives the shape of RFC 9162 §2.1.
 */
const tileHasher = (hash: Sha256): TileHasher => {
  const BASE = 8; // room for the byte before the first record
  const leaves = new Uint8Array(BASE + TILE * RECORD);
  const nodes = new Uint8Array(BASE + TILE * RECORD);
  const leafView = viewOf(leaves);
  const nodeView = viewOf(nodes);
  const message = (buffer: Uint8Array, size: number) => (_: unknown, i: number) =>
    buffer.subarray(BASE + i * size - 1, BASE + (i + 1) * size);
  const leafMessages = Array.from({ length: TILE }, message(leaves, RECORD));
  const nodeMessages = Array.from({ length: TILE / 2 }, message(nodes, 2 * RECORD));
  const top = nodes.subarray(BASE, BASE + RECORD);

  const load = (tile: Uint8Array, level: number): number => {
    const count = tile.length / RECORD;
    if (level > 0) {
      nodes.set(tile, BASE);
      return count;
    }
    leaves.set(tile, BASE);
    for (let i = 0; i < count; i++) {
      const at = BASE + i * RECORD;
      leaves[at - 1] = 0x00;
      hash(leafMessages[i]!, nodes, at + 8);
      nodeView.setUint32(at, leafView.getUint32(at));
      nodeView.setUint32(at + 4, leafView.getUint32(at + 4));
    }
    return count;
  };

  const halve = (width: number): number => {
    const pairs = width >> 1;
    for (let i = 0; i < pairs; i++) {
      const from = BASE + i * 2 * RECORD;
      const to = BASE + i * RECORD;
      const sum = readU64(nodeView, from) + readU64(nodeView, from + RECORD);
      nodes[from - 1] = 0x01;
      hash(nodeMessages[i]!, nodes, to + 8);
      writeU64(nodeView, to, sum);
    }
    if (width % 2 === 0) return pairs;
    nodes.copyWithin(BASE + pairs * RECORD, BASE + (width - 1) * RECORD, BASE + width * RECORD);
    return pairs + 1;
  };

  const root = (tile: Uint8Array, level: number): Uint8Array => {
    for (let width = load(tile, level); width > 1; ) width = halve(width);
    return top;
  };

  const siblings = (tile: Uint8Array, level: number, position: number): ProofStep[] => {
    const steps: ProofStep[] = [];
    for (let width = load(tile, level), here = position; width > 1; here >>= 1) {
      const at = BASE + (here ^ 1) * RECORD;
      if ((here ^ 1) < width) {
        steps.push({ sum: readU64(nodeView, at), hash: bytesToHex(nodes.subarray(at + 8, at + RECORD)) });
      }
      width = halve(width);
    }
    return steps;
  };

  return { root, siblings };
};

/** A sibling on the way from a leaf to the root: its tickets, and its hash in hex. */
export type ProofStep = { sum: number; hash: string };

/** A leaf of the ledger: which, how many tickets, whose (32 bytes, hex). */
export type Leaf = { index: number; weight: number; commit: string };

/**
 * The root, the tickets and the first ticket of the leaf that a proof leads to. (§5) Sides follow from `(index, n)`,
 * sums are added here. Undefined if the proof has another length than that leaf's, or a number is out of range.
 */
export const climb = (
  leaf: Leaf,
  n: number,
  proof: readonly ProofStep[],
  hash: Sha256 = sha256,
): { root: string; T: number; start: number } | undefined => {
  if (leaf.index < 0 || leaf.index >= n) return undefined;
  let node: Node = { sum: leaf.weight, hash: leafHash(leaf.weight, hexToBytes(leaf.commit), hash) };
  let start = 0;
  let used = 0;
  for (let here = leaf.index, width = n; width > 1; here >>= 1, width = Math.ceil(width / 2)) {
    if ((here ^ 1) >= width) continue;
    const step = proof[used++];
    if (step === undefined || step.sum < 1 || !Number.isSafeInteger(node.sum + step.sum)) return undefined;
    const sibling: Node = { sum: step.sum, hash: hexToBytes(step.hash) };
    const [left, right] = here % 2 === 0 ? [node, sibling] : [sibling, node];
    if (here % 2 === 1) start += sibling.sum;
    node = { sum: left.sum + right.sum, hash: nodeHash(left, right, hash) };
  }
  return used === proof.length ? { root: bytesToHex(node.hash), T: node.sum, start } : undefined;
};

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

const run = <T>(steps: Steps<T>, ledger: Ledger): T => {
  let step = steps.next();
  while (!step.done) step = steps.next(tileOf(ledger, step.value));
  return step.value;
};

const topLevel = (n: number): number => (n <= TILE ? 0 : 1 + topLevel(Math.ceil(n / TILE)));

/** Goes down from the root, to the record that `choose` picks in each tile, and brings the leaf with its proof. */
function* descend(
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
const holding = (ticket: number) => {
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
  run(provingLeaf(ledger.n, index, hash), ledger);

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

/** An entry that takes no part: its commit (32 bytes) and a reason code, 0 to 65,535. */
export type Exclusion = { commit: Uint8Array; reason: number };

/**
 * The tree of what was excluded before the seed existed; its root is hex, of none SHA-256 of nothing. (§2)
 * @throws RangeError if a reason is out of range or a commit stands there twice.
 */
export const sealExclusions = (
  exclusions: readonly Exclusion[],
  hash: Sha256 = sha256,
): { exCount: number; exRoot: string } => {
  const sorted = exclusions.toSorted((a, b) => compareBytes(a.commit, b.commit));
  sorted.forEach(({ commit }, i) => {
    if (i > 0 && compareBytes(sorted[i - 1]!.commit, commit) === 0) {
      throw new RangeError(`an entry is excluded twice: ${bytesToHex(commit)}`);
    }
  });
  let level = sorted.map(({ commit, reason }) =>
    digest(hash, Uint8Array.of(0x02), sized("commit", commit, 32), u16(whole("reason", reason, U16_MAX))),
  );
  while (level.length > 1) {
    const below = level;
    level = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => {
      const right = below[2 * i + 1];
      return right ? digest(hash, Uint8Array.of(0x03), below[2 * i]!, right) : below[2 * i]!;
    });
  }
  return { exCount: exclusions.length, exRoot: bytesToHex(level[0] ?? digest(hash)) };
};

// ── §3 Commitment, seed, words ──────────────────────────────────────────────────────────────────────────────────────

/** What is fixed before the randomness exists. Hashes and ids are hex, times Unix seconds. (§3) */
export type Commitment = {
  /** 16 bytes. */
  contestId: string;
  drawNo: number;
  rulesHash: string;
  /** Entries. */
  n: number;
  /** Tickets. */
  T: number;
  root: string;
  exCount: number;
  exRoot: string;
  /** Winners. */
  k: number;
  /** Reserves. */
  r: number;
  chainHash: string;
  /** The beacon's round that decides. */
  round: number;
  closedAt: number;
  sealedAt: number;
  /** The newest verified round when sealing, and its signature (48 bytes). */
  prevRound: number;
  prevSig: string;
};

export const COMMITMENT_LENGTH = 264;

/** SHA-256 of nothing: the root of no exclusions. (§3) */
const NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** What is wrong with a commitment on its own, in words, or undefined. */
const contradiction = (c: Commitment): string | undefined => {
  if (c.n < 1) return "there are no entries";
  if (c.T < c.n) return "there are fewer tickets than entries";
  if (c.T / c.n > U32_MAX) return "there are more tickets than the entries can hold";
  if (c.k < 1) return "nobody can win";
  if ((c.exCount === 0) !== (c.exRoot === NOTHING)) return "the exclusions' count and root disagree";
  if (c.prevRound < 1 || c.prevRound >= c.round) return "the previous round does not come before the deciding one";
  if (c.sealedAt < c.closedAt) return "it was sealed before the contest closed";
  return undefined;
};

const consistent = (commitment: Commitment): Commitment => {
  const wrong = contradiction(commitment);
  if (wrong) throw new RangeError(`not a commitment: ${wrong}`);
  return commitment;
};

/**
 * FDC1: 264 bytes. (§3)
 * @throws RangeError if a field is out of range or two contradict each other.
 */
export const encodeCommitment = (commitment: Commitment): Uint8Array => {
  const c = consistent(commitment);
  return concatBytes(
    utf8("FDC1"),
    fixedHex("contestId", c.contestId, 16),
    u32(whole("drawNo", c.drawNo, U32_MAX)),
    fixedHex("rulesHash", c.rulesHash, 32),
    u64(whole("n", c.n)),
    u64(whole("T", c.T)),
    fixedHex("root", c.root, 32),
    u64(whole("exCount", c.exCount)),
    fixedHex("exRoot", c.exRoot, 32),
    u32(whole("k", c.k, U32_MAX)),
    u32(whole("r", c.r, U32_MAX)),
    fixedHex("chainHash", c.chainHash, 32),
    u64(whole("round", c.round)),
    u64(whole("closedAt", c.closedAt)),
    u64(whole("sealedAt", c.sealedAt)),
    u64(whole("prevRound", c.prevRound)),
    fixedHex("prevSig", c.prevSig, 48),
  );
};

/**
 * Reads FDC1. (§3)
 * @throws RangeError if it is not 264 bytes, does not start with FDC1, a number is over 2^53-1, or fields contradict
 * each other.
 */
export const decodeCommitment = (bytes: Uint8Array): Commitment => {
  const view = viewOf(sized("the commitment", bytes, COMMITMENT_LENGTH));
  let at = 0;
  const take = (length: number) => {
    at += length;
    return at - length;
  };
  const hex = (length: number) => {
    const from = take(length);
    return bytesToHex(bytes.subarray(from, from + length));
  };
  const four = () => view.getUint32(take(4));
  const eight = (name: string) => whole(name, readU64(view, take(8)));
  if (hex(4) !== bytesToHex(utf8("FDC1"))) throw new RangeError("not a commitment: it does not start with FDC1");
  // Read in this order: an object literal is evaluated from top to bottom.
  return consistent({
    contestId: hex(16),
    drawNo: four(),
    rulesHash: hex(32),
    n: eight("n"),
    T: eight("T"),
    root: hex(32),
    exCount: eight("exCount"),
    exRoot: hex(32),
    k: four(),
    r: four(),
    chainHash: hex(32),
    round: eight("round"),
    closedAt: eight("closedAt"),
    sealedAt: eight("sealedAt"),
    prevRound: eight("prevRound"),
    prevSig: hex(48),
  });
};

/** SHA-256 of the rules as RFC 8785 canonical JSON, hex. (§3) @throws if they are no JSON. */
export const rulesHash = (rules: unknown, hash: Sha256 = sha256): string => {
  const json = canonicalize(rules);
  if (json === undefined) throw new TypeError("the rules are no JSON");
  return bytesToHex(digest(hash, utf8(json)));
};

/** SHA-256 of the 264 bytes: 32 bytes. (§3) */
export const commitHash = (commitment: Uint8Array, hash: Sha256 = sha256): Uint8Array =>
  digest(hash, sized("the commitment", commitment, COMMITMENT_LENGTH));

/** The seed of a draw, 32 bytes. Only ever from a signature (48 bytes) that `verifyRound` accepted. (§3) */
export const drawSeed = (commitment: Uint8Array, signature: Uint8Array, hash: Sha256 = sha256): Uint8Array =>
  digest(hash, utf8("FDS1"), commitHash(commitment, hash), sized("the signature", signature, 48));

/** The next word of the sequence: a u64. */
export type Words = () => bigint;

/** word(0), word(1), …: one sequence for the whole draw. (§3) */
export const wordsOf = (seed: Uint8Array, hash: Sha256 = sha256): Words => {
  sized("seed", seed, 32);
  let j = 0;
  return () => viewOf(hmac(seed, concatBytes(utf8("FDW1"), u64(j++)), hash)).getBigUint64(0);
};

/** A whole number from 0 to m-1, each equally likely: words at and above the last multiple of m are left out. (§4) */
export const uniform = (words: Words, m: bigint): bigint => {
  const limit = 2n ** 64n - (2n ** 64n % m);
  let word = words();
  while (word >= limit) word = words();
  return word % m;
};

// ── §4 Drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** A drawn leaf: `u` of what was left is ticket `ticket` of all, within the leaf's [start, start + weight). (§4) */
export type Position = {
  position: number;
  u: number;
  ticket: number;
  index: number;
  start: number;
  weight: number;
  commit: string;
  proof: ProofStep[];
};

/** Tickets that have been drawn: leaves, disjoint and ascending. */
export type Won = { start: number; weight: number }[];

/** The ticket that is number `u` of those not yet won. (§4) */
export const ticketOf = (u: number, won: Readonly<Won>): number => {
  let ticket = u;
  for (const { start, weight } of won) {
    if (ticket < start) break;
    ticket += weight;
  }
  return ticket;
};

/** The won tickets and one leaf more, still ascending. */
export const withWon = (won: Readonly<Won>, { start, weight }: Won[number]): Won => {
  const after = won.findIndex((other) => other.start > start);
  return won.toSpliced(after < 0 ? won.length : after, 0, { start, weight });
};

/** The draw step by step, for a ledger whose tiles are stored elsewhere. See `draw` and `Steps`. (§4) */
export function* drawing(
  { n, T }: { n: number; T: number },
  seed: Uint8Array,
  positions: number,
  hash: Sha256 = sha256,
): Steps<Position[]> {
  const words = wordsOf(seed, hash);
  const tiles = tileHasher(hash);
  const drawn: Position[] = [];
  let won: Won = [];
  for (let left = T; drawn.length < positions && left > 0; left -= drawn.at(-1)!.weight) {
    const u = Number(uniform(words, BigInt(left)));
    const ticket = ticketOf(u, won);
    const search = holding(ticket);
    const leaf: Leaf & { proof: ProofStep[] } = yield* descend(n, search.choose, tiles);
    const { index, weight, commit, proof } = leaf;
    const position = {
      position: drawn.length,
      u,
      ticket,
      index,
      start: ticket - search.offset(),
      weight,
      commit,
      proof,
    };
    drawn.push(position);
    won = withWon(won, position);
  }
  return drawn;
}

/** Draws k + r positions with their proofs, fewer if the tickets run out. `seed` is `drawSeed`'s. (§4) */
export const draw = (ledger: Ledger, seed: Uint8Array, positions: number, hash: Sha256 = sha256): Position[] =>
  run(drawing(ledger, seed, positions, hash), ledger);

/** A position that is passed over, with its public reason and time (RFC 3339). (§4) */
export type Strike = { position: number; reason: string; at: string };

/** The final winners: the first k unstruck of `drawn` positions, in order. (§4) */
export const winnersOf = (drawn: number, k: number, strikes: readonly { position: number }[]): number[] => {
  const struck = new Set(strikes.map(({ position }) => position));
  return Array.from({ length: drawn }, (_, position) => position)
    .filter((position) => !struck.has(position))
    .slice(0, k);
};

// ── §5 The bundle ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Everything a checker needs, public and without personal data. (§5) */
export type Bundle = {
  version: "fairdraw/1";
  contest: string;
  rules: unknown;
  commitment: string;
  /** `chain` only where it is not the public beacon; its hash must be `chainHash`. */
  beacon: { chainHash: string; round: number; signature: string; chain?: ChainInfo };
  positions: Position[];
  strikes: Strike[];
  winners: number[];
};

/**
 * The public document of a draw. (§5) `signature` is the deciding round's, hex; `chain` is given only for a beacon that
 * is not the public one.
 * @throws RangeError as `encodeCommitment`.
 */
export const bundleOf = (
  commitment: Commitment,
  rules: unknown,
  signature: string,
  positions: readonly Position[],
  strikes: readonly Strike[] = [],
  chain?: ChainInfo,
): Bundle => ({
  version: "fairdraw/1",
  contest: commitment.contestId,
  rules,
  commitment: bytesToHex(encodeCommitment(commitment)),
  beacon: {
    chainHash: commitment.chainHash,
    round: commitment.round,
    signature,
    ...(chain && { chain: chainInfo(chain) }),
  },
  positions: [...positions],
  strikes: [...strikes],
  winners: winnersOf(positions.length, commitment.k, strikes),
});

/** Only what the hash covers, in case that a whole `Chain` was given. */
const chainInfo = ({ publicKey, period, genesis, groupHash, beaconId }: ChainInfo): ChainInfo => ({
  publicKey,
  period,
  genesis,
  groupHash,
  beaconId,
});

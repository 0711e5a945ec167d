import { bytesToHex, concatBytes } from "@noble/curves/utils.js";
import canonicalize from "canonicalize";
import {
  digest,
  fixedHex,
  hmac,
  readU64,
  type Sha256,
  sha256,
  sized,
  U32_MAX,
  u32,
  u64,
  utf8,
  viewOf,
  whole,
} from "./bytes.ts";

// FairDraw 1, section 3: what is fixed before the randomness exists, the seed that both give, and the words of the draw.

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

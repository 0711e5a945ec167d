import { concatBytes } from "@noble/curves/utils.js";
import { hmac, type Sha256, sha256, sized, U16_MAX, U32_MAX, u16, u64, utf8, whole } from "./bytes.ts";

// FairDraw 1, section 1: what is computed of an entry. Who it is and where its row lies, the link that brings friends, its
// weight, its commitment and its receipt. The row itself is in entry.ts.

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

export const checkedWeight = (weight: number): number => {
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

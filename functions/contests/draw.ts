import { bytesToHex } from "@noble/curves/utils.js";
import type { ChainInfo } from "./beacon.ts";
import { type Sha256, sha256 } from "./bytes.ts";
import { type Commitment, encodeCommitment, type Words, wordsOf } from "./commitment.ts";
import { descend, holding, type Ledger, runInMemory, type Steps } from "./ledger.ts";
import { tileHasher } from "./tile.ts";
import type { Leaf, ProofStep } from "./tree.ts";

// FairDraw 1, sections 4 and 5: positions are drawn without replacement, and what a checker needs is put together.

// ── §4 Drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** A whole number from 0 to m-1, each equally likely: words at and above the last multiple of m are left out. (§4) */
export const uniform = (words: Words, m: bigint): bigint => {
  const limit = 2n ** 64n - (2n ** 64n % m);
  let word = words();
  while (word >= limit) word = words();
  return word % m;
};

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
  runInMemory(drawing(ledger, seed, positions, hash), ledger);

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
  rules: object;
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
  rules: object,
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

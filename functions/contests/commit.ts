import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { hours, instant, later, milliseconds, minutes, seconds } from "../platform/clock.ts";
import { idBytes } from "../platform/ids.ts";
import { type Chain, firstRoundAtOrAfter, type Round, timeOfRound } from "./beacon.ts";
import { unixSeconds } from "./close.ts";
import { type Commitment, commitHash, decodeCommitment, encodeCommitment, rulesHash } from "./commitment.ts";
import { type Committed, rulesOf, type Sealed, type WithCommitment, winnerCount } from "./contest.ts";
import { sealExclusions } from "./exclusions.ts";

// sealed → committed: what is drawn from is public before the randomness exists, and then its round is waited for.

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The commitment must be public this long before the draw. (fairdraw.md §3) */
const publicBefore = minutes(1);
/** From deciding on a commitment to everyone seeing it: one write, and pages that are at most five seconds old. */
const publishing = seconds(10);

/** The first time, whole hours after the one in the rules, before which a commitment of now is public in time. */
export const drawTime = (drawAt: string, now: string): string => {
  const lateMs = milliseconds(now) + publishing + publicBefore - milliseconds(drawAt);
  return lateMs <= 0 ? drawAt : later(drawAt, Math.ceil(lateMs / hours(1)) * hours(1));
};

/** `previous`: the round of the moment of sealing, which dates the commitment from below. */
export const commitContest = (
  contest: Sealed,
  beacon: { chain: Chain; previous: Round },
  now: string,
): [Committed, DomainEvent[]] => {
  const { chain, previous } = beacon;
  const drawAt = drawTime(contest.drawAt, now);
  const round = firstRoundAtOrAfter(chain, unixSeconds(drawAt));
  const commitment = encodeCommitment({
    contestId: hex(idBytes(contest.contestId)),
    drawNo: 1,
    rulesHash: rulesHash(rulesOf(contest)),
    n: contest.entries,
    T: contest.tickets,
    root: contest.root,
    ...sealExclusions([]),
    k: winnerCount(contest),
    r: contest.reserves,
    chainHash: chain.chainHash,
    round,
    closedAt: unixSeconds(contest.closesAt),
    sealedAt: unixSeconds(contest.sealedAt),
    prevRound: previous.round,
    prevSig: previous.signature,
  });
  const move = { from: contest.drawAt, to: drawAt, reason: "commitment_late" };
  const moves = drawAt === contest.drawAt ? [] : [move];
  return [
    {
      ...contest,
      status: "committed",
      drawAt,
      commitment: hex(commitment),
      committedAt: now,
      moves: moves.map((of) => ({ ...of, at: now })),
      wakesAt: instant(timeOfRound(chain, round) * 1000),
    },
    [
      ...moves.map((of) => event("contest.draw_moved", { contestId: contest.contestId, ...of })),
      event("contest.committed", {
        contestId: contest.contestId,
        commitHash: hex(commitHash(commitment)),
        round,
        drawAt,
      }),
    ],
  ];
};

export const commitmentOf = (contest: WithCommitment): Commitment =>
  decodeCommitment(Buffer.from(contest.commitment, "hex"));
export const commitHashOf = (contest: WithCommitment): string =>
  hex(commitHash(Buffer.from(contest.commitment, "hex")));

/** A round that is late has the same value: it is waited for, never replaced. (fairdraw.md §3) */
export const awaitRound = (contest: Committed, now: string): Committed => ({
  ...contest,
  wakesAt: later(now, seconds(3)),
});

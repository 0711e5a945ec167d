import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { days, hours, instant, later, milliseconds, minutes, seconds } from "../platform/clock.ts";
import { idBytes } from "../platform/ids.ts";
import { type Chain, firstRoundAtOrAfter, type Round, timeOfRound } from "./beacon.ts";
import { unixSeconds } from "./close.ts";
import { type Commitment, commitHash, decodeCommitment, encodeCommitment, rulesHash } from "./commitment.ts";
import { type Committed, type InTime, rulesOf, type Sealed, type WithCommitment, winnerCount } from "./contest.ts";
import { sealExclusions } from "./exclusions.ts";

// sealed → committed: what is drawn from is public before the randomness exists. That it was is a save of its own, after
// that of the commitment; then its round is waited for.

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The commitment must be public this long before the draw. (fairdraw.md §3) */
const publicBefore = minutes(1);
/**
 * From deciding on a commitment to everyone seeing it: one write, and pages that are at most five seconds old. If it is not
 * on the record by then, that is looked after.
 */
const publishing = seconds(10);

/** The first time, whole hours after the one in the rules, before which a commitment of now is public in time. */
export const drawTime = (drawAt: string, now: string): string => {
  const lateMs = milliseconds(now) + publishing + publicBefore - milliseconds(drawAt);
  return lateMs <= 0 ? drawAt : later(drawAt, Math.ceil(lateMs / hours(1)) * hours(1));
};

/** The same content always gives the same commitment, to the first round before which it can be public in time. */
const commitTo = <C extends Sealed | Unpublished>(
  contest: C & { moves?: Committed["moves"]; voided?: Committed["voided"] },
  content: Omit<Commitment, "round">,
  chain: Chain,
  now: string,
  reason: "commitment_late" | "round_missing" = "commitment_late",
): [Committed, DomainEvent[]] => {
  const { contestId, drawAt: from, moves = [], voided = [] } = contest;
  const drawAt = drawTime(from, now);
  const round = firstRoundAtOrAfter(chain, unixSeconds(drawAt));
  const commitment = encodeCommitment({ ...content, round });
  const moved = drawAt === from ? [] : [{ from, to: drawAt, reason }];
  return [
    {
      ...contest,
      status: "committed",
      drawAt,
      commitment: hex(commitment),
      committedAt: now,
      moves: [...moves, ...moved.map((move) => ({ ...move, at: now }))],
      voided,
      wakesAt: later(now, publishing),
    },
    [
      ...moved.map((move) => event("contest.draw_moved", { contestId, ...move })),
      event("contest.committed", { contestId, commitHash: hex(commitHash(commitment)), round, drawAt }),
    ],
  ];
};
type Unpublished = Omit<Committed, "publishedAt">;

/** `previous`: the round of the moment of sealing, which dates the commitment from below. */
export const commitContest = (
  contest: Sealed,
  { chain, previous }: { chain: Chain; previous: Round },
  now: string,
): [Committed, DomainEvent[]] => {
  const content = {
    contestId: hex(idBytes(contest.contestId)),
    drawNo: 1,
    rulesHash: rulesHash(rulesOf(contest)),
    n: contest.entries,
    T: contest.tickets,
    root: contest.root,
    ...(contest.exclusions
      ? { exCount: contest.exclusions.count, exRoot: contest.exclusions.root }
      : sealExclusions([])),
    k: winnerCount(contest),
    r: contest.reserves,
    chainHash: chain.chainHash,
    closedAt: unixSeconds(contest.closesAt),
    sealedAt: unixSeconds(contest.sealedAt),
    prevRound: previous.round,
    prevSig: previous.signature,
  };
  return commitTo(contest, content, chain, now);
};

const roundTime = (contest: Committed, chain: Chain): string =>
  instant(timeOfRound(chain, commitmentOf(contest).round) * 1000);

/** Whether it is on the record that the commitment was public a minute before its round. Nothing is drawn from any other. */
export const isInTime = (contest: Committed, chain: Chain): contest is InTime =>
  contest.publishedAt !== undefined && later(contest.publishedAt, publicBefore) <= roundTime(contest, chain);

/**
 * Puts on the record that the commitment is public by now; or, where that is too late for its round, moves the draw to a
 * later one, of which the same is to be said in turn. `now`: read after the commitment was known to be saved, since a write
 * may take any time. What the round brings has no part in it.
 */
export const publishCommitment = (contest: Committed, chain: Chain, now: string): [Committed, DomainEvent[]] => {
  const wakesAt = roundTime(contest, chain);
  const published = { ...contest, publishedAt: now, wakesAt };
  if (isInTime(published, chain)) return [published, []];
  const { publishedAt: _, ...unpublished } = contest;
  const { round: __, ...content } = commitmentOf(contest);
  return commitTo(unpublished, content, chain, now);
};

/** The rules void a commitment whose round no relay has so long after its time. (fairdraw.md §3) */
const voidAfter = days(7);

/** Whether the round that decides is so late that the commitment to it is void. */
export const isVoid = (contest: Committed, chain: Chain, now: string): boolean =>
  later(roundTime(contest, chain), voidAfter) <= now;

/**
 * Voids a commitment whose round never came, on the record, and makes a new one of the same entries, to a later round: the
 * next number of the draw. The old round decides nothing any more, also where it turns up.
 */
export const voidCommitment = (contest: Committed, chain: Chain, now: string): [Committed, DomainEvent[]] => {
  const { publishedAt: _, ...unpublished } = contest;
  const { round, ...content } = commitmentOf(contest);
  const voided = { commitHash: commitHashOf(contest), round };
  const [next, events] = commitTo(
    { ...unpublished, voided: [...contest.voided, { ...voided, at: now }] },
    { ...content, drawNo: content.drawNo + 1 },
    chain,
    now,
    "round_missing",
  );
  return [next, [event("contest.commitment_voided", { contestId: contest.contestId, ...voided }), ...events]];
};

export const commitmentOf = (contest: WithCommitment): Commitment =>
  decodeCommitment(Buffer.from(contest.commitment, "hex"));
export const commitHashOf = (contest: WithCommitment): string =>
  hex(commitHash(Buffer.from(contest.commitment, "hex")));

/**
 * A round that is late has the same value: it is waited for, never replaced (fairdraw.md §3). It is asked for again after
 * three seconds, and ever less often the later it is.
 */
export const awaitRound = (contest: Committed, chain: Chain, now: string): Committed => {
  const lateMs = milliseconds(now) - milliseconds(roundTime(contest, chain));
  const waitMs = Math.min(hours(1), Math.max(seconds(3), Math.round(lateMs / 10)));
  const [next, end] = [later(now, waitMs), later(roundTime(contest, chain), voidAfter)];
  return { ...contest, wakesAt: now < end && end < next ? end : next };
};

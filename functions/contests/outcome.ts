import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { days, later, milliseconds, minutes, seconds } from "../platform/clock.ts";
import {
  type Announced,
  type Chosen,
  type Counting,
  chosenIn,
  type Drawn,
  type DrawnPosition,
  type Final,
  type InTime,
  type Judged,
  type WithWinners,
  winnerCount,
} from "./contest.ts";
import type { Position } from "./draw.ts";

// committed → drawn → announced → final; and counting → final, where nobody entered. Who has which prize, by draw or by jury.

/** Nobody entered: there is nothing to draw from, and nobody wins. */
export const endWithoutEntries = (contest: Counting, now: string): [Final, DomainEvent[]] => [
  { ...contest, status: "final", outcome: "no_entries", finalAt: now },
  [event("contest.ended", { contestId: contest.contestId, outcome: "no_entries" })],
];

/** `whose`: the entry of each drawn commit. */
export const drawContest = (
  contest: InTime,
  draw: { signature: string; positions: readonly Omit<Position, "proof">[]; proofsKey: string },
  whose: (commit: string) => Pick<DrawnPosition, "entryId" | "row">,
  now: string,
): [Drawn, DomainEvent[]] => {
  const positions = draw.positions.map(({ position, index, weight, commit }) => ({
    position,
    index,
    weight,
    commit,
    ...whose(commit),
  }));
  const told = positions.map(({ position, entryId }) => ({ position, entryId }));
  const k = winnerCount(contest);
  return [
    {
      ...contest,
      status: "drawn",
      signature: draw.signature,
      drawnAt: now,
      positions,
      proofsKey: draw.proofsKey,
      strikes: [],
      claimableUntil: claimDeadline(contest, now),
      wakesAt: now,
    },
    [
      event("contest.drawn", {
        contestId: contest.contestId,
        entries: contest.entries,
        winners: told.slice(0, k),
        reserves: told.slice(k),
      }),
    ],
  ];
};

/**
 * Who has each prize, in prize order: a position, or undefined where nobody is left for it; and how many reserves are left.
 * At first that is the order of the draw; when a position is struck, the next reserve takes its prize, and everyone else
 * keeps theirs.
 */
export const holdersOf = (
  drawn: number,
  k: number,
  strikes: readonly { position: number }[],
): { holders: (number | undefined)[]; reserves: number } => {
  const holders: (number | undefined)[] = Array.from({ length: k }, (_, place) => (place < drawn ? place : undefined));
  let next = k;
  for (const { position } of strikes) {
    const place = holders.indexOf(position);
    if (place >= 0) holders[place] = next < drawn ? next++ : undefined;
  }
  return { holders, reserves: Math.max(0, drawn - next) };
};

const standing = (contest: WithWinners) => holdersOf(chosenIn(contest).length, winnerCount(contest), contest.strikes);

/** The positions that win, by the place of their prize; undefined where nobody is left for it. */
export const winningPositions = (contest: WithWinners): (number | undefined)[] => standing(contest).holders;

/** How many reserves can still take a place. */
export const reservesLeft = (contest: WithWinners): number => standing(contest).reserves;

export const strikeOf = (contest: WithWinners, position: number): WithWinners["strikes"][number] | undefined =>
  contest.strikes.find((strike) => strike.position === position);

/** While winners can still be replaced. */
export type Striking = Drawn | Announced | Judged;
export const canStrike = (contest: WithWinners): contest is Striking =>
  contest.status === "drawn" || contest.status === "announced" || contest.status === "judged";

/** How many reserves come before this one takes a place, and this one. */
export const reservePlace = (contest: WithWinners, position: number): number => {
  const winning = winningPositions(contest);
  return chosenIn(contest).filter(
    (other) =>
      other.position <= position &&
      !winning.includes(other.position) &&
      strikeOf(contest, other.position) === undefined,
  ).length;
};

/** Until when a prize that is offered now can be claimed. */
export const claimDeadline = ({ claimDays }: { claimDays: number }, now: string): string => later(now, days(claimDays));

/**
 * Strikes a winner, with a public reason: nothing is drawn again, the next reserve takes the prize. `why`: what the event
 * says. Gives the position that takes it, if there is one.
 */
export const strikeWinner = <C extends Striking>(
  contest: C,
  { position, reason, why }: { position: number; reason: string; why: "winner.lapsed" | "winner.forfeited" },
  now: string,
): { contest: C; events: DomainEvent[]; place: number; promoted: Chosen | undefined } => {
  const { contestId } = contest;
  const place = winningPositions(contest).indexOf(position);
  const chosen = chosenIn(contest);
  const entryId = chosen[position]?.entryId;
  if (place < 0 || entryId === undefined) throw new Error(`Position ${position} of ${contestId} has no prize to lose.`);
  const struck = { ...contest, strikes: [...contest.strikes, { position, reason, at: now }] };
  const next = winningPositions(struck)[place];
  const promoted = next === undefined ? undefined : chosen[next];
  const lost = event(why, { contestId, position, entryId });
  if (!promoted)
    return { contest: struck, events: [lost, event("contest.reserves_exhausted", { contestId })], place, promoted };
  const deadline = claimDeadline(contest, now);
  const { claimableUntil = deadline } = contest;
  return {
    contest: { ...struck, claimableUntil: deadline > claimableUntil ? deadline : claimableUntil },
    events: [
      lost,
      event("winner.promoted", { contestId, position: promoted.position, entryId: promoted.entryId, deadline }),
    ],
    place,
    promoted,
  };
};

/** Who cannot be told for a day is not told by us. */
const tellUntil = ({ drawnAt }: Drawn): string => later(drawnAt, days(1));

/**
 * The winners' mails are posted. While some of them are `left` on their way, it is looked again after five seconds, then
 * ten, twenty, … more: as long as since the draw, and five seconds. After a day it is announced all the same.
 */
export const announceContest = (contest: Drawn, left: number, now: string): [Drawn | Announced, DomainEvent[]] => {
  const until = tellUntil(contest);
  if (left > 0 && now < until) {
    const next = later(now, milliseconds(now) - milliseconds(contest.drawnAt) + seconds(5));
    return [{ ...contest, wakesAt: next < until ? next : until }, []];
  }
  const { wakesAt: _, ...told } = contest;
  return [
    { ...told, status: "announced", announcedAt: now },
    [event("contest.announced", { contestId: contest.contestId })],
  ];
};

/** Winners can be replaced for so long after the draw; then they are final. */
export const finalAfter = days(14);

/** What lapses at its deadline is struck before all is final. */
const lapsing = minutes(5);

/** When winners can no longer be replaced: two weeks after the draw, and not while somebody may still claim a prize. */
export const finalAt = ({
  drawnAt,
  claimableUntil,
}: {
  drawnAt: string;
  claimableUntil?: string | undefined;
}): string => {
  const usual = later(drawnAt, finalAfter);
  const settled = claimableUntil === undefined ? usual : later(claimableUntil, lapsing);
  return settled > usual ? settled : usual;
};

export const endContest = (contest: Announced, now: string): [Final, DomainEvent[]] => [
  { ...contest, status: "final", outcome: "drawn", finalAt: now },
  [event("contest.ended", { contestId: contest.contestId, outcome: "drawn" })],
];

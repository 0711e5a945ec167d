import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { days, later, milliseconds, seconds } from "../platform/clock.ts";
import {
  type Announced,
  type Counting,
  type Drawn,
  type DrawnPosition,
  type Final,
  type InTime,
  type WithDraw,
  winnerCount,
} from "./contest.ts";
import { type Position, winnersOf } from "./draw.ts";
import { finalAfter } from "./open.ts";

// committed → drawn → announced → final; and counting → final, where nobody entered.

/** Nobody entered: there is nothing to draw from, and nobody wins. */
export const endWithoutEntries = (contest: Counting, now: string): [Final, DomainEvent[]] => [
  { ...contest, status: "final", outcome: "no_entries", finalAt: now },
  [event("contest.ended", { contestId: contest.contestId, outcome: "no_entries" })],
];

/** `whose`: the entry of each drawn commit. */
export const drawContest = (
  contest: InTime,
  draw: { signature: string; positions: readonly Position[]; proofsKey: string },
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

/** The positions that win, in prize order. */
export const winningPositions = (contest: WithDraw): number[] =>
  winnersOf(contest.positions.length, winnerCount(contest), []);

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

export const finalAt = ({ drawnAt }: Announced): string => later(drawnAt, finalAfter);

export const endContest = (contest: Announced, now: string): [Final, DomainEvent[]] => [
  { ...contest, status: "final", outcome: "drawn", finalAt: now },
  [event("contest.ended", { contestId: contest.contestId, outcome: "drawn" })],
];

import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { later } from "../platform/clock.ts";
import {
  type Announced,
  type Committed,
  type Counting,
  type Drawn,
  type DrawnPosition,
  type Final,
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
  contest: Committed,
  draw: { signature: string; positions: readonly Position[]; proofsKey: string },
  whose: (commit: string) => Pick<DrawnPosition, "entryId" | "row">,
  now: string,
): [Drawn, DomainEvent[]] => {
  const { wakesAt: _, ...rest } = contest;
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
    { ...rest, status: "drawn", signature: draw.signature, drawnAt: now, positions, proofsKey: draw.proofsKey },
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

/** The winners have been told. */
export const announceContest = (contest: Drawn, now: string): [Announced, DomainEvent[]] => [
  { ...contest, status: "announced", announcedAt: now },
  [event("contest.announced", { contestId: contest.contestId })],
];

export const finalAt = ({ drawnAt }: Announced): string => later(drawnAt, finalAfter);

export const endContest = (contest: Announced, now: string): [Final, DomainEvent[]] => [
  { ...contest, status: "final", outcome: "drawn", finalAt: now },
  [event("contest.ended", { contestId: contest.contestId, outcome: "drawn" })],
];

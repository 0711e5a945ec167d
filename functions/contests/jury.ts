import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { days, later } from "../platform/clock.ts";
import { type FieldError, refuse } from "../platform/errors.ts";
import { freezeContest } from "./close.ts";
import {
  type Closing,
  type Final,
  type Judged,
  type Judging,
  type Published,
  type Standing,
  winnerCount,
} from "./contest.ts";
import type { Entry } from "./entry.ts";

// A contest that a jury judges: closing → judging → judged → final. Nothing is drawn; each winner is chosen, with a reason
// that everyone reads.

/** What arrived in time has been written; from now on the jury may say who wins. */
export const startJudging = (contest: Closing, now: string): [Judging, DomainEvent[]] => {
  const [frozen, events] = freezeContest(contest, now);
  return [{ ...frozen, status: "judging" }, events];
};

/** What the organiser says of a winner. `shownAs`: how the public reads who it is, as the winner agreed. */
export type Said = { entryId: string; reason: string; shownAs?: string | undefined };

const asJudging = (contest: Standing): Judging => {
  if (contest.status === "judging") return contest;
  if (contest.status === "draft" || contest.method === "random")
    return refuse("contest_not_judging", "The winners of this contest are drawn, and not chosen.");
  return contest.status === "judged" || contest.status === "final"
    ? refuse("contest_not_judging", "The winners have been recorded; that is public, and stays.")
    : refuse("contest_not_judging", "Winners are recorded from a minute after the close: until then entries may come.");
};

/**
 * Records the winners, in the order of the prizes. `entries`: those that were found of the ones that are named; `standing`:
 * how many entries take part. Refuses `contest_not_judging`, `unknown_entry`, and another number than there are prizes for.
 */
export const judgeContest = (
  contest: Standing,
  said: readonly Said[],
  { entries, standing }: { entries: readonly Entry[]; standing: number },
  now: string,
): [Judged, DomainEvent[]] => {
  const judging = asJudging(contest);
  const byId = new Map(entries.filter(({ excluded }) => excluded === undefined).map((entry) => [entry.id, entry]));
  const unknown = said.flatMap(({ entryId }, i): FieldError[] =>
    byId.has(entryId) ? [] : [{ pointer: `#/winners/${i}/entryId`, detail: "It takes no part in this contest." }],
  );
  if (unknown.length > 0)
    return refuse("unknown_entry", "Somebody is named who takes no part in this contest.", unknown);
  const owed = Math.min(winnerCount(contest), standing);
  if (said.length !== owed)
    return refuse(
      "invalid_input",
      `Every promised prize is handed out: name ${owed} winners, in the order of the prizes.`,
      [{ pointer: "#/winners", detail: `There must be ${owed}.` }],
    );
  const verdicts = said.flatMap(({ entryId, reason, shownAs }) => {
    const entry = byId.get(entryId);
    return entry
      ? [
          {
            entryId,
            row: { shard: entry.shard, pid: entry.pid },
            reason,
            ...(shownAs === undefined ? {} : { shownAs }),
          },
        ]
      : [];
  });
  return [
    { ...judging, status: "judged", judgedAt: now, entries: standing, verdicts },
    [
      event("contest.judged", {
        contestId: contest.contestId,
        winners: verdicts.map(({ entryId }, position) => ({ position, entryId })),
      }),
    ],
  ];
};

/** The winners' mails are posted. */
export const tellVerdicts = (contest: Judged, now: string): [Judged, DomainEvent[]] => [
  { ...contest, announcedAt: now },
  [event("contest.announced", { contestId: contest.contestId })],
];

/** What is to happen to a judged contest next, and when. */
export const nextOfJudged = ({ judgedAt, announcedAt }: Judged): { at: string; kind: string } =>
  announcedAt === undefined
    ? { at: judgedAt, kind: "contest.announce" }
    : { at: later(judgedAt, days(14)), kind: "contest.draw" };

export const endJudged = (contest: Judged, now: string): [Final, DomainEvent[]] => [
  { ...contest, status: "final", outcome: "judged", finalAt: now },
  [event("contest.ended", { contestId: contest.contestId, outcome: "judged" })],
];

/** A contest whose winners the jury has chosen. */
export type WithVerdict = Extract<Published, { judgedAt: string }>;
export const hasVerdict = (contest: Standing): contest is WithVerdict => "judgedAt" in contest;

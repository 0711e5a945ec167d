import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { type FieldError, refuse } from "../platform/errors.ts";
import { freezeContest } from "./close.ts";
import { type Closing, type Final, type Judged, type Judging, type Standing, winnerCount } from "./contest.ts";
import type { Entry } from "./entry.ts";
import { claimDeadline, finalAt } from "./outcome.ts";

// A contest that a jury judges: closing → judging → judged → final. Nothing is drawn; each winner is chosen, with a reason
// that everyone reads, and claims the prize as in a draw; who the jury chose beyond the prizes is a reserve.

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
 * Records the winners, in the order of the prizes, and after them the reserves. `entries`: those that were found of the ones
 * that are named; `standing`: how many entries take part. Refuses `contest_not_judging`, `unknown_entry`, fewer than there are
 * prizes for, and more reserves than the terms say.
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
  const most = owed + judging.reserves;
  if (said.length < owed || said.length > most)
    return refuse(
      "invalid_input",
      `Every promised prize is handed out: name ${owed} winners, in the order of the prizes, and at most ${judging.reserves} reserves after them.`,
      [{ pointer: "#/winners", detail: `There must be ${owed} to ${most}.` }],
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
  const chosen = verdicts.map(({ entryId }, position) => ({ position, entryId }));
  return [
    {
      ...judging,
      status: "judged",
      judgedAt: now,
      entries: standing,
      verdicts,
      strikes: [],
      claimableUntil: claimDeadline(judging, now),
    },
    [
      event("contest.judged", {
        contestId: contest.contestId,
        winners: chosen.slice(0, owed),
        reserves: chosen.slice(owed),
      }),
    ],
  ];
};

type Named = { verdicts: Judged["verdicts"] };

/** Without what the organiser said of who won: of one position, whose person is erased, or of all. */
export const withoutName = <C extends Named>(contest: C, of: number | "all"): C => ({
  ...contest,
  verdicts: contest.verdicts.map((verdict, position) => {
    if (of !== "all" && of !== position) return verdict;
    const { shownAs: _, ...unnamed } = verdict;
    return unnamed;
  }),
});

/** The winners' mails are posted. */
export const tellVerdicts = (contest: Judged, now: string): [Judged, DomainEvent[]] => [
  { ...contest, announcedAt: now },
  [event("contest.announced", { contestId: contest.contestId })],
];

/** What is to happen to a judged contest next, and when. */
export const nextOfJudged = ({ judgedAt, announcedAt, claimableUntil }: Judged): { at: string; kind: string } =>
  announcedAt === undefined
    ? { at: judgedAt, kind: "contest.announce" }
    : { at: finalAt({ drawnAt: judgedAt, claimableUntil }), kind: "contest.draw" };

export const endJudged = (contest: Judged, now: string): [Final, DomainEvent[]] => [
  { ...contest, status: "final", outcome: "judged", finalAt: now },
  [event("contest.ended", { contestId: contest.contestId, outcome: "judged" })],
];

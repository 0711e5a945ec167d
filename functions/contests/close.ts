import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { instant, later, milliseconds, seconds } from "../platform/clock.ts";
import type { Closing, Counting, Open, Sealed, Standing } from "./contest.ts";

// open → closing → counting → sealed: which entries count, and from when on they do not change.

/** An entry is not written later than this after the gateway received it. (fairdraw.md §2) */
export const mostWaitMs = seconds(30);
/** By then whatever arrived in time has been written, or never will be. (fairdraw.md §2) */
export const fenceMs = seconds(60);

/**
 * Whether an entry that arrived at this moment (Unix milliseconds) counts. What arrived before the close is still written
 * while the contest is closing; from `counting` on nothing is.
 */
export const takes = (contest: Standing, arrivedMs: number): contest is Open | Closing =>
  (contest.status === "open" || contest.status === "closing") && arrivedMs < milliseconds(contest.closesAt);

/** At `closesAt`, never earlier; when we get to it later, it had closed then all the same. */
export const closeContest = (contest: Open): [Closing, DomainEvent[]] => [
  { ...contest, status: "closing" },
  [event("contest.closed", { contestId: contest.contestId, closedAt: contest.closesAt })],
];

export const countableAt = (contest: Pick<Closing, "closesAt">): string => later(contest.closesAt, fenceMs);

/** The draw counts in whole seconds (fairdraw.md §3). */
export const unixSeconds = (rfc3339: string): number => Math.floor(milliseconds(rfc3339) / 1000);

/** Nobody is excluded any more, so nothing may be known of a network (guard.ts). */
export const withoutSalt = <C extends Open | Closing>({ networkSalt: _, ...contest }: C): Omit<C, "networkSalt"> =>
  contest;

/** `sealedAt` is fixed with the rows, before they are counted: so is everything that follows, however often it is repeated. */
export const freezeContest = (contest: Closing, now: string): [Counting, DomainEvent[]] => {
  const sealedAt = instant(unixSeconds(now) * 1000);
  return [
    { ...withoutSalt(contest), status: "counting", sealedAt },
    [event("contest.frozen", { contestId: contest.contestId, sealedAt })],
  ];
};

/** `ledger`: what was sealed from the rows, and where it is kept. */
export const sealContest = (
  contest: Counting,
  ledger: { n: number; T: number; root: string; key: string; exclusions?: Sealed["exclusions"] },
): [Sealed, DomainEvent[]] => [
  {
    ...contest,
    status: "sealed",
    entries: ledger.n,
    tickets: ledger.T,
    root: ledger.root,
    ledgerKey: ledger.key,
    ...(ledger.exclusions ? { exclusions: ledger.exclusions } : {}),
  },
  [
    event("contest.sealed", {
      contestId: contest.contestId,
      entries: ledger.n,
      tickets: ledger.T,
      root: ledger.root,
      excluded: ledger.exclusions?.count ?? 0,
    }),
  ],
];

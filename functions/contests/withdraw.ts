import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { later, minutes } from "../platform/clock.ts";
import { insteadOf } from "../platform/table.ts";
import { countableAt } from "./close.ts";
import type { Published } from "./contest.ts";
import type { Entry, Erased } from "./entry.ts";
import { isUndecided, undecided } from "./exclude.ts";
import { reasonCodes } from "./exclusions.ts";

// Leaving: an entrant withdraws before the entries are frozen, and may be erased at any time. Either way the entry's commit
// stays, so that receipts, list and exclusions go on adding up.

/** Takes no part any more; a second time it is the same. Refuses `contest_sealed`. */
export const withdraw = (contest: Published, entry: Entry, now: string): [Entry, DomainEvent[]] => {
  const { contestId } = undecided(contest);
  if (entry.withdrawnAt !== undefined) return [entry, []];
  return [
    { ...entry, excluded: reasonCodes.withdrawn, withdrawnAt: now },
    [event("entry.withdrawn", { contestId, entryId: entry.id })],
  ];
};

/** Counting takes minutes at most; then it is looked again, as often as it takes. */
const whileCounting = minutes(5);

/**
 * Deletes who it was, and all that tells of it. Before the entries are frozen that withdraws them too; while they are counted
 * it waits; afterwards what was sealed stands. `by`: the entrant, or the organiser on somebody's behalf.
 */
export const eraseEntry = (contest: Published, entry: Entry, now: string): [Entry | Erased, DomainEvent[]] => {
  const { contestId } = contest;
  if (contest.status === "counting") {
    const soon = later(countableAt(contest), whileCounting);
    const erasesAt = soon > now ? soon : later(now, whileCounting);
    return [{ ...entry, erasesAt }, []];
  }
  const { workspaceId, shard, pid, id, commit, enteredAt, keptUntil } = entry;
  const excluded = isUndecided(contest) ? reasonCodes.withdrawn : entry.excluded;
  const erased: Erased = {
    status: "erased",
    workspaceId,
    contestId,
    shard,
    pid,
    id,
    commit,
    enteredAt,
    ...(excluded === undefined ? {} : { excluded }),
    ...(keptUntil === undefined ? {} : { keptUntil }),
    erasedAt: now,
  };
  return [insteadOf(entry, erased), [event("entry.erased", { contestId, entryId: id })]];
};

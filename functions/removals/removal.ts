import * as z from "zod";
import type { Standing as Contest } from "../contests/contest.ts";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/removals.ts";
import { days, later, minutes } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import type { Removal } from "../platform/leaving.ts";
import { insteadOf, type Key } from "../platform/table.ts";

// announced → removing → removed; announced → undone, which leaves nothing.

export type Announced = Extract<Removal, { status: "announced" }>;
export type Removing = Extract<Removal, { status: "removing" }>;

const graceMs = days(7);

/** Whoever waits for its winners must get them: it is finished or cancelled before. */
export const owesPrizes = ({ status }: Contest): boolean => !["draft", "final", "cancelled"].includes(status);

/** Refuses `contests_running`, and another name than the workspace's. */
export const announceRemoval = (
  workspace: { workspaceId: string; name: string },
  asked: { name: string },
  contests: readonly Contest[],
  now: string,
): [Announced, DomainEvent[]] => {
  if (asked.name !== workspace.name)
    return refuse("invalid_input", "To delete a workspace, type its name exactly.", [
      { pointer: "#/name", detail: "This is not its name." },
    ]);
  const running = contests.filter(owesPrizes);
  if (running.length > 0) {
    const names = running.slice(0, 5).map(({ contestId }) => contestId);
    return refuse("contests_running", `People wait for prizes. Finish or cancel first: ${names.join(", ")}.`);
  }
  const removesAt = later(now, graceMs);
  const { workspaceId } = workspace;
  return [
    { status: "announced", workspaceId, announcedAt: now, removesAt },
    [event("workspace.removal_announced", { workspaceId, removesAt })],
  ];
};

/** Refuses `removal_begun`. */
export const undoRemoval = (removal: Removal): [Announced, DomainEvent[]] =>
  removal.status === "announced"
    ? [removal, [event("workspace.removal_undone", { workspaceId: removal.workspaceId })]]
    : refuse("removal_begun", "The workspace is being removed already; nothing brings it back.");

/** Somebody is owed a prize after all, so it waits a day. */
export const postponeRemoval = (removal: Announced, now: string): Announced => ({
  ...removal,
  removesAt: later(now, days(1)),
});

export const beginRemoval = (removal: Announced, now: string): Removing =>
  insteadOf(removal, {
    status: "removing",
    workspaceId: removal.workspaceId,
    since: now,
    wakesAt: now,
    found: 0,
  } as const);

/** What still writes (a function that runs, a cache of five seconds) has ended by then. */
const quietMs = minutes(1);

/**
 * A stretch of the table was looked through, and so much of it removed; `next`: where to go on. At the end of the table it
 * is looked through once more after a minute, until nothing was found.
 */
export const looked = (removal: Removing, found: number, next: Key | undefined, now: string): Removing => {
  const { after: _, ...rest } = removal;
  const all = removal.found + found;
  if (next) return { ...rest, after: { pk: next.pk, sk: next.sk }, found: all };
  return { ...rest, found: all, wakesAt: all > 0 ? later(now, quietMs) : removal.wakesAt };
};

export const isClean = (removal: Removing): boolean => removal.after === undefined && removal.found === 0;

/** Another look from the beginning. */
export const lookAgain = (removal: Removing): Removing => ({ ...removal, found: 0 });

/** Another step is to follow at once. */
export const goOn = (removal: Removing, now: string): Removing => ({ ...removal, wakesAt: now });

export const endRemoval = (removal: Removing, now: string): [Removal, DomainEvent[]] => [
  insteadOf(removal, { status: "removed", workspaceId: removal.workspaceId, removedAt: now } as const),
  [event("workspace.deleted", { workspaceId: removal.workspaceId })],
];

export const RemovalView = z
  .object({
    removesAt: z.iso.datetime().describe("Until then it can be restored; from then on nothing brings it back."),
  })
  .meta({ id: "WorkspaceRemoval" });

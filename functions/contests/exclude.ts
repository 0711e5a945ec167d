import * as z from "zod";
import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { refuse } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { Paragraph } from "../platform/input.ts";
import { Bytes, insteadOf } from "../platform/table.ts";
import type { Closing, Open, Standing } from "./contest.ts";
import type { Entry } from "./entry.ts";
import { type Reason, reasonCodes, reasonOf } from "./exclusions.ts";
import { keptUntil } from "./retention.ts";

// Who takes no part, and what they say of it. The organiser excludes, the entrant is told and may object, the organiser
// upholds or undoes it: all until the entries are frozen, and nothing after it. The entry's row says what counts; beside it is
// kept why, and what was said.

// ── What is kept ────────────────────────────────────────────────────────────────────────────────────────────────────

const of = {
  workspaceId: z.string(),
  contestId: z.string(),
  entryId: z.string(),
  row: z.object({ shard: z.number().int(), pid: Bytes }),
  /** The reason's code. */
  reason: z.number().int(),
  sentence: z.string().optional(),
  excludedAt: z.iso.datetime(),
  keptUntil: z.iso.datetime(),
};
export const Exclusion = z.discriminatedUnion("status", [
  z.object({ status: z.literal("excluded"), ...of }),
  z.object({ status: z.literal("disputed"), ...of, disputedAt: z.iso.datetime() }),
  z.object({ status: z.literal("upheld"), ...of, disputedAt: z.iso.datetime(), upheldAt: z.iso.datetime() }),
  z.object({ status: z.literal("undone"), ...of, undoneAt: z.iso.datetime() }),
]);
export type Exclusion = z.infer<typeof Exclusion>;
type In<Status extends Exclusion["status"]> = Extract<Exclusion, { status: Status }>;

// ── What is asked ───────────────────────────────────────────────────────────────────────────────────────────────────

/** `withdrawn` is the entrant's own. */
const reasons = ["disposable_address", "same_person", "automated", "not_eligible", "other"] as const satisfies Reason[];

/** One transaction takes 100 items: two for each, and the contest. */
const mostAtOnce = 40;

const Asked = z.strictObject({
  entryIds: z
    .array(Id("entry"))
    .min(1)
    .max(mostAtOnce)
    .refine((ids) => new Set(ids).size === ids.length, "An entry stands there twice."),
  reason: z.enum(reasons).describe("Committed with the entry, so that everyone can count how often each was used."),
  sentence: Paragraph(300)
    .optional()
    .describe("Mailed to the entrant, in your words; needed for `other`. Name nobody in it."),
});
export const NewExclusions = Asked.refine(({ reason, sentence }) => reason !== "other" || sentence !== undefined, {
  path: ["sentence"],
  error: "Say why, in a sentence.",
});
export type NewExclusions = z.infer<typeof NewExclusions>;

export const ExclusionView = z
  .object({
    entryId: Id("entry"),
    reason: z.string(),
    code: z.int().describe("As it is committed."),
    sentence: z.string().optional(),
    status: z
      .enum(["excluded", "disputed", "upheld", "undone"])
      .describe("`disputed`: the entrant objects; uphold it or undo it before the entries are frozen."),
    excludedAt: z.iso.datetime(),
    disputedAt: z.iso.datetime().optional(),
    upheldAt: z.iso.datetime().optional(),
    undoneAt: z.iso.datetime().optional(),
  })
  .meta({ id: "ContestExclusion" });

export const viewExclusion = (exclusion: Exclusion): z.infer<typeof ExclusionView> =>
  ExclusionView.parse({ ...exclusion, reason: reasonOf(exclusion.reason), code: exclusion.reason });

// ── Decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Whether it can still be decided who takes part: until the entries are frozen, a minute after the close. */
export const isUndecided = (contest: Standing): contest is Open | Closing =>
  contest.status === "open" || contest.status === "closing";

/** Refuses `contest_sealed`. */
export const undecided = (contest: Standing): Open | Closing =>
  isUndecided(contest)
    ? contest
    : refuse("contest_sealed", "Who takes part was fixed when the contest closed. Nothing about it changes any more.");

/** Refuses `contest_sealed`, and `entry_excluded` where it takes no part already. */
export const exclude = (
  contest: Standing,
  { entry, before }: { entry: Entry; before: Exclusion | undefined },
  { reason, sentence }: Pick<NewExclusions, "reason" | "sentence">,
  now: string,
): { entry: Entry; exclusion: In<"excluded">; events: DomainEvent[] } => {
  const { workspaceId, contestId, drawAt } = undecided(contest);
  if (entry.excluded !== undefined)
    return refuse("entry_excluded", `The entry ${entry.id} takes no part already (${reasonOf(entry.excluded)}).`);
  const code = reasonCodes[reason];
  const exclusion: In<"excluded"> = {
    status: "excluded",
    workspaceId,
    contestId,
    entryId: entry.id,
    row: { shard: entry.shard, pid: entry.pid },
    reason: code,
    sentence,
    excludedAt: now,
    keptUntil: keptUntil({ drawAt }),
  };
  return {
    entry: { ...entry, excluded: code },
    exclusion: before ? insteadOf(before, exclusion) : exclusion,
    events: [event("entry.excluded", { contestId, entryId: entry.id, reason })],
  };
};

/** A second time it is the same. Refuses `contest_sealed`, and `exclusion_decided` where the organiser has decided. */
export const dispute = (contest: Standing, exclusion: Exclusion, now: string): [Exclusion, DomainEvent[]] => {
  const { contestId } = undecided(contest);
  if (exclusion.status === "disputed") return [exclusion, []];
  if (exclusion.status !== "excluded")
    return refuse("exclusion_decided", "The organiser has decided about this already.");
  return [
    { ...exclusion, status: "disputed", disputedAt: now },
    [event("exclusion.disputed", { contestId, entryId: exclusion.entryId })],
  ];
};

/** Refuses `contest_sealed`, and `exclusion_not_disputed`. */
export const uphold = (contest: Standing, exclusion: Exclusion, now: string): [In<"upheld">, DomainEvent[]] => {
  const { contestId } = undecided(contest);
  if (exclusion.status !== "disputed")
    return refuse("exclusion_not_disputed", "Nobody has objected to it, so there is nothing to decide.");
  return [
    { ...exclusion, status: "upheld", upheldAt: now },
    [event("exclusion.upheld", { contestId, entryId: exclusion.entryId })],
  ];
};

/** The entry takes part again. Refuses `contest_sealed`, and `entry_withdrawn` where its own person left since. */
export const undo = (
  contest: Standing,
  { entry, exclusion }: { entry: Entry; exclusion: Exclusion },
  now: string,
): { entry: Entry; exclusion: In<"undone">; events: DomainEvent[] } => {
  const { contestId } = undecided(contest);
  if (entry.withdrawnAt !== undefined)
    return refuse("entry_withdrawn", "The entrant has withdrawn since, so the entry takes no part all the same.");
  if (exclusion.status === "undone") return refuse("not_found", "This entry is not excluded.");
  const { excluded: _, ...standing } = entry;
  const { status: __, ...kept } = exclusion;
  return {
    entry: standing,
    exclusion: { ...kept, status: "undone", undoneAt: now },
    events: [event("entry.readmitted", { contestId, entryId: entry.id })],
  };
};

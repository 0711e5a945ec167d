import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/polls.ts";
import { days, later, minutes, seconds } from "../platform/clock.ts";
import { type FieldError, refuse } from "../platform/errors.ts";
import { Id, Slug } from "../platform/ids.ts";
import { Instant, Line } from "../platform/input.ts";
import { insteadOf, versionOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";

const Option = z.object({ optionId: z.string(), text: z.string() });
export type Option = z.infer<typeof Option>;

const Count = z.object({ optionId: z.string(), count: z.number().int() });
export type Count = z.infer<typeof Count>;

const common = {
  workspaceId: z.string(),
  pollId: z.string(),
  slug: z.string(),
  language: Language,
  question: z.string(),
  options: z.array(Option).min(2),
  createdAt: z.iso.datetime(),
};
const opened = {
  ...common,
  openedAt: z.iso.datetime(),
  /** Over how many partitions the responses are spread; a power of two. */
  shards: z.number().int(),
  /** The version of the pepper that devices are hashed with. */
  pepper: z.number().int(),
};

/** A question to the crowd, with one answer to choose. An open poll takes what arrives before `closesAt`. */
export const Poll = z.discriminatedUnion("status", [
  z.object({ status: z.literal("draft"), ...common, closesAt: z.iso.datetime().optional() }),
  z.object({ status: z.literal("open"), ...opened, closesAt: z.iso.datetime().optional() }),
  z.object({
    status: z.literal("closed"),
    ...opened,
    closesAt: z.iso.datetime(),
    countedAt: z.iso.datetime(),
    counts: z.array(Count),
  }),
  z.object({ status: z.literal("removed"), workspaceId: z.string(), pollId: z.string(), removedAt: z.iso.datetime() }),
]);
export type Poll = z.infer<typeof Poll>;
export type Draft = Extract<Poll, { status: "draft" }>;
export type Open = Extract<Poll, { status: "open" }>;
export type Closed = Extract<Poll, { status: "closed" }>;
export type Removed = Extract<Poll, { status: "removed" }>;
/** A poll that exists. */
export type Standing = Draft | Open | Closed;
/** A poll that has been open. */
export type Asked = Open | Closed;

/** So many keep the counts of one stream shard within 1 KB, one write unit. */
const mostOptions = 16;

const OptionText = Line(200);
const fields = {
  slug: Slug,
  language: Language,
  question: Line(300),
  options: z
    .array(z.strictObject({ text: OptionText }))
    .min(2)
    .max(mostOptions)
    .refine((options) => new Set(options.map(({ text }) => text)).size === options.length, "Two options are the same."),
  closesAt: Instant.describe(
    "Responses count that arrive before it. Without one the poll stays open until it is closed.",
  ),
};
export const NewPoll = z.strictObject({
  ...fields,
  language: Language.optional(),
  closesAt: fields.closesAt.optional(),
});
export const PollPatch = z.strictObject({ ...fields, closesAt: fields.closesAt.nullable() }).partial();
export type PollPatch = z.infer<typeof PollPatch>;

const inFuture = (closesAt: string | undefined, now: string): string | undefined =>
  closesAt !== undefined && closesAt <= now
    ? refuse("due_in_past", "The closing time is past.", [{ pointer: "#/closesAt", detail: "Choose a later time." }])
    : closesAt;

const asDraft = (poll: Standing): Draft =>
  poll.status === "draft"
    ? poll
    : refuse("poll_not_draft", "A poll that has been opened cannot be changed: people have read the question.");

/** Without `undefined`, which is not stored. */
const closing = (closesAt: string | undefined) => (closesAt === undefined ? {} : { closesAt });

export const createPoll = (
  asked: Omit<Draft, "status" | "createdAt" | "closesAt"> & { closesAt?: string | undefined },
  now: string,
): [Draft, DomainEvent[]] => {
  const { closesAt, ...rest } = asked;
  return [
    { ...rest, status: "draft", createdAt: now, ...closing(inFuture(closesAt, now)) },
    [event("poll.created", { pollId: asked.pollId, slug: asked.slug })],
  ];
};

const sameTexts = (some: readonly Option[], others: readonly Option[]): boolean =>
  isDeepStrictEqual(
    some.map(({ text }) => text),
    others.map(({ text }) => text),
  );

/** `options` come with ids; the same texts keep the old ones. `closesAt: null` takes the closing time away. */
export const changePoll = (
  poll: Standing,
  patch: Omit<PollPatch, "options"> & { options?: Option[] },
  now: string,
): [Draft, DomainEvent[]] => {
  const draft = asDraft(poll);
  const { closesAt: before, ...rest } = draft;
  const { closesAt = before, options = draft.options, ...given } = patch;
  const next: Draft = {
    ...rest,
    ...given,
    options: sameTexts(options, draft.options) ? draft.options : options,
    ...closing(closesAt === before ? before : inFuture(closesAt ?? undefined, now)),
  };
  const names = ["slug", "language", "question", "options", "closesAt"] as const;
  const fields = names.filter((name) => !isDeepStrictEqual(next[name], draft[name]));
  return [next, fields.length ? [event("poll.changed", { pollId: draft.pollId, fields })] : []];
};

export const removePoll = (poll: Standing, now: string): [Removed, DomainEvent[]] => {
  const { workspaceId, pollId } = asDraft(poll);
  const removed: Removed = { status: "removed", workspaceId, pollId, removedAt: now };
  return [insteadOf(poll, removed), [event("poll.removed", { pollId })]];
};

/** How long what was removed is still known to have been. */
export const forgottenAt = ({ removedAt }: Removed): string => later(removedAt, days(30));

/** `lacks`: what the law asks of its workspace first. Refuses `poll_not_ready` where there is such a thing. */
export const openPoll = (
  poll: Standing,
  pepper: number,
  now: string,
  lacks: readonly FieldError[] = [],
): [Open, DomainEvent[]] => {
  const draft = asDraft(poll);
  if (lacks.length > 0) refuse("poll_not_ready", "The law asks for more before a poll is public.", lacks);
  const closesAt = inFuture(draft.closesAt, now);
  return [
    { ...draft, status: "open", openedAt: now, shards: 16, pepper },
    [event("poll.opened", { pollId: draft.pollId, slug: draft.slug, ...closing(closesAt) })],
  ];
};

/** Whether a response that arrives at this moment counts. */
export const takes = (poll: Standing, at: string): poll is Open =>
  poll.status === "open" && (poll.closesAt === undefined || at < poll.closesAt);

/**
 * A close by hand takes effect this much later, so that who is thanked counts: its save may take as long as a function
 * runs (20 s), and what a crowd reads is at most five seconds old (`getCached`).
 */
const noticeMs = seconds(30);

/** Brings the closing time forward. */
export const endPoll = (poll: Standing, now: string): [Open, DomainEvent[]] => {
  if (!takes(poll, now)) return refuse("poll_not_open", "Only an open poll can be closed.");
  const soon = later(now, noticeMs);
  if (poll.closesAt !== undefined && poll.closesAt <= soon) return [poll, []];
  return [{ ...poll, closesAt: soon }, [event("poll.changed", { pollId: poll.pollId, fields: ["closesAt"] })]];
};

/**
 * When an open poll can be counted: a response is not written later than 30 s after it arrived, and the function that
 * writes it ends 20 s later at the latest.
 */
export const countableAt = (closesAt: string): string => later(closesAt, minutes(1));
export const mostWaitMs = seconds(30);

/** `counts`: of all responses that arrived before the closing time. */
export const closePoll = (poll: Open, closesAt: string, counts: Count[], now: string): [Closed, DomainEvent[]] => [
  { ...poll, status: "closed", closesAt, countedAt: now, counts },
  [
    event("poll.closed", {
      pollId: poll.pollId,
      closedAt: closesAt,
      total: counts.reduce((sum, { count }) => sum + count, 0),
      options: counts,
    }),
  ],
];

/** The result that was counted at the close, by option. */
export const countsOf = (poll: Closed): Record<string, number> =>
  Object.fromEntries(poll.counts.map(({ optionId, count }) => [optionId, count]));

/** How far a poll is, as people see it: `closing` is over, and not counted yet. */
export const Stage = z.enum(["draft", "open", "closing", "closed"]);
export type Stage = z.infer<typeof Stage>;
export const stageOf = (poll: Standing, now: string): Stage =>
  poll.status === "open" && !takes(poll, now) ? "closing" : poll.status;

export const OptionView = z.object({ id: Id("option"), text: z.string() });
export const viewOptions = (poll: Standing) => poll.options.map(({ optionId, text }) => ({ id: optionId, text }));

export const PollView = z
  .object({
    id: Id("poll"),
    slug: z.string(),
    status: Stage,
    language: Language,
    question: z.string(),
    options: z.array(OptionView),
    url: z.url().describe("Where people respond."),
    createdAt: z.iso.datetime(),
    openedAt: z.iso.datetime().optional(),
    closesAt: z.iso.datetime().optional(),
    version: z.number().int(),
  })
  .meta({ id: "Poll" });

export const viewPoll = (poll: Standing, publicUrl: string, now: string): z.infer<typeof PollView> => ({
  id: poll.pollId,
  slug: poll.slug,
  status: stageOf(poll, now),
  language: poll.language,
  question: poll.question,
  options: viewOptions(poll),
  url: `${publicUrl}/p/${poll.slug}`,
  createdAt: poll.createdAt,
  ...(poll.status === "draft" ? {} : { openedAt: poll.openedAt }),
  ...closing(poll.closesAt),
  version: versionOf(poll),
});

export const ResultView = z
  .object({
    pollId: Id("poll"),
    status: Stage,
    question: z.string(),
    total: z.number().int(),
    options: z.array(
      OptionView.extend({
        count: z.number().int(),
        share: z.number().min(0).max(1).describe("Of the total; 0 while there is none."),
      }),
    ),
    counted: z
      .enum(["tally", "rows"])
      .describe("From the running tally, a moment behind; or from the responses themselves, exact."),
  })
  .meta({ id: "PollResult" });
export type ResultView = z.infer<typeof ResultView>;

/** `counts` by option; what is missing is 0. */
export const viewResult = (
  poll: Standing,
  counts: Readonly<Record<string, number>>,
  counted: ResultView["counted"],
  now: string,
): ResultView => {
  const options = poll.options.map(({ optionId, text }) => ({ id: optionId, text, count: counts[optionId] ?? 0 }));
  const total = options.reduce((sum, { count }) => sum + count, 0);
  return {
    pollId: poll.pollId,
    status: stageOf(poll, now),
    question: poll.question,
    total,
    options: options.map((option) => ({ ...option, share: total ? option.count / total : 0 })),
    counted,
  };
};

import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { type Counts, event } from "../events/polls.ts";
import { days, later, minutes, seconds } from "../platform/clock.ts";
import { type FieldError, refuse } from "../platform/errors.ts";
import { insteadOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { liveOf, optionsOf, Question } from "./question.ts";

/** How it is made sure that a person responds once; it is stated with the result. */
export const Tier = z.enum(["device", "email", "link"]);
export type Tier = z.infer<typeof Tier>;

/** Who sees the results: nobody but the workspace, everybody, or until the close only who has responded. */
export const Showing = z.enum(["hidden", "live", "after"]);

const Place = z.object({ code: z.string(), name: z.string() });

const common = {
  workspaceId: z.string(),
  pollId: z.string(),
  slug: z.string(),
  language: Language,
  /** What the poll is called; else its first question says so. */
  title: z.string().optional(),
  questions: z.array(Question).min(1),
  opensAt: z.iso.datetime().optional(),
  tier: Tier,
  results: Showing,
  /** Whether a response can be changed until the close. */
  changeable: z.boolean(),
  /** Where it is asked, by codes in its address: tables, shops. */
  places: z.array(Place),
  /** The embedOrigins of the sites that may show it in a frame. */
  embedOrigins: z.array(z.string()),
  createdAt: z.iso.datetime(),
};
const opened = {
  ...common,
  openedAt: z.iso.datetime(),
  /** Over how many partitions the responses are spread; a power of two. */
  shards: z.number().int(),
  /** The version of the pepper that devices are hashed with. */
  pepper: z.number().int(),
  /** Of a long poll, which questions are counted while it is open (question.ts). */
  live: z.array(z.boolean()).optional(),
};

const Summary = z.object({
  count: z.number().int(),
  median: z.number(),
  lowerQuartile: z.number(),
  upperQuartile: z.number(),
  least: z.number(),
  most: z.number(),
  mean: z.number(),
  deviation: z.number(),
  /** Of a question whose true value is known: how many were closer to it than the median is. */
  closer: z.number().int().optional(),
});
export type Summary = z.infer<typeof Summary>;

/** Where most responses of one network came from: how many in all, and in their busiest minute. */
const Burst = z.object({ network: z.string(), count: z.number().int(), busiestMinute: z.number().int() });
export type Burst = z.infer<typeof Burst>;

/** Groups that think alike, by statement: how many agree, disagree, and have no opinion (opinions.ts). */
const Opinions = z.object({
  groups: z.array(
    z.object({
      total: z.number().int(),
      votes: z.array(z.tuple([z.number().int(), z.number().int(), z.number().int()])),
    }),
  ),
});

/** What the responses say, by question (see events/polls.ts for the names of counts). */
export const Tallied = z.object({
  counts: z.array(z.record(z.string(), z.number())),
  /** Of the estimates, exact. */
  summaries: z.array(Summary.nullable()),
  /** Networks from which more came than a household would send, the most first. */
  bursts: z.array(Burst),
  /** By question: of statements, where there are such groups. */
  opinions: z.array(Opinions.nullable()).optional(),
});
export type Tallied = z.infer<typeof Tallied>;

/** Questions to the crowd. An open poll takes what arrives from `opensAt` on and before `closesAt`. */
export const Poll = z.discriminatedUnion("status", [
  z.object({ status: z.literal("draft"), ...common, closesAt: z.iso.datetime().optional() }),
  z.object({ status: z.literal("open"), ...opened, closesAt: z.iso.datetime().optional() }),
  z.object({
    status: z.literal("closed"),
    ...opened,
    closesAt: z.iso.datetime(),
    countedAt: z.iso.datetime(),
    result: Tallied,
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

const Old = z.looseObject({
  question: z.string(),
  options: z.array(z.object({ optionId: z.string(), text: z.string() })),
  counts: z.array(z.object({ optionId: z.string(), count: z.number() })).optional(),
});

/** Brings a poll of release 0.1.0 (shape 1) to shape 2: it was one choice, for devices, its results live. */
export const upgradePoll = (item: Record<string, unknown>): Record<string, unknown> => {
  if (item.status === "removed") return item;
  const { question, options, counts, ...rest } = Old.parse(item);
  const byOption = (counts ?? []).map(({ optionId, count }) => [optionId, count]);
  return {
    ...rest,
    questions: [{ kind: "single", id: "q1", text: question, required: true, options }],
    tier: "device",
    results: "live",
    changeable: false,
    places: [],
    embedOrigins: [],
    ...(counts ? { result: { counts: [Object.fromEntries(byOption)], summaries: [null], bursts: [] } } : {}),
  };
};

/** Whether it is one question with one answer to choose: then the answer's field is called "option". */
export const isSimple = ({ questions }: Pick<Standing, "questions">): boolean =>
  questions.length === 1 && questions[0]?.kind === "single";
export const titleOf = ({ title, questions }: Pick<Standing, "title" | "questions">): string =>
  title ?? questions[0]?.text ?? "";

const inFuture = (
  at: string | undefined,
  now: string,
  { name, what }: { name: "opensAt" | "closesAt"; what: string },
): string | undefined =>
  at !== undefined && at <= now
    ? refuse("due_in_past", `The ${what} time is past.`, [{ pointer: `#/${name}`, detail: "Choose a later time." }])
    : at;
const closing = { name: "closesAt", what: "closing" } as const;
const opening = { name: "opensAt", what: "opening" } as const;

const inOrder = <D extends Pick<Draft, "opensAt" | "closesAt">>(draft: D): D =>
  draft.opensAt !== undefined && draft.closesAt !== undefined && draft.closesAt <= draft.opensAt
    ? refuse("invalid_input", "The poll closes before it opens.", [
        { pointer: "#/closesAt", detail: "Choose a time after the opening." },
      ])
    : draft;

const asDraft = (poll: Standing): Draft =>
  poll.status === "draft"
    ? poll
    : refuse("poll_not_draft", "A poll that has been opened cannot be changed: people have read the question.");

/** What a poll may or may not have, without what it has not. */
const optional = ({ title, opensAt, closesAt }: Record<"title" | "opensAt" | "closesAt", string | undefined>) => ({
  ...(title === undefined ? {} : { title }),
  ...(opensAt === undefined ? {} : { opensAt }),
  ...(closesAt === undefined ? {} : { closesAt }),
});

/** What a poll is where nothing is said. */
const usual = (): Pick<Draft, "tier" | "results" | "changeable" | "places" | "embedOrigins"> => ({
  tier: "device",
  results: "live",
  changeable: false,
  places: [],
  embedOrigins: [],
});
type Settings = ReturnType<typeof usual>;
type Maybe<T> = { [N in keyof T]?: T[N] | undefined };

export const createPoll = (
  asked: Pick<Draft, "workspaceId" | "pollId" | "slug" | "language" | "questions"> &
    Maybe<Settings & Record<"title" | "opensAt" | "closesAt", string>>,
  now: string,
): [Draft, DomainEvent[]] => {
  const { title, opensAt, closesAt, tier, results, changeable, places, embedOrigins, ...rest } = asked;
  const settings = usual();
  const draft: Draft = {
    ...rest,
    tier: tier ?? settings.tier,
    results: results ?? settings.results,
    changeable: changeable ?? settings.changeable,
    places: places ?? settings.places,
    embedOrigins: embedOrigins ?? settings.embedOrigins,
    status: "draft",
    createdAt: now,
    ...optional({ title, opensAt: inFuture(opensAt, now, opening), closesAt: inFuture(closesAt, now, closing) }),
  };
  return [inOrder(draft), [event("poll.created", { pollId: asked.pollId, slug: asked.slug })]];
};

const sameTexts = (some: Question, others: Question): boolean =>
  isDeepStrictEqual(
    optionsOf(some).map(({ text }) => text),
    optionsOf(others).map(({ text }) => text),
  );

/** The question with the ids of the options that stood there, where these read the same. */
const keepIds = (next: Question, before: Question | undefined): Question =>
  before && "options" in next && "options" in before && sameTexts(next, before)
    ? { ...next, options: next.options.map((option, i) => ({ ...option, optionId: before.options[i]!.optionId })) }
    : next;

/** What changed of the questions: of a poll of one choice, by the names that it has them by. */
const changedIn = (next: Draft, before: Draft): string[] => {
  if (!isSimple(next) || !isSimple(before)) return ["questions"];
  const [one, other] = [next.questions[0], before.questions[0]];
  const names = [
    ...(one?.text === other?.text ? [] : ["question"]),
    ...(isDeepStrictEqual(one && optionsOf(one), other && optionsOf(other)) ? [] : ["options"]),
  ];
  return names.length > 0 ? names : ["questions"];
};

const changing = [
  ...(["slug", "language", "title", "questions", "opensAt", "closesAt"] as const),
  ...(["tier", "results", "changeable", "places", "embedOrigins"] as const),
];
type Nullable = Record<"title" | "opensAt" | "closesAt", string | null>;
export type Patch = Maybe<Pick<Draft, "slug" | "language" | "questions"> & Settings & Nullable>;

/** New questions come with ids; options with the same texts as before keep theirs. null takes something away. */
export const changePoll = (poll: Standing, patch: Patch, now: string): [Draft, DomainEvent[]] => {
  const draft = asDraft(poll);
  const { title: _, opensAt: __, closesAt: ___, ...before } = draft;
  const given = <N extends keyof Nullable>(name: N) =>
    patch[name] === undefined ? draft[name] : (patch[name] ?? undefined);
  const opensAt = given("opensAt");
  const closesAt = given("closesAt");
  const next: Draft = inOrder({
    ...before,
    slug: patch.slug ?? draft.slug,
    language: patch.language ?? draft.language,
    questions: patch.questions?.map((question, i) => keepIds(question, draft.questions[i])) ?? draft.questions,
    tier: patch.tier ?? draft.tier,
    results: patch.results ?? draft.results,
    changeable: patch.changeable ?? draft.changeable,
    places: patch.places ?? draft.places,
    embedOrigins: patch.embedOrigins ?? draft.embedOrigins,
    ...optional({
      title: given("title"),
      opensAt: opensAt === draft.opensAt ? opensAt : inFuture(opensAt, now, opening),
      closesAt: closesAt === draft.closesAt ? closesAt : inFuture(closesAt, now, closing),
    }),
  });
  const fields = changing
    .filter((name) => !isDeepStrictEqual(next[name], draft[name]))
    .flatMap((name) => (name === "questions" ? changedIn(next, draft) : [name]));
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
  const { pollId, slug, opensAt } = draft;
  const live = liveOf(draft.questions);
  const times = optional({ title: undefined, opensAt, closesAt: inFuture(draft.closesAt, now, closing) });
  return [
    { ...draft, status: "open", openedAt: now, shards: 16, pepper, ...(live.includes(false) ? { live } : {}) },
    [event("poll.opened", { pollId, slug, ...times })],
  ];
};

/** Whether a response that arrives at this moment counts. */
export const takes = (poll: Standing, at: string): poll is Open =>
  poll.status === "open" &&
  (poll.opensAt === undefined || at >= poll.opensAt) &&
  (poll.closesAt === undefined || at < poll.closesAt);

/** Whether its opening time is still to come. */
const isPlanned = (poll: Standing, at: string): boolean =>
  poll.status === "open" && poll.opensAt !== undefined && at < poll.opensAt;

/**
 * A close by hand takes effect this much later, so that who is thanked counts: its save may take as long as a function
 * runs (20 s), and what a crowd reads is at most five seconds old (`getCached`).
 */
const noticeMs = seconds(30);

/** Brings the closing time forward. */
export const endPoll = (poll: Standing, now: string): [Open, DomainEvent[]] => {
  if (poll.status !== "open" || (!takes(poll, now) && !isPlanned(poll, now)))
    return refuse("poll_not_open", "Only an open poll can be closed.");
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

/** How many responses these counts are of; those of 0.1.0 are counted by their option only. */
export const totalIn = (counts: Counts = {}): number =>
  Object.entries(counts).reduce((sum, [name, n]) => (name === "n" || name.startsWith("opt_") ? sum + n : sum), 0);

/** How many chose an option, by its place in the question. */
export const countOf = (counts: Counts = {}, { optionId }: { optionId: string }, place: number): number =>
  (counts[place] ?? 0) + (counts[optionId] ?? 0);

const chosen = ({ questions: [first] }: Standing, counts: Counts | undefined) =>
  first?.kind === "single"
    ? first.options.map((option, i) => ({ optionId: option.optionId, count: countOf(counts, option, i) }))
    : [];

/** `result`: of all responses that arrived before the closing time. */
export const closePoll = (poll: Open, closesAt: string, result: Tallied, now: string): [Closed, DomainEvent[]] => {
  const [counts] = result.counts;
  return [
    { ...poll, status: "closed", closesAt, countedAt: now, result },
    [
      event("poll.closed", {
        pollId: poll.pollId,
        closedAt: closesAt,
        total: totalIn(counts),
        options: chosen(poll, counts),
      }),
    ],
  ];
};

/** What was counted of the first question at the close, by option. */
export const optionCountsOf = (poll: Closed) => chosen(poll, poll.result.counts[0]);

/**
 * The true value of what was estimated is known. `closer`: how many were closer to it than the median is.
 * Refuses `poll_not_closed`.
 */
export const tellTruth = (
  poll: Standing,
  { questionId, value, closer }: { questionId: string; value: number; closer: number },
): [Closed, DomainEvent[]] => {
  if (poll.status !== "closed") return refuse("poll_not_closed", "Tell the true value once the poll is counted.");
  const at = poll.questions.findIndex(({ id, kind }) => id === questionId && kind === "estimate");
  if (at < 0)
    return refuse("invalid_input", "There is no such estimate in this poll.", [
      { pointer: "#/questionId", detail: "Give the id of a question that asks for an estimate." },
    ]);
  const questions = poll.questions.map((question, i) =>
    i === at && question.kind === "estimate" ? { ...question, truth: value } : question,
  );
  const summaries = poll.result.summaries.map((summary, i) => (i === at && summary ? { ...summary, closer } : summary));
  if (isDeepStrictEqual(questions, poll.questions)) return [poll, []];
  return [
    { ...poll, questions, result: { ...poll.result, summaries } },
    [event("poll.truth_told", { pollId: poll.pollId, questionId, value })],
  ];
};

/** Whether somebody may see the results now. */
export const showsTo = ({ results, status }: Asked, hasResponded: boolean): boolean =>
  results === "live" || (results === "after" && (status === "closed" || hasResponded));

/** How far a poll is, as people see it: `planned` opens by itself, `closing` is over, and not counted yet. */
export const Stage = z.enum(["draft", "planned", "open", "closing", "closed"]);
export type Stage = z.infer<typeof Stage>;
export const stageOf = (poll: Standing, now: string): Stage => {
  if (isPlanned(poll, now)) return "planned";
  return poll.status === "open" && !takes(poll, now) ? "closing" : poll.status;
};

import * as z from "zod";
import type { Collected } from "../channels/connector.ts";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/polls.ts";
import { hours, later, milliseconds, minutes } from "../platform/clock.ts";
import { type Choice, optionsOf, type Question } from "./question.ts";

// A question of a poll that a network asks and counts itself, in a post of ours there. Its votes are the network's own count
// (one account, one vote), looked up while it is open and once it is over; the newest look takes the place of the one before,
// so nothing is counted twice. They lie beside the tally of responses and are never mixed into it.

/** What a network told at a moment: how often each option was chosen, and by how many accounts. */
const Votes = z.object({
  at: z.iso.datetime(),
  options: z.array(z.number().int()),
  voters: z.number().int(),
  /** No more come. */
  final: z.boolean(),
});
export type Votes = z.infer<typeof Votes>;

const common = {
  workspaceId: z.string(),
  pollId: z.string(),
  questionId: z.string(),
  postId: z.string(),
  channelId: z.string(),
  network: z.string(),
  /** What the network is called. */
  title: z.string(),
  /** The account's name there. */
  handle: z.string(),
  key: z.string(),
  externalId: z.string(),
  url: z.string().optional(),
  publishedAt: z.iso.datetime(),
  /** When it ends there. */
  closesAt: z.iso.datetime(),
  votes: Votes.optional(),
};
const Asked = z.object({
  status: z.literal("asked"),
  ...common,
  /** When it is looked up (again), and how often that failed before. */
  wakeAt: z.iso.datetime(),
  tries: z.number().int(),
});
/** `because`: it was taken back, or could not be looked up any more; absent where the network said its last. */
const Ended = z.object({ status: z.literal("ended"), ...common, because: z.string().optional() });

export const Ballot = z.discriminatedUnion("status", [Asked, Ended]);
export type Ballot = z.infer<typeof Ballot>;
export type AskedThere = z.infer<typeof Asked>;

/**
 * Whether a network can ask it as it is: one of these options, or several, and no words of one's own. A network knows no least
 * or most of several.
 */
export const asBallot = (question: Question): Choice | undefined => {
  if (question.kind === "single") return question.other ? undefined : question;
  if (question.kind !== "multiple" || question.other) return undefined;
  return question.min === 1 && question.max === question.options.length ? question : undefined;
};

/** Whether what was asked there is this question: the same options in the same order. */
export const asksThis = (question: Choice, { options, multiple }: { options: readonly string[]; multiple: boolean }) =>
  (question.kind === "multiple") === multiple &&
  options.length === question.options.length &&
  optionsOf(question).every(({ text }, i) => text === options[i]);

/** Between two looks, as long as it has been asked: often at first. */
const leastPauseMs = minutes(10);
const mostPauseMs = hours(6);
/** The network's clock may be behind ours. */
const afterEndMs = minutes(1);
/** What cannot be looked up after the end is tried for so long. */
const lastTriedMs = hours(48);
const mostVotes = 1_000_000_000;

const earlier = (a: string, b: string): string => (a < b ? a : b);

const nextLook = ({ publishedAt, closesAt }: Pick<Ballot, "publishedAt" | "closesAt">, now: string): string => {
  const ageMs = milliseconds(now) - milliseconds(publishedAt);
  return earlier(later(now, Math.min(Math.max(ageMs, leastPauseMs), mostPauseMs)), later(closesAt, afterEndMs));
};

/** It stands there: its votes will be looked up. */
export const ask = (there: Omit<AskedThere, "status" | "wakeAt" | "tries" | "votes">): AskedThere => ({
  status: "asked",
  ...there,
  wakeAt: nextLook(there, there.publishedAt),
  tries: 0,
});

const ended = (of: AskedThere, votes: Votes | undefined, because?: string): Ballot => {
  const { status: _, wakeAt: __, tries: ___, votes: ____, ...rest } = of;
  return {
    status: "ended",
    ...rest,
    ...(votes === undefined ? {} : { votes }),
    ...(because === undefined ? {} : { because }),
  };
};

const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0 && n <= mostVotes;

/**
 * What a network told. Accounts that it does not count are as many as chose the option that most chose: there are no fewer.
 * Undefined where it told nothing that fits.
 */
const votesIn = (
  { votes: before, closesAt }: AskedThere,
  told: Collected["votes"],
  { multiple, of }: { multiple: boolean; of: number },
  now: string,
): Votes | undefined => {
  if (told?.options.length !== of || !told.options.every(isCount)) return before;
  const sum = told.options.reduce((all, n) => all + n, 0);
  const least = Math.max(0, ...told.options);
  const voters = multiple ? Math.max(least, isCount(told.voters ?? 0) ? (told.voters ?? 0) : 0) : sum;
  return { at: now, options: [...told.options], voters, final: told.isOver ?? now >= later(closesAt, afterEndMs) };
};

/** A network told its votes, or that it keeps them to itself yet. The last look is the one after the end. */
export const count = (
  of: AskedThere,
  question: Choice,
  told: Collected["votes"],
  now: string,
): [Ballot, DomainEvent[]] => {
  const { pollId, questionId, postId, channelId, network } = of;
  const multiple = question.kind === "multiple";
  const votes = votesIn(of, told, { multiple, of: question.options.length }, now);
  const isOver = votes?.final === true || now >= later(of.closesAt, lastTriedMs);
  const next: Ballot = isOver
    ? ended(of, votes)
    : {
        ...of,
        ...(votes === undefined ? {} : { votes }),
        wakeAt: now < of.closesAt ? nextLook(of, now) : later(now, leastPauseMs),
        tries: 0,
      };
  const isNews =
    votes !== undefined &&
    (votes.final || votes.voters !== of.votes?.voters || votes.options.some((n, i) => n !== of.votes?.options[i]));
  const options = optionsOf(question).map(({ optionId }, i) => ({ optionId, count: votes?.options[i] ?? 0 }));
  return [
    next,
    isNews
      ? [
          event("poll.votes_collected", {
            ...{ pollId, questionId, postId, channelId, network },
            ...{ voters: votes.voters, options, final: votes.final },
          }),
        ]
      : [],
  ];
};

/** It is not our turn: what is sent goes first. */
export const putOff = (of: AskedThere, until: string): Ballot => ({ ...of, wakeAt: until });

/** It could not be looked up. It is tried again, a little later each time; long after its end no more. */
export const fail = (of: AskedThere, { detail, retryAfterSeconds = 0 }: Failure, now: string): Ballot => {
  const pauseMs = Math.max(Math.min(minutes(2) * 2 ** of.tries, mostPauseMs), retryAfterSeconds * 1000);
  const wakeAt = later(now, pauseMs);
  return wakeAt < later(of.closesAt, lastTriedMs)
    ? { ...of, wakeAt, tries: of.tries + 1 }
    : ended(of, of.votes, `Its last votes could not be looked up: ${detail}`);
};
export type Failure = { detail: string; retryAfterSeconds?: number | undefined };

/** It stands there no more, or nobody can look. What was counted last stays. */
export const end = (of: AskedThere, because: string): Ballot => ended(of, of.votes, because);

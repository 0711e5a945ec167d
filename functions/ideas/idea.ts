import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/ideas.ts";
import { days, later } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { insteadOf } from "../platform/table.ts";

/** How far an idea that people see is. */
export const Stage = z.enum(["open", "planned", "doing", "done", "declined"]);
export type Stage = z.infer<typeof Stage>;

/** What the organiser said to it, with the stage that it had from then on. `number`: the how manieth it was, from 1. */
const Answer = z.object({ number: z.number().int(), stage: Stage, text: z.string(), at: z.iso.datetime() });
export type Answer = z.infer<typeof Answer>;

const of = { workspaceId: z.string(), boardId: z.string(), ideaId: z.string() };
const common = {
  ...of,
  title: z.string(),
  text: z.string().optional(),
  /** As its proposer wants to be called; public. */
  name: z.string().optional(),
  /** A keyed hash of who proposed it on this board; none where the workspace did. */
  who: z.string().optional(),
  /** The keyed hash of the proposer's address (mail/address.ts), once it is proved. */
  author: z.string().optional(),
  /** A keyed hash of the network that it came from. */
  network: z.string().optional(),
  at: z.iso.datetime(),
  answers: z.array(Answer),
  /** The ideas that were merged into it. */
  merged: z.array(z.string()),
  /** When it came on the board or left it, lately and after it was proposed. */
  turns: z.array(z.iso.datetime()).optional(),
};

export const Idea = z.discriminatedUnion("status", [
  /** It waits for approval. */
  z.object({ status: z.literal("pending"), ...common }),
  ...Stage.options.map((stage) => z.object({ status: z.literal(stage), ...common })),
  /** `was`: what it was before; an undo brings it back. */
  z.object({
    status: z.literal("duplicate"),
    ...common,
    into: z.string(),
    was: Stage,
    mergedAt: z.iso.datetime(),
  }),
  z.object({ status: z.literal("rejected"), ...common, reason: z.string(), rejectedAt: z.iso.datetime() }),
  /** Of its words and its proposer nothing is left; that it stood there is. */
  z.object({
    status: z.literal("removed"),
    ...of,
    removedAt: z.iso.datetime(),
    at: z.iso.datetime().optional(),
    turns: common.turns,
  }),
]);
export type Idea = z.infer<typeof Idea>;
type Removed = Extract<Idea, { status: "removed" }>;
/** An idea that exists. */
export type Standing = Exclude<Idea, Removed>;
export type Duplicate = Extract<Idea, { status: "duplicate" }>;
/** An idea with a stage of its own. */
export type Live = Exclude<Standing, { status: "pending" | "duplicate" | "rejected" }>;
/** An idea that everybody sees. */
export type Visible = Live | Duplicate;

export const isLive = (idea: Idea): idea is Live => Stage.safeParse(idea.status).success;
export const isVisible = (idea: Idea): idea is Visible => isLive(idea) || idea.status === "duplicate";

/** So long it is known when an idea came and went: what is counted from a moment is counted soon after it. */
const turnsKeptMs = days(7);

const turned = ({ turns = [] }: Standing, now: string): { turns: string[] } => ({
  turns: [...turns.filter((at) => at > later(now, -turnsKeptMs)), now],
});

/** Whether everybody saw it at that moment of the last days, whatever was decided since. */
export const wasVisibleAt = (idea: Idea, moment: string): boolean => {
  const since = (idea.turns ?? []).filter((at) => at >= moment).length;
  return idea.at !== undefined && idea.at < moment && isVisible(idea) === (since % 2 === 0);
};

/** Whether it takes support and comments. */
export const takesMore = (idea: Idea): idea is Live => ["open", "planned", "doing"].includes(idea.status);

const about = ({ boardId, ideaId }: Pick<Standing, "boardId" | "ideaId">) => ({ boardId, ideaId });

type Asked = Omit<z.infer<z.ZodObject<typeof common>>, "answers" | "merged" | "at">;
/** `waits`: it is to be approved first. */
export const propose = (asked: Asked, waits: boolean, now: string): [Standing, DomainEvent[]] => {
  const status = waits ? "pending" : "open";
  return [
    { ...asked, status, at: now, answers: [], merged: [] },
    [event("idea.proposed", { ...about(asked), status })],
  ];
};

const published = (idea: Standing): Live => {
  if (idea.status === "duplicate")
    return refuse(
      "idea_merged",
      "It is merged with another idea. Undo that first (POST …/unmerge), or ask it of the other.",
    );
  return isLive(idea) ? idea : refuse("idea_not_published", "It is not published. Approve it first (POST …/approve).");
};

export type Patch = { title?: string | undefined; text?: string | null | undefined; name?: string | null | undefined };

const orNone = <N extends "text" | "name">(name: N, before: string | undefined, given: string | null | undefined) => {
  const next = given === undefined ? before : (given ?? undefined);
  return next === undefined ? {} : { [name]: next };
};

/** A correction. */
export const changeIdea = (idea: Standing, patch: Patch): [Standing, DomainEvent[]] => {
  const { text, name, ...rest } = idea;
  const next: Standing = {
    ...rest,
    title: patch.title ?? idea.title,
    ...orNone("text", text, patch.text),
    ...orNone("name", name, patch.name),
  };
  const fields = (["title", "text", "name"] as const).filter((field) => next[field] !== idea[field]);
  return [next, fields.length > 0 ? [event("idea.changed", { ...about(idea), fields })] : []];
};

export const approve = (idea: Standing, now: string): [Standing, DomainEvent[]] => {
  if (idea.status === "rejected") {
    const { reason: _, rejectedAt: __, ...before } = idea;
    return [{ ...before, ...turned(idea, now), status: "open" }, [event("idea.approved", about(idea))]];
  }
  if (idea.status !== "pending") return [idea, []];
  return [{ ...idea, ...turned(idea, now), status: "open" }, [event("idea.approved", about(idea))]];
};

const alone = (idea: Standing): Exclude<Standing, Duplicate> =>
  idea.status === "duplicate" || idea.merged.length > 0
    ? refuse(
        "idea_merged",
        "It is merged with another idea. Undo that first: POST …/unmerge of the one that was merged.",
      )
    : idea;

/** Nobody but its proposer sees it from now on, with the reason. */
export const reject = (idea: Standing, reason: string, now: string): [Standing, DomainEvent[]] => {
  const { status: _, ...before } = alone(idea);
  const events = idea.status === "rejected" ? [] : [event("idea.rejected", about(idea))];
  const turns = isVisible(idea) ? turned(idea, now) : {};
  return [{ ...before, ...turns, status: "rejected", reason, rejectedAt: now }, events];
};

/** More of the organiser's answers are not kept: the oldest goes. */
const mostAnswers = 20;

/** `text`: what the organiser says to it; then whoever asked for it is told. */
export const setStage = (
  idea: Standing,
  { stage, text }: { stage: Stage; text?: string | undefined },
  now: string,
): [Live, DomainEvent[]] => {
  const before = published(idea);
  if (before.status === stage && text === undefined) return [before, []];
  const number = (before.answers.at(-1)?.number ?? 0) + 1;
  const answers =
    text === undefined ? before.answers : [...before.answers, { number, stage, text, at: now }].slice(-mostAnswers);
  return [
    { ...before, status: stage, answers },
    [
      event("idea.status_changed", {
        ...about(idea),
        from: before.status,
        to: stage,
        ...(text === undefined ? {} : { answer: number }),
      }),
    ],
  ];
};

/** So many may be merged into one: their ids are in each supporter's row. */
const mostMerged = 20;

/** One idea becomes a duplicate of another; both change together. */
export const merge = (idea: Standing, other: Standing, now: string): [Duplicate, Live, DomainEvent[]] => {
  const from = published(idea);
  const into = published(other);
  if (into.merged.length >= mostMerged)
    return refuse("invalid_input", `At most ${mostMerged} ideas are merged into one.`, [
      { pointer: "#/into", detail: "Choose another one." },
    ]);
  return [
    { ...from, status: "duplicate", was: from.status, into: into.ideaId, mergedAt: now },
    { ...into, merged: [...into.merged, from.ideaId] },
    [event("idea.merged", { ...about(idea), into: into.ideaId })],
  ];
};

/** Both are as they were; whoever supported the other too goes on doing so. Refuses `idea_not_merged`, `idea_merged`. */
export const unmerge = (idea: Standing, into: Standing): [Live, Live, DomainEvent[]] => {
  if (idea.status !== "duplicate") return refuse("idea_not_merged", "It is not merged with another idea.");
  const target = published(into);
  const { into: from, was, mergedAt: _, ...before } = idea;
  return [
    { ...before, status: was },
    { ...target, merged: target.merged.filter((id) => id !== idea.ideaId) },
    [event("idea.unmerged", { ...about(idea), from })],
  ];
};

/** Its proposer proved their address. */
export const knowAuthor = (idea: Standing, author: string): [Standing, DomainEvent[]] =>
  idea.author === undefined ? [{ ...idea, author }, [event("idea.author_known", about(idea))]] : [idea, []];

/** Nothing of it is kept. Refuses `idea_merged`. */
export const removeIdea = (idea: Standing, now: string): [Removed, DomainEvent[]] => {
  const { workspaceId, boardId, ideaId, at, turns } = { ...alone(idea), ...(isVisible(idea) ? turned(idea, now) : {}) };
  const stood = { at, ...(turns === undefined ? {} : { turns }) };
  return [
    insteadOf(idea, { status: "removed", workspaceId, boardId, ideaId, removedAt: now, ...stood } as const),
    [event("idea.removed", { boardId, ideaId })],
  ];
};

/** Whoever proposed it is forgotten, and with them what they wrote; where others go on with it, it stays as an idea without words. */
export const forget = (idea: Standing, instead: string, now: string): [Idea, DomainEvent[]] => {
  const isAlone = idea.status !== "duplicate" && idea.merged.length === 0;
  if (isAlone) return removeIdea(idea, now);
  const { text: _, name: __, who: ___, author: ____, network: _____, ...rest } = idea;
  return [{ ...rest, title: instead }, [event("idea.changed", { ...about(idea), fields: ["title", "text", "name"] })]];
};

import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/ideas.ts";
import { days, later } from "../platform/clock.ts";
import { type FieldError, refuse } from "../platform/errors.ts";
import { insteadOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";

/** How one person is told from another: by device, or by a code that is mailed. */
export const Tier = z.enum(["device", "email"]);
/** Whether ideas and comments wait until somebody approves them. */
export const Moderation = z.enum(["before", "after"]);

const common = {
  workspaceId: z.string(),
  boardId: z.string(),
  slug: z.string(),
  language: Language,
  title: z.string(),
  /** What is asked, below the title. */
  text: z.string().optional(),
  tier: Tier,
  moderation: Moderation,
  /** Whether people may comment. */
  comments: z.boolean(),
  createdAt: z.iso.datetime(),
};
const opened = {
  ...common,
  openedAt: z.iso.datetime(),
  /** Over how many partitions the support of an idea is spread; a power of two. */
  shards: z.number().int(),
  /** The version of the secret that people are hashed with. */
  pepper: z.number().int(),
  /** The polls that were made of its best ideas, and which option is which idea. */
  polls: z.array(
    z.object({ pollId: z.string(), options: z.array(z.object({ optionId: z.string(), ideaId: z.string() })) }),
  ),
};

/** Where people propose ideas and support those of others. */
export const Board = z.discriminatedUnion("status", [
  z.object({ status: z.literal("draft"), ...common }),
  z.object({ status: z.literal("open"), ...opened }),
  z.object({ status: z.literal("closed"), ...opened, closedAt: z.iso.datetime() }),
  z.object({
    status: z.literal("removed"),
    workspaceId: z.string(),
    boardId: z.string(),
    removedAt: z.iso.datetime(),
  }),
]);
export type Board = z.infer<typeof Board>;
export type Draft = Extract<Board, { status: "draft" }>;
export type Open = Extract<Board, { status: "open" }>;
export type Closed = Extract<Board, { status: "closed" }>;
type Removed = Extract<Board, { status: "removed" }>;
/** A board that exists. */
export type Standing = Draft | Open | Closed;
/** A board that people have been on. */
export type Used = Open | Closed;

/** So many ideas a board has at most: all of them are read at once. */
export const mostIdeas = 2000;

export const createBoard = (asked: Omit<Draft, "status" | "createdAt">, now: string): [Draft, DomainEvent[]] => [
  { ...asked, status: "draft", createdAt: now },
  [event("board.created", { boardId: asked.boardId, slug: asked.slug })],
];

type Maybe<T> = { [N in keyof T]?: T[N] | undefined };
export type Patch = Maybe<
  Pick<Draft, "slug" | "language" | "title" | "tier" | "moderation" | "comments"> & { text: string | null }
>;

/** Who one person is stays as it was told, once the board has been open. Refuses `board_not_draft`. */
export const changeBoard = (board: Standing, patch: Patch): [Standing, DomainEvent[]] => {
  const { text: before, ...rest } = board;
  if (board.status !== "draft" && patch.tier !== undefined && patch.tier !== board.tier)
    return refuse("board_not_draft", "How people are told apart stays as it is once a board has been open.", [
      { pointer: "#/tier", detail: "Make a new board for it." },
    ]);
  const text = patch.text === undefined ? before : (patch.text ?? undefined);
  const next: Standing = {
    ...rest,
    slug: patch.slug ?? board.slug,
    language: patch.language ?? board.language,
    title: patch.title ?? board.title,
    tier: patch.tier ?? board.tier,
    moderation: patch.moderation ?? board.moderation,
    comments: patch.comments ?? board.comments,
    ...(text === undefined ? {} : { text }),
  };
  const names = ["slug", "language", "title", "text", "tier", "moderation", "comments"] as const;
  const fields = names.filter((name) => next[name] !== board[name]);
  return [next, fields.length > 0 ? [event("board.changed", { boardId: board.boardId, fields })] : []];
};

/** `lacks`: what the law asks of its workspace first. Refuses `board_not_ready` where there is such a thing. */
export const openBoard = (
  board: Standing,
  pepper: number,
  now: string,
  lacks: readonly FieldError[] = [],
): [Open, DomainEvent[]] => {
  if (board.status === "open") return [board, []];
  if (lacks.length > 0) refuse("board_not_ready", "The law asks for more before a board is public.", lacks);
  const events = [event("board.opened", { boardId: board.boardId, slug: board.slug })];
  if (board.status === "draft")
    return [{ ...board, status: "open", openedAt: now, shards: 16, pepper, polls: [] }, events];
  const { closedAt: _, ...before } = board;
  return [{ ...before, status: "open" }, events];
};

/** What is on it stays to be read. */
export const closeBoard = (board: Standing, now: string): [Closed, DomainEvent[]] => {
  if (board.status === "closed") return [board, []];
  if (board.status === "draft") return refuse("board_not_open", "Only an open board can be closed.");
  return [{ ...board, status: "closed", closedAt: now }, [event("board.closed", { boardId: board.boardId })]];
};

/** Refuses `board_open`: people are on it. */
export const removeBoard = (board: Standing, now: string): [Removed, DomainEvent[]] => {
  if (board.status === "open")
    return refuse("board_open", "People are on this board. Close it first (POST …/close); then all of it can go.");
  const { workspaceId, boardId } = board;
  return [
    insteadOf(board, { status: "removed", workspaceId, boardId, removedAt: now } as const),
    [event("board.removed", { boardId })],
  ];
};

/** How long what was removed is still known to have been. */
export const forgottenAt = ({ removedAt }: { removedAt: string }): string => later(removedAt, days(30));

const mostPolls = 20;

/** A poll was made of its best ideas; twice is once. */
export const withPoll = (board: Used, poll: Used["polls"][number]): [Used, DomainEvent[]] => {
  if (board.polls.some(({ pollId }) => pollId === poll.pollId)) return [board, []];
  const { boardId } = board;
  const { pollId, options } = poll;
  return [
    { ...board, polls: [...board.polls, poll].slice(-mostPolls) },
    [event("board.polled", { boardId, pollId, ideas: options.map(({ ideaId }) => ideaId) })],
  ];
};

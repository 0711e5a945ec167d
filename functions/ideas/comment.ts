import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/ideas.ts";
import { insteadOf } from "../platform/table.ts";

const of = { workspaceId: z.string(), boardId: z.string(), ideaId: z.string(), commentId: z.string() };
const common = {
  ...of,
  text: z.string(),
  name: z.string().optional(),
  /** A keyed hash of who wrote it on this board; none where the workspace did. */
  who: z.string().optional(),
  at: z.iso.datetime(),
};

export const Comment = z.discriminatedUnion("status", [
  z.object({ status: z.literal("pending"), ...common }),
  z.object({ status: z.literal("published"), ...common }),
  z.object({ status: z.literal("rejected"), ...common, reason: z.string() }),
  z.object({ status: z.literal("removed"), ...of, removedAt: z.iso.datetime() }),
]);
export type Comment = z.infer<typeof Comment>;
type Removed = Extract<Comment, { status: "removed" }>;
export type Standing = Exclude<Comment, Removed>;

/** So many an idea has at most: all of them are read at once. */
export const mostComments = 500;

const about = ({ boardId, ideaId, commentId }: Comment) => ({ boardId, ideaId, commentId });

export const write = (
  asked: Omit<Extract<Comment, { status: "published" }>, "status" | "at">,
  waits: boolean,
  now: string,
): [Standing, DomainEvent[]] => {
  const { boardId, ideaId, commentId } = asked;
  const status = waits ? "pending" : "published";
  return [{ ...asked, status, at: now }, [event("idea.commented", { boardId, ideaId, commentId, status })]];
};

export const changeComment = (comment: Standing, text: string): [Standing, DomainEvent[]] =>
  text === comment.text ? [comment, []] : [{ ...comment, text }, [event("comment.changed", about(comment))]];

export const approveComment = (comment: Standing): [Standing, DomainEvent[]] => {
  if (comment.status === "published") return [comment, []];
  const { reason: _, ...before } = { reason: "", ...comment };
  return [{ ...before, status: "published" }, [event("comment.approved", about(comment))]];
};

export const rejectComment = (comment: Standing, reason: string): [Standing, DomainEvent[]] =>
  comment.status === "rejected"
    ? [{ ...comment, reason }, []]
    : [{ ...comment, status: "rejected", reason }, [event("comment.rejected", about(comment))]];

export const removeComment = (comment: Standing, now: string): [Removed, DomainEvent[]] => {
  const { workspaceId, boardId, ideaId, commentId } = comment;
  return [
    insteadOf(comment, { status: "removed", workspaceId, boardId, ideaId, commentId, removedAt: now } as const),
    [event("comment.removed", { boardId, ideaId, commentId })],
  ];
};

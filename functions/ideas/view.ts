import * as z from "zod";
import { Id } from "../platform/ids.ts";
import { versionOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { type Standing as Board, Moderation, Tier } from "./board.ts";
import type { Standing as Comment } from "./comment.ts";
import { type Standing as Idea, Stage } from "./idea.ts";
import type { Counted } from "./table.ts";

// Boards, ideas and comments as the API shows them.

export const BoardView = z
  .object({
    id: Id("board"),
    slug: z.string(),
    url: z.url(),
    language: Language,
    title: z.string(),
    text: z.string().optional(),
    tier: Tier,
    moderation: Moderation,
    comments: z.boolean(),
    status: z.enum(["draft", "open", "closed"]),
    createdAt: z.iso.datetime(),
    openedAt: z.iso.datetime().optional(),
    closedAt: z.iso.datetime().optional(),
    polls: z.array(z.string()).optional().describe("The polls that were made of its best ideas."),
    version: z.int(),
  })
  .meta({ id: "Board" });

export const viewBoard = (board: Board, baseUrl: string): z.infer<typeof BoardView> => ({
  id: board.boardId,
  slug: board.slug,
  url: `${baseUrl}/i/${board.slug}`,
  language: board.language,
  title: board.title,
  ...(board.text === undefined ? {} : { text: board.text }),
  tier: board.tier,
  moderation: board.moderation,
  comments: board.comments,
  status: board.status,
  createdAt: board.createdAt,
  ...(board.status === "draft" ? {} : { openedAt: board.openedAt, polls: board.polls.map(({ pollId }) => pollId) }),
  ...(board.status === "closed" ? { closedAt: board.closedAt } : {}),
  version: versionOf(board),
});

export const AnswerView = z.object({ stage: Stage, text: z.string(), at: z.iso.datetime() });

export const IdeaView = z
  .object({
    id: Id("idea"),
    boardId: Id("board"),
    url: z.url(),
    status: z.enum(["pending", ...Stage.options, "duplicate", "rejected"]),
    title: z.string(),
    text: z.string().optional(),
    name: z.string().optional().describe("As its proposer wants to be called; public."),
    by: z.enum(["visitor", "workspace"]),
    at: z.iso.datetime(),
    support: z.int().describe("How many people support it, a moment behind."),
    comments: z.int().describe("How many comments are public, a moment behind."),
    answers: z.array(AnswerView).describe("What you said to it, oldest first."),
    merged: z.array(z.string()).describe("The ideas that were merged into it."),
    into: z.string().optional().describe("Of a duplicate: the idea that it was merged into."),
    reason: z.string().optional().describe("Of a rejected one: why."),
    network: z
      .string()
      .optional()
      .describe("A mark of the network that it came from: the same for the same network, on this board."),
    version: z.int(),
  })
  .meta({ id: "Idea" });
export type IdeaView = z.infer<typeof IdeaView>;

export const viewAnswers = ({ answers }: Pick<Idea, "answers">) =>
  answers.map(({ stage, text, at }) => ({ stage, text, at }));

export const viewIdea = (idea: Idea, board: Pick<Board, "slug">, counted: Counted, baseUrl: string): IdeaView => {
  const { ideaId, boardId, status, title, text, name, who, at, merged, network } = idea;
  return {
    id: ideaId,
    boardId,
    url: `${baseUrl}/i/${board.slug}/ideas/${ideaId}`,
    status,
    title,
    ...(text === undefined ? {} : { text }),
    ...(name === undefined ? {} : { name }),
    by: who === undefined ? "workspace" : "visitor",
    at,
    ...counted(ideaId),
    answers: viewAnswers(idea),
    merged,
    ...(status === "duplicate" ? { into: idea.into } : {}),
    ...(status === "rejected" ? { reason: idea.reason } : {}),
    ...(network === undefined ? {} : { network }),
    version: versionOf(idea),
  };
};

export const CommentView = z
  .object({
    id: Id("comment"),
    ideaId: Id("idea"),
    status: z.enum(["pending", "published", "rejected"]),
    text: z.string(),
    name: z.string().optional(),
    by: z.enum(["visitor", "workspace"]),
    at: z.iso.datetime(),
    reason: z.string().optional(),
    version: z.int(),
  })
  .meta({ id: "IdeaComment" });

export const viewComment = (comment: Comment): z.infer<typeof CommentView> => ({
  id: comment.commentId,
  ideaId: comment.ideaId,
  status: comment.status,
  text: comment.text,
  ...(comment.name === undefined ? {} : { name: comment.name }),
  by: comment.who === undefined ? "workspace" : "visitor",
  at: comment.at,
  ...(comment.status === "rejected" ? { reason: comment.reason } : {}),
  version: versionOf(comment),
});

export const WaitingView = z
  .object({
    kind: z.enum(["idea", "comment"]),
    id: z.string(),
    ideaId: Id("idea"),
    title: z.string().optional(),
    text: z.string().optional(),
    name: z.string().optional(),
    at: z.iso.datetime(),
  })
  .meta({ id: "WaitingForApproval" });

/** Ideas as a list shows them: the most supported first, or the newest. */
export const Sorting = z.enum(["support", "newest"]);
export type Sorting = z.infer<typeof Sorting>;
export const sorted = <I extends Pick<Idea, "ideaId" | "at">>(
  oldestFirst: readonly I[],
  sorting: Sorting,
  counted: Counted,
): I[] => {
  if (sorting === "newest") return oldestFirst.toReversed();
  const weighed = oldestFirst.map((idea) => ({ idea, support: counted(idea.ideaId).support }));
  return weighed.sort((a, b) => b.support - a.support).map(({ idea }) => idea);
};

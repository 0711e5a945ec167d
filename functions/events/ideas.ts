import * as z from "zod";
import { announces, type Fold } from "./event.ts";

const boardId = z.string();
const ideaId = z.string();
const commentId = z.string();
const board = { boardId: "board_01jd0000000000000000000000" };
const idea = { ...board, ideaId: "idea_01jd0000000000000000000000" };
const comment = { ...idea, commentId: "comment_01jd0000000000000000000000" };
const other = "idea_01jd0000000000000000000001";

const aboutBoard = { data: z.object({ boardId }), example: board };
const aboutIdea = { data: z.object({ boardId, ideaId }), example: idea };
const aboutComment = { data: z.object({ boardId, ideaId, commentId }), example: comment };
const fields = z.array(z.string()).describe("The names of the fields that changed.");
const status = z.enum(["open", "planned", "doing", "done", "declined"]);

export const { catalogue, event } = announces({
  "board.created": {
    data: z.object({ boardId, slug: z.string() }),
    example: { ...board, slug: "nieuw-bier" },
  },
  "board.changed": { data: z.object({ boardId, fields }), example: { ...board, fields: ["title"] } },
  "board.opened": {
    data: z.object({ boardId, slug: z.string() }),
    example: { ...board, slug: "nieuw-bier" },
  },
  "board.closed": aboutBoard,
  "board.removed": aboutBoard,
  "board.polled": {
    data: z.object({ boardId, pollId: z.string(), ideas: z.array(z.string()).describe("The best, best first.") }),
    example: { ...board, pollId: "poll_01jd0000000000000000000000", ideas: [idea.ideaId, other] },
  },
  "idea.proposed": {
    data: z.object({
      boardId,
      ideaId,
      status: z.enum(["pending", "open"]).describe("`pending`: it waits for approval, and is not public."),
    }),
    example: { ...idea, status: "open" },
  },
  "idea.author_known": {
    data: z.object({ boardId, ideaId }).describe("Whoever proposed it has proved their address since."),
    example: idea,
  },
  "idea.changed": { data: z.object({ boardId, ideaId, fields }), example: { ...idea, fields: ["title"] } },
  "idea.approved": aboutIdea,
  "idea.rejected": aboutIdea,
  "idea.removed": aboutIdea,
  "idea.status_changed": {
    data: z.object({
      boardId,
      ideaId,
      from: status,
      to: status,
      answer: z
        .int()
        .optional()
        .describe("Which answer of the organiser it came with; who asked to be told is told of it."),
    }),
    example: { ...idea, from: "open", to: "planned", answer: 1 },
  },
  "idea.merged": {
    data: z.object({ boardId, ideaId, into: z.string() }),
    example: { ...idea, into: other },
  },
  "idea.unmerged": {
    data: z.object({ boardId, ideaId, from: z.string().describe("The idea that it was merged into.") }),
    example: { ...idea, from: other },
  },
  "idea.followed": {
    data: z.object({ boardId, ideaId }).describe("Somebody proved their address and asked to be told."),
    example: idea,
  },
  "idea.supported": {
    data: z.object({
      boardId,
      items: z.array(
        z.object({
          id: z.string().describe("Of this item, the same however often it is delivered: act on it once."),
          ideaId,
          supportId: z.string(),
          at: z.iso.datetime(),
          via: z
            .string()
            .optional()
            .describe("By a merge: the idea that was supported; that was told then, and is no new support."),
        }),
      ),
    }),
    example: {
      ...board,
      items: [
        {
          id: "evt_01jd0000000000000000000000",
          ideaId: idea.ideaId,
          supportId: "spt_01jd0000000000000000000000",
          at: "2026-06-01T10:00:00.000Z",
        },
      ],
    },
    batched: {
      kind: "support",
      subject: ({ boardId }) => ({ boardId: String(boardId) }),
      at: ({ at }) => String(at),
      item: ({ id, ideaId, at, via }) => ({
        ideaId,
        supportId: id,
        at,
        ...(Array.isArray(via) && via.length > 0 ? { via: String(via[0]) } : {}),
      }),
    },
  },
  "idea.commented": {
    data: z.object({ boardId, ideaId, commentId, status: z.enum(["pending", "published"]) }),
    example: { ...comment, status: "published" },
  },
  "comment.changed": aboutComment,
  "comment.approved": aboutComment,
  "comment.rejected": aboutComment,
  "comment.removed": aboutComment,
});

// ── Counting ────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * What the counts of an idea are kept under: a sixteenth of its board. So a board's list is sorted from sixteen reads, and one
 * count takes one write unit up to about 350 ideas a board (1 KB an item).
 */
export const subjects = [..."0123456789abcdef"] as const;
export const subjectOf = (boardId: string, sixteenth: string): string => `${boardId}/${sixteenth}`;
/** 60 bits of its id tell an idea from the others of its board. */
const nameOf = (ideaId: string): string => ideaId.slice(-12);
/** Which sixteenth of its board an idea is in. */
export const sixteenthOf = (ideaId: string): string =>
  ([...nameOf(ideaId)].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 16).toString(16);
/** The names of an idea's counts. */
export const countNames = (ideaId: string): { support: string; comments: string } => ({
  support: nameOf(ideaId),
  comments: `c${nameOf(ideaId)}`,
});

type Row = Record<string, unknown>;
/** Whether a row of support counts: its own, or by an idea that was merged. Once, either way. */
export const isCounted = ({ own, via }: { own?: unknown; via?: unknown }): boolean =>
  own === true || (Array.isArray(via) && via.length > 0);
const ofSupport = (row: Row | undefined): number => (row && isCounted(row) ? 1 : 0);
const ofComment = (row: Row | undefined): number => (row?.status === "published" ? 1 : 0);

const fold = (kind: string, name: "support" | "comments", of: (row: Row | undefined) => number): Fold => ({
  kind,
  counts: (before, after) => {
    const add = of(after) - of(before);
    const row = after ?? before ?? {};
    if (add === 0) return [];
    const ideaId = String(row.ideaId);
    return [{ subject: subjectOf(String(row.boardId), sixteenthOf(ideaId)), add: { [countNames(ideaId)[name]]: add } }];
  },
});

export const folds: readonly Fold[] = [fold("support", "support", ofSupport), fold("comment", "comments", ofComment)];

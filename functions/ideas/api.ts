import * as z from "zod";
import { found, refuse } from "../platform/errors.ts";
import { api, list, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { takeName } from "../platform/names.ts";
import { type Key, put } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import { mostIdeas } from "./board.ts";
import { boardOf, boardRoutes, urlOf } from "./boards-api.ts";
import {
  approveComment,
  type Comment,
  changeComment,
  rejectComment,
  removeComment,
  type Standing as StandingComment,
  write,
} from "./comment.ts";
import {
  approve,
  changeIdea,
  merge,
  propose,
  reject,
  removeIdea,
  Stage,
  type Standing,
  setStage,
  unmerge,
} from "./idea.ts";
import { recountSupport } from "./recount.ts";
import { IdeaPatch, Name, Said, Text, Title } from "./set-up.ts";
import { allBoards, comments, commentsOf, findComment, findIdea, ideas, ideasOf, runningCounts } from "./table.ts";
import { CommentView, IdeaView, Sorting, sorted, viewComment, viewIdea } from "./view.ts";

// Ideas and comments. Boards are in boards-api.ts.

const atIdea = z.strictObject({ ideaId: Id("idea") });
const atComment = z.strictObject({ ideaId: Id("idea"), commentId: Id("comment") });

const ideaOf = async (workspaceId: string, ideaId: string, now: string): Promise<Standing> =>
  found(await findIdea(workspaceId, ideaId, now), "idea");
const commentOf = async (
  workspaceId: string,
  { ideaId, commentId }: { ideaId: string; commentId: string },
  now: string,
): Promise<StandingComment> => {
  const idea = await ideaOf(workspaceId, ideaId, now);
  const comment: Comment = found(await findComment(idea, commentId, now), "comment");
  return comment.status === "removed" ? refuse("not_found", "There is no such comment.") : comment;
};

const view = async (idea: Standing, now: string): Promise<IdeaView> => {
  const board = await boardOf(idea.workspaceId, idea.boardId, now);
  return viewIdea(idea, board, await runningCounts(board, now), await urlOf(idea.workspaceId, now));
};

/** A stretch of a list that is in memory, after the thing of a cursor. */
const stretchOf = <T>(
  all: readonly T[],
  { limit, startAfter }: { limit: number; startAfter: Key | undefined },
  keyOf: (of: T) => Key,
) => {
  const at = startAfter ? all.findIndex((of) => keyOf(of).sk === startAfter.sk) + 1 : 0;
  // What the cursor names was removed since: nothing is told twice, so the list ends.
  if (startAfter && at === 0) return { items: [], next: undefined };
  const items = all.slice(at, at + limit);
  return { items, next: at + limit < all.length ? keyOf(items.at(-1)!) : undefined };
};

const Reason = z.strictObject({ reason: Said.describe("Only who wrote it reads it.") });

const ideaKeyOf = ({ boardId, ideaId }: Standing): Key => ({ pk: boardId, sk: ideaId });

const ideaRoutes = {
  createIdea: route({
    method: "POST",
    path: "/v1/ideas",
    access: "ideas:write",
    summary: "Adds an idea of your own, or one that you heard elsewhere; nobody supports it yet.",
    status: 201,
    body: z.strictObject({ boardId: Id("board"), title: Title, text: Text.optional(), name: Name.optional() }),
    returns: IdeaView,
    refuses: ["board_not_open", "board_full"],
    run: async ({ workspaceId, body, now, save }) => {
      const { boardId, title, text, name } = body;
      const board = await boardOf(workspaceId, boardId, now);
      if (board.status === "draft") return refuse("board_not_open", "Open the board first.");
      if ((await ideasOf(board, now)).length >= mostIdeas)
        return refuse("board_full", `A board has at most ${mostIdeas} ideas.`);
      const ideaId = newId("idea", now);
      const asked = {
        ...{ workspaceId, boardId, ideaId, title },
        ...(text === undefined ? {} : { text }),
        ...(name === undefined ? {} : { name }),
      };
      const change = put(ideas, ...propose(asked, false, now));
      const named = takeName({ space: "idea", name: ideaId, workspaceId, id: boardId });
      return save([change, named], await view(change.after, now));
    },
  }),
  listIdeas: list({
    method: "GET",
    path: "/v1/ideas",
    access: "ideas:read",
    summary: "The ideas of a board, the most supported or the newest first; without a board, of all, board by board.",
    filter: {
      boardId: Id("board").optional(),
      status: z.enum(["pending", ...Stage.options, "duplicate", "rejected"]).optional(),
      sort: Sorting.default("newest"),
    },
    item: IdeaView,
    run: async ({ workspaceId, query, list, now }) => {
      const { boardId, status, sort } = query;
      const url = await urlOf(workspaceId, now);
      // Cursors are of a board and an idea: further boards are read where the page is not full.
      const from = list.startAfter?.pk;
      const asked =
        boardId === undefined ? await allBoards(workspaceId, now) : [await boardOf(workspaceId, boardId, now)];
      const at = from === undefined ? 0 : asked.findIndex((board) => board.boardId === from);
      const items: IdeaView[] = [];
      for (const board of at < 0 ? [] : asked.slice(at)) {
        if (board.status === "draft") continue;
        const [all, counted] = await Promise.all([ideasOf(board, now), runningCounts(board, now)]);
        const kept = sorted(
          all.filter((idea) => status === undefined || idea.status === status),
          sort,
          counted,
        );
        const startAfter = board.boardId === from ? list.startAfter : undefined;
        const part = stretchOf(kept, { limit: list.limit - items.length, startAfter }, ideaKeyOf);
        items.push(...part.items.map((idea) => viewIdea(idea, board, counted, url)));
        const last = items.at(-1);
        const isMore = part.next !== undefined || board !== asked.at(-1);
        if (items.length === list.limit && last)
          return { items, next: isMore ? { pk: last.boardId, sk: last.id } : undefined };
      }
      return { items, next: undefined };
    },
  }),
  readIdea: route({
    method: "GET",
    path: "/v1/ideas/{ideaId}",
    access: "ideas:read",
    summary: "One idea.",
    params: atIdea,
    returns: IdeaView,
    run: async ({ workspaceId, params, now }) => view(await ideaOf(workspaceId, params.ideaId, now), now),
  }),
  recountSupport: route({
    method: "GET",
    path: "/v1/ideas/{ideaId}/support",
    access: "ideas:read",
    summary:
      "The support of an idea counted from the rows themselves: exact, and slower; and networks from which much came.",
    params: atIdea,
    returns: z
      .object({
        support: z.int(),
        byMerge: z.int().describe("Of these, who supported only an idea that was merged into it."),
        bursts: z.array(z.object({ network: z.string(), count: z.int(), busiestMinute: z.int() })),
      })
      .meta({ id: "IdeaSupport" }),
    run: async ({ workspaceId, params, now }) => {
      const idea = await ideaOf(workspaceId, params.ideaId, now);
      const board = await boardOf(workspaceId, idea.boardId, now);
      return board.status === "draft"
        ? { support: 0, byMerge: 0, bursts: [] }
        : recountSupport(board, idea.ideaId, now);
    },
  }),
  changeIdea: route({
    method: "PATCH",
    path: "/v1/ideas/{ideaId}",
    access: "ideas:write",
    summary: "Corrects the words of an idea; null takes the text or the name away.",
    params: atIdea,
    body: IdeaPatch,
    returns: IdeaView,
    refuses: ["stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const idea = await ideaOf(workspaceId, params.ideaId, now);
      expect(idea);
      const [next, events] = changeIdea(idea, body);
      if (events.length === 0) return view(idea, now);
      const change = put(ideas, next, events);
      return save([change], await view(change.after, now));
    },
  }),
  removeIdea: route({
    method: "DELETE",
    path: "/v1/ideas/{ideaId}",
    access: "ideas:write",
    summary: "Removes an idea with its support and its comments. One that is merged is unmerged first.",
    status: 204,
    params: atIdea,
    refuses: ["idea_merged", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const idea = await ideaOf(workspaceId, params.ideaId, now);
      expect(idea);
      return save([put(ideas, ...removeIdea(idea, now))], undefined);
    },
  }),
  approveIdea: route({
    method: "POST",
    path: "/v1/ideas/{ideaId}/approve",
    access: "ideas:write",
    summary: "Publishes an idea that waits, or one that was rejected. Once or often, it is the same.",
    params: atIdea,
    returns: IdeaView,
    refuses: ["stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const idea = await ideaOf(workspaceId, params.ideaId, now);
      expect(idea);
      const [next, events] = approve(idea, now);
      if (events.length === 0) return view(idea, now);
      const change = put(ideas, next, events);
      return save([change], await view(change.after, now));
    },
  }),
  rejectIdea: route({
    method: "POST",
    path: "/v1/ideas/{ideaId}/reject",
    access: "ideas:write",
    summary:
      "Takes an idea off the board, or never lets it on. Its proposer reads the reason, and is mailed it where they asked for mail.",
    params: atIdea,
    body: Reason,
    returns: IdeaView,
    refuses: ["idea_merged", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const idea = await ideaOf(workspaceId, params.ideaId, now);
      expect(idea);
      const change = put(ideas, ...reject(idea, body.reason, now));
      return save([change], await view(change.after, now));
    },
  }),
  setIdeaStatus: route({
    method: "POST",
    path: "/v1/ideas/{ideaId}/status",
    access: "ideas:write",
    summary:
      "You said, we did: how far an idea is. With an answer, whoever proposed, supported or followed it and asked to be told is mailed it, once.",
    params: atIdea,
    body: z.strictObject({ status: Stage, answer: Said.optional().describe("Public: what you say to it.") }),
    returns: IdeaView,
    refuses: ["idea_merged", "idea_not_published", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const idea = await ideaOf(workspaceId, params.ideaId, now);
      expect(idea);
      const [next, events] = setStage(idea, { stage: body.status, text: body.answer }, now);
      if (events.length === 0) return view(idea, now);
      const change = put(ideas, next, events);
      return save([change], await view(change.after, now));
    },
  }),
  mergeIdea: route({
    method: "POST",
    path: "/v1/ideas/{ideaId}/merge",
    access: "ideas:write",
    summary:
      "Merges an idea into another of its board, with its support: whoever supports both counts once. Its followers are told what becomes of the other.",
    params: atIdea,
    body: z.strictObject({ into: Id("idea") }),
    returns: IdeaView,
    refuses: ["unknown_idea", "idea_merged", "idea_not_published", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const idea = await ideaOf(workspaceId, params.ideaId, now);
      expect(idea);
      if (body.into === idea.ideaId)
        return refuse("invalid_input", "An idea is not merged with itself.", [
          { pointer: "#/into", detail: "Give another idea of the same board." },
        ]);
      const other = await findIdea(workspaceId, body.into, now);
      if (!other || other.boardId !== idea.boardId)
        return refuse("unknown_idea", "There is no other idea with this id on its board.", [
          { pointer: "#/into", detail: "Give another idea of the same board." },
        ]);
      const [duplicate, into, events] = merge(idea, other, now);
      const change = put(ideas, duplicate, events);
      return save([change, put(ideas, into)], await view(change.after, now));
    },
  }),
  unmergeIdea: route({
    method: "POST",
    path: "/v1/ideas/{ideaId}/unmerge",
    access: "ideas:write",
    summary: "Undoes a merge: both ideas are as they were, and what came with it leaves again.",
    params: atIdea,
    returns: IdeaView,
    refuses: ["idea_not_merged", "idea_merged", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const idea = await ideaOf(workspaceId, params.ideaId, now);
      expect(idea);
      if (idea.status !== "duplicate") return refuse("idea_not_merged", "It is not merged with another idea.");
      const [live, other, events] = unmerge(idea, await ideaOf(workspaceId, idea.into, now));
      const change = put(ideas, live, events);
      return save([change, put(ideas, other)], await view(change.after, now));
    },
  }),
};

const commentRoutes = {
  createComment: route({
    method: "POST",
    path: "/v1/ideas/{ideaId}/comments",
    access: "ideas:write",
    summary: "Says something to an idea, in your name.",
    status: 201,
    params: atIdea,
    body: z.strictObject({ text: Said }),
    returns: CommentView,
    run: async ({ workspaceId, params, body, now, save }) => {
      const { boardId, ideaId } = await ideaOf(workspaceId, params.ideaId, now);
      const { name } = await brandOf(workspaceId, now);
      const asked = { workspaceId, boardId, ideaId, commentId: newId("comment", now), text: body.text, name };
      const change = put(comments, ...write(asked, false, now));
      return save([change], viewComment(change.after));
    },
  }),
  listComments: list({
    method: "GET",
    path: "/v1/ideas/{ideaId}/comments",
    access: "ideas:read",
    summary: "The comments on an idea, oldest first.",
    params: atIdea,
    filter: { status: z.enum(["pending", "published", "rejected"]).optional() },
    item: CommentView,
    run: async ({ workspaceId, params, query, list, now }) => {
      const idea = await ideaOf(workspaceId, params.ideaId, now);
      const all = (await commentsOf(idea, now)).filter(
        ({ status }) => query.status === undefined || status === query.status,
      );
      const { items, next } = stretchOf(all, list, ({ ideaId, commentId }) => ({ pk: ideaId, sk: commentId }));
      return { items: items.map(viewComment), next };
    },
  }),
  readComment: route({
    method: "GET",
    path: "/v1/ideas/{ideaId}/comments/{commentId}",
    access: "ideas:read",
    summary: "One comment.",
    params: atComment,
    returns: CommentView,
    run: async ({ workspaceId, params, now }) => viewComment(await commentOf(workspaceId, params, now)),
  }),
  changeComment: route({
    method: "PATCH",
    path: "/v1/ideas/{ideaId}/comments/{commentId}",
    access: "ideas:write",
    summary: "Corrects a comment.",
    params: atComment,
    body: z.strictObject({ text: Said }),
    returns: CommentView,
    refuses: ["stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const comment = await commentOf(workspaceId, params, now);
      expect(comment);
      const [next, events] = changeComment(comment, body.text);
      if (events.length === 0) return viewComment(comment);
      const change = put(comments, next, events);
      return save([change], viewComment(change.after));
    },
  }),
  removeComment: route({
    method: "DELETE",
    path: "/v1/ideas/{ideaId}/comments/{commentId}",
    access: "ideas:write",
    summary: "Removes a comment; nothing of it is kept.",
    status: 204,
    params: atComment,
    refuses: ["stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const comment = await commentOf(workspaceId, params, now);
      expect(comment);
      return save([put(comments, ...removeComment(comment, now))], undefined);
    },
  }),
  approveComment: route({
    method: "POST",
    path: "/v1/ideas/{ideaId}/comments/{commentId}/approve",
    access: "ideas:write",
    summary: "Publishes a comment that waits, or one that was rejected. Once or often, it is the same.",
    params: atComment,
    returns: CommentView,
    refuses: ["stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const comment = await commentOf(workspaceId, params, now);
      expect(comment);
      const [next, events] = approveComment(comment);
      if (events.length === 0) return viewComment(comment);
      const change = put(comments, next, events);
      return save([change], viewComment(change.after));
    },
  }),
  rejectComment: route({
    method: "POST",
    path: "/v1/ideas/{ideaId}/comments/{commentId}/reject",
    access: "ideas:write",
    summary: "Takes a comment off, or never lets it on; who wrote it reads the reason.",
    params: atComment,
    body: Reason,
    returns: CommentView,
    refuses: ["stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const comment = await commentOf(workspaceId, params, now);
      expect(comment);
      const change = put(comments, ...rejectComment(comment, body.reason));
      return save([change], viewComment(change.after));
    },
  }),
};

export const routes = { ...boardRoutes, ...ideaRoutes, ...commentRoutes };

export const handler = api(routes);

import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { found, refuse } from "../platform/errors.ts";
import { list, route } from "../platform/http.ts";
import { Id, newId, Slug } from "../platform/ids.ts";
import { Address } from "../platform/input.ts";
import { giveUpName, orSlugTaken, takeName } from "../platform/names.ts";
import { secretVersion } from "../platform/secrets.ts";
import { put, save } from "../platform/table.ts";
import { brandOf, lacksInPublic } from "../workspaces/brand.ts";
import { findWorkspace } from "../workspaces/table.ts";
import { type Standing as Board, changeBoard, closeBoard, createBoard, openBoard, removeBoard } from "./board.ts";
import { personHash } from "./chance.ts";
import { forgetPerson } from "./forget.ts";
import { Stage } from "./idea.ts";
import { pollOfBest } from "./poll.ts";
import { BoardPatch, NewBoard } from "./set-up.ts";
import { boards, findBoard, ideasOf, listBoards, waitingComments, waitsAt } from "./table.ts";
import { BoardView, viewBoard, WaitingView } from "./view.ts";

// Boards, what waits on them, and what is made of them. What stands on a board is in api.ts.

const atBoard = z.strictObject({ boardId: Id("board") });

export const urlOf = async (workspaceId: string, now: string): Promise<string> => (await brandOf(workspaceId, now)).url;
export const boardOf = async (workspaceId: string, boardId: string, now: string): Promise<Board> =>
  found(await findBoard(workspaceId, boardId, now), "board");

const boardName = (board: { slug: string; workspaceId: string; boardId: string }) =>
  takeName({ space: "board", name: board.slug, workspaceId: board.workspaceId, id: board.boardId });

export const boardRoutes = {
  createBoard: route({
    method: "POST",
    path: "/v1/boards",
    access: "ideas:write",
    summary: "Makes a board of ideas, as a draft.",
    status: 201,
    body: NewBoard,
    returns: BoardView,
    refuses: ["slug_taken"],
    run: async ({ workspaceId, body, now, save }) => {
      const { languages, url } = await brandOf(workspaceId, now);
      const { text, language = languages[0], ...rest } = body;
      const asked = {
        ...{ ...rest, language, workspaceId, boardId: newId("board", now) },
        ...(text === undefined ? {} : { text }),
      };
      const change = put(boards, ...createBoard(asked, now));
      return orSlugTaken(save([change, boardName(asked)], viewBoard(change.after, url)));
    },
  }),
  listBoards: list({
    method: "GET",
    path: "/v1/boards",
    access: "ideas:read",
    summary: "The boards of ideas, newest first.",
    filter: { status: z.enum(["draft", "open", "closed"]).optional() },
    item: BoardView,
    run: async ({ workspaceId, query, list, now }) => {
      const { items, next } = await listBoards(workspaceId, { ...list, status: query.status }, now);
      const url = await urlOf(workspaceId, now);
      return { items: items.map((board) => viewBoard(board, url)), next };
    },
  }),
  readBoard: route({
    method: "GET",
    path: "/v1/boards/{boardId}",
    access: "ideas:read",
    summary: "One board.",
    params: atBoard,
    returns: BoardView,
    run: async ({ workspaceId, params, now }) =>
      viewBoard(await boardOf(workspaceId, params.boardId, now), await urlOf(workspaceId, now)),
  }),
  changeBoard: route({
    method: "PATCH",
    path: "/v1/boards/{boardId}",
    access: "ideas:write",
    summary: "Changes a board; once it was open, not how people are told apart. null takes the text away.",
    params: atBoard,
    body: BoardPatch,
    returns: BoardView,
    refuses: ["slug_taken", "board_not_draft", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const board = await boardOf(workspaceId, params.boardId, now);
      expect(board);
      const [next, events] = changeBoard(board, body);
      const url = await urlOf(workspaceId, now);
      if (events.length === 0) return viewBoard(board, url);
      const change = put(boards, next, events);
      const renamed =
        next.slug === board.slug
          ? []
          : [...(await giveUpName("board", board.slug, milliseconds(now))), boardName(next)];
      return orSlugTaken(save([change, ...renamed], viewBoard(change.after, url)));
    },
  }),
  removeBoard: route({
    method: "DELETE",
    path: "/v1/boards/{boardId}",
    access: "ideas:write",
    summary: "Removes a draft or a closed board, with all ideas, support and comments on it; its slug is free again.",
    status: 204,
    params: atBoard,
    refuses: ["board_open", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const board = await boardOf(workspaceId, params.boardId, now);
      expect(board);
      const [removed, events] = removeBoard(board, now);
      const freed = await giveUpName("board", board.slug, milliseconds(now));
      return save([put(boards, removed, events), ...freed], undefined);
    },
  }),
  openBoard: route({
    method: "POST",
    path: "/v1/boards/{boardId}/open",
    access: "ideas:write",
    summary: "Opens a board, or a closed one again. Once or often, it is the same.",
    params: atBoard,
    returns: BoardView,
    refuses: ["board_not_ready", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const board = await boardOf(workspaceId, params.boardId, now);
      expect(board);
      const workspace = found(await findWorkspace(workspaceId, now), "workspace");
      const url = await urlOf(workspaceId, now);
      const [open, events] = openBoard(board, await secretVersion(workspaceId), now, lacksInPublic(workspace));
      if (events.length === 0) return viewBoard(open, url);
      const change = put(boards, open, events);
      return save([change], viewBoard(change.after, url));
    },
  }),
  closeBoard: route({
    method: "POST",
    path: "/v1/boards/{boardId}/close",
    access: "ideas:write",
    summary: "Closes a board: it can still be read, and you go on answering. Once or often, it is the same.",
    params: atBoard,
    returns: BoardView,
    refuses: ["board_not_open", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const board = await boardOf(workspaceId, params.boardId, now);
      expect(board);
      const url = await urlOf(workspaceId, now);
      const [closed, events] = closeBoard(board, now);
      if (events.length === 0) return viewBoard(closed, url);
      const change = put(boards, closed, events);
      return save([change], viewBoard(change.after, url));
    },
  }),
  listWaiting: list({
    method: "GET",
    path: "/v1/boards/{boardId}/queue",
    access: "ideas:read",
    summary: "The ideas and comments that wait for approval, oldest first.",
    params: atBoard,
    item: WaitingView,
    run: async ({ workspaceId, params, list, now }) => {
      const board = await boardOf(workspaceId, params.boardId, now);
      const after = list.startAfter?.sk;
      const pending = (await ideasOf(board, now)).filter(({ status }) => status === "pending");
      const said = await waitingComments(board, { after, limit: list.limit }, now);
      const waiting = [
        ...pending.map((idea) => ({ ...idea, kind: "idea" as const, id: idea.ideaId })),
        ...said.map((comment) => ({ ...comment, kind: "comment" as const, id: comment.commentId })),
      ]
        .map((of) => ({ of, sk: waitsAt(of.at, of.id) }))
        .filter(({ sk }) => after === undefined || sk > after)
        .sort((a, b) => (a.sk < b.sk ? -1 : 1));
      const shown = waiting.slice(0, list.limit);
      const last = shown.at(-1);
      return {
        items: shown.map(({ of }) => of),
        next: waiting.length > list.limit && last ? { pk: board.boardId, sk: last.sk } : undefined,
      };
    },
  }),
  pollBestIdeas: route({
    method: "POST",
    path: "/v1/boards/{boardId}/poll",
    access: "ideas:write",
    summary:
      "Makes a draft poll of the most supported ideas. With the slug of before it is the poll of before; a draft is changed at /v1/polls.",
    params: atBoard,
    status: 201,
    body: z.strictObject({
      slug: Slug,
      question: z.string().trim().min(1).max(300),
      number: z.int().min(2).max(16).default(5).describe("How many ideas."),
      status: z
        .array(Stage)
        .min(1)
        .default(["open"])
        .describe("Which ideas: those that are still open, if nothing is said."),
    }),
    returns: z.object({
      pollId: Id("poll"),
      options: z.array(z.object({ optionId: z.string(), ideaId: Id("idea") })),
    }),
    refuses: ["slug_taken", "too_few_ideas", "board_not_open"],
    run: async ({ workspaceId, params, body, now, save }) => {
      const board = await boardOf(workspaceId, params.boardId, now);
      if (board.status === "draft") return refuse("board_not_open", "There is nothing on this board yet.");
      const { changes, answer } = await pollOfBest(board, body, now);
      return changes.length === 0 ? answer : orSlugTaken(save(changes, answer));
    },
  }),
  forgetOnBoard: route({
    method: "POST",
    path: "/v1/boards/{boardId}/forget",
    access: "ideas:write",
    summary:
      "Somebody asks to be forgotten: removes what they proposed, said and followed with an address that they proved. Support stays as a count; nothing tells whose it was.",
    params: atBoard,
    body: z.strictObject({ address: Address }),
    returns: z.object({ ideas: z.int(), comments: z.int(), follows: z.int() }),
    refuses: [],
    run: async ({ workspaceId, params, body, now, actor, requestId }) => {
      const board = await boardOf(workspaceId, params.boardId, now);
      const hash = await personHash(workspaceId, body.address, now);
      const by = { now, actor, cause: requestId };
      return forgetPerson(board, hash, { now, save: (changes) => save(changes, by) });
    },
  }),
};

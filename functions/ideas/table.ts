import * as z from "zod";
import { countNames, sixteenthOf, subjectOf, subjects } from "../events/ideas.ts";
import { remembers } from "../platform/cache.ts";
import { milliseconds } from "../platform/clock.ts";
import { countsFor, recentCountsFor } from "../platform/counts.ts";
import { named, whoseNow } from "../platform/names.ts";
import {
  all,
  forgetOnSave,
  get,
  getCached,
  type Key,
  type Kind,
  lookUp,
  page,
  parseItem,
  type Stretch,
} from "../platform/table.ts";
import { Board, forgottenAt, type Standing, type Used } from "./board.ts";
import { Comment, type Standing as StandingComment } from "./comment.ts";
import { Idea, type Standing as StandingIdea } from "./idea.ts";
import { Follower, follows, Participant, Stopped } from "./participant.ts";
import { type Place, Support } from "./support.ts";

// What is asked                          Where the answer lives
// a board, the boards of a workspace     WS#<workspace>#BOARDS · <board>
// whose board is this                    the directory: NAME#board#<slug>
// on which board is this idea            the directory: NAME#idea#<idea>
// the ideas of a board                   WS#<workspace>#BOARD#<board>#IDEAS · <idea>
// does this person support it            WS#<workspace>#BOARD#<board>#SUPPORT#<idea>#<shard> · <hash of device or address>
// who supports it                        the same partitions, one after the other
// the comments on an idea                WS#<workspace>#BOARD#<board>#COMMENTS#<idea> · <comment>
// the comments that wait for approval    lookup: WS#<workspace>#BOARD#<board>#WAITING, by <time>#<comment>
// who is told what becomes of it         WS#<workspace>#BOARD#<board>#FOLLOWERS#<idea> · <hash of address>
// what is this address's, here           WS#<workspace>#BOARD#<board>#PEOPLE · <hash of address>
// how many support it, by now            the tallies of the subjects <board>/<sixteenth>

const within = (workspaceId: string, boardId: string): string => `WS#${workspaceId}#BOARD#${boardId}`;

export const boards: Kind<Board> = {
  kind: "board",
  schema: Board,
  key: ({ workspaceId, boardId }) => boardKey(workspaceId, boardId),
  expires: (board) => (board.status === "removed" ? forgottenAt(board) : undefined),
};
const boardsOf = (workspaceId: string): string => `WS#${workspaceId}#BOARDS`;
const boardKey = (workspaceId: string, boardId: string): Key => ({ pk: boardsOf(workspaceId), sk: boardId });

export const ideas: Kind<Idea> = {
  kind: "idea",
  schema: Idea,
  key: ({ workspaceId, boardId, ideaId }) => ideaKey(workspaceId, boardId, ideaId),
  expires: (idea) => (idea.status === "removed" ? forgottenAt(idea) : undefined),
};
export const ideasIn = (workspaceId: string, boardId: string): string => `${within(workspaceId, boardId)}#IDEAS`;
const ideaKey = (workspaceId: string, boardId: string, ideaId: string): Key => ({
  pk: ideasIn(workspaceId, boardId),
  sk: ideaId,
});

export const supports: Kind<Support> = {
  kind: "support",
  schema: Support,
  key: ({ workspaceId, boardId, ideaId, shard, who }) => ({
    pk: supportIn(workspaceId, boardId, ideaId, shard),
    sk: who,
  }),
};
const supportIn = (workspaceId: string, boardId: string, ideaId: string, shard: number): string =>
  `${within(workspaceId, boardId)}#SUPPORT#${ideaId}#${shard}`;

const waitingOn = (workspaceId: string, boardId: string): string => `${within(workspaceId, boardId)}#WAITING`;
export const comments: Kind<Comment> = {
  kind: "comment",
  schema: Comment,
  key: ({ workspaceId, boardId, ideaId, commentId }) => commentKey(workspaceId, boardId, ideaId, commentId),
  lookup: (comment) =>
    comment.status === "pending"
      ? { name: waitingOn(comment.workspaceId, comment.boardId), at: waitsAt(comment.at, comment.commentId) }
      : undefined,
  expires: (comment) => (comment.status === "removed" ? forgottenAt(comment) : undefined),
};
const commentsIn = (workspaceId: string, boardId: string, ideaId: string): string =>
  `${within(workspaceId, boardId)}#COMMENTS#${ideaId}`;
const commentKey = (workspaceId: string, boardId: string, ideaId: string, commentId: string): Key => ({
  pk: commentsIn(workspaceId, boardId, ideaId),
  sk: commentId,
});

export const followers: Kind<Follower | Stopped> = {
  kind: "follower",
  schema: z.union([Stopped, Follower]),
  key: ({ workspaceId, boardId, ideaId, hash }) => ({ pk: followersIn(workspaceId, boardId, ideaId), sk: hash }),
  expires: (follower) => (follows(follower) ? undefined : forgottenAt(follower)),
};
const followersIn = (workspaceId: string, boardId: string, ideaId: string): string =>
  `${within(workspaceId, boardId)}#FOLLOWERS#${ideaId}`;

export const participants: Kind<Participant> = {
  kind: "participant",
  schema: Participant,
  key: ({ workspaceId, boardId, hash }) => ({ pk: peopleIn(workspaceId, boardId), sk: hash }),
};
const peopleIn = (workspaceId: string, boardId: string): string => `${within(workspaceId, boardId)}#PEOPLE`;

// ── Boards ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const standing = (board: Board | undefined): Standing | undefined => (board?.status === "removed" ? undefined : board);

export const findBoard = async (workspaceId: string, boardId: string, now: string): Promise<Standing | undefined> =>
  standing(await get(boards, boardKey(workspaceId, boardId), milliseconds(now)));

const cachedBoard = getCached(boards);

/** The board at this address; at most five seconds old. `beside`: what else to begin with. */
export const findBoardBySlug = (
  slug: string,
  now: string,
  beside: (workspaceId: string) => void = () => undefined,
): Promise<Standing | undefined> =>
  named("board", slug, milliseconds(now), async ({ workspaceId, id }) => {
    beside(workspaceId);
    return standing(await cachedBoard(boardKey(workspaceId, id), milliseconds(now)));
  });

/** Newest first. */
export const listBoards = async (
  workspaceId: string,
  { status, ...list }: { limit: number; startAfter: Key | undefined; status: Standing["status"] | undefined },
  now: string,
): Promise<Stretch<Standing>> => {
  const keep = (board: Board) => board.status !== "removed" && (status === undefined || board.status === status);
  const range = { pk: boardsOf(workspaceId), newestFirst: true };
  const { items, next } = await page(boards, range, { ...list, nowMs: milliseconds(now), keep });
  return { items: items.flatMap((board) => standing(board) ?? []), next };
};

/** All of them: a workspace has few. */
export const allBoards = async (workspaceId: string, now: string): Promise<Standing[]> => {
  const read = await Array.fromAsync(all(boards, { pk: boardsOf(workspaceId) }, milliseconds(now)));
  return read.flatMap((board) => standing(board) ?? []).reverse();
};

// ── Ideas ───────────────────────────────────────────────────────────────────────────────────────────────────────────

type Of = Pick<Standing, "workspaceId" | "boardId">;
const standingIdea = (idea: Idea | undefined): StandingIdea | undefined =>
  idea?.status === "removed" ? undefined : idea;

/** An idea of this board, as it stands; also what is left of one that was removed. */
export const findIdeaOn = ({ workspaceId, boardId }: Of, ideaId: string, now: string): Promise<Idea | undefined> =>
  get(ideas, ideaKey(workspaceId, boardId, ideaId), milliseconds(now));

/** An idea, whichever board it is on. */
export const findIdea = async (workspaceId: string, ideaId: string, now: string): Promise<StandingIdea | undefined> => {
  const name = await whoseNow("idea", ideaId, milliseconds(now));
  if (name?.workspaceId !== workspaceId) return undefined;
  return standingIdea(await findIdeaOn({ workspaceId, boardId: name.id }, ideaId, now));
};

const oldestFirst = <T extends { at: string }>(things: T[], idOf: (thing: T) => string): T[] =>
  things.sort((a, b) => (a.at === b.at ? (idOf(a) < idOf(b) ? -1 : 1) : a.at < b.at ? -1 : 1));

/** All ideas of a board as they stand, oldest first. */
export const ideasOf = async ({ workspaceId, boardId }: Of, now: string): Promise<StandingIdea[]> => {
  const read = await Array.fromAsync(all(ideas, { pk: ideasIn(workspaceId, boardId) }, milliseconds(now)));
  return oldestFirst(
    read.flatMap((idea) => standingIdea(idea) ?? []),
    ({ ideaId }) => ideaId,
  );
};

/** The same with what is left of those that were removed, in no order. */
export const everyIdeaOf = ({ workspaceId, boardId }: Of, now: string): AsyncGenerator<Idea> =>
  all(ideas, { pk: ideasIn(workspaceId, boardId) }, milliseconds(now));

const pkOf = (keyText: string): string => keyText.slice(0, keyText.indexOf("\n"));
const knownIdeas = remembers<readonly StandingIdea[]>();
const knownComments = remembers<readonly StandingComment[]>();
forgetOnSave((key) => {
  knownIdeas.forget(pkOf(key));
  knownComments.forget(pkOf(key));
});

/** The same for what a crowd reads: at most five seconds old. */
export const recentIdeasOf = (board: Of, now: string): Promise<readonly StandingIdea[]> =>
  knownIdeas.get(ideasIn(board.workspaceId, board.boardId), () => ideasOf(board, now));

/** Ideas in an order that tells nothing: for who goes through all of them. */
export const listIdeas = async (
  { workspaceId, boardId }: Of,
  list: { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<Stretch<StandingIdea>> => {
  const keep = (idea: Idea) => idea.status !== "removed";
  const { items, next } = await page(
    ideas,
    { pk: ideasIn(workspaceId, boardId) },
    { ...list, nowMs: milliseconds(now), keep },
  );
  return { items: items.flatMap((idea) => standingIdea(idea) ?? []), next };
};

// ── Support ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export const findSupport = (place: Place, now: string): Promise<Support | undefined> =>
  get(supports, supports.key({ ...place, id: "", own: false, at: "" }), milliseconds(now));

/** The row that stands where another was to be written. */
export const standingSupport = (item: Record<string, unknown>): Support => parseItem(supports, item);

/** The rows of one shard of an idea. */
export const supportsInShard = (
  { workspaceId, boardId }: Of,
  ideaId: string,
  shard: number,
  now: string,
): AsyncGenerator<Support> => all(supports, { pk: supportIn(workspaceId, boardId, ideaId, shard) }, milliseconds(now));

/** What is counted of an idea by now. */
export type Counted = (ideaId: string) => { support: number; comments: number };

const countedBy =
  (find: typeof countsFor) =>
  /** Of these ideas; by default of all. */
  async ({ workspaceId, boardId }: Of, now: string, of?: readonly { ideaId: string }[]): Promise<Counted> => {
    const parts = of ? new Set(of.map(({ ideaId }) => sixteenthOf(ideaId))) : subjects;
    const found = [...parts].map((part) => find(workspaceId, subjectOf(boardId, part), milliseconds(now)));
    const counts: Record<string, number> = Object.assign({}, ...(await Promise.all(found)));
    return (ideaId) => {
      const { support, comments } = countNames(ideaId);
      return { support: counts[support] ?? 0, comments: counts[comments] ?? 0 };
    };
  };
/** What was counted by now; a moment behind the rows. */
export const runningCounts = countedBy(countsFor);
/** The same for what a crowd reads: at most five seconds older. */
export const recentCounts = countedBy(recentCountsFor);

// ── Comments ────────────────────────────────────────────────────────────────────────────────────────────────────────

const standingComment = (comment: Comment | undefined): StandingComment | undefined =>
  comment?.status === "removed" ? undefined : comment;

type OfIdea = Of & { ideaId: string };

/** Also what is left of one that was removed. */
export const findComment = (
  { workspaceId, boardId, ideaId }: OfIdea,
  commentId: string,
  now: string,
): Promise<Comment | undefined> =>
  get(comments, commentKey(workspaceId, boardId, ideaId, commentId), milliseconds(now));

/** All comments on an idea, oldest first. */
export const commentsOf = async ({ workspaceId, boardId, ideaId }: OfIdea, now: string): Promise<StandingComment[]> => {
  const pk = commentsIn(workspaceId, boardId, ideaId);
  const read = await Array.fromAsync(all(comments, { pk }, milliseconds(now)));
  return oldestFirst(
    read.flatMap((comment) => standingComment(comment) ?? []),
    ({ commentId }) => commentId,
  );
};
/** The same for what a crowd reads: at most five seconds old. */
export const recentCommentsOf = (idea: OfIdea, now: string): Promise<readonly StandingComment[]> =>
  knownComments.get(commentsIn(idea.workspaceId, idea.boardId, idea.ideaId), () => commentsOf(idea, now));

/** The place of what waits, in the order of its coming. */
export const waitsAt = (at: string, id: string): string => `${at}#${id}`;

/** Comments of a board that wait for approval, oldest first, after a place; the index may be a moment behind. */
export const waitingComments = async (
  { workspaceId, boardId }: Of,
  { after, limit }: { after: string | undefined; limit: number },
  now: string,
): Promise<Extract<Comment, { status: "pending" }>[]> => {
  const found: Extract<Comment, { status: "pending" }>[] = [];
  let from = after;
  for (;;) {
    const asked = { ...(from === undefined ? {} : { from }), limit: limit + 2 };
    const { keys, more } = await lookUp(waitingOn(workspaceId, boardId), asked);
    const fresh = keys.filter(({ at }) => from === undefined || at > from);
    for (const comment of await Promise.all(fresh.map((key) => get(comments, key, milliseconds(now)))))
      if (comment?.status === "pending") found.push(comment);
    from = fresh.at(-1)?.at;
    if (!more || from === undefined || found.length > limit) return found;
  }
};

// ── People ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Also one who has stopped. */
export const findFollower = (
  { workspaceId, boardId, ideaId }: OfIdea,
  hash: string,
  now: string,
): Promise<Follower | Stopped | undefined> =>
  get(followers, { pk: followersIn(workspaceId, boardId, ideaId), sk: hash }, milliseconds(now));

export async function* followersOf({ workspaceId, boardId, ideaId }: OfIdea, now: string): AsyncGenerator<Follower> {
  const asked = all(followers, { pk: followersIn(workspaceId, boardId, ideaId) }, milliseconds(now));
  for await (const follower of asked) if (follows(follower)) yield follower;
}

export const findParticipant = (
  { workspaceId, boardId }: Of,
  hash: string,
  now: string,
): Promise<Participant | undefined> =>
  get(participants, { pk: peopleIn(workspaceId, boardId), sk: hash }, milliseconds(now));

export const participantsOf = ({ workspaceId, boardId }: Of, now: string): AsyncGenerator<Participant> =>
  all(participants, { pk: peopleIn(workspaceId, boardId) }, milliseconds(now));

/** Every partition that lies below an idea. */
export const partitionsBelow = ({ workspaceId, boardId, ideaId }: OfIdea, shards: number): string[] => [
  ...Array.from({ length: shards }, (_, shard) => supportIn(workspaceId, boardId, ideaId, shard)),
  commentsIn(workspaceId, boardId, ideaId),
  followersIn(workspaceId, boardId, ideaId),
];
/** Every partition of a board that is not an idea's. */
export const partitionsOf = ({ workspaceId, boardId }: Of): string[] => [
  ideasIn(workspaceId, boardId),
  peopleIn(workspaceId, boardId),
];

export type { Used };

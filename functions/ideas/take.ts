import { event } from "../events/ideas.ts";
import { refuse } from "../platform/errors.ts";
import { derivedId, newId } from "../platform/ids.ts";
import { takeName } from "../platform/names.ts";
import type { Visit } from "../platform/page.ts";
import { sha256 } from "../platform/secrets.ts";
import { type Change, Conflict, insteadOf, persist, put } from "../platform/table.ts";
import type { Language } from "../platform/words.ts";
import { mostIdeas, type Open, type Standing as StandingBoard, type Used } from "./board.ts";
import { personHash } from "./chance.ts";
import { mostComments, type Standing as StandingComment, write } from "./comment.ts";
import { type Idea, isVisible, type Live, propose, type Standing, takesMore, type Visible } from "./idea.ts";
import { type Because, follows, newFollower, nobodyYet, withMore } from "./participant.ts";
import { isCounted, placeOf, press, type Support, withdraw } from "./support.ts";
import {
  comments,
  findComment,
  findFollower,
  findIdeaOn,
  findParticipant,
  findSupport,
  followers,
  ideas,
  participants,
  recentCommentsOf,
  recentIdeasOf,
  standingSupport,
  supports,
} from "./table.ts";
import type { Sender } from "./visitor.ts";

// What people do on a board. Each is once however often it is sent: what is written has an id made from who wrote what, and a
// person has one row of support an idea.

type By = Pick<Visit, "now" | "save">;

/** The board, if people take part in it now. Refuses `board_not_open`. */
export const asOpen = (board: StandingBoard): Open =>
  board.status === "open" ? board : refuse("board_not_open", "This board takes nothing now.");

/** What is somebody's too from now on: what to save, where their address is proved. */
export const theirs = async (
  { workspaceId, boardId }: Used,
  hash: string,
  more: Parameters<typeof withMore>[1],
  now: string,
): Promise<Change[]> => {
  const at = { workspaceId, boardId, hash };
  const known = await findParticipant(at, hash, now);
  return [put(participants, withMore(known ?? nobodyYet(at), more))];
};

/** That somebody with a proved address is to be told what becomes of an idea: what to save. */
export const telling = async (
  idea: Pick<Standing, "workspaceId" | "boardId" | "ideaId">,
  asked: { hash: string; address: string; language: Language; because: Because },
  now: string,
): Promise<Change[]> => {
  const { workspaceId, boardId, ideaId } = idea;
  const { address, ...who } = asked;
  const before = await findFollower(idea, asked.hash, now);
  if (follows(before)) return [];
  const follower = await newFollower({ workspaceId, boardId, ideaId, ...who }, address, now);
  return [
    put(followers, before ? insteadOf(before, follower) : follower, [event("idea.followed", { boardId, ideaId })]),
  ];
};

type Said = { title: string; text?: string | undefined; name?: string | undefined };

/** An id made from who says what; `n`: the same said anew, after the first was removed. */
const idOf = (thing: "idea" | "comment", of: string, who: string, said: readonly string[], n: number): string =>
  derivedId(thing, sha256(JSON.stringify([of, who, ...said, n])));

/** Refuses `board_not_open` and `board_full`. `tell`: their address is proved, and they want to be told. */
export const takeIdea = async (
  standing: StandingBoard,
  sender: Sender,
  said: Said,
  tell: Language | undefined,
  { now, save }: By,
): Promise<Standing> => {
  const board = asOpen(standing);
  const { workspaceId, boardId } = board;
  const { who, address, network } = sender;
  if ((await recentIdeasOf(board, now)).length >= mostIdeas)
    refuse("board_full", `A board has at most ${mostIdeas} ideas.`);
  const { title, text, name } = said;
  const author = address === undefined ? undefined : await personHash(workspaceId, address, now);
  for (let n = 0; ; n++) {
    const ideaId = idOf("idea", boardId, who, [title, text ?? ""], n);
    const taken = await persist(async (): Promise<Idea> => {
      const there = await findIdeaOn(board, ideaId, now);
      if (there) return there;
      const asked = {
        ...{ workspaceId, boardId, ideaId, title, who, network },
        ...(text === undefined ? {} : { text }),
        ...(name === undefined ? {} : { name }),
        ...(author === undefined ? {} : { author }),
      };
      const [idea, events] = propose(asked, board.moderation === "before", now);
      const own: Support = { ...placeOf(board, ideaId, who), id: newId("support", now), own: true, at: now, network };
      const change = put(ideas, idea, events);
      const known =
        author === undefined || address === undefined
          ? []
          : [
              ...(await theirs(board, author, { idea: ideaId, ...(tell ? { follow: ideaId } : {}) }, now)),
              ...(tell ? await telling(idea, { hash: author, address, language: tell, because: "proposed" }, now) : []),
            ];
      await save([
        change,
        takeName({ space: "idea", name: ideaId, workspaceId, id: boardId }),
        put(supports, own),
        ...known,
      ]);
      return change.after;
    });
    if (taken.status !== "removed") return taken;
  }
};

/** The idea that takes its support: of a duplicate the one that it was merged into. */
export const heartOf = async (board: Used, idea: Visible, now: string): Promise<Live | undefined> => {
  if (idea.status !== "duplicate") return idea;
  const into = await findIdeaOn(board, idea.into, now);
  return into && isVisible(into) ? heartOf(board, into, now) : undefined;
};

/** One write unit. A second time changes nothing. Refuses `board_not_open` and `idea_not_open`. */
export const takeSupport = async (
  standing: StandingBoard,
  idea: Idea,
  { who, network }: Pick<Sender, "who"> & { network?: string },
  { now, save }: By,
): Promise<Support> => {
  const board = asOpen(standing);
  if (!takesMore(idea)) return refuse("idea_not_open", "This idea takes no more support.");
  const place = placeOf(board, idea.ideaId, who);
  let row: Support = {
    ...{ ...place, id: newId("support", now), own: true, at: now },
    ...(network === undefined ? {} : { network }),
  };
  return persist(async () => {
    try {
      await save([put(supports, row)]);
      return row;
    } catch (error) {
      if (!(error instanceof Conflict) || !error.existing) throw error;
      const stands = standingSupport(error.existing);
      const pressed = press(stands);
      if (pressed === stands) return stands;
      row = pressed;
      throw error;
    }
  });
};

/** The rows by which somebody supports an idea: their own, and those of the ideas that were merged into it. */
const rowsOf = async (board: Used, ideaId: string, who: string, now: string): Promise<Support[]> => {
  const row = await findSupport(placeOf(board, ideaId, who), now);
  if (!row) return [];
  const below = await Promise.all((row.via ?? []).map((id) => rowsOf(board, id, who, now)));
  return [row, ...below.flat()];
};

/** Whether somebody supports it, whatever brought that. */
export const supportsIt = async (board: Used, ideaId: string, who: string, now: string): Promise<boolean> => {
  const row = await findSupport(placeOf(board, ideaId, who), now);
  return row !== undefined && isCounted(row);
};

/** Takes support back, also what came with ideas that were merged. */
export const giveUpSupport = (board: Used, ideaId: string, who: string, { now, save }: By): Promise<void> =>
  persist(async () => {
    const rows = (await rowsOf(board, ideaId, who, now)).filter(isCounted);
    await save(rows.map((row) => put(supports, withdraw(row))));
  });

/** Refuses `board_not_open` and `idea_not_open`. */
export const takeComment = async (
  standing: StandingBoard,
  idea: Idea,
  sender: Pick<Sender, "who" | "address">,
  { text, name }: { text: string; name?: string | undefined },
  { now, save }: By,
): Promise<StandingComment> => {
  const board = asOpen(standing);
  const { workspaceId, boardId } = board;
  if (!takesMore(idea) || !board.comments) return refuse("idea_not_open", "This idea takes no comments.");
  const { ideaId } = idea;
  if ((await recentCommentsOf(idea, now)).length >= mostComments)
    refuse("idea_not_open", `An idea has at most ${mostComments} comments.`);
  const { who, address } = sender;
  for (let n = 0; ; n++) {
    const commentId = idOf("comment", ideaId, who, [text], n);
    const taken = await persist(async () => {
      const there = await findComment(idea, commentId, now);
      if (there) return there;
      const asked = { workspaceId, boardId, ideaId, commentId, text, who, ...(name === undefined ? {} : { name }) };
      const [comment, events] = write(asked, board.moderation === "before", now);
      const change = put(comments, comment, events);
      const known =
        address === undefined
          ? []
          : await theirs(board, await personHash(workspaceId, address, now), { comment: { ideaId, commentId } }, now);
      await save([change, ...known]);
      return change.after;
    });
    if (taken.status !== "removed") return taken;
  }
};

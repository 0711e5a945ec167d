import type { Standing as Board } from "../ideas/board.ts";
import { personHash, proposersAt } from "../ideas/chance.ts";
import { type Idea, isVisible, wasVisibleAt } from "../ideas/idea.ts";
import { findBoard, findIdeaOn, findParticipant } from "../ideas/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Bonus, Standing } from "./contest.ts";
import type { Source, Whose } from "./elsewhere.ts";
import { addressOf } from "./entry.ts";

// A bonus for an idea on a board: of whoever proved their address there, when they proposed it or by the link that tells what
// becomes of it. It counts that everybody sees when the contest closes: not what waits for approval, was rejected or removed by
// then. What is decided of it after the close changes no chance: for that there is an exclusion, with a reason and in public.

const lackOf = (board: Board | undefined): string | undefined => {
  if (!board) return "There is no such board.";
  if (board.status === "draft") return "Open the board first.";
  return board.status === "closed" ? "The board is closed: nobody could earn it." : undefined;
};

export const earnedByIdea = async (
  contest: Standing,
  bonus: Extract<Bonus, { kind: "idea" }>,
  now: string,
): Promise<Source> => {
  const { workspaceId, closesAt = now } = contest;
  const { boardId } = bonus;
  const board = await findBoard(workspaceId, boardId, now);
  // Of one that was removed its proposer's own list alone says whose it was.
  const counts = (idea: Idea | undefined, hash: string) =>
    idea !== undefined &&
    (idea.status === "removed" || idea.author === hash) &&
    (now < closesAt ? isVisible(idea) : wasVisibleAt(idea, closesAt));
  const hashOf = ({ identity }: Whose): Promise<string> => personHash(workspaceId, addressOf(identity), now);
  return {
    field: "boardId",
    lack: async () => lackOf(board),
    own: async (whose, language) => {
      if (!board) return { isEarned: false };
      const hash = await hashOf(whose);
      const participant = await findParticipant({ workspaceId, boardId }, hash, now);
      const theirs = (participant?.ideas ?? []).map((ideaId) => findIdeaOn({ workspaceId, boardId }, ideaId, now));
      if ((await Promise.all(theirs)).some((idea) => counts(idea, hash))) return { isEarned: true };
      if (board.status !== "open") return { isEarned: false };
      const { url } = await brandOf(workspaceId, now);
      const lang = language === board.language ? "" : `?lang=${language}`;
      const there = { url: `${url}/i/${board.slug}${lang}`, address: addressOf(whose.identity) };
      return { isEarned: false, there };
    },
    all: async () => {
      const authors = await proposersAt(workspaceId, boardId, closesAt, now);
      return authors.size === 0 ? undefined : { has: async (whose) => authors.has(await hashOf(whose)) };
    },
  };
};

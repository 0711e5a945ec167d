import { drop } from "../platform/drop.ts";
import { type Change, Conflict, persist, put } from "../platform/table.ts";
import type { Standing as Board } from "./board.ts";
import { removeComment } from "./comment.ts";
import { forget } from "./idea.ts";
import { follows, stop } from "./participant.ts";
import {
  comments,
  findComment,
  findFollower,
  findIdeaOn,
  findParticipant,
  followers,
  ideas,
  participants,
} from "./table.ts";
import { words } from "./words.ts";

// Somebody with a proved address is forgotten on a board. One thing after the other: who repeats it after a crash finds what is
// left, since what is theirs is known until the end.

type By = { now: string; save: (changes: readonly Change[]) => Promise<void> };
type Forgotten = { ideas: number; comments: number; follows: number };

export const forgetPerson = async (board: Board, hash: string, { now, save }: By): Promise<Forgotten> => {
  const { workspaceId, boardId, language } = board;
  const at = { workspaceId, boardId };
  const known = await findParticipant(at, hash, now);
  if (!known) return { ideas: 0, comments: 0, follows: 0 };
  const each = <T>(things: readonly T[], change: (of: T) => Promise<Change | undefined>): Promise<number> =>
    things.reduce(async (done, of) => {
      const before = await done;
      const isChanged = await persist(async () => {
        const found = await change(of);
        if (found) await save([found]);
        return found !== undefined;
      });
      return before + (isChanged ? 1 : 0);
    }, Promise.resolve(0));
  // Ideas last: once one is removed, what lies below it is cleared away meanwhile, and would not be told as theirs.
  const done = {
    comments: await each(known.comments, async ({ ideaId, commentId }) => {
      const comment = await findComment({ ...at, ideaId }, commentId, now);
      return comment && comment.status !== "removed" ? put(comments, ...removeComment(comment, now)) : undefined;
    }),
    follows: await each(known.follows, async (ideaId) => {
      const follower = await findFollower({ ...at, ideaId }, hash, now);
      return follows(follower) ? put(followers, stop(follower, now)) : undefined;
    }),
    ideas: await each(known.ideas, async (ideaId) => {
      const idea = await findIdeaOn(at, ideaId, now);
      return idea && idea.status !== "removed" && idea.author === hash
        ? put(ideas, ...forget(idea, words[language].forgotten, now))
        : undefined;
    }),
  };
  try {
    await save([drop(participants, known)]);
    return done;
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    // Something became theirs meanwhile: that goes too.
    const more = await forgetPerson(board, hash, { now, save });
    return {
      ideas: done.ideas + more.ideas,
      comments: done.comments + more.comments,
      follows: done.follows + more.follows,
    };
  }
};

import { refuse } from "../platform/errors.ts";
import { derivedId, newId } from "../platform/ids.ts";
import { sha256 } from "../platform/secrets.ts";
import { type Change, put } from "../platform/table.ts";
import { draftPoll } from "../polls/draft.ts";
import { findPoll } from "../polls/table.ts";
import { type Used, withPoll } from "./board.ts";
import { isLive, type Stage } from "./idea.ts";
import { boards, ideasOf, runningCounts } from "./table.ts";
import { sorted } from "./view.ts";

// A poll of the best ideas: a draft, by the polls' own verb, with an id made from the board and the slug, so that twice is once.

type Asked = { slug: string; question: string; number: number; status: readonly Stage[] };
type Made = Used["polls"][number];

/** What to save, and the poll; nothing to save where it was made before. Refuses `too_few_ideas`. */
export const pollOfBest = async (
  board: Used,
  { slug, question, number, status }: Asked,
  now: string,
): Promise<{ changes: Change[]; answer: Made }> => {
  const { workspaceId, boardId, language } = board;
  const pollId = derivedId("poll", sha256(JSON.stringify([boardId, slug])));
  const made = board.polls.find((poll) => poll.pollId === pollId);
  if (made && (await findPoll(workspaceId, pollId, now))) return { changes: [], answer: made };
  if (made)
    return refuse("slug_taken", "The poll of this slug was removed. Choose another slug.", [
      { pointer: "#/slug", detail: "It was used for a poll of this board." },
    ]);
  const ideas = (await ideasOf(board, now)).filter(isLive).filter((idea) => status.includes(idea.status));
  // Two options that read the same are one choice: the more supported stands for both.
  const byTitle = new Map<string, string>();
  for (const { title, ideaId } of sorted(ideas, "support", await runningCounts(board, now)))
    if (!byTitle.has(title)) byTitle.set(title, ideaId);
  const best = [...byTitle].slice(0, number);
  if (best.length < 2) return refuse("too_few_ideas", "A poll asks to choose: there are fewer than two such ideas.");
  const chosen = best.map(([text, ideaId]) => ({ text, ideaId, optionId: newId("option", now) }));
  const options = chosen.map(({ optionId, text }) => ({ optionId, text }));
  const poll = draftPoll(
    {
      ...{ workspaceId, pollId, slug, language },
      questions: [{ kind: "single", id: "q1", text: question, required: true, options }],
    },
    now,
  );
  const answer = { pollId, options: chosen.map(({ optionId, ideaId }) => ({ optionId, ideaId })) };
  return { changes: [put(boards, ...withPoll(board, answer)), ...poll], answer };
};

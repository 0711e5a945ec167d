import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { all, get, type Kind } from "../platform/table.ts";
import type { Language } from "../platform/words.ts";
import type { Asked } from "./poll.ts";
import type { Question } from "./question.ts";
import type { Response } from "./response.ts";
import { eachWhole } from "./table.ts";

// What people answered in their own words, to open questions and as "other": found by what is in it, tagged, and its words
// counted.

/** The tags that the workspace gave an answer. */
const Tagged = z.object({
  workspaceId: z.string(),
  pollId: z.string(),
  questionId: z.string(),
  responseId: z.string(),
  tags: z.array(z.string()),
});
export type Tagged = z.infer<typeof Tagged>;

export const taggings: Kind<Tagged> = {
  kind: "tagging",
  schema: Tagged,
  key: ({ workspaceId, pollId, questionId, responseId }) => ({
    pk: `WS#${workspaceId}#POLL#${pollId}#TAGS`,
    sk: `${questionId}#${responseId}`,
  }),
};

/** The tags of one answer as they stand, or none yet. */
export const taggingOf = async (untagged: Omit<Tagged, "tags">, now: string): Promise<Tagged> => {
  const none: Tagged = { ...untagged, tags: [] };
  return (await get(taggings, taggings.key(none), milliseconds(now))) ?? none;
};

/** The tags of a question's answers, by response. */
export const tagsOf = async (poll: Asked, questionId: string, now: string): Promise<Map<string, string[]>> => {
  const { pk } = taggings.key({ ...poll, questionId, responseId: "", tags: [] });
  const found = all(taggings, { pk, begins: `${questionId}#` }, milliseconds(now));
  return new Map((await Array.fromAsync(found)).map(({ responseId, tags }) => [responseId, tags]));
};

const isWorded = (question: Question): boolean =>
  question.kind === "open" || ("other" in question && question.other === true);

/** The place of a question that is answered in words, or without an id of the first such. Refuses others. */
export const wordedQuestion = ({ questions }: Asked, questionId: string | undefined): number => {
  const found = questions.findIndex((of) =>
    questionId === undefined ? of.kind === "open" : of.id === questionId && isWorded(of),
  );
  const at = found < 0 && questionId === undefined ? questions.findIndex(isWorded) : found;
  return at >= 0
    ? at
    : refuse("invalid_input", "This question is not answered in words.", [
        { pointer: "query:question", detail: 'Give an open question, or one with "other".' },
      ]);
};

/** What was answered in words; undefined where it was not. */
export const textIn = ({ answers }: Response, question: number): string | undefined => {
  const answer = answers?.[question];
  if (!answer) return undefined;
  if ("text" in answer) return answer.text;
  return "other" in answer ? answer.other : undefined;
};

/** As it is looked for: without capitals, accents and characters of no width. */
export const folded = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/[\p{M}\p{Cf}]/gu, "")
    .toLowerCase();

const word = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu;

/** The words of an answer, each once, without those that say nothing. */
export const wordsIn = (text: string, stopWords: ReadonlySet<string>): Set<string> => {
  const plain = text
    .normalize("NFC")
    .replace(/\p{Cf}/gu, "")
    .toLowerCase()
    .replaceAll("’", "'");
  return new Set(
    [...plain.matchAll(word)].map(([found]) => found).filter((found) => found.length > 1 && !stopWords.has(found)),
  );
};

/** The words that most answers have, with in how many. */
export const frequentWords = async (
  poll: Asked,
  question: number,
  { languages, most }: { languages: readonly Language[]; most: number },
  now: string,
): Promise<{ answers: number; words: { word: string; answers: number }[] }> => {
  const { stopWords } = await import("./stop-words.ts");
  const silent = new Set(languages.flatMap((language) => stopWords[language]));
  const counts = new Map<string, number>();
  let answers = 0;
  await eachWhole(poll, now, (response) => {
    const text = textIn(response, question);
    if (text === undefined) return;
    answers++;
    for (const found of wordsIn(text, silent)) counts.set(found, (counts.get(found) ?? 0) + 1);
  });
  const words = [...counts]
    // A word of one person is theirs.
    .filter(([, n]) => n > 1)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([word, n]) => ({ word, answers: n }));
  return { answers, words };
};

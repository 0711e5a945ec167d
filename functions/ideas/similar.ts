import { stopWords } from "../polls/stop-words.ts";

// Which ideas say the same in other words. No dictionary and no outside service: of the words that mean something, Dutch or
// English, each is compared with each by its groups of three letters (Dice's coefficient, 1945), so that "fietsenstalling" and
// "fietsenstallingen", or a slip of the pen, are nearly one word. Synonyms are not known.

const meaningless = new Set([...stopWords.nl, ...stopWords.en]);

/** The words that mean something, in lower case and without accents. */
export const wordsIn = (text: string): string[] => [
  ...new Set(
    text
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== "" && !meaningless.has(word)),
  ),
];

const trigrams = (word: string): Set<string> => {
  const padded = `  ${word} `;
  return new Set(Array.from({ length: padded.length - 2 }, (_, i) => padded.slice(i, i + 3)));
};

type Word = { word: string; grams: Set<string> };
const asWords = (text: string): Word[] => wordsIn(text).map((word) => ({ word, grams: trigrams(word) }));

/** Below this two words are different ones. */
const leastAlike = 0.5;

const alike = (one: Word, other: Word): number => {
  if (one.word === other.word) return 1;
  let common = 0;
  for (const gram of one.grams) if (other.grams.has(gram)) common++;
  const dice = (2 * common) / (one.grams.size + other.grams.size);
  return dice >= leastAlike ? dice : 0;
};

const best = (word: Word, among: readonly Word[]): number => Math.max(0, ...among.map((other) => alike(word, other)));
/** How much of what these words say the others say too, by length: long words mean more. 0 to 1. */
const coverage = (of: readonly Word[], among: readonly Word[]): number => {
  const all = of.reduce((sum, { word }) => sum + word.length, 0);
  return all === 0 ? 0 : of.reduce((sum, word) => sum + word.word.length * best(word, among), 0) / all;
};

type Said = { title: string; text?: string | undefined };
const read = new WeakMap<Said, { title: Word[]; whole: Word[] }>();
const wordsOf = (said: Said) => {
  const known = read.get(said) ?? { title: asWords(said.title), whole: asWords(`${said.title} ${said.text ?? ""}`) };
  read.set(said, known);
  return known;
};

/** A title that is found back in the other's text, not in its title, weighs less. */
const inText = 0.8;

/** How alike two ideas are, 0 to 1: their titles both ways, or what the one's title says, found in the whole of the other. */
export const likeness = (one: Said, other: Said): number => {
  const [a, b] = [wordsOf(one), wordsOf(other)];
  const titles = (coverage(a.title, b.title) + coverage(b.title, a.title)) / 2;
  const within = a.title.length > 1 ? inText * coverage(a.title, b.whole) : 0;
  return Math.max(titles, within);
};

const leastLikeness = 0.5;
const mostSimilar = 3;

/** The ideas that are most like what somebody writes, the most alike first. */
export const similarTo = <I extends Said>(said: Said, ideas: readonly I[]): I[] =>
  ideas
    .map((idea) => ({ idea, score: likeness(said, idea) }))
    .filter(({ score }) => score >= leastLikeness)
    .sort((a, b) => b.score - a.score)
    .slice(0, mostSimilar)
    .map(({ idea }) => idea);

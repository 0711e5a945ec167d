import type { Answer, Answers } from "../events/polls.ts";
import { refuse } from "../platform/errors.ts";
import { binOf, type Choice, nextAfter, type Of, type Question, valuesOf } from "./question.ts";

// What somebody answers: from a form or from JSON to what a row keeps. It runs on every response and takes anything, so it
// is written out, without a schema for each question.

/** Bytes in UTF-8 of an answer in one's own words; more than a page can be written by hand, and less than a flood. */
export const mostTextBytes = 100 * 1024;
/** Characters (Unicode code points). */
export const mostOtherText = 200;

/** What "other" is called in forms and JSON. */
export const otherName = "other";

/**
 * Text as it came in; only a line always ends with a line feed. Right-to-left marks, zero-width characters and markup are
 * somebody's words: pages show them apart from what stands around them. What no program can show is refused.
 */
const textIn = (given: unknown, fits: (text: string) => boolean): string | undefined => {
  if (typeof given !== "string") return undefined;
  const text = given.replaceAll("\r\n", "\n");
  const isShowable = text.isWellFormed() && !/[^\P{Cc}\t\n]/u.test(text);
  return isShowable && fits(text) ? text : undefined;
};
// Never more code points than UTF-16 units, and at least half as many.
const isShort = (text: string): boolean => text.length <= 2 * mostOtherText && [...text].length <= mostOtherText;
const isLong = (text: string): boolean => Buffer.byteLength(text) <= mostTextBytes;

const isEmpty = (given: unknown): boolean =>
  given === undefined ||
  given === null ||
  (typeof given === "string" && given.trim() === "") ||
  (typeof given === "object" && Object.keys(given).length === 0);

/** Says what is wrong with the answer to a question. */
type Wrong = (detail: string) => never;

const otherIn = (given: unknown): unknown =>
  typeof given === "object" && given !== null && otherName in given ? given.other : undefined;

const namely = (question: Choice, given: unknown, wrong: Wrong): string => {
  if (!question.other) return wrong("This question has no other answer than its options.");
  const text = textIn(given, isShort)?.trim();
  return text ? text : wrong(`Say which, in at most ${mostOtherText} characters.`);
};

const placeOf = (options: Of<"ranking">["options"], given: unknown): number =>
  options.findIndex(({ optionId }) => optionId === given);

const oneOf = (question: Of<"single">, given: unknown, wrong: Wrong): Answer => {
  const other = otherIn(given);
  if (other !== undefined) return { one: question.options.length, other: namely(question, other, wrong) };
  const one = placeOf(question.options, given);
  return one < 0 ? wrong("Choose one of the options.") : { one };
};

const someOf = (question: Of<"multiple">, given: unknown, wrong: Wrong): Answer => {
  if (!Array.isArray(given)) return wrong("Give a list of options.");
  const others = given.flatMap((of: unknown) => otherIn(of) ?? []);
  const places = given.filter((of) => otherIn(of) === undefined).map((of) => placeOf(question.options, of));
  if (places.includes(-1) || others.length > 1) return wrong("Choose from the options.");
  const other = others.length === 1 ? namely(question, others[0], wrong) : undefined;
  const some = [...new Set(places)].sort((a, b) => a - b).concat(other === undefined ? [] : question.options.length);
  if (some.length < question.min) return wrong(`Choose at least ${question.min}.`);
  if (some.length > question.max) return wrong(`Choose at most ${question.max}.`);
  return { some, ...(other === undefined ? {} : { other }) };
};

const orderOf = (question: Of<"ranking">, given: unknown, wrong: Wrong): Answer => {
  const all = "Put all options in order, the best first, each once.";
  if (!Array.isArray(given)) return wrong(all);
  const order = given.map((of) => placeOf(question.options, of));
  const isWhole = order.length === question.options.length && new Set(order).size === order.length;
  return isWhole && !order.includes(-1) ? { order } : wrong(all);
};

const numberOf = (given: unknown): number =>
  typeof given === "number" ? given : typeof given === "string" && given.trim() !== "" ? Number(given) : Number.NaN;

const estimateOf = (question: Of<"estimate">, given: unknown, wrong: Wrong): Answer => {
  const { min, max, decimals } = question;
  const number = numberOf(given);
  if (!Number.isFinite(number)) return wrong("Give a number.");
  if (number < min || number > max) return wrong(`Give a number from ${min} to ${max}.`);
  const scaled = number * 10 ** decimals;
  if (Math.abs(scaled - Math.round(scaled)) > 1e-6) return wrong(`Give at most ${decimals} decimals.`);
  // Minus nought is nought.
  const rounded = Math.round(scaled) / 10 ** decimals + 0;
  return { number: rounded, bin: binOf(question, rounded) };
};

const votes = new Map<unknown, string>([
  ["agree", "a"],
  ["disagree", "d"],
  ["pass", "p"],
]);

const votesOf = (question: Of<"statements">, given: unknown, wrong: Wrong): Answer => {
  if (typeof given !== "object" || given === null) return wrong("Give agree, disagree or pass for each statement.");
  const byStatement = new Map<string, unknown>(Object.entries(given));
  const all = question.options.map(({ optionId }) => {
    const vote = byStatement.get(optionId);
    byStatement.delete(optionId);
    return vote === undefined ? "-" : (votes.get(vote) ?? wrong("Say agree, disagree or pass."));
  });
  if (byStatement.size > 0) return wrong("There is no such statement.");
  if (question.required && all.includes("-")) return wrong("Say of each statement what you think.");
  return all.every((vote) => vote === "-") ? wrong("Say of a statement what you think.") : { votes: all.join("") };
};

/** Where to find what is wrong: `#/answers/<question>`, or `#/option` in a poll of one choice. */
export type PointerOf = (question: Question) => string;

/** What is kept of an answer; null for none, where none is needed. Refuses `invalid_input`, with a pointer to the question. */
export const answerOf = (question: Question, given: unknown, pointerOf: PointerOf): Answer | null => {
  const wrong: Wrong = (detail) =>
    refuse("invalid_input", `An answer is not valid: ${detail}`, [{ pointer: pointerOf(question), detail }]);
  if (isEmpty(given)) return question.required ? wrong("This question asks for an answer.") : null;
  switch (question.kind) {
    case "single":
      return oneOf(question, given, wrong);
    case "multiple":
      return someOf(question, given, wrong);
    case "rating": {
      const stars = numberOf(given);
      return valuesOf(question).includes(stars) ? { stars } : wrong("Choose one of the ratings.");
    }
    case "ranking":
      return orderOf(question, given, wrong);
    case "estimate":
      return estimateOf(question, given, wrong);
    case "open": {
      const text = textIn(given, isLong);
      return text === undefined ? wrong("Write at most 100 KB that can be shown.") : { text };
    }
    case "statements":
      return votesOf(question, given, wrong);
  }
};

/** What decides where one goes on. */
const forkOf = (answer: Answer | null): readonly number[] => {
  if (!answer) return [];
  if ("one" in answer) return [answer.one];
  if ("some" in answer) return answer.some;
  return "stars" in answer ? [answer.stars] : [];
};

/**
 * Goes through the questions as their answers lead. What is answered beside the way counts for nothing. `upTo`: the last
 * question that was shown; `next` is where to go on, where that was not all.
 */
export const walk = (
  questions: readonly Question[],
  given: Readonly<Record<string, unknown>>,
  pointerOf: PointerOf,
  upTo = questions.length - 1,
): { answers: Answers; next: number | undefined } => {
  const answers: Answers = questions.map(() => null);
  for (let at = 0; at < questions.length; ) {
    if (at > upTo) return { answers, next: at };
    const answer = answerOf(questions[at]!, given[questions[at]!.id], pointerOf);
    answers[at] = answer;
    at = nextAfter(questions, at, forkOf(answer));
  }
  return { answers, next: undefined };
};

const asVote: Record<string, string> = { a: "agree", d: "disagree", p: "pass" };

/** An answer as JSON tells it, and takes it. */
export const givenBy = (question: Question, answer: Answer | null | undefined): unknown => {
  if (!answer) return undefined;
  const options = "options" in question ? question.options : [];
  const idAt = (place: number) => options[place]?.optionId ?? "";
  if ("one" in answer) return answer.other === undefined ? idAt(answer.one) : { other: answer.other };
  if ("some" in answer)
    return answer.some.map((place) => (place < options.length ? idAt(place) : { other: answer.other }));
  if ("stars" in answer) return answer.stars;
  if ("order" in answer) return answer.order.map(idAt);
  if ("number" in answer) return answer.number;
  if ("text" in answer) return answer.text;
  return Object.fromEntries(
    [...answer.votes].flatMap((vote, i) => (vote === "-" ? [] : [[idAt(i), asVote[vote] ?? ""]])),
  );
};

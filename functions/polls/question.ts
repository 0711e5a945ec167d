import * as z from "zod";

// The questions of a poll, as they are stored. What is asked when one is written is in set-up.ts.

const Image = z.object({ mediaId: z.string(), alt: z.string() });
export const Option = z.object({ optionId: z.string(), text: z.string(), image: Image.optional() });
export type Option = z.infer<typeof Option>;

/** Who gave one of these answers (places of options, or ratings) goes on at `to`: a question further on, or the end. */
const Skip = z.object({ answers: z.array(z.number().int()), to: z.string() });
export type Skip = z.infer<typeof Skip>;

const common = { id: z.string(), text: z.string(), image: Image.optional(), required: z.boolean() };
const choice = {
  ...common,
  options: z.array(Option),
  /** "Other, namely": an answer in one's own words. */
  other: z.boolean().optional(),
  /** Everybody gets the options in an order of their own. */
  shuffle: z.boolean().optional(),
  skips: z.array(Skip).optional(),
};

export const Question = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("single"), ...choice }),
  z.object({ kind: z.literal("multiple"), ...choice, min: z.number().int(), max: z.number().int() }),
  /** `stars`: 1 to 5. `nps`: 0 to 10, how likely one is to recommend it. */
  z.object({
    kind: z.literal("rating"),
    ...common,
    scale: z.enum(["stars", "nps"]),
    skips: z.array(Skip).optional(),
  }),
  z.object({
    kind: z.literal("ranking"),
    ...common,
    options: z.array(Option),
    shuffle: z.boolean().optional(),
  }),
  z.object({
    kind: z.literal("estimate"),
    ...common,
    unit: z.string(),
    min: z.number(),
    max: z.number(),
    decimals: z.number().int(),
    /** The true value, told later. */
    truth: z.number().optional(),
  }),
  z.object({ kind: z.literal("open"), ...common }),
  /** Statements to agree or disagree with. */
  z.object({
    kind: z.literal("statements"),
    ...common,
    options: z.array(Option),
    shuffle: z.boolean().optional(),
  }),
]);
export type Question = z.infer<typeof Question>;
export type Of<K extends Question["kind"]> = Extract<Question, { kind: K }>;
/** A question with options to choose from. */
export type Choice = Of<"single"> | Of<"multiple">;

export const optionsOf = (question: Question): readonly Option[] => ("options" in question ? question.options : []);

/** The values of a rating, lowest first. */
export const valuesOf = ({ scale }: Of<"rating">): readonly number[] =>
  scale === "stars" ? [1, 2, 3, 4, 5] : [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Estimates are counted in so many bars of equal width, from the least to the most. */
export const bins = 32;
export const binOf = ({ min, max }: Of<"estimate">, value: number): number =>
  Math.min(bins - 1, Math.floor(((value - min) / (max - min)) * bins));
/** The least value of a bar; that of the one after the last is the most there may be. */
export const startOfBin = ({ min, max }: Of<"estimate">, bin: number): number => min + ((max - min) * bin) / bins;

/** Where who gave this answer goes on: the place of a question, or their number at the end. */
export const nextAfter = (questions: readonly Question[], at: number, given: readonly number[]): number => {
  const question = questions[at];
  const skip =
    question && "skips" in question && question.skips?.find(({ answers }) => given.some((of) => answers.includes(of)));
  if (!skip) return at + 1;
  const to = questions.findIndex(({ id }) => id === skip.to);
  return to > at ? to : questions.length;
};

/** The last question of the step that begins at `from`: where one goes on depends on its answer. */
export const endOfStep = (questions: readonly Question[], from: number): number => {
  const fork = questions.findIndex((question, i) => i >= from && "skips" in question && question.skips !== undefined);
  return fork < 0 ? questions.length - 1 : fork;
};

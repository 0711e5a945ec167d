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

/** Whether its result can be drawn; what people write themselves cannot. */
export const isDrawn = ({ kind }: Pick<Question, "kind">): boolean => kind !== "open";

/** The values of a rating, lowest first. */
export const valuesOf = ({ scale }: Of<"rating">): readonly number[] =>
  scale === "stars" ? [1, 2, 3, 4, 5] : [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Estimates are counted in so many bars of equal width, from the least to the most. */
export const bins = 32;
export const binOf = ({ min, max }: Of<"estimate">, value: number): number =>
  Math.min(bins - 1, Math.floor(((value - min) / (max - min)) * bins));
/** The least value of a bar; that of the one after the last is the most there may be. */
export const startOfBin = ({ min, max }: Of<"estimate">, bin: number): number => min + ((max - min) * bin) / bins;

/** How many counts a question has at most, with those of how many answered and responded (events/polls.ts). */
const countsIn = (question: Question): number => {
  const own = ((): number => {
    switch (question.kind) {
      case "single":
      case "multiple":
        return question.options.length + 1;
      case "rating":
        return valuesOf(question).length;
      case "ranking":
        return question.options.length ** 2;
      case "estimate":
        return bins;
      case "open":
        return 0;
      case "statements":
        return 3 * question.options.length;
    }
  })();
  return own + 2;
};

/** An update's expression has at most 4 KB, and a count takes some 14 bytes of it. */
const mostInPart = 250;

/** Which part of the tally counts each question of a poll that was opened before 0.3.0. */
const formerParts = (questions: readonly Question[]): number[] => {
  let part = 0;
  let held = 0;
  return questions.map((question) => {
    const counts = countsIn(question);
    if (held + counts > mostInPart) {
      part++;
      held = 0;
    }
    held += counts;
    return part;
  });
};

/** Which part of the tally counts each question; none where it is less than 0. */
export const partsOf = ({
  questions,
  live,
}: {
  questions: readonly Question[];
  live?: boolean[] | undefined;
}): number[] => (live ? questions.map((_, i) => (live[i] ? 0 : -1)) : formerParts(questions));

/** What a question's counts are called at most (events/polls.ts). */
const countNames = (question: Question): string[] => {
  const places = (n: number) => Array.from({ length: n }, (_, i) => String(i));
  switch (question.kind) {
    case "single":
    case "multiple":
      return places(question.options.length + 1);
    case "rating":
      return valuesOf(question).map(String);
    case "ranking":
      return question.options.flatMap((_, i) => question.options.map((_, rank) => `${i}.${rank}`));
    case "estimate":
      return places(bins);
    case "open":
      return [];
    case "statements":
      return question.options.flatMap((_, i) => ["a", "d", "p"].map((vote) => `${i}${vote}`));
  }
};

/** Of an item that counts, what is left in 1 KB, one write unit, beside its keys, its times and what it is of. */
const mostCountBytes = 600;
/** A count's mark, the letter of its question, and a number of six digits. */
const bytesOfCount = (name: string): number => 2 + 1 + name.length + 4;

/**
 * Which questions of a poll are counted while it is open: in their order, as many as one item of 1 KB can count, so that
 * counting costs what it is to. The others of a long poll are counted from the responses, at its close or when that is asked.
 */
export const liveOf = (questions: readonly Question[]): boolean[] => {
  let left = mostCountBytes - bytesOfCount("n");
  return questions.map((question) => {
    const bytes = ["a", ...countNames(question)].reduce((sum, name) => sum + bytesOfCount(name), 0);
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
};

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

import * as z from "zod";
import { type FieldError, refuse } from "../platform/errors.ts";
import { Id, newId, Slug } from "../platform/ids.ts";
import { Amount, Instant, Line, mostDecimals } from "../platform/input.ts";
import type { NamedImage } from "../platform/published-images.ts";
import { Language } from "../platform/words.ts";
import { Showing, Tier } from "./poll.ts";
import { type Option, type Question, type Skip, valuesOf } from "./question.ts";

// What is asked of who writes a poll, and the questions that come of it.

/** So many keep the counts of one stream shard within 1 KB, one write unit. */
const mostOptions = 16;
/** The counts of a ranking are its options times its ranks. */
const mostRanked = 8;
/** The counts of a statement are three. */
const mostStatements = 20;
const mostQuestions = 10;

const Image = z
  .strictObject({ mediaId: Id("media"), alt: Line(300).describe("What is to be seen, for who cannot see it.") })
  .describe("A published picture of this workspace.");
const OptionIn = z.strictObject({ text: Line(200), image: Image.optional() });

const differs = (options: readonly { text: string }[]): boolean =>
  new Set(options.map(({ text }) => text)).size === options.length;
const options = (most: number) => z.array(OptionIn).min(2).max(most).refine(differs, "Two options are the same.");

const SkipIn = z.strictObject({
  answer: z
    .array(z.union([z.string(), z.number().int()]))
    .min(1)
    .max(mostOptions)
    .describe('Texts of options, "other", or ratings.'),
  to: z.string().describe('The id of a question further on ("q3"), or "end".'),
});

const common = { text: Line(300), image: Image.optional(), required: z.boolean().default(true) };
const choice = {
  ...common,
  options: options(mostOptions),
  other: z.boolean().default(false).describe("Whether one may give another answer, in one's own words."),
  shuffle: z.boolean().default(false).describe("Whether everybody gets the options in an order of their own."),
  skip: z.array(SkipIn).max(mostOptions).optional().describe("Where to go on, by answer; only further on."),
};

const QuestionIn = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("single"), ...choice }),
  z.strictObject({
    kind: z.literal("multiple"),
    ...choice,
    min: z.int().min(1).default(1),
    max: z.int().min(1).optional().describe("Without it, all of them."),
  }),
  z.strictObject({
    kind: z.literal("rating"),
    ...common,
    scale: z.enum(["stars", "nps"]).default("stars").describe("1 to 5 stars; or 0 to 10, with a Net Promoter Score."),
    skip: choice.skip,
  }),
  z.strictObject({ kind: z.literal("ranking"), ...common, options: options(mostRanked), shuffle: choice.shuffle }),
  z.strictObject({
    kind: z.literal("estimate"),
    ...common,
    unit: Line(30),
    min: Amount,
    max: Amount,
    decimals: z.int().min(0).max(mostDecimals).default(0),
  }),
  z.strictObject({ kind: z.literal("open"), ...common }),
  z.strictObject({
    kind: z.literal("statements"),
    ...common,
    statements: options(mostStatements),
    shuffle: choice.shuffle,
  }),
]);
type QuestionIn = z.infer<typeof QuestionIn>;

/** "https://example.nl", as browsers say where a page comes from. */
const Origin = z
  .string()
  .max(200)
  .refine(
    (text) =>
      /^https:|^http:\/\/(localhost|127\.0\.0\.1)(:|$)/.test(text) &&
      URL.canParse(text) &&
      new URL(text).origin === text,
    "Give an origin, like https://example.nl.",
  );

const PlaceIn = z.strictObject({
  code: z.string().regex(/^[a-z0-9-]{1,32}$/, "Use 1 to 32 lower-case letters, digits and hyphens."),
  name: Line(100),
});

const fields = {
  slug: Slug,
  language: Language,
  title: Line(200).describe("What the poll is called; without it, what its first question asks."),
  question: Line(300).describe("In a poll of one choice: short for `questions`."),
  options: options(mostOptions).describe("With `question`."),
  questions: z.array(QuestionIn).min(1).max(mostQuestions),
  opensAt: Instant.describe("Responses count from then on; without it, from the moment that it is opened."),
  closesAt: Instant.describe(
    "Responses count that arrive before it. Without one the poll stays open until it is closed.",
  ),
  tier: Tier.describe(
    "How a person responds once: by device; by a code that is mailed; or by a personal link (POST …/links).",
  ),
  results: Showing.describe("Who sees the results: only you; everybody; or until the close who has responded."),
  changeable: z.boolean().describe("Whether a response can be changed until the close."),
  places: z
    .array(PlaceIn)
    .max(100)
    .refine((places) => new Set(places.map(({ code }) => code)).size === places.length, "Two places have one code.")
    .describe("Where it is asked: `?place=<code>` in its address."),
  embedOrigins: z.array(Origin).max(20).describe("The sites that may show it in a frame: /p/<slug>?embed=1."),
};

export const NewPoll = z
  .strictObject({ ...z.strictObject(fields).partial().shape, slug: fields.slug })
  .superRefine(({ question, options, questions }, { addIssue }) => {
    const wrong = (path: string, message: string) => addIssue({ code: "custom", path: [path], message });
    if (questions === undefined && question === undefined) wrong("questions", "Ask something.");
    if (questions === undefined && question !== undefined && options === undefined) wrong("options", "Give options.");
    if (questions !== undefined && question !== undefined) wrong("question", "Say it in `questions`, or here.");
    if (questions !== undefined && options !== undefined) wrong("options", "Say it in `questions`, or here.");
  });
export type NewPoll = z.infer<typeof NewPoll>;

const nullable = {
  title: fields.title.nullable(),
  opensAt: fields.opensAt.nullable(),
  closesAt: fields.closesAt.nullable(),
};
export const PollPatch = z.strictObject({ ...fields, ...nullable }).partial();
export type PollPatch = z.infer<typeof PollPatch>;

/** Where a part of a question is wrong. */
const wrongAt = (question: number, path: string, detail: string): never => {
  const errors: FieldError[] = [{ pointer: `#/questions/${question}/${path}`, detail }];
  return refuse("invalid_input", `Question ${question + 1} is not valid: ${detail}`, errors);
};

const numbersOf = (
  question: Exclude<QuestionIn, { kind: "open" }>,
  at: number,
  skip: z.infer<typeof SkipIn>,
  i: number,
) =>
  skip.answer.map((answer) => {
    const path = `skip/${i}/answer`;
    if (question.kind === "rating") {
      const value = Number(answer);
      return valuesOf({ ...question, id: "" }).includes(value) ? value : wrongAt(at, path, "There is no such rating.");
    }
    if (!("options" in question)) return wrongAt(at, path, "There is no such answer.");
    if (answer === "other" && "other" in question && question.other) return question.options.length;
    const place = question.options.findIndex(({ text }) => text === answer);
    return place < 0 ? wrongAt(at, path, "There is no such option.") : place;
  });

const skipsOf = (question: QuestionIn, at: number, all: number): { skips?: Skip[] } => {
  if (!("skip" in question) || question.skip === undefined || question.skip.length === 0) return {};
  return {
    skips: question.skip.map((skip, i) => {
      const to = /^q([1-9]\d?)$/.exec(skip.to)?.[1];
      const isFurther = skip.to === "end" || (to !== undefined && Number(to) > at + 1 && Number(to) <= all);
      if (!isFurther) wrongAt(at, `skip/${i}/to`, 'Go on to a question further on, or to "end".');
      return { answers: numbersOf(question, at, skip, i), to: skip.to };
    }),
  };
};

type OptionIn = z.infer<typeof OptionIn>;
const withIds = (options: readonly OptionIn[], now: string): Option[] =>
  options.map(({ text, image }) => ({ optionId: newId("option", now), text, ...(image ? { image } : {}) }));

const questionOf = (asked: QuestionIn, at: number, all: number, now: string): Question => {
  const { text, image, required } = asked;
  const base = { id: `q${at + 1}`, text, required, ...(image ? { image } : {}) };
  const shuffled = "shuffle" in asked && asked.shuffle ? { shuffle: true } : {};
  switch (asked.kind) {
    case "single":
    case "multiple": {
      const some = { ...base, options: withIds(asked.options, now), ...shuffled, ...skipsOf(asked, at, all) };
      // Where to go on, and groups, know the answer in one's own words by this name.
      const same = asked.other ? asked.options.findIndex(({ text }) => text === "other") : -1;
      if (same >= 0)
        wrongAt(at, `options/${same}/text`, 'Here "other" is the answer in one\'s own words: call it otherwise.');
      const both = { ...some, ...(asked.other ? { other: true } : {}) };
      if (asked.kind === "single") return { kind: "single", ...both };
      const most = asked.options.length + (asked.other ? 1 : 0);
      const { min, max = most } = asked;
      if (max > most) wrongAt(at, "max", `There are ${most} answers.`);
      if (min > max) wrongAt(at, "min", "It is more than the most.");
      return { kind: "multiple", ...both, min, max };
    }
    case "rating":
      return { kind: "rating", ...base, scale: asked.scale, ...skipsOf(asked, at, all) };
    case "ranking":
      return { kind: "ranking", ...base, options: withIds(asked.options, now), ...shuffled };
    case "estimate": {
      const { unit, min, max, decimals } = asked;
      if (min >= max) wrongAt(at, "max", "It is not more than the least.");
      return { kind: "estimate", ...base, unit, min, max, decimals };
    }
    case "open":
      return { kind: "open", ...base };
    case "statements":
      return { kind: "statements", ...base, options: withIds(asked.statements, now), ...shuffled };
  }
};

export const questionsOf = (asked: readonly QuestionIn[], now: string): Question[] =>
  asked.map((question, i) => questionOf(question, i, asked.length, now));

/** A poll of one choice. */
export const choiceOf = (text: string, options: readonly OptionIn[], now: string): Question[] => [
  { kind: "single", id: "q1", text, required: true, options: withIds(options, now) },
];

/** The pictures in questions, with where each stands. */
export const picturesIn = (questions: readonly Question[]): NamedImage[] =>
  questions.flatMap((question, i) => [
    ...(question.image ? [{ mediaId: question.image.mediaId, pointer: `#/questions/${i}/image` }] : []),
    ...("options" in question
      ? question.options.flatMap(({ image }, j) =>
          image ? [{ mediaId: image.mediaId, pointer: `#/questions/${i}/options/${j}/image` }] : [],
        )
      : []),
  ]);

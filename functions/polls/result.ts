import * as z from "zod";
import type { Counts } from "../events/polls.ts";
import { Id } from "../platform/ids.ts";
import { type Asked, countOf, Stage, type Summary, stageOf, type Tallied, Tier, totalIn } from "./poll.ts";
import { bins, type Of, optionsOf, type Question, startOfBin, valuesOf } from "./question.ts";
import { agreementOf, bordaPoints, meanOf, netPromoterScore, quantileOfBars } from "./statistics.ts";
import { OptionView, viewFirst } from "./view.ts";

// A result, made from counts: of a running tally, of the responses, or of a group of them.

const count = z.number().int();
const share = z.number().min(0).max(1).describe("Of those who answered; 0 while nobody did.");

export const QuestionResult = z
  .object({
    id: z.string(),
    kind: z.enum(["single", "multiple", "rating", "ranking", "estimate", "open", "statements"]),
    text: z.string(),
    answered: count,
    options: z.array(z.object({ id: z.string(), text: z.string(), count, share })).optional(),
    other: z.object({ count, share }).optional(),
    values: z
      .array(z.object({ value: z.number(), count, share }))
      .optional()
      .describe("Of a rating, lowest first."),
    mean: z.number().nullable().optional(),
    netPromoterScore: z
      .number()
      .nullable()
      .optional()
      .describe("The share of 9 and 10 less that of 0 to 6, in points from -100 to 100."),
    ranking: z
      .array(
        z.object({
          id: z.string(),
          text: z.string(),
          points: count.describe("Borda: of n options the first of a ranking gets n - 1 points, the last none."),
          meanRank: z.number().nullable().describe("1 is the best."),
          ranks: z.array(count).describe("How many put it first, second …"),
        }),
      )
      .optional()
      .describe("Most points first."),
    estimate: z
      .object({
        unit: z.string(),
        exact: z.boolean().describe("From each estimate; else from the bars, and off by a bar's width at most."),
        median: z.number(),
        lowerQuartile: z.number(),
        upperQuartile: z.number(),
        least: z.number().optional(),
        most: z.number().optional(),
        mean: z.number().optional(),
        deviation: z.number().optional(),
        bars: z.array(z.object({ from: z.number(), to: z.number(), count })),
        truth: z
          .object({
            value: z.number(),
            off: z.number().describe("The median less the true value."),
            closer: count.describe("How many were closer to it than the median is."),
            closerShare: share,
          })
          .optional(),
      })
      .nullable()
      .optional()
      .describe("Null while nobody answered. Quartiles by linear interpolation (type 7)."),
    statements: z
      .array(
        z.object({
          id: z.string(),
          text: z.string(),
          agree: count,
          disagree: count,
          pass: count,
          agreement: z.number().nullable().describe("Of those who agree or disagree, the share that agrees."),
        }),
      )
      .optional(),
  })
  .meta({ id: "PollQuestionResult" });
export type QuestionResult = z.infer<typeof QuestionResult>;

export const ResultView = z
  .object({
    pollId: Id("poll"),
    status: Stage,
    question: z.string().describe("The first one."),
    total: z.number().int(),
    options: z.array(
      OptionView.extend({
        count: z.number().int(),
        share: z.number().min(0).max(1).describe("Of the total; 0 while there is none."),
      }),
    ),
    questions: z.array(QuestionResult),
    tier: Tier.describe("How sure it is that each response is another person: device, a mailed code, a personal link."),
    counted: z
      .enum(["tally", "rows"])
      .describe("From the running tally, a moment behind; or from the responses themselves, exact."),
    bursts: z
      .array(z.object({ network: z.string(), count, share, busiestMinute: count }))
      .optional()
      .describe(
        "Counted from the responses: networks that 50 or more came from, by a mark that says which are the same and not which it is. `?without=network:<mark>` leaves one out.",
      ),
  })
  .meta({ id: "PollResult" });
export type ResultView = z.infer<typeof ResultView>;

const of = (count: number, all: number): { count: number; share: number } => ({ count, share: all ? count / all : 0 });
const orNull = (n: number): number | null => (Number.isNaN(n) ? null : n);

/** How many answered a question. */
const answeredIn = (counts: Counts): number =>
  Object.entries(counts).reduce((sum, [name, n]) => (name === "a" || name.startsWith("opt_") ? sum + n : sum), 0);

const estimateOf = (
  question: Of<"estimate">,
  counts: Counts,
  summary: Summary | null | undefined,
  answered: number,
) => {
  if (answered === 0) return null;
  const { unit, min, max, truth } = question;
  const bars = Array.from({ length: bins }, (_, i) => counts[i] ?? 0);
  const at = (share: number) => quantileOfBars(bars, min, max, share);
  const { closer, count: _, ...exact } = summary ?? { count: 0, closer: undefined };
  const spread = summary
    ? { ...exact, median: summary.median, lowerQuartile: summary.lowerQuartile, upperQuartile: summary.upperQuartile }
    : { median: at(0.5), lowerQuartile: at(0.25), upperQuartile: at(0.75) };
  return {
    unit,
    exact: summary !== null && summary !== undefined,
    ...spread,
    bars: bars.map((n, i) => ({ from: startOfBin(question, i), to: startOfBin(question, i + 1), count: n })),
    ...(truth === undefined || closer === undefined
      ? {}
      : {
          truth: { value: truth, off: spread.median - truth, closer, closerShare: of(closer, answered).share },
        }),
  };
};

const rankingOf = ({ options }: Of<"ranking">, counts: Counts) => {
  const ranks = options.map((_, option) => options.map((_, rank) => counts[`${option}.${rank}`] ?? 0));
  const points = bordaPoints(ranks);
  return options
    .map(({ optionId, text }, i) => ({
      id: optionId,
      text,
      points: points[i]!,
      meanRank: orNull(meanOf(ranks[i]!.map((n, rank) => [rank + 1, n]))),
      ranks: ranks[i]!,
    }))
    .sort((a, b) => b.points - a.points);
};

export const resultOf = (question: Question, counts: Counts = {}, summary?: Summary | null): QuestionResult => {
  const { id, kind, text } = question;
  const answered = answeredIn(counts);
  const base = { id, kind, text, answered };
  switch (question.kind) {
    case "single":
    case "multiple": {
      const options = question.options.map((option, i) => ({
        id: option.optionId,
        text: option.text,
        ...of(countOf(counts, option, i), answered),
      }));
      const others = counts[question.options.length] ?? 0;
      return { ...base, options, ...(question.other ? { other: of(others, answered) } : {}) };
    }
    case "rating": {
      const values = valuesOf(question).map((value) => ({ value, ...of(counts[value] ?? 0, answered) }));
      const mean = orNull(meanOf(values.map(({ value, count }) => [value, count])));
      const score = question.scale === "nps" ? { netPromoterScore: orNull(netPromoterScore(counts)) } : {};
      return { ...base, values, mean, ...score };
    }
    case "ranking":
      return { ...base, ranking: rankingOf(question, counts) };
    case "estimate":
      return { ...base, estimate: estimateOf(question, counts, summary, answered) };
    case "open":
      return base;
    case "statements":
      return {
        ...base,
        statements: question.options.map(({ optionId, text }, i) => {
          const votes = {
            agree: counts[`${i}a`] ?? 0,
            disagree: counts[`${i}d`] ?? 0,
            pass: counts[`${i}p`] ?? 0,
          };
          return { id: optionId, text, ...votes, agreement: orNull(agreementOf(votes)) };
        }),
      };
  }
};

export const viewResult = (
  poll: Asked,
  { counts, summaries, bursts }: Pick<Tallied, "counts"> & Partial<Tallied>,
  counted: ResultView["counted"],
  now: string,
): ResultView => {
  const [first] = poll.questions;
  const total = totalIn(counts[0]);
  const { question, options } = viewFirst(poll);
  const isChoice = first?.kind === "single" || first?.kind === "multiple";
  return {
    pollId: poll.pollId,
    status: stageOf(poll, now),
    question,
    total,
    options: isChoice
      ? options.map((option, i) => ({ ...option, ...of(countOf(counts[0], optionsOf(first)[i]!, i), total) }))
      : [],
    questions: poll.questions.map((question, i) => resultOf(question, counts[i], summaries?.[i])),
    tier: poll.tier,
    counted,
    ...(bursts ? { bursts: bursts.map((burst) => ({ ...burst, share: of(burst.count, total).share })) } : {}),
  };
};

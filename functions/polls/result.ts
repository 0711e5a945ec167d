import * as z from "zod";
import type { Counts } from "../events/polls.ts";
import { Id } from "../platform/ids.ts";
import type { Ballot } from "./ballot.ts";
import { type Asked, countOf, Stage, type Summary, stageOf, type Tallied, Tier, totalIn } from "./poll.ts";
import { bins, type Choice, type Of, optionsOf, type Question, startOfBin, valuesOf } from "./question.ts";
import {
  agreementOf,
  bordaPoints,
  divideOf,
  fewest,
  groupConsensus,
  meanOf,
  netPromoterScore,
  quantileOfBars,
  quantileOfCounts,
  shownGroups,
  type Votes,
} from "./statistics.ts";
import { OptionView, viewFirst } from "./view.ts";

// A result, made from counts: of a running tally, of the responses, or of a group of them.

const count = z.number().int();
const share = z.number().min(0).max(1).describe("Of those who answered; 0 while nobody did.");

const agreement = z.number().nullable().describe("Of those who agree or disagree, the share that agrees.");

/** Where a question was answered, and what. */
const ChannelResult = z
  .object({
    channelId: Id("channel").nullable().describe("Null: here, by a page of ours, an app or a link."),
    network: z.string().optional(),
    title: z.string().optional().describe("What the network is called."),
    handle: z.string().optional().describe("The account's name there."),
    url: z.url().optional().describe("Where it is asked there."),
    tier: z
      .enum([...Tier.options, "network"])
      .describe("How sure it is that each is another person; `network`: as the network counts, one account one vote."),
    answered: count,
    options: z.array(z.object({ id: z.string(), text: z.string(), count, share })),
    withheld: z
      .literal(true)
      .optional()
      .describe(
        `The options are not told: of fewer than ${fewest} answers, and where that is one channel or they are fewer than ${fewest} together, of the next smallest, so that what a few people answered cannot be told from the total.`,
      ),
    collectedAt: z.iso.datetime().optional().describe("When the network told it; of a network, absent before that."),
    closesAt: z.iso.datetime().optional().describe("When it ends there."),
    isFinal: z.boolean().describe("No more comes from there."),
  })
  .meta({ id: "PollChannelResult" });
export type ChannelResult = z.infer<typeof ChannelResult>;

export const QuestionResult = z
  .object({
    id: z.string(),
    kind: z.enum(["single", "multiple", "rating", "ranking", "estimate", "open", "statements"]),
    text: z.string(),
    answered: count,
    later: z
      .literal(true)
      .optional()
      .describe("Of a long poll while it is open: this question is counted at the close, or with `recount`."),
    channels: z
      .array(ChannelResult)
      .optional()
      .describe(
        "Where networks asked it too: what was answered here and at each of them; together they are the above.",
      ),
    options: z.array(z.object({ id: z.string(), text: z.string(), count, share })).optional(),
    other: z.object({ count, share }).optional(),
    values: z
      .array(z.object({ value: z.number(), count, share }))
      .optional()
      .describe("Of a rating, lowest first."),
    mean: z.number().nullable().optional(),
    quartiles: z
      .object({ lower: z.number(), median: z.number(), upper: z.number() })
      .nullable()
      .optional()
      .describe("Of a rating; null while nobody answered."),
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
          agreement,
          consensus: share.optional().describe("How much all groups agree: each group counts, however small."),
          divide: share.optional().describe("How far apart the groups are that agree most and least."),
        }),
      )
      .optional(),
    opinionGroups: z
      .array(
        z.object({
          name: z.string(),
          total: count,
          statements: z.array(z.object({ id: z.string(), agree: count, disagree: count, pass: count, agreement })),
        }),
      )
      .optional()
      .describe(
        `Of statements, counted from the responses: groups of ${fewest} or more that think alike, found in their votes alone; largest first. Absent where there are none.`,
      ),
  })
  .meta({ id: "PollQuestionResult" });
export type QuestionResult = z.infer<typeof QuestionResult>;

export const ResultView = z
  .object({
    pollId: Id("poll"),
    status: Stage,
    question: z.string().describe("The first one."),
    total: z.number().int().describe("How many responded, here and at networks that asked it themselves."),
    here: count
      .optional()
      .describe("Where networks asked it too: how many of them here, by a page of ours, an app or a link."),
    options: z.array(
      OptionView.extend({
        count: z.number().int(),
        share: z.number().min(0).max(1).describe("Of those who were asked it; 0 while there is none."),
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

const quartilesOf = (values: readonly { value: number; count: number }[]) => {
  const at = (share: number) =>
    quantileOfCounts(
      values.map(({ value, count }) => [value, count] as const),
      share,
    );
  return Number.isNaN(at(0.5)) ? null : { lower: at(0.25), median: at(0.5), upper: at(0.75) };
};

type Opinions = NonNullable<Tallied["opinions"]>[number];
type Group = NonNullable<Opinions>["groups"][number];

const votesOf = ({ votes }: Group, statement: number): Votes => {
  const [agree, disagree, pass] = votes[statement] ?? [0, 0, 0];
  return { agree, disagree, pass };
};

const groupsIn = ({ options }: Of<"statements">, opinions: Opinions | undefined) =>
  opinions
    ? {
        opinionGroups: opinions.groups.map((group, i) => ({
          name: "ABCDE"[i] ?? "",
          total: group.total,
          statements: options.map(({ optionId }, s) => {
            const votes = votesOf(group, s);
            return { id: optionId, ...votes, agreement: orNull(agreementOf(votes)) };
          }),
        })),
      }
    : {};

const sharedIn = (opinions: Opinions | undefined, statement: number) => {
  if (!opinions) return {};
  const groups = opinions.groups.map((group) => votesOf(group, statement));
  return { consensus: groupConsensus(groups), divide: divideOf(groups) };
};

/** What more was counted of a question than how often each answer was given. */
type More = { summary?: Summary | null | undefined; opinions?: Opinions | undefined };

const hereOf = (question: Choice, counts: Counts, tier: Tier, isFinal: boolean): ChannelResult => {
  const answered = answeredIn(counts);
  const options = optionsOf(question).map((option, i) => ({
    id: option.optionId,
    text: option.text,
    ...of(countOf(counts, option, i), answered),
  }));
  return { channelId: null, tier, answered, options, isFinal };
};

const thereOf = (
  question: Choice,
  { channelId, network, title, handle, url, closesAt, votes, status }: Ballot,
): ChannelResult => {
  const answered = votes?.voters ?? 0;
  return {
    ...{ channelId, network, title, handle, closesAt, tier: "network", answered, isFinal: status === "ended" },
    ...(url === undefined ? {} : { url }),
    options: optionsOf(question).map(({ optionId, text }, i) => ({
      id: optionId,
      text,
      ...of(votes?.options[i] ?? 0, answered),
    })),
    ...(votes === undefined ? {} : { collectedAt: votes.at }),
  };
};

/** Without what only a few people answered somewhere. */
const shownChannels = (channels: readonly ChannelResult[]): ChannelResult[] => {
  const used = channels.filter(({ answered }) => answered > 0).map((of) => ({ of, total: of.answered }));
  const shown = new Set(shownGroups(used).shown.map(({ of }) => of));
  return channels.map((of) => (of.answered === 0 || shown.has(of) ? of : { ...of, options: [], withheld: true }));
};

/** What networks counted of a question is added to what was answered here, and shown by channel. */
const withChannels = (
  result: QuestionResult,
  question: Question,
  counts: Counts,
  { tier, status }: Asked,
  ballots: readonly Ballot[],
): QuestionResult => {
  const theirs = ballots.filter(({ questionId }) => questionId === question.id);
  if (theirs.length === 0 || (question.kind !== "single" && question.kind !== "multiple")) return result;
  const here = hereOf(question, counts, tier, status === "closed");
  const channels = [here, ...theirs.map((ballot) => thereOf(question, ballot))];
  const answered = channels.reduce((sum, one) => sum + one.answered, 0);
  const options = here.options.map(({ id, text }, i) => ({
    ...{ id, text },
    ...of(
      channels.reduce((sum, one) => sum + (one.options[i]?.count ?? 0), 0),
      answered,
    ),
  }));
  return { ...result, answered, options, channels: shownChannels(channels) };
};

export const resultOf = (question: Question, counts: Counts = {}, { summary, opinions }: More = {}): QuestionResult => {
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
      return { ...base, values, mean, quartiles: quartilesOf(values), ...score };
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
          return { id: optionId, text, ...votes, agreement: orNull(agreementOf(votes)), ...sharedIn(opinions, i) };
        }),
        ...groupsIn(question, opinions),
      };
  }
};

export const viewResult = (
  poll: Asked,
  { counts, summaries, bursts, opinions }: Pick<Tallied, "counts"> & Partial<Tallied>,
  counted: ResultView["counted"],
  now: string,
  /** What networks counted of it. */
  ballots: readonly Ballot[] = [],
): ResultView => {
  const [first] = poll.questions;
  const here = totalIn(counts[0]);
  const voters = (some: readonly Ballot[]) => some.reduce((sum, { votes }) => sum + (votes?.voters ?? 0), 0);
  const total = here + voters(ballots);
  const theirs = ballots.filter(({ questionId }) => questionId === first?.id);
  const votesFor = (option: number) => theirs.reduce((sum, { votes }) => sum + (votes?.options[option] ?? 0), 0);
  const { question, options } = viewFirst(poll);
  const isChoice = first?.kind === "single" || first?.kind === "multiple";
  return {
    pollId: poll.pollId,
    status: stageOf(poll, now),
    question,
    total,
    ...(ballots.length > 0 ? { here } : {}),
    options: isChoice
      ? options.map((option, i) => ({
          ...option,
          ...of(countOf(counts[0], optionsOf(first)[i]!, i) + votesFor(i), here + voters(theirs)),
        }))
      : [],
    questions: poll.questions.map((question, i) =>
      withChannels(
        {
          ...resultOf(question, counts[i], { summary: summaries?.[i], opinions: opinions?.[i] }),
          ...(counted === "tally" && poll.live?.[i] === false ? { later: true as const } : {}),
        },
        question,
        counts[i] ?? {},
        poll,
        ballots,
      ),
    ),
    tier: poll.tier,
    counted,
    ...(bursts ? { bursts: bursts.map((burst) => ({ ...burst, share: of(burst.count, here).share })) } : {}),
  };
};

import * as z from "zod";
import { Id } from "../platform/ids.ts";
import { versionOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { Showing, Stage, type Standing, stageOf, Tier, titleOf } from "./poll.ts";
import { type Option, optionsOf, type Question } from "./question.ts";

// A poll as the API shows it.

const ImageView = z.object({ mediaId: z.string(), alt: z.string(), path: z.string().describe("Where it is, here.") });
export const OptionView = z.object({ id: Id("option"), text: z.string(), image: ImageView.optional() });

/** A question, with what its kind has. */
export const QuestionView = z
  .object({
    id: z.string(),
    kind: z.enum(["single", "multiple", "rating", "ranking", "estimate", "open", "statements"]),
    text: z.string(),
    image: ImageView.optional(),
    required: z.boolean(),
    options: z.array(OptionView).optional(),
    statements: z.array(OptionView).optional(),
    other: z.boolean().optional(),
    shuffle: z.boolean().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    scale: z.enum(["stars", "nps"]).optional(),
    unit: z.string().optional(),
    decimals: z.int().optional(),
    truth: z.number().optional(),
    skip: z
      .array(z.object({ answer: z.array(z.union([z.string(), z.number()])), to: z.string() }))
      .optional()
      .describe("Where to go on, by answer."),
  })
  .meta({ id: "PollQuestion" });

const viewImage = ({ image }: { image?: { mediaId: string; alt: string } | undefined }) =>
  image ? { image: { ...image, path: `/m/${image.mediaId}` } } : {};
const viewOption = (option: Option): z.infer<typeof OptionView> => ({
  id: option.optionId,
  text: option.text,
  ...viewImage(option),
});

const viewSkips = (question: Question) => {
  if (!("skips" in question) || !question.skips) return {};
  const options = optionsOf(question);
  const said = (answer: number) => (question.kind === "rating" ? answer : (options[answer]?.text ?? "other"));
  return { skip: question.skips.map(({ answers, to }) => ({ answer: answers.map(said), to })) };
};

export const viewQuestion = (question: Question): z.infer<typeof QuestionView> => {
  const { id, kind, text, required } = question;
  const base = { id, kind, text, required, ...viewImage(question), ...viewSkips(question) };
  switch (question.kind) {
    case "single":
    case "multiple": {
      const { options, other, shuffle } = question;
      const limits = question.kind === "multiple" ? { min: question.min, max: question.max } : {};
      return { ...base, options: options.map(viewOption), other: other ?? false, shuffle: shuffle ?? false, ...limits };
    }
    case "rating":
      return { ...base, scale: question.scale };
    case "ranking":
      return { ...base, options: question.options.map(viewOption), shuffle: question.shuffle ?? false };
    case "estimate": {
      const { unit, min, max, decimals, truth } = question;
      return { ...base, unit, min, max, decimals, ...(truth === undefined ? {} : { truth }) };
    }
    case "open":
      return base;
    case "statements":
      return { ...base, statements: question.options.map(viewOption), shuffle: question.shuffle ?? false };
  }
};

export const PollView = z
  .object({
    id: Id("poll"),
    slug: z.string(),
    status: Stage,
    language: Language,
    title: z.string(),
    question: z.string().describe("The first one."),
    options: z.array(OptionView).describe("Of the first question; empty where it has none."),
    questions: z.array(QuestionView),
    tier: Tier,
    results: Showing,
    changeable: z.boolean(),
    places: z.array(z.object({ code: z.string(), name: z.string() })),
    embedOrigins: z.array(z.string()),
    url: z.url().describe("Where people respond."),
    createdAt: z.iso.datetime(),
    openedAt: z.iso.datetime().optional(),
    opensAt: z.iso.datetime().optional(),
    closesAt: z.iso.datetime().optional(),
    version: z.number().int(),
  })
  .meta({ id: "Poll" });

/** The first question as polls of one choice tell it. */
export const viewFirst = ({ questions: [first] }: Standing) => ({
  question: first?.text ?? "",
  options: first && first.kind !== "statements" ? optionsOf(first).map(viewOption) : [],
});

export const viewPoll = (poll: Standing, publicUrl: string, now: string): z.infer<typeof PollView> => {
  const { tier, results, changeable, places, embedOrigins, opensAt, closesAt } = poll;
  return {
    id: poll.pollId,
    slug: poll.slug,
    status: stageOf(poll, now),
    language: poll.language,
    title: titleOf(poll),
    ...viewFirst(poll),
    questions: poll.questions.map(viewQuestion),
    ...{ tier, results, changeable, places, embedOrigins },
    url: `${publicUrl}/p/${poll.slug}`,
    createdAt: poll.createdAt,
    ...(poll.status === "draft" ? {} : { openedAt: poll.openedAt }),
    ...(opensAt === undefined ? {} : { opensAt }),
    ...(closesAt === undefined ? {} : { closesAt }),
    version: versionOf(poll),
  };
};

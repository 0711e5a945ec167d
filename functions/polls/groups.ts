import * as z from "zod";
import { refuse } from "../platform/errors.ts";
import type { Asked, Tallied } from "./poll.ts";
import { totalIn } from "./poll.ts";
import { optionsOf } from "./question.ts";
import { counting } from "./recount.ts";
import { answersOf, type Response } from "./response.ts";
import { QuestionResult, resultOf } from "./result.ts";
import { fewest, shownGroups } from "./statistics.ts";
import { eachResponse } from "./table.ts";

// Results by group: of where people came from, of what is known of them, or of what they answered. What fewer than five
// people answered is theirs, and is not shown.

/** What responses are grouped by: a label of theirs, or the answer to a question of one choice or a rating. */
export const By = z.union([z.enum(["source", "place", "segment", "network"]), z.string().regex(/^q([1-9]|10)$/)]);
export type By = z.infer<typeof By>;

/** Those of whom it is not known. */
const none = "";

const groupIn = (poll: Asked, by: By): ((response: Response) => string) => {
  if (by === "source" || by === "place" || by === "segment" || by === "network")
    return (response) => response[by] ?? none;
  const at = poll.questions.findIndex(({ id }) => id === by);
  const question = poll.questions[at];
  if (question?.kind !== "single" && question?.kind !== "rating")
    return refuse("invalid_input", "Group by a question of one choice, or a rating.", [
      { pointer: "query:by", detail: "Give source, place, segment, network, or such a question." },
    ]);
  const options = optionsOf(question);
  return (response) => {
    const answer = answersOf(poll, response)[at];
    if (!answer) return none;
    if ("stars" in answer) return String(answer.stars);
    return "one" in answer ? (options[answer.one]?.text ?? "other") : none;
  };
};

const mostGroups = 100;

const Group = z.object({
  name: z.string().nullable().describe("Null: those of whom it is not known."),
  total: z.int(),
  questions: z.array(QuestionResult),
});
export const GroupsView = z
  .object({
    by: z.string(),
    total: z.int(),
    groups: z.array(Group).describe("Largest first; a hundred at most."),
    withheld: z
      .int()
      .describe(
        `How many are in groups that are not shown: those of fewer than ${fewest}, and where that is one or they are fewer than ${fewest} together, the next smallest, so that nothing can be told from the total.`,
      ),
  })
  .meta({ id: "PollGroups" });

/** The counts of every group, and how many are in those beyond the largest hundred. */
export const groupsOf = async (poll: Asked, by: By, now: string): Promise<z.infer<typeof GroupsView>> => {
  const groupOf = groupIn(poll, by);
  const groups = new Map<string, ReturnType<typeof counting>>();
  let total = 0;
  await eachResponse(poll, now, (response) => {
    const name = groupOf(response);
    const group = groups.get(name) ?? counting(poll);
    groups.set(name, group);
    group.see(response);
    total++;
  });
  const all = [...groups].map(([name, { tallied }]) => {
    const of = tallied();
    return { name, of, total: totalIn(of.counts[0]) };
  });
  const { shown, withheld } = shownGroups(all);
  const beyond = shown.slice(mostGroups).reduce((sum, { total }) => sum + total, 0);
  const view = ({ name, of, total }: (typeof all)[number]) => ({
    name: name === none ? null : name,
    total,
    questions: poll.questions.map((question, i) => resultOf(question, of.counts[i], { summary: of.summaries[i] })),
  });
  return { by, total, groups: shown.slice(0, mostGroups).map(view), withheld: withheld + beyond };
};

/** `source:instagram`: a group to leave out. */
export const Without = z
  .string()
  .max(200)
  .regex(/^(source|place|segment|network):./, "Give a group as source:<label>, place:, segment: or network:<mark>.");

/** Counts all responses, and apart those that are not in the group, one of those that are shown. Refuses `group_too_small`. */
export const countWithout = async (
  poll: Asked,
  without: string,
  now: string,
): Promise<{ all: Tallied; rest: Tallied; left: number }> => {
  const at = without.indexOf(":");
  const name = without.slice(at + 1);
  const groupOf = groupIn(poll, By.parse(without.slice(0, at)));
  const all = counting(poll);
  const rest = counting(poll);
  const totals = new Map<string, number>();
  let others = 0;
  await eachResponse(poll, now, (response) => {
    const group = groupOf(response);
    totals.set(group, (totals.get(group) ?? 0) + 1);
    all.see(response);
    if (group === name) return;
    others++;
    rest.see(response);
  });
  const { shown } = shownGroups([...totals].map(([name, total]) => ({ name, total })));
  const left = shown.find((group) => group.name === name)?.total;
  if (left === undefined || others < fewest)
    return refuse(
      "group_too_small",
      `A result without a group is shown where GET …/groups shows the group and ${fewest} or more are not in it: else it tells what a few people answered.`,
      [{ pointer: "query:without", detail: "Choose a larger group." }],
    );
  return { all: all.tallied(), rest: rest.tallied(), left };
};

export const Difference = z
  .object({
    group: z.string(),
    left: z.int().describe("How many responses are left out."),
    moved: z
      .array(
        z.object({
          questionId: z.string(),
          what: z.string().describe("An option's id, a rating, or median, mean or netPromoterScore."),
          all: z.number().nullable(),
          without: z.number().nullable(),
        }),
      )
      .describe("What is otherwise without the group; shares of those who answered."),
  })
  .meta({ id: "PollDifference" });

/** The numbers of a result by their names. */
const numbersOf = (result: z.infer<typeof QuestionResult>): [string, number | null][] => [
  ...(result.options ?? []).map(({ id, share }): [string, number] => [id, share]),
  ...(result.other ? [["other", result.other.share] satisfies [string, number]] : []),
  ...(result.values ?? []).map(({ value, share }): [string, number] => [String(value), share]),
  ...(result.ranking ?? []).map(({ id, meanRank }): [string, number | null] => [id, meanRank]),
  ...(result.statements ?? []).map(({ id, agreement }): [string, number | null] => [id, agreement]),
  ...(result.mean === undefined ? [] : [["mean", result.mean] satisfies [string, number | null]]),
  ...(result.netPromoterScore === undefined
    ? []
    : [["netPromoterScore", result.netPromoterScore] satisfies [string, number | null]]),
  ...(result.estimate ? [["median", result.estimate.median] satisfies [string, number]] : []),
];

export const differenceOf = (
  poll: Asked,
  group: string,
  { all, rest, left }: Awaited<ReturnType<typeof countWithout>>,
): z.infer<typeof Difference> => ({
  group,
  left,
  moved: poll.questions.flatMap((question, i) => {
    const before = numbersOf(resultOf(question, all.counts[i], { summary: all.summaries[i] }));
    const after = new Map(numbersOf(resultOf(question, rest.counts[i], { summary: rest.summaries[i] })));
    return before
      .map(([what, n]) => ({ questionId: question.id, what, all: n, without: after.get(what) ?? null }))
      .filter(({ all, without }) => all !== without);
  }),
});

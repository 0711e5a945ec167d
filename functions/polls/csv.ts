import type { Answer } from "../events/polls.ts";
import { byteOrderMark, csvLine } from "../platform/csv.ts";
import type { Asked } from "./poll.ts";
import { optionsOf, type Question } from "./question.ts";
import { answersOf, type Response } from "./response.ts";
import type { QuestionResult } from "./result.ts";

// A response as a row of a table, and a result as a table. What makes a cell harmless in a spreadsheet is in platform/csv.ts.

export const responseColumns = [
  ...(["response", "at", "changed_at", "source", "place", "segment", "network", "kiosk"] as const),
  ...(["q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9", "q10"] as const),
] as const;

const saidVotes: Record<string, string> = { a: "agree", d: "disagree", p: "pass" };

/** An answer in one cell: several options by semicolons, a ranking best first, statements with what was said of each. */
const cellOf = (question: Question | undefined, answer: Answer | null | undefined): string => {
  if (!question || !answer) return "";
  const texts = optionsOf(question).map(({ text }) => text);
  if ("one" in answer) return answer.other ?? texts[answer.one] ?? "";
  if ("some" in answer) return answer.some.map((place) => texts[place] ?? answer.other ?? "").join("; ");
  if ("stars" in answer) return String(answer.stars);
  if ("order" in answer) return answer.order.map((place) => texts[place]).join("; ");
  if ("number" in answer) return String(answer.number);
  if ("text" in answer) return answer.text;
  return [...answer.votes].flatMap((vote, i) => (vote === "-" ? [] : [`${texts[i]}: ${saidVotes[vote]}`])).join("; ");
};

export const responseRow = (poll: Asked, response: Response): Record<(typeof responseColumns)[number], string> => {
  const answers = answersOf(poll, response);
  const cell = (i: number) => cellOf(poll.questions[i], answers[i]);
  return {
    response: response.id,
    at: response.at,
    changed_at: response.changedAt ?? "",
    source: response.source ?? "",
    place: response.place ?? "",
    segment: response.segment ?? "",
    network: response.network ?? "",
    kiosk: response.kiosk ? "yes" : "no",
    ...{ q1: cell(0), q2: cell(1), q3: cell(2), q4: cell(3), q5: cell(4) },
    ...{ q6: cell(5), q7: cell(6), q8: cell(7), q9: cell(8), q10: cell(9) },
  };
};

const counted = ({ options = [], values = [], other, channels = [] }: QuestionResult): string[][] => {
  const all = [
    ...options.map(({ text, ...of }) => ({ answer: text, ...of })),
    ...values.map(({ value, ...of }) => ({ answer: String(value), ...of })),
    ...(other ? [{ answer: "other", ...other }] : []),
  ];
  const row = (channel: string, tier: string, { answer, count, share }: (typeof all)[number]) => [
    ...[channel, tier, answer, String(count), share.toFixed(4)],
  ];
  const there = channels.flatMap(({ title, handle, tier, options }) =>
    options.map(({ text, ...of }) =>
      row(title === undefined ? "here" : `${title} ${handle}`, tier, { answer: text, ...of }),
    ),
  );
  return [["channel", "counted_by", "answer", "count", "share"], ...all.map((of) => row("all", "", of)), ...there];
};

const tableOf = (result: QuestionResult): string[][] => {
  const { ranking = [], estimate, statements = [] } = result;
  const said = (n: number | null): string => (n === null ? "" : String(n));
  switch (result.kind) {
    case "ranking":
      return [
        ["option", "points", "mean_rank", ...ranking.map((_, i) => `rank_${i + 1}`)],
        ...ranking.map(({ text, points, meanRank, ranks }) => [text, said(points), said(meanRank), ...ranks.map(said)]),
      ];
    case "estimate":
      return [
        ["from", "to", "unit", "count"],
        ...(estimate?.bars ?? []).map(({ from, to, count }) => [
          said(from),
          said(to),
          estimate?.unit ?? "",
          said(count),
        ]),
      ];
    case "statements":
      return [
        ["statement", "agree", "disagree", "pass", "agreement"],
        ...statements.map(({ text, agree, disagree, pass, agreement }) => [
          ...[text, said(agree), said(disagree), said(pass), said(agreement)],
        ]),
      ];
    default:
      return counted(result);
  }
};

/** The result of a question as CSV: what was answered in all, and by channel where networks asked it too. */
export const csvOfResult = (result: QuestionResult): string => byteOrderMark + tableOf(result).map(csvLine).join("");

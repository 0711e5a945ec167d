import type { Answer } from "../events/polls.ts";
import type { Asked } from "./poll.ts";
import { optionsOf, type Question } from "./question.ts";
import { answersOf, type Response } from "./response.ts";

// A response as a row of a table. What makes a cell harmless in a spreadsheet is in platform/csv.ts.

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

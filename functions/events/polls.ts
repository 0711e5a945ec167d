import * as z from "zod";
import { announces, type Fold } from "./event.ts";

const pollId = z.string();
const OptionCount = z.object({ optionId: z.string(), count: z.number().int() });

export const { catalogue, event } = announces({
  "poll.created": {
    data: z.object({ pollId, slug: z.string() }),
    example: { pollId: "poll_01jd0000000000000000000000", slug: "new-label" },
  },
  "poll.changed": {
    data: z.object({ pollId, fields: z.array(z.string()).describe("The names of the fields that changed.") }),
    example: { pollId: "poll_01jd0000000000000000000000", fields: ["question", "options"] },
  },
  "poll.removed": {
    data: z.object({ pollId }),
    example: { pollId: "poll_01jd0000000000000000000000" },
  },
  "poll.opened": {
    data: z.object({
      pollId,
      slug: z.string(),
      opensAt: z.iso.datetime().optional().describe("Responses count from then on; without it, at once."),
      closesAt: z.iso.datetime().optional(),
    }),
    example: { pollId: "poll_01jd0000000000000000000000", slug: "new-label", closesAt: "2026-06-01T18:00:00.000Z" },
  },
  "poll.closed": {
    data: z.object({
      pollId,
      closedAt: z.iso.datetime().describe("Responses count that arrived before it."),
      total: z.number().int(),
      options: z
        .array(OptionCount)
        .describe("Of the first question, where one of its options is chosen. Exact: counted from the responses."),
    }),
    example: {
      pollId: "poll_01jd0000000000000000000000",
      closedAt: "2026-06-01T18:00:00.000Z",
      total: 240,
      options: [
        { optionId: "opt_01jd0000000000000000000000", count: 163 },
        { optionId: "opt_01jd0000000000000000000001", count: 77 },
      ],
    },
  },
  "poll.truth_told": {
    data: z.object({ pollId, questionId: z.string(), value: z.number() }),
    example: { pollId: "poll_01jd0000000000000000000000", questionId: "q1", value: 1198 },
  },
  "poll.votes_collected": {
    data: z.object({
      pollId,
      questionId: z.string(),
      postId: z.string(),
      channelId: z.string(),
      network: z.string(),
      voters: z.int().describe("As the network counts: one account, one vote. In place of what was told before."),
      options: z.array(OptionCount),
      final: z.boolean().describe("It is over there: no more come."),
    }),
    example: {
      pollId: "poll_01jd0000000000000000000000",
      questionId: "q1",
      postId: "post_01jd0000000000000000000000",
      channelId: "channel_01jd0000000000000000000000",
      network: "mastodon",
      voters: 58,
      options: [
        { optionId: "opt_01jd0000000000000000000000", count: 41 },
        { optionId: "opt_01jd0000000000000000000001", count: 17 },
      ],
      final: true,
    },
  },
  "response.given": {
    data: z.object({
      pollId,
      items: z.array(
        z.object({
          id: z.string().describe("Of this item, the same however often it is delivered: act on it once."),
          responseId: z.string(),
          optionId: z.string().optional().describe("What was chosen in the first question, where it has options."),
          at: z.iso.datetime(),
        }),
      ),
    }),
    example: {
      pollId: "poll_01jd0000000000000000000000",
      items: [
        {
          id: "evt_01jd0000000000000000000000",
          responseId: "resp_01jd0000000000000000000000",
          optionId: "opt_01jd0000000000000000000000",
          at: "2026-06-01T10:00:00.000Z",
        },
      ],
    },
    batched: {
      kind: "response",
      subject: ({ pollId }) => ({ pollId: String(pollId) }),
      at: ({ at }) => String(at),
      item: ({ id, optionId, at }) => ({ responseId: id, ...(optionId === undefined ? {} : { optionId }), at }),
    },
  },
  "answer.tagged": {
    data: z.object({ pollId, questionId: z.string(), responseId: z.string(), tags: z.int().describe("How many.") }),
    example: {
      pollId: "poll_01jd0000000000000000000000",
      questionId: "q3",
      responseId: "resp_01jd0000000000000000000000",
      tags: 2,
    },
  },
  "response.changed": {
    data: z.object({ pollId, responseId: z.string() }),
    example: { pollId: "poll_01jd0000000000000000000000", responseId: "resp_01jd0000000000000000000000" },
  },
});

// ── Counting ────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * An answer as a row has it, null where a question was not answered. Options and statements are named by their places in
 * the question. `one`, `some`: chosen; behind the last option stands "other", in words. `order`: best first. `votes`: of
 * each statement "a"gree, "d"isagree, "p"ass or "-". `bin`: which of the histogram's bars the number is in.
 */
export const Answer = z.union([
  z.object({ one: z.number(), other: z.string().optional() }),
  z.object({ some: z.array(z.number()), other: z.string().optional() }),
  z.object({ stars: z.number() }),
  z.object({ order: z.array(z.number()) }),
  z.object({ number: z.number(), bin: z.number() }),
  z.object({ text: z.string() }),
  z.object({ votes: z.string() }),
]);
export type Answer = z.infer<typeof Answer>;
export const Answers = z.array(Answer.nullable());
export type Answers = z.infer<typeof Answers>;

/** Counts by their names; of one question never more than a hundred. */
export type Counts = Record<string, number>;

/**
 * What one answer counts for: `a`, that the question was answered; `<place>`, an option; `<value>`, a rating;
 * `<place>.<rank>`, a rank (0 is the best); `<bin>`, a bar; `<place><vote>`, a statement.
 */
const countsOfAnswer = (answer: Answer): readonly string[] => {
  if ("one" in answer) return [String(answer.one)];
  if ("some" in answer) return answer.some.map(String);
  if ("stars" in answer) return [String(answer.stars)];
  if ("order" in answer) return answer.order.map((option, rank) => `${option}.${rank}`);
  if ("number" in answer) return [String(answer.bin)];
  if ("votes" in answer) return [...answer.votes].flatMap((vote, i) => (vote === "-" ? [] : [`${i}${vote}`]));
  return [];
};

/**
 * What one response counts for, by question. The first question's counts also have `n`, that there is a response. Before
 * 0.2.0 a response was the id of one option, and is counted by it.
 */
export const countsOfResponse = (row: { optionId?: unknown; answers?: unknown }): Counts[] => {
  if (row.answers === undefined) return [{ [String(row.optionId)]: 1 }];
  return Answers.parse(row.answers).map((answer, i) => ({
    ...(i === 0 ? { n: 1 } : {}),
    ...(answer ? Object.fromEntries(["a", ...countsOfAnswer(answer)].map((name) => [name, 1])) : {}),
  }));
};

/**
 * What a poll's counts are kept under. All its questions are counted in one item, where they fit one update; else in several,
 * and each response of such a poll says which part counts each question.
 */
export const subjectOf = (pollId: string, part: number): string => (part === 0 ? pollId : `${pollId}/${part + 1}`);

/** A count by its name in the item, which is to stay small: "B0" is the second question's first option. */
export const nameOf = (question: number, count: string): string =>
  question === 0 ? count : `${String.fromCharCode(65 + question)}${count}`;
/** Which count of which question a name is of. No count's own name begins with a capital. */
export const countOfName = (name: string): { question: number; count: string } =>
  /^[B-Z]/.test(name) ? { question: name.charCodeAt(0) - 65, count: name.slice(1) } : { question: 0, count: name };

const partOf = ({ parts }: { parts?: unknown }, question: number): number =>
  Array.isArray(parts) ? Number(parts[question] ?? 0) : 0;

/** A changed response is taken off as it was and added as it is: what stays the same moves nothing. */
const responseCounts: Fold["counts"] = (before, after) => {
  const bySubject = new Map<string, Counts>();
  for (const [row, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    if (!row) continue;
    for (const [question, all] of countsOfResponse(row).entries()) {
      const part = partOf(row, question);
      // Of a question that is counted later, only that there is a response.
      const counts: Counts = part < 0 ? (question === 0 ? { n: 1 } : {}) : all;
      const subject = subjectOf(String(row.pollId), Math.max(0, part));
      const add = bySubject.get(subject) ?? {};
      bySubject.set(subject, add);
      for (const [count, n] of Object.entries(counts)) {
        const name = nameOf(question, count);
        add[name] = (add[name] ?? 0) + sign * n;
      }
    }
  }
  return [...bySubject].flatMap(([subject, add]) => {
    const moved = Object.entries(add).filter(([, n]) => n !== 0);
    return moved.length === 0 ? [] : [{ subject, add: Object.fromEntries(moved) }];
  });
};

export const folds: readonly Fold[] = [{ kind: "response", counts: responseCounts }];

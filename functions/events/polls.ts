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
    data: z.object({ pollId, slug: z.string(), closesAt: z.iso.datetime().optional() }),
    example: { pollId: "poll_01jd0000000000000000000000", slug: "new-label", closesAt: "2026-06-01T18:00:00.000Z" },
  },
  "poll.closed": {
    data: z.object({
      pollId,
      closedAt: z.iso.datetime().describe("Responses count that arrived before it."),
      total: z.number().int(),
      options: z.array(OptionCount).describe("Exact: counted from the responses, not from the running tally."),
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
  "response.given": {
    data: z.object({
      pollId,
      items: z.array(
        z.object({
          id: z.string().describe("Of this item, the same however often it is delivered: act on it once."),
          responseId: z.string(),
          optionId: z.string(),
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
      item: ({ id, optionId, at }) => ({ responseId: id, optionId, at }),
    },
  },
});

/** A poll's subject is its id; each option is counted by its own. */
export const folds: readonly Fold[] = [
  {
    kind: "response",
    counts: (before, after) => [
      ...(before ? [{ subject: String(before.pollId), add: { [String(before.optionId)]: -1 } }] : []),
      ...(after ? [{ subject: String(after.pollId), add: { [String(after.optionId)]: 1 } }] : []),
    ],
  },
];

import * as z from "zod";
import { announces } from "./event.ts";

// Addresses and secrets are in no event: an address may hold a token.

const webhookId = z.string();
const webhook = "wh_01jd0000000000000000000000";

export const { catalogue, event } = announces({
  "webhook.created": {
    data: z.object({ webhookId, events: z.array(z.string()) }),
    example: { webhookId: webhook, events: ["contest.drawn", "entry.*"] },
  },
  "webhook.changed": {
    data: z.object({ webhookId, fields: z.array(z.string()).describe("The names of the fields that changed.") }),
    example: { webhookId: webhook, fields: ["events"] },
  },
  "webhook.rotated": {
    data: z.object({ webhookId, overlapUntil: z.iso.datetime().describe("Until then the old secret signs too.") }),
    example: { webhookId: webhook, overlapUntil: "2026-11-28T16:00:00.000Z" },
  },
  "webhook.failing": {
    data: z
      .object({ webhookId, since: z.iso.datetime(), disablesAt: z.iso.datetime() })
      .describe("Nothing has been delivered since, and about then it is disabled. Said once, well before."),
    example: { webhookId: webhook, since: "2026-11-27T16:00:00.000Z", disablesAt: "2026-11-30T20:00:00.000Z" },
  },
  "webhook.recovered": {
    data: z.object({ webhookId }).describe("Something was delivered again, after webhook.failing."),
    example: { webhookId: webhook },
  },
  "webhook.disabled": {
    data: z.object({
      webhookId,
      reason: z
        .enum(["asked", "failures", "gone"])
        .describe("Someone asked; all attempts of a delivery failed; or the receiver answered 410."),
    }),
    example: { webhookId: webhook, reason: "failures" },
  },
  "webhook.enabled": {
    data: z.object({ webhookId }),
    example: { webhookId: webhook },
  },
  "webhook.redriven": {
    data: z.object({ webhookId, deliveries: z.number().int() }).describe("Failed deliveries are sent once more."),
    example: { webhookId: webhook, deliveries: 3 },
  },
  "webhook.replay_requested": {
    data: z
      .object({ webhookId, replayId: z.string(), from: z.iso.datetime(), to: z.iso.datetime() })
      .describe("Archived events are sent to this webhook alone."),
    example: {
      webhookId: webhook,
      replayId: "rpl_01jd0000000000000000000000",
      from: "2026-11-26T00:00:00.000Z",
      to: "2026-11-27T00:00:00.000Z",
    },
  },
  "webhook.deleted": {
    data: z.object({ webhookId }),
    example: { webhookId: webhook },
  },
});

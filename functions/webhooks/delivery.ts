import * as z from "zod";
import type { Detail } from "../events/event.ts";
import { days, later } from "../platform/clock.ts";
import { newId } from "../platform/ids.ts";
import { sha256 } from "../platform/secrets.ts";
import { pauseAfter } from "./schedule.ts";
import type { News } from "./webhook.ts";

// One event on its way to one webhook, with the log of its attempts. It is sent at least once: whoever receives it twice
// knows it by its webhook-id, which is the event's own id.
//
//   pending ──► delivered            failed ──redrive──► pending
//      └──────► failed (all attempts; 410; the webhook was disabled or deleted)

export const Attempt = z.object({
  at: z.iso.datetime(),
  status: z.number().int().optional().describe("The HTTP status; absent where no answer came."),
  milliseconds: z.number().int(),
  problem: z.string().optional().describe("Why it does not count as delivered."),
  excerpt: z.string().optional().describe("How the answer began, where it was none of success."),
});
export type Attempt = z.infer<typeof Attempt>;

/** So many attempts are remembered, and so long. */
const mostAttempts = 12;
const keptMs = days(30);

const common = {
  workspaceId: z.string(),
  webhookId: z.string(),
  id: z.string(),
  eventId: z.string(),
  type: z.string(),
  /** The replay that it is part of. */
  replayId: z.string().optional(),
  attempts: z.array(Attempt),
  expires: z.string(),
};
/** `body` is what is sent, byte for byte. `tries`: attempts since `since`, the first of this round. */
const Pending = z.object({
  state: z.literal("pending"),
  ...common,
  body: z.string(),
  tries: z.number().int(),
  since: z.string(),
  sendAt: z.string(),
});
const Delivered = z.object({ state: z.literal("delivered"), ...common });
const Failed = z.object({ state: z.literal("failed"), ...common, body: z.string() });

export const Delivery = z.discriminatedUnion("state", [Pending, Delivered, Failed]);
export type Delivery = z.infer<typeof Delivery>;
export type Pending = z.infer<typeof Pending>;
export type Failed = z.infer<typeof Failed>;

/** What is sent: the payload as Standard Webhooks has it, with the event's detail as it is on the bus. */
export const bodyOf = (type: string, detail: Detail): string =>
  JSON.stringify({ type, timestamp: detail.at, data: detail });

/** A delivery that is due now. Its id comes from the event, the webhook and the replay: the same event twice is one delivery. */
export const begin = (
  { workspaceId, webhookId, replayId }: { workspaceId: string; webhookId: string; replayId?: string },
  { type, detail }: { type: string; detail: Detail },
  now: string,
): Pending => ({
  state: "pending",
  workspaceId,
  webhookId,
  id: newId("delivery", detail.at, sha256(`${detail.id} ${webhookId} ${replayId ?? ""}`).subarray(0, 16)),
  eventId: detail.id,
  type,
  ...(replayId === undefined ? {} : { replayId }),
  attempts: [],
  expires: later(now, keptMs),
  body: bodyOf(type, detail),
  tries: 0,
  since: now,
  sendAt: now,
});

/** An attempt as it went, and what the receiver asked for. */
export type Tried = Attempt & { outcome: News["outcome"]; retryAfterSeconds?: number | undefined };

/** The delivery after an attempt, and what that says of the webhook. `now`: the time after it. */
export const conclude = (
  delivery: Pending,
  { outcome, retryAfterSeconds, ...attempt }: Tried,
  now: string,
): [Delivery, News] => {
  const tries = delivery.tries + 1;
  const since = delivery.tries === 0 ? attempt.at : delivery.since;
  const news = { outcome, at: attempt.at, tries, since };
  const tried = { ...delivery, attempts: [...delivery.attempts, attempt].slice(-mostAttempts) };
  if (outcome === "delivered") return [delivered(tried), news];
  const pause = outcome === "gone" ? undefined : pauseAfter(delivery.id, tries, retryAfterSeconds);
  return pause === undefined ? [giveUp(tried), news] : [{ ...tried, tries, since, sendAt: later(now, pause) }, news];
};

/** What was received need not be kept, only that it was. */
const delivered = ({ body: _, tries: _tries, since: _since, sendAt: _sendAt, ...delivery }: Pending): Delivery => ({
  ...delivery,
  state: "delivered",
});

export const giveUp = ({ tries: _tries, since: _since, sendAt: _sendAt, ...delivery }: Pending): Failed => ({
  ...delivery,
  state: "failed",
});

/** Once more from the start, now. */
export const redrive = (delivery: Failed, now: string): Pending => ({
  ...delivery,
  state: "pending",
  tries: 0,
  since: now,
  sendAt: now,
  expires: later(now, keptMs),
});

/** A delivery as the API shows it. */
export const DeliveryView = z
  .object({
    id: z.string(),
    eventId: z.string().describe("It is the header webhook-id as well."),
    type: z.string(),
    state: z.enum(["pending", "delivered", "failed"]),
    replayId: z.string().optional().describe("The replay that it is part of."),
    nextAttemptAt: z.iso.datetime().optional(),
    attempts: z.array(Attempt).describe("Oldest first."),
  })
  .meta({ id: "WebhookDelivery" });

export const view = (delivery: Delivery): z.infer<typeof DeliveryView> => ({
  ...delivery,
  nextAttemptAt: delivery.state === "pending" ? delivery.sendAt : undefined,
});

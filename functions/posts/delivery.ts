import * as z from "zod";
import type { Finding, Outcome } from "../channels/network.ts";
import { instant, later, milliseconds, minutes, seconds } from "../platform/clock.ts";
import { newId, prefixes } from "../platform/ids.ts";
import { sha256 } from "../platform/secrets.ts";

// One post on its way to one channel. Networks have no exactly-once: a request can be applied after it timed out here, so
// a send has three outcomes: sent, refused, unknown. Nothing is sent again that is not known to be unsent.
//
//   scheduled ──► sending ──► published, rejected
//                  ▲  │ └───► unknown ──► published         (found there)
//          ready ──┘◄─┘          │ └────► ready             (absent, proven)
//    (certainly unsent)          └──────► needs_human       (cannot be told)
//   scheduled, ready ──► expired (too late), cancelled

const common = {
  channelId: z.string(),
  /** When it should leave. */
  at: z.string(),
  /** Our own name of it at the network: the same however often it is sent. */
  key: z.string(),
  /** How often it was claimed. What an owner learns counts for its own epoch only. */
  epoch: z.number(),
  /** A hash of what is sent, frozen when it is first sent. */
  payloadHash: z.string().optional(),
};
/** `wakeAt`: when time looks at it again (of a scheduled one: when it should leave). A claim leaves it alone: a dead owner is followed by what is overdue. */
const waiting = { ...common, wakeAt: z.string() };
const there = { externalId: z.string().optional(), url: z.string().optional() };

const Scheduled = z.object({ state: z.literal("scheduled"), ...common });
const Ready = z.object({ state: z.literal("ready"), ...waiting, reason: z.string() });
const Sending = z.object({
  state: z.literal("sending"),
  ...waiting,
  /** One attempt, which no other is: two claims are never the same write. */
  claimedBy: z.string(),
  /** Nothing is written to a socket after this; the lease ends a fixed time later. */
  sendBy: z.string(),
});
const Unknown = z.object({
  state: z.literal("unknown"),
  ...waiting,
  sendBy: z.string(),
  /** When it was first seen absent, with no request of ours under way any more. */
  absentAt: z.string().optional(),
});
const NeedsHuman = z.object({ state: z.literal("needs_human"), ...common, sendBy: z.string() });
const Published = z.object({ state: z.literal("published"), ...common, publishedAt: z.string(), ...there });
const Rejected = z.object({ state: z.literal("rejected"), ...common, code: z.string(), detail: z.string() });
const Expired = z.object({ state: z.literal("expired"), ...common });
const Cancelled = z.object({ state: z.literal("cancelled"), ...common });

export const Delivery = z.discriminatedUnion("state", [
  Scheduled,
  Ready,
  Sending,
  Unknown,
  NeedsHuman,
  Published,
  Rejected,
  Expired,
  Cancelled,
]);
export type Delivery = z.infer<typeof Delivery>;
export type Sending = z.infer<typeof Sending>;
export type Unknown = z.infer<typeof Unknown>;
export type Unsent = z.infer<typeof Scheduled> | z.infer<typeof Ready>;

const commonOf = ({ channelId, at, key, epoch, payloadHash }: Delivery) => ({
  channelId,
  at,
  key,
  epoch,
  ...(payloadHash ? { payloadHash } : {}),
});

/** A lease outlives its owner's hard kill by this, so that a successor can only follow a dead owner. */
const leaseBeyondKillMs = seconds(5);
/** What is left of an invocation to save what became of a send. */
const timeToSaveMs = seconds(3);
/** A network applies a request at most so long after its send deadline: that is the promise's one condition. */
const settleMs = seconds(120);
const firstLookMs = seconds(5);
const betweenLooksMs = seconds(30);
/** Only a due time that moves wakes someone, so what is due at once is due a moment later. */
const soonMs = seconds(1);
/** So long after the send deadline we still ask a network that cannot tell; then a person must look. */
const askForMs = minutes(15);
const mostPauseSeconds = 600;

const earlier = (a: string, b: string): string => (a < b ? a : b);

/** A new delivery. The key begins with its time; a change of what is sent (`revision`) is another key. */
export const schedule = (postId: string, revision: number, channelId: string, at: string): Delivery => ({
  state: "scheduled",
  channelId,
  at,
  epoch: 0,
  key: newId("post", at, sha256(`${postId} ${channelId} ${revision}`).subarray(0, 16)).slice(prefixes.post.length + 1),
});

/** When time looks at it (again); undefined where nothing is left to do. */
export const wakeAtOf = (delivery: Delivery): string | undefined => {
  if (delivery.state === "scheduled") return delivery.at;
  return "wakeAt" in delivery ? delivery.wakeAt : undefined;
};
export const isUnsent = (delivery: Delivery): delivery is Unsent =>
  delivery.state === "scheduled" || delivery.state === "ready";

/** Too late from here on: it is never sent silently late. */
export const deadlineOf = ({ at }: Delivery, maxLatenessMinutes: number): string =>
  later(at, minutes(maxLatenessMinutes));

export const expire = (delivery: Unsent): Delivery => ({ state: "expired", ...commonOf(delivery) });
export const cancel = (delivery: Unsent): Delivery => ({ state: "cancelled", ...commonOf(delivery) });
export const reject = (delivery: Unsent | Sending, code: string, detail: string): Delivery => ({
  state: "rejected",
  ...commonOf(delivery),
  code,
  detail,
});

/** What an owner brings: a name of this attempt, when it is killed, and the hash of what it would send. */
export type Owner = { attempt: string; endsMs: number; payloadHash: string };

/** Claims a delivery and says, before anything is written to a socket, that it is being sent. */
export const claim = (delivery: Unsent, { attempt, endsMs, payloadHash }: Owner): Sending => {
  if (delivery.payloadHash && delivery.payloadHash !== payloadHash)
    throw new Error(`What is sent to ${delivery.channelId} changed after it was first sent.`);
  return {
    state: "sending",
    ...commonOf(delivery),
    wakeAt: delivery.state === "scheduled" ? delivery.at : delivery.wakeAt,
    epoch: delivery.epoch + 1,
    payloadHash,
    claimedBy: attempt,
    sendBy: instant(endsMs - timeToSaveMs),
  };
};

/** Nobody knows what became of it. The network is asked soon, since it may well stand there. */
const lose = (delivery: Sending, now: string): Delivery => ({
  state: "unknown",
  ...commonOf(delivery),
  sendBy: delivery.sendBy,
  wakeAt: later(now, firstLookMs),
});

/** Once the lease is over its owner is dead, and what it sent is unknown. */
export const follow = (delivery: Sending, now: string): Delivery =>
  leaseUntil(delivery) <= now ? lose(delivery, now) : delivery;

/** Nobody follows an owner before this. */
export const leaseUntil = ({ sendBy }: { sendBy: string }): string => later(sendBy, timeToSaveMs + leaseBeyondKillMs);

const publish = (delivery: Delivery, at: { externalId?: string; url?: string }, now: string): Delivery => ({
  state: "published",
  ...commonOf({ ...delivery, payloadHash: undefined }),
  publishedAt: now,
  ...(at.externalId === undefined ? {} : { externalId: at.externalId }),
  ...(at.url === undefined ? {} : { url: at.url }),
});

/** What the owner of an epoch learned. That it was sent is the truth even where others gave it up meanwhile. */
export const conclude = (
  delivery: Delivery,
  epoch: number,
  outcome: Outcome | { outcome: "unknown" },
  { now, maxLatenessMinutes }: { now: string; maxLatenessMinutes: number },
): Delivery => {
  if (delivery.epoch !== epoch || delivery.state === "published") return delivery;
  if (outcome.outcome === "sent") return publish(delivery, outcome, now);
  if (delivery.state !== "sending") return delivery;
  if (outcome.outcome === "refused") return reject(delivery, outcome.code, outcome.detail);
  if (outcome.outcome === "unknown") return lose(delivery, now);
  const pauseSeconds = outcome.retryAfterSeconds ?? Math.min(15 * 2 ** (epoch - 1), mostPauseSeconds);
  return {
    state: "ready",
    ...commonOf(delivery),
    reason: outcome.detail,
    wakeAt: earlier(later(now, seconds(pauseSeconds)), deadlineOf(delivery, maxLatenessMinutes)),
  };
};

/**
 * What a look at the network showed. `looked` is the delivery as it was then, `lookedAt` a time before the look. Absence is
 * proven by two looks apart, both after every request of ours must have been applied.
 */
export const reconcile = (delivery: Delivery, looked: Unknown, finding: Finding, lookedAt: string): Delivery => {
  if (delivery.state !== "unknown" || delivery.epoch !== looked.epoch || delivery.wakeAt !== looked.wakeAt)
    return delivery;
  if (finding.finding === "found") return publish(delivery, finding, lookedAt);
  if (finding.finding === "cannot-tell") {
    return lookedAt >= later(delivery.sendBy, askForMs)
      ? { state: "needs_human", ...commonOf(delivery), sendBy: delivery.sendBy }
      : { ...delivery, wakeAt: later(lookedAt, betweenLooksMs) };
  }
  if (lookedAt < settledAt(delivery)) return { ...delivery, wakeAt: settledAt(delivery) };
  const { absentAt } = delivery;
  if (absentAt === undefined) return { ...delivery, absentAt: lookedAt, wakeAt: later(lookedAt, betweenLooksMs) };
  if (lookedAt < later(absentAt, betweenLooksMs)) return { ...delivery, wakeAt: later(absentAt, betweenLooksMs) };
  return ready(delivery, lookedAt, "It does not stand there.");
};

/** From here on no request of ours is under way any more. */
export const settledAt = ({ sendBy }: { sendBy: string }): string => later(sendBy, settleMs);

const ready = (delivery: Delivery, now: string, reason: string): Delivery => ({
  state: "ready",
  ...commonOf(delivery),
  wakeAt: later(now, soonMs),
  reason,
});

/** A person looked: it stands there, or it does not. Gives undefined where there is nothing to settle (yet). */
export const settle = (delivery: Delivery, outcome: "sent" | "not-sent", now: string): Delivery | undefined => {
  if (delivery.state !== "unknown" && delivery.state !== "needs_human") return undefined;
  if (outcome === "sent") return publish(delivery, {}, now);
  return now < settledAt(delivery) ? undefined : ready(delivery, now, "Someone looked: it does not stand there.");
};

/**
 * Someone asks to send it again, now. What is certainly unsent becomes a new sending; of what nobody could tell the key
 * stays, so that a network that keeps keys shows it once. Gives undefined where there is nothing to send again.
 */
export const retry = (delivery: Delivery, postId: string, revision: number, now: string): Delivery | undefined => {
  const { channelId, epoch } = delivery;
  if (delivery.state === "rejected" || delivery.state === "expired")
    return { ...schedule(postId, revision, channelId, now), epoch };
  if (delivery.state === "needs_human" && now >= settledAt(delivery))
    return { state: "scheduled", ...commonOf(delivery), at: now };
  return undefined;
};

/** Milliseconds that are left until the send deadline. */
export const timeLeft = ({ sendBy }: { sendBy: string }, nowMs: number): number => milliseconds(sendBy) - nowMs;

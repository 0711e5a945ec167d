import * as z from "zod";
import type { Finding, Kept, Outcome } from "../channels/connector.ts";
import type { Idempotency } from "../channels/network.ts";
import { instant, later, milliseconds, minutes, seconds } from "../platform/clock.ts";
import { newId, prefixes } from "../platform/ids.ts";
import { sha256 } from "../platform/secrets.ts";

// One post on its way to one channel. Networks have no exactly-once: a request can be applied after it timed out here, so
// a send has three outcomes: sent, refused, unknown. Nothing is sent again that is not known to be unsent, but under a key
// of ours that the network itself keeps to one post (class A).
//
//   scheduled ──► sending ──► published, handed (to a person), rejected
//                  ▲  │ └───► unknown ──► published         (found there)
//          ready ──┘◄─┘        │ │ └────► ready             (absent, proven)
//    (certainly unsent)        │ └──────► needs_human       (cannot be told)
//                  ▲           └ class A: sent again under the same key
//   scheduled, ready ──► expired (too late), cancelled      published ──► retracting ──► retracted

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
  /** When it was first sent under this key. */
  firstSentAt: z.string().optional(),
  /** The connector's notes between two steps. */
  kept: z.record(z.string(), z.string()).optional(),
};
/** `wakeAt`: when time looks at it again (of a scheduled one: when it should leave). A claim leaves it alone: a dead owner is followed by what is overdue. */
const waiting = { ...common, wakeAt: z.string() };
const there = { externalId: z.string().optional(), url: z.string().optional() };

const Scheduled = z.object({ state: z.literal("scheduled"), ...common });
const Ready = z.object({
  state: z.literal("ready"),
  ...waiting,
  reason: z.string(),
  /** Publishing is paused: it waits until somebody resumes it, or it is too late. */
  held: z.literal(true).optional(),
});
const Sending = z.object({
  state: z.literal("sending"),
  ...waiting,
  /** One attempt, which no other is: two claims are never the same write. */
  claimedBy: z.string(),
  /** Nothing is written to a socket after this; the lease ends a fixed time later. */
  sendBy: z.string(),
  /** It is sent again under its key, and may stand there already. */
  doubt: z.literal(true).optional(),
});
const Unknown = z.object({
  state: z.literal("unknown"),
  ...waiting,
  sendBy: z.string(),
  /** When it was first seen absent, with no request of ours under way any more. */
  absentAt: z.string().optional(),
  /** `send`: at `wakeAt` it is sent again under its key. `look`: it is not, whatever its key. */
  next: z.enum(["send", "look"]).optional(),
  /** What came back of the send, as a sentence for whoever must judge. */
  answer: z.string().optional(),
});
const NeedsHuman = z.object({
  state: z.literal("needs_human"),
  ...common,
  sendBy: z.string(),
  answer: z.string().optional(),
});
const Handed = z.object({ state: z.literal("handed"), ...common, handedAt: z.string() });
const standing = {
  ...common,
  publishedAt: z.string(),
  ...there,
  /** What is lacking of it there, or why it could not be taken back. */
  problem: z.string().optional(),
};
const Published = z.object({ state: z.literal("published"), ...standing });
const Retracting = z.object({ state: z.literal("retracting"), ...standing, wakeAt: z.string(), tries: z.number() });
const Retracted = z.object({ state: z.literal("retracted"), ...standing, retractedAt: z.string() });
const Rejected = z.object({ state: z.literal("rejected"), ...common, code: z.string(), detail: z.string() });
const Expired = z.object({ state: z.literal("expired"), ...common });
const Cancelled = z.object({ state: z.literal("cancelled"), ...common });

export const Delivery = z.discriminatedUnion("state", [
  Scheduled,
  Ready,
  Sending,
  Unknown,
  NeedsHuman,
  Handed,
  Published,
  Retracting,
  Retracted,
  Rejected,
  Expired,
  Cancelled,
]);
export type Delivery = z.infer<typeof Delivery>;
export type Sending = z.infer<typeof Sending>;
export type Unknown = z.infer<typeof Unknown>;
export type Published = z.infer<typeof Published>;
export type Retracting = z.infer<typeof Retracting>;
export type Unsent = z.infer<typeof Scheduled> | z.infer<typeof Ready>;

const commonOf = ({ channelId, at, key, epoch, payloadHash, firstSentAt, kept }: Delivery) => ({
  channelId,
  at,
  key,
  epoch,
  ...(payloadHash ? { payloadHash } : {}),
  ...(firstSentAt ? { firstSentAt } : {}),
  ...(kept ? { kept } : {}),
});
/** The same of what is done: how it came about is of no use any more. */
const doneOf = ({ channelId, at, key, epoch }: Delivery) => ({ channelId, at, key, epoch });

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
/** Taking back is tried so often, over some six hours. */
const mostRetractions = 12;

const earlier = (a: string, b: string): string => (a < b ? a : b);
const laterOf = (a: string, b: string): string => (a > b ? a : b);

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
export const deadlineOf = ({ at }: Pick<Delivery, "at">, maxLatenessMinutes: number): string =>
  later(at, minutes(maxLatenessMinutes));

export const expire = (delivery: Unsent): Delivery => ({ state: "expired", ...commonOf(delivery) });
export const cancel = (delivery: Delivery): Delivery => ({ state: "cancelled", ...commonOf(delivery) });
export const reject = (delivery: Unsent | Sending, code: string, detail: string): Delivery => ({
  state: "rejected",
  ...commonOf(delivery),
  code,
  detail,
});

/** What an owner brings: a name of this attempt, when it is killed, and the hash of what it would send. */
export type Owner = { attempt: string; endsMs: number; payloadHash: string };

/** What may be claimed: what is certainly unsent, and what is sent again under its key. */
export type Claimable = Unsent | (Unknown & { next: "send" });
export const isClaimable = (delivery: Delivery): delivery is Claimable =>
  isUnsent(delivery) || (delivery.state === "unknown" && delivery.next === "send");

/** Claims a delivery and says, before anything is written to a socket, that it is being sent. */
export const claim = (delivery: Claimable, { attempt, endsMs, payloadHash }: Owner): Sending => {
  if (delivery.payloadHash && delivery.payloadHash !== payloadHash)
    throw new Error(`What is sent to ${delivery.channelId} changed after it was first sent.`);
  const sendBy = instant(endsMs - timeToSaveMs);
  return {
    state: "sending",
    ...commonOf(delivery),
    wakeAt: delivery.state === "scheduled" ? delivery.at : delivery.wakeAt,
    epoch: delivery.epoch + 1,
    payloadHash,
    claimedBy: attempt,
    sendBy,
    ...(delivery.state === "unknown" ? { doubt: true } : {}),
  };
};

/** What may not leave yet waits, at most until it is too late. Of what may stand there nothing is proven by that. */
export const postpone = (delivery: Claimable, until: string, reason: string, deadline: string): Delivery => {
  const wakeAt = earlier(until, deadline);
  return delivery.state === "unknown"
    ? { ...delivery, wakeAt }
    : { state: "ready", ...commonOf(delivery), wakeAt, reason };
};

/** Publishing is paused: it waits for somebody to resume it. What may stand there is looked up meanwhile. */
export const hold = (delivery: Claimable, deadline: string): Delivery =>
  delivery.state === "unknown"
    ? lookOnly(delivery)
    : { state: "ready", ...commonOf(delivery), wakeAt: deadline, reason: "Publishing is paused.", held: true };

/** Publishing goes on: what was held is due, where it is not too late by now. */
export const release = (delivery: Delivery, now: string): Delivery =>
  delivery.state === "ready" && delivery.held && delivery.wakeAt > now
    ? ready(delivery, now, "Publishing goes on.")
    : delivery;

/** The connector's notes, as long as its owner sends it. */
export const note = (delivery: Delivery, epoch: number, kept: Kept): Delivery =>
  delivery.state === "sending" && delivery.epoch === epoch
    ? { ...delivery, kept: { ...delivery.kept, ...kept } }
    : delivery;

/** Nobody knows what became of it. The network is asked soon, since it may well stand there. */
const lose = (delivery: Sending, now: string, answer?: string): Unknown => ({
  state: "unknown",
  ...commonOf(delivery),
  // It was not claimed before that.
  firstSentAt: delivery.firstSentAt ?? delivery.wakeAt,
  sendBy: delivery.sendBy,
  wakeAt: later(now, firstLookMs),
  ...(answer === undefined ? {} : { answer }),
});
const lookOnly = (delivery: Unknown): Unknown => ({ ...delivery, next: "look" });

/** It is too late to send it again: whether it stands there is looked up. */
export const giveUp = (delivery: Unknown): Unknown => lookOnly(delivery);

/** Once the lease is over its owner is dead, and what it sent is unknown. */
export const follow = (delivery: Sending, now: string): Delivery =>
  leaseUntil(delivery) <= now ? lose(delivery, now) : delivery;

/** Nobody follows an owner before this. */
export const leaseUntil = ({ sendBy }: { sendBy: string }): string => later(sendBy, timeToSaveMs + leaseBeyondKillMs);

const publish = (
  delivery: Delivery,
  at: { externalId?: string; url?: string | undefined; problem?: string },
  now: string,
): Published => ({
  state: "published",
  ...doneOf(delivery),
  publishedAt: now,
  ...(at.externalId === undefined ? {} : { externalId: at.externalId }),
  ...(at.url === undefined ? {} : { url: at.url }),
  ...(at.problem === undefined ? {} : { problem: at.problem }),
});

/** No definite outcome; `answer`: what came back, in a sentence. */
export type Unclear = { outcome: "unknown"; answer?: string | undefined };

/** What the owner of an epoch learned. That it was sent is the truth even where others gave it up meanwhile. */
export const conclude = (
  delivery: Delivery,
  epoch: number,
  outcome: Outcome | Unclear,
  { now, maxLatenessMinutes }: { now: string; maxLatenessMinutes: number },
): Delivery => {
  if (delivery.epoch !== epoch || "publishedAt" in delivery) return delivery;
  if (outcome.outcome === "sent") return publish(delivery, outcome, now);
  if (delivery.state !== "sending") return delivery;
  if (outcome.outcome === "handed") return { state: "handed", ...doneOf(delivery), handedAt: now };
  if (outcome.outcome === "unknown") return lose(delivery, now, outcome.answer);
  // This time it was not taken, but perhaps it was before.
  if (outcome.outcome === "refused")
    return delivery.doubt ? lookOnly(lose(delivery, now)) : reject(delivery, outcome.code, outcome.detail);
  const pauseSeconds = outcome.retryAfterSeconds ?? Math.min(15 * 2 ** (epoch - 1), mostPauseSeconds);
  const wakeAt = earlier(later(now, seconds(pauseSeconds)), deadlineOf(delivery, maxLatenessMinutes));
  return delivery.doubt
    ? { ...lose(delivery, now), next: "send", wakeAt }
    : { state: "ready", ...commonOf(delivery), reason: outcome.detail, wakeAt };
};

/** How an unknown outcome is settled on a channel. `deadline`: from when on it is too late to send. */
export type Settling = {
  idempotency: Idempotency;
  /** Of class A; see `Profile`. */
  keyHeldMs?: number | undefined;
  /** What a channel's owner prefers where nobody can tell. */
  whenUnknown: "never-duplicate" | "never-miss";
  deadline: string;
};

/** Whether the network still keeps it to one post, however often it is sent. */
export const isKeyHeld = (
  { firstSentAt, next }: Unknown,
  { idempotency, keyHeldMs, deadline }: Settling,
  now: string,
) =>
  idempotency === "A" &&
  next !== "look" &&
  now < deadline &&
  (keyHeldMs === undefined || (firstSentAt !== undefined && now < later(firstSentAt, keyHeldMs)));

/**
 * What a look at the network showed. `looked` is the delivery as it was then, `lookedAt` a time before the look. Under a key
 * that the network keeps it is sent again. Else absence is proven by two looks apart, both after every request of ours must
 * have been applied.
 */
export const reconcile = (
  delivery: Delivery,
  looked: Unknown,
  finding: Finding,
  lookedAt: string,
  settling: Settling,
): Delivery => {
  if (delivery.state !== "unknown" || delivery.epoch !== looked.epoch || delivery.wakeAt !== looked.wakeAt)
    return delivery;
  if (finding.finding === "found") return publish(delivery, finding, lookedAt);
  if (isKeyHeld(delivery, settling, lookedAt)) {
    const pauseSeconds = Math.min(2 ** (delivery.epoch - 1), mostPauseSeconds);
    return { ...delivery, next: "send", wakeAt: earlier(later(lookedAt, seconds(pauseSeconds)), settling.deadline) };
  }
  if (settling.idempotency === "C") return toHuman(delivery, lookedAt, settling);
  if (finding.finding === "cannot-tell") {
    return lookedAt >= later(delivery.sendBy, askForMs)
      ? toHuman(delivery, lookedAt, settling)
      : { ...delivery, wakeAt: later(lookedAt, betweenLooksMs) };
  }
  if (lookedAt < settledAt(delivery)) return { ...delivery, wakeAt: settledAt(delivery) };
  const { absentAt } = delivery;
  if (absentAt === undefined) return { ...delivery, absentAt: lookedAt, wakeAt: later(lookedAt, betweenLooksMs) };
  if (lookedAt < later(absentAt, betweenLooksMs)) return { ...delivery, wakeAt: later(absentAt, betweenLooksMs) };
  return ready(delivery, lookedAt, "It does not stand there.");
};

/** Nobody can tell. Whoever would rather say it twice than not at all has it sent again, as long as it is in time. */
const toHuman = (delivery: Unknown, now: string, { whenUnknown, deadline }: Settling): Delivery => {
  if (whenUnknown === "never-miss" && laterOf(now, settledAt(delivery)) < deadline)
    return now < settledAt(delivery)
      ? { ...delivery, wakeAt: settledAt(delivery) }
      : ready(delivery, now, "Nobody can tell whether it stands there; this channel would rather say it twice.");
  const { sendBy, answer } = delivery;
  return { state: "needs_human", ...commonOf(delivery), sendBy, ...(answer === undefined ? {} : { answer }) };
};

/** From here on no request of ours is under way any more. */
export const settledAt = ({ sendBy }: { sendBy: string }): string => later(sendBy, settleMs);

const ready = (delivery: Delivery, now: string, reason: string): Delivery => ({
  state: "ready",
  ...commonOf(delivery),
  wakeAt: later(now, soonMs),
  reason,
});

/** A person looked, or did it: it stands there, or it does not. Gives undefined where there is nothing to settle (yet). */
export const settle = (delivery: Delivery, outcome: "sent" | "not-sent", now: string): Delivery | undefined => {
  if (delivery.state === "handed") return outcome === "sent" ? publish(delivery, {}, now) : cancel(delivery);
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
  if (delivery.state === "rejected" || delivery.state === "expired" || delivery.state === "handed")
    return { ...schedule(postId, revision, channelId, now), epoch };
  if (delivery.state === "needs_human" && now >= settledAt(delivery))
    return { state: "scheduled", ...commonOf(delivery), at: now };
  return undefined;
};

/** Someone takes it back. Gives undefined where there is nothing that we could take back. */
export const retract = (delivery: Delivery, now: string): Retracting | undefined => {
  if (delivery.state !== "published" || delivery.externalId === undefined) return undefined;
  const { problem: _, ...stands } = delivery;
  return { ...stands, state: "retracting", wakeAt: later(now, soonMs), tries: 0 };
};

/** What became of taking it back. Doing it twice is doing it once, so it is tried until somebody says yes or no. */
export type Retraction = { retraction: "done" } | { retraction: "refused" | "failed"; detail: string };
export const concludeRetraction = (delivery: Delivery, tried: Retracting, went: Retraction, now: string): Delivery => {
  if (delivery.state !== "retracting" || delivery.wakeAt !== tried.wakeAt) return delivery;
  const { wakeAt: _, tries, ...stands } = delivery;
  if (went.retraction === "done") return { ...stands, state: "retracted", retractedAt: now };
  if (went.retraction === "refused" || tries + 1 >= mostRetractions)
    return { ...stands, state: "published", problem: `It could not be taken back. ${went.detail}` };
  return { ...delivery, tries: tries + 1, wakeAt: later(now, seconds(Math.min(10 * 2 ** tries, 3600))) };
};

/** Milliseconds that are left until the send deadline. */
export const timeLeft = ({ sendBy }: { sendBy: string }, nowMs: number): number => milliseconds(sendBy) - nowMs;

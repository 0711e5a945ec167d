import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/mail.ts";
import { later, milliseconds, minutes } from "../platform/clock.ts";
import type { Posted } from "../platform/letter.ts";

// What becomes of a letter. The queue delivers at least once and a mail cannot be taken back, so who begins to send writes
// so before, and what came of it after. A mail of which only the first is known may have left: it is not sent again, and said.

const Failure = z.enum(["refused", "suppressed", "late", "unknown"]);
export type FailedBy = z.infer<typeof Failure>;

const of = { workspaceId: z.string(), id: z.string() };
const claim = { ...of, posting: z.string(), since: z.iso.datetime() };

/** A letter that is mailed once. */
export const Mailing = z.discriminatedUnion("status", [
  z.object({ status: z.literal("sending"), ...claim }),
  z.object({ status: z.literal("sent"), ...of, sentAt: z.iso.datetime() }),
  z.object({
    status: z.literal("failed"),
    ...of,
    failedAt: z.iso.datetime(),
    reason: Failure,
    /** What the mail service calls it. */
    said: z.string().optional(),
  }),
]);
export type Mailing = z.infer<typeof Mailing>;

/**
 * That an address was mailed what it may be mailed again. It says who only by a keyed hash, is written once a mail, before
 * it, and is forgotten when no posting of that time can come any more.
 */
export const Throttle = z.object({
  workspaceId: z.string(),
  /** Of the letter's id and the address. */
  hash: z.string(),
  posting: z.string(),
  since: z.iso.datetime(),
  forgottenAt: z.iso.datetime(),
  /** The id of the letter. What was mailed before it was kept has none. */
  letter: z.string().optional(),
});
export type Throttle = z.infer<typeof Throttle>;

/** Who began to send longer ago than this has ended by now (the sender's limit, and half a minute). */
const mostSendingMs = minutes(3.5);

/** `go`: send it. `done`: there is nothing to do. `wait`: another may be at it. `unknown`: another began, and ended without a word. */
export type Verdict = "go" | "done" | "wait" | "unknown";

const begun = (since: string, now: string): Verdict => (later(since, mostSendingMs) > now ? "wait" : "unknown");

export const judgeOnce = (known: Mailing | undefined, now: string): Verdict => {
  if (!known) return "go";
  return known.status === "sending" ? begun(known.since, now) : "done";
};

/** What counts is when it was asked for: what waited in the queue while the address was mailed is not mailed after it. */
export const judgeAgain = (
  known: Throttle | undefined,
  { posting, postedAt, againAfterMs }: Posted & { againAfterMs: number },
  now: string,
): Verdict => {
  if (known?.posting === posting) return begun(known.since, now);
  return !known || later(known.since, againAfterMs) <= postedAt ? "go" : "done";
};

export const sending = (
  { workspaceId, id, posting }: Posted,
  now: string,
): Extract<Mailing, { status: "sending" }> => ({
  status: "sending",
  workspaceId,
  id,
  posting,
  since: now,
});

export const sent = ({ workspaceId, id }: Posted, now: string): Mailing => ({
  status: "sent",
  workspaceId,
  id,
  sentAt: now,
});

export const failed = (
  { workspaceId, id }: Posted,
  { reason, said }: { reason: FailedBy; said?: string | undefined },
  now: string,
): [Mailing, DomainEvent[]] => [
  { status: "failed", workspaceId, id, failedAt: now, reason, ...(said === undefined ? {} : { said }) },
  [event("mail.failed", { letterId: id, reason })],
];

export const throttled = (
  { workspaceId, id, posting, until, againAfterMs }: Posted & { againAfterMs: number },
  hash: string,
  now: string,
): Throttle => {
  const again = later(now, againAfterMs);
  return { workspaceId, hash, letter: id, posting, since: now, forgottenAt: again > until ? again : until };
};

/** How long a letter that did not leave waits: 5 s, then twice as long each time, at most SQS's longest delay. */
export const waitSeconds = (putBack: number): number => Math.min(900, 5 * 2 ** Math.min(putBack, 10));

export const isLate = ({ until }: Posted, now: string): boolean => milliseconds(now) >= milliseconds(until);

import * as z from "zod";
import { clock, days, instant, later, milliseconds, seconds } from "./clock.ts";
import { refuse } from "./errors.ts";
import { open, seal, sha256 } from "./secrets.ts";
import { type By, Bytes, type Change, Conflict, drop, get, type Kind, put, save } from "./table.ts";

// Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header): a record with a lease, finished in the same transaction
// as the state. The same key and request get the same answer for 24 hours.

/** Longer than a request may run (30 s), so that a successor can only follow a dead owner. */
const leaseMs = seconds(35);

const Request = z.object({
  workspaceId: z.string(),
  keyHash: z.string(),
  requestHash: z.string(),
  attempt: z.string(),
  leaseUntil: z.string(),
  expires: z.string(),
  /** The sealed answer, once the request is done. */
  answer: Bytes.optional(),
});
type Request = z.infer<typeof Request>;

export const requests: Kind<Request> = {
  kind: "request",
  schema: Request,
  key: ({ workspaceId, keyHash }) => ({ pk: `WS#${workspaceId}#REQUEST#${keyHash}`, sk: "REQUEST" }),
  expires: ({ expires }) => expires,
};

export type Answer = { statusCode: number; headers: Record<string, string>; body: string };
const Answer = z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()), body: z.string() });

const bound = (request: Request): string => `request ${request.keyHash} answer`;

/**
 * Begins a request. Gives the first answer where it was done before; otherwise `finish` (a change for the transaction that
 * saves the state) and `release` (after a refusal: nothing happened, so the key is free again).
 * Refuses `idempotency_key_reused` for another request and `request_in_progress` while the first still runs.
 */
export const begin = async (
  workspaceId: string,
  idempotencyKey: string,
  request: string,
  by: By,
): Promise<{ answer: Answer } | { finish: (answer: Answer) => Promise<Change>; release: () => Promise<void> }> => {
  const fresh: Request = {
    workspaceId,
    // Each has their own: what one was answered (a new key, say) is not for another, who may do less.
    keyHash: sha256(`${by.actor}\n${idempotencyKey}`).toString("base64url"),
    requestHash: sha256(request).toString("base64url"),
    attempt: by.cause,
    leaseUntil: later(by.now, leaseMs),
    expires: later(by.now, days(1)),
  };
  const known = await get(requests, requests.key(fresh), milliseconds(by.now));
  if (known && known.requestHash !== fresh.requestHash) {
    return refuse(
      "idempotency_key_reused",
      "This Idempotency-Key was used for another request. Use a new one for a new request.",
    );
  }
  if (known?.answer)
    return { answer: Answer.parse(JSON.parse((await open(workspaceId, bound(known), known.answer)).toString())) };
  if (known && known.leaseUntil > by.now) return stillRunning();
  const mine = put(requests, known ? { ...known, ...fresh } : fresh);
  try {
    await save([mine], by);
  } catch (error) {
    if (error instanceof Conflict) return stillRunning();
    throw error;
  }
  return {
    finish: async (answer) =>
      put(requests, { ...mine.after, answer: await seal(workspaceId, bound(mine.after), JSON.stringify(answer)) }),
    release: () => save([drop(requests, mine.after)], { ...by, now: instant(clock.now()) }),
  };
};

const stillRunning = () =>
  refuse(
    "request_in_progress",
    "The first request with this Idempotency-Key is still running. Ask again in a few seconds.",
    [],
    5,
  );

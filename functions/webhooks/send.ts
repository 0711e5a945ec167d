import { clock, instant } from "../platform/clock.ts";
import { type Answered, OutgoingFailure, outgoing } from "../platform/outgoing.ts";
import { retryAfterOf } from "../platform/retry-after.ts";
import { signedHeaders } from "../platform/standard-webhooks.ts";
import { conclude, type Delivery, type Pending, type Tried } from "./delivery.ts";
import { openSecrets } from "./table.ts";
import type { News, Standing } from "./webhook.ts";

// One attempt. Who imports this dials out, so each such function has a role of its own: the table and the key that opens
// secrets, nothing else.

/** Standard Webhooks advises 15 to 30 seconds. */
const timeoutMs = 15_000;
const mostBytes = 4096;
const mostExcerpt = 200;

/** Signs what is to be sent with the time of this attempt, sends it, and says how it went. */
export const attempt = async (webhook: Standing, message: { eventId: string; body: string }): Promise<Tried> => {
  const atMs = clock.now();
  const at = instant(atMs);
  const { eventId: id, body } = message;
  const signed = signedHeaders({ id, timestampSeconds: Math.floor(atMs / 1000), body }, await openSecrets(webhook, at));
  const began = performance.now();
  const took = () => ({ at, milliseconds: Math.round(performance.now() - began) });
  try {
    const answered = await outgoing({
      method: "POST",
      url: webhook.url,
      headers: { "content-type": "application/json", ...signed },
      body,
      timeoutMs,
      mostBytes,
    });
    return { ...took(), ...judge(answered, at) };
  } catch (error) {
    if (!(error instanceof OutgoingFailure)) throw error;
    return { ...took(), outcome: "failed", problem: error.reason };
  }
};

const judge = ({ status, headers, body }: Answered, now: string) => {
  if (status >= 200 && status < 300) return { outcome: "delivered" as const, status };
  return {
    outcome: status === 410 ? ("gone" as const) : ("failed" as const),
    status,
    problem:
      status >= 300 && status < 400
        ? "Redirects are not followed. Change the webhook's address instead."
        : `The receiver answered ${status}.`,
    excerpt: excerptOf(body),
    retryAfterSeconds: retryAfterOf(headers["retry-after"], now),
  };
};

/** The beginning of an answer as one line, without what a receiver may have repeated of our request that proves who we are. */
const excerptOf = (body: Buffer): string | undefined => {
  const text = body
    .toString("utf8")
    .replaceAll(/whsec_[\w+/=-]+|v1a?,[\w+/=]{20,}/g, "…")
    .replaceAll(/[\s\p{C}\ufffd]+/gu, " ")
    .trim();
  return text === "" ? undefined : [...text].slice(0, mostExcerpt).join("");
};

/** Makes an attempt of a delivery: the delivery after it, and what it says of the webhook. */
export const deliver = async (webhook: Standing, delivery: Pending): Promise<[Delivery, News]> =>
  conclude(delivery, await attempt(webhook, delivery), instant(clock.now()));

import { clock, instant, later, milliseconds, seconds } from "../platform/clock.ts";
import { type Asked, OutgoingFailure, outgoing } from "../platform/outgoing.ts";
import { retryAfterOf } from "../platform/retry-after.ts";
import type { Allowance, Call } from "./connector.ts";
import { Trouble } from "./trouble.ts";

// A request to a network over HTTP: what every connector asks with. What is wrong with a connection it throws as a Trouble,
// whose meaning for a send is known (trouble.ts); what is left are the network's own answers.

/** A send is not waited for longer than this, and never beyond its deadline. */
const mostMs = seconds(12);
/** Of an answer; lists of replies are longer than one post's. */
const mostBytes = 1_000_000;

export type Asking = Pick<Asked, "method" | "url"> & {
  /** The network's title, for sentences. */
  title: string;
  headers?: Record<string, string>;
  /** One of: JSON, a form, or bytes with their type. */
  json?: unknown;
  form?: Record<string, string>;
  body?: { bytes: Uint8Array; type: string };
  /** What it answers with where all is well: JSON, or anything. */
  expects?: "json" | "anything";
  /** Statuses that are the connector's own matter: they are given back, and no Trouble. */
  mine?: readonly number[];
};

export type Reply = {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  /** Parsed JSON; undefined where it is none. */
  body: unknown;
  text: string;
};

/** @throws Trouble */
export const ask = async (call: Call, asked: Asking): Promise<Reply> => {
  const { title, method, url, expects = "json" } = asked;
  const { type, body } = bodyOf(asked);
  const timeoutMs = Math.min(mostMs, call.endsMs - clock.now());
  if (timeoutMs <= 0) throw new Trouble("network_unreachable", title);
  const answered = await outgoing({
    method,
    url,
    headers: {
      ...(expects === "json" ? { accept: "application/json" } : {}),
      ...(type === undefined ? {} : { "content-type": type }),
      ...asked.headers,
    },
    ...(body === undefined ? {} : { body }),
    timeoutMs,
    mostBytes,
  }).catch((error: unknown) => {
    if (!(error instanceof OutgoingFailure)) throw error;
    throw new Trouble(failures[error.failure], title);
  });
  const now = instant(clock.now());
  const { status, headers } = answered;
  const allowance = (status === 429 ? nothingMore(headers, now) : undefined) ?? allowanceOf(headers, now);
  if (allowance) call.learn(allowance);
  const text = answered.body.toString("utf8");
  const reply: Reply = { status, headers, body: parsed(text), text };
  if (asked.mine?.includes(status)) return reply;
  const trouble = troubleOf(title, reply, { expects, now, allowance });
  if (trouble) throw trouble;
  return reply;
};

const failures = {
  refused_address: "network_address_refused",
  not_sent: "network_unreachable",
  unknown: "network_silent",
} as const;

const bodyOf = ({ json, form, body }: Asking): { type?: string; body?: string | Uint8Array } => {
  if (json !== undefined) return { type: "application/json", body: JSON.stringify(json) };
  if (form) return { type: "application/x-www-form-urlencoded", body: new URLSearchParams(form).toString() };
  return body ? { type: body.type, body: body.bytes } : {};
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // A page, or nothing.
  }
};

/** What a status means, whoever answers it. A network that says more in its body reads it itself (`mine`). */
const troubleOf = (
  title: string,
  reply: Reply,
  { expects, now, allowance }: { expects: "json" | "anything"; now: string; allowance: Allowance | undefined },
): Trouble | undefined => {
  const { status, headers, body } = reply;
  if (status >= 200 && status < 300)
    return expects === "json" && body === undefined
      ? new Trouble("network_is_another", title, { answered: answerOf(reply) })
      : undefined;
  if (status >= 300 && status < 400) return new Trouble("network_redirects", title);
  switch (status) {
    case 401:
      return new Trouble("network_credentials_wrong", title);
    case 403:
      return new Trouble("network_forbidden", title);
    case 404:
    case 410:
      return new Trouble("network_account_missing", title);
    case 429: {
      const reset = allowance && Math.ceil((milliseconds(allowance.resetAt) - milliseconds(now)) / 1000);
      return new Trouble("network_busy", title, {
        retryAfterSeconds: retryAfterOf(headers["retry-after"], now) ?? reset,
      });
    }
    case 408:
      return new Trouble("network_silent", title, { answered: answerOf(reply) });
    default: {
      if (status >= 500) return new Trouble("network_broken", title, { answered: answerOf(reply) });
      const said = saidOf(body);
      return new Trouble("network_refused", title, said === undefined ? {} : { said });
    }
  }
};

/** A status, and why in its own words or the first line of a plain text, for a person to judge: bounded, on one line. */
const answerOf = ({ status, headers, body, text }: Reply): string => {
  const isPlain = headers["content-type"]?.startsWith("text/plain") ?? false;
  const said = saidOf(body) ?? (isPlain ? lineOf(text.trimStart().split(/[\r\n]/, 1)[0] ?? "") : "");
  return said === "" ? `${status}` : `${status}: “${said}”`;
};

const mostSaid = 200;
const lineOf = (said: string): string =>
  [
    ...said
      .slice(0, 10 * mostSaid)
      .replaceAll(/[\s\p{C}]+/gu, " ")
      .trim(),
  ]
    .slice(0, mostSaid)
    .join("");
/** Why, in the words that most APIs have for it, as one line. */
export const saidOf = (body: unknown): string | undefined => {
  if (typeof body !== "object" || body === null) return undefined;
  const fields: Record<string, unknown> = { ...body };
  const said = [fields.message, fields.error_description, fields.detail, fields.error].find(
    (one) => typeof one === "string" && one !== "",
  );
  return typeof said === "string" ? lineOf(said) : undefined;
};

/**
 * What may still be sent, as an answer's headers say: `ratelimit-remaining` and `ratelimit-reset` (the drafts of
 * draft-ietf-httpapi-ratelimit-headers, Bluesky), or the same with `x-` (Mastodon, X, GitHub). A reset is a date, a Unix
 * time or a number of seconds.
 */
export const allowanceOf = (headers: Readonly<Record<string, string>>, now: string): Allowance | undefined => {
  const remaining =
    headers["ratelimit-remaining"] ?? headers["x-ratelimit-remaining"] ?? headers["x-rate-limit-remaining"];
  const reset = headers["ratelimit-reset"] ?? headers["x-ratelimit-reset"] ?? headers["x-rate-limit-reset"];
  if (remaining === undefined || reset === undefined || !/^\d{1,9}$/.test(remaining)) return undefined;
  const resetAt = timeOf(reset, now);
  return resetAt === undefined || resetAt <= now ? undefined : { remaining: Number(remaining), resetAt };
};

/** Too many: what else the account would send waits as well, for as long as `retry-after` says. */
const nothingMore = (headers: Readonly<Record<string, string>>, now: string): Allowance | undefined => {
  const retryAfterSeconds = retryAfterOf(headers["retry-after"], now);
  return !retryAfterSeconds ? undefined : { remaining: 0, resetAt: later(now, seconds(retryAfterSeconds)) };
};

/** A number above this is a Unix time, not seconds from now. */
const firstUnixTime = 1_000_000_000;
const timeOf = (reset: string, now: string): string | undefined => {
  if (/^\d{1,10}(\.\d+)?$/.test(reset)) {
    const number = Number(reset);
    return number >= firstUnixTime ? instant(seconds(number)) : later(now, seconds(number));
  }
  const ms = milliseconds(reset);
  return Number.isNaN(ms) ? undefined : instant(ms);
};

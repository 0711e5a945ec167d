import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { Temporal } from "temporal-polyfill";
import * as z from "zod";
import { instant } from "../../functions/platform/clock.ts";
import type { BusEvent } from "./bus.ts";
import type { LocalRoute } from "./gateway.ts";
import { localPages } from "./pages.ts";
import { Refusal } from "./refusal.ts";
import type { System } from "./system.ts";

// What only this machine answers, beside its pages: the clock, the mailbox, the events as they happen, and Lambda.

/** Far enough for any campaign, and not so far that a slip of the pen takes an evening. */
const MAX_ADVANCE_DAYS = 400;

/** Milliseconds of an ISO 8601 duration such as PT15M, or the sentence that says what is wrong with it. */
export const durationMs = (text: string): number | string => {
  try {
    const duration = Temporal.Duration.from(text);
    if (duration.years || duration.months) return "Years and months have no fixed length; use days, as in P30D.";
    if (duration.sign <= 0) return "The clock only moves forward.";
    const ms = duration.total({ unit: "milliseconds", relativeTo: "2000-01-01[UTC]" });
    return ms > MAX_ADVANCE_DAYS * 86_400_000 ? `At most ${MAX_ADVANCE_DAYS} days at once.` : Math.floor(ms);
  } catch (error) {
    if (error instanceof RangeError) return `"${text}" is not an ISO 8601 duration such as PT15M, PT1H30M or P2D.`;
    throw error;
  }
};

type Reply = { status: number; headers: Record<string, string>; body: string };

const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: JSON.stringify(value),
});

const problem = (status: number, code: string, title: string, detail: string): Reply => ({
  status,
  headers: { "content-type": "application/problem+json" },
  body: JSON.stringify({ type: "about:blank", title, status, code, detail }),
});

const Move = z.strictObject({ advance: z.string() });

const readClock = ({ clock }: System): Reply => json({ now: instant(clock.now()), frozen: clock.isFrozen });

const moveClock = async (system: System, body: string): Promise<Reply> => {
  const wrong = (detail: string): Reply => problem(400, "invalid_advance", "The clock was not moved", detail);
  let asked: z.infer<typeof Move>;
  try {
    asked = Move.parse(JSON.parse(body));
  } catch {
    return wrong('Send {"advance": "PT15M"}: an ISO 8601 duration, and nothing else.');
  }
  const ms = durationMs(asked.advance);
  if (typeof ms === "string") return wrong(ms);
  await system.advance(ms);
  return readClock(system);
};

const invokeLambda = async (system: System, request: IncomingMessage, path: string, body: Buffer): Promise<Reply> => {
  try {
    return await system.lambda(request.method ?? "", path, request.headers, body);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const headers = { "content-type": "application/json", "x-amzn-errortype": error.code };
    return { status: error.status, headers, body: JSON.stringify({ message: error.message }) };
  }
};

const mostWaitMs = 2_000;

/** What was asked for a moment ago is mailed after its answer: whoever looks in the mailbox right away finds it. */
const justSent = (system: System): Promise<void> => Promise.race([system.settle(), setTimeout(mostWaitMs)]);

/** An event as its readers know it. */
const shown = ({ "detail-type": type, detail }: BusEvent) => ({ type, detail });

/** Tells of each event as it happens (server-sent events), until the other side is gone. */
const streamEvents = (system: System, response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write(": events as they happen\n\n");
  const stop = system.onEvent((event) => {
    response.write(`data: ${JSON.stringify(shown(event))}\n\n`);
  });
  response.on("close", stop);
};

const LAMBDA = "/local/lambda";

/** The path as it was meant, or as it came where it is no UTF-8: then nothing of ours has that name. */
const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

/** The paths of this machine. `links`: what the start page points to. */
export const localRoutes = (system: System, links: () => readonly { label: string; url: string }[]): LocalRoute => {
  const page = localPages(() => system.mails, links);
  const replyTo = async (request: IncomingMessage, path: string): Promise<Reply | undefined> => {
    const body = Buffer.concat(await request.toArray());
    if (path.startsWith(`${LAMBDA}/`)) return invokeLambda(system, request, path.slice(LAMBDA.length), body);
    switch (`${request.method} ${path}`) {
      case "GET /local/clock":
        return readClock(system);
      case "POST /local/clock":
        return moveClock(system, body.toString("utf8"));
      case "GET /local/mail.json":
        await justSent(system);
        return json(system.mails);
      case "GET /local/events.json":
        return json(system.events.map(shown));
      default:
        if (path.startsWith("/local/mail")) await justSent(system);
        return page(request.method ?? "GET", path);
    }
  };
  return async (request, response, url) => {
    const path = decoded(url.pathname);
    if (request.method === "GET" && path === "/local/events") {
      streamEvents(system, response);
      return true;
    }
    const reply =
      (await replyTo(request, path)) ?? problem(404, "not_found", "There is nothing here", "Start at /, or see /docs.");
    response.writeHead(reply.status, reply.headers);
    response.end(reply.body);
    return true;
  };
};

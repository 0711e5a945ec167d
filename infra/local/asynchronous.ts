import { randomUUID } from "node:crypto";
import * as z from "zod";
import { minutes } from "../../functions/platform/clock.ts";
import type { LocalClock } from "./clock.ts";
import type { LayAside } from "./dead-letters.ts";
import type { Invoke, LocalFunction } from "./invoke.ts";
import { openJournal } from "./journal.ts";

const Pending = z.object({ functionName: z.string(), event: z.unknown(), tries: z.number(), notBefore: z.number() });
type Pending = z.infer<typeof Pending>;

/** Lambda waits this long before the first and the second retry of an asynchronous invocation. */
const RETRY_AFTER_MS = [minutes(1), minutes(2)];

/** How many run at once here; the others wait their turn. */
const CONCURRENCY = 64;

/**
 * Lambda's queue of asynchronous invocations: what it has taken survives the process, is tried three times, and then
 * becomes a dead letter.
 */
export const asynchronousInvocations = (options: {
  file?: string;
  functions: ReadonlyMap<string, LocalFunction>;
  clock: LocalClock;
  invoke: Invoke;
  layAside: LayAside;
}) => {
  const { functions, clock, invoke, layAside } = options;
  const journal = openJournal(options.file, Pending);
  const ready: string[] = [];
  const finished = new Map<string, () => void>();
  let running = 0;
  let invoking = 0;
  let stopped = false;

  const wake = (id: string, pending: Pending): void => {
    const enqueue = () => {
      ready.push(id);
      pump();
    };
    if (pending.notBefore <= clock.now()) enqueue();
    else clock.at(pending.notBefore, enqueue);
  };

  /** Whoever waits for it is told first: a process that ends in between does it again, and loses nothing. */
  const finish = async (id: string): Promise<void> => {
    finished.get(id)?.();
    finished.delete(id);
    await new Promise((resolve) => setImmediate(resolve));
    journal.remove(id);
  };

  const attempt = async (id: string): Promise<void> => {
    const pending = journal.entries.get(id);
    if (!pending) return;
    const fn = functions.get(pending.functionName);
    invoking += 1;
    const outcome = fn
      ? await invoke(fn, pending.event)
      : { error: { errorType: "ResourceNotFoundException", errorMessage: "There is no such function." } };
    invoking -= 1;
    if (!("error" in outcome)) return finish(id);
    const retryAfter = RETRY_AFTER_MS[pending.tries];
    if (retryAfter === undefined) {
      const { errorType, errorMessage } = outcome.error;
      const { functionName, event: payload } = pending;
      layAside({ from: "event", functionName, payload, error: `${errorType}: ${errorMessage}` });
      return finish(id);
    }
    const next = { ...pending, tries: pending.tries + 1, notBefore: clock.now() + retryAfter };
    journal.put(id, next);
    wake(id, next);
  };

  const pump = (): void => {
    while (!stopped && running < CONCURRENCY) {
      const id = ready.shift();
      if (id === undefined) return;
      running += 1;
      // From a turn of its own: whoever sends is answered first.
      setImmediate(async () => {
        await attempt(id);
        running -= 1;
        pump();
      });
    }
  };

  const whenFinished = (id: string): Promise<void> => new Promise((resolve) => finished.set(id, resolve));

  return {
    /** Takes an invocation; resolves `done` when it has succeeded or become a dead letter. */
    send: (functionName: string, event: unknown): { done: Promise<void> } => {
      const id = randomUUID();
      const pending = { functionName, event, tries: 0, notBefore: clock.now() };
      journal.put(id, pending);
      const done = whenFinished(id);
      wake(id, pending);
      return { done };
    },
    /** Takes up what an earlier process left: each event, and when its function has succeeded or it is a dead letter. */
    start: (): { event: unknown; done: Promise<void> }[] =>
      [...journal.entries].map(([id, pending]) => {
        const done = whenFinished(id);
        wake(id, pending);
        return { event: pending.event, done };
      }),
    /** How many are to run now and are not yet with their function. */
    waiting: (): number => (running < CONCURRENCY ? ready.length : 0) + running - invoking,
    stop: (): void => {
      stopped = true;
    },
    close: journal.close,
  };
};
export type AsynchronousInvocations = ReturnType<typeof asynchronousInvocations>;

import type { Context, EventBridgeEvent, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type * as z from "zod";
import { Detail } from "../events/event.ts";
import { clock, instant, milliseconds } from "./clock.ts";
import { Due } from "./due.ts";
import { about, log, logging } from "./log.ts";
import { type Change, get, type Kind, ownerOf, persist, save } from "./table.ts";

// What time or an event wakes. Everything here may be woken twice: the thing is read again, and a handler that finds
// nothing to do does nothing.

/** What a background handler gets. `now` is read once at the start of each attempt. */
export type Task = {
  now: string;
  /** Who does it, for the events: system:<what woke it>. */
  actor: string;
  /** A name of this attempt, which no other has. */
  attempt: string;
  /** Unix milliseconds at which this invocation is ended from outside, by the project's clock. */
  endsMs: number;
  save: (changes: readonly Change[]) => Promise<void>;
};

export const task = (actor: string, cause: string, attempt: string, endsMs: number): Task => {
  const now = instant(clock.now());
  return { now, actor, attempt, endsMs, save: (changes) => save(changes, { now: instant(clock.now()), actor, cause }) };
};

/**
 * A handler of one kind of due time. It waits for the exact time, reads the thing, and runs only if the thing is still due
 * at the time that the message says: moved, done or gone is no work.
 */
export const onDue =
  <S extends object>(due: string, kind: Kind<S>, run: (task: Task & { state: S }) => Promise<void>) =>
  async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const failed = await Promise.all(
      event.Records.map(({ messageId, body }) =>
        logging({ function: context.functionName, messageId }, async () => {
          try {
            const message = Due.parse(JSON.parse(body));
            about({ workspaceId: ownerOf(message) });
            await clock.until(milliseconds(message.dueAt));
            const endsMs = clock.now() + context.getRemainingTimeInMillis();
            await persist(async (attempt) => {
              const state = await get(kind, message, clock.now());
              const stands = state && kind.due?.(state);
              if (!state || stands?.at !== message.dueAt || stands.kind !== due) return;
              await run({
                ...task(
                  `system:${due}`,
                  `due:${message.dueAt}`,
                  `${context.awsRequestId}.${messageId}.${attempt}`,
                  endsMs,
                ),
                state,
              });
            });
            return [];
          } catch (error) {
            log.error(`What was due failed: ${due}`, error);
            return [{ itemIdentifier: messageId }];
          }
        }),
      ),
    );
    return { batchItemFailures: failed.flat() };
  };

type OnQueue = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/**
 * Two kinds of things that one queue wakes, since each queue costs money while nothing happens. What is no message of ours
 * fails at the second, by itself.
 */
export const eitherOf = (isOfFirst: (of: Due) => boolean, first: OnQueue, second: OnQueue): OnQueue => {
  const isFirst = ({ body }: SQSRecord): boolean => {
    try {
      return isOfFirst(Due.parse(JSON.parse(body)));
    } catch {
      return false;
    }
  };
  return async ({ Records }, context) => {
    const answers = await Promise.all([
      first({ Records: Records.filter(isFirst) }, context),
      second({ Records: Records.filter((record) => !isFirst(record)) }, context),
    ]);
    return { batchItemFailures: answers.flatMap(({ batchItemFailures }) => batchItemFailures) };
  };
};

/**
 * A handler of a queue of work: one message after the other. One that fails is delivered again, and at last is a dead letter.
 */
export const onWork =
  <M>(takes: string, message: z.ZodType<M>, run: (work: M, task: Task) => Promise<void>) =>
  async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
    const endsMs = clock.now() + context.getRemainingTimeInMillis();
    for (const { messageId, body } of event.Records) {
      await logging({ function: context.functionName, messageId }, async () => {
        try {
          const work = message.parse(JSON.parse(body));
          await persist((attempt) =>
            run(work, task(`system:${takes}`, messageId, `${context.awsRequestId}.${messageId}.${attempt}`, endsMs)),
          );
        } catch (error) {
          log.error(`Work failed: ${takes}`, error);
          batchItemFailures.push({ itemIdentifier: messageId });
        }
      });
    }
    return { batchItemFailures };
  };

/** A handler of events on the bus. Throws where it fails, so that the bus tries again and at last keeps the event. */
export const onEvent =
  (run: (task: Task & { type: string; detail: Detail }) => Promise<void>) =>
  async (event: EventBridgeEvent<string, unknown>, context: Context): Promise<void> => {
    const type = event["detail-type"];
    const detail = Detail.parse(event.detail);
    const endsMs = clock.now() + context.getRemainingTimeInMillis();
    const { functionName, awsRequestId } = context;
    await logging({ function: functionName, eventId: detail.id, workspaceId: detail.workspaceId }, async () => {
      try {
        await persist((attempt) =>
          run({ ...task(`system:${type}`, detail.id, `${awsRequestId}.${attempt}`, endsMs), type, detail }),
        );
      } catch (error) {
        // Lambda's own line of it knows neither the event nor the workspace.
        log.error(`An event was not handled: ${type}`, error);
        throw error;
      }
    });
  };

import { createHash, randomUUID } from "node:crypto";
import * as z from "zod";
import type { LocalClock } from "./clock.ts";
import type { LayAside } from "./dead-letters.ts";
import type { Invoke, LocalFunction } from "./invoke.ts";
import { openJournal } from "./journal.ts";
import { accountId, queueName, region, workQueueName } from "./names.ts";
import { known, Refusal } from "./refusal.ts";

const Message = z.object({
  queue: z.string(),
  body: z.string(),
  /** Milliseconds since 1970, by the local clock, as all times here. */
  sentAt: z.number(),
  visibleAt: z.number(),
  receives: z.number(),
  firstReceivedAt: z.number().optional(),
});
type Message = z.infer<typeof Message>;

const SendMessage = z.strictObject({
  QueueUrl: z.string(),
  MessageBody: z.string().min(1),
  DelaySeconds: z.number().optional(),
});
const BatchEntry = z.strictObject({
  Id: z.string().min(1),
  MessageBody: z.string().min(1),
  DelaySeconds: z.number().optional(),
});
const SendMessageBatch = z.strictObject({ QueueUrl: z.string(), Entries: z.array(BatchEntry) });

const BATCH_SIZE = 10;
const MAX_DELAY_SECONDS = 900;
const MAX_BODY_BYTES = 256 * 1024;
/** A due time is due soon or never; a letter may wait. As in the stack. */
const maxReceives = ({ takes }: LocalFunction): number => (takes ? 10 : 5);
/** How many invocations of one function a queue has under way at most, where the function does not say. */
const CONCURRENCY = 32;
const concurrencyOf = ({ limits }: LocalFunction): number => limits?.atOnce ?? CONCURRENCY;
/** A message that failed is seen again after six times the function's time limit, as AWS advises for a function's queue. */
const visibilityMs = (fn: LocalFunction): number => 6 * fn.timeoutSeconds * 1000;

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

const Answer = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).nullish() }).nullable();

/** Which messages of a batch failed. An answer that makes no sense fails them all, as it does on AWS. */
const failedIds = (answer: unknown, ids: readonly string[]): ReadonlySet<string> => {
  const parsed = Answer.safeParse(answer);
  const failed = parsed.success ? (parsed.data?.batchItemFailures ?? []).map((f) => f.itemIdentifier) : ids;
  return new Set(failed.every((id) => ids.includes(id)) ? failed : ids);
};

type Queue = { fn: LocalFunction; ready: string[]; running: number };

/**
 * A queue for each kind of due time and of work, and the function that is woken by it. Delays are whole seconds; batches of
 * at most 10, as many as are visible at the moment; partial batch failures; a dead letter after so many receives. Messages
 * survive the process.
 */
export const dueQueues = (options: {
  file?: string;
  functions: readonly LocalFunction[];
  clock: LocalClock;
  invoke: Invoke;
  layAside: LayAside;
}) => {
  const { clock, invoke, layAside } = options;
  const journal = openJournal(options.file, Message);
  const queues = new Map<string, Queue>(
    options.functions.flatMap((fn) => {
      const name = fn.due ? queueName(fn.due) : fn.takes ? workQueueName(fn.takes) : undefined;
      return name ? [[name, { fn, ready: [], running: 0 }]] : [];
    }),
  );
  let activity = 0;
  let stopped = false;

  const wake = (id: string, message: Message): void => {
    clock.at(message.visibleAt, () => {
      const queue = queues.get(message.queue);
      if (!queue) return;
      queue.ready.push(id);
      setImmediate(() => pump(queue)); // The others that fall due at this instant come along.
    });
  };

  const again = (id: string, message: Message, error: string, fn: LocalFunction): void => {
    if (message.receives < maxReceives(fn)) {
      wake(id, message);
    } else {
      journal.remove(id);
      layAside({ from: "queue", functionName: fn.name, queue: message.queue, payload: message.body, error });
    }
  };

  const deliver = async ({ fn }: Queue, ids: readonly string[]): Promise<void> => {
    const batch = ids.flatMap((id) => {
      const message = journal.entries.get(id);
      if (!message) return [];
      const receivedAt = clock.now();
      const received = {
        ...message,
        receives: message.receives + 1,
        visibleAt: receivedAt + visibilityMs(fn),
        firstReceivedAt: message.firstReceivedAt ?? receivedAt,
      };
      journal.put(id, received);
      return [{ id, message: received }];
    });
    const outcome = await invoke(fn, {
      Records: batch.map(({ id, message }) => ({
        messageId: id,
        receiptHandle: randomUUID(),
        body: message.body,
        attributes: {
          ApproximateReceiveCount: String(message.receives),
          SentTimestamp: String(message.sentAt),
          SenderId: accountId,
          ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
        },
        messageAttributes: {},
        md5OfBody: md5(message.body),
        eventSource: "aws:sqs",
        eventSourceARN: `arn:aws:sqs:${region}:${accountId}:${message.queue}`,
        awsRegion: region,
      })),
    });
    const failed = "error" in outcome ? new Set(ids) : failedIds(outcome.answer, ids);
    const error =
      "error" in outcome
        ? `${outcome.error.errorType}: ${outcome.error.errorMessage}`
        : "It answered that the message failed.";
    for (const { id, message } of batch) {
      if (failed.has(id)) again(id, message, error, fn);
      else journal.remove(id);
    }
  };

  const pump = (queue: Queue): void => {
    while (!stopped && queue.ready.length > 0 && queue.running < concurrencyOf(queue.fn)) {
      const ids = queue.ready.splice(0, BATCH_SIZE);
      queue.running += 1;
      activity += 1;
      void deliver(queue, ids).finally(() => {
        queue.running -= 1;
        pump(queue);
      });
    }
  };

  const queueOf = (url: string): string => {
    const name = url.split("/").at(-1) ?? "";
    if (!queues.has(name)) {
      throw new Refusal(
        "QueueDoesNotExist",
        `The specified queue does not exist: no function of the manifest takes ${name}.`,
      );
    }
    return name;
  };

  const send = (queue: string, body: string, delaySeconds = 0): { MessageId: string; MD5OfMessageBody: string } => {
    if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > MAX_DELAY_SECONDS) {
      const reason = `DelaySeconds must be a whole number, >= 0 and <= ${MAX_DELAY_SECONDS}.`;
      throw new Refusal(
        "InvalidParameterValue",
        `Value ${delaySeconds} for parameter DelaySeconds is invalid. Reason: ${reason}`,
      );
    }
    if (Buffer.byteLength(body) > MAX_BODY_BYTES) {
      throw new Refusal(
        "InvalidParameterValue",
        `One or more parameters are invalid. Reason: Message must be shorter than ${MAX_BODY_BYTES} bytes.`,
      );
    }
    const id = randomUUID();
    const sentAt = clock.now();
    const message = { queue, body, sentAt, visibleAt: sentAt + delaySeconds * 1000, receives: 0 };
    activity += 1;
    journal.put(id, message);
    wake(id, message);
    return { MessageId: id, MD5OfMessageBody: md5(body) };
  };

  const sendMessage = (input: unknown): object => {
    const { QueueUrl, MessageBody, DelaySeconds } = known("SQS", "SendMessage", SendMessage, input);
    return send(queueOf(QueueUrl), MessageBody, DelaySeconds);
  };

  const sendMessageBatch = (input: unknown): object => {
    const { QueueUrl, Entries } = known("SQS", "SendMessageBatch", SendMessageBatch, input);
    const queue = queueOf(QueueUrl);
    if (Entries.length === 0)
      throw new Refusal(
        "EmptyBatchRequest",
        "There should be at least one SendMessageBatchRequestEntry in the request.",
      );
    if (Entries.length > 10)
      throw new Refusal("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10.");
    if (new Set(Entries.map(({ Id }) => Id)).size < Entries.length)
      throw new Refusal("BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id.");
    const results = Entries.map(({ Id, MessageBody, DelaySeconds }) => {
      try {
        return { Id, ...send(queue, MessageBody, DelaySeconds) };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return { Id, Code: error.code, Message: error.message, SenderFault: true };
      }
    });
    return {
      Successful: results.filter((result) => "MessageId" in result),
      Failed: results.filter((result) => "Code" in result),
    };
  };

  return {
    operations: { "AmazonSQS.SendMessage": sendMessage, "AmazonSQS.SendMessageBatch": sendMessageBatch },
    /** Takes up what an earlier process left. */
    start: (): void => {
      for (const [id, message] of journal.entries) {
        if (queues.has(message.queue)) wake(id, message);
        else
          layAside({
            from: "queue",
            functionName: message.queue,
            queue: message.queue,
            payload: message.body,
            error: "No function is woken by this queue any more.",
          });
      }
    },
    /** How many messages are visible, could be handled, and are not yet with their function. */
    waiting: (): number =>
      [...queues.values()].reduce(
        (sum, { fn, ready, running }) => sum + (running < concurrencyOf(fn) ? ready.length : 0),
        0,
      ),
    /** Rises with each message and each delivery. */
    activity: () => activity,
    /** How many messages there are, visible or not. */
    size: () => journal.entries.size,
    stop: (): void => {
      stopped = true;
    },
    close: journal.close,
  };
};
export type DueQueues = ReturnType<typeof dueQueues>;

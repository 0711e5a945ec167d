import { createHash, randomUUID } from "node:crypto";
import * as z from "zod";
import { openJournal } from "./journal.ts";
import { accountId, deadLettersName, region } from "./names.ts";
import { known, Refusal } from "./refusal.ts";

/** What was tried as often as AWS would, and then laid aside: nothing is dropped in silence. */
export const DeadLetter = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  /** Which kind of trigger gave up: a queue, an event (or an asynchronous invocation), or the table's stream. */
  from: z.enum(["queue", "event", "stream"]),
  functionName: z.string(),
  error: z.string(),
  payload: z.unknown(),
  /** The queue that it waited in. */
  queue: z.string().optional(),
  /** The bucket's object with it: what the stream's readers give up on lies there, and all else in the one queue. */
  object: z.string().optional(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

export type LayAside = (letter: Omit<DeadLetter, "id" | "at">) => void;

const ReceiveMessage = z.strictObject({
  QueueUrl: z.string(),
  MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
  VisibilityTimeout: z.number().int().min(0).max(43_200).default(30),
  WaitTimeSeconds: z.number().int().min(0).max(20).default(0),
  MessageSystemAttributeNames: z.array(z.string()).default([]),
  MessageAttributeNames: z.array(z.string()).default([]),
});
const DeleteMessage = z.strictObject({ QueueUrl: z.string(), ReceiptHandle: z.string() });
const ChangeMessageVisibility = DeleteMessage.extend({ VisibilityTimeout: z.number().int().min(0).max(43_200) });

/** The body of a message: what waited in a queue as it was, and of a failed invocation Lambda's record of it. */
const bodyOf = ({ from, functionName, at, error, payload }: DeadLetter): string => {
  if (from === "queue") return String(payload);
  const [errorType, ...errorMessage] = error.split(": ");
  return JSON.stringify({
    version: "1.0",
    timestamp: at,
    requestContext: {
      requestId: randomUUID(),
      functionArn: `arn:aws:lambda:${region}:${accountId}:function:${functionName}:$LATEST`,
      condition: "RetriesExhausted",
      approximateInvokeCount: 3,
    },
    requestPayload: payload,
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    responsePayload: { errorType, errorMessage: errorMessage.join(": ") },
  });
};

/**
 * Keeps what was given up. What is not of the stream is a queue of SQS: ReceiveMessage, DeleteMessage, ChangeMessageVisibility.
 * `isKept`: whether the bucket still has an object; a letter whose object is gone is gone as well.
 */
export const deadLetterBox = (options: {
  file?: string;
  now: () => number;
  say: (line: string) => void;
  isKept: (object: string) => boolean;
}) => {
  const { now, isKept } = options;
  const journal = openJournal(options.file, DeadLetter);
  /** When a letter that was received is seen again, by its receipt. Only the present asks, so it is on no disk. */
  const hidden = new Map<string, number>();
  const layAside: LayAside = (letter) => {
    const id = randomUUID();
    journal.put(id, { ...letter, id, at: new Date(now()).toISOString() });
    options.say(`${letter.functionName} gave up on a ${letter.from}; it is now a dead letter: ${letter.error}`);
  };
  const list = (): DeadLetter[] =>
    [...journal.entries.values()].filter(({ object }) => object === undefined || isKept(object));

  const expectOurs = (url: string): void => {
    if (url.split("/").at(-1) !== deadLettersName)
      throw new Refusal("QueueDoesNotExist", "Only the queue of dead letters is read by others than functions.");
  };
  const messageOf = (letter: DeadLetter) => {
    const body = bodyOf(letter);
    const source = letter.queue && `arn:aws:sqs:${region}:${accountId}:${letter.queue}`;
    return {
      MessageId: letter.id,
      ReceiptHandle: letter.id,
      MD5OfBody: createHash("md5").update(body).digest("hex"),
      Body: body,
      Attributes: {
        SentTimestamp: String(Date.parse(letter.at)),
        ...(source ? { DeadLetterQueueSourceArn: source } : {}),
      },
    };
  };

  return {
    layAside,
    list,
    operations: {
      "AmazonSQS.ReceiveMessage": (input: unknown): object => {
        const { QueueUrl, ...asked } = known("SQS", "ReceiveMessage", ReceiveMessage, input);
        expectOurs(QueueUrl);
        const visible = list().filter(({ id, from }) => from !== "stream" && (hidden.get(id) ?? 0) <= now());
        const taken = visible.slice(0, asked.MaxNumberOfMessages);
        for (const { id } of taken) hidden.set(id, now() + asked.VisibilityTimeout * 1000);
        return taken.length > 0 ? { Messages: taken.map(messageOf) } : {};
      },
      "AmazonSQS.DeleteMessage": (input: unknown): object => {
        const { QueueUrl, ReceiptHandle } = known("SQS", "DeleteMessage", DeleteMessage, input);
        expectOurs(QueueUrl);
        journal.remove(ReceiptHandle);
        hidden.delete(ReceiptHandle);
        return {};
      },
      "AmazonSQS.ChangeMessageVisibility": (input: unknown): object => {
        const { QueueUrl, ReceiptHandle, VisibilityTimeout } = known(
          "SQS",
          "ChangeMessageVisibility",
          ChangeMessageVisibility,
          input,
        );
        expectOurs(QueueUrl);
        hidden.set(ReceiptHandle, now() + VisibilityTimeout * 1000);
        return {};
      },
    },
    close: journal.close,
  };
};

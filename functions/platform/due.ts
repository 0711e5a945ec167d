import type { SendMessageBatchRequest, SendMessageBatchResult } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { Operation } from "./aws.ts";
import { instant, milliseconds, minutes, seconds } from "./clock.ts";
import { config } from "./config.ts";
import { duePartitions, get, type Kind } from "./table.ts";

// Due times on their way to who is woken: the delay queue, and the mark that says who queues what.

export const needs = [{ dueQueues: ["sqs:SendMessage"] }] as const;

/** What wakes a handler: the item to look at, and the time it was due then. */
export const Due = z.object({ pk: z.string(), sk: z.string(), dueAt: z.string(), dueKind: z.string() });
export type Due = z.infer<typeof Due>;

/**
 * `queued`: everything due up to here has been queued by the sweep. `announced`: what is saved from now on and falls due
 * before this is queued by the relay. The announcement is a minute older than the sweep that reaches it, so an item is
 * seen by one or the other even where the index lags. `sweptAt`: the schedule's time of the last sweep.
 */
const Mark = z.object({ queued: z.string(), announced: z.string(), sweptAt: z.string() });
export type Mark = z.infer<typeof Mark>;
export const marks: Kind<Mark> = { kind: "sweep", schema: Mark, key: () => ({ pk: "SWEEP", sk: "MARK" }) };
const beginning = instant(0);
export const readMark = async (nowMs: number): Promise<Mark> =>
  (await get(marks, marks.key({ queued: "", announced: "", sweptAt: "" }), nowMs)) ?? {
    queued: beginning,
    announced: beginning,
    sweptAt: beginning,
  };

/** How far an index may lag, and more. */
const indexLag = seconds(10);

/**
 * Up to which time the relay queues what was saved. Between `queued` and `announced` the next sweep does it, if it still
 * has time to see it; so hardly anything is woken twice, and nothing is forgotten.
 */
export const reachOfRelay = ({ queued, announced, sweptAt }: Mark, nowMs: number): string =>
  nowMs < milliseconds(sweptAt) + minutes(1) - indexLag ? queued : announced;

const sendMessages = new Operation<SendMessageBatchRequest, SendMessageBatchResult>("AmazonSQS.SendMessageBatch");

/** SQS delays whole seconds, at most 15 minutes; rounded down, and the handler waits the rest. */
const delaySeconds = (dueAt: string, nowMs: number): number =>
  Math.min(Math.max(0, Math.floor((milliseconds(dueAt) - nowMs) / 1000)), minutes(15) / 1000);

/** Queues what falls due. Throws where the queue did not take all of it. */
export const wake = async (dues: readonly Due[], nowMs: number): Promise<void> => {
  const byKind = Map.groupBy(dues, (due) => due.dueKind);
  for (const [kind, all] of byKind) {
    for (let from = 0; from < all.length; from += 10) {
      const answer = await sendMessages.send({
        QueueUrl: config.dueQueue(kind),
        Entries: all.slice(from, from + 10).map((due, i) => ({
          Id: String(i),
          MessageBody: JSON.stringify(due),
          DelaySeconds: delaySeconds(due.dueAt, nowMs),
        })),
      });
      const failed = answer.Failed?.[0];
      if (failed) throw new Error(`A due time could not be queued: ${failed.Code} ${failed.Message ?? ""}`);
    }
  }
};

export { duePartitions };

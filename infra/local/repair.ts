import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { DynamodbCall } from "./dynamodb.ts";
import type { Invoke, LocalFunction } from "./invoke.ts";
import { region, tableName } from "./names.ts";
import { passesFilter, type StreamAside } from "./stream-lane.ts";
import type { StreamRecord } from "./stream-source.ts";

const Page = z.object({
  Items: z.array(z.record(z.string(), z.unknown())),
  LastEvaluatedKey: z.record(z.string(), z.unknown()).optional(),
});

const BATCH_SIZE = 100;

/** An item as the stream would have told of it, had it been made just now. */
const asRecord = (item: Record<string, unknown>, streamArn: string, index: number): StreamRecord => ({
  eventID: randomUUID(),
  eventName: "INSERT",
  eventVersion: "1.1",
  eventSource: "aws:dynamodb",
  awsRegion: region,
  eventSourceARN: streamArn,
  dynamodb: {
    Keys: { pk: item.pk, sk: item.sk },
    NewImage: item,
    SequenceNumber: String(index).padStart(21, "0"),
    SizeBytes: 0,
    StreamViewType: "NEW_AND_OLD_IMAGES",
  },
});

/**
 * What the stream has forgotten before it was relayed stands in the items still: each carries the events of its newest
 * version. So every item is handed to the relay once more, as new; run it within `bus.withoutRepeats`, which lets only
 * through what was never relayed. Readers with a window count, and would count twice: they are left out, and a recount
 * mends them.
 */
export const relayAgain = async (options: {
  call: DynamodbCall;
  streamArn: string;
  readers: readonly LocalFunction[];
  invoke: Invoke;
  layAside: StreamAside;
}): Promise<void> => {
  const { call, streamArn, invoke, layAside } = options;
  const relays = options.readers.flatMap((fn) => (fn.reads && !fn.reads.window ? [{ fn, kinds: fn.reads.kinds }] : []));
  let after: Record<string, unknown> | undefined;
  do {
    const { Items, LastEvaluatedKey } = Page.parse(
      await call("Scan", { TableName: tableName, ExclusiveStartKey: after }),
    );
    const records = Items.map((item, index) => asRecord(item, streamArn, index));
    for (const { fn, kinds } of relays) {
      const wanted = records.filter((record) => passesFilter(kinds, record));
      for (let at = 0; at < wanted.length; at += BATCH_SIZE) {
        const batch = wanted.slice(at, at + BATCH_SIZE);
        const outcome = await invoke(fn, { Records: batch });
        const error = "error" in outcome ? outcome.error.errorMessage : undefined;
        if (error !== undefined) await layAside({ fn, shardId: "repair", records: batch, error });
      }
    }
    after = LastEvaluatedKey;
  } while (after);
};

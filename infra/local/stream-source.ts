import * as z from "zod";
import { type DynamodbCall, DynamodbError } from "./dynamodb.ts";
import { region } from "./names.ts";

/** A record of the table's stream, exactly as Lambda passes it (binary values in base64). */
export type StreamRecord = {
  eventID: string;
  eventName: "INSERT" | "MODIFY" | "REMOVE";
  eventVersion: string;
  eventSource: "aws:dynamodb";
  awsRegion: string;
  eventSourceARN: string;
  dynamodb: {
    /** Seconds since 1970. */
    ApproximateCreationDateTime?: number;
    Keys: Record<string, unknown>;
    NewImage?: Record<string, unknown>;
    OldImage?: Record<string, unknown>;
    SequenceNumber: string;
    SizeBytes: number;
    StreamViewType: string;
  };
};

export type Shard = { id: string; parent?: string };

/** A stream as its reader asks for it. */
export type StreamSource = {
  shards: () => Promise<Shard[]>;
  /** From the record after `sequenceNumber`, or from the oldest. Undefined where the shard or that record is gone. */
  iterator: (shardId: string, sequenceNumber: string | undefined) => Promise<string | undefined>;
  /** `next` is undefined once a closed shard is read to its end. Undefined where the iterator is no longer good. */
  records: (iterator: string) => Promise<{ records: StreamRecord[]; next: string | undefined } | undefined>;
};

/** The stream forgets what is older than 24 hours, and an iterator after a quarter of an hour. */
const isGone = (error: unknown): boolean =>
  error instanceof DynamodbError &&
  ["TrimmedDataAccessException", "ResourceNotFoundException", "ExpiredIteratorException"].includes(error.name);

const unlessGone = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
};

const Described = z.object({
  StreamDescription: z.object({
    Shards: z.array(z.object({ ShardId: z.string(), ParentShardId: z.string().optional() })),
    LastEvaluatedShardId: z.string().optional(),
  }),
});

/** The stream of the one table in DynamoDB Local. */
export const streamSource = (call: DynamodbCall, streamArn: string): StreamSource => ({
  shards: async () => {
    const shards: Shard[] = [];
    let after: string | undefined;
    do {
      const page = await call("DescribeStream", { StreamArn: streamArn, ExclusiveStartShardId: after });
      const { StreamDescription } = Described.parse(page);
      shards.push(...StreamDescription.Shards.map((shard) => ({ id: shard.ShardId, parent: shard.ParentShardId })));
      after = StreamDescription.LastEvaluatedShardId;
    } while (after !== undefined);
    return shards;
  },
  iterator: async (shardId, sequenceNumber) => {
    const where = sequenceNumber
      ? { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: sequenceNumber }
      : { ShardIteratorType: "TRIM_HORIZON" };
    const answer = await unlessGone(call("GetShardIterator", { StreamArn: streamArn, ShardId: shardId, ...where }));
    return answer && z.object({ ShardIterator: z.string() }).parse(answer).ShardIterator;
  },
  records: async (iterator) => {
    const answer = await unlessGone(call("GetRecords", { ShardIterator: iterator, Limit: 1000 }));
    if (!answer) return undefined;
    // On the wire a record already has Lambda's shape, but for where it comes from; parsing each would cost more than reading it.
    const { Records, NextShardIterator } = answer as { Records: StreamRecord[]; NextShardIterator?: string };
    return {
      records: Records.map((record) => ({ ...record, awsRegion: region, eventSourceARN: streamArn })),
      next: NextShardIterator,
    };
  },
});

import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";

// The table's stream as its two readers see it. Binary values arrive as base64 text, as Lambda gives them.

export type StreamEvent = DynamoDBStreamEvent;
export type Failures = { batchItemFailures: { itemIdentifier: string }[] };

export type Changed = {
  sequence: string;
  before: Record<string, unknown> | undefined;
  after: Record<string, unknown> | undefined;
};

// The stream's images and the SDK's have the same shape; two packages name the type differently.
const read = (image: NonNullable<DynamoDBRecord["dynamodb"]>["NewImage"]): Record<string, unknown> | undefined =>
  image && unmarshall(image as Record<string, AttributeValue>);

export const changed = (record: DynamoDBRecord): Changed => ({
  sequence: record.dynamodb?.SequenceNumber ?? "",
  before: read(record.dynamodb?.OldImage),
  after: read(record.dynamodb?.NewImage),
});

/** Kinds of ours that nobody hears of and that nothing wakes. */
export const quiet = [
  "name",
  "keyring",
  "request",
  "sweep",
  "throttle",
  "key-use",
  "membership",
  "session",
  "used-link",
  "openid-state",
  "activity",
  "view",
] as const;

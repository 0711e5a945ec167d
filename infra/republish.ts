// npm run republish [-- --go] [--aws]
// Lists the records of the table's stream that its two readers gave up on (they lie in the bucket for 90 days); with --go
// their reader gets them again: events are published, rows are counted. On the local runner, or with --aws on AWS, with the
// credentials and region of the AWS command line.
import { parseArgs } from "node:util";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import * as z from "zod";
import { functions } from "../functions/manifest.ts";
import { givenUpPrefix } from "./given-up.ts";
import { findInstallation, type Installation } from "./installation.ts";
import { readManifest, type Waking } from "./wakes.ts";

/** What Lambda leaves of a batch ("Capturing discarded batches", with S3 as the destination); the event is text in it. */
const GivenUp = z.object({
  requestContext: z.object({ functionArn: z.string() }),
  timestamp: z.string(),
  DDBStreamBatchInfo: z.object({ shardId: z.string(), startSequenceNumber: z.string(), batchSize: z.number() }),
  payload: z.string(),
});
const StreamEvent = z.looseObject({ Records: z.array(z.unknown()) });

type Batch = {
  key: string;
  functionName: string;
  at: string;
  shardId: string;
  /** Of its first record. */
  sequence: string;
  records: number;
  event: z.infer<typeof StreamEvent>;
};

const batches = async ({ s3, bucket }: Installation): Promise<Batch[]> => {
  const all: Batch[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: s3 },
    { Bucket: bucket, Prefix: givenUpPrefix },
  )) {
    for (const { Key: key = "" } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const left = GivenUp.parse(JSON.parse((await Body?.transformToString()) ?? ""));
      const { shardId, startSequenceNumber: sequence, batchSize: records } = left.DDBStreamBatchInfo;
      const functionName = left.requestContext.functionArn.split(":")[6] ?? "";
      const event = StreamEvent.parse(JSON.parse(left.payload));
      all.push({ key, functionName, at: left.timestamp, shardId, sequence, records, event });
    }
  }
  // In the order in which it happened.
  return all.sort((a, b) => (BigInt(a.sequence) < BigInt(b.sequence) ? -1 : 1));
};

/**
 * The event for the reader. One that counts has passed these records in their shard and would take them for counted: so each
 * batch is a shard of its own, whose mark lets it be counted once, however often it is told.
 */
const eventOf = ({ event, shardId, sequence }: Batch, { wake }: Waking): object =>
  wake.by === "stream" && wake.reads.window
    ? { ...event, state: {}, shardId: `republished/${shardId}/${sequence}` }
    : event;

const Answer = z.object({ batchItemFailures: z.array(z.unknown()).nullish() }).nullish();

const hand = async ({ lambda }: Installation, functionName: string, event: object): Promise<void> => {
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(event)) }),
  );
  const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || "null");
  if (FunctionError)
    throw new Error(z.object({ errorMessage: z.string() }).safeParse(answer).data?.errorMessage ?? FunctionError);
  if (Answer.parse(answer)?.batchItemFailures?.length) throw new Error("It answered that a record failed.");
};

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: { go: { type: "boolean", default: false }, aws: { type: "boolean", default: false } },
  });
  const installation = await findInstallation(values.aws);
  const { s3, bucket: Bucket, where } = installation;
  const readers = new Map((await readManifest(functions)).map((waking) => [waking.functionName, waking]));
  const left = await batches(installation);
  if (left.length === 0) {
    console.log(`The stream's readers gave up on nothing: the bucket has no records of theirs, on ${where}.`);
    return 0;
  }
  const count = (some: readonly Batch[]): number => some.reduce((sum, { records }) => sum + records, 0);
  console.log(`${count(left)} records that the stream's readers gave up on, on ${where}:`);
  for (const [functionName, some] of Map.groupBy(left, (one) => one.functionName)) {
    const times = some.map(({ at }) => at).sort();
    console.log(`  ${count(some)} x to ${functionName}, ${times[0]} … ${times.at(-1)}`);
  }
  if (!values.go) {
    console.log("Nothing was done. Mend the cause, then: npm run republish -- --go");
    return 0;
  }
  const failed: Batch[] = [];
  for (const batch of left) {
    const { key: Key, functionName } = batch;
    try {
      const waking = readers.get(functionName);
      if (!waking) throw new Error("There is no such function any more.");
      await hand(installation, functionName, eventOf(batch, waking));
      // Handed over, then taken out: what dies in between is handed over twice, which does nothing twice.
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    } catch (error) {
      failed.push(batch);
      console.error(`${functionName} failed on ${Key}: ${error instanceof Error ? error.message : error}`);
    }
  }
  console.log(`${count(left) - count(failed)} records done, ${count(failed)} left in the bucket.`);
  return failed.length > 0 ? 1 : 0;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

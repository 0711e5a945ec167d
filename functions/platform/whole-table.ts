import type { AttributeValue, ScanInput, ScanOutput } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import { Operation } from "./aws.ts";
import { config } from "./config.ts";
import type { Key } from "./table.ts";

// What looks through the whole table, to erase from it (erase.ts). Only the removal of a workspace does: whatever it has must go,
// also what a capability wrote that nobody remembers, so nobody has to list where things lie.

export const needs = [{ table: ["dynamodb:Scan"] }] as const;

const scan = new Operation<ScanInput, ScanOutput>("DynamoDB_20120810.Scan");

/** Of an item, what says whose it is, and which objects of the bucket belong to it. */
const Traces = z.object({
  pk: z.string(),
  sk: z.string(),
  kind: z.string().catch(""),
  workspaceId: z.string().optional().catch(undefined),
  contestId: z.string().optional().catch(undefined),
  mediaId: z.string().optional().catch(undefined),
});
export type Traces = z.infer<typeof Traces>;
const attributes = Object.keys(Traces.shape);

/** A stretch of the whole table (1 MB of it), as it stands, and where the next one starts. */
export const stretchOfAll = async (
  startAfter: Key | undefined,
): Promise<{ items: Traces[]; next: Key | undefined }> => {
  const answer = await scan.send({
    TableName: config.table(),
    ConsistentRead: true,
    ProjectionExpression: attributes.map((name) => `#${name}`).join(", "),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
    ...(startAfter ? { ExclusiveStartKey: marshall({ pk: startAfter.pk, sk: startAfter.sk }) } : {}),
  });
  const read = (image: Record<string, AttributeValue>) => Traces.parse(unmarshall(image));
  return { items: (answer.Items ?? []).map(read), next: answer.LastEvaluatedKey && read(answer.LastEvaluatedKey) };
};

import { setTimeout } from "node:timers/promises";
import { type AttributeValue, BatchWriteItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import { config } from "./config.ts";
import { dynamodb, type Key } from "./table.ts";

// What looks through the whole table and erases from it. Only the removal of a workspace does: whatever it has must go,
// also what a capability wrote that nobody remembers, so nobody has to list where things lie.

export const needs = [{ table: ["dynamodb:Scan", "dynamodb:BatchWriteItem"] }] as const;

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
  const answer = await dynamodb().send(
    new ScanCommand({
      TableName: config.table(),
      ConsistentRead: true,
      ProjectionExpression: attributes.map((name) => `#${name}`).join(", "),
      ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
      ...(startAfter ? { ExclusiveStartKey: marshall({ pk: startAfter.pk, sk: startAfter.sk }) } : {}),
    }),
  );
  const read = (image: Record<string, AttributeValue>) => Traces.parse(unmarshall(image));
  return { items: (answer.Items ?? []).map(read), next: answer.LastEvaluatedKey && read(answer.LastEvaluatedKey) };
};

const atOnce = 25;

/** Erases items, whatever they are by now. Nobody is told. */
export const erase = async (keys: readonly Key[]): Promise<void> => {
  for (let from = 0; from < keys.length; from += atOnce) {
    let left = keys
      .slice(from, from + atOnce)
      .map(({ pk, sk }) => ({ DeleteRequest: { Key: marshall({ pk, sk }) as Record<string, AttributeValue> } }));
    for (let attempt = 1; left.length > 0; attempt++) {
      const { UnprocessedItems } = await dynamodb().send(
        new BatchWriteItemCommand({ RequestItems: { [config.table()]: left } }),
      );
      left = (UnprocessedItems?.[config.table()] ?? []).flatMap(({ DeleteRequest }) =>
        DeleteRequest?.Key ? [{ DeleteRequest: { Key: DeleteRequest.Key } }] : [],
      );
      if (left.length > 0) await setTimeout(Math.min(50 * 2 ** attempt, 2_000));
    }
  }
};

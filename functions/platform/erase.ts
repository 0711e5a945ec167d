import { setTimeout } from "node:timers/promises";
import type { AttributeValue, BatchWriteItemInput, BatchWriteItemOutput } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { Operation } from "./aws.ts";
import { config } from "./config.ts";
import type { Key } from "./table.ts";

// Erases many items for good. A file of its own: whoever does not use it may not.
export const needs = [{ table: ["dynamodb:BatchWriteItem"] }] as const;

const batchWrite = new Operation<BatchWriteItemInput, BatchWriteItemOutput>("DynamoDB_20120810.BatchWriteItem");

const atOnce = 25;

/** Erases items, whatever they are by now. Nobody is told. */
export const erase = async (keys: readonly Key[]): Promise<void> => {
  for (let from = 0; from < keys.length; from += atOnce) {
    let left = keys
      .slice(from, from + atOnce)
      .map(({ pk, sk }) => ({ DeleteRequest: { Key: marshall({ pk, sk }) as Record<string, AttributeValue> } }));
    for (let attempt = 1; left.length > 0; attempt++) {
      const { UnprocessedItems } = await batchWrite.send({ RequestItems: { [config.table()]: left } });
      left = (UnprocessedItems?.[config.table()] ?? []).flatMap(({ DeleteRequest }) =>
        DeleteRequest?.Key ? [{ DeleteRequest: { Key: DeleteRequest.Key } }] : [],
      );
      if (left.length > 0) await setTimeout(Math.min(50 * 2 ** attempt, 2_000));
    }
  }
};

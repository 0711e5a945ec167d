import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { s3 } from "../platform/bucket.ts";
import { config } from "../platform/config.ts";
import { keyOf, type Named } from "./long-answers.ts";

export const needs = [{ bucket: ["s3:DeleteObject"] }] as const;

/** Takes away what was said in words too long for their row (long-answers.ts). Done twice it is done once. */
export const forgetWords = async (row: Named): Promise<void> => {
  await s3().send(new DeleteObjectCommand({ Bucket: config.bucket(), Key: keyOf(row) }));
};

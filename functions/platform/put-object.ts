import { PutObjectCommand } from "@aws-sdk/client-s3";
import { s3 } from "./bucket.ts";
import { config } from "./config.ts";

export const needs = [{ bucket: ["s3:PutObject"] }] as const;

/** Writes an object, or writes it again. `type`: its media type. */
export const putObject = async (key: string, bytes: Uint8Array, type: string): Promise<void> => {
  await s3().send(new PutObjectCommand({ Bucket: config.bucket(), Key: key, Body: bytes, ContentType: type }));
};

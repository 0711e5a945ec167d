import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { config } from "./config.ts";

// The one bucket: what is too large for an item of the table (400 KB).

export const needs = [{ bucket: ["s3:PutObject", "s3:GetObject"] }] as const;

let shared: S3Client | undefined;
const s3 = (): S3Client => {
  shared ??= new S3Client();
  return shared;
};

/** Writes an object, or writes it again. `type`: its media type. */
export const putObject = async (key: string, bytes: Uint8Array, type: string): Promise<void> => {
  await s3().send(new PutObjectCommand({ Bucket: config.bucket(), Key: key, Body: bytes, ContentType: type }));
};

/** Reads an object as a whole. Throws where there is none: what an item points to exists. */
export const getObject = async (key: string): Promise<Uint8Array> => {
  const { Body } = await s3().send(new GetObjectCommand({ Bucket: config.bucket(), Key: key }));
  if (!Body) throw new Error(`The object ${key} came without a body.`);
  return Body.transformToByteArray();
};

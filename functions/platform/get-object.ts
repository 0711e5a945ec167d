import { GetObjectCommand } from "@aws-sdk/client-s3";
import { s3 } from "./bucket.ts";
import { config } from "./config.ts";

export const needs = [{ bucket: ["s3:GetObject"] }] as const;

/** Reads an object as a whole. Throws where there is none: what an item points to exists. */
export const getObject = async (key: string): Promise<Uint8Array> => {
  const { Body } = await s3().send(new GetObjectCommand({ Bucket: config.bucket(), Key: key }));
  if (!Body) throw new Error(`The object ${key} came without a body.`);
  return Body.transformToByteArray();
};

import { GetObjectCommand, S3ServiceException } from "@aws-sdk/client-s3";
import { s3 } from "./bucket.ts";
import { config } from "./config.ts";

export const needs = [{ bucket: ["s3:GetObject"] }] as const;

const read = async (key: string, range?: string): Promise<Uint8Array> => {
  const asked = { Bucket: config.bucket(), Key: key, ...(range === undefined ? {} : { Range: range }) };
  const { Body } = await s3().send(new GetObjectCommand(asked));
  if (!Body) throw new Error(`The object ${key} came without a body.`);
  return Body.transformToByteArray();
};

/** Whether there is no such object. Who may not list a bucket is told "forbidden" of what is not there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof S3ServiceException && (error.name === "NoSuchKey" || error.$metadata.httpStatusCode === 403);

/** Reads an object as a whole. Throws where there is none: what an item points to exists. */
export const getObject = (key: string): Promise<Uint8Array> => read(key);

/** Reads `length` bytes of an object, from the byte `from` on. Throws where there are not so many. */
export const getPart = async (key: string, from: number, length: number): Promise<Uint8Array> => {
  const bytes = await read(key, `bytes=${from}-${from + length - 1}`);
  if (bytes.length !== length) throw new Error(`The object ${key} has no ${length} bytes from ${from} on.`);
  return bytes;
};

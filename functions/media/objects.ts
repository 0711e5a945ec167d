import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3ServiceException } from "@aws-sdk/client-s3";
import { s3 } from "../platform/bucket.ts";
import { config } from "../platform/config.ts";
import { isMissing } from "../platform/get-object.ts";

// Where a file lies in the bucket: what was uploaded, which is forgotten in a day or two, and what is public. The latter's
// key is its path, so that the CDN reads it as it was asked for.

export const needs = [{ bucket: ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"] }] as const;

export const uploadKey = (mediaId: string): string => `uploads/${mediaId}`;
export const publicKey = (mediaId: string): string => `m/${mediaId}`;

/** A smaller one of the same, for networks that do not take the large one. */
export const smallerKey = (mediaId: string): string => `sizes/${mediaId}`;

/** What is published never changes. The CDN asks again every hour, since it may be deleted; a browser that has it keeps it. */
export const cacheControl = "public, max-age=31536000, s-maxage=3600, immutable";

export const findObject = async (key: string): Promise<Uint8Array | undefined> => {
  try {
    const { Body } = await s3().send(new GetObjectCommand({ Bucket: config.bucket(), Key: key }));
    return await Body?.transformToByteArray();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** Writes what is public. Gives false where something stands there already: it is left as it is. */
export const putPublic = async (mediaId: string, bytes: Uint8Array, type: string): Promise<boolean> => {
  try {
    await s3().send(
      new PutObjectCommand({
        Bucket: config.bucket(),
        Key: publicKey(mediaId),
        Body: bytes,
        ContentType: type,
        CacheControl: cacheControl,
        IfNoneMatch: "*",
      }),
    );
    return true;
  } catch (error) {
    // 412: it is there; 409: another is just writing it.
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === 412 || status === 409) return false;
    throw error;
  }
};

/** Made from the same bytes it is the same bytes, so writing it again changes nothing. */
export const putSmaller = async (mediaId: string, bytes: Uint8Array): Promise<void> => {
  await s3().send(
    new PutObjectCommand({ Bucket: config.bucket(), Key: smallerKey(mediaId), Body: bytes, ContentType: "image/jpeg" }),
  );
};

export const deleteObject = async (key: string): Promise<void> => {
  await s3().send(new DeleteObjectCommand({ Bucket: config.bucket(), Key: key }));
};

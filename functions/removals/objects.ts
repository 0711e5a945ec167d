import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { deleteObject, publicKey, smallerKey, uploadKey } from "../media/objects.ts";
import { s3 } from "../platform/bucket.ts";
import { config } from "../platform/config.ts";
import type { Traces } from "../platform/whole-table.ts";

// Which objects of the bucket belong to what is removed.

export const needs = [{ bucket: ["s3:ListBucket"] }] as const;

const deleteAll = async (prefix: string): Promise<void> => {
  for (;;) {
    // What was listed is deleted, so the first page is always the next.
    const { Contents } = await s3().send(new ListObjectsV2Command({ Bucket: config.bucket(), Prefix: prefix }));
    const keys = (Contents ?? []).flatMap(({ Key }) => Key ?? []);
    if (keys.length === 0) return;
    for (const key of keys) await deleteObject(key);
  }
};

/** Deletes the objects that an item stands for. */
export const deleteObjectsOf = async ({ kind, contestId, mediaId }: Traces): Promise<void> => {
  if (kind === "contest" && contestId) await deleteAll(`contests/${contestId}/`);
  if (kind === "media" && mediaId)
    for (const key of [publicKey(mediaId), uploadKey(mediaId), smallerKey(mediaId)]) await deleteObject(key);
};

/** Deletes what no item stands for: exports, the pictures of link previews, and long answers to polls. */
export const deleteObjectsBeside = async (workspaceId: string): Promise<void> => {
  for (const folder of ["exports", "cards", "answers"]) await deleteAll(`${folder}/${workspaceId}/`);
};

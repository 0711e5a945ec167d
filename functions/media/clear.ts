import { onDue } from "../platform/background.ts";
import { put } from "../platform/table.ts";
import { cleared, deleteMedia } from "./media.ts";
import { deleteObject, publicKey, smallerKey, uploadKey } from "./objects.ts";
import { media } from "./table.ts";

// A file that never came is deleted after a day; and a minute after a file was deleted, for whatever reason, its bytes are.

export const due = "media.clear";

export const handler = onDue(due, media, async ({ state: file, now, save }) => {
  if (file.status === "awaiting") return save([put(media, ...deleteMedia(file, now))]);
  if (file.status !== "deleted") return;
  for (const key of [publicKey(file.mediaId), uploadKey(file.mediaId), smallerKey(file.mediaId)])
    await deleteObject(key);
  await save([put(media, cleared(file))]);
});

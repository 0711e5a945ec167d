import { createHash } from "node:crypto";
import * as z from "zod";
import { event } from "../events/media.ts";
import { onEvent } from "../platform/background.ts";
import { log } from "../platform/log.ts";
import { put } from "../platform/table.ts";
import { deleteObject, findObject, publicKey, putSmaller, smallerKey } from "./objects.ts";
import { mostSide, mostSmallerBytes, type Scalable, scalable, smaller } from "./smaller.ts";
import { findMedia, media } from "./table.ts";

// A large picture gets a smaller one beside it, once it is published: for networks that do not take the large one. It is made in
// a function of its own, since that takes seconds and a gigabyte.

export const on = ["media.published"];
/** Of 50 megapixels the pixels alone are 200 MB, twice while they are scaled. */
export const limits = { timeoutSeconds: 60, memoryMB: 2048 };
/** Larger ones stay as they are. */
const mostPixels = 50_000_000;

const Of = z.object({ mediaId: z.string() });
const isScalable = (type: string): type is Scalable => scalable.some((one) => one === type);

export const handler = onEvent(async ({ detail: { workspaceId, data }, now, save }) => {
  const { mediaId } = Of.parse(data);
  const file = await findMedia(workspaceId, mediaId, now);
  if (file?.status === "deleted") return deleteObject(smallerKey(mediaId));
  if (file?.status !== "published" || file.smaller) return;
  const { type, bytes, width, height } = file;
  const isLarge = bytes > mostSmallerBytes || Math.max(width, height) > mostSide;
  if (!isLarge || !isScalable(type) || width * height > mostPixels) return;
  const original = await findObject(publicKey(mediaId));
  if (!original) return;
  const made = await smaller(original, type).catch((error: unknown) => {
    // Whole as a file, but no picture that can be read: it stays as it is, and nothing is made of it again.
    log.warn("A picture could not be made smaller", { mediaId, error: error instanceof Error ? error.name : "" });
    return undefined;
  });
  if (!made) return;
  await putSmaller(mediaId, made.bytes);
  const sha256 = createHash("sha256").update(made.bytes).digest("hex");
  const size = {
    type: "image/jpeg" as const,
    bytes: made.bytes.length,
    width: made.width,
    height: made.height,
    sha256,
  };
  const { sha256: _, ...told } = size;
  await save([put(media, { ...file, smaller: size }, [event("media.sized", { mediaId, ...told })])]);
});

import { milliseconds } from "./clock.ts";
import { refuse } from "./errors.ts";
import { stillNamed, whoseNow } from "./names.ts";
import type { Change } from "./table.ts";

/** An image that a body names, and where it stands there. */
export type NamedImage = { mediaId: string; pointer: string };

/**
 * Images that something shows are published ones of its workspace; `unknown_media` refuses any other. What comes back is saved
 * with what shows them, so that none is deleted at the same moment.
 */
export const publishedImages = async (
  workspaceId: string,
  named: readonly NamedImage[],
  now: string,
): Promise<Change[]> => {
  const pointers = new Map(named.map(({ mediaId, pointer }) => [mediaId, pointer]));
  return Promise.all(
    [...pointers].map(async ([mediaId, pointer]) => {
      const name = await whoseNow("media", mediaId, milliseconds(now));
      if (name?.workspaceId === workspaceId && name.type?.startsWith("image/")) return stillNamed(name);
      return refuse("unknown_media", "This is no published image of this workspace.", [
        { pointer, detail: "Upload one (POST /v1/media), publish it, and give its id." },
      ]);
    }),
  );
};

import { findLink, links } from "../links/link.ts";
import { Conflict, put, save } from "../platform/table.ts";
import type { Worded } from "./wording.ts";

/** The short links of what is about to leave lead where they should. Done twice it is done once. */
export const openLinks = async (
  { workspaceId, postId, channelId }: { workspaceId: string; postId: string; channelId: string },
  worded: Worded | undefined,
  now: string,
): Promise<void> => {
  for (const { slug, url } of worded?.links ?? []) {
    if (await findLink(slug, now)) continue;
    try {
      await save([put(links, { slug, workspaceId, postId, channelId, url })], {
        ...{ now, actor: "system:links", cause: postId },
      });
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
};

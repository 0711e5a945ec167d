import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { found } from "../platform/errors.ts";
import { isLeaving } from "../platform/leaving.ts";
import { log } from "../platform/log.ts";
import { page } from "../platform/page.ts";
import { put } from "../platform/table.ts";
import { click, clicks, findLinkCached, SlugOfLink } from "./link.ts";
import { isLookedAt } from "./looked-at.ts";

// Where short links lead. Part of a page of posts: one function less.

export const linkRoutes = {
  followLink: page({
    method: "GET",
    path: "/l/{slug}",
    summary: "A short link: it leads on. A person's click is counted, for the post and the channel that it stood in.",
    params: z.strictObject({ slug: SlugOfLink }),
    run: async ({ params, method, headers, wantsJson, now, save }) => {
      const link = found(await findLinkCached(params.slug, now), "link");
      if (await isLeaving(link.workspaceId, milliseconds(now))) found(undefined, "link");
      if (isLookedAt({ method, headers, wantsJson })) {
        try {
          await save([put(clicks, click(link, now))]);
        } catch (error) {
          // A click that could not be written down is not worth a link that does not lead on.
          log.warn("A click was not counted", { error: error instanceof Error ? error.name : "unknown" });
        }
      }
      // As it goes on the wire: what is no ASCII is encoded (RFC 3986), as every browser would.
      return { seeOther: new URL(link.url).href };
    },
  }),
};

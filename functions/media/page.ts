import * as z from "zod";
import { milliseconds, minutes, seconds } from "../platform/clock.ts";
import { found } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { whose } from "../platform/names.ts";
import { html, page, pages } from "../platform/page.ts";
import { standing } from "./media.ts";
import { cacheControl, findObject, publicKey } from "./objects.ts";
import { presignedGet } from "./presign-get.ts";
import { signerNow } from "./signature.ts";
import { findMediaCached } from "./table.ts";

// Published files. Where there is a CDN it reads them from the bucket itself, and asks here only for what is not there.

/** An answer may have 6 MB, and bytes travel in it as base64. */
const mostBytesInAnswer = 4_000_000;
const linkLifeMs = minutes(15);

export const routes = {
  showMedia: page({
    method: "GET",
    path: "/m/{mediaId}",
    summary: "A published picture or film. A large one is elsewhere, for a quarter of an hour.",
    params: z.strictObject({ mediaId: Id("media") }),
    refuses: ["media_deleted"],
    run: async ({ params: { mediaId }, now, speak }) => {
      const name = found(await whose("media", mediaId, milliseconds(now)), "file");
      const file = standing(found(await findMediaCached(name.workspaceId, mediaId, now), "file"));
      const key = publicKey(mediaId);
      if (file.bytes > mostBytesInAnswer)
        return { seeOther: presignedGet(signerNow(now), key, linkLifeMs / seconds(1)) };
      return {
        language: speak("nl"),
        title: mediaId,
        body: html``,
        document: {
          type: file.type,
          text: found(await findObject(key), "file"),
          headers: { "cache-control": cacheControl, "content-security-policy": "default-src 'none'; sandbox" },
        },
      };
    },
  }),
};

export const handler = pages(routes);

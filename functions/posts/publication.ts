import type { Medium, Publication } from "../channels/connector.ts";
import { clock, instant } from "../platform/clock.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Delivery } from "./delivery.ts";
import { openLinks } from "./open-links.ts";
import { ballotAt, type Planned, type Shown, saidOn } from "./post.ts";

/** A file's bytes come when a connector asks for them: the bucket's client is not loaded for what needs none. */
const mediumOf =
  (home: string) =>
  ({ mediaId, size, smaller: _, ...shown }: Shown): Medium => ({
    ...shown,
    mediaId,
    url: `${home}/m/${mediaId}`,
    read: async () =>
      (await import("../platform/get-object.ts")).getObject(`${size === "smaller" ? "sizes" : "m"}/${mediaId}`),
  });

/** What is sent of a post to one channel, as its connector gets it. */
export const publicationOf = async (post: Planned, { channelId, key, at, kept }: Delivery): Promise<Publication> => {
  const { text, media = [], thread = [], ballot } = saidOn(post, channelId);
  await openLinks({ workspaceId: post.workspaceId, postId: post.id, channelId }, post.wording?.[channelId], at);
  const shows = media.length > 0 || thread.some((part) => part.media?.length);
  const home = shows ? (await brandOf(post.workspaceId, instant(clock.now()))).url : "";
  const shown = mediumOf(home);
  return {
    postId: post.id,
    key,
    at,
    text,
    ...(post.language === undefined ? {} : { language: post.language }),
    media: media.map(shown),
    thread: thread.map((part) => ({ text: part.text, media: (part.media ?? []).map(shown) })),
    // By the planned time: the same question however often it is sent.
    ...(ballot ? { ballot: ballotAt(ballot, at) } : {}),
    kept: kept ?? {},
  };
};

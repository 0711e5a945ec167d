import * as z from "zod";
import { byLink, clicksSubject } from "../events/links.ts";
import { shortUrl } from "../links/link.ts";
import { milliseconds } from "../platform/clock.ts";
import { countsFor } from "../platform/counts.ts";
import { brandOf } from "../workspaces/brand.ts";
import { channelsOf, type Standing } from "./post.ts";

/** A short link of a post on one channel. */
export const LinkView = z
  .object({
    channelId: z.string(),
    url: z.string().describe("Where it leads."),
    shortUrl: z.string().describe("What stands in the text there; it leads on from when the post is sent."),
    clicks: z.int().describe("By people: no bots, no link previews. Nobody is told apart, so twice is two."),
  })
  .meta({ id: "ShortLink" });

export const linksOf = async (post: Standing, now: string): Promise<z.infer<typeof LinkView>[]> => {
  const { workspaceId, id, wording = {} } = post;
  const all = channelsOf(post).flatMap((channelId) =>
    (wording[channelId]?.links ?? []).map((link) => ({ channelId, ...link })),
  );
  if (all.length === 0) return [];
  const [counts, { url: home }] = await Promise.all([
    countsFor(workspaceId, clicksSubject(id), milliseconds(now)),
    brandOf(workspaceId, now),
  ]);
  return all.map(({ channelId, slug, url }) => ({
    ...{ channelId, url, shortUrl: shortUrl(home, slug) },
    clicks: counts[byLink(slug)] ?? 0,
  }));
};

import type * as z from "zod";
import type { Brand } from "../platform/brand.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Said, Self } from "./actor.ts";
import type { Connected } from "./channel.ts";
import { type Actor, actorFor } from "./fediverse-table.ts";
import { FeedSettings, itemUrl } from "./networks/feed.ts";
import { type FeedItem, findChannelCached } from "./table.ts";

// A feed as the fediverse sees it: every one that is public can be followed there, unless its owner wants otherwise.

export type OnFediverse = { channel: Connected; settings: z.infer<typeof FeedSettings>; brand: Brand };

/** Whether a feed can be followed. What only who has a key can read is nobody's to follow. */
export const isFollowable = ({ network, status, settings, ...channel }: Connected): boolean =>
  status === "connected" &&
  network === "feed" &&
  !channel.secretNames.includes("accessKey") &&
  FeedSettings.parse(settings).fediverse !== false;

/** The feed, where it can be followed; at most five seconds old. */
export const fediverseOf = async (
  workspaceId: string,
  channelId: string,
  now: string,
): Promise<OnFediverse | undefined> => {
  const channel = await findChannelCached(workspaceId, channelId, now);
  if (channel?.status !== "connected" || !isFollowable(channel)) return undefined;
  return { channel, settings: FeedSettings.parse(channel.settings), brand: await brandOf(workspaceId, now) };
};

/** How it shows itself. */
export const selfOf = async ({ channel, settings, brand }: OnFediverse, now: string): Promise<Self & Actor> => ({
  ...(await actorFor(channel.workspaceId, channel.id, now)),
  handle: channel.handle,
  name: channel.name,
  description: settings.description,
  url: `${brand.url}/@${channel.handle}`,
  iconUrl: brand.logoUrl,
  since: channel.connectedAt,
});

export const saidIn = ({ channel, settings, brand }: OnFediverse, item: FeedItem): Said => ({
  itemId: item.id,
  text: item.text,
  publishedAt: item.publishedAt,
  url: itemUrl(brand, channel.handle, item.id),
  language: item.language ?? settings.language,
  pictures: (item.media ?? []).map(({ mediaId, ...picture }) => ({ ...picture, url: `${brand.url}/m/${mediaId}` })),
});

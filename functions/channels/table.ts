import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { open, seal } from "../platform/secrets.ts";
import { get, getCached, type Key, type Kind, page, put, type Stretch } from "../platform/table.ts";
import { Channel, type Connected, type Sealed } from "./channel.ts";
import type { Allowance, Connection } from "./connector.ts";

// Asked                                        Answered by
// this channel                                 WS#<workspace>#CHANNELS / <channel>
// the channels of a workspace, oldest first    the same partition, since ids sort by time
// whose handle is this                         the directory of public names ("channel")
// what may still be sent on an account       WS#<workspace>#ALLOWANCES / <network> <account>
// the posts on a feed, newest first            WS#<workspace>#FEED#<channel> / <key of the delivery>, since these sort by time

export const channels: Kind<Channel> = {
  kind: "channel",
  schema: Channel,
  key: ({ workspaceId, id }) => channelKey(workspaceId, id),
};
const channelKey = (workspaceId: string, id: string): Key => ({ pk: `WS#${workspaceId}#CHANNELS`, sk: id });

export const findChannel = (workspaceId: string, channelId: string, now: string): Promise<Channel | undefined> =>
  get(channels, channelKey(workspaceId, channelId), milliseconds(now));

const cached = getCached(channels);

/** The same, at most five seconds old: for pages. */
export const findChannelCached = (workspaceId: string, channelId: string, now: string): Promise<Channel | undefined> =>
  cached(channelKey(workspaceId, channelId), milliseconds(now));

/** Oldest first. */
export const channelsOf = (
  workspaceId: string,
  list: { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<Stretch<Channel>> =>
  page(channels, { pk: channelKey(workspaceId, "").pk }, { ...list, nowMs: milliseconds(now) });

const Fields = z.record(z.string(), z.unknown());
const bound = (channelId: string): string => `channel ${channelId} secrets`;

/** Seals a network's secrets for a channel; without any there is nothing to keep. */
export const sealSecrets = async (
  workspaceId: string,
  channelId: string,
  secrets: Record<string, unknown> | undefined,
): Promise<Sealed> => {
  const names = Object.keys(secrets ?? {});
  if (names.length === 0) return { secrets: undefined, secretNames: [] };
  return { secrets: await seal(workspaceId, bound(channelId), JSON.stringify(secrets)), secretNames: names };
};

/** A channel with its secrets open, for its network. */
export const connectionOf = async ({
  workspaceId,
  id,
  handle,
  settings,
  secrets,
  account,
}: Connected): Promise<Connection> => ({
  workspaceId,
  channelId: id,
  handle,
  settings,
  account,
  secrets: secrets ? Fields.parse(JSON.parse((await open(workspaceId, bound(id), secrets)).toString())) : {},
});

/** What a network still takes from an account, which all its channels share. Kept while there is little of it only. */
const AccountAllowance = z.object({
  workspaceId: z.string(),
  name: z.string(),
  remaining: z.number(),
  resetAt: z.string(),
  /** Who took the last place: two that take one at the same moment write two things. */
  takenBy: z.string().optional(),
});
type AccountAllowance = z.infer<typeof AccountAllowance>;

export const allowances: Kind<AccountAllowance> = {
  kind: "allowance",
  schema: AccountAllowance,
  key: ({ workspaceId, name }) => allowanceKey(workspaceId, name),
  expires: ({ resetAt }) => resetAt,
};
const allowanceKey = (workspaceId: string, name: string): Key => ({ pk: `WS#${workspaceId}#ALLOWANCES`, sk: name });
const accountOf = ({ network, account, id }: Pick<Channel, "network" | "account" | "id">): string =>
  `${network} ${account?.id ?? id}`;

/** What is known of a channel's account; undefined where nothing is, or there is plenty. */
export const findAllowance = (channel: Channel, now: string): Promise<AccountAllowance | undefined> =>
  get(allowances, allowanceKey(channel.workspaceId, accountOf(channel)), milliseconds(now));

export const putAllowance = (
  channel: Channel,
  standing: AccountAllowance | undefined,
  next: Allowance & { takenBy?: string },
) => put(allowances, { ...standing, workspaceId: channel.workspaceId, name: accountOf(channel), ...next });

const FeedItem = z.object({
  workspaceId: z.string(),
  channelId: z.string(),
  /** The key of the delivery that brought it. */
  id: z.string(),
  postId: z.string(),
  text: z.string(),
  publishedAt: z.string(),
  /** BCP 47, where the post says it. */
  language: z.string().optional(),
  media: z
    .array(
      z.object({
        mediaId: z.string(),
        type: z.string(),
        width: z.number(),
        height: z.number(),
        alt: z.string().optional(),
      }),
    )
    .optional(),
});
export type FeedItem = z.infer<typeof FeedItem>;

export const feedItems: Kind<FeedItem> = {
  kind: "feed-item",
  schema: FeedItem,
  key: ({ workspaceId, channelId, id }) => feedKey(workspaceId, channelId, id),
};
const feedKey = (workspaceId: string, channelId: string, itemId: string): Key => ({
  pk: `WS#${workspaceId}#FEED#${channelId}`,
  sk: itemId,
});

export const putFeedItem = (item: FeedItem) => put(feedItems, item);

export const findFeedItem = (
  workspaceId: string,
  channelId: string,
  itemId: string,
  now: string,
): Promise<FeedItem | undefined> => get(feedItems, feedKey(workspaceId, channelId, itemId), milliseconds(now));

/** Newest first; `before` is the id of the last item of the page before. */
export const feedItemsOf = (
  { workspaceId, id }: Channel,
  { limit, before }: { limit: number; before?: string | undefined },
  now: string,
): Promise<Stretch<FeedItem>> => {
  const { pk } = feedKey(workspaceId, id, "");
  const startAfter = before === undefined ? undefined : feedKey(workspaceId, id, before);
  return page(feedItems, { pk, newestFirst: true }, { limit, startAfter, nowMs: milliseconds(now) });
};

import type * as z from "zod";
import { clock, instant } from "../../platform/clock.ts";
import { type Change, Conflict, drop, save } from "../../platform/table.ts";
import { brandOf } from "../../workspaces/brand.ts";
import { type Collected, type Connection, connector, noTime, type Reply } from "../connector.ts";
import { fediverseOf } from "../fediverse.ts";
import { inboxesOf, type Message, reactionsTo } from "../fediverse-table.ts";
import { type FeedSecrets, type FeedSettings, itemUrl, feed as network } from "../networks/feed.ts";
import { feedItems, findFeedItem, putFeedItem } from "../table.ts";
import { mailing } from "../tell-followers.ts";

// Our own pages: what is sent is an item in the table. A post's key there is the key of its delivery.

const actor = "system:feed";

type Of = { workspaceId: string; channelId: string };
type To = Connection<z.infer<typeof FeedSettings>, z.infer<typeof FeedSecrets>>;

/** What followers are told, where there are any; and the hub of a public feed, that it changed. */
const telling = async (
  { workspaceId, channelId, settings: { hub }, secrets: { accessKey } }: To,
  message: Extract<Message, { itemId: string }>,
  now: string,
): Promise<Change[]> => {
  const of = { workspaceId, channelId };
  const { items } = await inboxesOf(of, { limit: 1, after: undefined }, now);
  const isFollowed = items.length > 0 && (await fediverseOf(workspaceId, channelId, now)) !== undefined;
  const because = `${message.says}-${message.itemId}`;
  return [
    ...(isFollowed ? [mailing(of, message, now)] : []),
    ...(hub !== undefined && accessKey === undefined ? [mailing(of, { says: "ping", because }, now, hub)] : []),
  ];
};

/** Replies come newest last, each once: `cursor` is the time of the last one, and the names of those of that time. */
const collect = async (of: Of, itemId: string, cursor: string | undefined): Promise<Collected> => {
  const figures = { likes: 0, replies: 0, reposts: 0 };
  const replies: Reply[] = [];
  for await (const reaction of reactionsTo({ ...of, itemId })) {
    if (reaction.status === "like") figures.likes++;
    else if (reaction.status === "share") figures.reposts++;
    else {
      figures.replies++;
      const { id: externalId, at, author, text, url } = reaction;
      replies.push({ externalId, at, author, text, url });
    }
  }
  replies.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const [seenAt = "", ...seen] = cursor?.split(" ") ?? [];
  const last = replies.at(-1)?.at ?? seenAt;
  const known = replies.filter(({ at }) => at === last).map(({ externalId }) => externalId);
  return {
    figures,
    replies: replies.filter(({ at, externalId }) => at > seenAt || (at === seenAt && !seen.includes(externalId))),
    cursor: [last, ...known].join(" "),
  };
};

export const feed = connector(network, {
  // It is here.
  test: async ({ channelId, handle }) => ({ id: channelId, handle }),
  publish: async (to, { postId, key, text, media, language }, guard) => {
    const { workspaceId, channelId, handle } = to;
    const publishedAt = instant(clock.now());
    const item = putFeedItem({
      ...{ workspaceId, channelId, id: key, postId, text, publishedAt },
      ...(language === undefined ? {} : { language }),
      ...(media.length === 0
        ? {}
        : { media: media.map(({ mediaId, type, width, height, alt }) => ({ mediaId, type, width, height, alt })) }),
    });
    const told = await telling(to, { says: "create", itemId: key }, publishedAt);
    if (!guard.mayWrite()) return noTime;
    try {
      await save([item, ...told], { now: publishedAt, actor, cause: postId });
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      // It stands there: an earlier try whose answer was lost.
    }
    return { outcome: "sent", externalId: key, url: itemUrl(await brandOf(workspaceId, publishedAt), handle, key) };
  },
  find: async ({ workspaceId, channelId, handle }, { key }) => {
    const now = instant(clock.now());
    const item = await findFeedItem(workspaceId, channelId, key, now);
    if (!item) return { finding: "absent" };
    return { finding: "found", externalId: key, url: itemUrl(await brandOf(workspaceId, now), handle, key) };
  },
  retract: async (to, { externalId }) => {
    const { workspaceId, channelId } = to;
    const now = instant(clock.now());
    const item = await findFeedItem(workspaceId, channelId, externalId, now);
    if (!item) return;
    try {
      const told = await telling(to, { says: "delete", itemId: item.id }, now);
      await save([drop(feedItems, item), ...told], { now, actor, cause: item.postId });
    } catch (error) {
      // Someone else was first: it is gone.
      if (!(error instanceof Conflict)) throw error;
    }
  },
  collect: ({ workspaceId, channelId }, { externalId }, cursor) =>
    collect({ workspaceId, channelId }, externalId, cursor),
});

import { timingSafeEqual } from "node:crypto";
import * as z from "zod";
import type { Brand } from "../platform/brand.ts";
import { milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { Slug } from "../platform/ids.ts";
import { whose } from "../platform/names.ts";
import { type Html, html, shownAt, type Visit } from "../platform/page.ts";
import { sha256 } from "../platform/secrets.ts";
import { sayTime } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Connected } from "./channel.ts";
import { FeedSecrets, FeedSettings, itemUrl } from "./networks/feed.ts";
import { connectionOf, type FeedItem, findChannelCached } from "./table.ts";

// A feed as the public reads it: whose it is, where its parts are, and a post as markup and for programs. page.ts has a post and
// the feeds for readers; the page of all posts is the workspace's own (showcase/page.ts).

export const ItemId = z.string().regex(/^[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$/);
export const FeedPath = z.strictObject({ handle: Slug });
export const Key = { key: z.string().max(100).optional().describe("The access key of a private feed.") };

export type Feed = {
  channel: Connected;
  settings: z.infer<typeof FeedSettings>;
  key: string | undefined;
  brand: Brand;
};

export const nothing = (): never => refuse("not_found", "There is no such feed.");

/** The feed of this public name. A private one is not there for who does not know its key. */
export const readFeed = async (
  here: Pick<Visit, "owner" | "now">,
  handle: string,
  key: string | undefined,
): Promise<Feed> => {
  const { now } = here;
  const name = shownAt(here, await whose("channel", handle, milliseconds(now)));
  const channel = name && (await findChannelCached(name.workspaceId, name.id, now));
  if (channel?.status !== "connected" || channel.network !== "feed") return nothing();
  const { secrets, settings } = await connectionOf(channel);
  const { accessKey } = FeedSecrets.parse(secrets);
  if (accessKey !== undefined && !timingSafeEqual(sha256(accessKey), sha256(key ?? ""))) return nothing();
  const brand = await brandOf(channel.workspaceId, now);
  return { channel, settings: FeedSettings.parse(settings), key: accessKey, brand };
};

/** An address of this feed; a private feed's key rides along, since whoever reads this knows it. */
export const address = ({ key }: Feed, url: string, query: Record<string, string | undefined> = {}): string => {
  const search = new URLSearchParams(
    Object.entries({ ...query, key }).filter((pair): pair is [string, string] => pair[1] !== undefined),
  ).toString();
  return search ? `${url}?${search}` : url;
};
export const homeOf = ({ channel, brand }: Feed): string => `${brand.url}/@${channel.handle}`;

export const mediaUrl = ({ brand }: Feed, { mediaId }: { mediaId: string }): string => `${brand.url}/m/${mediaId}`;

/** Addresses in a text, without the punctuation that follows them. */
const link = /https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}]/g;

/** A text as markup: its addresses are links, its lines stay (the style keeps them). */
export const linked = (text: string): Html => {
  const parts: Html[] = [];
  let end = 0;
  for (const { 0: url, index } of text.matchAll(link)) {
    parts.push(html`${text.slice(end, index)}<a href="${url}">${url}</a>`);
    end = index + url.length;
  }
  return html`${parts}${text.slice(end)}`;
};

export const entry = (feed: Feed, item: FeedItem, language: "nl" | "en"): Html =>
  html`<article lang="${item.language ?? feed.settings.language}">${linked(item.text)}${(item.media ?? []).map(({ mediaId, width, height, alt = "" }) => html`<img class="picture" src="${`/m/${mediaId}`}" width="${width}" height="${height}" alt="${alt}" loading="lazy">`)}
<p class="soft"><a href="${address(feed, itemUrl(feed.brand, feed.channel.handle, item.id))}"><time datetime="${item.publishedAt}">${sayTime(item.publishedAt, language, feed.settings.zone)}</time></a></p></article>`;

export const toJson = (feed: Feed, items: readonly FeedItem[]) => ({
  name: feed.channel.name,
  description: feed.settings.description,
  items: items.map(({ id, text, publishedAt, media }) => ({
    id,
    url: address(feed, itemUrl(feed.brand, feed.channel.handle, id)),
    text,
    publishedAt,
    ...(media ? { media: media.map((picture) => ({ ...picture, url: mediaUrl(feed, picture) })) } : {}),
  })),
});

import { timingSafeEqual } from "node:crypto";
import * as z from "zod";
import type { Brand } from "../platform/brand.ts";
import { milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { idBytes, Slug } from "../platform/ids.ts";
import { whose } from "../platform/names.ts";
import { type Html, html, page, pages, shownAt, type Visit } from "../platform/page.ts";
import { sha256 } from "../platform/secrets.ts";
import { sayTime } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Connected } from "./channel.ts";
import { FeedSecrets, FeedSettings, itemUrl } from "./networks/feed.ts";
import { connectionOf, type FeedItem, feedItemsOf, findChannelCached, findFeedItem } from "./table.ts";
import { shorten } from "./text.ts";
import { words } from "./words.ts";

const perPage = 20;
/** Readers ask now and then, and must not miss what came between. */
const perFeed = 50;

const ItemId = z.string().regex(/^[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$/);
const FeedPath = z.strictObject({ handle: Slug });
const Key = { key: z.string().max(100).optional().describe("The access key of a private feed.") };

type Feed = { channel: Connected; settings: z.infer<typeof FeedSettings>; key: string | undefined; brand: Brand };

const nothing = (): never => refuse("not_found", "There is no such feed.");

/** The feed of this public name. A private one is not there for who does not know its key. */
const readFeed = async (here: Pick<Visit, "owner" | "now">, handle: string, key: string | undefined): Promise<Feed> => {
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
const address = ({ key }: Feed, url: string, query: Record<string, string | undefined> = {}): string => {
  const search = new URLSearchParams(
    Object.entries({ ...query, key }).filter((pair): pair is [string, string] => pair[1] !== undefined),
  ).toString();
  return search ? `${url}?${search}` : url;
};
const homeOf = ({ channel, brand }: Feed): string => `${brand.url}/@${channel.handle}`;

/** Addresses in a text, without the punctuation that follows them. */
const link = /https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}]/g;

/** A text as markup: its addresses are links, its lines stay (the style keeps them). */
const linked = (text: string): Html => {
  const parts: Html[] = [];
  let end = 0;
  for (const { 0: url, index } of text.matchAll(link)) {
    parts.push(html`${text.slice(end, index)}<a href="${url}">${url}</a>`);
    end = index + url.length;
  }
  return html`${parts}${text.slice(end)}`;
};

const entry = (feed: Feed, item: FeedItem, language: "nl" | "en"): Html =>
  html`<article lang="${feed.settings.language}">${linked(item.text)}
<p class="soft"><a href="${address(feed, itemUrl(feed.brand, feed.channel.handle, item.id))}"><time datetime="${item.publishedAt}">${sayTime(item.publishedAt, language, feed.settings.zone)}</time></a></p></article>`;

const toJson = (feed: Feed, items: readonly FeedItem[]) => ({
  name: feed.channel.name,
  description: feed.settings.description,
  items: items.map(({ id, text, publishedAt }) => ({
    id,
    url: address(feed, itemUrl(feed.brand, feed.channel.handle, id)),
    text,
    publishedAt,
  })),
});

/** Characters that XML 1.0 (section 2.2) cannot carry, not even escaped. */
const unprintable = /[^\P{Cc}\t\n\r\u007f-\u009f]|[\ufffe\uffff]/gu;
const xml = (text: string): string => text.toWellFormed().replace(unprintable, "");

/** An id as a URN (RFC 9562): it stays the same when the address changes. */
const urn = (id: string): string =>
  `urn:uuid:${Buffer.from(idBytes(id))
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")}`;

const firstLine = (text: string): string => shorten(text.trim().split("\n", 1)[0]!, 80);

/** Atom (RFC 4287). `html` escapes as XML needs it; the markup of a post is escaped once more, as the type "html" asks. */
const atom = (feed: Feed, items: readonly FeedItem[]): string => {
  const { channel, settings } = feed;
  const entries = items.map(
    (item) => html`
  <entry>
    <id>${urn(item.id)}</id>
    <title>${xml(firstLine(item.text))}</title>
    <updated>${item.publishedAt}</updated>
    <published>${item.publishedAt}</published>
    <link rel="alternate" type="text/html" href="${address(feed, itemUrl(feed.brand, channel.handle, item.id))}"/>
    <content type="html">${linked(xml(item.text)).markup.replaceAll("\n", "<br>")}</content>
  </entry>`,
  );
  return html`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${settings.language}">
  <id>${urn(channel.id)}</id>
  <title>${xml(channel.name)}</title>${
    settings.description &&
    html`
  <subtitle>${xml(settings.description)}</subtitle>`
  }
  <updated>${items[0]?.publishedAt ?? channel.connectedAt}</updated>
  <author><name>${xml(channel.name)}</name></author>
  <link rel="self" type="application/atom+xml" href="${address(feed, `${homeOf(feed)}/feed.atom`)}"/>
  <link rel="alternate" type="text/html" href="${address(feed, homeOf(feed))}"/>${entries}
</feed>
`.markup;
};

/** JSON Feed 1.1 (jsonfeed.org/version/1.1). */
const jsonFeed = (feed: Feed, items: readonly FeedItem[]): string =>
  JSON.stringify({
    version: "https://jsonfeed.org/version/1.1",
    title: feed.channel.name,
    ...(feed.settings.description ? { description: feed.settings.description } : {}),
    home_page_url: address(feed, homeOf(feed)),
    feed_url: address(feed, `${homeOf(feed)}/feed.json`),
    language: feed.settings.language,
    authors: [{ name: feed.channel.name, url: address(feed, homeOf(feed)) }],
    items: items.map(({ id, text, publishedAt }) => ({
      id: urn(id),
      url: address(feed, itemUrl(feed.brand, feed.channel.handle, id)),
      content_text: text,
      content_html: linked(text).markup.replaceAll("\n", "<br>"),
      date_published: publishedAt,
    })),
  });

const feedDocument = (type: string, write: (feed: Feed, items: readonly FeedItem[]) => string) => ({
  params: FeedPath,
  query: z.strictObject(Key),
  run: async (visit: Visit<{ handle: string }, { key?: string }>) => {
    const { params, query, now } = visit;
    const feed = await readFeed(visit, params.handle, query.key);
    const { items } = await feedItemsOf(feed.channel, { limit: perFeed }, now);
    const { language } = feed.settings;
    const document = { type, text: write(feed, items), isPrivate: query.key !== undefined };
    return { language, title: feed.channel.name, body: html``, document };
  },
});

export const routes = {
  showFeed: page({
    method: "GET",
    path: "/@{handle}",
    summary: "Shows a channel's posts, newest first.",
    params: FeedPath,
    query: z.strictObject({ ...Key, before: ItemId.optional().describe("Show what came before this post.") }),
    run: async (visit) => {
      const { params, query, now, speak } = visit;
      const feed = await readFeed(visit, params.handle, query.key);
      const { channel, settings, brand } = feed;
      const { items, next } = await feedItemsOf(channel, { limit: perPage, before: query.before }, now);
      const language = speak(settings.language);
      const say = words[language];
      return {
        language,
        title: channel.name,
        brand,
        description: settings.description,
        feeds: [
          { type: "application/atom+xml", href: address(feed, `${homeOf(feed)}/feed.atom`) },
          { type: "application/feed+json", href: address(feed, `${homeOf(feed)}/feed.json`) },
        ],
        json: { ...toJson(feed, items), next: next ? address(feed, homeOf(feed), { before: next.sk }) : null },
        body: html`<h1>${channel.name}</h1>
${settings.description && html`<p>${settings.description}</p>`}
<h2>${say.posts}</h2>
${items.length ? items.map((item) => entry(feed, item, language)) : html`<p>${say.empty}</p>`}
${query.before && html`<p><a href="${address(feed, homeOf(feed), { lang: language })}">${say.newest}</a></p>`}
${next && html`<a class="button quiet" href="${address(feed, homeOf(feed), { before: next.sk, lang: language })}">${say.older}</a>`}
<p class="soft">${say.follow} <a href="${address(feed, `${homeOf(feed)}/feed.atom`)}">Atom</a> · <a href="${address(feed, `${homeOf(feed)}/feed.json`)}">JSON Feed</a></p>`,
      };
    },
  }),

  showFeedPost: page({
    method: "GET",
    path: "/@{handle}/post/{itemId}",
    summary: "Shows one post of a channel.",
    params: z.strictObject({ handle: Slug, itemId: ItemId }),
    query: z.strictObject(Key),
    run: async (visit) => {
      const { params, query, now, speak } = visit;
      const feed = await readFeed(visit, params.handle, query.key);
      const { channel, settings, brand } = feed;
      const item = await findFeedItem(channel.workspaceId, channel.id, params.itemId, now);
      if (!item) return nothing();
      const language = speak(settings.language);
      return {
        language,
        title: `${firstLine(item.text)} · ${channel.name}`,
        brand,
        description: shorten(item.text, 200),
        json: toJson(feed, [item]).items[0],
        body: html`<h1 class="brand"><a href="${address(feed, homeOf(feed), { lang: language })}">${channel.name}</a></h1>
${entry(feed, item, language)}`,
      };
    },
  }),

  readAtomFeed: page({
    method: "GET",
    path: "/@{handle}/feed.atom",
    summary: "A channel's posts as Atom.",
    ...feedDocument("application/atom+xml; charset=utf-8", atom),
  }),

  readJsonFeed: page({
    method: "GET",
    path: "/@{handle}/feed.json",
    summary: "A channel's posts as JSON Feed.",
    ...feedDocument("application/feed+json; charset=utf-8", jsonFeed),
  }),
};

export const handler = pages(routes);

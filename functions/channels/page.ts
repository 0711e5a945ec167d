import * as z from "zod";
import { idBytes } from "../platform/ids.ts";
import { html, page, pages, type Visit } from "../platform/page.ts";
import { itemUrl } from "./networks/feed.ts";
import {
  address,
  entry,
  type Feed,
  FeedPath,
  homeOf,
  ItemId,
  Key,
  linked,
  mediaUrl,
  nothing,
  readFeed,
  toJson,
} from "./public-feed.ts";
import { type FeedItem, feedItemsOf, findFeedItem } from "./table.ts";
import { shorten } from "./text.ts";

/** Readers ask now and then, and must not miss what came between. */
const perFeed = 50;

/** Characters that XML 1.0 (section 2.2) cannot carry, not even escaped. */
const unprintable = /[^\P{Cc}\t\n\r\u007f-\u009f]|[\ufffe\uffff]/gu;
const xml = (text: string): string => text.toWellFormed().replace(unprintable, "");

/** An id as a URN (RFC 9562): it stays the same when the address changes. */
const urn = (id: string): string =>
  `urn:uuid:${Buffer.from(idBytes(id))
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")}`;

const firstLine = (text: string): string => shorten(text.trim().split("\n", 1)[0]!, 80);

/** The hub that knows of changes (W3C Recommendation WebSub, section 4). What is private is not told to one. */
const hubOf = ({ settings, key }: Feed): string | undefined => (key === undefined ? settings.hub : undefined);

/** A post as markup that stands by itself. */
const markupOf = (feed: Feed, item: FeedItem): string =>
  [
    linked(xml(item.text)).markup.replaceAll("\n", "<br>"),
    ...(item.media ?? []).map(
      (picture) =>
        html`<br><img src="${mediaUrl(feed, picture)}" width="${picture.width}" height="${picture.height}" alt="${xml(picture.alt ?? "")}">`
          .markup,
    ),
  ].join("");

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
    <content type="html">${markupOf(feed, item)}</content>
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
  <link rel="alternate" type="text/html" href="${address(feed, homeOf(feed))}"/>${
    hubOf(feed) !== undefined &&
    html`
  <link rel="hub" href="${hubOf(feed)}"/>`
  }${entries}
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
    ...(hubOf(feed) === undefined ? {} : { hubs: [{ type: "WebSub", url: hubOf(feed) }] }),
    authors: [{ name: feed.channel.name, url: address(feed, homeOf(feed)) }],
    items: items.map((item) => ({
      id: urn(item.id),
      url: address(feed, itemUrl(feed.brand, feed.channel.handle, item.id)),
      content_text: item.text,
      content_html: markupOf(feed, item),
      date_published: item.publishedAt,
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
    const hub = hubOf(feed);
    const self = `${homeOf(feed)}/feed.${type.includes("atom") ? "atom" : "json"}`;
    const headers: Record<string, string> =
      hub === undefined ? {} : { link: `<${hub}>; rel="hub", <${self}>; rel="self"` };
    const document = { type, text: write(feed, items), isPrivate: query.key !== undefined, headers };
    return { language, title: feed.channel.name, body: html``, document };
  },
});

export const routes = {
  showFeedPost: page({
    method: "GET",
    path: "/@{handle}/post/{itemId}",
    summary: "Shows one post of a channel.",
    params: FeedPath.extend({ itemId: ItemId }),
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

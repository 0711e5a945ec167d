import * as z from "zod";
import { address, entry, FeedPath, homeOf, ItemId, Key, readFeed, toJson } from "../channels/public-feed.ts";
import { feedItemsOf } from "../channels/table.ts";
import { listContests } from "../contests/table.ts";
import { listBoards } from "../ideas/table.ts";
import { remembers } from "../platform/cache.ts";
import { type Html, html, page, pages } from "../platform/page.ts";
import { type Language, sayTime } from "../platform/words.ts";
import { titleOf } from "../polls/poll.ts";
import { listPolls } from "../polls/table.ts";
import { words } from "./words.ts";

// A workspace's own page, for the one link in a bio: what one can take part in now, its links, and what it posted. It has the
// name of the workspace's feed, whose posts it shows; the feeds for readers and each post stand below it (channels/page.ts).

const perPage = 20;
/** Beyond that a page for a phone is no help any more. */
const mostOpen = 20;

type Open = { title: string; path: string; closesAt?: string | undefined };
type Current = { contests: Open[]; polls: Open[]; boards: Open[] };

const current = remembers<Current>();

/** What is open, the newest first; at most five seconds old. */
const openNow = (workspaceId: string, now: string): Promise<Current> =>
  current.get(workspaceId, async () => {
    const list = { limit: mostOpen, startAfter: undefined };
    const [contests, polls, boards] = await Promise.all([
      listContests(workspaceId, { ...list, status: "open" }, now),
      listPolls(workspaceId, { ...list, stage: "open" }, now),
      listBoards(workspaceId, { ...list, status: "open" }, now),
    ]);
    return {
      contests: contests.items
        .filter(({ closesAt }) => closesAt !== undefined && closesAt > now)
        .map(({ title, slug, closesAt }) => ({ title, path: `/c/${slug}`, closesAt })),
      polls: polls.items.map((poll) => ({ title: titleOf(poll), path: `/p/${poll.slug}`, closesAt: poll.closesAt })),
      boards: boards.items.map(({ title, slug }) => ({ title, path: `/i/${slug}` })),
    };
  });

const openPart = (heading: string, things: readonly Open[], note: (thing: Open) => string | undefined): Html | false =>
  things.length > 0 &&
  html`<h2>${heading}</h2>
${things.map((thing) => html`<a class="button" href="${thing.path}?via=bio">${thing.title}</a>${note(thing) !== undefined && html`<p class="soft">${note(thing)}</p>`}\n`)}`;

export const routes = {
  showShowcase: page({
    method: "GET",
    path: "/@{handle}",
    summary: "A workspace's own page, by the name of its feed: what is open, its links, and its posts, newest first.",
    params: FeedPath,
    query: z.strictObject({ ...Key, before: ItemId.optional().describe("Show what came before this post.") }),
    run: async (visit) => {
      const { params, query, now, speak } = visit;
      const feed = await readFeed(visit, params.handle, query.key);
      const { channel, settings, brand } = feed;
      const [{ items, next }, { contests, polls, boards }] = await Promise.all([
        feedItemsOf(channel, { limit: perPage, before: query.before }, now),
        openNow(channel.workspaceId, now),
      ]);
      const { links = [] } = settings;
      const language: Language = speak(settings.language);
      const say = words[language];
      const isFirst = query.before === undefined;
      const until = ({ closesAt }: Open) =>
        closesAt === undefined ? undefined : say.until(sayTime(closesAt, language, settings.zone));
      const isEmpty =
        items.length === 0 && contests.length === 0 && polls.length === 0 && boards.length === 0 && links.length === 0;
      return {
        language,
        title: channel.name,
        brand,
        description: settings.description,
        ...(feed.key === undefined ? { sharedForSeconds: 5 } : {}),
        feeds: [
          { type: "application/atom+xml", href: address(feed, `${homeOf(feed)}/feed.atom`) },
          { type: "application/feed+json", href: address(feed, `${homeOf(feed)}/feed.json`) },
        ],
        json: {
          ...toJson(feed, items),
          contests: contests.map(({ path, ...of }) => ({ ...of, url: brand.url + path })),
          polls: polls.map(({ path, ...of }) => ({ ...of, url: brand.url + path })),
          boards: boards.map(({ path, ...of }) => ({ ...of, url: brand.url + path })),
          links,
          next: next ? address(feed, homeOf(feed), { before: next.sk }) : null,
        },
        body: html`<h1>${channel.name}</h1>
${settings.description && html`<p>${settings.description}</p>`}
${isFirst && openPart(say.contests, contests, until)}
${isFirst && openPart(say.polls, polls, until)}
${isFirst && openPart(say.boards, boards, () => undefined)}
${isFirst && links.length > 0 && html`<h2>${say.links}</h2>${links.map(({ label, url }) => html`<a class="button quiet" href="${url}" rel="noopener">${label}</a>\n`)}`}
${(items.length > 0 || isEmpty) && html`<h2>${say.posts}</h2>`}
${items.length > 0 ? items.map((item) => entry(feed, item, language)) : isEmpty && html`<p>${say.empty}</p>`}
${query.before && html`<p><a href="${address(feed, homeOf(feed), { lang: language })}">${say.newest}</a></p>`}
${next && html`<a class="button quiet" href="${address(feed, homeOf(feed), { before: next.sk, lang: language })}">${say.older}</a>`}
<p class="soft">${say.follow} <a href="${address(feed, `${homeOf(feed)}/feed.atom`)}">${say.feeds.atom}</a> · <a href="${address(feed, `${homeOf(feed)}/feed.json`)}">${say.feeds.json}</a></p>`,
      };
    },
  }),
};

export const handler = pages(routes);

import * as z from "zod";
import { cardOfContest } from "../contests/card.ts";
import { findContestBySlug } from "../contests/table.ts";
import { findObject, publicKey } from "../media/objects.ts";
import { remembers } from "../platform/cache.ts";
import { type Card, versionOf } from "../platform/card.ts";
import { hours, milliseconds, seconds } from "../platform/clock.ts";
import { found, refuse } from "../platform/errors.ts";
import { Slug } from "../platform/ids.ts";
import { whose } from "../platform/names.ts";
import { html, type Page, page, pages, shownAt } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import { cardOfPoll } from "../polls/card.ts";
import { stageOf } from "../polls/poll.ts";
import { findPollBySlug } from "../polls/table.ts";
import { brandOf } from "../workspaces/brand.ts";

// The pictures of link previews, drawn when they are first asked for: a page only names their address, which changes with what
// they say, so that whoever has one keeps it. What draws them is heavy, and so has a function of its own.

export const limits = { memoryMB: 1024 };

const keptMs = hours(24);
const drawn = remembers<Uint8Array>(hours(1), 20);

/** What it can be drawn from; other formats are left out, and the name stands in their place. */
const drawable = ["image/png", "image/jpeg", "image/gif"];
const mostLogoBytes = 1_000_000;

/** The logo as a data: address. */
const logoOf = async ({ logoUrl }: Card, now: string): Promise<string | undefined> => {
  const mediaId = logoUrl?.slice(logoUrl.lastIndexOf("/") + 1);
  const type = mediaId && (await whose("media", mediaId, milliseconds(now)))?.type;
  if (!mediaId || !type || !drawable.includes(type)) return undefined;
  const bytes = await findObject(publicKey(mediaId));
  if (!bytes || bytes.length > mostLogoBytes) return undefined;
  return `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
};

const picture = async (card: Card, language: Language, now: string): Promise<Page> => {
  const version = versionOf(card);
  const text = await drawn.get(version, async () => {
    const { drawCard } = await import("../platform/card-picture.ts");
    return drawCard(card, await logoOf(card, now));
  });
  const headers = { "cache-control": `public, max-age=${keptMs / seconds(1)}`, etag: `"${version}"` };
  return { language, title: card.title, body: html``, document: { type: "image/png", text, headers } };
};

const params = z.strictObject({ slug: Slug });

export const routes = {
  showContestCard: page({
    method: "GET",
    path: "/c/{slug}/card.png",
    summary: "The picture of a link preview of a contest: 1200 by 630, in the page's language.",
    params,
    run: async (visit) => {
      const { now, params, speak } = visit;
      const contest = found(shownAt(visit, await findContestBySlug(params.slug, now)), "contest");
      const language = speak(contest.language);
      return picture(cardOfContest(contest, language, await brandOf(contest.workspaceId, now)), language, now);
    },
  }),
  showPollCard: page({
    method: "GET",
    path: "/p/{slug}/card.png",
    summary: "The same of a poll.",
    params,
    run: async (visit) => {
      const { now, params, speak } = visit;
      const poll = found(shownAt(visit, await findPollBySlug(params.slug, now)), "poll");
      // What a poll asks is not public before it opens.
      if (poll.status === "draft" || stageOf(poll, now) === "planned")
        return refuse("not_found", "There is no such poll.");
      const language = speak(poll.language);
      return picture(cardOfPoll(poll, language, await brandOf(poll.workspaceId, now)), language, now);
    },
  }),
};

export const handler = pages(routes);

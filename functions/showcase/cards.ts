import * as z from "zod";
import { findContestBySlug } from "../contests/table.ts";
import { isLive } from "../ideas/idea.ts";
import { findBoardBySlug, recentIdeasOf } from "../ideas/table.ts";
import { fetchObject } from "../media/fetch-object.ts";
import { remembers } from "../platform/cache.ts";
import { type Card, versionOf } from "../platform/card.ts";
import { hours, seconds } from "../platform/clock.ts";
import { found, refuse } from "../platform/errors.ts";
import { Slug } from "../platform/ids.ts";
import { html, type Page, page, pages, shownAt } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import { viaFields } from "../polls/links.ts";
import { stageOf } from "../polls/poll.ts";
import { findPollBySlug } from "../polls/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import { keyOf } from "./card-key.ts";
import { codeRoutes } from "./codes.ts";

// Pictures: QR codes, the charts of results, and what link previews show. Of the last, a page only names the address, which
// changes with what it says, so that whoever has one keeps it. They are drawn when there is something to share (draw-cards.ts),
// and here what nobody drew yet: of a brand that changed, or what was forgotten since. What a card says is loaded with it: a QR
// code says nothing.

export const limits = { memoryMB: 1024 };

const browsersKeepMs = hours(24);
const kept = remembers<Uint8Array>(hours(1), 20);

/** Reads what was drawn, or draws it. */
const picture = async (workspaceId: string, card: Card, language: Language, now: string): Promise<Page> => {
  const key = keyOf(workspaceId, card);
  const text = await kept.get(key, async () => {
    const known = await fetchObject(key, now);
    return known ?? (await import("./draw-card.ts")).drawAndKeep(workspaceId, card, now);
  });
  const headers = { "cache-control": `public, max-age=${browsersKeepMs / seconds(1)}`, etag: `"${versionOf(card)}"` };
  return { language, title: card.title, body: html``, document: { type: "image/png", text, headers } };
};

const params = z.strictObject({ slug: Slug });

export const routes = {
  ...codeRoutes,
  showContestCard: page({
    method: "GET",
    path: "/c/{slug}/card.png",
    summary: "The picture of a link preview of a contest: 1200 by 630, in the page's language.",
    params,
    run: async (visit) => {
      const { now, params, speak } = visit;
      const contest = found(shownAt(visit, await findContestBySlug(params.slug, now)), "contest");
      const language = speak(contest.language);
      const [{ cardOfContest }, brand] = await Promise.all([
        import("../contests/card.ts"),
        brandOf(contest.workspaceId, now),
      ]);
      const card = cardOfContest(contest, language, brand);
      return picture(contest.workspaceId, card, language, now);
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
      const [{ cardOfPoll }, brand] = await Promise.all([import("../polls/card.ts"), brandOf(poll.workspaceId, now)]);
      const card = cardOfPoll(poll, language, brand);
      return picture(poll.workspaceId, card, language, now);
    },
  }),
  showPollChart: page({
    method: "GET",
    path: "/p/{slug}/results/{chart}",
    summary: "The chart of a question, to who may see the results: q1.svg, q1.png, or its numbers as q1.json.",
    params: z.strictObject({ slug: Slug, chart: z.string().max(20) }),
    query: z.strictObject({ t: viaFields.t }),
    refuses: ["results_hidden"],
    run: async (visit) => {
      const { now, params } = visit;
      const poll = found(shownAt(visit, await findPollBySlug(params.slug, now)), "poll");
      if (poll.status === "draft") return refuse("not_found", "There is no such poll.");
      const { chartPage } = await import("../polls/chart-page.ts");
      return chartPage(poll, visit, { name: params.chart, via: visit.query });
    },
  }),
  showBoardCard: page({
    method: "GET",
    path: "/i/{slug}/card.png",
    summary: "The same of a board of ideas.",
    params,
    run: async (visit) => {
      const { now, params, speak } = visit;
      const board = found(shownAt(visit, await findBoardBySlug(params.slug, now)), "board");
      if (board.status === "draft") return refuse("not_found", "There is no such board.");
      const { workspaceId } = board;
      const language = speak(board.language);
      const [{ cardOfBoard }, ideas, brand] = await Promise.all([
        import("../ideas/card.ts"),
        recentIdeasOf(board, now),
        brandOf(workspaceId, now),
      ]);
      const card = cardOfBoard(board, ideas.filter(isLive).length, language, brand);
      return picture(workspaceId, card, language, now);
    },
  }),
};

export const handler = pages(routes);

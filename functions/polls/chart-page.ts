import { remembers } from "../platform/cache.ts";
import { days, minutes, seconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { html, type Page } from "../platform/page.ts";
import { sha256 } from "../platform/secrets.ts";
import { brandOf } from "../workspaces/brand.ts";
import { recentBallotsOf } from "./ballot-table.ts";
import { chartOf } from "./chart.ts";
import type { Via } from "./links.ts";
import { type Asked, showsTo } from "./poll.ts";
import { isDrawn } from "./question.ts";
import { countsByNow } from "./recount.ts";
import { viewResult } from "./result.ts";
import { type Here, responseOf } from "./visitor.ts";

// The chart of one question at an address of its own, for who may see the results: as SVG, as PNG and as numbers (JSON, CSV).

/** "q1.svg"; a question that cannot be drawn has none. */
export const chartName = /^(q[1-9]|q10)\.(svg|png|json|csv)$/;

const drawn = remembers<Uint8Array>(days(1), 20);

/** A chart as a PNG, 1080 pixels wide. */
export const pictureOf = async (svg: string): Promise<Uint8Array> => {
  const { pixelsOf, withoutPictograms } = await import("../platform/picture.ts");
  const { paletted } = await import("../charts/png.ts");
  return paletted(await pixelsOf(withoutPictograms(svg)));
};

export const chartPage = async (poll: Asked, here: Here, { name, via }: { name: string; via: Via }): Promise<Page> => {
  const [, questionId, format] = chartName.exec(name) ?? [];
  const at = poll.questions.findIndex((question) => question.id === questionId && isDrawn(question));
  if (at < 0) return refuse("not_found", "There is no such chart.");
  const response = poll.results === "live" ? undefined : await responseOf(poll, here, via);
  if (!showsTo(poll, response !== undefined))
    return refuse("results_hidden", "This poll does not show its results now.");
  const isClosed = poll.status === "closed";
  const [counted, ballots] = await Promise.all([
    isClosed ? { ...poll.result, counted: "rows" as const } : countsByNow(poll, here.now),
    recentBallotsOf(poll, here.now),
  ]);
  const result = viewResult(poll, counted, counted.counted, here.now, ballots);
  if (result.questions[at]?.later)
    return refuse("results_hidden", "This question of a long poll is counted when the poll closes.");
  const language = here.speak(poll.language);
  const { svg, alt } = chartOf(poll, result, at, { language, brand: await brandOf(poll.workspaceId, here.now) });
  const version = sha256(svg).toString("base64url").slice(0, 16);
  const document = async (): Promise<{ type: string; text: string | Uint8Array }> => {
    if (format === "svg") return { type: "image/svg+xml; charset=utf-8", text: svg };
    if (format === "json")
      return { type: "application/json; charset=utf-8", text: JSON.stringify({ ...result.questions[at], alt }) };
    if (format === "csv") {
      const { csvOfResult } = await import("./csv.ts");
      return { type: "text/csv; charset=utf-8", text: csvOfResult(result.questions[at]!) };
    }
    return { type: "image/png", text: await drawn.get(version, () => pictureOf(svg)) };
  };
  // What is shown to who has responded is not kept for others.
  const isPrivate = response !== undefined && !isClosed;
  const headers: Record<string, string> = { etag: `"${version}"` };
  const isFinal = isClosed && ballots.every(({ status }) => status === "ended");
  if (!isPrivate) headers["cache-control"] = `public, max-age=${(isFinal ? minutes(5) : seconds(5)) / seconds(1)}`;
  return {
    language,
    title: poll.slug,
    body: html``,
    document: { ...(await document()), headers, ...(isPrivate ? { isPrivate } : {}) },
  };
};

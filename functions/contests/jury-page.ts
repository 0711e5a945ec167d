import { milliseconds } from "../platform/clock.ts";
import { type Html, html, type Page } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { takes } from "./close.ts";
import { type Published, prizeOf } from "./contest.ts";
import { hasVerdict } from "./jury.ts";
import { juryWords } from "./jury-words.ts";
import { pathOf } from "./links.ts";
import { timesIn, words } from "./words.ts";

// What people see of a contest that a jury judges, where another one speaks of tickets and a draw.

/** On its page: what is asked, and by when the result is known. */
export const taskPart = (contest: Published, language: Language): Html => {
  const say = juryWords[language];
  return html`${contest.jury && html`<h2>${say.task}</h2><p>${contest.jury.task}</p>`}
<p>${say.known(timesIn(contest, language)(contest.drawAt))} <a href="${pathOf(contest, "/draw", language)}">${say.how}</a></p>`;
};

/** On its page, once nobody can enter any more. */
export const judgedPart = (contest: Published, language: Language): Html => {
  const say = juryWords[language];
  const line = hasVerdict(contest) ? say.isJudged : say.known(timesIn(contest, language)(contest.drawAt));
  return html`<p>${line}</p><a class="button" href="${pathOf(contest, "/draw", language)}">${say.toResult}</a>`;
};

/** On somebody's own page: what to do, or what became of it. */
export const ownJuryPart = (contest: Published, entryId: string, language: Language, now: string): Html => {
  const say = juryWords[language];
  if (takes(contest, milliseconds(now)))
    return html`${taskPart(contest, language)}<h2>${say.mark}</h2><p>${say.markWhy}<br><span class="code">${entryId}</span></p>`;
  if (contest.status === "cancelled") return html``;
  if (!hasVerdict(contest)) return html`<p>${say.waiting(timesIn(contest, language)(contest.drawAt))}</p>`;
  const toResult = html`<a class="button quiet" href="${pathOf(contest, "/draw", language)}">${say.toResult}</a>`;
  const place = contest.verdicts.findIndex((verdict) => verdict.entryId === entryId);
  const verdict = contest.verdicts[place];
  if (!verdict) return html`<p>${say.lost}</p>${toResult}`;
  return html`<div class="good"><p>${say.won(prizeOf(contest, place) ?? "")}</p><p>${say.wonWhy(verdict.reason)}</p><p>${say.wonNext(contest.organiser.name)}</p></div>${toResult}`;
};

/** In the place of the page of a draw. */
export const judgingPage = async (contest: Published, language: Language, now: string): Promise<Page> => {
  const say = juryWords[language];
  const at = timesIn(contest, language);
  const listed = (lines: readonly string[]) => html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
  const stage = () => {
    if (contest.status === "cancelled") return words[language].over.cancelled;
    if (hasVerdict(contest)) return contest.verdicts.length === 0 ? say.none : say.stages.judged(at(contest.judgedAt));
    return takes(contest, milliseconds(now))
      ? say.stages.open(at(contest.closesAt))
      : say.stages.judging(at(contest.drawAt));
  };
  const row = ({ reason, shownAs }: { reason: string; shownAs?: string | undefined }, place: number) =>
    html`<tr><th scope="row">${place + 1}</th><td>${prizeOf(contest, place)}<br>${shownAs ?? html`<span class="soft">${say.someone}</span>`}</td><td>${reason}</td></tr>\n`;
  return {
    language,
    title: say.title(contest.title),
    brand: await brandOf(contest.workspaceId, now),
    body: html`<p class="brand">${contest.title}</p><h1>${say.title(contest.title)}</h1>
<p><strong>${stage()}</strong></p>
${contest.status === "cancelled" && html`<p>${contest.reason}</p>`}
${
  hasVerdict(contest) &&
  contest.verdicts.length > 0 &&
  html`<h2>${say.winners}</h2><table><thead><tr><th scope="col">${say.place}</th><th scope="col">${say.prize}</th><th scope="col">${say.reason}</th></tr></thead><tbody>${contest.verdicts.map(row)}</tbody></table>`
}
<p>${say.judgedBy}</p>
${
  contest.jury &&
  html`<h2>${say.task}</h2><p>${contest.jury.task}</p>
<h2>${say.criteria}</h2>${listed(contest.jury.criteria)}
<h2>${say.judges}</h2>${listed(contest.jury.judges.map(({ name, role }) => (role === undefined ? name : `${name}, ${role}`)))}`
}
<p class="soft">${say.noLot}</p>
<p><a href="${pathOf(contest, "", language)}">${say.back}</a></p>`,
  };
};

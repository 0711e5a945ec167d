import { milliseconds } from "../platform/clock.ts";
import { type Html, html, type Page } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { takes } from "./close.ts";
import { hasVerdict, type Published, prizeOf, type WithVerdict } from "./contest.ts";
import { juryWords } from "./jury-words.ts";
import { pathOf } from "./links.ts";
import { winningPositions } from "./outcome.ts";
import { prizePart } from "./prize-part.ts";
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
export const ownJuryPart = async (
  contest: Published,
  entryId: string,
  language: Language,
  now: string,
): Promise<Html> => {
  const say = juryWords[language];
  if (takes(contest, milliseconds(now)))
    return html`${taskPart(contest, language)}<h2>${say.mark}</h2><p>${say.markWhy}<br><span class="code">${entryId}</span></p>`;
  if (contest.status === "cancelled") return html``;
  if (!hasVerdict(contest)) return html`<p>${say.waiting(timesIn(contest, language)(contest.drawAt))}</p>`;
  const toResult = html`<a class="button quiet" href="${pathOf(contest, "/draw", language)}">${say.toResult}</a>`;
  const position = contest.verdicts.findIndex((verdict) => verdict.entryId === entryId);
  const verdict = contest.verdicts[position];
  if (!verdict) return html`<p>${say.lost}</p>${toResult}`;
  const prize = prizeOf(contest, winningPositions(contest).indexOf(position));
  return html`${await prizePart(contest, { position, entryId, prize }, language, now)}<p>${say.wonWhy(verdict.reason)}</p>${toResult}`;
};

type Names = ReadonlyMap<number, string>;

/** The winners by prize. `names`: what those who claimed said of themselves; the organiser may have said who it is before. */
export const winnersByJury = (contest: WithVerdict, names: Names) =>
  winningPositions(contest).map((position, place) => {
    const verdict = position === undefined ? undefined : contest.verdicts[position];
    const shownAs = (position === undefined ? undefined : names.get(position)) ?? verdict?.shownAs;
    return { place, prize: prizeOf(contest, place) ?? "", position, reason: verdict?.reason, shownAs };
  });

const winnersPart = (contest: WithVerdict, names: Names, language: Language): Html => {
  const say = juryWords[language];
  const at = timesIn(contest, language);
  if (contest.verdicts.length === 0) return html``;
  const rows = winnersByJury(contest, names).map(({ place, prize, reason, shownAs }) => {
    const who = reason === undefined ? say.vacant : (shownAs ?? say.someone);
    return html`<tr><th scope="row">${place + 1}</th><td>${prize}<br>${shownAs ?? html`<span class="soft">${who}</span>`}</td><td>${reason}</td></tr>\n`;
  });
  const struck = contest.strikes.map(
    ({ reason, at: struckAt }) => html`<li>${reason} <span class="soft">${at(struckAt)}</span></li>`,
  );
  return html`<h2>${say.winners}</h2><table><thead><tr><th scope="col">${say.place}</th><th scope="col">${say.prize}</th><th scope="col">${say.reason}</th></tr></thead><tbody>${rows}</tbody></table>
${struck.length > 0 && html`<h2>${say.struck}</h2><ul>${struck}</ul>`}`;
};

/** In the place of the page of a draw. */
export const judgingPage = async (contest: Published, names: Names, language: Language, now: string): Promise<Page> => {
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
  return {
    language,
    title: say.title(contest.title),
    brand: await brandOf(contest.workspaceId, now),
    body: html`<p class="brand">${contest.title}</p><h1>${say.title(contest.title)}</h1>
<p><strong>${stage()}</strong></p>
${contest.status === "cancelled" && html`<p>${contest.reason}</p>`}
${hasVerdict(contest) && winnersPart(contest, names, language)}
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

import { refuse } from "../platform/errors.ts";
import { type Html, html, type Page } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { sayAnswer } from "./form.ts";
import { pathOf, type Via } from "./links.ts";
import { type Asked, takes, titleOf } from "./poll.ts";
import type { Question } from "./question.ts";
import { answersOf, type Response } from "./response.ts";
import { type QuestionResult, type ResultView, viewResult } from "./result.ts";
import { recentCounts } from "./table.ts";
import { type Here, responseOf } from "./visitor.ts";
import { words } from "./words.ts";

// What people answered, as tables: the numbers beside the bars.

// The bar's length and outline are seen without colour.
const bar = (share: number): Html =>
  html`<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect width="100" height="6" fill="none" stroke="currentColor" stroke-width=".5"/><rect width="${(share * 100).toFixed(2)}" height="6" fill="currentColor"/></svg>`;

type Row = { text: Html | string; count: number; share: number };

const countsTable = (heading: string, rows: readonly Row[], language: Language): Html => {
  const say = words[language];
  const row = ({ text, count, share }: Row) =>
    html`<tr><th scope="row">${text}${bar(share)}</th><td>${say.number(count)}</td><td>${say.percent(share)}</td></tr>\n`;
  return html`<table>
<thead><tr><th scope="col">${heading}</th><th scope="col">${say.responses}</th><th scope="col">${say.share}</th></tr></thead>
<tbody>${rows.map(row)}</tbody>
</table>`;
};

const choicePart = ({ options = [], other }: QuestionResult, language: Language): Html => {
  const say = words[language];
  const rows: Row[] = [...options, ...(other ? [{ text: say.other, ...other }] : [])];
  return countsTable(say.option, rows, language);
};

const ratingPart = ({ values = [], mean, netPromoterScore }: QuestionResult, language: Language): Html => {
  const say = words[language];
  const isStars = netPromoterScore === undefined;
  const rows = values.map(({ value, ...of }) => ({ text: isStars ? say.star(value) : String(value), ...of }));
  return html`${typeof mean === "number" && html`<p><strong>${say.mean(say.decimal(mean, 1))}</strong></p>`}
${typeof netPromoterScore === "number" && html`<p>${say.nps(say.decimal(netPromoterScore, 0))}</p>`}
${countsTable(say.rating, rows, language)}`;
};

const rankingPart = ({ ranking = [] }: QuestionResult, language: Language): Html => {
  const say = words[language];
  const most = Math.max(1, ...ranking.map(({ points }) => points));
  const row = ({ text, points, meanRank }: (typeof ranking)[number]) =>
    html`<tr><th scope="row">${text}${bar(points / most)}</th><td>${say.number(points)}</td><td>${meanRank === null ? "–" : say.decimal(meanRank, 1)}</td></tr>\n`;
  const places = ranking.map((_, i) => html`<th scope="col">${i + 1}</th>`);
  const ranks = ({ text, ranks }: (typeof ranking)[number]) =>
    html`<tr><th scope="row">${text}</th>${ranks.map((n) => html`<td>${say.number(n)}</td>`)}</tr>\n`;
  return html`<p class="soft">${say.borda}</p>
<table>
<thead><tr><th scope="col">${say.option}</th><th scope="col">${say.points}</th><th scope="col">${say.meanRank}</th></tr></thead>
<tbody>${ranking.map(row)}</tbody>
</table>
<details><summary>${say.rankMatrix}</summary><div class="wide" tabindex="0" role="region" aria-label="${say.rankMatrix}"><table>
<thead><tr><th scope="col">${say.option}</th>${places}</tr></thead>
<tbody>${ranking.map(ranks)}</tbody>
</table></div></details>`;
};

const estimatePart = ({ estimate, answered }: QuestionResult, question: Question, language: Language): Html => {
  const say = words[language];
  if (!estimate || question.kind !== "estimate") return html``;
  const { unit, median, lowerQuartile, upperQuartile, bars, truth, exact } = estimate;
  const decimals = question.decimals === 0 && !Number.isInteger(median) && exact ? 1 : question.decimals;
  const amount = (n: number) => `${say.decimal(n, decimals)} ${unit}`;
  const first = bars.findIndex(({ count }) => count > 0);
  const last = bars.findLastIndex(({ count }) => count > 0);
  const rows = bars.slice(first, last + 1).map(({ from, to, count }) => ({
    text: `${say.decimal(from, decimals)} – ${say.decimal(to, decimals)}`,
    count,
    share: count / answered,
  }));
  const off = truth && `${say.decimal(Math.abs(truth.off), decimals)} ${unit}`;
  return html`<p><strong>${say.median(amount(median))}</strong></p>
<p>${say.half(amount(lowerQuartile), amount(upperQuartile))}</p>
${truth && html`<p class="good">${say.truth(amount(truth.value), off ?? "", say.percent(truth.closerShare))}</p>`}
${countsTable(`${say.from} (${unit})`, rows, language)}`;
};

/** Most agree on a statement from this share on, of at least so many with an opinion. */
const sharedFrom = 0.6;
const enoughOpinions = 5;

const statementsPart = ({ statements = [] }: QuestionResult, language: Language): Html => {
  const say = words[language];
  type Statement = (typeof statements)[number];
  const row = ({ text, agree, disagree, pass, agreement }: Statement) =>
    html`<tr><th scope="row">${text}${bar(agreement ?? 0)}</th><td>${agreement === null ? "–" : say.percent(agreement)}</td><td>${say.number(agree)}</td><td>${say.number(disagree)}</td><td>${say.number(pass)}</td></tr>\n`;
  const judged = statements.flatMap(({ agreement, ...of }) =>
    agreement !== null && of.agree + of.disagree >= enoughOpinions ? [{ ...of, agreement }] : [],
  );
  const off = (agreement: number) => Math.abs(agreement - 0.5);
  const shared = judged
    .filter(({ agreement }) => off(agreement) >= sharedFrom - 0.5)
    .sort((a, b) => off(b.agreement) - off(a.agreement));
  const divided = judged.filter((one) => !shared.includes(one)).sort((a, b) => off(a.agreement) - off(b.agreement));
  const listed = (title: string, some: readonly { text: string; agreement: number }[]) =>
    some.length > 0 &&
    html`<h3>${title}</h3><ul>${some.map(({ text, agreement }) => html`<li>${text} (${say.percent(agreement)} ${say.votes.agree.toLowerCase()})</li>`)}</ul>`;
  return html`<p class="soft">${say.agreementIs}</p>
<div class="wide" tabindex="0" role="region" aria-label="${say.judge}"><table>
<thead><tr><th scope="col">${say.statement}</th><th scope="col">${say.agreement}</th><th scope="col">${say.votes.agree}</th><th scope="col">${say.votes.disagree}</th><th scope="col">${say.votes.pass}</th></tr></thead>
<tbody>${statements.map(row)}</tbody>
</table></div>
${listed(say.shared, shared)}${listed(say.divided, divided)}`;
};

const questionPart = (result: QuestionResult, question: Question, language: Language): Html => {
  switch (result.kind) {
    case "single":
    case "multiple":
      return choicePart(result, language);
    case "rating":
      return ratingPart(result, language);
    case "ranking":
      return rankingPart(result, language);
    case "estimate":
      return estimatePart(result, question, language);
    case "statements":
      return statementsPart(result, language);
    case "open":
      return html`<p class="soft">${words[language].openAnswers}</p>`;
  }
};

/** One network that so large a part came from is said, from so many on. */
const strikingShare = 0.2;

const burstsPart = ({ bursts = [], total }: ResultView, language: Language): Html | false => {
  const say = words[language];
  const [largest] = bursts;
  return (
    largest !== undefined &&
    largest.share >= strikingShare &&
    html`<p class="error">${say.bursts(say.number(largest.count), say.number(total))}</p>`
  );
};

const thanks = (poll: Asked, response: Response, language: Language): string => {
  const say = words[language];
  const said =
    poll.questions.length === 1 ? sayAnswer(poll.questions[0], answersOf(poll, response)[0], language) : undefined;
  return said === undefined ? say.thanksAll : say.thanks(said);
};

const hiddenPage = async (
  poll: Asked,
  here: Here,
  response: Response | undefined,
  wantsJson: boolean,
): Promise<Page> => {
  if (wantsJson) return refuse("results_hidden", "This poll does not show its results now.");
  const language = here.speak(poll.language);
  const { title, text, after } = words[language].hidden;
  return {
    status: response ? 200 : 403,
    language,
    title: titleOf(poll),
    brand: await brandOf(poll.workspaceId, here.now),
    framedBy: poll.embedOrigins,
    body: html`<h1>${titleOf(poll)}</h1>
${response && html`<p class="good">${thanks(poll, response, language)}</p>`}
<h2>${title}</h2><p>${poll.results === "after" ? after : text}</p>
${takes(poll, here.now) && !response && html`<a class="button quiet" href="${pathOf(poll, "", language)}">${words[language].toQuestion}</a>`}`,
  };
};

export const resultsPage = async (poll: Asked, here: Here & { wantsJson: boolean }, via: Via): Promise<Page> => {
  const { now, speak, wantsJson } = here;
  const response = await responseOf(poll, here, via);
  const isShown =
    poll.results === "live" || (poll.results === "after" && (poll.status === "closed" || response !== undefined));
  if (!isShown) return hiddenPage(poll, here, response, wantsJson);
  const language = speak(poll.language);
  const say = words[language];
  const isClosed = poll.status === "closed";
  const counted = isClosed ? poll.result : { counts: await recentCounts(poll, now) };
  const result = viewResult(poll, counted, isClosed ? "rows" : "tally", now);
  const isOne = poll.questions.length === 1;
  const part = (of: QuestionResult, i: number): Html =>
    html`${!isOne || poll.title !== undefined ? html`<h2>${of.text}</h2>` : ""}${!isOne && html`<p class="soft">${say.answeredBy(of.answered)}</p>`}
${questionPart(of, poll.questions[i]!, language)}\n`;
  return {
    language,
    title: say.results(titleOf(poll)),
    brand: await brandOf(poll.workspaceId, now),
    framedBy: poll.embedOrigins,
    json: result,
    body: html`<h1>${titleOf(poll)}</h1>
${response && html`<p class="good">${thanks(poll, response, language)}</p>`}
<p><strong>${say.total(result.total)}</strong></p>
<p class="soft">${say.stages[isClosed ? "closed" : takes(poll, now) ? "open" : "closing"]} ${say.tier[poll.tier]}</p>
${burstsPart(result, language)}
${result.questions.map(part)}
${takes(poll, now) && (!response || poll.changeable) && html`<a class="button quiet" href="${pathOf(poll, "", language, { embed: via.embed, t: via.t })}">${say.toQuestion}</a>`}`,
  };
};

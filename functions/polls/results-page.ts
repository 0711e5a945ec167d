import { refuse } from "../platform/errors.ts";
import { type Html, html, type Page } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { recentBallotsOf } from "./ballot-table.ts";
import { chartWords } from "./chart-words.ts";
import { sayAnswer } from "./form.ts";
import { pathOf, type Via } from "./links.ts";
import { type Asked, showsTo, takes, titleOf } from "./poll.ts";
import type { Question } from "./question.ts";
import { countsByNow } from "./recount.ts";
import { answersOf, type Response } from "./response.ts";
import { type ChannelResult, type QuestionResult, type ResultView, viewResult } from "./result.ts";
import { type Here, responseOf } from "./visitor.ts";
import { words } from "./words.ts";

// What people answered, as tables and charts: the numbers beside each bar. The charts are pictures of their own (chart-page.ts).

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

/** What was answered here, and what each network counted, side by side. */
const channelsPart = (
  channels: readonly ChannelResult[],
  options: readonly { id: string; text: string }[],
  language: Language,
): Html => {
  const say = words[language];
  const titleOf = ({ title, handle }: ChannelResult) => (title === undefined ? say.here : `${title} ${handle}`);
  const heading = (of: ChannelResult) =>
    html`<th scope="col">${of.url === undefined ? titleOf(of) : html`<a href="${of.url}" rel="nofollow">${titleOf(of)}</a>`}</th>`;
  const cell = ({ options }: ChannelResult, id: string) => {
    const of = options.find((one) => one.id === id);
    return html`<td>${of ? `${say.number(of.count)} (${say.percent(of.share)})` : "–"}</td>`;
  };
  return html`<h3>${say.byChannel}</h3>
<div class="wide" tabindex="0" role="region" aria-label="${say.byChannel}"><table>
<thead><tr><th scope="col">${say.option}</th>${channels.map(heading)}</tr></thead>
<tbody>${options.map(({ id, text }) => html`<tr><th scope="row">${text}</th>${channels.map((of) => cell(of, id))}</tr>\n`)}<tr><th scope="row">${say.answeredAll}</th>${channels.map(({ answered }) => html`<td>${say.number(answered)}</td>`)}</tr></tbody>
</table></div>
<ul class="soft">${channels.map((of) => html`<li>${titleOf(of)}: ${of.tier === "network" ? say.networkTier : say.tier[of.tier]}${of.tier === "network" && !of.isFinal && ` ${say.stillThere}`}</li>`)}</ul>
${channels.some(({ withheld }) => withheld) && html`<p class="soft">${say.withheld}</p>`}`;
};

const choiceParts = ({ options = [], other, channels }: QuestionResult, language: Language): Html[] => {
  const say = words[language];
  const rows: Row[] = [...options, ...(other ? [{ text: say.other, ...other }] : [])];
  const counts = countsTable(say.option, rows, language);
  return channels ? [counts, channelsPart(channels, options, language)] : [counts];
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
  // Of an open poll from the bars.
  const about = (n: number) => (exact ? amount(n) : say.about(amount(n)));
  return html`<p><strong>${say.median(about(median))}</strong></p>
<p>${say.half(about(lowerQuartile), about(upperQuartile))}</p>
${truth && html`<p class="good">${say.truth(amount(truth.value), off ?? "", say.percent(truth.closerShare))}</p>`}
${countsTable(`${say.from} (${unit})`, rows, language)}`;
};

/** Most agree on a statement from this share on, of at least so many with an opinion. */
const sharedFrom = 0.6;
const enoughOpinions = 5;

/** What each group of people who think alike agrees with: the numbers beside the chart. */
const groupsTable = ({ statements = [], opinionGroups = [] }: QuestionResult, language: Language): Html | false => {
  const say = words[language];
  const chart = chartWords[language];
  const cell = (id: string, group: (typeof opinionGroups)[number]) => {
    const agreement = group.statements.find((of) => of.id === id)?.agreement ?? null;
    return html`<td>${agreement === null ? "–" : say.percent(agreement)}</td>`;
  };
  return (
    opinionGroups.length > 0 &&
    html`<h3>${chart.groups}</h3><p class="soft">${chart.groupsAre}</p>
<div class="wide" tabindex="0" role="region" aria-label="${chart.groups}"><table>
<thead><tr><th scope="col">${say.statement}</th>${opinionGroups.map(({ name, total }) => html`<th scope="col">${chart.group(name, say.number(total))}</th>`)}</tr></thead>
<tbody>${statements.map(({ id, text }) => html`<tr><th scope="row">${text}</th>${opinionGroups.map((group) => cell(id, group))}</tr>\n`)}</tbody>
</table></div>`
  );
};

const statementsParts = (result: QuestionResult, language: Language): Html[] => {
  const say = words[language];
  const { statements = [] } = result;
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
  const counts = html`<p class="soft">${say.agreementIs}</p>
<div class="wide" tabindex="0" role="region" aria-label="${say.judge}"><table>
<thead><tr><th scope="col">${say.statement}</th><th scope="col">${say.agreement}</th><th scope="col">${say.votes.agree}</th><th scope="col">${say.votes.disagree}</th><th scope="col">${say.votes.pass}</th></tr></thead>
<tbody>${statements.map(row)}</tbody>
</table></div>
`;
  const lists = html`${listed(say.shared, shared)}${listed(say.divided, divided)}`;
  return [counts, lists, html`${groupsTable(result, language)}`].filter(({ markup }) => markup !== "");
};

/** What there is to see of a question, in parts that each fit on a page. */
const questionParts = (result: QuestionResult, question: Question, language: Language): Html[] => {
  switch (result.kind) {
    case "single":
    case "multiple":
      return choiceParts(result, language);
    case "rating":
      return [ratingPart(result, language)];
    case "ranking":
      return [rankingPart(result, language)];
    case "estimate":
      return [estimatePart(result, question, language)];
    case "statements":
      return statementsParts(result, language);
    case "open":
      return [html`<p class="soft">${words[language].openAnswers}</p>`];
  }
};

/** A table of choices has bars of its own; of the others there is a picture. The files are there for who wants to show it. */
const chartPart = (poll: Asked, { id, kind, text, answered }: QuestionResult, language: Language, { t }: Via): Html => {
  if (kind === "open" || answered === 0) return html``;
  const { altHere, asPicture } = chartWords[language];
  const file = (format: string) => pathOf(poll, `/results/${id}.${format}`, language, { t });
  const link = (format: string) => html`<a href="${file(format)}">${format.toUpperCase()}</a>`;
  return html`${kind !== "single" && kind !== "multiple" && html`<img class="picture" src="${file("svg")}" alt="${altHere(text)}" loading="lazy">\n`}<p class="soft">${asPicture} ${link("svg")} · ${link("png")} · ${link("json")} · ${link("csv")}</p>\n`;
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
  const { title, text } = words[language][poll.results === "after" ? "hiddenUntil" : "hidden"];
  return {
    status: response ? 200 : 403,
    language,
    title: titleOf(poll),
    brand: await brandOf(poll.workspaceId, here.now),
    framedBy: poll.embedOrigins,
    body: html`<h1>${titleOf(poll)}</h1>
${response && html`<p class="good">${thanks(poll, response, language)}</p>`}
<h2>${title}</h2><p>${text}</p>
${takes(poll, here.now) && !response && html`<a class="button quiet" href="${pathOf(poll, "", language)}">${words[language].toQuestion}</a>`}`,
  };
};

/** A page stays under 50 KB, whatever was asked: of more than this the next one shows the rest. */
const mostMarkup = 38_000;

/** A part of the results, by its name in an address: "q3", and "q3-2" for the second of that question. */
type Part = { name: string; markup: Html; heading: Html };

/** The parts, page by page; where a page goes on with a question it says which. */
const stepsOf = (parts: readonly Part[]): [Part, ...Part[]][] => {
  const steps: [Part, ...Part[]][] = [];
  let bytes = 0;
  for (const part of parts) {
    const own = Buffer.byteLength(part.markup.markup);
    const step = steps.at(-1);
    if (step && bytes + own <= mostMarkup) step.push(part);
    else {
      steps.push([part]);
      bytes = 0;
    }
    bytes += own;
  }
  return steps;
};

export const resultsPage = async (
  poll: Asked,
  here: Here & { wantsJson: boolean },
  { from, ...via }: Via & { from?: string | undefined },
): Promise<Page> => {
  const { now, speak, wantsJson } = here;
  const isClosed = poll.status === "closed";
  const read = () =>
    Promise.all([
      isClosed ? { ...poll.result, counted: "rows" as const } : countsByNow(poll, now),
      recentBallotsOf(poll, now),
      brandOf(poll.workspaceId, now),
    ]);
  // Where everybody may see them, nothing waits for who this is.
  const [response, ahead] = await Promise.all([responseOf(poll, here, via), showsTo(poll, false) ? read() : undefined]);
  if (!showsTo(poll, response !== undefined)) return hiddenPage(poll, here, response, wantsJson);
  const language = speak(poll.language);
  const say = words[language];
  const [counted, ballots, brand] = ahead ?? (await read());
  const result = viewResult(poll, counted, counted.counted, now, ballots);
  const isOne = poll.questions.length === 1;
  const isCounted = ballots.every(({ status }) => status === "ended");
  const closed = isCounted ? say.stages.closed : say.stages.elsewhere;
  const stage = isClosed ? closed : say.stages[takes(poll, now) ? "open" : "closing"];
  const partsOf = (of: QuestionResult, i: number): Part[] => {
    const heading = html`<h2>${of.text}</h2>`;
    if (of.later) return [{ name: of.id, heading, markup: html`${heading}<p class="soft">${say.countedLater}</p>\n` }];
    const [first = html``, ...more] = questionParts(of, poll.questions[i]!, language);
    const markup = html`${(!isOne || poll.title !== undefined) && heading}${!isOne && html`<p class="soft">${say.answeredBy(of.answered)}</p>`}
${chartPart(poll, of, language, via)}${first}${more.length === 0 && "\n"}`;
    return [
      { name: of.id, heading, markup },
      ...more.map((rest, n) => ({
        name: `${of.id}-${n + 2}`,
        heading,
        markup: html`${rest}${n === more.length - 1 && "\n"}`,
      })),
    ];
  };
  const steps = stepsOf(result.questions.flatMap(partsOf));
  const at = Math.max(
    0,
    steps.findIndex((step) => step.some(({ name }) => name === from)),
  );
  const shown = steps[at] ?? [];
  const isFirst = at === 0;
  const place = steps.length > 1 ? say.part(at + 1, steps.length) : "";
  const toStep = (n: number): string =>
    pathOf(poll, "/results", language, { embed: via.embed, t: via.t, ...(n > 0 ? { from: steps[n]?.[0].name } : {}) });
  return {
    language,
    title: `${say.results(titleOf(poll))}${place && ` (${place})`}`,
    brand,
    framedBy: poll.embedOrigins,
    json: result,
    body: html`<h1>${titleOf(poll)}</h1>
${response && isFirst && html`<p class="good">${thanks(poll, response, language)}</p>`}
<p><strong>${say.total(result.total)}</strong></p>
<p class="soft">${stage} ${say.tier[poll.tier]}${result.here !== undefined && ` ${say.elsewhere(result.total - result.here)}`}</p>
${isFirst && burstsPart(result, language)}
${shown[0]?.name.includes("-") && shown[0].heading}${shown.map(({ markup }) => markup)}
${place !== "" && html`<p class="soft">${place}</p>\n`}${at + 1 < steps.length && html`<a class="button" rel="next" href="${toStep(at + 1)}">${say.nextPart}</a>\n`}${!isFirst && html`<a class="button quiet" rel="prev" href="${toStep(at - 1)}">${say.previousPart}</a>\n`}${takes(poll, now) && (!response || poll.changeable) && html`<a class="button quiet" href="${pathOf(poll, "", language, { embed: via.embed, t: via.t, ...(response ? { change: "1" } : {}) })}">${response ? say.answered.change : say.toQuestion}</a>`}`,
  };
};

import * as z from "zod";
import { barsAcross, barsOverTime } from "../charts/charts.ts";
import { days, hours, instant, milliseconds } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { found } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { type Html, html, type Page, page, pages, type Redirect, type Visit } from "../platform/page.ts";
import { type Language, sayEuros, sayNumber, sayPercent, sayTime } from "../platform/words.ts";
import { admit } from "../workspaces/admit.ts";
import { brandOf } from "../workspaces/brand.ts";
import { sessionIn } from "../workspaces/cookie.ts";
import { scopesOf } from "../workspaces/role.ts";
import { type Standing, Status } from "./contest.ts";
import { sayMark } from "./guard.ts";
import { homeOf } from "./links.ts";
import { ContestReport, reportOn } from "./report.ts";
import { noSource, otherSource } from "./sources.ts";
import { findContest, listContests } from "./table.ts";
import { words } from "./view-words.ts";

// For whoever is signed in and organises a contest: the contests, and each in numbers. These pages are at our own address
// only, since that is where a session's cookie is; they change nothing.

const byDefault: Language = "nl";

type Here = Pick<Visit, "cookies" | "now" | "owner" | "speak">;

/** The workspaces whose contests this browser's session may read; undefined where nobody is signed in. */
const workspacesHere = async ({ cookies, now }: Here): Promise<string[] | undefined> => {
  const token = sessionIn(cookies);
  if (token === undefined) return undefined;
  const admitted = await admit(token, undefined, now);
  if ("refusal" in admitted) return undefined;
  return admitted.memberships
    .filter(({ role }) => scopesOf[role].some((scope) => scope === "contests:read"))
    .map(({ workspaceId }) => workspaceId);
};

const inLanguage = (path: string, language: Language): string =>
  language === byDefault ? path : `${path}?lang=${language}`;

/** Shows it to whoever is signed in, at our own address; others sign in first. */
const signedIn =
  <V extends Here>(
    path: (visit: V) => string,
    run: (visit: V, workspaces: string[], language: Language) => Promise<Page>,
  ) =>
  async (visit: V): Promise<Page | Redirect> => {
    const language = visit.speak(byDefault);
    if (visit.owner !== undefined) return { seeOther: `${config.publicUrl()}${inLanguage(path(visit), language)}` };
    const workspaces = await workspacesHere(visit);
    return workspaces ? run(visit, workspaces, language) : { seeOther: inLanguage("/sign-in", language) };
  };

// ── The contests ────────────────────────────────────────────────────────────────────────────────────────────────────

const mostListed = 50;

const listPage = async (workspaces: readonly string[], language: Language, now: string): Promise<Page> => {
  const { list: say, statuses } = words[language];
  const all = await Promise.all(
    workspaces.map(async (workspaceId) => {
      const { name } = await brandOf(workspaceId, now);
      const asked = { limit: mostListed, startAfter: undefined, status: undefined };
      return (await listContests(workspaceId, asked, now)).items.map((contest) => ({ contest, name }));
    }),
  );
  const contests = all.flat().sort((a, b) => (a.contest.createdAt < b.contest.createdAt ? 1 : -1));
  return {
    language,
    title: say.title,
    json: contests.map(({ contest }) => ({ id: contest.contestId, title: contest.title, status: contest.status })),
    body: html`<h1>${say.title}</h1>
${
  contests.length === 0
    ? html`<p>${say.none}</p>`
    : html`<table><thead><tr><th scope="col">${say.contest}</th><th scope="col">${say.status}</th>${workspaces.length > 1 && html`<th scope="col">${say.workspace}</th>`}</tr></thead><tbody>
${contests.map(({ contest, name }) => html`<tr><th scope="row"><a href="${inLanguage(`/contests/${contest.contestId}`, language)}">${contest.title}</a></th><td>${statuses[contest.status]}</td>${workspaces.length > 1 && html`<td>${name}</td>`}</tr>\n`)}</tbody></table>`
}`,
  };
};

// ── One contest ─────────────────────────────────────────────────────────────────────────────────────────────────────

const table = (heads: readonly string[], rows: readonly (readonly (string | Html)[])[]): Html =>
  html`<table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>
${rows.map(([first = "", ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody></table>`;

const funnelPart = ({ funnel, referred }: ContestReport, language: Language): Html => {
  const { funnel: say, referred: sayReferred } = words[language];
  const steps = [
    { label: say.views, value: funnel.views },
    { label: say.mails, value: funnel.mails },
    { label: say.entries, value: funnel.entries },
  ];
  const number = (n: number) => sayNumber(n, language);
  const rows = steps.map(({ label, value }, i) => {
    const before = steps[i - 1]?.value ?? 0;
    return [label, number(value), before > 0 ? sayPercent(value / before, language) : ""];
  });
  return html`<h2>${say.title}</h2>${barsAcross(steps, { number })}
${table([say.step, say.number, say.share], rows)}
${funnel.entries > 0 && html`<p>${sayReferred(referred, funnel.entries)}</p>`}<p class="soft">${say.how}</p>`;
};

/** With the steps in between in which there was nothing. */
const withGaps = ({ over, step }: ContestReport): ContestReport["over"] => {
  const [first, last] = [over[0], over.at(-1)];
  if (!first || !last) return [];
  const stepMs = step === "hour" ? hours(1) : days(1);
  const known = new Map(over.map((one) => [one.from, one]));
  const count = Math.round((milliseconds(last.from) - milliseconds(first.from)) / stepMs) + 1;
  return Array.from({ length: count }, (_, i) => {
    const at = instant(milliseconds(first.from) + i * stepMs);
    const from = step === "hour" ? at : at.slice(0, 10);
    return known.get(from) ?? { from, views: 0, entries: 0 };
  });
};

const overPart = (report: ContestReport, zone: string, language: Language): Html => {
  const { over: say } = words[language];
  const number = (n: number) => sayNumber(n, language);
  const locale = language === "nl" ? "nl-NL" : "en-GB";
  const short =
    report.step === "hour"
      ? new Intl.DateTimeFormat(locale, {
          timeZone: zone,
          day: "numeric",
          month: "short",
          hour: "2-digit",
          minute: "2-digit",
        })
      : new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "numeric", month: "short" });
  const label = (from: string) => short.format(milliseconds(from));
  const bars = withGaps(report).map(({ from, views, entries }) => ({
    label: label(from),
    value: entries,
    behind: views,
  }));
  const rows = report.over.map(({ from, views, entries }) => [label(from), number(views), number(entries)]);
  return html`<h2>${say.title}</h2><p class="soft">${say.key}</p>${barsOverTime(bars, { number })}
<details><summary>${say.table}</summary>${table([say[report.step], say.views, say.entries], rows)}</details>`;
};

const sourcePart = ({ sources }: ContestReport, home: string, language: Language): Html => {
  const { sources: say, over } = words[language];
  const number = (n: number) => sayNumber(n, language);
  const name = (source: string): string =>
    source === noSource ? say.none : source === otherSource ? say.other : source;
  const bars = sources.slice(0, 12).map(({ source, entries }) => ({ label: name(source), value: entries }));
  const rows = sources.map(({ source, views, entries, byFriends }) => [
    name(source),
    number(views),
    number(entries),
    number(byFriends.entries),
  ]);
  return html`<h2>${say.title}</h2>${barsAcross(bars, { number })}
${table([say.source, say.views, over.entries, say.friends], rows)}<p class="soft">${say.how(`${home}?via=instagram`)}</p>`;
};

const referrerPart = ({ fromRows }: ContestReport, language: Language): Html => {
  const { referrers: say, tooMany } = words[language];
  if (!fromRows) return html`<h2>${say.title}</h2><p>${tooMany}</p>`;
  const rows = fromRows.referrers.map(({ entryId, friends }) => [
    html`<span class="code">${entryId}</span>`,
    sayNumber(friends, language),
  ]);
  return html`<h2>${say.title}</h2>${rows.length === 0 ? html`<p>${say.none}</p>` : html`${table([say.entry, say.friends], rows)}<p class="soft">${say.how}</p>`}`;
};

const languagePart = ({ languages }: ContestReport, language: Language): Html => {
  const { languages: say, over } = words[language];
  const rows = languages.map((one) => [say.names[one.language], sayNumber(one.entries, language)]);
  return html`<h2>${say.title}</h2>${table([say.language, over.entries], rows)}`;
};

const riskPart = ({ risk, fromRows }: ContestReport, language: Language): Html => {
  const { risk: say, over, newsletter } = words[language];
  const rows = risk.map(({ mark, entries }) => [sayMark(mark, language), sayNumber(entries, language)]);
  return html`<h2>${say.title}</h2>${rows.length === 0 ? html`<p>${say.none}</p>` : table([say.mark, over.entries], rows)}
${fromRows && html`<p>${say.out(fromRows.withdrawn, fromRows.excluded)}</p>`}
${fromRows && fromRows.newsletter > 0 && html`<p>${newsletter(fromRows.newsletter)}</p>`}`;
};

const taxPart = ({ tax }: ContestReport, language: Language): Html => {
  const { tax: say } = words[language];
  const euros = (cents: number) => sayEuros(cents, language);
  if (tax.prizes.length === 0) return html``;
  if (!tax.isOwed)
    return html`<h2>${say.title}</h2><p>${say.none(euros(tax.totalCents), euros(tax.freeCents))}</p><p class="soft">${say.source(tax.source)}</p>`;
  const rows = tax.prizes.map(({ prize, number, valueCents, winnerPays, organiserPays }) => [
    say.prizeOf(number, prize, euros(valueCents)),
    euros(winnerPays.taxCents),
    euros(organiserPays.taxCents),
  ]);
  const { winnersPayCents, organiserPaysCents } = tax.totals;
  const total = [say.total, euros(winnersPayCents), euros(organiserPaysCents)];
  return html`<h2>${say.title}</h2><p>${say.owed(euros(tax.totalCents), euros(tax.freeCents), sayPercent(tax.ratePercent / 100, language))}</p>
${table([say.prize, say.winner, say.organiser], [...rows, total])}
<p>${say.cost(euros(tax.totalCents + organiserPaysCents))}</p><p class="soft">${say.source(tax.source)}</p>`;
};

const reportPage = async (contest: Standing, language: Language, now: string): Promise<Page> => {
  const say = words[language];
  const report = await reportOn(contest, undefined, now);
  const at = (time: string) => sayTime(time, language, contest.zone);
  const { views, mails, entries } = report.funnel;
  const isEmpty = views + mails + entries === 0;
  const numbers = async () => html`${funnelPart(report, language)}
${overPart(report, contest.zone, language)}
${sourcePart(report, await homeOf(contest), language)}
${referrerPart(report, language)}
${languagePart(report, language)}
${riskPart(report, language)}`;
  return {
    language,
    title: contest.title,
    brand: await brandOf(contest.workspaceId, now),
    json: report,
    body: html`<p class="brand">${say.statuses[contest.status]}</p><h1>${contest.title}</h1>
${report.from !== undefined && report.until !== undefined && html`<p>${say.period(at(report.from), at(report.until))}</p>`}
<p class="soft">${say.countedAt(at(now))}</p>
${contest.status === "draft" ? html`<p>${say.draft}</p>` : isEmpty ? html`<p>${say.nothing}</p>` : await numbers()}
${taxPart(report, language)}
<p><a href="${inLanguage("/contests", language)}">${say.back}</a></p>`,
  };
};

const params = z.strictObject({ contestId: Id("contest") });
type OfContest = z.infer<typeof params>;

export const routes = {
  showContests: page({
    method: "GET",
    path: "/contests",
    summary: "The contests of whoever is signed in.",
    returns: z.array(z.object({ id: Id("contest"), title: z.string(), status: Status })),
    run: signedIn(
      () => "/contests",
      ({ now }: Here, workspaces, language) => listPage(workspaces, language, now),
    ),
  }),
  showContestReport: page({
    method: "GET",
    path: "/contests/{contestId}",
    summary: "A contest in numbers, for its organiser, who is signed in.",
    params,
    returns: ContestReport,
    run: signedIn(
      (visit: Visit<OfContest>) => `/contests/${visit.params.contestId}`,
      async ({ params, now }, workspaces, language) => {
        const all = await Promise.all(workspaces.map((workspace) => findContest(workspace, params.contestId, now)));
        return reportPage(found(all.find(Boolean), "contest"), language, now);
      },
    ),
  }),
};

export const handler = pages(routes);

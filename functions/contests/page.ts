import * as z from "zod";
import { instant } from "../platform/clock.ts";
import { found, type Refusal, refuse } from "../platform/errors.ts";
import { Slug } from "../platform/ids.ts";
import { Address } from "../platform/input.ts";
import { checkForm, html, type Page, page, pages, shownAt, type Visit } from "../platform/page.ts";
import { qrDocument } from "../platform/qr.ts";
import { publishedBundle } from "./bundle.ts";
import { takes } from "./close.ts";
import { confirm, confirmPage, Mailed, mailConfirmation, sentPage } from "./confirmation.ts";
import { hasDraw, type Published } from "./contest.ts";
import { type Came, cameBy, contestPage, PublicContest } from "./contest-page.ts";
import { drawPage, PublicDraw } from "./draw-page.ts";
import { entryKeys, identityOf, placeOf, readLinkToken } from "./entry.ts";
import { homeOf, openConfirmation, openPersonal, pathOf, personalPath } from "./links.ts";
import { PersonalView, personalPage, viewEntry } from "./personal-page.ts";
import { findContestBySlug, findEntry } from "./table.ts";
import { words } from "./words.ts";

// Where people enter: an address, a button behind a mailed link, a personal page with a link to share; and where the draw is
// explained. A form carries a token of the page that showed it; an app sends the same fields as JSON, without one.

/** An entry must be written, or not at all, well before the entries are counted (see close.ts): this ends it. */
export const limits = { timeoutSeconds: 20 };

const params = z.strictObject({ slug: Slug });
const linkParams = z.strictObject({ slug: Slug, token: z.string().max(100) });
const Token = z.string().max(1024);
const tokenQuery = z.strictObject({ t: Token.default("") });

const contestHere = async (visit: Pick<Visit<{ slug: string }>, "params" | "now" | "owner">): Promise<Published> =>
  found(shownAt(visit, await findContestBySlug(visit.params.slug, visit.now)), "contest");

// ── The forms ───────────────────────────────────────────────────────────────────────────────────────────────────────

const Asked = z.object({
  email: Address,
  form: z.string().max(2000).optional().describe("The token of a form that this page showed; an app sends none."),
});

const Confirmed = z.object({ t: Token, form: z.string().max(2000).optional() });

const checkShown = async (
  contest: Published,
  form: "enter" | "confirm",
  token: string | undefined,
  { now, wantsJson }: Pick<Visit, "now" | "wantsJson">,
): Promise<void> => {
  if (token === undefined && wantsJson) return;
  await checkForm(contest.workspaceId, form, contest.contestId, token ?? "", now);
};

// ── Asking to enter ─────────────────────────────────────────────────────────────────────────────────────────────────

const askToEnter = async (
  visit: Visit<{ slug: string; token?: string }, unknown, z.output<typeof Asked>>,
): Promise<Page | { seeOther: string }> => {
  const { params, form, arrivedMs, speak, wantsJson } = visit;
  const contest = await contestHere(visit);
  await checkShown(contest, "enter", form.form, visit);
  if (!takes(contest, arrivedMs)) return refuse("contest_not_open", "This contest takes no entries now.");
  const identity = identityOf(form.email);
  const referrer = params.token === undefined ? undefined : readLinkToken(await entryKeys(contest), params.token);
  const language = speak(contest.language);
  await mailConfirmation(contest, { identity, referrer, language }, visit.now);
  return wantsJson
    ? { ...(await sentPage(contest, visit)), status: 202 }
    : { seeOther: pathOf(contest, "/sent", language) };
};

const askAgain = async (
  visit: Visit<{ slug: string; token?: string }, unknown, Record<string, string>>,
  refusal: Refusal,
): Promise<Page> => {
  const contest = await contestHere(visit);
  const { token } = visit.params;
  const say = words[visit.speak(contest.language)].problems;
  const text = refusal.code === "invalid_input" ? say.address : say.form;
  const came: Came = token === undefined ? { by: "itself" } : await cameBy(contest, token);
  return contestPage(contest, visit, came, { text, email: visit.form.email ?? "" });
};

// ── The routes ──────────────────────────────────────────────────────────────────────────────────────────────────────

const entering = {
  form: Asked,
  status: 202,
  returns: Mailed,
  refuses: ["form_altered", "form_expired", "contest_not_open"],
  run: askToEnter,
  again: askAgain,
} as const;

export const routes = {
  showContest: page({
    method: "GET",
    path: "/c/{slug}",
    summary: "A contest, to enter.",
    params,
    returns: PublicContest,
    run: async (visit) => contestPage(await contestHere(visit), visit, { by: "itself" }),
  }),
  askToEnterContest: page({
    method: "POST",
    path: "/c/{slug}",
    summary:
      "Asks to enter: a link to confirm by is mailed. The answer is the same whether the address is known or not.",
    params,
    ...entering,
  }),
  showContestQr: page({
    method: "GET",
    path: "/c/{slug}/qr.svg",
    summary: "The address of a contest as a QR code (SVG), for print.",
    params,
    run: async (visit) => {
      const contest = await contestHere(visit);
      const language = visit.speak(contest.language);
      return { language, title: contest.title, body: html``, document: qrDocument(await homeOf(contest)) };
    },
  }),
  showContestOfFriend: page({
    method: "GET",
    path: "/c/{slug}/r/{token}",
    summary: "A contest, by a friend's personal link. A link that is not right shows the contest all the same.",
    params: linkParams,
    returns: PublicContest,
    run: async (visit) => {
      const contest = await contestHere(visit);
      return contestPage(contest, visit, await cameBy(contest, visit.params.token));
    },
  }),
  askToEnterContestOfFriend: page({
    method: "POST",
    path: "/c/{slug}/r/{token}",
    summary: "Asks to enter by a friend's personal link: once confirmed, it raises the friend's chances.",
    params: linkParams,
    ...entering,
  }),
  showContestMailed: page({
    method: "GET",
    path: "/c/{slug}/sent",
    summary: "Says to look in the mail, and by when to confirm.",
    params,
    returns: Mailed,
    run: async (visit) => sentPage(await contestHere(visit), visit),
  }),
  showConfirmation: page({
    method: "GET",
    path: "/c/{slug}/confirm",
    summary: "The page behind the mailed link, with one button. Opening it changes nothing.",
    params,
    query: tokenQuery,
    refuses: ["link_ended"],
    run: async (visit) => confirmPage(await contestHere(visit), visit, visit.query.t),
  }),
  confirmEntry: page({
    method: "POST",
    path: "/c/{slug}/confirm",
    summary:
      "Confirms an entry. What counts is that this arrives before the close; a second time gives the first receipt.",
    params,
    form: Confirmed,
    returns: PersonalView,
    refuses: ["form_altered", "form_expired", "contest_not_open", "link_ended"],
    run: async (visit) => {
      const { form, now, arrivedMs, speak, wantsJson } = visit;
      const contest = await contestHere(visit);
      await checkShown(contest, "confirm", form.form, visit);
      if (!takes(contest, arrivedMs)) return refuse("contest_not_open", "This contest takes no entries now.");
      const confirmation = await openConfirmation(contest, form.t, instant(arrivedMs));
      const language = speak(confirmation.language);
      const entry = await confirm(contest, confirmation, language, visit);
      const { identity } = confirmation;
      if (!wantsJson) return { seeOther: await personalPath(contest, identity, language) };
      const view = await viewEntry(contest, entry, identity, await entryKeys(contest), language, now);
      return personalPage(contest, view, language, now);
    },
    again: async (visit, refusal) => {
      const contest = await contestHere(visit);
      if (refusal.code === "contest_not_open") return contestPage(contest, visit, { by: "itself" });
      if (refusal.code === "link_ended") throw refusal;
      const problem = words[visit.speak(contest.language)].problems.form;
      return confirmPage(contest, visit, visit.form.t ?? "", problem);
    },
  }),
  showEntry: page({
    method: "GET",
    path: "/c/{slug}/me",
    summary: "The personal page: chances, the link to share, the receipt, and after the draw the result.",
    params,
    query: tokenQuery,
    returns: PersonalView,
    refuses: ["link_ended"],
    run: async (visit) => {
      const { query, now, speak } = visit;
      const contest = await contestHere(visit);
      const identity = await openPersonal(contest, query.t, now);
      const keys = await entryKeys(contest);
      const entry = await findEntry(placeOf(contest, keys, identity), now);
      if (!entry) return refuse("link_ended", "This entry is no longer kept.");
      const language = speak(contest.language);
      const view = await viewEntry(contest, entry, identity, keys, language, now);
      return personalPage(contest, view, language, now);
    },
  }),
  showDraw: page({
    method: "GET",
    path: "/c/{slug}/draw",
    summary: "The draw, explained: when it is, what is fixed for it, who won, what it proves and what not.",
    params,
    returns: PublicDraw,
    run: async (visit) => {
      const contest = await contestHere(visit);
      return drawPage(contest, visit.speak(contest.language), visit.now);
    },
  }),
  readDrawBundle: page({
    method: "GET",
    path: "/c/{slug}/draw.json",
    summary: "All that it takes to check the draw offline (FairDraw 1, section 5).",
    params,
    refuses: ["contest_not_drawn"],
    run: async (visit) => {
      const contest = await contestHere(visit);
      if (!hasDraw(contest)) return refuse("contest_not_drawn", "The winners are not drawn yet.");
      return {
        language: visit.speak(contest.language),
        title: contest.title,
        body: html``,
        document: { type: "application/json; charset=utf-8", text: JSON.stringify(await publishedBundle(contest)) },
      };
    },
  }),
};

export const handler = pages(routes);

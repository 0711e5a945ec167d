import * as z from "zod";
import { newestVersion } from "../people/consent-text.ts";
import { milliseconds } from "../platform/clock.ts";
import { type Refusal, refuse } from "../platform/errors.ts";
import { Slug } from "../platform/ids.ts";
import { Address } from "../platform/input.ts";
import { checkForm, type Page, page, pages, type Visit } from "../platform/page.ts";
import { unwrapAhead } from "../platform/secrets.ts";
import { againAt, kioskSeconds, kioskSentPage, linkEndedPage, Mailed, meantPage, sentPage } from "./asked-page.ts";
import { bonusOfForm, GivenCode } from "./bonus-page.ts";
import { checkAskedPage, checkPage } from "./check-page.ts";
import { takes } from "./close.ts";
import type { Published } from "./contest.ts";
import { actionOf, type Came, cameBy, contestPage, embedPage, PublicContest, type Setting } from "./contest-page.ts";
import { entryKeys, identityFor, readLinkToken } from "./entry.ts";
import { contestHere } from "./here.ts";
import { kioskPath, openSent, pathOf, sentToken } from "./links.ts";
import { mailIfEntered, mailLink } from "./mail-link.ts";
import { probablyMeant } from "./mistyped.ts";
import { sourceOf, Via } from "./sources.ts";
import { termsRoutes } from "./terms.ts";
import { noteView } from "./view.ts";
import { words } from "./words.ts";

// Where people enter: an address, and "look in your mail"; what follows is entrant-page.ts. A form carries a token of the page
// that showed it; an app sends the same fields as JSON, without one.

const params = z.strictObject({ slug: Slug });
const linkParams = z.strictObject({ slug: Slug, token: z.string().max(100) });
const Token = z.string().max(1024);
/** `?kiosk`, with or without a value. */
const Kiosk = z.string().max(10).optional().describe("For a screen that many people use: it keeps nobody's address.");
const enterQuery = z.strictObject({ via: Via, kiosk: Kiosk });

const settingOf = ({ query }: { query: { kiosk?: string | undefined } }): "kiosk" | "page" =>
  query.kiosk === undefined ? "page" : "kiosk";

/** The page to enter by; looking at it counts as a click. */
const entrance = async (
  contest: Published,
  visit: Visit<{ slug: string }, z.output<typeof enterQuery>>,
  came: Came,
): Promise<Page> => {
  const setting = settingOf(visit);
  const via = setting === "kiosk" ? setting : visit.query.via;
  const [page] = await Promise.all([
    contestPage(contest, visit, { ...came, via }, undefined, setting),
    noteView(contest, { via, byFriend: came.by === "friend" }, visit),
  ]);
  return page;
};

// ── The forms ───────────────────────────────────────────────────────────────────────────────────────────────────────

const Asked = z.object({
  email: Address,
  code: GivenCode.optional().describe("Of a shop, a newsletter or a place, where the contest has such codes."),
  sure: z.literal("yes").optional().describe("That the address is right, although it looks mistyped."),
  form: z.string().max(2000).optional().describe("The token of a form that this page showed; an app sends none."),
  via: Via,
  newsletter: z.coerce
    .number()
    .int()
    .min(1)
    .max(newestVersion)
    .optional()
    .describe("Only where they ticked a box of its own: the version of the text beside it."),
});

const Checked = Asked.pick({ email: true, form: true });

const checkShown = async (
  contest: Published,
  form: "enter" | "check",
  token: string | undefined,
  { now, wantsJson }: Pick<Visit, "now" | "wantsJson">,
): Promise<void> => {
  if (token === undefined && wantsJson) return;
  await checkForm(contest.workspaceId, form, contest.contestId, token ?? "", now);
};

// ── Asking to enter ─────────────────────────────────────────────────────────────────────────────────────────────────

type Asking<F> = Visit<{ slug: string; token?: string }, { kiosk?: string | undefined }, F>;

const cameHere = async (contest: Published, { params }: Pick<Asking<unknown>, "params">): Promise<Came> =>
  params.token === undefined ? { by: "itself" } : cameBy(contest, params.token);

const askToEnter = async (
  visit: Asking<z.output<typeof Asked>>,
  setting: Setting,
): Promise<Page | { seeOther: string }> => {
  const { params, form, arrivedMs, now, speak, wantsJson } = visit;
  const contest = await contestHere(visit, unwrapAhead);
  await checkShown(contest, "enter", form.form, visit);
  if (!takes(contest, arrivedMs)) return refuse("contest_not_open", "This contest takes no entries now.");
  const meant = form.sure ? undefined : probablyMeant(form.email);
  if (meant !== undefined && !wantsJson) return askIfMeant(contest, visit, setting, meant);
  const identity = identityFor(contest, form.email);
  const referrer = params.token === undefined ? undefined : readLinkToken(await entryKeys(contest), params.token);
  const language = speak(contest.language);
  const via = sourceOf(contest, form.via);
  const newsletter = contest.newsletter === true ? form.newsletter : undefined;
  const bonus = await bonusOfForm(contest, form.code);
  const asked = { identity, referrer, language, via, newsletter, bonus };
  await mailLink(contest, asked, now);
  if (wantsJson) return mailedAnswer(contest, visit, meant);
  if (setting === "kiosk") return { seeOther: kioskPath(contest, "/sent", language) };
  const mailed = { asked, at: now, token: await sentToken(contest, asked, now) };
  if (setting === "page") return { seeOther: pathOf(contest, "/sent", language, mailed.token) };
  return { ...(await sentPage(contest, visit, mailed)), status: 202, framedBy: contest.embedOrigins };
};

/** What an app is told. */
const mailedAnswer = async (contest: Published, visit: Pick<Visit, "now" | "speak">, meant?: string): Promise<Page> => {
  const json: z.infer<typeof Mailed> = {
    status: "mailed",
    confirmBefore: contest.closesAt,
    ...(meant === undefined ? {} : { probablyMeant: meant }),
  };
  return { ...(await sentPage(contest, visit, undefined)), json, status: 202 };
};

const askIfMeant = async (
  contest: Published,
  visit: Asking<z.output<typeof Asked>>,
  setting: Setting,
  meant: string,
): Promise<Page> => {
  const { email: address, sure: _, ...rest } = visit.form;
  const language = visit.speak(contest.language);
  const action = actionOf(contest, await cameHere(contest, visit), setting, language);
  const fields = Object.fromEntries(
    Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
  const asks = { ...(await meantPage(contest, visit, { address, meant, action, fields })), status: 202 };
  if (setting === "embed") return { ...asks, framedBy: contest.embedOrigins };
  return setting === "kiosk" ? { ...asks, next: { path: action, afterSeconds: kioskSeconds.abandoned } } : asks;
};

const askAgain = async (visit: Asking<Record<string, string>>, refusal: Refusal, setting: Setting): Promise<Page> => {
  const contest = await contestHere(visit, unwrapAhead);
  const say = words[visit.speak(contest.language)].problems;
  const text = refusal.code === "invalid_input" ? say.address : say.form;
  const { email = "", code, via, newsletter } = visit.form;
  const problem = { text, email, code, newsletter: newsletter !== undefined };
  if (setting === "embed") return embedPage(contest, visit, problem);
  const came = await cameHere(contest, visit);
  return contestPage(contest, visit, { ...came, via: Via.parse(via) }, problem, setting);
};

// ── The routes ──────────────────────────────────────────────────────────────────────────────────────────────────────

const entering = {
  form: Asked,
  status: 202,
  returns: Mailed,
  query: enterQuery,
  refuses: ["form_altered", "form_expired", "contest_not_open"],
} as const;

/** Sites whose scripts may show a contest and take entries. */
const origins = async (asked: Pick<Visit<{ slug: string }>, "params" | "now" | "owner">): Promise<readonly string[]> =>
  (await contestHere(asked)).embedOrigins;

const onPage = {
  ...entering,
  origins,
  run: (visit: Asking<z.output<typeof Asked>>) => askToEnter(visit, settingOf(visit)),
  again: (visit: Asking<Record<string, string>>, refusal: Refusal) => askAgain(visit, refusal, settingOf(visit)),
};

export const routes = {
  ...termsRoutes,
  showContest: page({
    method: "GET",
    path: "/c/{slug}",
    summary: "A contest, to enter.",
    params,
    query: enterQuery,
    returns: PublicContest,
    origins,
    run: async (visit) => entrance(await contestHere(visit, unwrapAhead), visit, { by: "itself" }),
  }),
  askToEnterContest: page({
    method: "POST",
    path: "/c/{slug}",
    summary:
      "Asks to enter: a link to confirm by is mailed. The answer is the same whether the address is known or not.",
    params,
    ...onPage,
  }),
  showContestOfFriend: page({
    method: "GET",
    path: "/c/{slug}/r/{token}",
    summary: "A contest, by a friend's personal link. A link that is not right shows the contest all the same.",
    params: linkParams,
    query: enterQuery,
    returns: PublicContest,
    origins,
    run: async (visit) => {
      const contest = await contestHere(visit, unwrapAhead);
      return entrance(contest, visit, await cameBy(contest, visit.params.token));
    },
  }),
  askToEnterContestOfFriend: page({
    method: "POST",
    path: "/c/{slug}/r/{token}",
    summary: "Asks to enter by a friend's personal link: once confirmed, it raises the friend's chances.",
    params: linkParams,
    ...onPage,
  }),
  showContestEmbedded: page({
    method: "GET",
    path: "/c/{slug}/embed",
    summary: "The form to enter by, for a frame on a site that the contest names (embedOrigins).",
    params,
    returns: PublicContest,
    run: async (visit) => {
      const contest = await contestHere(visit, unwrapAhead);
      const [page] = await Promise.all([
        embedPage(contest, visit),
        noteView(contest, { via: "embed", byFriend: false }, visit),
      ]);
      return page;
    },
  }),
  askToEnterEmbeddedContest: page({
    method: "POST",
    path: "/c/{slug}/embed",
    summary: "Asks to enter from that frame.",
    params,
    ...entering,
    run: (visit) => askToEnter(visit, "embed"),
    again: (visit, refusal) => askAgain(visit, refusal, "embed"),
  }),
  showContestMailed: page({
    method: "GET",
    path: "/c/{slug}/sent",
    summary: "Says to look in the mail, and by when to confirm.",
    params,
    query: z.strictObject({ t: Token.optional(), kiosk: Kiosk }),
    returns: Mailed,
    run: async (visit) => {
      const contest = await contestHere(visit, unwrapAhead);
      if (settingOf(visit) === "kiosk") return kioskSentPage(contest, visit);
      const { t = "" } = visit.query;
      const mailed = t === "" ? undefined : await openSent(contest, t, visit.now);
      return sentPage(contest, visit, mailed && { ...mailed, token: t });
    },
  }),
  mailContestLinkAgain: page({
    method: "POST",
    path: "/c/{slug}/sent",
    summary: "Mails the link once more, where the last one was mailed ten minutes ago or more.",
    params,
    form: z.object({ t: Token }),
    status: 202,
    returns: Mailed,
    refuses: ["link_ended", "contest_not_open", "too_many_requests"],
    run: async (visit) => {
      const { form, arrivedMs, now, speak, wantsJson } = visit;
      const contest = await contestHere(visit, unwrapAhead);
      if (!takes(contest, arrivedMs)) return refuse("contest_not_open", "This contest takes no entries now.");
      const mailed = await openSent(contest, form.t, now);
      if (!mailed) return refuse("link_ended", "Fill in the address again.");
      const again = againAt(mailed.at);
      if (now < again) {
        const seconds = Math.ceil((milliseconds(again) - milliseconds(now)) / 1000);
        return refuse("too_many_requests", `It can be mailed again from ${again}.`, [], seconds);
      }
      await mailLink(contest, mailed.asked, now);
      if (wantsJson) return mailedAnswer(contest, visit);
      const token = await sentToken(contest, mailed.asked, now);
      return { seeOther: pathOf(contest, "/sent", speak(contest.language), token) };
    },
    again: async (visit, refusal) => {
      const contest = await contestHere(visit, unwrapAhead);
      const { t = "" } = visit.form;
      if (refusal.code === "contest_not_open") return contestPage(contest, visit, { by: "itself" });
      const mailed = await openSent(contest, t, visit.now);
      return mailed ? sentPage(contest, visit, { ...mailed, token: t }, true) : linkEndedPage(contest, visit);
    },
  }),
  showEntryCheck: page({
    method: "GET",
    path: "/c/{slug}/check",
    summary: "Am I in? A form that mails whoever entered the link to their own page.",
    params,
    query: z.strictObject({ asked: z.string().max(10).optional() }),
    run: async (visit) => {
      const contest = await contestHere(visit, unwrapAhead);
      return visit.query.asked === undefined ? checkPage(contest, visit) : checkAskedPage(contest, visit);
    },
  }),
  checkEntry: page({
    method: "POST",
    path: "/c/{slug}/check",
    summary:
      "Mails whoever entered the link to their own page. The answer is the same whether the address is known or not.",
    params,
    form: Checked,
    status: 202,
    returns: z.object({ status: z.literal("asked") }),
    refuses: ["form_altered", "form_expired"],
    run: async (visit) => {
      const { form, now, speak, wantsJson } = visit;
      const contest = await contestHere(visit, unwrapAhead);
      await checkShown(contest, "check", form.form, visit);
      const language = speak(contest.language);
      await mailIfEntered(contest, { identity: identityFor(contest, form.email), language }, now);
      if (wantsJson) return { ...(await checkAskedPage(contest, visit)), status: 202 };
      const path = pathOf(contest, "/check", language);
      return { seeOther: `${path}${path.includes("?") ? "&" : "?"}asked` };
    },
    again: async (visit, refusal) => {
      const contest = await contestHere(visit, unwrapAhead);
      const say = words[visit.speak(contest.language)].problems;
      const text = refusal.code === "invalid_input" ? say.address : say.form;
      return checkPage(contest, visit, { text, email: visit.form.email ?? "" });
    },
  }),
};

export const handler = pages(routes);

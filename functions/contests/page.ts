import { randomBytes } from "node:crypto";
import * as z from "zod";
import { clock, instant, milliseconds } from "../platform/clock.ts";
import { found, type Refusal, refuse } from "../platform/errors.ts";
import { Id, newId, Slug } from "../platform/ids.ts";
import { type Mail, sendMail } from "../platform/mail.ts";
import { checkForm, formToken, type Html, html, type Page, page, pages, type Visit } from "../platform/page.ts";
import { sha256 } from "../platform/secrets.ts";
import { Conflict, drop, put } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { publishedBundle } from "./bundle.ts";
import { type Closing, hasDraw, type Open, type Published, Status, takes, winnerCount } from "./contest.ts";
import { drawPage, PublicDraw } from "./draw-page.ts";
import {
  Address,
  addressOf,
  type Entry,
  enter,
  entryKeys,
  identityOf,
  type Place,
  placeOf,
  readLinkToken,
  sealIdentity,
} from "./entry.ts";
import { type Confirmation, confirmationUrl, openConfirmation, openPersonal, pathOf, personalPath } from "./links.ts";
import { PersonalView, personalPage, viewEntry } from "./personal-page.ts";
import {
  currentEntries,
  entries,
  findContestBySlug,
  findEntry,
  standingEntry,
  throttles,
  wasMailedJustNow,
} from "./table.ts";
import { timesIn, words } from "./words.ts";

// Where people enter: an address, a button behind a mailed link, a personal page with a link to share; and where the draw is
// explained. A form carries a token of the page that showed it; an app sends the same fields as JSON, without one.

/** An entry must be written, or not at all, well before the entries are counted (see contest.ts): this ends it. */
export const limits = { timeoutSeconds: 20 };

const params = z.strictObject({ slug: Slug });
const linkParams = z.strictObject({ slug: Slug, token: z.string().max(100) });
const Token = z.string().max(1024);
const tokenQuery = z.strictObject({ t: Token.default("") });

type Here = Pick<Visit<{ slug: string }>, "params" | "now" | "speak">;

const contestHere = async ({ params, now }: Pick<Here, "params" | "now">): Promise<Published> =>
  found(await findContestBySlug(params.slug, now), "contest");

// ── The contest ─────────────────────────────────────────────────────────────────────────────────────────────────────

const PublicContest = z
  .object({
    id: Id("contest"),
    slug: z.string(),
    status: Status,
    title: z.string(),
    description: z.string().optional(),
    language: Language,
    organiser: z.string(),
    promotes: z.string(),
    prizes: z.array(z.object({ description: z.string(), number: z.int(), valueCents: z.int() })),
    closesAt: z.iso.datetime(),
    drawAt: z.iso.datetime(),
    entries: z.int().describe("By now, a few seconds behind; exact once sealed."),
    cancelled: z.string().optional().describe("The reason."),
  })
  .meta({ id: "PublicContest" });

const publicContest = async (contest: Published, now: string): Promise<z.infer<typeof PublicContest>> =>
  PublicContest.parse({
    ...contest,
    id: contest.contestId,
    organiser: contest.organiser.name,
    entries: await currentEntries(contest, now),
    ...(contest.status === "cancelled" ? { cancelled: contest.reason } : {}),
  });

const prizeLines = (contest: Published, language: Language): string[] =>
  contest.prizes.map(({ number, description, valueCents }) =>
    words[language].enter.prize(number, description, words[language].euros(valueCents)),
  );

const termsOf = (contest: Published, language: Language): string[] => {
  const at = timesIn(contest, language);
  return words[language].terms({
    title: contest.title,
    organiser: contest.organiser,
    promotes: contest.promotes,
    prizes: prizeLines(contest, language),
    opens: at(contest.openedAt),
    closes: at(contest.closesAt),
    draws: at(contest.drawAt),
    winners: winnerCount(contest),
    reserves: contest.reserves,
    ...contest.chances,
  });
};

const head = (contest: Published, language: Language): Html =>
  html`<p class="brand">${words[language].enter.brand(contest.organiser.name)}</p><h1>${contest.title}</h1>`;

const prizes = (contest: Published, language: Language): Html =>
  html`<h2>${words[language].enter.prizes}</h2><ul>${prizeLines(contest, language).map((line) => html`<li>${line}</li>`)}</ul>`;

/** What stands where the form stood. */
const overPart = (contest: Published, language: Language): Html => {
  const say = words[language].over;
  const at = timesIn(contest, language);
  const toDraw = html`<a class="button" href="${pathOf(contest, "/draw", language)}">${say.toDraw}</a>`;
  if (contest.status === "cancelled")
    return html`<div class="error"><p>${say.cancelled}</p><p>${contest.reason}</p></div>`;
  const drawn = hasDraw(contest) || contest.status === "final";
  return html`<p>${say.closed(at(contest.closesAt))}</p><p>${drawn ? say.drawn : say.willDraw(at(contest.drawAt))}</p>${toDraw}`;
};

type Came = { by: "friend"; token: string } | { by: "broken-link" } | { by: "itself" };

const enterPart = async (
  contest: Published,
  here: Here,
  came: Came,
  problem: { text: string; email: string } | undefined,
): Promise<Html> => {
  const { now, speak } = here;
  const language = speak(contest.language);
  const say = words[language].enter;
  const token = await formToken(contest.workspaceId, "enter", contest.contestId, now);
  const action = pathOf(contest, came.by === "friend" ? `/r/${came.token}` : "", language);
  return html`${came.by === "friend" && html`<p class="good">${say.broughtBy}</p>`}
${came.by === "broken-link" && html`<p class="error">${say.brokenLink}</p>`}
<h2>${say.heading}</h2>
<form method="post" action="${action}">
<input type="hidden" name="form" value="${token}">
<label for="email">${say.address}</label>
${problem && html`<p class="error" id="problem" role="alert">${problem.text}</p>`}
<input type="email" id="email" name="email" required maxlength="254" autocomplete="email" value="${problem?.email}" aria-invalid="${problem ? "true" : "false"}" aria-describedby="${problem ? "problem" : "hint"}">
<p class="soft" id="hint">${say.hint}</p>
<button>${say.button}</button>
<p class="soft">${say.agree}</p>
</form>
<details><summary>${say.terms}</summary>${termsOf(contest, language).map((text) => html`<p>${text}</p>`)}</details>`;
};

/** The page of a contest as it is now; `problem` says why a form came back. */
const contestPage = async (
  contest: Published,
  here: Here,
  came: Came,
  problem?: { text: string; email: string },
): Promise<Page> => {
  const { now, speak } = here;
  const language = speak(contest.language);
  const say = words[language].enter;
  const at = timesIn(contest, language);
  const count = await currentEntries(contest, now);
  const isOpen = takes(contest, milliseconds(now));
  return {
    language,
    title: contest.title,
    description: contest.description ?? say.until(at(contest.closesAt)),
    json: await publicContest(contest, now),
    ...(isOpen ? { returnable: true as const } : {}),
    body: html`${head(contest, language)}
${contest.description !== undefined && html`<p>${contest.description}</p>`}
${prizes(contest, language)}
${isOpen ? html`<p>${say.until(at(contest.closesAt))} ${say.drawn(at(contest.drawAt))}</p>` : overPart(contest, language)}
${count > 0 && html`<p class="soft">${say.entrants(count)}</p>`}
${isOpen && (await enterPart(contest, here, came, problem))}
${isOpen && html`<p><a href="${pathOf(contest, "/draw", language)}">${say.howDrawn}</a></p>`}`,
  };
};

const cameBy = async (contest: Published, token: string): Promise<Came> =>
  readLinkToken(await entryKeys(contest), token) === undefined ? { by: "broken-link" } : { by: "friend", token };

// ── Asking to enter ─────────────────────────────────────────────────────────────────────────────────────────────────

const Asked = z.object({
  email: Address,
  form: z.string().max(2000).optional().describe("The token of a form that this page showed; an app sends none."),
});

const checkShown = async (
  contest: Published,
  form: "enter" | "confirm",
  token: string | undefined,
  { now, wantsJson }: Pick<Visit, "now" | "wantsJson">,
): Promise<void> => {
  if (token === undefined && wantsJson) return;
  await checkForm(contest.workspaceId, form, contest.contestId, token ?? "", now);
};

const confirmationMail = (contest: Published, to: string, link: string, language: Language): Mail => {
  const say = words[language].confirmMail;
  const lines = say.lines(contest.title, timesIn(contest, language)(contest.closesAt));
  return {
    to,
    from: contest.organiser.name,
    subject: say.subject(contest.title),
    text: [...lines, link, say.ignore].join("\n\n"),
    html: html`<html lang="${language}"><body>${lines.map((line) => html`<p>${line}</p>`)}<p><a href="${link}">${say.link}</a></p><p>${say.ignore}</p></body></html>`
      .markup,
  };
};

/**
 * Mails the link that confirms, unless this address was mailed in the last ten minutes. Whoever asks learns nothing of it.
 * That it was mailed is written before it is, so that a crowd of requests is one mail, and taken back where no mail left.
 */
const mailConfirmation = async (
  contest: Published,
  place: Place,
  asked: Confirmation,
  { now, requestId, save }: Pick<Visit, "now" | "requestId" | "save">,
): Promise<void> => {
  if (await wasMailedJustNow(place, now)) return;
  const throttle = put(throttles, { ...place, mailedAt: now, requestId });
  try {
    await save([throttle]);
  } catch (error) {
    if (error instanceof Conflict) return;
    throw error;
  }
  const link = await confirmationUrl(contest, asked);
  try {
    await sendMail(confirmationMail(contest, addressOf(asked.identity), link, asked.language));
  } catch (error) {
    await save([drop(throttles, throttle.after)]);
    throw error;
  }
};

const Mailed = z
  .object({
    status: z.literal("mailed"),
    confirmBefore: z.iso.datetime().describe("Only what is confirmed before it counts."),
  })
  .meta({ id: "EntryAsked" });

const sentPage = (contest: Published, { speak }: Pick<Here, "speak">): Page => {
  const language = speak(contest.language);
  const say = words[language].sent;
  return {
    language,
    title: say.title,
    json: { status: "mailed", confirmBefore: contest.closesAt } satisfies z.infer<typeof Mailed>,
    body: html`<p class="brand">${contest.title}</p><h1>${say.title}</h1>
<p>${say.text(timesIn(contest, language)(contest.closesAt))}</p><p class="soft">${say.again}</p>
<a class="button quiet" href="${pathOf(contest, "", language)}">${say.back}</a>`,
  };
};

const askToEnter = async (
  visit: Visit<{ slug: string; token?: string }, unknown, z.output<typeof Asked>>,
): Promise<Page | { seeOther: string }> => {
  const { params, form, arrivedMs, speak, wantsJson } = visit;
  const contest = await contestHere(visit);
  await checkShown(contest, "enter", form.form, visit);
  if (!takes(contest, arrivedMs)) return refuse("contest_not_open", "This contest takes no entries now.");
  const keys = await entryKeys(contest);
  const identity = identityOf(form.email);
  const referrer = params.token === undefined ? undefined : readLinkToken(keys, params.token);
  const language = speak(contest.language);
  await mailConfirmation(contest, placeOf(contest, keys, identity), { identity, referrer, language }, visit);
  return wantsJson ? { ...sentPage(contest, visit), status: 202 } : { seeOther: pathOf(contest, "/sent", language) };
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

// ── Confirming ──────────────────────────────────────────────────────────────────────────────────────────────────────

const confirmPage = async (contest: Published, here: Here, t: string, problem?: string): Promise<Page> => {
  const { now, speak } = here;
  const language = speak((await openConfirmation(contest, t, now)).language);
  const say = words[language].confirm;
  const form = await formToken(contest.workspaceId, "confirm", contest.contestId, now);
  return {
    language,
    title: say.title,
    json: { status: "unconfirmed", confirmBefore: contest.closesAt },
    body: html`<p class="brand">${contest.title}</p><h1>${say.title}</h1>
${problem !== undefined && html`<p class="error" role="alert">${problem}</p>`}
<p>${say.text(contest.title)}</p>
<form method="post" action="${pathOf(contest, "/confirm", language, t)}">
<input type="hidden" name="form" value="${form}"><input type="hidden" name="t" value="${t}">
<button>${say.button}</button>
</form>
<p class="soft">${say.until(timesIn(contest, language)(contest.closesAt))}</p>`,
  };
};

const Confirmed = z.object({ t: Token, form: z.string().max(2000).optional() });

/** Writes the entry, or gives the first one of the same person. */
const keep = async (entry: Entry, { save }: Pick<Visit, "save">): Promise<Entry> => {
  try {
    await save([put(entries, entry)]);
    return entry;
  } catch (error) {
    if (!(error instanceof Conflict) || !error.existing) throw error;
    return standingEntry(error.existing);
  }
};

const confirm = async (
  contest: Open | Closing,
  { identity, referrer }: Confirmation,
  language: Language,
  visit: Pick<Visit, "now" | "arrivedMs" | "save">,
): Promise<Entry> => {
  const { now, arrivedMs } = visit;
  const keys = await entryKeys(contest);
  const place = placeOf(contest, keys, identity);
  const asked = {
    place,
    id: newId("entry", now),
    salt: randomBytes(32),
    identity,
    sealedIdentity: await sealIdentity(place, identity),
    // Whoever uses their own link entered before it existed: that entry stands, and has no referrer.
    referrer,
    terms: sha256(termsOf(contest, language).join("\n")),
    arrivedMs,
  };
  // The time again: what waited too long is not written.
  return keep(enter(contest, asked, instant(clock.now())), visit);
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

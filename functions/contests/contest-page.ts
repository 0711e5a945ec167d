import * as z from "zod";
import { consentText, newestVersion } from "../people/consent-text.ts";
import { milliseconds } from "../platform/clock.ts";
import { Id } from "../platform/ids.ts";
import { formToken, type Html, html, type Page, type Visit } from "../platform/page.ts";
import { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { kioskSeconds } from "./asked-page.ts";
import { codeField } from "./bonus-page.ts";
import { pictureOf } from "./card.ts";
import { takes } from "./close.ts";
import { Eligibility, hasDraw, type Published, Status } from "./contest.ts";
import { entryKeys, readLinkToken } from "./entry.ts";
import { judgedPart, taskPart } from "./jury-page.ts";
import { kioskPath, pathOf } from "./links.ts";
import { setupWords } from "./setup-words.ts";
import { currentEntries } from "./table.ts";
import { takeWords } from "./take-words.ts";
import { agreedPart } from "./terms.ts";
import { timesIn, words } from "./words.ts";

// What the public sees of a contest: what can be won, and while it is open the form to enter by.

export const PublicContest = z
  .object({
    id: Id("contest"),
    slug: z.string(),
    status: Status,
    title: z.string(),
    description: z.string().optional(),
    language: Language,
    organiser: z.string(),
    promotes: z.string(),
    prizes: z.array(
      z.object({
        description: z.string(),
        number: z.int(),
        valueCents: z.int(),
        picture: z.string().optional().describe("Its file: /m/<picture>."),
      }),
    ),
    eligibility: Eligibility.describe("Who may enter; said here, and asked of winners."),
    closesAt: z.iso.datetime(),
    drawAt: z.iso.datetime(),
    entries: z.int().describe("By now, a few seconds behind; exact once sealed."),
    cancelled: z.string().optional().describe("The reason."),
  })
  .meta({ id: "PublicContest" });

const publicContest = (contest: Published, entries: number): z.infer<typeof PublicContest> => {
  const { contestId: id, slug, status, title, description, language, promotes, prizes, closesAt, drawAt } = contest;
  return {
    ...{ id, slug, status, title, description, language, organiser: contest.organiser.name, promotes, prizes },
    ...{ eligibility: contest.eligibility, closesAt, drawAt, entries },
    ...(contest.status === "cancelled" ? { cancelled: contest.reason } : {}),
  };
};

const prizeLines = (contest: Published, language: Language): string[] =>
  contest.prizes.map(({ number, description, valueCents }) =>
    words[language].enter.prize(number, description, words[language].euros(valueCents)),
  );

const head = (contest: Published, language: Language): Html =>
  html`<p class="brand">${words[language].enter.brand(contest.organiser.name)}</p><h1>${contest.title}</h1>`;

const prizes = (contest: Published, language: Language): Html =>
  html`<h2>${words[language].enter.prizes}</h2><ul>${prizeLines(contest, language).map((line, i) => html`<li>${line}${pictureOfPrize(contest.prizes[i])}</li>`)}</ul>`;

const pictureOfPrize = (prize: Published["prizes"][number] | undefined): Html =>
  prize?.picture === undefined
    ? html``
    : html`<img class="picture" src="/m/${prize.picture}" alt="${prize.description}" loading="lazy">`;

/** What stands where the form stood. */
const overPart = (contest: Published, language: Language): Html => {
  const say = words[language].over;
  const at = timesIn(contest, language);
  const toDraw = html`<a class="button" href="${pathOf(contest, "/draw", language)}">${say.toDraw}</a>`;
  if (contest.status === "cancelled")
    return html`<div class="error"><p>${say.cancelled}</p><p>${contest.reason}</p></div>
<p>${setupWords[language].owed(contest.organiser.name, contest.organiser.contact)}</p>`;
  const closed = html`<p>${say.closed(at(contest.closesAt))}</p>`;
  if (contest.method === "jury") return html`${closed}${judgedPart(contest, language)}`;
  if (hasDraw(contest)) return html`${closed}<p>${say.drawn}</p>${toDraw}`;
  if (contest.status === "final") return html`${closed}<p>${words[language].draw.stages.none}</p>`;
  return html`${closed}<p>${say.willDraw(at(contest.drawAt))}</p>${toDraw}`;
};

/** By a friend's personal link, by one that is not right, or without. */
export type Came = ({ by: "friend"; token: string } | { by: "broken-link" } | { by: "itself" }) & {
  /** Where the link stood, as it said. */
  via?: string | undefined;
};

export const cameBy = async (contest: Published, token: string): Promise<Came> =>
  readLinkToken(await entryKeys(contest), token) === undefined ? { by: "broken-link" } : { by: "friend", token };

/** Where it is shown: by itself, in a frame of the brand's own site, or on a screen that many people use. */
export type Setting = "page" | "embed" | "kiosk";

export type Here = Pick<Visit<{ slug: string }>, "params" | "now" | "speak">;

/** Apart from entering, and off until somebody ticks it. */
const newsletterPart = (contest: Published, language: Language, isTicked: boolean): Html => {
  const { version, text } = consentText(newestVersion, language, contest.organiser.name);
  const box = isTicked
    ? html`<input type="checkbox" name="newsletter" value="${version}" checked>`
    : html`<input type="checkbox" name="newsletter" value="${version}">`;
  return html`<label class="choice">${box}<span>${text}</span></label>`;
};

/** Why a form came back, and what was filled in. */
export type Problem = { text: string; email: string; code?: string | undefined; newsletter?: boolean };

/** Where the form goes. */
export const actionOf = (contest: Published, came: Came, setting: Setting, language: Language): string => {
  if (setting === "kiosk") return kioskPath(contest, "", language);
  if (setting === "embed") return pathOf(contest, "/embed", language);
  return pathOf(contest, came.by === "friend" ? `/r/${came.token}` : "", language);
};

const enterPart = async (
  contest: Published,
  here: Here,
  came: Came,
  setting: Setting,
  problem: Problem | undefined,
): Promise<Html> => {
  const { now, speak } = here;
  const language = speak(contest.language);
  const say = words[language].enter;
  const token = await formToken(contest.workspaceId, "enter", contest.contestId, now);
  const action = actionOf(contest, came, setting, language);
  return html`${came.by === "friend" && html`<p class="good">${say.broughtBy}</p>`}
${came.by === "broken-link" && html`<p class="error">${say.brokenLink}</p>`}
<h2>${say.heading}</h2>
<form method="post" action="${action}">
<input type="hidden" name="form" value="${token}">${came.via !== undefined && html`<input type="hidden" name="via" value="${came.via}">`}
<label for="email">${say.address}</label>
${problem && html`<p class="error" id="problem" role="alert">${problem.text}</p>`}
<input type="email" id="email" name="email" required maxlength="254" autocomplete="${setting === "kiosk" ? "off" : "email"}" value="${problem?.email}" aria-invalid="${problem ? "true" : "false"}" aria-describedby="${problem ? "problem" : "hint"}">
<p class="soft" id="hint">${say.hint}</p>
${codeField(contest, language, problem?.code)}
${contest.newsletter === true && newsletterPart(contest, language, problem?.newsletter === true)}
<button>${say.button}</button>
<p class="soft">${say.agree}</p>
</form>
${agreedPart(contest, language)}`;
};

/** The page of a contest as it is now; `problem` says why a form came back. */
export const contestPage = async (
  contest: Published,
  here: Here,
  came: Came,
  problem?: Problem,
  setting: Exclude<Setting, "embed"> = "page",
): Promise<Page> => {
  const { now, speak } = here;
  const language = speak(contest.language);
  const say = words[language].enter;
  const at = timesIn(contest, language);
  const isOpen = takes(contest, milliseconds(now));
  const [count, brand, form] = await Promise.all([
    currentEntries(contest, now),
    brandOf(contest.workspaceId, now),
    isOpen && enterPart(contest, here, came, setting, problem),
  ]);
  const isKiosk = setting === "kiosk";
  const isRandom = contest.method === "random";
  return {
    language,
    title: contest.title,
    description: previewOf(contest, language),
    picture: pictureOf(contest, language, brand),
    brand,
    json: publicContest(contest, count),
    ...(isOpen && !isKiosk ? { returnable: true as const } : {}),
    // A form that somebody left behind goes, and what they had filled in with it.
    ...(isKiosk && problem
      ? { next: { path: kioskPath(contest, "", language), afterSeconds: kioskSeconds.abandoned } }
      : {}),
    body: html`${head(contest, language)}
${contest.description !== undefined && html`<p>${contest.description}</p>`}
${prizes(contest, language)}
${isOpen ? html`<p>${say.until(at(contest.closesAt))} ${isRandom && say.drawn(at(contest.drawAt))}</p>` : overPart(contest, language)}
${count > 0 && html`<p class="soft">${(isOpen ? say.entrants : say.entered)(count)}</p>`}
${isOpen && !isRandom && taskPart(contest, language)}
${form}
${isOpen && isRandom && html`<p><a href="${pathOf(contest, "/draw", language)}">${say.howDrawn}</a></p>`}
${!isKiosk && isRandom && (isOpen || count > 0) && html`<p><a href="${pathOf(contest, "/check", language)}">${takeWords[language].check.link}</a></p>`}`,
  };
};

/** What a link preview says: that it is a contest stands in it, since whoever shares the link may say nothing else. */
const previewOf = (contest: Published, language: Language): string => {
  const until = words[language].enter.until(timesIn(contest, language)(contest.closesAt));
  const about = contest.description?.split("\n", 1)[0] ?? prizeLines(contest, language)[0] ?? "";
  return `${words[language].me.disclosure} · ${about} · ${until}`;
};

/** The same in a frame of the brand's own site: what can be won and the form; all else is on the page itself. */
export const embedPage = async (contest: Published, here: Here, problem?: Problem): Promise<Page> => {
  const { now, speak } = here;
  const language = speak(contest.language);
  const say = words[language];
  const at = timesIn(contest, language);
  const isOpen = takes(contest, milliseconds(now));
  const stands = isOpen
    ? say.enter.until(at(contest.closesAt))
    : contest.status === "cancelled"
      ? `${say.over.cancelled} ${contest.reason}`
      : say.over.closed(at(contest.closesAt));
  const [count, brand, form] = await Promise.all([
    currentEntries(contest, now),
    brandOf(contest.workspaceId, now),
    isOpen && enterPart(contest, here, { by: "itself", via: "embed" }, "embed", problem),
  ]);
  return {
    language,
    title: contest.title,
    brand,
    json: publicContest(contest, count),
    framedBy: contest.embedOrigins,
    body: html`${head(contest, language)}
${prizes(contest, language)}
<p>${stands}</p>
${form}
<p><a href="${pathOf(contest, "", language)}" target="_blank" rel="noopener">${takeWords[language].embed.open}</a></p>`,
  };
};

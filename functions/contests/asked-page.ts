import * as z from "zod";
import { later, milliseconds, minutes } from "../platform/clock.ts";
import { type Html, html, type Page } from "../platform/page.ts";
import { type Language, sayClock } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { takes } from "./close.ts";
import { quietMs } from "./confirmation.ts";
import type { Published } from "./contest.ts";
import type { Here } from "./contest-page.ts";
import { addressOf, entryKeys, linkTokenOfRef } from "./entry.ts";
import { type Confirmation, kioskPath, pathOf } from "./links.ts";
import { takeWords } from "./take-words.ts";
import { timesIn, words } from "./words.ts";

// Between the form and the mail: is this the address that was meant, and look in your mail.

export const Mailed = z
  .object({
    status: z.literal("mailed"),
    confirmBefore: z.iso.datetime().describe("Only what is confirmed before it counts."),
    probablyMeant: z
      .email()
      .optional()
      .describe("The address looks mistyped, and this one does not. It was mailed all the same."),
  })
  .meta({ id: "EntryAsked" });

/** When an address that was asked for at `at` can be mailed again: the mail may have left somewhat later than it was asked for. */
export const againAt = (at: string): string => later(at, quietMs + minutes(1));

/**
 * How long a shared screen shows that it was done, and how long it waits for somebody who walked away. Nobody can ask for more
 * time there (WCAG 2.2, 2.2.1: essential, since the next person would read what the last one left); nothing is lost by it,
 * since all that it says is in the mail too.
 */
export const kioskSeconds = { done: 20, abandoned: 60 };

const brandLine = (contest: Published): Html => html`<p class="brand">${contest.title}</p>`;

const overPart = (contest: Published, language: Language): Html =>
  html`<p class="error">${takeWords[language].sent.over(timesIn(contest, language)(contest.closesAt))}</p>`;

/** Asks whether another address was meant. `fields`: what the form said besides its address. */
export const meantPage = async (
  contest: Published,
  { now, speak }: Pick<Here, "now" | "speak">,
  asked: { address: string; meant: string; action: string; fields: Record<string, string> },
): Promise<Page> => {
  const language = speak(contest.language);
  const say = takeWords[language].meant;
  const { address, meant, action, fields } = asked;
  const answer = (email: string, label: string, isQuiet: boolean) =>
    html`<form method="post" action="${action}">
${Object.entries({ ...fields, email, sure: "yes" }).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`)}${isQuiet ? html`<button class="button quiet">${label}</button>` : html`<button>${label}</button>`}
</form>`;
  return {
    language,
    title: say.title,
    brand: await brandOf(contest.workspaceId, now),
    body: html`${brandLine(contest)}<h1>${say.title}</h1>
<p><strong>${say.question(meant)}</strong></p><p>${say.why(address.slice(address.lastIndexOf("@") + 1))}</p>
${answer(meant, say.yes(meant), false)}
${answer(address, say.no(address), true)}
<p><a href="${action}">${say.other}</a></p>`,
  };
};

/** The page that one came by: another address is a friend of the same friend. */
const backTo = async (contest: Published, asked: Confirmation | undefined, language: Language): Promise<string> => {
  if (asked?.referrer === undefined) return pathOf(contest, "", language);
  return pathOf(contest, `/r/${linkTokenOfRef(await entryKeys(contest), asked.referrer)}`, language);
};

/** Says to look in the mail. `mailed`: who was, and when; `isTooEarly`: it was asked for again before that may be. */
export const sentPage = async (
  contest: Published,
  { now, speak }: Pick<Here, "now" | "speak">,
  mailed: { asked: Confirmation; at: string; token: string } | undefined,
  isTooEarly = false,
): Promise<Page> => {
  const language = speak(contest.language);
  const say = takeWords[language].sent;
  const isOpen = takes(contest, milliseconds(now));
  const again = mailed && againAt(mailed.at);
  const clock = again === undefined ? "" : sayClock(again, contest.zone);
  return {
    language,
    title: say.title,
    brand: await brandOf(contest.workspaceId, now),
    json: { status: "mailed", confirmBefore: contest.closesAt } satisfies z.infer<typeof Mailed>,
    body: html`${brandLine(contest)}<h1>${say.title}</h1>
${isTooEarly && html`<p class="error" role="alert">${say.tooEarly(clock)}</p>`}
<p>${mailed ? say.to(addressOf(mailed.asked.identity)) : say.toYou}</p>
${isOpen ? html`<p><strong>${say.until(timesIn(contest, language)(contest.closesAt))}</strong> ${say.elsewhere}</p>` : overPart(contest, language)}
<h2>${say.nothing}</h2><p>${say.look}${again !== undefined && isOpen && again > now && ` ${say.againFrom(clock)}`}</p>
${
  mailed &&
  isOpen &&
  html`<form method="post" action="${pathOf(contest, "/sent", language)}"><input type="hidden" name="t" value="${mailed.token}"><button class="button quiet">${say.again}</button></form>`
}
<a class="button quiet" href="${await backTo(contest, mailed?.asked, language)}">${isOpen ? say.other : say.back}</a>`,
  };
};

/** The same on a screen that many people use: it names nobody, and goes back by itself. */
export const kioskSentPage = async (contest: Published, { now, speak }: Pick<Here, "now" | "speak">): Promise<Page> => {
  const language = speak(contest.language);
  const say = takeWords[language].sent;
  const back = kioskPath(contest, "", language);
  return {
    language,
    title: say.title,
    brand: await brandOf(contest.workspaceId, now),
    json: { status: "mailed", confirmBefore: contest.closesAt } satisfies z.infer<typeof Mailed>,
    next: { path: back, afterSeconds: kioskSeconds.done },
    body: html`${brandLine(contest)}<h1>${say.title}</h1>
<p>${say.toYou}</p><p><strong>${say.until(timesIn(contest, language)(contest.closesAt))}</strong> ${say.elsewhere}</p>
<p class="soft">${say.returns(kioskSeconds.done)}</p>
<a class="button" href="${back}">${say.done}</a>`,
  };
};

/** The button was pressed after the close: the mailed link says until when it could be. */
export const overPage = async (contest: Published, { now, speak }: Pick<Here, "now" | "speak">): Promise<Page> => {
  const language = speak(contest.language);
  return {
    language,
    title: contest.title,
    brand: await brandOf(contest.workspaceId, now),
    body: html`<h1>${contest.title}</h1>
${contest.status === "cancelled" ? html`<div class="error"><p>${words[language].over.cancelled}</p><p>${contest.reason}</p></div>` : overPart(contest, language)}
<a class="button" href="${pathOf(contest, "", language)}">${takeWords[language].linkEnded.back}</a>`,
  };
};

/** A mailed link that is over, or was cut off: what one can do now. */
export const linkEndedPage = async (contest: Published, { now, speak }: Pick<Here, "now" | "speak">): Promise<Page> => {
  const language = speak(contest.language);
  const say = takeWords[language].linkEnded;
  const isOpen = takes(contest, milliseconds(now));
  const isCancelled = contest.status === "cancelled";
  return {
    status: 410,
    language,
    title: say.title,
    brand: await brandOf(contest.workspaceId, now),
    body: html`${brandLine(contest)}<h1>${say.title}</h1>
<p>${say.text}</p>
${isOpen ? html`<p>${say.retry}</p>` : !isCancelled && html`<p>${say.closed(timesIn(contest, language)(contest.closesAt))}</p>`}
<a class="button" href="${pathOf(contest, "", language)}">${say.back}</a>
<p><a href="${pathOf(contest, "/check", language)}">${takeWords[language].check.link}</a></p>`,
  };
};

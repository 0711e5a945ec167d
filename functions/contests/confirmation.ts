import { randomBytes } from "node:crypto";
import * as z from "zod";
import { clock, instant } from "../platform/clock.ts";
import { newId } from "../platform/ids.ts";
import { type Mail, sendMail } from "../platform/mail.ts";
import { formToken, html, type Page, type Visit } from "../platform/page.ts";
import { sha256 } from "../platform/secrets.ts";
import { Conflict, drop, put } from "../platform/table.ts";
import type { Language } from "../platform/words.ts";
import type { Closing, Open, Published } from "./contest.ts";
import { type Here, termsOf } from "./contest-page.ts";
import { addressOf, type Entry, enter, entryKeys, type Place, placeOf, sealIdentity } from "./entry.ts";
import { type Confirmation, confirmationUrl, openConfirmation, pathOf } from "./links.ts";
import { entries, standingEntry, throttles, wasMailedJustNow } from "./table.ts";
import { timesIn, words } from "./words.ts";

// From asking to having entered: an address is mailed a link, the page behind it has a button, and the button enters.

// ── The mail ────────────────────────────────────────────────────────────────────────────────────────────────────────

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
export const mailConfirmation = async (
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

export const Mailed = z
  .object({
    status: z.literal("mailed"),
    confirmBefore: z.iso.datetime().describe("Only what is confirmed before it counts."),
  })
  .meta({ id: "EntryAsked" });

export const sentPage = (contest: Published, { speak }: Pick<Here, "speak">): Page => {
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

// ── The button behind it ────────────────────────────────────────────────────────────────────────────────────────────

export const confirmPage = async (contest: Published, here: Here, t: string, problem?: string): Promise<Page> => {
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

export const confirm = async (
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

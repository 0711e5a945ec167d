import { randomBytes } from "node:crypto";
import * as z from "zod";
import { clock, instant, minutes } from "../platform/clock.ts";
import { newId } from "../platform/ids.ts";
import { type Letter, post } from "../platform/letter.ts";
import { formToken, html, type Page, type Visit } from "../platform/page.ts";
import { sha256 } from "../platform/secrets.ts";
import { Conflict, put } from "../platform/table.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Closing, Open, Published } from "./contest.ts";
import { type Here, termsOf } from "./contest-page.ts";
import { addressOf, type Entry, enter, entryKeys, placeOf, sealIdentity } from "./entry.ts";
import { type Confirmation, confirmationUrl, openConfirmation, pathOf } from "./links.ts";
import { entries, standingEntry } from "./table.ts";
import { timesIn, words } from "./words.ts";

// From asking to having entered: an address is mailed a link, the page behind it has a button, and the button enters.

// ── The mail ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An address that was mailed is not mailed again for as long. */
const quietMs = minutes(10);

/**
 * Mails the link that confirms, unless this address was mailed in the last ten minutes; whoever asks learns nothing of it.
 * The one write of an entry that is not confirmed is the sender's, that it was mailed.
 */
export const mailConfirmation = async (contest: Published, asked: Confirmation, now: string): Promise<void> => {
  const { language, identity } = asked;
  const say = words[language].confirmMail;
  const link = await confirmationUrl(contest, asked);
  const letter: Letter = {
    brand: await brandOf(contest.workspaceId, now),
    language,
    to: addressOf(identity),
    from: contest.organiser.name,
    subject: say.subject(contest.title),
    blocks: [
      ...say.lines(contest.title, timesIn(contest, language)(contest.closesAt)),
      { button: say.link, url: link },
      say.ignore,
    ],
  };
  await post({ id: `${contest.contestId}/confirm`, letter, now, againAfterMs: quietMs, until: contest.closesAt });
};

export const Mailed = z
  .object({
    status: z.literal("mailed"),
    confirmBefore: z.iso.datetime().describe("Only what is confirmed before it counts."),
  })
  .meta({ id: "EntryAsked" });

export const sentPage = async (contest: Published, { speak, now }: Pick<Here, "speak" | "now">): Promise<Page> => {
  const language = speak(contest.language);
  const say = words[language].sent;
  return {
    language,
    title: say.title,
    brand: await brandOf(contest.workspaceId, now),
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
    brand: await brandOf(contest.workspaceId, now),
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
    language,
    arrivedMs,
  };
  // The time again: what waited too long is not written.
  return keep(enter(contest, asked, instant(clock.now())), visit);
};

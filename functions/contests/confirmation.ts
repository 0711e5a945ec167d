import { randomBytes } from "node:crypto";
import { clock, instant, minutes } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { newId } from "../platform/ids.ts";
import { type Letter, post } from "../platform/letter.ts";
import { formToken, html, type Page, type Visit } from "../platform/page.ts";
import { Conflict, put } from "../platform/table.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { codeNote } from "./bonus-page.ts";
import { sealConsent } from "./consent.ts";
import type { Closing, Open, Published } from "./contest.ts";
import type { Here } from "./contest-page.ts";
import { addressOf, type Entry, enter, entryKeys, isErased, placeOf, sealIdentity } from "./entry.ts";
import { words as fairWords } from "./fair-words.ts";
import { marksAtEntry, networkHash } from "./guard.ts";
import { type Confirmation, confirmationUrl, openConfirmation, pathOf } from "./links.ts";
import { proofScript } from "./proof-script.ts";
import { entries, standingRow } from "./table.ts";
import { hashOf, textsOf } from "./terms.ts";
import { timesIn, words } from "./words.ts";

// From asking to having entered: an address is mailed a link, the page behind it has a button, and the button enters.

// ── The mail ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An address that was mailed is not mailed again for as long. */
export const quietMs = minutes(10);

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

// ── The button behind it ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * It shows nothing of its own, sends nothing but the solution, and watches nobody's hands. The form does not validate: the
 * widget would have it wait for a box that nobody sees.
 */
const widgetSettings = JSON.stringify({ minDuration: 0, humanInteractionSignature: false });

export const confirmPage = async (contest: Published, here: Here, t: string, problem?: string): Promise<Page> => {
  const { now, speak } = here;
  const confirmation = await openConfirmation(contest, t, now);
  const language = speak(confirmation.language);
  const say = words[language].confirm;
  const form = await formToken(contest.workspaceId, "confirm", contest.contestId, now);
  const { newChallenge } = await import("./proof.ts");
  const challenge = await newChallenge(contest, confirmation.identity);
  return {
    language,
    title: say.title,
    brand: await brandOf(contest.workspaceId, now),
    json: { status: "unconfirmed", confirmBefore: contest.closesAt, challenge: JSON.parse(challenge) },
    script: proofScript,
    asksUs: true,
    body: html`<p class="brand">${contest.title}</p><h1>${say.title}</h1>
${problem !== undefined && html`<p class="error" role="alert">${problem}</p>`}
<p>${say.text(contest.title)}</p>
${codeNote(contest, confirmation.bonus, language)}
<form method="post" novalidate action="${pathOf(contest, "/confirm", language, t)}">
<input type="hidden" name="form" value="${form}"><input type="hidden" name="t" value="${t}">
<altcha-widget hidden name="altcha" display="invisible" auto="off" challenge="${challenge}" configuration="${widgetSettings}"></altcha-widget>
<button>${say.button}</button>
</form>
<p class="soft" id="proof" role="status" hidden data-done="${fairWords[language].proof.done}">${fairWords[language].proof.working}</p>
<p class="soft">${say.until(timesIn(contest, language)(contest.closesAt))}</p>`,
  };
};

/** Writes the entry, or gives the first one of the same person. Refuses `link_ended` where that was erased. */
const keep = async (entry: Entry, { save }: Pick<Visit, "save">): Promise<Entry> => {
  try {
    await save([put(entries, entry)]);
    return entry;
  } catch (error) {
    if (!(error instanceof Conflict) || !error.existing) throw error;
    const row = standingRow(error.existing);
    return isErased(row) ? refuse("link_ended", "This entry was erased, and its links have ended.") : row;
  }
};

export const confirm = async (
  contest: Open | Closing,
  { identity, referrer, via, newsletter, bonus, language: shownIn }: Confirmation,
  language: Language,
  visit: Pick<Visit, "now" | "arrivedMs" | "address" | "save"> & { proof: string | undefined },
): Promise<Entry> => {
  const { now, arrivedMs, address, proof } = visit;
  const keys = await entryKeys(contest);
  const place = placeOf(contest, keys, identity);
  const id = newId("entry", now);
  const asked = {
    place,
    id,
    salt: randomBytes(32),
    identity,
    sealedIdentity: await sealIdentity(place, identity),
    // Whoever uses their own link entered before it existed: that entry stands, and has no referrer.
    referrer,
    bonus,
    terms: hashOf(textsOf(contest, language).terms),
    language,
    via,
    consent:
      newsletter === undefined
        ? undefined
        : await sealConsent(contest, place, id, { version: newsletter, language: shownIn }),
    risk: await marksAtEntry({
      identity,
      proven: proof !== undefined && (await (await import("./proof.ts")).isProven(contest, identity, proof)),
    }),
    network: await networkHash(contest, address),
    arrivedMs,
  };
  // The time again: what waited too long is not written.
  return keep(enter(contest, asked, instant(clock.now())), visit);
};

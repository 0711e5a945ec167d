import * as z from "zod";
import { instant, milliseconds } from "../platform/clock.ts";
import { Id } from "../platform/ids.ts";
import { type Html, html, type Page } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { takes } from "./close.ts";
import { hasDraw, hasLedger, type Published, prizeOf, Status, winnerCount } from "./contest.ts";
import { weightOf } from "./entering.ts";
import { type Entry, type EntryKeys, evidenceOf, linkTokenOf, openReceiptKey, refOf } from "./entry.ts";
import { nodeSha256 } from "./hash.ts";
import { homeOf, pathOf, personalUrl } from "./links.ts";
import { winningPositions } from "./outcome.ts";
import { friendCount, readLedger } from "./table.ts";
import { EvidenceShape, entryProof } from "./verify.ts";
import { timesIn, words } from "./words.ts";

// What one entrant sees: the chances, the link to share, the receipt, and after the draw the result.

export const PersonalView = z
  .object({
    contestId: Id("contest"),
    status: Status,
    entryId: Id("entry"),
    enteredAt: z.iso.datetime(),
    personalUrl: z.url().describe("For this person alone."),
    shareUrl: z.url().describe("Friends who enter by it raise the chances."),
    tickets: z.int(),
    provisional: z.boolean(),
    friends: z.int().optional(),
    number: z.int().optional().describe("The place in the sealed list, from 1."),
    position: z.int().optional().describe("The drawn position, from 0."),
    prize: z.string().optional(),
    receipt: EvidenceShape.describe("Show it to anyone who should check that this entry counts."),
  })
  .meta({ id: "PersonalEntry" });
type PersonalView = z.infer<typeof PersonalView>;

export const viewEntry = async (
  contest: Published,
  entry: Entry,
  identity: string,
  keys: EntryKeys,
  language: Language,
  now: string,
): Promise<PersonalView> => {
  const inLedger = hasLedger(contest) ? entryProof(await readLedger(contest), entry.commit, nodeSha256) : undefined;
  const friends = inLedger ? undefined : await friendCount(contest, refOf(keys, entry.pid), now);
  const commit = Buffer.from(entry.commit).toString("hex");
  const drawn = hasDraw(contest) ? contest.positions.find((position) => position.commit === commit) : undefined;
  const prize =
    hasDraw(contest) && drawn ? prizeOf(contest, winningPositions(contest).indexOf(drawn.position)) : undefined;
  return {
    contestId: contest.contestId,
    status: contest.status,
    entryId: entry.id,
    enteredAt: instant(entry.enteredAt),
    personalUrl: await personalUrl(contest, identity, language),
    shareUrl: `${await homeOf(contest)}/r/${linkTokenOf(keys, entry.pid)}`,
    tickets: inLedger ? inLedger.weight : weightOf(contest.chances, friends ?? 0),
    provisional: inLedger === undefined,
    ...(friends === undefined ? {} : { friends }),
    ...(inLedger ? { number: inLedger.index + 1 } : {}),
    ...(drawn ? { position: drawn.position } : {}),
    ...(prize === undefined ? {} : { prize }),
    receipt: evidenceOf(contest, entry, identity, await openReceiptKey(contest), inLedger),
  };
};

const resultPart = (contest: Published, view: PersonalView, language: Language): Html => {
  const say = words[language].me;
  const toDraw = html`<a class="button quiet" href="${pathOf(contest, "/draw", language)}">${say.toDraw}</a>`;
  if (contest.status === "cancelled") return html`<p>${say.nothing}</p>`;
  if (!hasDraw(contest)) return html`<p>${say.waiting(timesIn(contest, language)(contest.drawAt))}</p>${toDraw}`;
  if (view.prize !== undefined)
    return html`<div class="good"><p>${say.won(view.prize)}</p><p>${say.wonNext}</p></div>${toDraw}`;
  if (view.position !== undefined)
    return html`<p class="good">${say.reserve(view.position - winnerCount(contest) + 1)}</p>${toDraw}`;
  return html`<p>${say.lost}</p>${toDraw}`;
};

const sharePart = (contest: Published, { shareUrl }: PersonalView, language: Language): Html => {
  const say = words[language].me;
  const { referralUnit, referralCap } = contest.chances;
  // The disclosure belongs to the text itself, whichever way it goes: sharing for a chance is advertising.
  const text = `${say.shareText(contest.title, contest.organiser.name)} ${say.disclosure}`;
  const whole = `${text} ${shareUrl}`;
  const to = (base: string, fields: Record<string, string>) =>
    `${base}?${Object.entries(fields)
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join("&")}`;
  const button = (href: string, label: string) =>
    html`<a class="button quiet" href="${href}" rel="noopener nofollow">${label}</a>\n`;
  return html`<h2>${say.share}</h2><p>${say.shareHow(referralUnit, referralCap)}</p>
${button(to("https://wa.me/", { text: whole }), say.whatsapp)}
${button(to("https://t.me/share/url", { url: shareUrl, text }), say.telegram)}
${button(to("mailto:", { subject: say.mailSubject(contest.title), body: whole }), say.mail)}
<label for="share">${say.copy}</label><input type="text" id="share" readonly value="${whole}">`;
};

export const personalPage = async (
  contest: Published,
  view: PersonalView,
  language: Language,
  now: string,
): Promise<Page> => {
  const say = words[language].me;
  const isOpen = takes(contest, milliseconds(now));
  const receipt = JSON.stringify(view.receipt, undefined, 2);
  const file = `data:application/json;base64,${Buffer.from(receipt).toString("base64")}`;
  return {
    language,
    title: say.title,
    brand: await brandOf(contest.workspaceId, now),
    json: PersonalView.parse(view),
    body: html`<p class="brand">${contest.title}</p><h1>${say.title}</h1>
${isOpen ? html`<p class="good">${say.in(contest.title)}</p>` : resultPart(contest, view, language)}
<p><strong>${say.tickets(view.tickets, view.friends ?? 0)}</strong></p>
${view.provisional ? html`<p class="soft">${say.provisional}</p>` : ""}
${view.number !== undefined && hasLedger(contest) ? html`<p>${say.sealed(view.number, contest.entries)}</p>` : ""}
${isOpen && contest.chances.referralUnit > 0 && sharePart(contest, view, language)}
<h2>${say.receipt}</h2><p>${say.receiptWhy}</p>
<a class="button quiet" href="${file}" download="${contest.slug}-receipt.json">${say.download}</a>
<p class="soft">${say.keep}</p>`,
  };
};

import * as z from "zod";
import { instant, milliseconds } from "../platform/clock.ts";
import { Id } from "../platform/ids.ts";
import { type Html, html, type Page } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { earned, ticketsOf } from "./bonus.ts";
import { bonusPart } from "./bonus-page.ts";
import { takes } from "./close.ts";
import { hasDraw, hasLedger, type Published, prizeOf, Status } from "./contest.ts";
import { ownElsewhere } from "./elsewhere.ts";
import { type Entry, type EntryKeys, evidenceOf, linkTokenOf, openReceiptKey, refOf } from "./entry.ts";
import { isUndecided } from "./exclude.ts";
import { words as fairWords } from "./fair-words.ts";
import { ownJuryPart } from "./jury-page.ts";
import { pathOf, personalUrl, shareUrlOf } from "./links.ts";
import { winningPositions } from "./outcome.ts";
import { prizePart } from "./prize-part.ts";
import { sharePart, shareScript } from "./share.ts";
import { friendCount, readEntryProof } from "./table.ts";
import { takeWords } from "./take-words.ts";
import { EvidenceShape } from "./verify.ts";
import { timesIn, words } from "./words.ts";

// What one entrant sees: the chances, the link to share, the receipt, and after the draw the result.

export const PersonalView = z
  .object({
    contestId: Id("contest"),
    status: Status,
    entryId: Id("entry"),
    standing: z.enum(["in", "withdrawn", "excluded"]),
    enteredAt: z.iso.datetime(),
    personalUrl: z.url().describe("For this person alone."),
    shareUrl: z.url().describe("Friends who enter by it raise the chances."),
    tickets: z.int(),
    provisional: z.boolean(),
    friends: z.int().optional(),
    bonuses: z.array(z.string()).describe("The ids of those that were earned."),
    toEarn: z
      .array(z.object({ id: z.string(), url: z.url(), address: z.string().optional() }))
      .describe("Bonuses that a response or an idea still earns: where, and by which address. For this person alone."),
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
  const counted = async () => {
    const inLedger = hasLedger(contest) ? await readEntryProof(contest, entry.commit) : undefined;
    return { inLedger, friends: inLedger ? undefined : await friendCount(contest, refOf(keys, entry.pid), now) };
  };
  const [{ inLedger, friends }, { bits, toEarn }, own, shareUrl, receiptKey] = await Promise.all([
    counted(),
    ownElsewhere(contest, { identity }, language, now),
    personalUrl(contest, identity, language),
    shareUrlOf(contest, linkTokenOf(keys, entry.pid)),
    openReceiptKey(contest),
  ]);
  const bonus = (entry.bonus ?? 0) | bits;
  const commit = Buffer.from(entry.commit).toString("hex");
  const drawn = hasDraw(contest) ? contest.positions.find((position) => position.commit === commit) : undefined;
  const prize =
    hasDraw(contest) && drawn ? prizeOf(contest, winningPositions(contest).indexOf(drawn.position)) : undefined;
  return {
    contestId: contest.contestId,
    status: contest.status,
    entryId: entry.id,
    standing: entry.withdrawnAt !== undefined ? "withdrawn" : entry.excluded !== undefined ? "excluded" : "in",
    enteredAt: instant(entry.enteredAt),
    personalUrl: own,
    shareUrl,
    tickets: inLedger ? inLedger.weight : ticketsOf(contest.chances, friends ?? 0, bonus),
    provisional: inLedger === undefined,
    ...(friends === undefined ? {} : { friends }),
    bonuses: earned(contest.chances, bonus).map(({ id }) => id),
    toEarn,
    ...(inLedger ? { number: inLedger.index + 1 } : {}),
    ...(drawn ? { position: drawn.position } : {}),
    ...(prize === undefined ? {} : { prize }),
    receipt: evidenceOf(contest, entry, identity, receiptKey, inLedger),
  };
};

const resultPart = async (contest: Published, view: PersonalView, language: Language, now: string): Promise<Html> => {
  const say = words[language].me;
  const toDraw = html`<a class="button quiet" href="${pathOf(contest, "/draw", language)}">${say.toDraw}</a>`;
  if (contest.status === "cancelled") return html`<p>${say.nothing}</p>`;
  if (contest.method === "jury") return html``;
  if (!hasDraw(contest)) return html`<p>${say.waiting(timesIn(contest, language)(contest.drawAt))}</p>${toDraw}`;
  const { position, entryId, prize } = view;
  if (position !== undefined)
    return html`${await prizePart(contest, { position, entryId, prize }, language, now)}${toDraw}`;
  return html`<p>${say.lost}</p>${toDraw}`;
};

/** How it stands: until the list is sealed it may still change, and says so. */
const standingPart = (contest: Published, view: PersonalView, count: number, language: Language, now: string): Html => {
  const say = takeWords[language].me;
  const by = words[language].me;
  const { tickets, friends = 0 } = view;
  const { referralUnit, referralCap } = contest.chances;
  if (!view.provisional)
    return html`<p><strong>${by.tickets(tickets, 0)}</strong></p>
${view.number !== undefined && hasLedger(contest) && html`<p>${by.sealed(view.number, contest.entries)}</p>`}`;
  const isFull = friends * referralUnit >= referralCap;
  return html`<h2>${say.status}</h2>
<p><strong>${by.tickets(tickets, friends)}</strong> ${count > 0 && say.entrants(count)}</p>
<p class="soft">${by.provisional}</p>
${
  takes(contest, milliseconds(now)) &&
  referralUnit > 0 &&
  html`<h2>${say.more}</h2><p>${isFull ? say.friendsFull(referralCap) : say.friends(referralUnit, referralCap)}</p>${friends === 0 && html`<p>${say.noFriendYet}</p>`}`
}`;
};

/** What the link to somebody's own page carries. */
const tokenOf = ({ personalUrl }: PersonalView): string => new URL(personalUrl).searchParams.get("t") ?? "";

const outPart = (contest: Published, view: PersonalView, language: Language): Html => {
  const say = takeWords[language].withdraw;
  if (view.standing === "withdrawn") return html`<p class="error">${say.isOut}</p>`;
  return html`<p class="error">${say.isExcluded}</p>
<a class="button quiet" href="${pathOf(contest, "/objection", language, tokenOf(view))}">${fairWords[language].excluded.link}</a>`;
};

/** `count`: of the entries by now. */
export const personalPage = async (
  contest: Published,
  view: PersonalView,
  count: number,
  language: Language,
  now: string,
): Promise<Page> => {
  const say = words[language].me;
  const isOpen = takes(contest, milliseconds(now));
  const isIn = view.standing === "in";
  const shares = isOpen && isIn && contest.method === "random" && contest.chances.referralUnit > 0;
  const isJudged = contest.method === "jury";
  const [brand, result, standing, bonus] = await Promise.all([
    brandOf(contest.workspaceId, now),
    isIn && !isOpen && resultPart(contest, view, language, now),
    isIn &&
      (isJudged
        ? ownJuryPart(contest, view.entryId, language, now)
        : standingPart(contest, view, count, language, now)),
    isIn && bonusPart(contest, { earned: view.bonuses, toEarn: view.toEarn, t: tokenOf(view), isOpen }, language, now),
  ]);
  const receipt = JSON.stringify(view.receipt, undefined, 2);
  const file = `data:application/json;base64,${Buffer.from(receipt).toString("base64")}`;
  return {
    language,
    title: say.title,
    brand,
    json: view,
    body: html`<p class="brand">${contest.title}</p><h1>${say.title}</h1>
${isIn ? (isOpen ? html`<p class="good">${say.in(contest.title)}</p>` : result) : outPart(contest, view, language)}
${standing}
${shares && sharePart(contest, view.shareUrl, view.shareUrl.slice(view.shareUrl.lastIndexOf("/") + 1), language)}
${bonus}
<h2>${say.receipt}</h2><p>${say.receiptWhy}</p>
<a class="button quiet" href="${file}" download="${contest.slug}-receipt.json">${say.download}</a>
<p class="soft">${say.keep}</p>
${isIn && isUndecided(contest) && html`<p><a href="${pathOf(contest, "/withdraw", language, tokenOf(view))}">${takeWords[language].withdraw.link}</a></p>`}
<p><a href="${pathOf(contest, "/erase", language, tokenOf(view))}">${fairWords[language].erase.link}</a></p>`,
    ...(shares ? { script: shareScript } : {}),
  };
};

import { type Html, html } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import { isWaiting } from "./claim.ts";
import { claimPath } from "./claim-link.ts";
import { claimWords } from "./claim-words.ts";
import type { WithWinners } from "./contest.ts";
import { reservePlace, strikeOf } from "./outcome.ts";
import { findClaim } from "./table.ts";
import { timesIn, words } from "./words.ts";

// What somebody who was drawn, or whom a jury chose, reads on their own page: a prize to claim or claimed, that it is lost and why, or the place
// among the reserves.

export const prizePart = async (
  contest: WithWinners,
  drawn: { position: number; entryId: string; prize?: string | undefined },
  language: Language,
  now: string,
): Promise<Html> => {
  const { position, prize } = drawn;
  const say = words[language].me;
  const { me } = claimWords[language];
  const strike = strikeOf(contest, position);
  if (strike) return html`<p class="error">${me.struck(strike.reason)}</p>`;
  if (prize === undefined) return html`<p class="good">${say.reserve(reservePlace(contest, position))}</p>`;
  const claim = await findClaim(contest, position, now);
  if (claim?.status === "claimed") return html`<div class="good"><p>${say.won(prize)}</p><p>${me.claimed}</p></div>`;
  if (!claim || !isWaiting(claim) || claim.deadline <= now)
    return html`<div class="good"><p>${say.won(prize)}</p><p>${say.wonNext}</p></div>`;
  return html`<p class="good">${say.won(prize)}</p>
<a class="button" href="${await claimPath(contest, drawn, language)}">${me.toClaim(timesIn(contest, language)(claim.deadline))}</a>`;
};

import type { Task } from "../platform/background.ts";
import { clock, instant } from "../platform/clock.ts";
import { post } from "../platform/letter.ts";
import { put } from "../platform/table.ts";
import { winnerLetter } from "./claim-mail.ts";
import { chosenIn, type Judged } from "./contest.ts";
import { tellVerdicts } from "./jury.ts";
import { offerPrize } from "./offer-prize.ts";
import { winningPositions } from "./outcome.ts";
import { contests, findClaims, findEntry, winnerLetterId } from "./table.ts";

// Whom a jury chose is offered the prize, and mailed.

/** Each winner is posted one letter; its name keeps it from being mailed twice. */
export const mailVerdicts = async (contest: Judged, { now, save }: Pick<Task, "now" | "save">): Promise<void> => {
  const { workspaceId, contestId, judgedAt } = contest;
  if (contest.announcedAt !== undefined) return;
  const chosen = chosenIn(contest);
  const known = await findClaims(contest, now);
  for (const [place, number] of winningPositions(contest).entries()) {
    const position = number === undefined ? undefined : chosen[number];
    // A reserve that took a place since is told by its own offer.
    if (!position || position.position !== place) continue;
    const entry = await findEntry({ workspaceId, contestId, ...position.row }, now);
    const prize = { position, status: entry ? ("offered" as const) : ("new" as const), at: judgedAt };
    const claim = known.get(place) ?? (await offerPrize(contest, prize, { now, save }));
    if (!entry) continue; // Erased since: there is nobody to write to, and a reserve is offered the prize.
    const letter = await winnerLetter(contest, entry, claim, { place, isPromoted: false }, now);
    await post({ id: winnerLetterId(contest, place), letter, now });
  }
  await save([put(contests, ...tellVerdicts(contest, instant(clock.now())))]);
};

import { onDue } from "../platform/background.ts";
import { clock, instant } from "../platform/clock.ts";
import { post } from "../platform/letter.ts";
import { put } from "../platform/table.ts";
import { winnerLetter } from "./claim-mail.ts";
import { mailVerdicts } from "./jury-mail.ts";
import { offerPrize } from "./offer-prize.ts";
import { announceContest, winningPositions } from "./outcome.ts";
import { contests, findClaims, findEntry, winnerLetterId, winnersMailed } from "./table.ts";

// drawn → announced: each winner is offered the prize, and posted one letter, whatever becomes of the others'. A letter has a
// name by which it is mailed once, however often it is posted, and by which /v1/contests/{id}/winners shows what became of it.

export const due = "contest.announce";

export const limits = { timeoutSeconds: 300 };

export const handler = onDue(due, contests, async ({ state: contest, now, save }) => {
  if (contest.status === "judged") return mailVerdicts(contest, { now, save });
  if (contest.status !== "drawn") return;
  const { workspaceId, contestId } = contest;
  const isFirst = contest.wakesAt === contest.drawnAt;
  const mailed = await winnersMailed(contest, now);
  const known = await findClaims(contest, now);
  let left = 0;
  for (const [place, number] of winningPositions(contest).entries()) {
    const position = number === undefined ? undefined : contest.positions[number];
    // A reserve that took a place since is told by its own offer.
    if (!position || position.position !== place) continue;
    const mailing = mailed.get(position.position);
    if (mailing && mailing.status !== "sending") continue;
    const entry = await findEntry({ workspaceId, contestId, ...position.row }, now);
    const prize = { position, status: entry ? ("offered" as const) : ("new" as const), at: contest.drawnAt };
    const claim = known.get(position.position) ?? (await offerPrize(contest, prize, { now, save }));
    if (!entry) continue; // Erased since: there is nobody to write to, and a reserve is offered the prize.
    left++;
    // What was posted stays in the queue until it is mailed or has failed.
    if (!isFirst || mailing) continue;
    const letter = await winnerLetter(contest, entry, claim, { place, isPromoted: false }, now);
    await post({ id: winnerLetterId(contest, position.position), letter, now });
  }
  await save([put(contests, ...announceContest(contest, left, instant(clock.now())))]);
});

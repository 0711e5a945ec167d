import type { Task } from "../platform/background.ts";
import { post } from "../platform/letter.ts";
import { put } from "../platform/table.ts";
import { type Claim, posted, remind } from "./claim.ts";
import { reminderLetter, winnerLetter } from "./claim-mail.ts";
import { claimWords } from "./claim-words.ts";
import { chosenIn, hasWinners, type WithWinners } from "./contest.ts";
import type { Entry } from "./entry.ts";
import { canStrike, winningPositions } from "./outcome.ts";
import { replaceWinner } from "./replace.ts";
import { claims, findContest, findEntry, winnerLetterId, winnerReminderId } from "./table.ts";

// A prize that waits to be claimed: a promoted reserve is told; whoever is silent half-way is reminded, once; at the deadline
// the position is struck and the next reserve is offered the prize. A letter has a name, by which it is mailed once.

const entryOf = (contest: WithWinners, { position }: Claim, now: string): Promise<Entry | undefined> => {
  const { workspaceId, contestId } = contest;
  const { row } = chosenIn(contest)[position] ?? {};
  if (!row) throw new Error(`Position ${position} of ${contestId} was not chosen.`);
  return findEntry({ workspaceId, contestId, ...row }, now);
};

export const chaseClaim = async ({ state: claim, now, save }: Task & { state: Claim }): Promise<void> => {
  const contest = await findContest(claim.workspaceId, claim.contestId, now);
  if (!contest || !hasWinners(contest) || !canStrike(contest)) return;
  const { position } = claim;
  const place = winningPositions(contest).indexOf(position);
  if (place < 0) throw new Error(`Position ${position} of ${claim.contestId} waits for a prize that it does not have.`);
  const entry = await entryOf(contest, claim, now);
  const say = claimWords[contest.language];
  if (!entry) {
    const reason = say.withdrew;
    return save(replaceWinner(contest, claim, { position, reason, why: "winner.forfeited" }, now).changes);
  }
  switch (claim.status) {
    case "new":
      await post({
        id: winnerLetterId(contest, position),
        letter: await winnerLetter(contest, entry, claim, { place, isPromoted: true }, now),
        now,
      });
      return save([put(claims, posted(claim))]);
    case "offered":
      await post({
        id: winnerReminderId(contest, position),
        letter: await reminderLetter(contest, entry, claim, place, now),
        now,
        until: claim.deadline,
      });
      return save([put(claims, ...remind(claim, now))]);
    case "reminded": {
      const reason = say.lapsed(contest.claimDays);
      return save(replaceWinner(contest, claim, { position, reason, why: "winner.lapsed" }, now).changes);
    }
    default:
      return;
  }
};

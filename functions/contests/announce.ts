import { onDue } from "../platform/background.ts";
import { clock, instant } from "../platform/clock.ts";
import { type Letter, post } from "../platform/letter.ts";
import { put } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import { type Drawn, prizeOf } from "./contest.ts";
import { addressOf, type Entry, openIdentity } from "./entry.ts";
import { personalUrl } from "./links.ts";
import { announceContest, winningPositions } from "./outcome.ts";
import { contests, findEntry, winnerLetterId, winnersMailed } from "./table.ts";
import { words } from "./words.ts";

// drawn → announced: each winner is posted one letter, whatever becomes of the others'. A letter has a name by which it is
// mailed once, however often it is posted, and by which /v1/contests/{id}/winners shows what became of it.

export const due = "contest.announce";

export const limits = { timeoutSeconds: 300 };

const winnerLetter = async (contest: Drawn, entry: Entry, prize: string, now: string): Promise<Letter> => {
  const { title, organiser } = contest;
  const language = entry.language ?? contest.language;
  const identity = await openIdentity(entry);
  const say = words[language].winnerMail;
  return {
    brand: await brandOf(contest.workspaceId, now),
    language,
    to: addressOf(identity),
    from: organiser.name,
    subject: say.subject(title),
    blocks: [
      ...say.lines(title, prize, organiser.name),
      { button: say.link, url: await personalUrl(contest, identity, language) },
    ],
  };
};

export const handler = onDue(due, contests, async ({ state: contest, now, save }) => {
  if (contest.status !== "drawn") return;
  const { workspaceId, contestId } = contest;
  const isFirst = contest.wakesAt === contest.drawnAt;
  const mailed = await winnersMailed(contest, now);
  let left = 0;
  for (const [place, position] of winningPositions(contest).entries()) {
    const mailing = mailed.get(position);
    if (mailing && mailing.status !== "sending") continue;
    const row = contest.positions[position]?.row;
    const entry = row && (await findEntry({ workspaceId, contestId, ...row }, now));
    if (!entry) continue; // Erased since: there is nobody to write to.
    left++;
    // What was posted stays in the queue until it is mailed or has failed.
    if (!isFirst || mailing) continue;
    const letter = await winnerLetter(contest, entry, prizeOf(contest, place) ?? "", now);
    await post({ id: winnerLetterId(contest, position), letter, now });
  }
  await save([put(contests, ...announceContest(contest, left, instant(clock.now())))]);
});

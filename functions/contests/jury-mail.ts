import type { Task } from "../platform/background.ts";
import { clock, instant } from "../platform/clock.ts";
import { type Letter, post } from "../platform/letter.ts";
import { put } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import { type Judged, prizeOf } from "./contest.ts";
import { addressOf, openIdentity } from "./entry.ts";
import { tellVerdicts } from "./jury.ts";
import { juryWords } from "./jury-words.ts";
import { personalUrl } from "./links.ts";
import { contests, findEntry, winnerLetterId } from "./table.ts";

// Whom a jury chose is mailed.

/** Each winner is posted one letter; its name keeps it from being mailed twice. */
export const mailVerdicts = async (contest: Judged, { now, save }: Pick<Task, "now" | "save">): Promise<void> => {
  const { workspaceId, contestId } = contest;
  if (contest.announcedAt !== undefined) return;
  for (const [place, verdict] of contest.verdicts.entries()) {
    const entry = await findEntry({ workspaceId, contestId, ...verdict.row }, now);
    if (!entry) continue; // Erased since: there is nobody to write to.
    const language = entry.language ?? contest.language;
    const identity = await openIdentity(entry);
    const say = juryWords[language].mail;
    const letter: Letter = {
      brand: await brandOf(workspaceId, now),
      language,
      to: addressOf(identity),
      from: contest.organiser.name,
      subject: say.subject(contest.title),
      blocks: [
        ...say.lines(contest.title, prizeOf(contest, place) ?? "", verdict.reason, contest.organiser.name),
        { button: say.link, url: await personalUrl(contest, identity, language) },
      ],
    };
    await post({ id: winnerLetterId(contest, place), letter, now });
  }
  await save([put(contests, ...tellVerdicts(contest, instant(clock.now())))]);
};

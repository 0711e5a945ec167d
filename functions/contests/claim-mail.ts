import type { Letter } from "../platform/letter.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Claim } from "./claim.ts";
import { claimUrl } from "./claim-link.ts";
import { claimWords } from "./claim-words.ts";
import { hasVerdict, prizeOf, type WithWinners } from "./contest.ts";
import { addressOf, type Entry, openIdentity } from "./entry.ts";
import { juryWords } from "./jury-words.ts";
import { personalUrl } from "./links.ts";
import { timesIn } from "./words.ts";

// What a winner is mailed: that there is a prize, and by when to claim it; and half-way that it still waits.

type Offered = Pick<Claim, "position" | "entryId" | "deadline">;

const letterTo = async (
  contest: WithWinners,
  entry: Entry,
  claim: Offered,
  say: (language: "nl" | "en") => { subject: string; lines: string[] },
  now: string,
): Promise<Letter> => {
  const language = entry.language ?? contest.language;
  const identity = await openIdentity(entry);
  const { subject, lines } = say(language);
  const { button } = claimWords[language].mail;
  const { toMe } = (hasVerdict(contest) ? juryWords : claimWords)[language].mail;
  return {
    brand: await brandOf(contest.workspaceId, now),
    language,
    to: addressOf(identity),
    from: contest.organiser.name,
    subject,
    blocks: [
      ...lines,
      { button, url: await claimUrl(contest, claim, language) },
      `${toMe} ${await personalUrl(contest, identity, language)}`,
    ],
  };
};

/** `place`: of the prize, in their order. `isPromoted`: a winner before them dropped out. */
export const winnerLetter = (
  contest: WithWinners,
  entry: Entry,
  claim: Offered,
  { place, isPromoted }: { place: number; isPromoted: boolean },
  now: string,
): Promise<Letter> =>
  letterTo(
    contest,
    entry,
    claim,
    (language) => {
      const say = claimWords[language].mail;
      const until = timesIn(contest, language)(claim.deadline);
      const { title, organiser } = contest;
      const of = { title, prize: prizeOf(contest, place) ?? "", organiser: organiser.name, until, isPromoted };
      const reason = hasVerdict(contest) ? contest.verdicts[claim.position]?.reason : undefined;
      return {
        subject: say.subject(title),
        lines: reason === undefined ? say.lines(of) : juryWords[language].mail.lines({ ...of, reason }),
      };
    },
    now,
  );

export const reminderLetter = (
  contest: WithWinners,
  entry: Entry,
  claim: Offered,
  place: number,
  now: string,
): Promise<Letter> =>
  letterTo(
    contest,
    entry,
    claim,
    (language) => {
      const say = claimWords[language].reminder;
      const until = timesIn(contest, language)(claim.deadline);
      return {
        subject: say.subject(contest.title),
        lines: say.lines({ title: contest.title, prize: prizeOf(contest, place) ?? "", until }),
      };
    },
    now,
  );

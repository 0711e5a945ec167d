import { type Letter, post } from "../platform/letter.ts";
import { brandOf } from "../workspaces/brand.ts";
import { mailConfirmation, quietMs } from "./confirmation.ts";
import type { Published } from "./contest.ts";
import { addressOf, entryKeys, placeOf } from "./entry.ts";
import { type Confirmation, personalUrl } from "./links.ts";
import { findEntry } from "./table.ts";
import { takeWords } from "./take-words.ts";

// What is mailed to whoever asks. That it was asked for says nothing about who entered; what comes in the mail does.

const hasEntered = async (contest: Published, identity: string, now: string): Promise<boolean> =>
  (await findEntry(placeOf(contest, await entryKeys(contest), identity), now)) !== undefined;

const mailPersonalLink = async (
  contest: Published,
  { identity, language }: Pick<Confirmation, "identity" | "language">,
  now: string,
): Promise<void> => {
  const say = takeWords[language].personalMail;
  const letter: Letter = {
    brand: await brandOf(contest.workspaceId, now),
    language,
    to: addressOf(identity),
    from: contest.organiser.name,
    subject: say.subject(contest.title),
    blocks: [
      ...say.lines(contest.title),
      { button: say.link, url: await personalUrl(contest, identity, language) },
      say.keep,
    ],
  };
  await post({ id: `${contest.contestId}/personal`, letter, now, againAfterMs: quietMs });
};

/** To who is not in yet the link that confirms, to who is the link to their own page; each once in ten minutes. */
export const mailLink = async (contest: Published, asked: Confirmation, now: string): Promise<void> =>
  (await hasEntered(contest, asked.identity, now))
    ? mailPersonalLink(contest, asked, now)
    : mailConfirmation(contest, asked, now);

/** To who entered the link to their own page, and to nobody else anything. */
export const mailIfEntered = async (
  contest: Published,
  asked: Pick<Confirmation, "identity" | "language">,
  now: string,
): Promise<void> => {
  if (await hasEntered(contest, asked.identity, now)) await mailPersonalLink(contest, asked, now);
};

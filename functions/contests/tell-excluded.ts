import * as z from "zod";
import { onEvent } from "../platform/background.ts";
import { type Block, type Letter, post } from "../platform/letter.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Published } from "./contest.ts";
import { addressOf, openIdentity } from "./entry.ts";
import { type Exclusion, isUndecided } from "./exclude.ts";
import { reasonOf } from "./exclusions.ts";
import { words } from "./fair-words.ts";
import { homeOf, personalUrl } from "./links.ts";
import { findContest, findEntry, findExclusion } from "./table.ts";
import { timesIn } from "./words.ts";

// Whoever is excluded is told why, and can object; they hear what became of it. Mailed as it stands when it is mailed: what was
// undone meanwhile is told as undone only.

export const on = ["entry.excluded", "exclusion.upheld", "entry.readmitted"];

const About = z.object({ contestId: z.string(), entryId: z.string() });

/** By which status each is still so. */
const stillSo: Record<string, readonly Exclusion["status"][]> = {
  "entry.excluded": ["excluded", "disputed"],
  "exclusion.upheld": ["upheld"],
  "entry.readmitted": ["undone"],
};

/** On the page of the same token. */
const pageOf = async (contest: Published, identity: string, language: Language, page: string): Promise<string> => {
  const url = new URL(await personalUrl(contest, identity, language));
  return `${await homeOf(contest)}${page}${url.search}`;
};

const partsOf = async (
  type: string,
  contest: Published,
  exclusion: Exclusion,
  identity: string,
  language: Language,
): Promise<{ subject: string; blocks: Block[] }> => {
  const { mails, reasons, excluded } = words[language];
  const { title, organiser } = contest;
  if (type === "exclusion.upheld") return { subject: mails.upheld.subject(title), blocks: [mails.upheld.text(title)] };
  if (type === "entry.readmitted") {
    const { subject, text, button } = mails.readmitted;
    const url = await personalUrl(contest, identity, language);
    return { subject: subject(title), blocks: [text(title), { button, url }] };
  }
  const { subject, text, button } = mails.excluded;
  const { reason, sentence } = exclusion;
  return {
    subject: subject(title),
    blocks: [
      text(title, reasons[reasonOf(reason)]),
      ...(sentence === undefined ? [] : [`${excluded.sentence(organiser.name)} ${sentence}`]),
      ...(isUndecided(contest) ? [excluded.until(timesIn(contest, language)(contest.closesAt))] : []),
      { button, url: await pageOf(contest, identity, language, "/objection") },
    ],
  };
};

export const handler = onEvent(async ({ type, detail, now }) => {
  const { contestId, entryId } = About.parse(detail.data);
  const { workspaceId, version } = detail;
  const contest = await findContest(workspaceId, contestId, now);
  const exclusion = await findExclusion({ workspaceId, contestId }, entryId, now);
  if (!contest || contest.status === "draft" || !exclusion || !stillSo[type]?.includes(exclusion.status)) return;
  const entry = await findEntry({ workspaceId, contestId, ...exclusion.row }, now);
  // Erased or withdrawn since: there is nobody to tell, or nothing that matters to them.
  if (!entry || entry.withdrawnAt !== undefined) return;
  const language = entry.language ?? contest.language;
  const identity = await openIdentity(entry);
  const letter: Letter = {
    brand: await brandOf(workspaceId, now),
    language,
    to: addressOf(identity),
    from: contest.organiser.name,
    ...(await partsOf(type, contest, exclusion, identity, language)),
  };
  // One of each change: an entry may be excluded again after it was undone.
  await post({ id: `${contestId}/exclusion/${entryId}.${version}`, letter, now });
});

import * as z from "zod";
import { quietMs } from "../mail/code.ts";
import { days, later } from "../platform/clock.ts";
import { found, refuse } from "../platform/errors.ts";
import { type Block, post } from "../platform/letter.ts";
import type { Visit } from "../platform/page.ts";
import { openToken, sealToken, sha256 } from "../platform/secrets.ts";
import { persist, put } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Used } from "./board.ts";
import { personHash } from "./chance.ts";
import { knowAuthor, type Standing } from "./idea.ts";
import { Because, follows, stop } from "./participant.ts";
import { findFollower, findIdeaOn, findParticipant, followers, ideas, participants } from "./table.ts";
import { telling, theirs } from "./take.ts";
import { words } from "./words.ts";

// Being told what becomes of an idea. Who asks is mailed a link; the button behind it proves the address, and only then it is
// kept. Each mail has a link that ends it, with one button too.

const worksMs = days(7);
/** Mails are kept for long. */
const stopsMs = days(730);

/**
 * So many such mails one address gets of one board in ten minutes at most, whoever asks and for however many ideas: proposing is
 * free, and the address may be somebody else's. Two ideas of one drawer within ten minutes are one mail.
 */
const drawers = 8;
const drawerOf = (ideaId: string): number => sha256(ideaId).readUInt8(0) % drawers;

type By = Pick<Visit, "now" | "save">;

/** The address of an idea's page. */
export const pathOf = (
  board: Pick<Used, "slug" | "language">,
  path: string,
  language: Language,
  more: Record<string, string | undefined> = {},
): string => {
  const given = Object.entries(more).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const lang: [string, string][] = language === board.language ? [] : [["lang", language]];
  const query = new URLSearchParams([...given, ...lang]).toString();
  return `/i/${board.slug}${path}${query && `?${query}`}`;
};

const Asked = z.object({ a: z.string(), l: Language, b: Because });
const following = (ideaId: string): string => `idea-follow ${ideaId}`;
const stopping = (ideaId: string): string => `idea-stop ${ideaId}`;

/** Mails the link that confirms; an address at most once in ten minutes. */
export const mailFollow = async (
  board: Used,
  idea: Standing,
  asked: { address: string; language: Language; because: Because },
  now: string,
): Promise<void> => {
  const { workspaceId } = board;
  const { address, language, because } = asked;
  const say = words[language].followMail;
  const brand = await brandOf(workspaceId, now);
  const t = await sealToken(workspaceId, following(idea.ideaId), later(now, worksMs), {
    a: address,
    l: language,
    b: because,
  });
  await post({
    id: `${board.boardId}/follow/${drawerOf(idea.ideaId)}`,
    letter: {
      brand,
      language,
      to: address,
      subject: say.subject(idea.title),
      blocks: [
        say.text(idea.title),
        { button: say.button, url: brand.url + pathOf(board, `/ideas/${idea.ideaId}/follow`, language, { t }) },
        say.ignore,
      ],
    },
    now,
    againAfterMs: quietMs,
  });
};

const openFollow = async (board: Used, ideaId: string, t: string, now: string) => {
  const opened = await openToken(board.workspaceId, following(ideaId), t, Asked, now);
  if (opened.state === "valid") return opened.data;
  return refuse("link_ended", "This link is over, or was not copied completely.");
};

/** Refuses `link_ended`. */
export const checkFollow = async (board: Used, ideaId: string, t: string, now: string): Promise<void> => {
  await openFollow(board, ideaId, t, now);
};

/** The button behind the link: the address is proved. Once or often, it is the same. */
export const confirmFollow = async (board: Used, ideaId: string, t: string, { now, save }: By): Promise<void> => {
  const { a: address, l: language, b: because } = await openFollow(board, ideaId, t, now);
  const hash = await personHash(board.workspaceId, address, now);
  await persist(async () => {
    const idea = found(await findIdeaOn(board, ideaId, now), "idea");
    if (idea.status === "removed") return refuse("link_ended", "This idea is no more.");
    const isAuthor = because === "proposed";
    // One idea is one person's: the first address that is proved is theirs.
    const [known, events] = isAuthor ? knowAuthor(idea, hash) : [idea, []];
    await save([
      ...(await telling(idea, { hash, address, language, because }, now)),
      ...(await theirs(board, hash, { follow: ideaId, ...(known.author === hash ? { idea: ideaId } : {}) }, now)),
      ...(events.length > 0 ? [put(ideas, known, events)] : []),
    ]);
  });
};

const Stopped = z.string();

/** The end of each mail: how to get no more. */
export const stopBlock = async (
  board: Used,
  { ideaId, hash, language }: { ideaId: string; hash: string; language: Language },
  baseUrl: string,
  now: string,
): Promise<Block> => {
  const t = await sealToken(board.workspaceId, stopping(ideaId), later(now, stopsMs), hash);
  return { button: words[language].mail.stop, url: baseUrl + pathOf(board, `/ideas/${ideaId}/stop`, language, { t }) };
};

/** Whose link it is. Refuses `link_ended`. */
export const openStop = async (board: Used, ideaId: string, t: string, now: string): Promise<string> => {
  const opened = await openToken(board.workspaceId, stopping(ideaId), t, Stopped, now);
  if (opened.state === "valid") return opened.data;
  return refuse("link_ended", "This link is over, or was not copied completely.");
};

/** Ends it; once or often, it is the same. */
export const stopFollowing = (board: Used, ideaId: string, hash: string, { now, save }: By): Promise<void> =>
  persist(async () => {
    const { workspaceId, boardId } = board;
    const follower = await findFollower({ workspaceId, boardId, ideaId }, hash, now);
    const participant = await findParticipant(board, hash, now);
    await save([
      ...(follows(follower) ? [put(followers, stop(follower, now))] : []),
      ...(participant?.follows.includes(ideaId)
        ? [put(participants, { ...participant, follows: participant.follows.filter((id) => id !== ideaId) })]
        : []),
    ]);
  });

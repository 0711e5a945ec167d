import * as z from "zod";
import { clock, instant } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { openToken, sealToken } from "../platform/secrets.ts";
import { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Published } from "./contest.ts";
import { keptUntil } from "./retention.ts";

// The links of a contest. What a link carries is in it, encrypted; nothing is stored for it.

/** Where the pages of a contest are, on its workspace's own host or on ours. */
export const homeOf = async ({ workspaceId, slug }: Pick<Published, "workspaceId" | "slug">): Promise<string> => {
  const { url } = await brandOf(workspaceId, instant(clock.now()));
  return `${url}/c/${slug}`;
};

/** The path of a page of this contest, in the language that was asked for. `t`: the token of a link. */
export const pathOf = (contest: Published, page: string, language: Language, t?: string): string => {
  const query = new URLSearchParams({
    ...(t === undefined ? {} : { t }),
    ...(language === contest.language ? {} : { lang: language }),
  }).toString();
  return `/c/${contest.slug}${page}${query && `?${query}`}`;
};

/** The same on a screen that many people use: what it shows keeps nobody's address, and goes back by itself. */
export const kioskPath = (contest: Published, page: string, language: Language): string => {
  const path = pathOf(contest, page, language);
  return `${path}${path.includes("?") ? "&" : "?"}kiosk`;
};

/**
 * What a mailed link carries until its owner confirms: who, by whose link (`ref`), the language of the mail, where the link
 * stood, and by its version the text with which the newsletter was asked for.
 */
const Confirmation = z.object({
  i: z.string(),
  r: z.string().optional(),
  l: Language,
  v: z.string().optional(),
  n: z.number().int().optional(),
  /** The bonus that a code has opened, as its bit; 0 where a code was given that opens none. */
  b: z.number().int().optional(),
});
export type Confirmation = {
  identity: string;
  referrer: string | undefined;
  language: Language;
  via?: string | undefined;
  newsletter?: number | undefined;
  bonus?: number | undefined;
};

const confirming = ({ contestId }: Published): string => `confirm ${contestId}`;

/** The address that is mailed. It works until the close. */
export const confirmationUrl = async (contest: Published, asked: Confirmation): Promise<string> => {
  const { identity: i, referrer: r, language: l, via: v, newsletter: n, bonus: b } = asked;
  const carried: z.input<typeof Confirmation> = { i, r, l, v, n, b };
  const token = await sealToken(contest.workspaceId, confirming(contest), contest.closesAt, carried);
  return `${await homeOf(contest)}/confirm?t=${token}`;
};

/** Refuses `link_ended` where it was altered, is another contest's, or is over at `at`. */
export const openConfirmation = async (contest: Published, token: string, at: string): Promise<Confirmation> => {
  const { i, r, l, v, n, b } = await openLink(contest, confirming(contest), token, Confirmation, at);
  return { identity: i, referrer: r, language: l, via: v, newsletter: n, bonus: b };
};

/** What the page after the form carries of who was mailed, and when. Its address tells nobody. */
const Mailed = Confirmation.extend({ at: z.iso.datetime() });
const mailing = ({ contestId }: Published): string => `mailed ${contestId}`;

/** The token of the page that says to look in the mail. */
export const sentToken = (contest: Published, asked: Confirmation, at: string): Promise<string> => {
  const { identity: i, referrer: r, language: l, via: v, newsletter: n, bonus: b } = asked;
  const carried: z.input<typeof Mailed> = { i, r, l, v, n, b, at };
  return sealToken(contest.workspaceId, mailing(contest), contest.closesAt, carried);
};

/** Who was mailed, and when; undefined without a token, with an altered one, and after the close. */
export const openSent = async (
  contest: Published,
  token: string,
  now: string,
): Promise<{ asked: Confirmation; at: string } | undefined> => {
  const opened = await openToken(contest.workspaceId, mailing(contest), token, Mailed, now);
  if (opened.state !== "valid") return undefined;
  const { i, r, l, v, n, b, at } = opened.data;
  return { asked: { identity: i, referrer: r, language: l, via: v, newsletter: n, bonus: b }, at };
};

/** The link that somebody shares. `token`: of linkTokenOf. */
export const shareUrlOf = async (contest: Published, token: string): Promise<string> =>
  `${await homeOf(contest)}/r/${token}`;

const Personal = z.object({ i: z.string() });
const personal = ({ contestId }: Published): string => `me ${contestId}`;

/** The path of somebody's own page. It works for as long as the entry is kept. */
export const personalPath = async (contest: Published, identity: string, language: Language): Promise<string> => {
  const token = await sealToken(contest.workspaceId, personal(contest), keptUntil(contest), { i: identity });
  return pathOf(contest, "/me", language, token);
};
export const personalUrl = async (contest: Published, identity: string, language: Language): Promise<string> =>
  new URL(await personalPath(contest, identity, language), await homeOf(contest)).href;

/** Whose page it is. Refuses `link_ended`. */
export const openPersonal = async (contest: Published, token: string, at: string): Promise<string> =>
  (await openLink(contest, personal(contest), token, Personal, at)).i;

const openLink = async <T>(contest: Published, purpose: string, token: string, schema: z.ZodType<T>, at: string) => {
  const opened = await openToken(contest.workspaceId, purpose, token, schema, at);
  return opened.state === "valid"
    ? opened.data
    : refuse("link_ended", "This link is over, or was not copied completely.");
};

import * as z from "zod";
import { clock, days, instant, later } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { openToken, sealToken } from "../platform/secrets.ts";
import { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Published } from "./contest.ts";

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

/** What a mailed link carries until its owner confirms: who, by whose link (`ref`), and the language of the mail. */
const Confirmation = z.object({ i: z.string(), r: z.string().optional(), l: Language });
export type Confirmation = { identity: string; referrer: string | undefined; language: Language };

const confirming = ({ contestId }: Published): string => `confirm ${contestId}`;

/** The address that is mailed. It works until the close. */
export const confirmationUrl = async (contest: Published, asked: Confirmation): Promise<string> => {
  const { identity: i, referrer: r, language: l } = asked;
  const carried: z.input<typeof Confirmation> = { i, ...(r === undefined ? {} : { r }), l };
  const token = await sealToken(contest.workspaceId, confirming(contest), contest.closesAt, carried);
  return `${await homeOf(contest)}/confirm?t=${token}`;
};

/** Refuses `link_ended` where it was altered, is another contest's, or is over at `at`. */
export const openConfirmation = async (contest: Published, token: string, at: string): Promise<Confirmation> => {
  const { i, r, l } = await openLink(contest, confirming(contest), token, Confirmation, at);
  return { identity: i, referrer: r, language: l };
};

const Personal = z.object({ i: z.string() });
const personal = ({ contestId }: Published): string => `me ${contestId}`;

/** The path of somebody's own page. It works for a year after the draw. */
export const personalPath = async (contest: Published, identity: string, language: Language): Promise<string> => {
  const expires = later(contest.drawAt, days(365));
  return pathOf(
    contest,
    "/me",
    language,
    await sealToken(contest.workspaceId, personal(contest), expires, { i: identity }),
  );
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

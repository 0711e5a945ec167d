import * as z from "zod";
import { refuse } from "../platform/errors.ts";
import { openToken, sealToken } from "../platform/secrets.ts";
import type { Language } from "../platform/words.ts";
import type { Claim } from "./claim.ts";
import type { Published } from "./contest.ts";
import { homeOf, pathOf } from "./links.ts";
import { keptUntil } from "./retention.ts";

// The link to claim a prize by, which a winner is mailed. What it carries is in it, encrypted.

const Carried = z.object({ p: z.number().int(), e: z.string() });
const claiming = ({ contestId }: Pick<Published, "contestId">): string => `claim ${contestId}`;

/** The path of the page behind the mailed link. It opens for as long as the entry is kept, also to say that it is over. */
export const claimPath = async (
  contest: Published,
  { position, entryId }: Pick<Claim, "position" | "entryId">,
  language: Language,
): Promise<string> => {
  const carried: z.input<typeof Carried> = { p: position, e: entryId };
  const token = await sealToken(contest.workspaceId, claiming(contest), keptUntil(contest), carried);
  return pathOf(contest, "/claim", language, token);
};
export const claimUrl = async (...asked: Parameters<typeof claimPath>): Promise<string> =>
  new URL(await claimPath(...asked), await homeOf(asked[0])).href;

/** Whose prize it is about. Refuses `link_ended`. */
export const openClaimLink = async (
  contest: Published,
  token: string,
  now: string,
): Promise<Pick<Claim, "position" | "entryId">> => {
  const opened = await openToken(contest.workspaceId, claiming(contest), token, Carried, now);
  if (opened.state !== "valid") return refuse("link_ended", "This link is over, or was not copied completely.");
  return { position: opened.data.p, entryId: opened.data.e };
};

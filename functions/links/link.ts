import { randomInt } from "node:crypto";
import * as z from "zod";
import { days, later, milliseconds } from "../platform/clock.ts";
import { newId } from "../platform/ids.ts";
import { get, getCached, type Key, type Kind } from "../platform/table.ts";

// A short link: one address in one post on one channel, so that a click says where it was seen.

// Asked                                    Answered by
// where does this short link lead          NAME#link#<slug> / LINK
// how often it was clicked                 the tally, from rows WS#<workspace>#CLICKS#<slug>#<letter> / <click>

const Link = z.object({
  slug: z.string(),
  workspaceId: z.string(),
  postId: z.string(),
  channelId: z.string(),
  url: z.string(),
});
export type Link = z.infer<typeof Link>;

export const links: Kind<Link> = { kind: "link", schema: Link, key: ({ slug }) => linkKey(slug) };
/** Whoever clicks knows no workspace: a public name, and whose it is. */
const linkKey = (slug: string): Key => ({ pk: `NAME#link#${slug}`, sk: "LINK" });

const cached = getCached(links);
/** At most five seconds old: a crowd clicks. */
export const findLinkCached = (slug: string, now: string): Promise<Link | undefined> =>
  cached(linkKey(slug), milliseconds(now));
export const findLink = (slug: string, now: string): Promise<Link | undefined> =>
  get(links, linkKey(slug), milliseconds(now));

/** Without letters that look like others: a short link is also read aloud and typed over. */
const alphabet = "23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ";
const letters = 9;
export const SlugOfLink = z.string().regex(new RegExp(`^[${alphabet}]{${letters}}$`));
/** Of 10^15 names. */
export const newSlug = (): string =>
  Array.from({ length: letters }, () => alphabet[randomInt(alphabet.length)]).join("");
export const shortUrl = (home: string, slug: string): string => `${home}/l/${slug}`;

/** A click is a row of two days, which the tally counts. Nothing in it says who it was. */
const Click = z.object({
  workspaceId: z.string(),
  slug: z.string(),
  postId: z.string(),
  channelId: z.string(),
  id: z.string(),
  at: z.string(),
});
export type Click = z.infer<typeof Click>;

export const clicks: Kind<Click> = {
  kind: "click",
  schema: Click,
  // A crowd clicks on one link: 32 places for their rows, by the last letter of an id, which is random.
  key: ({ workspaceId, slug, id }) => ({ pk: `WS#${workspaceId}#CLICKS#${slug}#${id.at(-1)}`, sk: id }),
  expires: ({ at }) => later(at, days(2)),
};

export const click = ({ workspaceId, slug, postId, channelId }: Link, now: string): Click => ({
  ...{ workspaceId, slug, postId, channelId },
  id: newId("view", now),
  at: now,
});

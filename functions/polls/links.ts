import * as z from "zod";
import { openToken, sealToken } from "../platform/secrets.ts";
import type { Language } from "../platform/words.ts";
import type { Asked, Standing } from "./poll.ts";

// The addresses of a poll, and what rides in them. What a link proves is in it, encrypted; nothing is stored for it.

/** What an address says of where its reader comes from: it rides along in the form. */
export type Via = {
  /** A label of the link: "instagram", "coaster". */
  source?: string | undefined;
  /** The same, as links to contests have it. */
  via?: string | undefined;
  /** The code of one of the poll's places. */
  place?: string | undefined;
  /** A personal link's token. */
  t?: string | undefined;
  /** The token of a screen that many use. */
  kiosk?: string | undefined;
  /** It stands in a frame of another site. */
  embed?: string | undefined;
};
export const viaNames = ["source", "via", "place", "t", "kiosk", "embed"] as const;
export const viaFields = {
  source: z.string().max(200).optional().describe("A label of where the reader comes from."),
  via: z.string().max(200).optional().describe("The same as `source`, as links to contests have it."),
  place: z.string().max(200).optional().describe("The code of one of the poll's places."),
  t: z.string().max(2000).optional().describe("The token of a personal link."),
  kiosk: z.string().max(2000).optional().describe("The token of a screen that many use."),
  embed: z.string().max(10).optional().describe("In a frame of a site that the poll names."),
};

const mostSource = 32;

/** What a row keeps of where its reader came from: a short label, and a place that there is. */
export const cameFrom = ({ places }: Standing, { source, via, place }: Via): { source?: string; place?: string } => {
  const label = (source ?? via)
    ?.toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .slice(0, mostSource);
  return {
    ...(label ? { source: label } : {}),
    ...(places.some(({ code }) => code === place) && place !== undefined ? { place } : {}),
  };
};

/** The address of a page of this poll, in the language that was asked for. */
export const pathOf = (
  poll: Standing,
  path: "" | `/${string}`,
  language: Language,
  more: Record<string, string | undefined> = {},
): string => {
  const given = Object.entries(more).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const lang: [string, string][] = language === poll.language ? [] : [["lang", language]];
  const query = new URLSearchParams([...given, ...lang]).toString();
  return `/p/${poll.slug}${path}${query && `?${query}`}`;
};

/** What a personal link carries: whose it is, as the workspace calls them, and what it says of them. */
const Link = z.object({ p: z.string(), s: z.string().optional() });
export type Link = { person: string; segment: string | undefined };
const linking = ({ pollId }: Asked): string => `poll-link ${pollId}`;

export const linkToken = (poll: Asked, { person: p, segment: s }: Link, expires: string): Promise<string> =>
  sealToken(poll.workspaceId, linking(poll), expires, { p, ...(s === undefined ? {} : { s }) });

/** Whose link it is; undefined where it is none of this poll, or over. */
export const linkOf = async (poll: Asked, token: string | undefined, now: string): Promise<Link | undefined> => {
  if (token === undefined) return undefined;
  const opened = await openToken(poll.workspaceId, linking(poll), token, Link, now);
  return opened.state === "valid" ? { person: opened.data.p, segment: opened.data.s } : undefined;
};

/** What the address of a kiosk carries: where it stands. */
const Kiosk = z.object({ l: z.string().optional() });
const kiosking = ({ pollId }: Asked): string => `poll-kiosk ${pollId}`;

export const kioskToken = (poll: Asked, place: string | undefined, expires: string): Promise<string> =>
  sealToken(poll.workspaceId, kiosking(poll), expires, place === undefined ? {} : { l: place });

/** Where a kiosk stands; undefined where it is none of this poll. */
export const kioskOf = async (
  poll: Asked,
  token: string | undefined,
  now: string,
): Promise<{ place: string | undefined } | undefined> => {
  if (token === undefined) return undefined;
  const opened = await openToken(poll.workspaceId, kiosking(poll), token, Kiosk, now);
  return opened.state === "valid" ? { place: opened.data.l } : undefined;
};

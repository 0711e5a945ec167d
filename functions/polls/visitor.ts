import { randomBytes } from "node:crypto";
import * as z from "zod";
import { days, later, milliseconds, seconds } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { refuse } from "../platform/errors.ts";
import type { Visit } from "../platform/page.ts";
import { derive, openToken, sealToken } from "../platform/secrets.ts";
import { linkOf, type Via } from "./links.ts";
import type { Asked } from "./poll.ts";
import { type Place, person, placeBy, placeOf, type Response } from "./response.ts";
import { findResponse } from "./table.ts";

// Who responds. By device: a browser's is a random number in a cookie of this poll, which its form carries too, sealed, so
// that the same form sent twice is one response also where cookies are off; an app's is a number of its own choice. By
// address or link: what they proved, and afterwards a cookie that says which response is theirs.

export type Here = Pick<Visit, "now" | "cookies" | "speak" | "owner">;

const cookieName = "device";
const mineName = "mine";
export const Device = z
  .string()
  .regex(/^[A-Za-z0-9_-]{16,64}$/, "Use 16 to 64 letters, digits, hyphens and underscores.");
export const newDevice = (): string => randomBytes(16).toString("base64url");
export const deviceIn = (cookies: Here["cookies"]): string | undefined => Device.safeParse(cookies[cookieName]).data;

const lifeMs = days(180);

/** `isFramed`: a page in another site's frame is kept apart by site (CHIPS), and a browser asks for this. */
const cookie = (slug: string, name: string, value: string, isFramed = false): string => {
  const isSecure = config.publicUrl().startsWith("https:");
  const site = isFramed && isSecure ? "None; Secure; Partitioned" : `Lax${isSecure ? "; Secure" : ""}`;
  return `${name}=${value}; Path=/p/${slug}; Max-Age=${lifeMs / seconds(1)}; HttpOnly; SameSite=${site}`;
};
export const deviceCookie = (slug: string, device: string, isFramed = false): string =>
  cookie(slug, cookieName, device, isFramed);

/** What devices, addresses and links are hashed with in this poll. */
export const pepperOf = (poll: Asked): Promise<Buffer> =>
  derive(poll.workspaceId, `poll-device/${poll.pepper}`, poll.pepper);
export const placeIn = async (poll: Asked, who: string): Promise<Place> => placeOf(poll, await pepperOf(poll), who);

const mine = ({ pollId }: Asked): string => `poll-mine ${pollId}`;

/** Remembers in the browser which response is its reader's, where that is not told by its device. */
export const mineCookie = async (poll: Asked, { device }: Place, now: string): Promise<string> =>
  cookie(poll.slug, mineName, await sealToken(poll.workspaceId, mine(poll), later(now, lifeMs), device));

/** The place of the reader's own response, where the browser knows it. */
export const minePlace = async (poll: Asked, { cookies, now }: Here): Promise<Place | undefined> => {
  const token = cookies[mineName];
  if (token === undefined) return undefined;
  const opened = await openToken(poll.workspaceId, mine(poll), token, z.string(), now);
  return opened.state === "valid" ? placeBy(poll, opened.data) : undefined;
};

const placeHere = async (poll: Asked, here: Here, via: Via): Promise<Place | undefined> => {
  if (via.kiosk !== undefined) return undefined;
  if (poll.tier === "device") {
    const device = deviceIn(here.cookies);
    return device === undefined ? undefined : placeIn(poll, device);
  }
  const link = poll.tier === "link" ? await linkOf(poll, via.t, here.now) : undefined;
  return link ? placeIn(poll, person("link", link.person)) : minePlace(poll, here);
};

/** What this reader has answered before. */
export const responseOf = async (poll: Asked, here: Here, via: Via = {}): Promise<Response | undefined> => {
  const place = await placeHere(poll, here, via);
  return place && findResponse(place, here.now);
};

/** Refuses a device that an app did not name. */
export const deviceNeeded = (): never =>
  refuse("invalid_input", "Say which device answers, so that a repeated request is still one response.", [
    { pointer: "#/device", detail: "Required, unless a form of the page is sent." },
  ]);

/** How long a link works that has no end of its own. */
export const linkEnd = ({ closesAt }: Asked, now: string): string => {
  const year = later(now, days(365));
  return closesAt !== undefined && milliseconds(closesAt) < milliseconds(year) ? closesAt : year;
};

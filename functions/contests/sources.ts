import * as z from "zod";
import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";

// Where people come from: a link to a contest may say so, as ?via=<label>. It rides in the address, the form and the
// confirmation to the entry.

/** What a link may say of where it stands. Whatever else it says is as if it said nothing. */
export const Via = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/)
  .optional()
  .catch(undefined)
  .describe("Where this link stands: 1 to 32 small letters, digits and dashes.");

/** Labels that every contest knows: the networks, the buttons to share by, and where links usually stand. */
export const usualSources: readonly string[] = [
  ...["bluesky", "discord", "facebook", "instagram", "linkedin", "mastodon", "pinterest", "reddit", "snapchat"],
  ...["telegram", "threads", "tiktok", "tumblr", "whatsapp", "x", "youtube"],
  ...["share", "copy", "mail", "sms", "qr"],
  ...["app", "bio", "embed", "feed", "flyer", "kiosk", "newsletter", "post", "poster", "shop", "website"],
];

const Label = z.string().regex(/^[a-z0-9-]{1,32}$/, "1 to 32 small letters, digits and dashes.");
export const NewSources = z
  .array(Label)
  .max(100)
  .transform((labels) => [...new Set(labels)]);

/** What somebody's link says and the contest does not know. */
export const otherSource = "other";
/** Of a link that says nothing. */
export const noSource = "-";

/**
 * The label as it is counted. Anyone can write any label into a link, and each is a name in a count that has to stay small:
 * so a contest says beforehand which it has besides the usual ones, and the rest is one.
 */
export const sourceOf = (
  contest: { sources?: readonly string[] | undefined },
  via: string | undefined,
): string | undefined => {
  if (via === undefined) return undefined;
  return usualSources.includes(via) || contest.sources?.includes(via) ? via : otherSource;
};

/** It changes nothing of the rules, so an open contest's may change too. */
export const nameSources = <C extends { contestId: string; sources?: readonly string[] | undefined }>(
  contest: C,
  sources: string[],
): [C & { sources: string[] }, DomainEvent[]] => [
  { ...contest, sources },
  [event("contest.changed", { contestId: contest.contestId, fields: ["sources"] })],
];

import * as z from "zod";
import type { Brand } from "../../platform/brand.ts";
import { config } from "../../platform/config.ts";
import { isZone, Line, Paragraph } from "../../platform/input.ts";
import { Language } from "../../platform/words.ts";
import { checkLimits, type Network, type Profile } from "../network.ts";

// The built-in network: our own public page of a channel's posts, as HTML, Atom and JSON Feed (page.ts), which the fediverse
// can follow (actor.ts). It is of class A: a post's key is the key of its delivery, so that sending it again changes nothing.

const ours = { source: "functions/channels/networks/feed.ts: our own choice", checkedAt: "2026-11-22" };

const profile: Profile = {
  name: "feed",
  title: "The feed",
  idempotency: "A",
  verified: "live",
  limits: [
    { unit: "graphemes", most: 5000, ...ours },
    // One grapheme may have any number of marks.
    { unit: "bytes", most: 20_000, ...ours },
  ],
  media: [
    {
      types: ["image/png", "image/jpeg", "image/gif", "image/webp"],
      // Most servers of the fediverse show four.
      most: 4,
      mostBytes: 10_000_000,
      mostAlt: 1500,
      ...ours,
    },
  ],
  rates: [],
  mostParts: 0,
  // Of whoever follows it on the fediverse.
  can: { retract: true, figures: ["likes", "replies", "reposts"], replies: true },
  named: true,
};

const isSecure = (url: string): boolean =>
  url.startsWith("https:") || config.outgoingTestServers().includes(URL.parse(url)?.host ?? "");

export const FeedSettings = z.strictObject({
  description: z
    .union([z.literal(""), Paragraph(500)])
    .default("")
    .describe("What the page is about, in a sentence."),
  language: Language.default("nl").describe("The language of the page around the posts."),
  zone: z
    .string()
    .max(60)
    .refine(isZone, "Name a time zone of the IANA database, e.g. Europe/Amsterdam.")
    .default("Europe/Amsterdam")
    .describe("The IANA time zone in which the page says times."),
  links: z
    .array(
      z.strictObject({
        label: Line(80),
        url: z.url({ protocol: /^https$/, error: "Give an address that begins with https://." }).max(500),
      }),
    )
    .max(20)
    .optional()
    .describe("Shown on the page beside what is open and the posts: a shop, a menu, another network."),
  hub: z
    .url({ protocol: /^https?$/, error: "Give the address of a hub, which begins with https://." })
    .max(500)
    .refine(isSecure, "Give the address of a hub, which begins with https://.")
    .optional()
    .describe(
      "A WebSub hub, which tells feed readers of each post at once: it is named in the feeds, and told of changes. A private feed has none.",
    ),
  fediverse: z
    .boolean()
    .optional()
    .describe(
      "Whether people on the fediverse (Mastodon and all that speaks ActivityPub) can follow it, as @handle@host. They can unless it is false, or the feed is private.",
    ),
});

export const FeedSecrets = z.strictObject({
  accessKey: z
    .string()
    .regex(/^[\w-]{16,100}$/, "Use 16 to 100 letters, digits, hyphens and underscores.")
    .optional()
    .describe("Makes the feed private: only who knows the address with `?key=` can read it."),
});

/** Where a post stands for everyone. */
export const itemUrl = (brand: Pick<Brand, "url">, handle: string, itemId: string): string =>
  `${brand.url}/@${handle}/post/${itemId}`;

export const feed = {
  profile,
  settings: FeedSettings,
  secrets: FeedSecrets,
  check: (said) => checkLimits(profile, said),
} satisfies Network;

import * as z from "zod";
import type { Brand } from "../../platform/brand.ts";
import { clock, instant } from "../../platform/clock.ts";
import { Line, Paragraph } from "../../platform/input.ts";
import { whoseNow } from "../../platform/names.ts";
import { Conflict, save } from "../../platform/table.ts";
import { Language } from "../../platform/words.ts";
import { brandOf } from "../../workspaces/brand.ts";
import { checkLimits, network, type Profile } from "../network.ts";
import { findFeedItem, putFeedItem } from "../table.ts";

// The built-in network: our own public page of a channel's posts, as HTML, Atom and JSON Feed (page.ts). It is of class A:
// a post's key is the key of its delivery, so that sending it again changes nothing.

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
};

const isZone = (zone: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false; // That is how Intl says no.
  }
};

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

export const feed = network({
  profile,
  settings: FeedSettings,
  secrets: FeedSecrets,
  check: (text) => checkLimits(profile, text),
  publish: async ({ workspaceId, channelId, handle }, { postId, key, text }, guard) => {
    if (!guard.mayWrite()) return { outcome: "not-sent", detail: "There was too little time left to send it." };
    const publishedAt = instant(clock.now());
    const item = putFeedItem({ workspaceId, channelId, id: key, postId, text, publishedAt });
    try {
      await save([item], { now: publishedAt, actor: "system:feed", cause: postId });
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      // It stands there: an earlier try whose answer was lost.
    }
    return { outcome: "sent", externalId: key, url: itemUrl(await brandOf(workspaceId, publishedAt), handle, key) };
  },
  find: async ({ workspaceId, channelId, handle }, { key }) => {
    const now = instant(clock.now());
    const item = await findFeedItem(workspaceId, channelId, key, now);
    if (!item) return { finding: "absent" };
    return { finding: "found", externalId: key, url: itemUrl(await brandOf(workspaceId, now), handle, key) };
  },
  test: async ({ channelId, handle }) => {
    const name = await whoseNow("channel", handle, clock.now());
    return name?.id === channelId ? undefined : `The public name @${handle} does not lead to this channel.`;
  },
});

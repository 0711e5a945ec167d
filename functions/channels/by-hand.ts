import {
  type Check,
  checkLimits,
  type Limit,
  type MediaLimit,
  type Price,
  type Profile,
  type Said,
} from "./network.ts";
import { tagsIn } from "./written.ts";

// Networks that let no program in, or not us yet: what is posted there by hand (a reminder) is counted as they count. Limits are
// data, each with where it was read; `K` is general knowledge, to be read there before anything hangs on it.

const at = (source: string) => ({ source, checkedAt: "2026-11-22" });
const known = at("K: general knowledge, not read in a document of theirs");
const docs = (page: string) => at(`${page}, as their documents said`);

const photos = ["image/jpeg", "image/png", "image/webp", "image/gif"] as const;
const films = ["video/mp4"] as const;

/** What differs from one to the next. */
type Elsewhere = {
  title: string;
  limits: readonly Limit[];
  /** Of a text beside files, where that is another. */
  besideFiles?: readonly Limit[];
  media: readonly MediaLimit[];
  mostParts: number;
  /** Without a file it takes nothing. */
  needsFile?: true;
  mostTags?: number;
  /** What it asks of programs; by hand it costs nothing. */
  price?: Price;
};

const x = docs("docs.x.com (counting characters; pricing of the API, 2026)");
const xMedia = docs("docs.x.com/x-api/media/quickstart/best-practices (an account without Premium)");
const threads = docs("developers.facebook.com/docs/threads (media specifications)");
const linkedin = {
  images: docs("learn.microsoft.com/linkedin, Images API"),
  videos: docs("learn.microsoft.com/linkedin, Videos API"),
};
const telegram = docs("core.telegram.org/bots/api");
const pinterest = docs("pinterest/api-description 5.23");

const elsewhere = {
  x: {
    title: "X",
    limits: [{ unit: "weighted", most: 280, ...x }],
    media: [
      { types: photos, most: 4, mostBytes: 5_000_000, mostAlt: 1000, ...x },
      {
        ...{ types: films, most: 1, mostBytes: 8_000_000_000, ...xMedia },
        extents: [{ types: films, mostRatio: 3, leastSeconds: 0.5, mostSeconds: 1200, ...xMedia }],
      },
    ],
    mostParts: 25,
    price: { post: 0.015, withLink: 0.2, ...x },
  },
  linkedin: {
    title: "LinkedIn",
    limits: [{ unit: "escaped", most: 3000, ...docs("learn.microsoft.com/linkedin, Posts API, little text") }],
    media: [
      {
        ...{ types: ["image/jpeg", "image/png", "image/gif"], most: 20, mostBytes: 8_000_000, ...known },
        // "Fewer than 36,152,320."
        extents: [{ types: ["image/jpeg", "image/png", "image/gif"], mostPixels: 36_152_319, ...linkedin.images }],
      },
      {
        ...{ types: films, most: 1, mostBytes: 500_000_000, ...linkedin.videos },
        extents: [{ types: films, mostRatio: 2.4, leastSeconds: 3, mostSeconds: 1800, ...linkedin.videos }],
      },
    ],
    mostParts: 1,
  },
  facebook: {
    title: "Facebook",
    limits: [{ unit: "utf16", most: 63_206, ...known }],
    media: [
      { types: ["image/jpeg", "image/png", "image/gif"], most: 10, mostBytes: 10_000_000, ...known },
      { types: films, most: 1, mostBytes: 1_000_000_000, ...known },
    ],
    mostParts: 1,
  },
  instagram: {
    title: "Instagram",
    limits: [{ unit: "utf16", most: 2200, ...docs("developers.facebook.com/docs/instagram-platform") }],
    media: [
      {
        types: ["image/jpeg", "video/mp4"],
        ...{ most: 10, mostBytes: 8_000_000, mostAlt: 1000 },
        ...docs("developers.facebook.com/docs/instagram-platform (JPEG, carousel of 10)"),
        // A picture of another shape is cut by the app when it is posted by hand.
        extents: [
          {
            ...{ types: films, leastSeconds: 3, mostSeconds: 900 },
            ...docs("developers.facebook.com/docs/instagram-platform (IG User Media, reels)"),
          },
        ],
      },
    ],
    mostParts: 1,
    needsFile: true,
    mostTags: 30,
  },
  threads: {
    title: "Threads",
    limits: [{ unit: "utf16", most: 500, ...docs("developers.facebook.com/docs/threads") }],
    media: [
      {
        ...{ types: ["image/jpeg", "image/png", "video/mp4"], most: 20, mostBytes: 8_000_000, mostAlt: 1000, ...known },
        extents: [
          { types: ["image/jpeg", "image/png"], mostRatio: 10, ...threads },
          { types: films, mostSeconds: 300, ...threads },
        ],
      },
    ],
    mostParts: 25,
  },
  tiktok: {
    title: "TikTok",
    limits: [{ unit: "utf16", most: 2200, ...docs("developers.tiktok.com, Content Posting API") }],
    media: [
      {
        ...{ types: films, most: 1, mostBytes: 1_000_000_000, ...known },
        extents: [
          {
            ...{ types: films, leastSide: 360, mostSide: 4096, mostSeconds: 600 },
            ...docs("developers.tiktok.com/doc/content-posting-api-media-transfer-guide"),
          },
        ],
      },
      { types: ["image/jpeg", "image/webp"], most: 35, mostBytes: 20_000_000, ...known },
    ],
    mostParts: 1,
    needsFile: true,
  },
  youtube: {
    title: "YouTube",
    limits: [{ unit: "bytes", most: 5000, ...docs("developers.google.com/youtube/v3 (description)") }],
    media: [{ types: films, most: 1, mostBytes: 50_000_000, ...known }],
    mostParts: 1,
    needsFile: true,
  },
  pinterest: {
    title: "Pinterest",
    limits: [{ unit: "utf16", most: 800, ...pinterest }],
    media: [{ types: photos, most: 5, mostBytes: 20_000_000, mostAlt: 500, ...pinterest }],
    mostParts: 0,
    needsFile: true,
  },
  reddit: {
    title: "Reddit",
    limits: [{ unit: "codePoints", most: 40_000, ...docs("reddit.com/dev/api, submit") }],
    media: [{ types: photos, most: 20, mostBytes: 20_000_000, ...known }],
    mostParts: 1,
  },
  telegram: {
    title: "Telegram",
    limits: [{ unit: "utf16", most: 4096, ...telegram }],
    besideFiles: [{ unit: "utf16", most: 1024, ...telegram }],
    media: [
      {
        ...{ types: [...photos, ...films], most: 10, mostBytes: 10_000_000, ...telegram },
        extents: [
          { types: photos, mostSides: 10_000, mostRatio: 20, ...docs("core.telegram.org/bots/api, sendPhoto") },
        ],
      },
    ],
    mostParts: 25,
  },
  discord: {
    title: "Discord",
    limits: [{ unit: "codePoints", most: 2000, ...docs("discord.com/developers, Create Message") }],
    media: [{ types: [...photos, ...films], most: 10, mostBytes: 10_000_000, mostAlt: 1024, ...known }],
    mostParts: 25,
  },
  slack: {
    title: "Slack",
    limits: [{ unit: "codePoints", most: 40_000, ...docs("api.slack.com/methods/chat.postMessage") }],
    media: [{ types: [...photos, ...films], most: 10, mostBytes: 50_000_000, mostAlt: 1000, ...known }],
    mostParts: 25,
  },
  tumblr: {
    title: "Tumblr",
    limits: [{ unit: "codePoints", most: 4096, ...docs("tumblr.com/docs/npf, a block of text") }],
    media: [{ types: photos, most: 10, mostBytes: 10_000_000, ...known }],
    mostParts: 0,
  },
  flickr: {
    title: "Flickr",
    limits: [{ unit: "bytes", most: 40_000, ...at("functions/channels/by-hand.ts: our own choice") }],
    media: [{ types: ["image/jpeg", "image/png", "image/gif"], most: 20, mostBytes: 200_000_000, ...known }],
    mostParts: 1,
    needsFile: true,
  },
} as const satisfies Record<string, Elsewhere>;

export type ByHand = keyof typeof elsewhere;
export const byHand = Object.keys(elsewhere) as [ByHand, ...ByHand[]];
export const isByHand = (name: string): name is ByHand => Object.hasOwn(elsewhere, name);

/** Its limits, as the profile of a network of ours would have them. */
export const profileByHand = (name: ByHand, base: Profile): Profile & Elsewhere => {
  const of: Elsewhere = elsewhere[name];
  // Nobody is asked for money by hand.
  return { ...base, ...of, price: undefined };
};

/** What a network that is posted to by hand counts, and would refuse. */
export const checkByHand = (name: ByHand, base: Profile, said: Said): Check => {
  const { besideFiles, needsFile, mostTags, ...profile } = profileByHand(name, base);
  const { title } = profile;
  const hasFiles = (said.media?.length ?? 0) > 0;
  const check = checkLimits({ ...profile, limits: (hasFiles && besideFiles) || profile.limits }, said);
  const tags = tagsIn(said.text).length;
  const asked: Elsewhere = elsewhere[name];
  return {
    counts: check.counts,
    problems: [
      ...check.problems,
      ...(needsFile && !hasFiles
        ? [
            {
              code: "media_needed",
              detail: `${title} takes no text alone.`,
              mend: `Add a file: ${[...new Set(profile.media.flatMap(({ types }) => types))].join(", ")}.`,
              pointer: "/media",
            },
          ]
        : []),
      ...(mostTags !== undefined && tags > mostTags
        ? [
            {
              code: "too_many_tags",
              detail: `${title} takes ${mostTags} hashtags; this text has ${tags}.`,
              mend: `Leave out ${tags - mostTags}.`,
              pointer: "/text",
            },
          ]
        : []),
    ],
    cost: {
      usd: 0,
      says: asked.price
        ? `By hand it costs nothing. Of programs ${title} asks USD ${asked.price.post.toFixed(3)} for a post, and ${asked.price.withLink.toFixed(3)} with an address in it.`
        : "By hand it costs nothing.",
    },
  };
};

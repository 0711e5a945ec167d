import * as z from "zod";
import { idBytes } from "../../platform/ids.ts";
import { refusalOfUrl } from "../../platform/public-address.ts";
import { checkLimits, type Network, type Profile } from "../network.ts";

// Bluesky: a personal data server (PDS) of the AT Protocol. A post is a record under a key that we choose.

const lexicon = (name: string) => ({ source: `lexicon ${name}, of @atproto/api 0.21.0`, checkedAt: "2026-11-22" });
const rateLimits = { source: "docs.bsky.app/docs/advanced-guides/rate-limits", checkedAt: "2026-11-22" };

/** Of the picture on a link's card. */
export const mostThumbBytes = 1_000_000;

const profile: Profile = {
  name: "bluesky",
  title: "Bluesky",
  idempotency: "A",
  verified: "server",
  limits: [
    { unit: "graphemes", most: 300, ...lexicon("app.bsky.feed.post") },
    { unit: "bytes", most: 3000, ...lexicon("app.bsky.feed.post") },
  ],
  media: [
    {
      types: ["image/png", "image/jpeg", "image/webp", "image/gif"],
      most: 4,
      mostBytes: 2_000_000,
      ...lexicon("app.bsky.embed.images"),
    },
    { types: ["video/mp4"], most: 1, mostBytes: 300_000_000, mostAlt: 1000, ...lexicon("app.bsky.embed.video") },
  ],
  // 5,000 points an hour and 35,000 a day; a new record costs three.
  rates: [
    { what: "posts", most: 1666, perSeconds: 3600, ...rateLimits },
    { what: "posts", most: 11_666, perSeconds: 86_400, ...rateLimits },
  ],
  mostParts: 25,
  can: { retract: true, figures: ["likes", "replies", "reposts"], replies: true },
  named: false,
};

export const BlueskySettings = z.strictObject({
  service: z
    .string()
    .max(500)
    .superRefine((url, context) => {
      const wrong = refusalOfUrl(url);
      if (wrong) context.addIssue({ code: "custom", message: wrong });
    })
    .default("https://bsky.social")
    .describe("The server that the account is on: bsky.social, unless it is on one of its own."),
  identifier: z
    .string()
    .trim()
    .transform((name) => name.replace(/^@/, ""))
    .pipe(
      z
        .string()
        .max(253)
        .regex(
          /^(did:[a-z]+:[\w.:%-]+|[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+)$/,
          "Give the account's handle, e.g. bakkerij-zon.bsky.social, or its DID.",
        ),
    )
    .describe("The account's handle, or its DID."),
});

const Ours = z.string().max(4000).optional();
export const BlueskySecrets = z.strictObject({
  appPassword: z
    .string()
    .regex(
      /^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/,
      "Give an app password (xxxx-xxxx-xxxx-xxxx), made under Settings, Privacy and security, App passwords; never the account's own.",
    )
    .describe("An app password, made at Bluesky under Settings, Privacy and security, App passwords."),
  accessJwt: Ours.describe("Of the session; it is made from the app password. Leave it out."),
  refreshJwt: Ours.describe("Of the session; it is made from the app password. Leave it out."),
  sessionOf: Ours.describe("Whose session that is. Leave it out."),
});

const letters = "234567abcdefghijklmnopqrstuvwxyz";

/**
 * A part's name there: a TID (atproto.com/specs/tid), 53 bits of microseconds and 10 bits that tell clocks apart, in 13 letters
 * that sort by time. The second is that of the key; what else of it is random gives the other bits, so that of two of our
 * keys in one second one in a thousand million is the same. Parts follow each other by a microsecond.
 */
export const rkeyOf = (key: string, part: number): string => {
  const bytes = Buffer.from(idBytes(key));
  const second = BigInt(Math.floor(bytes.readUIntBE(0, 6) / 1000));
  const random = BigInt(bytes.readUIntBE(10, 6));
  const micros = second * 1_000_000n + ((random >> 10n) % 999_900n) + BigInt(part);
  let tid = (micros << 10n) | (random & 1023n);
  let text = "";
  for (let i = 0; i < 13; i++) {
    text = `${letters[Number(tid & 31n)]}${text}`;
    tid >>= 5n;
  }
  return text;
};

/** When a part was written, as the record says (Unix milliseconds): its key's own time, and in order. */
export const writtenMs = (key: string, part: number): number => Buffer.from(idBytes(key)).readUIntBE(0, 6) + part;

export const bluesky = {
  profile,
  settings: BlueskySettings,
  secrets: BlueskySecrets,
  check: (said) => checkLimits(profile, said),
} satisfies Network;

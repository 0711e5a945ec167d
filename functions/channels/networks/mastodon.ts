import * as z from "zod";
import { refusalOfUrl } from "../../platform/public-address.ts";
import {
  type Account,
  type BallotLimit,
  checkLimits,
  type Extent,
  type MediaLimit,
  type Network,
  type Profile,
  type Said,
} from "../network.ts";
import { linksIn, mentionsIn, replaced } from "../written.ts";

// Mastodon's API, which Pleroma, Akkoma, GoToSocial, snac and others speak too. What a server takes it says itself when the
// channel is connected; what stands here is Mastodon's own default.

const code = (file: string) => ({ source: `github.com/mastodon/mastodon v4.3, ${file}`, checkedAt: "2026-11-22" });
const rateLimits = { source: "docs.joinmastodon.org/api/rate-limits", checkedAt: "2026-11-22" };

const attachable = code("app/models/concerns/attachmentable.rb");
const still: Extent = { types: ["image/png", "image/jpeg", "image/webp"], mostPixels: 33_177_600, ...attachable };
const moving: Extent = { types: ["image/gif"], mostPixels: 921_600, ...attachable };
const film: Extent = { types: ["video/mp4"], mostPixels: 8_294_400, ...code("app/models/media_attachment.rb") };

const pictures: MediaLimit = {
  types: ["image/png", "image/jpeg", "image/webp", "image/gif"],
  most: 4,
  mostBytes: 16_777_216,
  mostAlt: 1500,
  extents: [still, moving],
  ...code("app/models/media_attachment.rb"),
};
const films: MediaLimit = {
  types: ["video/mp4"],
  most: 1,
  mostBytes: 103_809_024,
  mostAlt: 1500,
  extents: [film],
  ...code("app/models/media_attachment.rb"),
};

const profile = {
  name: "mastodon",
  title: "Mastodon",
  // By `Idempotency-Key`, which it keeps for an hour.
  idempotency: "A",
  keyHeldMs: 50 * 60_000,
  verified: "server",
  limits: [
    // Of these, a link counts 23 and @user@host as @user (app/validators/status_length_validator.rb).
    { unit: "graphemes", most: 500, ...code("app/validators/status_length_validator.rb") },
  ],
  media: [pictures, films],
  rates: [
    { what: "posts", most: 300, perSeconds: 3 * 3600, ...rateLimits },
    { what: "requests", most: 300, perSeconds: 300, ...rateLimits },
    { what: "files", most: 30, perSeconds: 30 * 60, ...rateLimits },
  ],
  ballots: {
    ...{ most: 4, mostLetters: 50, leastSeconds: 300, mostSeconds: 2_629_746 },
    // By a small server of ours: the real one, snac, asks none for programs. That votes are read was tried there.
    verified: "contract",
    ...code("app/validators/poll_options_validator.rb, poll_expiration_validator.rb"),
  },
  mostParts: 25,
  can: { retract: true, figures: ["likes", "replies", "reposts"], replies: true },
  named: false,
} satisfies Profile;

export const MastodonSettings = z.strictObject({
  server: z
    .string()
    .max(500)
    .superRefine((url, context) => {
      const wrong = refusalOfUrl(url);
      if (wrong) context.addIssue({ code: "custom", message: wrong });
    })
    .describe("The server that the account is on, e.g. https://mastodon.nl."),
  visibility: z
    .enum(["public", "unlisted", "private"])
    .default("public")
    .describe("Who sees a post: everyone; everyone, but not in the lists of what is new; or who follows the account."),
});

export const MastodonSecrets = z.strictObject({
  accessToken: z
    .string()
    .regex(/^[\w.~+/=-]{8,2000}$/, "Give the access token as the server shows it.")
    .describe(
      "Of an application with the rights read and write: made at the server under Preferences, Development, New application.",
    ),
});

/** What a server said of itself when the channel was connected, as it is kept (`Account.facts`). */
export const Facts = z.object({
  /** Whether it is Mastodon itself, or a fork of it, which keeps an `Idempotency-Key`. */
  keepsKeys: z.enum(["yes", "no"]).catch("no"),
  urlCharacters: z.coerce.number().int().positive().catch(23),
  mediaMost: z.coerce.number().int().positive().optional().catch(undefined),
  pictureBytes: z.coerce.number().int().positive().optional().catch(undefined),
  filmBytes: z.coerce.number().int().positive().optional().catch(undefined),
  picturePixels: z.coerce.number().int().positive().optional().catch(undefined),
  filmPixels: z.coerce.number().int().positive().optional().catch(undefined),
  altCharacters: z.coerce.number().int().positive().optional().catch(undefined),
  types: z.string().optional(),
  answersMost: z.coerce.number().int().positive().optional().catch(undefined),
  answerLetters: z.coerce.number().int().positive().optional().catch(undefined),
  leastSeconds: z.coerce.number().int().positive().optional().catch(undefined),
  mostSeconds: z.coerce.number().int().positive().optional().catch(undefined),
});

const urlCharacters = 23;

/** A text with every link as long as it counts, and names without their server. */
const asCounted = (text: string, perLink: number): string =>
  replaced(text, [
    ...linksIn(text).map((link) => ({ ...link, by: "x".repeat(perLink) })),
    ...mentionsIn(text).map((mention) => ({ ...mention, by: `@${mention.user}` })),
  ]);

const saidAsCounted = <S extends Said>(said: S, perLink: number): S => ({
  ...said,
  text: asCounted(said.text, perLink),
  ...(said.thread ? { thread: said.thread.map((part) => saidAsCounted(part, perLink)) } : {}),
});

/** The ways to show files on this very server. Of pixels, a server that is not Mastodon has the limits that it tells, or none. */
const mediaOf = (account: Account | undefined): MediaLimit[] => {
  const { mediaMost, pictureBytes, filmBytes, picturePixels, filmPixels, altCharacters, types, keepsKeys } =
    Facts.parse(account?.facts ?? {});
  const takes = types?.split(" ");
  const isMastodon = !account || keepsKeys === "yes";
  const extents = (of: readonly Extent[], told: number | undefined): Extent[] =>
    of.flatMap((extent) => {
      const { mostPixels = Number.POSITIVE_INFINITY } = extent;
      // What it tells of pictures is not of those that move.
      if (extent === moving)
        return isMastodon ? [{ ...extent, mostPixels: Math.min(mostPixels, told ?? mostPixels) }] : [];
      if (told !== undefined) return [{ ...extent, mostPixels: told }];
      return isMastodon ? [extent] : [];
    });
  const own = (
    way: MediaLimit,
    told: { mostBytes: number | undefined; most?: number | undefined; pixels: number | undefined },
  ): MediaLimit => ({
    ...way,
    types: takes ? way.types.filter((type) => takes.includes(type)) : way.types,
    mostBytes: told.mostBytes ?? way.mostBytes,
    most: told.most ?? way.most,
    extents: extents(way.extents ?? [], told.pixels),
    ...(altCharacters === undefined ? {} : { mostAlt: altCharacters }),
  });
  return [
    own(pictures, { mostBytes: pictureBytes, most: mediaMost, pixels: picturePixels }),
    own(films, { mostBytes: filmBytes, pixels: filmPixels }),
  ];
};

/** Of other servers than Mastodon some leave a question out and say nothing of it (snac). */
const ballotsOf = (account: Account | undefined): BallotLimit | undefined => {
  const { answersMost, answerLetters, leastSeconds, mostSeconds, keepsKeys } = Facts.parse(account?.facts ?? {});
  if (account && keepsKeys === "no") return undefined;
  const { ballots } = profile;
  return {
    ...ballots,
    most: answersMost ?? ballots.most,
    mostLetters: answerLetters ?? ballots.mostLetters,
    leastSeconds: leastSeconds ?? ballots.leastSeconds,
    mostSeconds: mostSeconds ?? ballots.mostSeconds,
  };
};

export const mastodon = {
  profile,
  settings: MastodonSettings,
  secrets: MastodonSecrets,
  check: (said, account) =>
    checkLimits(
      { ...profile, media: mediaOf(account), ballots: ballotsOf(account) },
      saidAsCounted(said, account ? Facts.parse(account.facts ?? {}).urlCharacters : urlCharacters),
      account,
    ),
  // A server that does not keep keys is asked what stands there.
  idempotencyOf: (_settings, account) => (Facts.parse(account?.facts ?? {}).keepsKeys === "yes" ? "A" : "B"),
} satisfies Network;

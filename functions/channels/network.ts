import type * as z from "zod";
import { count } from "./text.ts";
import type { Unit } from "./unit.ts";
import { linksIn } from "./written.ts";

// What a network takes, and what it counts: facts and pure functions, one file a network in networks/. How it is spoken to
// is its connector's matter (connector.ts), so that whoever only counts takes no way out along.

/** `source` and `checkedAt` (a date) say where a fact was read and when. */
export type Sourced = { source: string; checkedAt: string };

export type Limit = Sourced & { unit: Unit; most: number };

/**
 * What files of these types may be beside their bytes: how many pixels, a side's, both sides' together, the longer side by the
 * shorter, and how long a film (seconds).
 */
export type Extent = Sourced & {
  types: readonly string[];
  mostPixels?: number;
  leastSide?: number;
  mostSide?: number;
  mostSides?: number;
  mostRatio?: number;
  leastSeconds?: number;
  mostSeconds?: number;
};

/** One way to show files with a post: `most` of these types, each at most so large. `mostAlt`: graphemes of a description. */
export type MediaLimit = Sourced & {
  types: readonly string[];
  most: number;
  mostBytes: number;
  mostAlt?: number;
  extents?: readonly Extent[];
};

/** A question with answers to choose from, which the network itself asks and counts. `seconds`: how long it is open. */
export type Ballot = {
  options: readonly string[];
  seconds: number;
  multiple: boolean;
  /** What was answered is not shown there before the end. */
  secret?: boolean | undefined;
};

/** The questions that a network asks itself; `mostLetters`: graphemes of an answer. `verified`: what asking was tried against. */
export type BallotLimit = Sourced & {
  most: number;
  mostLetters: number;
  leastSeconds: number;
  mostSeconds: number;
  verified: Profile["verified"];
};

/** How much a network takes in a time, as its documents say. What its answers say goes before it (allowance.ts). */
export type Rate = Sourced & { what: string; most: number; perSeconds: number };

/**
 * How a send whose answer was lost is settled. A: by a key of ours, under which the network keeps one post however often it
 * is sent, so it is sent again. B: by looking for it there. C: not at all, a person must look.
 */
export type Idempotency = "A" | "B" | "C";

export const figures = ["likes", "replies", "reposts", "views"] as const;
export type Figure = (typeof figures)[number];

export type Profile = {
  name: string;
  title: string;
  idempotency: Idempotency;
  /** Of class A: so long after the first send its key still protects (milliseconds); for good where it is not given. */
  keyHeldMs?: number;
  /** What its connector was tried against: the network itself, a real server of its kind, or a contract read in documents. */
  verified: "live" | "server" | "contract";
  limits: readonly Limit[];
  /** A post shows files in one of these ways; none where it is empty. */
  media: readonly MediaLimit[];
  rates: readonly Rate[];
  /** Absent where it asks for nothing. */
  price?: Price | undefined;
  /** Absent where it asks none itself. A question stands alone: no files beside it. */
  ballots?: BallotLimit | undefined;
  /** Parts that may follow the first one, each an answer to the one before: a thread, or a first comment. */
  mostParts: number;
  /** Whether a post can be taken back, which figures of it are told, and whether what people answer can be read. */
  can: { retract: boolean; figures: readonly Figure[]; replies: boolean };
  /** Whether a channel on it has a public name of ours (`/@<handle>`); elsewhere it has the name of its account there. */
  named: boolean;
};

type Fields = Record<string, unknown>;

/** What the network told when the channel was connected: who we are there, and the limits of this very server. */
export type Account = {
  /** The account's lasting name at the network, e.g. a DID. Channels of one account share what it may send. */
  id: string;
  /** As people know it: @alice.example. */
  handle: string;
  url?: string | undefined;
  limits?: { unit: Unit; most: number }[] | undefined;
  /** What the connector wants to know again, in its own words: never a secret. */
  facts?: Record<string, string> | undefined;
};

/** A file as it is shown with a post. `bytes`: how large it is; `seconds`: how long a film is, where it says so. */
export type Picture = {
  mediaId: string;
  type: string;
  bytes: number;
  width: number;
  height: number;
  seconds?: number | undefined;
  alt?: string | undefined;
};

/** What is said on a channel: the first part, and those that follow it. */
export type Said = {
  text: string;
  media?: readonly Picture[] | undefined;
  thread?: readonly Said[] | undefined;
  ballot?: Ballot | undefined;
};

/** `part`: of a thread; the first is 0 and not named. `left`: how much more it may have; negative where it is too much. */
export type Counted = { unit: Unit; counted: number; most: number; left: number; part?: number };
/** What its network asks for a post by its API (US dollars): with an address in it, and without. */
export type Price = Sourced & { post: number; withLink: number };
/** What sending it will cost (US dollars), in words too. */
export type Cost = { usd: number; says: string };
/** `pointer`: what is wrong, in what is said: /text, /media/0, /thread/1/text. */
export type Wrong = { code: string; detail: string; mend: string; pointer?: string };
/** What the network counts in what is said, and what it would refuse. */
export type Check = { counts: Counted[]; problems: Wrong[]; cost: Cost };

export type Network = {
  profile: Profile;
  /** What a channel on it takes beside its name, and what of that is kept encrypted. */
  settings: z.ZodType<Fields>;
  secrets: z.ZodType<Fields>;
  check: (said: Said, account?: Account) => Check;
  /** Where a channel's settings decide its class, or what its server said of itself. */
  idempotencyOf?: (settings: Fields, account?: Account) => Idempotency;
};
export type Networks = Readonly<Record<string, Network>>;

const names: Record<Unit, string> = {
  graphemes: "characters",
  bytes: "bytes (UTF-8)",
  utf16: "UTF-16 units",
  codePoints: "code points",
  weighted: "characters (as X counts them)",
  escaped: "characters (as LinkedIn counts them)",
};

/** Counts a text by every limit of a network, and of this account of it. */
const checkText = (
  { title, limits }: Profile,
  text: string,
  account: Account | undefined,
): Pick<Check, "counts" | "problems"> => {
  const counts = limits.map((limit) => {
    const most = account?.limits?.find(({ unit }) => unit === limit.unit)?.most ?? limit.most;
    const counted = count(text, limit.unit);
    return { unit: limit.unit, most, counted, left: most - counted };
  });
  const problems = counts
    .filter(({ counted, most }) => counted > most)
    .map(({ unit, counted, most }) => ({
      code: "too_long",
      detail: `${title} takes ${most} ${names[unit]}; this text has ${counted}.`,
      mend: `Shorten it by ${counted - most} ${names[unit]}.`,
      pointer: "/text",
    }));
  return { counts, problems };
};

/** A size of the same shape: so many times as large, in whole pixels. */
const scaled = ({ width, height }: Picture, factor: number): string =>
  `${Math.max(1, Math.floor(width * factor))} by ${Math.max(1, Math.floor(height * factor))} pixels`;

/** What a network would not show of a file because of its pixels or its length: a code, what is so, and how to mend it. */
const wrongExtents = (file: Picture, extent: Extent): [code: string, detail: string, mend: string][] => {
  const { width, height, seconds, type } = file;
  const { mostPixels, leastSide, mostSide, mostSides, mostRatio, leastSeconds, mostSeconds } = extent;
  const has = `this one has ${width} by ${height}`;
  const [short, long] = width < height ? [width, height] : [height, width];
  // Of all that it may not be larger than, the strictest says how large it may be.
  const factor = Math.min(
    mostPixels === undefined ? 1 : Math.sqrt(mostPixels / (width * height)),
    (mostSide ?? long) / long,
    (mostSides ?? width + height) / (width + height),
  );
  const takes = [
    ...(mostPixels === undefined ? [] : [`${mostPixels} pixels`]),
    ...(mostSide === undefined ? [] : [`${mostSide} pixels a side`]),
    ...(mostSides === undefined ? [] : [`${mostSides} pixels of width and height together`]),
  ].join(" and ");
  const about = (n: number) => `${n} seconds`;
  return [
    ...(factor < 1
      ? [["too_many_pixels", `takes ${takes} of ${type}; ${has}.`, `Make it ${scaled(file, factor)}.`] as const]
      : []),
    ...(leastSide !== undefined && short < leastSide
      ? [["too_few_pixels", `asks for ${leastSide} pixels a side of ${type}; ${has}.`, "Use a larger one."] as const]
      : []),
    ...(mostRatio !== undefined && long > short * mostRatio
      ? [
          [
            "too_long_and_narrow",
            `takes ${type} of which the longer side is at most ${mostRatio} times the shorter; ${has}.`,
            `Cut its longer side to ${Math.floor(short * mostRatio)} pixels.`,
          ] as const,
        ]
      : []),
    ...(mostSeconds !== undefined && seconds !== undefined && seconds > mostSeconds
      ? [
          [
            "film_too_long",
            `takes films of ${about(mostSeconds)}; this one has ${about(Math.ceil(seconds))}.`,
            `Cut ${about(Math.ceil(seconds - mostSeconds))} from it.`,
          ] as const,
        ]
      : []),
    ...(leastSeconds !== undefined && seconds !== undefined && seconds < leastSeconds
      ? [
          [
            "film_too_short",
            `asks for films of at least ${about(leastSeconds)}; this one has ${about(seconds)}.`,
            "Use a longer one.",
          ] as const,
        ]
      : []),
  ].map(([code, detail, mend]) => [code, detail, mend]);
};

/** The way to show files that has a place for the first of them decides about the others. */
const checkMedia = ({ title, media: ways }: Profile, media: readonly Picture[]): Wrong[] => {
  const [first] = media;
  if (!first) return [];
  const way = ways.find(({ types }) => types.includes(first.type));
  if (!way) {
    const taken = ways.flatMap(({ types }) => types);
    const mend = taken.length === 0 ? "Leave the files out on this channel." : `Use ${taken.join(", ")}.`;
    return [{ code: "media_not_taken", detail: `${title} takes no ${first.type}.`, mend, pointer: "/media/0" }];
  }
  const wrong = (code: string, i: number, detail: string, mend: string): Wrong => ({
    code,
    detail: `${title} ${detail}`,
    mend,
    pointer: `/media/${i}`,
  });
  return [
    ...media.flatMap((file, i): Wrong[] => {
      const { type, bytes, alt } = file;
      if (!way.types.includes(type))
        return [wrong("media_mixed", i, `does not show ${type} beside ${first.type}.`, "Post it by itself.")];
      const large =
        bytes > way.mostBytes
          ? [wrong("media_too_large", i, `takes ${way.mostBytes} bytes; this file has ${bytes}.`, "Make it smaller.")]
          : [];
      const extents = (way.extents ?? [])
        .filter(({ types }) => types.includes(type))
        .flatMap((extent) => wrongExtents(file, extent))
        .map(([code, detail, mend]) => wrong(code, i, detail, mend));
      const altCount = count(alt ?? "", "graphemes");
      const long =
        way.mostAlt !== undefined && altCount > way.mostAlt
          ? [
              wrong(
                "alt_too_long",
                i,
                `takes ${way.mostAlt} characters of description; this one has ${altCount}.`,
                `Shorten it by ${altCount - way.mostAlt} characters.`,
              ),
            ]
          : [];
      return [...large, ...extents, ...long];
    }),
    ...(media.length > way.most
      ? [
          wrong(
            "too_many_media",
            way.most,
            `shows ${way.most} of these; there are ${media.length}.`,
            `Leave out ${media.length - way.most}.`,
          ),
        ]
      : []),
  ];
};

const checkBallot = ({ title, ballots }: Profile, { ballot, media }: Said): Wrong[] => {
  if (!ballot) return [];
  const pointer = "/ballot";
  if (!ballots)
    return [
      {
        code: "ballot_not_taken",
        detail: `${title} asks no questions itself, or not through this server.`,
        mend: 'Link to it: give this channel a variant with "ballot": null, and in its text the address of the poll.',
        pointer,
      },
    ];
  const { most, mostLetters, leastSeconds, mostSeconds } = ballots;
  const { options, seconds } = ballot;
  const wrong = (code: string, detail: string, mend: string): Wrong => ({
    code,
    detail: `${title} ${detail}`,
    mend,
    pointer,
  });
  return [
    ...(options.length < 2 || options.length > most
      ? [
          wrong(
            "wrong_options",
            `takes 2 to ${most} answers; there are ${options.length}.`,
            "Change how many there are.",
          ),
        ]
      : []),
    ...options.flatMap((option) => {
      const counted = count(option, "graphemes");
      const mend = `Shorten it by ${counted - mostLetters} characters.`;
      return counted > mostLetters
        ? [wrong("option_too_long", `takes ${mostLetters} characters of an answer; one has ${counted}.`, mend)]
        : [];
    }),
    ...(seconds < leastSeconds || seconds > mostSeconds
      ? [wrong("wrong_duration", `asks for ${leastSeconds} to ${mostSeconds} seconds.`, "Change how long it is open.")]
      : []),
    ...(media?.length ? [wrong("ballot_with_media", "shows no files beside a question.", "Leave the files out.")] : []),
  ];
};

/** What its network asks, which is by the part. */
const costOf = ({ title, price }: Profile, parts: readonly Said[]): Cost => {
  if (!price) return { usd: 0, says: `${title} asks nothing for it.` };
  const asked = parts.map(({ text }) => (linksIn(text).length > 0 ? price.withLink : price.post));
  const usd = asked.reduce((sum, one) => sum + one, 0);
  return {
    usd: Math.round(usd * 1000) / 1000,
    says: `${title} asks USD ${price.post.toFixed(3)} for a post, and ${price.withLink.toFixed(3)} with an address in it.`,
  };
};

/** Holds what is said against the limits of a network's profile: every part's text and files, and how many parts there are. */
export const checkLimits = (profile: Profile, said: Said, account?: Account): Check => {
  const thread = said.thread ?? [];
  const parts = [said, ...thread].map((part, i) => {
    const { counts, problems } = checkText(profile, part.text, account);
    const at = i === 0 ? "" : `/thread/${i - 1}`;
    return {
      counts: counts.map((counted) => (i === 0 ? counted : { ...counted, part: i })),
      problems: [...problems, ...checkMedia(profile, part.media ?? [])].map((wrong) => ({
        ...wrong,
        pointer: `${at}${wrong.pointer ?? ""}`,
      })),
    };
  });
  const tooMany =
    thread.length > profile.mostParts
      ? [
          {
            code: "too_many_parts",
            detail:
              profile.mostParts === 0
                ? `${profile.title} takes a post of one part.`
                : `${profile.title} takes ${profile.mostParts} parts after the first; there are ${thread.length}.`,
            mend: `Leave out ${thread.length - profile.mostParts}.`,
            pointer: "/thread",
          },
        ]
      : [];
  return {
    counts: parts.flatMap(({ counts }) => counts),
    problems: [...parts.flatMap(({ problems }) => problems), ...checkBallot(profile, said), ...tooMany],
    cost: costOf(profile, [said, ...thread]),
  };
};

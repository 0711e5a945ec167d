import * as z from "zod";
import { Id } from "../platform/ids.ts";
import { Bytes, versionOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { rulesHash } from "./commitment.ts";

// A contest, in each of its states. What leads from one to the next: setup.ts makes and changes a draft, open.ts opens or
// cancels it, close.ts closes and seals it, commit.ts commits to the draw, outcome.ts draws and ends it.

// ── What a contest has ──────────────────────────────────────────────────────────────────────────────────────────────

const Prize = z.object({
  description: z.string(),
  number: z.number().int(),
  valueCents: z.number().int(),
  picture: z.string().optional().describe("A published picture of the workspace."),
});
const Organiser = z.object({ name: z.string(), address: z.string(), contact: z.string() });

const bonus = { id: z.string(), label: z.string().describe("Public: what it is for."), tickets: z.number().int() };
/** What gives an entry more tickets, once each. Codes are hashed, and kept apart (`codes`): these are public. */
const Bonus = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("code"), ...bonus }),
  z.object({ kind: z.literal("place"), ...bonus }),
  z.object({ kind: z.literal("poll"), ...bonus, pollId: z.string() }),
  z.object({ kind: z.literal("idea"), ...bonus, boardId: z.string() }),
]);
export type Bonus = z.infer<typeof Bonus>;
const Chances = z.object({
  base: z.number().int(),
  referralUnit: z.number().int(),
  referralCap: z.number().int(),
  bonuses: z.array(Bonus).default([]),
});
export type Chances = z.infer<typeof Chances>;

/** `countries`: ISO 3166-1 alpha-2; without them it does not matter where one lives. */
export const Eligibility = z.object({
  minimumAge: z.number().int().optional(),
  countries: z.array(z.string()).optional(),
});
const Jury = z.object({
  task: z.string(),
  criteria: z.array(z.string()),
  judges: z.array(z.object({ name: z.string(), role: z.string().optional() })),
});
/** Who wins: by lot, or as a jury judges. */
export const Method = z.enum(["random", "jury"]);
/** What makes two entries one person's. */
export const Person = z.enum(["email"]);

const common = {
  workspaceId: z.string(),
  contestId: z.string(),
  slug: z.string(),
  language: Language,
  title: z.string(),
  description: z.string().optional(),
  zone: z.string(),
  method: Method.default("random"),
  person: Person.default("email"),
  eligibility: Eligibility.default({}),
  jury: Jury.optional(),
  prizes: z.array(Prize),
  reserves: z.number().int(),
  chances: Chances,
  /** The keyed hashes of the codes, by the id of their bonus: `<version of the key>:<hash>`. */
  codes: z.record(z.string(), z.string()).optional(),
  /** How many days a winner has to claim a prize. */
  claimDays: z.number().int().default(7),
  /** The origins of the sites that may show its form in a frame, and whose scripts may enter people. */
  embedOrigins: z.array(z.string()).default([]),
  /** The channels it speaks on. */
  channels: z.array(z.string()).default([]),
  /** Labels that links to it may carry besides the usual ones (see sources.ts). */
  sources: z.array(z.string()).optional(),
  /** Whether who enters is asked, apart from that, if they want the organiser's newsletter. */
  newsletter: z.boolean().optional(),
  peakEntriesPerSecond: z.number().int(),
  createdAt: z.iso.datetime(),
};
const needed = {
  organiser: Organiser,
  promotes: z.string(),
  closesAt: z.iso.datetime(),
  drawAt: z.iso.datetime(),
};

/** How many prizes: so many win, in this order. */
export const winnerCount = (contest: { prizes: readonly z.infer<typeof Prize>[] }): number =>
  contest.prizes.reduce((sum, { number }) => sum + number, 0);

/** The prize of a position: the first prize has as many winners as there are of it, then comes the second. */
export const prizeOf = (contest: { prizes: readonly z.infer<typeof Prize>[] }, position: number): string | undefined =>
  contest.prizes.flatMap(({ description, number }) => Array.from({ length: number }, () => description))[position];

// ── The states ──────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The texts as they were published, word for word: exactly these bytes are hashed. What was published stays, also where the
 * words of this code change. `changes`: in what they differ from the version before, in the entrants' favour.
 */
const Texts = z.object({
  terms: z.string(),
  privacy: z.string(),
  /** Who may enter, in one sentence. */
  who: z.string().optional(),
});
const TermsVersion = z.object({
  at: z.iso.datetime(),
  rulesHash: z.string(),
  changes: z.array(z.object({ nl: z.string(), en: z.string() })),
  nl: Texts,
  en: Texts,
});
export type TermsVersion = z.infer<typeof TermsVersion>;

const opened = {
  ...common,
  ...needed,
  openedAt: z.iso.datetime(),
  /** Each version of the terms, the first first. A contest of before they were kept has none. */
  terms: z.array(TermsVersion).default([]),
  /** The published rules as RFC 8785 canonical JSON: exactly these bytes were hashed. */
  rules: z.string(),
  /** Versions of the workspace's secrets that this contest keeps to its end. */
  pepper: z.number().int(),
  linkKey: z.number().int(),
  shards: z.union([z.literal(16), z.literal(64), z.literal(256)]),
  /** The Ed25519 key of the receipts (PKCS #8), sealed; its public half stands in the rules. */
  receiptKey: Bytes,
  /** By which networks are told apart, sealed; gone once the entries are frozen (guard.ts). */
  networkSalt: Bytes.optional(),
};
const counting = { ...opened, sealedAt: z.iso.datetime() };
/** `ledgerKey`: where the leaves and the tree are kept. */
const sealed = {
  ...counting,
  entries: z.number().int(),
  tickets: z.number().int(),
  root: z.string(),
  ledgerKey: z.string(),
  /** The second tree, and where its list is kept. A contest that was sealed before there were any has none. */
  exclusions: z.object({ count: z.number().int(), root: z.string(), key: z.string() }).optional(),
};
/** `clearedAt`: nothing is left of the entries. `clearsAgainAt`: it takes more than one go. */
const clearing = { clearedAt: z.iso.datetime().optional(), clearsAgainAt: z.iso.datetime().optional() };
const Move = z.object({ from: z.iso.datetime(), to: z.iso.datetime(), reason: z.string(), at: z.iso.datetime() });
/** A commitment that nothing was drawn from, since no relay had its round a week after its time. (fairdraw.md §3) */
const Voided = z.object({ commitHash: z.string(), round: z.number().int(), at: z.iso.datetime() });
const committed = {
  ...sealed,
  /** 264 bytes, hex (fairdraw.md §3). */
  commitment: z.string(),
  committedAt: z.iso.datetime(),
  /** When the draw moved, and why. */
  moves: z.array(Move),
  voided: z.array(Voided).default([]),
};
/** A drawn position without its proof, and whose it is. `row`: where that entry is kept. */
const Drawn = z.object({
  position: z.number().int(),
  index: z.number().int(),
  weight: z.number().int(),
  commit: z.string(),
  entryId: z.string(),
  row: z.object({ shard: z.number().int(), pid: Bytes }),
});
export type DrawnPosition = z.infer<typeof Drawn>;
/** A position that is passed over, for everyone to read why. */
const Strike = z.object({ position: z.number().int(), reason: z.string(), at: z.iso.datetime() });
const drawn = {
  ...committed,
  publishedAt: z.iso.datetime(),
  signature: z.string(),
  drawnAt: z.iso.datetime(),
  positions: z.array(Drawn),
  /** Where the positions with their proofs are kept. */
  proofsKey: z.string(),
  /** In the order in which they were struck. */
  strikes: z.array(Strike).default([]),
  /** The last moment at which somebody may still claim a prize. None of a draw of before prizes were claimed. */
  claimableUntil: z.iso.datetime().optional(),
};

/** Whom the jury chose: the first in the order of the prizes, the others as reserves. */
const Verdict = z.object({
  entryId: z.string(),
  row: z.object({ shard: z.number().int(), pid: Bytes }),
  reason: z.string(),
  shownAs: z.string().optional(),
});
/** `entries`: how many took part. `announcedAt`: the winners' mails have been posted. */
const judged = {
  ...counting,
  judgedAt: z.iso.datetime(),
  entries: z.number().int(),
  verdicts: z.array(Verdict),
  announcedAt: z.iso.datetime().optional(),
  /** In the order in which they were struck. */
  strikes: z.array(Strike).default([]),
  /** The last moment at which somebody may still claim a prize. None of what was judged before prizes were claimed. */
  claimableUntil: z.iso.datetime().optional(),
};

/**
 * A contest. `open` takes what arrives before `closesAt`; what arrived is written during `closing`; from `counting`
 * on the entries do not change; `committed` fixes what is drawn from before the randomness exists; `final` does not change.
 */
export const Contest = z.discriminatedUnion("status", [
  z.object({ status: z.literal("draft"), ...common, ...z.object(needed).partial().shape }),
  z.object({ status: z.literal("open"), ...opened }),
  z.object({ status: z.literal("closing"), ...opened }),
  z.object({ status: z.literal("counting"), ...counting }),
  // A jury's: the entries do not change any more and are judged; then the winners are public.
  z.object({ status: z.literal("judging"), ...counting }),
  z.object({ status: z.literal("judged"), ...judged }),
  z.object({ status: z.literal("sealed"), ...sealed }),
  // `publishedAt`: the commitment was public by then. Without it nothing is drawn. `wakesAt`: when it must be on the record;
  // then, when the round is there, or is asked for again.
  z.object({
    status: z.literal("committed"),
    ...committed,
    publishedAt: z.iso.datetime().optional(),
    wakesAt: z.iso.datetime(),
  }),
  // `wakesAt`: when the winners are told, or those that could not be are told again.
  z.object({ status: z.literal("drawn"), ...drawn, wakesAt: z.iso.datetime() }),
  z.object({ status: z.literal("announced"), ...drawn, announcedAt: z.iso.datetime() }),
  z.discriminatedUnion("outcome", [
    z.object({
      status: z.literal("final"),
      outcome: z.literal("drawn"),
      ...drawn,
      ...clearing,
      finalAt: z.iso.datetime(),
    }),
    z.object({
      status: z.literal("final"),
      outcome: z.literal("no_entries"),
      ...counting,
      ...clearing,
      finalAt: z.iso.datetime(),
    }),
    z.object({
      status: z.literal("final"),
      outcome: z.literal("judged"),
      ...judged,
      ...clearing,
      finalAt: z.iso.datetime(),
    }),
  ]),
  z.object({
    status: z.literal("cancelled"),
    ...opened,
    ...clearing,
    reason: z.string(),
    cancelledAt: z.iso.datetime(),
  }),
  z.object({
    status: z.literal("removed"),
    workspaceId: z.string(),
    contestId: z.string(),
    removedAt: z.iso.datetime(),
  }),
]);
export type Contest = z.infer<typeof Contest>;
type In<Status extends Contest["status"]> = Extract<Contest, { status: Status }>;
export type Draft = In<"draft">;
export type Open = In<"open">;
export type Closing = In<"closing">;
export type Counting = In<"counting">;
export type Judging = In<"judging">;
export type Judged = In<"judged">;
export type Sealed = In<"sealed">;
export type Committed = In<"committed">;
export type Drawn = In<"drawn">;
export type Announced = In<"announced">;
export type Final = In<"final">;
export type Cancelled = In<"cancelled">;
export type Removed = In<"removed">;
/** A contest that exists. */
export type Standing = Exclude<Contest, Removed>;
/** A contest that has been open: the public can see it. */
export type Published = Exclude<Standing, Draft>;
/** A contest whose commitment was public in time for its round. */
export type InTime = Committed & { publishedAt: string };
/** A contest that has committed to its draw. */
export type WithCommitment = Extract<Published, { commitment: string }>;
/** A contest whose winners are drawn. */
export type WithDraw = Extract<Published, { signature: string }>;
/** A contest whose winners a jury has chosen. */
export type WithVerdict = Extract<Published, { judgedAt: string }>;
/** A contest that has winners. */
export type WithWinners = WithDraw | WithVerdict;

export const hasLedger = (contest: Standing): contest is Extract<Published, { ledgerKey: string }> =>
  "ledgerKey" in contest;
export const hasCommitment = (contest: Standing): contest is WithCommitment => "commitment" in contest;
export const hasDraw = (contest: Standing): contest is WithDraw => "signature" in contest;
export const hasVerdict = (contest: Standing): contest is WithVerdict => "judgedAt" in contest;
export const hasWinners = (contest: Standing): contest is WithWinners => hasDraw(contest) || hasVerdict(contest);

/** Somebody who was drawn, or whom the jury chose, and where their entry is kept. */
export type Chosen = Pick<DrawnPosition, "position" | "entryId" | "row">;
/** In their order: the first have the prizes, the others are reserves. */
export const chosenIn = (contest: WithWinners): Chosen[] =>
  hasDraw(contest)
    ? contest.positions
    : contest.verdicts.map(({ entryId, row }, position) => ({ position, entryId, row }));

export const PublishedRules = z.looseObject({
  beacon: z.string(),
  receiptKey: z.string(),
  onePerson: z.string().optional(),
});
/** The rules as they were published when the contest opened. */
export const rulesOf = (contest: Published): z.infer<typeof PublishedRules> =>
  PublishedRules.parse(JSON.parse(contest.rules));

// ── What is shown ───────────────────────────────────────────────────────────────────────────────────────────────────

export const Status = z.enum([
  "draft",
  "open",
  "closing",
  "counting",
  "judging",
  "judged",
  "sealed",
  "committed",
  "drawn",
  "announced",
  "final",
  "cancelled",
]);
export type Status = z.infer<typeof Status>;

export const ContestView = z
  .object({
    id: Id("contest"),
    slug: z.string(),
    status: Status,
    title: z.string(),
    description: z.string().optional(),
    language: Language,
    zone: z.string(),
    organiser: Organiser.optional(),
    promotes: z.string().optional(),
    method: Method,
    person: Person.describe("What makes two entries one person's."),
    eligibility: Eligibility,
    jury: Jury.optional(),
    claimDays: z.int().describe("How many days a winner has to claim a prize."),
    channels: z.array(Id("channel")),
    embedOrigins: z.array(z.string()),
    prizes: z.array(Prize),
    winners: z.int().describe("How many win: the number of prizes."),
    reserves: z.int(),
    chances: Chances,
    closesAt: z.iso.datetime().optional(),
    drawAt: z.iso.datetime().optional(),
    sources: z.array(z.string()).optional().describe("Labels that links to it may carry besides the usual ones."),
    newsletter: z.boolean().optional(),
    peakEntriesPerSecond: z.int(),
    createdAt: z.iso.datetime(),
    openedAt: z.iso.datetime().optional(),
    rulesHash: z.string().optional().describe("SHA-256 of the published rules, hex."),
    cancelled: z.object({ reason: z.string(), at: z.iso.datetime() }).optional(),
    url: z.url().describe("Where people enter."),
    version: z.int(),
  })
  .meta({ id: "Contest" });

/** Only what the view knows: the rest of a contest (keys, whose the positions are) stays inside. */
export const viewContest = (contest: Standing, publicUrl: string): z.infer<typeof ContestView> =>
  ContestView.parse({
    ...contest,
    id: contest.contestId,
    winners: winnerCount(contest),
    ...(contest.status === "draft" ? {} : { rulesHash: rulesHash(rulesOf(contest)) }),
    ...(contest.status === "cancelled" ? { cancelled: { reason: contest.reason, at: contest.cancelledAt } } : {}),
    url: `${publicUrl}/c/${contest.slug}`,
    version: versionOf(contest),
  });

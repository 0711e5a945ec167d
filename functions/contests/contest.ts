import * as z from "zod";
import { Id } from "../platform/ids.ts";
import { Bytes, versionOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { rulesHash } from "./commitment.ts";

// A contest, in each of its states. What leads from one to the next: setup.ts makes and changes a draft, open.ts opens or
// cancels it, close.ts closes and seals it, commit.ts commits to the draw, outcome.ts draws and ends it.

// ── What a contest has ──────────────────────────────────────────────────────────────────────────────────────────────

const Prize = z.object({ description: z.string(), number: z.number().int(), valueCents: z.number().int() });
const Organiser = z.object({ name: z.string(), address: z.string(), contact: z.string() });
const Chances = z.object({ base: z.number().int(), referralUnit: z.number().int(), referralCap: z.number().int() });
export type Chances = z.infer<typeof Chances>;

const common = {
  workspaceId: z.string(),
  contestId: z.string(),
  slug: z.string(),
  language: Language,
  title: z.string(),
  description: z.string().optional(),
  zone: z.string(),
  prizes: z.array(Prize),
  reserves: z.number().int(),
  chances: Chances,
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

const opened = {
  ...common,
  ...needed,
  openedAt: z.iso.datetime(),
  /** The published rules as RFC 8785 canonical JSON: exactly these bytes were hashed. */
  rules: z.string(),
  /** Versions of the workspace's secrets that this contest keeps to its end. */
  pepper: z.number().int(),
  linkKey: z.number().int(),
  shards: z.union([z.literal(16), z.literal(64), z.literal(256)]),
  /** The Ed25519 key of the receipts (PKCS #8), sealed; its public half stands in the rules. */
  receiptKey: Bytes,
};
const counting = { ...opened, sealedAt: z.iso.datetime() };
/** `ledgerKey`: where the leaves and the tree are kept. */
const sealed = {
  ...counting,
  entries: z.number().int(),
  tickets: z.number().int(),
  root: z.string(),
  ledgerKey: z.string(),
};
const Move = z.object({ from: z.iso.datetime(), to: z.iso.datetime(), reason: z.string(), at: z.iso.datetime() });
const committed = {
  ...sealed,
  /** 264 bytes, hex (fairdraw.md §3). */
  commitment: z.string(),
  committedAt: z.iso.datetime(),
  /** When the draw moved, and why. */
  moves: z.array(Move),
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
const drawn = {
  ...committed,
  publishedAt: z.iso.datetime(),
  signature: z.string(),
  drawnAt: z.iso.datetime(),
  positions: z.array(Drawn),
  /** Where the positions with their proofs are kept. */
  proofsKey: z.string(),
};

/**
 * A winner draw. `open` takes what arrives before `closesAt`; what arrived is written during `closing`; from `counting`
 * on the entries do not change; `committed` fixes what is drawn from before the randomness exists; `final` does not change.
 */
export const Contest = z.discriminatedUnion("status", [
  z.object({ status: z.literal("draft"), ...common, ...z.object(needed).partial().shape }),
  z.object({ status: z.literal("open"), ...opened }),
  z.object({ status: z.literal("closing"), ...opened }),
  z.object({ status: z.literal("counting"), ...counting }),
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
    z.object({ status: z.literal("final"), outcome: z.literal("drawn"), ...drawn, finalAt: z.iso.datetime() }),
    z.object({ status: z.literal("final"), outcome: z.literal("no_entries"), ...counting, finalAt: z.iso.datetime() }),
  ]),
  z.object({ status: z.literal("cancelled"), ...opened, reason: z.string(), cancelledAt: z.iso.datetime() }),
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

export const hasLedger = (contest: Standing): contest is Extract<Published, { ledgerKey: string }> =>
  "ledgerKey" in contest;
export const hasCommitment = (contest: Standing): contest is WithCommitment => "commitment" in contest;
export const hasDraw = (contest: Standing): contest is WithDraw => "signature" in contest;

export const PublishedRules = z.looseObject({ beacon: z.string(), receiptKey: z.string() });
/** The rules as they were published when the contest opened. */
export const rulesOf = (contest: Published): z.infer<typeof PublishedRules> =>
  PublishedRules.parse(JSON.parse(contest.rules));

// ── What is shown ───────────────────────────────────────────────────────────────────────────────────────────────────

export const Status = z.enum([
  "draft",
  "open",
  "closing",
  "counting",
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
    prizes: z.array(Prize),
    winners: z.int().describe("How many win: the number of prizes."),
    reserves: z.int(),
    chances: Chances,
    closesAt: z.iso.datetime().optional(),
    drawAt: z.iso.datetime().optional(),
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

import * as z from "zod";
import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { days, hours, instant, later, milliseconds, minutes, seconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { Id, idBytes, Slug } from "../platform/ids.ts";
import { Bytes, insteadOf, versionOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { type Chain, firstRoundAtOrAfter, type Round, timeOfRound } from "./beacon.ts";
import {
  type Bundle,
  bundleOf,
  type Commitment,
  commitHash,
  decodeCommitment,
  encodeCommitment,
  type Position,
  rulesHash,
  sealExclusions,
  winnersOf,
} from "./draw.ts";
import { broken, missing } from "./rules.ts";

// ── What a marketer sets up ─────────────────────────────────────────────────────────────────────────────────────────

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
  // `wakesAt`: when the round is there, or is asked for again.
  z.object({ status: z.literal("committed"), ...committed, wakesAt: z.iso.datetime() }),
  z.object({ status: z.literal("drawn"), ...drawn }),
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
/** A contest that exists. */
export type Standing = Exclude<Contest, In<"removed">>;
/** A contest that has been open: the public can see it. */
export type Published = Exclude<Standing, Draft>;
/** A contest whose commitment is public. */
export type WithCommitment = Extract<Published, { commitment: string }>;
/** A contest whose winners are drawn. */
export type WithDraw = Extract<Published, { signature: string }>;

export const hasLedger = (contest: Standing): contest is Extract<Published, { ledgerKey: string }> =>
  "ledgerKey" in contest;
export const hasCommitment = (contest: Standing): contest is WithCommitment => "commitment" in contest;
export const hasDraw = (contest: Standing): contest is WithDraw => "signature" in contest;

// ── What is asked ───────────────────────────────────────────────────────────────────────────────────────────────────

const Text = (most: number) => z.string().trim().min(1).max(most);
/** The draw counts in whole seconds (fairdraw.md §3). */
const Second = z.iso
  .datetime({ offset: true })
  .transform((at) => instant(Math.floor(milliseconds(at) / 1000) * 1000))
  .describe("Fractions of a second are cut off.");

const fields = {
  slug: Slug.describe("The page is /c/<slug>."),
  title: Text(120),
  description: Text(2000),
  language: Language.describe("What the page speaks unless the visitor asks for another language."),
  zone: z.string().max(60).describe("The IANA time zone in which times are shown, e.g. Europe/Amsterdam."),
  organiser: z.strictObject({
    name: Text(100),
    address: Text(200),
    contact: Text(200).describe("Where questions and complaints go."),
  }),
  promotes: Text(200).describe("The product, service or organisation that is promoted."),
  prizes: z
    .array(
      z.strictObject({
        description: Text(200),
        number: z.int().min(1).max(100).describe("How many there are of it; each has its own winner."),
        valueCents: z.int().min(0).max(10_000_000).describe("The worth of one, in euro cents."),
      }),
    )
    .max(20)
    .refine((prizes) => winnerCount({ prizes }) <= 100, "At most 100 prizes in all.")
    .describe("In the order in which they are drawn."),
  reserves: z.int().min(0).max(100).describe("How many are drawn besides, to take a winner's place."),
  chances: z
    .strictObject({
      base: z.int().min(1).max(1000).default(1),
      referralUnit: z.int().min(0).max(1000).default(1),
      referralCap: z.int().min(0).max(100_000).default(10),
    })
    .describe("Tickets of an entry: base + min(referralCap, referralUnit * confirmed friends)."),
  closesAt: Second,
  drawAt: Second,
  peakEntriesPerSecond: z
    .int()
    .min(1)
    .max(128_000)
    .describe("The busiest second to expect; it decides over how many partitions the entries are spread."),
};
export const NewContest = z.strictObject({
  slug: fields.slug,
  title: fields.title,
  description: fields.description.optional(),
  language: fields.language.default("nl"),
  zone: fields.zone.default("Europe/Amsterdam"),
  organiser: fields.organiser.optional(),
  promotes: fields.promotes.optional(),
  prizes: fields.prizes.default([]),
  reserves: fields.reserves.default(3),
  chances: fields.chances.default({ base: 1, referralUnit: 1, referralCap: 10 }),
  closesAt: fields.closesAt.optional(),
  drawAt: fields.drawAt.optional(),
  peakEntriesPerSecond: fields.peakEntriesPerSecond.default(1000),
});
export type NewContest = z.infer<typeof NewContest>;
export const ContestPatch = z.strictObject(fields).partial();
export type ContestPatch = z.infer<typeof ContestPatch>;

const checked = <S extends { zone: string; closesAt?: string | undefined }>(setup: S, now: string): S => {
  if (!isZone(setup.zone))
    refuse("unknown_zone", `There is no time zone ${setup.zone}.`, [
      { pointer: "#/zone", detail: "Use an IANA name, e.g. Europe/Amsterdam." },
    ]);
  if (setup.closesAt !== undefined && setup.closesAt <= now)
    refuse("due_in_past", "The closing time is past.", [{ pointer: "#/closesAt", detail: "Choose a later time." }]);
  return setup;
};

const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false; // A RangeError is how Intl says no.
  }
};

/** Without what is `undefined`, which is not stored. */
const given = <T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

// ── Drafts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export const createContest = (
  asked: NewContest & { workspaceId: string; contestId: string },
  now: string,
): [Draft, DomainEvent[]] => [
  { ...given(checked(asked, now)), status: "draft", createdAt: now },
  [event("contest.created", { contestId: asked.contestId, slug: asked.slug })],
];

const asDraft = (contest: Standing): Draft =>
  contest.status === "draft"
    ? contest
    : refuse("contest_not_draft", "A contest that has been opened cannot be changed: people entered under its rules.");

export const changeContest = (contest: Standing, patch: ContestPatch, now: string): [Draft, DomainEvent[]] => {
  const draft = asDraft(contest);
  checked({ zone: patch.zone ?? draft.zone, closesAt: patch.closesAt }, now);
  return [
    { ...draft, ...given(patch) },
    [event("contest.changed", { contestId: draft.contestId, fields: Object.keys(patch) })],
  ];
};

export const removeContest = (contest: Standing, now: string): [In<"removed">, DomainEvent[]] => {
  const { workspaceId, contestId } = asDraft(contest);
  const removed: In<"removed"> = { status: "removed", workspaceId, contestId, removedAt: now };
  return [insteadOf(contest, removed), [event("contest.removed", { contestId })]];
};

/** How long what was removed is still known to have been. */
export const forgottenAt = ({ removedAt }: In<"removed">): string => later(removedAt, days(30));

// ── Opening and cancelling ──────────────────────────────────────────────────────────────────────────────────────────

/** A shard takes 1,000 writes a second; half of that leaves room for an uneven spread. (fairdraw.md §1) */
const entriesPerShardSecond = 500;
const shardsFor = (peakEntriesPerSecond: number): 16 | 64 | 256 =>
  ([16, 64] as const).find((shards) => shards * entriesPerShardSecond >= peakEntriesPerSecond) ?? 256;

/** Winners can be replaced for so long after the draw; then they are final. */
const finalAfter = days(14);

/** What is published before the first entry, and whose hash is committed. `receiptPublicKey`: 32 bytes, hex. */
const publishedRules = (
  contest: Omit<Open, "rules" | "receiptKey" | "status" | "pepper" | "linkKey">,
  receiptPublicKey: string,
  chainHash: string,
) => ({
  version: "samenspraak/1",
  contest: contest.contestId,
  title: contest.title,
  language: contest.language,
  organiser: contest.organiser,
  promotes: contest.promotes,
  prizes: contest.prizes,
  winners: winnerCount(contest),
  reserves: contest.reserves,
  onePerson: "one e-mail address, letters in lower case",
  chances: contest.chances,
  weight: "base + min(referralCap, referralUnit * confirmed friends)",
  openedAt: contest.openedAt,
  closesAt: contest.closesAt,
  drawAt: contest.drawAt,
  zone: contest.zone,
  beacon: chainHash,
  shards: contest.shards,
  receiptKey: receiptPublicKey,
  finalDaysAfterDraw: finalAfter / days(1),
});

/** Refuses `contest_not_ready` where something is missing, and `rules_broken` where a rule forbids it. */
export const openContest = (
  contest: Standing,
  keys: { receiptKey: Uint8Array; receiptPublicKey: string; chainHash: string },
  canonical: (rules: object) => string,
  now: string,
): [Open, DomainEvent[]] => {
  const draft = checked(asDraft(contest), now);
  const { organiser, promotes, closesAt, drawAt } = draft;
  const lacks = missing(draft);
  if (lacks.length || !organiser || promotes === undefined || closesAt === undefined || drawAt === undefined)
    return refuse("contest_not_ready", "The contest is not complete yet.", lacks);
  const breaks = broken(draft, now);
  if (breaks.length) return refuse("rules_broken", breaks[0]?.detail ?? "", breaks);
  const { status: _, ...setup } = draft;
  const open = {
    ...setup,
    organiser,
    promotes,
    closesAt,
    drawAt,
    openedAt: now,
    shards: shardsFor(draft.peakEntriesPerSecond),
  };
  const rules = publishedRules(open, keys.receiptPublicKey, keys.chainHash);
  return [
    { ...open, status: "open", rules: canonical(rules), pepper: 1, linkKey: 1, receiptKey: keys.receiptKey },
    [
      event("contest.opened", {
        contestId: draft.contestId,
        slug: draft.slug,
        closesAt,
        drawAt,
        rulesHash: rulesHash(rules),
      }),
    ],
  ];
};

export const PublishedRules = z.looseObject({ beacon: z.string(), receiptKey: z.string() });
/** The rules as they were published when the contest opened. */
export const rulesOf = (contest: Published): z.infer<typeof PublishedRules> =>
  PublishedRules.parse(JSON.parse(contest.rules));

/** Before it closes only: after that the outcome may be known to someone. It stays visible, with the reason. */
export const cancelContest = (contest: Standing, reason: string, now: string): [Cancelled, DomainEvent[]] =>
  contest.status === "open" && now < contest.closesAt
    ? [
        { ...contest, status: "cancelled", reason, cancelledAt: now },
        [event("contest.cancelled", { contestId: contest.contestId, reason })],
      ]
    : refuse("contest_not_cancellable", "Only an open contest can be cancelled, and only before it closes.");

// ── Taking entries, and the fence ───────────────────────────────────────────────────────────────────────────────────

/** An entry is not written later than this after the gateway received it. (fairdraw.md §2) */
export const mostWaitMs = seconds(30);
/** By then whatever arrived in time has been written, or never will be. (fairdraw.md §2) */
export const fenceMs = seconds(60);

/**
 * Whether an entry that arrived at this moment (Unix milliseconds) counts. What arrived before the close is still written
 * while the contest is closing; from `counting` on nothing is.
 */
export const takes = (contest: Standing, arrivedMs: number): contest is Open | Closing =>
  (contest.status === "open" || contest.status === "closing") && arrivedMs < milliseconds(contest.closesAt);

/** At `closesAt`, never earlier; when we get to it later, it had closed then all the same. */
export const closeContest = (contest: Open): [Closing, DomainEvent[]] => [
  { ...contest, status: "closing" },
  [event("contest.closed", { contestId: contest.contestId, closedAt: contest.closesAt })],
];

export const countableAt = (contest: Pick<Closing, "closesAt">): string => later(contest.closesAt, fenceMs);

/** `sealedAt` is fixed with the rows, before they are counted: so is everything that follows, however often it is repeated. */
export const freezeContest = (contest: Closing, now: string): [Counting, DomainEvent[]] => {
  const sealedAt = instant(unixSeconds(now) * 1000);
  return [
    { ...contest, status: "counting", sealedAt },
    [event("contest.frozen", { contestId: contest.contestId, sealedAt })],
  ];
};

/** Nobody entered: there is nothing to draw from, and nobody wins. */
export const endWithoutEntries = (contest: Counting, now: string): [Final, DomainEvent[]] => [
  { ...contest, status: "final", outcome: "no_entries", finalAt: now },
  [event("contest.ended", { contestId: contest.contestId, outcome: "no_entries" })],
];

/** `ledger`: what was sealed from the rows, and where it is kept. */
export const sealContest = (
  contest: Counting,
  ledger: { n: number; T: number; root: string; key: string },
): [Sealed, DomainEvent[]] => [
  { ...contest, status: "sealed", entries: ledger.n, tickets: ledger.T, root: ledger.root, ledgerKey: ledger.key },
  [
    event("contest.sealed", {
      contestId: contest.contestId,
      entries: ledger.n,
      tickets: ledger.T,
      root: ledger.root,
    }),
  ],
];

// ── Commitment and draw ─────────────────────────────────────────────────────────────────────────────────────────────

export const unixSeconds = (rfc3339: string): number => Math.floor(milliseconds(rfc3339) / 1000);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const contestHex = (contestId: string): string => hex(idBytes(contestId));

/** The commitment must be public this long before the draw. (fairdraw.md §3) */
const publicBefore = minutes(1);
/** From deciding on a commitment to everyone seeing it: one write, and pages that are at most five seconds old. */
const publishing = seconds(10);

/** The first time, whole hours after the one in the rules, before which a commitment of now is public in time. */
export const drawTime = (drawAt: string, now: string): string => {
  const lateMs = milliseconds(now) + publishing + publicBefore - milliseconds(drawAt);
  return lateMs <= 0 ? drawAt : later(drawAt, Math.ceil(lateMs / hours(1)) * hours(1));
};

/** `previous`: the round of the moment of sealing, which dates the commitment from below. */
export const commitContest = (
  contest: Sealed,
  beacon: { chain: Chain; previous: Round },
  now: string,
): [Committed, DomainEvent[]] => {
  const { chain, previous } = beacon;
  const drawAt = drawTime(contest.drawAt, now);
  const round = firstRoundAtOrAfter(chain, unixSeconds(drawAt));
  const commitment = encodeCommitment({
    contestId: contestHex(contest.contestId),
    drawNo: 1,
    rulesHash: rulesHash(rulesOf(contest)),
    n: contest.entries,
    T: contest.tickets,
    root: contest.root,
    ...sealExclusions([]),
    k: winnerCount(contest),
    r: contest.reserves,
    chainHash: chain.chainHash,
    round,
    closedAt: unixSeconds(contest.closesAt),
    sealedAt: unixSeconds(contest.sealedAt),
    prevRound: previous.round,
    prevSig: previous.signature,
  });
  const move = { from: contest.drawAt, to: drawAt, reason: "commitment_late" };
  const moves = drawAt === contest.drawAt ? [] : [move];
  return [
    {
      ...contest,
      status: "committed",
      drawAt,
      commitment: hex(commitment),
      committedAt: now,
      moves: moves.map((of) => ({ ...of, at: now })),
      wakesAt: instant(timeOfRound(chain, round) * 1000),
    },
    [
      ...moves.map((of) => event("contest.draw_moved", { contestId: contest.contestId, ...of })),
      event("contest.committed", {
        contestId: contest.contestId,
        commitHash: hex(commitHash(commitment)),
        round,
        drawAt,
      }),
    ],
  ];
};

export const commitmentOf = (contest: WithCommitment): Commitment =>
  decodeCommitment(Buffer.from(contest.commitment, "hex"));
export const commitHashOf = (contest: WithCommitment): string =>
  hex(commitHash(Buffer.from(contest.commitment, "hex")));

/** A round that is late has the same value: it is waited for, never replaced. (fairdraw.md §3) */
export const awaitRound = (contest: Committed, now: string): Committed => ({
  ...contest,
  wakesAt: later(now, seconds(3)),
});

/** `whose`: the entry of each drawn commit. */
export const drawContest = (
  contest: Committed,
  draw: { signature: string; positions: readonly Position[]; proofsKey: string },
  whose: (commit: string) => Pick<DrawnPosition, "entryId" | "row">,
  now: string,
): [Drawn, DomainEvent[]] => {
  const { wakesAt: _, ...rest } = contest;
  const positions = draw.positions.map(({ position, index, weight, commit }) => ({
    position,
    index,
    weight,
    commit,
    ...whose(commit),
  }));
  const told = positions.map(({ position, entryId }) => ({ position, entryId }));
  const k = winnerCount(contest);
  return [
    { ...rest, status: "drawn", signature: draw.signature, drawnAt: now, positions, proofsKey: draw.proofsKey },
    [
      event("contest.drawn", {
        contestId: contest.contestId,
        entries: contest.entries,
        winners: told.slice(0, k),
        reserves: told.slice(k),
      }),
    ],
  ];
};

/** The positions that win, in prize order. */
export const winningPositions = (contest: WithDraw): number[] =>
  winnersOf(contest.positions.length, winnerCount(contest), []);

/** `positions`: with their proofs. `chain`: where it is not the public one. */
export const bundleOfContest = (
  contest: Pick<WithCommitment, "commitment"> & Published,
  signature: string,
  positions: readonly Position[],
  chain: Chain | undefined,
): Bundle & { rules: object } => {
  const rules = rulesOf(contest);
  const commitment = decodeCommitment(Buffer.from(contest.commitment, "hex"));
  return { ...bundleOf(commitment, rules, signature, positions, [], chain), rules };
};

/** The winners have been told. */
export const announceContest = (contest: Drawn, now: string): [Announced, DomainEvent[]] => [
  { ...contest, status: "announced", announcedAt: now },
  [event("contest.announced", { contestId: contest.contestId })],
];

export const finalAt = ({ drawnAt }: Announced): string => later(drawnAt, finalAfter);

export const endContest = (contest: Announced, now: string): [Final, DomainEvent[]] => [
  { ...contest, status: "final", outcome: "drawn", finalAt: now },
  [event("contest.ended", { contestId: contest.contestId, outcome: "drawn" })],
];

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

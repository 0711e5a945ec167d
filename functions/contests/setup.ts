import * as z from "zod";
import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { days, instant, later, milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { Id, Slug } from "../platform/ids.ts";
import { Instant, isZone, Line, Origin, Paragraph } from "../platform/input.ts";
import { insteadOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { NewBonus } from "./bonus.ts";
import { type Chances, type Draft, Method, Person, type Removed, type Standing, winnerCount } from "./contest.ts";

// What a marketer sets up: a draft, which changes freely until it is opened.

// ── What is asked ───────────────────────────────────────────────────────────────────────────────────────────────────

/** The draw counts in whole seconds (fairdraw.md §3). */
const Second = Instant.transform((at) => instant(Math.floor(milliseconds(at) / 1000) * 1000)).describe(
  "Fractions of a second are cut off.",
);

const distinct = (items: readonly string[]): boolean => new Set(items).size === items.length;

const Country = z
  .string()
  .toUpperCase()
  .regex(/^[A-Z]{2}$/, "Use a code of two letters (ISO 3166-1), e.g. NL.");

export const NewPrize = z.strictObject({
  description: Line(200),
  number: z.int().min(1).max(100).describe("How many there are of it; each has its own winner."),
  valueCents: z.int().min(0).max(10_000_000).describe("The worth of one, in euro cents."),
  picture: Id("media").optional().describe("A published picture of the workspace."),
});

const fields = {
  slug: Slug.describe("The page is /c/<slug>."),
  title: Line(120),
  description: Paragraph(2000),
  language: Language.describe("What the page speaks unless the visitor asks for another language."),
  zone: z.string().max(60).describe("The IANA time zone in which times are shown, e.g. Europe/Amsterdam."),
  organiser: z.strictObject({
    name: Line(100),
    address: Line(200),
    contact: Line(200).describe("Where questions and complaints go."),
  }),
  promotes: Line(200).describe("The product, service or organisation that is promoted."),
  method: Method.describe("Who wins: by lot, or as a jury judges."),
  jury: z
    .strictObject({
      task: Paragraph(1000).describe("What entrants do, and where they send it."),
      criteria: z.array(Line(200)).min(1).max(10),
      judges: z
        .array(z.strictObject({ name: Line(100), role: Line(100).optional() }))
        .min(1)
        .max(20),
    })
    .describe(
      "Of a contest that a jury judges: public in its terms. `drawAt` is when the result is known at the latest.",
    ),
  person: Person.describe("What makes two entries one person's: the e-mail address."),
  eligibility: z
    .strictObject({
      minimumAge: z.int().min(1).max(99).optional(),
      countries: z
        .array(Country)
        .min(1)
        .max(60)
        .refine(distinct, "A country stands there twice.")
        .optional()
        .describe("Where entrants live (ISO 3166-1); without it, anywhere."),
    })
    .describe("Who may enter. It is said where they enter, and asked of winners."),
  prizes: z
    .array(NewPrize)
    .max(20)
    .refine((prizes) => winnerCount({ prizes }) <= 100, "At most 100 prizes in all.")
    .describe("In the order in which they are drawn."),
  reserves: z.int().min(0).max(100).describe("How many are drawn besides, to take a winner's place."),
  chances: z
    .strictObject({
      base: z.int().min(1).max(1000).default(1),
      referralUnit: z.int().min(0).max(1000).default(1),
      referralCap: z.int().min(0).max(100_000).default(10),
      bonuses: z
        .array(NewBonus)
        .max(16)
        .refine((all) => distinct(all.map(({ id }) => id)), "Two bonuses have the same id.")
        .default([]),
    })
    .describe(
      "Tickets of an entry: base + min(referralCap, referralUnit * confirmed friends) + what its bonuses give.",
    ),
  claimDays: z.int().min(2).max(60).describe("How many days a winner has to claim a prize; then a reserve takes it."),
  channels: z
    .array(Id("channel"))
    .max(20)
    .refine(distinct, "A channel is named twice.")
    .describe("The channels that it speaks on."),
  embedOrigins: z
    .array(Origin)
    .max(10)
    .refine(distinct, "A site is named twice.")
    .describe("The sites that may show its form in a frame (/c/<slug>/embed), and whose scripts may enter people."),
  closesAt: Second,
  drawAt: Second,
  newsletter: z
    .boolean()
    .describe(
      "Whether who enters is asked, with a box of its own that is off, for the newsletter. It changes no chances.",
    ),
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
  language: fields.language.optional(),
  zone: fields.zone.optional(),
  organiser: fields.organiser.optional(),
  promotes: fields.promotes.optional(),
  method: fields.method.default("random"),
  jury: fields.jury.optional(),
  person: fields.person.default("email"),
  eligibility: fields.eligibility.default({}),
  prizes: fields.prizes.default([]),
  reserves: fields.reserves.default(3),
  chances: fields.chances.default({ base: 1, referralUnit: 1, referralCap: 10, bonuses: [] }),
  claimDays: fields.claimDays.default(7),
  channels: fields.channels.default([]),
  embedOrigins: fields.embedOrigins.default([]),
  closesAt: fields.closesAt.optional(),
  drawAt: fields.drawAt.optional(),
  newsletter: fields.newsletter.optional(),
  peakEntriesPerSecond: fields.peakEntriesPerSecond.default(1000),
});
export type NewContest = z.infer<typeof NewContest>;
export const ContestPatch = z.strictObject(fields).partial();
export type ContestPatch = z.infer<typeof ContestPatch>;

/** Refuses `unknown_zone` and `due_in_past`. */
export const checked = <S extends { zone: string; closesAt?: string | undefined }>(setup: S, now: string): S => {
  if (!isZone(setup.zone))
    refuse("unknown_zone", `There is no time zone ${setup.zone}.`, [
      { pointer: "#/zone", detail: "Use an IANA name, e.g. Europe/Amsterdam." },
    ]);
  if (setup.closesAt !== undefined && setup.closesAt <= now)
    refuse("due_in_past", "The closing time is past.", [{ pointer: "#/closesAt", detail: "Choose a later time." }]);
  return setup;
};

/** Without what is `undefined`, which is not stored. */
const given = <T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

// ── Drafts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What was asked, with the codes out of it: they are kept as hashes, and shown to nobody. */
type Hashed = { codes?: Record<string, string> | undefined };
const withoutCodes = ({ bonuses, ...chances }: NewContest["chances"]): Chances => ({
  ...chances,
  bonuses: bonuses.map((bonus) => {
    if (bonus.kind === "poll" || bonus.kind === "idea") return bonus;
    const { code: _, ...shown } = bonus;
    return shown;
  }),
});

export const createContest = (
  asked: NewContest & { workspaceId: string; contestId: string; language: Language; zone: string } & Hashed,
  now: string,
): [Draft, DomainEvent[]] => [
  {
    ...given(checked(asked, now)),
    chances: withoutCodes(asked.chances),
    status: "draft",
    createdAt: now,
  },
  [event("contest.created", { contestId: asked.contestId, slug: asked.slug })],
];

/** Refuses `contest_not_draft`. */
export const asDraft = (contest: Standing): Draft =>
  contest.status === "draft"
    ? contest
    : refuse(
        "contest_not_draft",
        "A contest that has been opened is neither changed nor removed: people entered under its rules. While it is open, POST …/cancel ends it.",
      );

export const changeContest = (
  contest: Standing,
  { codes, ...patch }: ContestPatch & Hashed,
  now: string,
): [Draft, DomainEvent[]] => {
  const draft = asDraft(contest);
  checked({ zone: patch.zone ?? draft.zone, closesAt: patch.closesAt }, now);
  const { chances, ...rest } = patch;
  return [
    { ...draft, ...given(rest), ...(chances ? { chances: withoutCodes(chances), codes } : {}) },
    [event("contest.changed", { contestId: draft.contestId, fields: Object.keys(patch) })],
  ];
};

export const removeContest = (contest: Standing, now: string): [Removed, DomainEvent[]] => {
  const { workspaceId, contestId } = asDraft(contest);
  const removed: Removed = { status: "removed", workspaceId, contestId, removedAt: now };
  return [insteadOf(contest, removed), [event("contest.removed", { contestId })]];
};

/** How long what was removed is still known to have been. */
export const forgottenAt = ({ removedAt }: Removed): string => later(removedAt, days(30));

import * as z from "zod";
import { days, milliseconds, seconds } from "../platform/clock.ts";
import type { FieldError } from "../platform/errors.ts";
import type { Draft } from "./contest.ts";

// The rules of law and networks that apply to a set-up, as data: a limit or a text is corrected without touching code.
// Facts gathered from the regulator, the networks and law firms' summaries; none of it is legal advice.

/** What the rules look at. */
type Setup = Pick<Draft, "organiser" | "promotes" | "prizes" | "closesAt" | "drawAt">;

const smallGameCents = 450_000;

const code = "Gedragscode promotionele kansspelen 2014";

/**
 * `check`: what is looked at, and `limit` in the check's own unit. `severity`: a contest cannot open while a rule that
 * blocks is broken; a warning is shown and recorded. `date`: of the source.
 */
type Rule = {
  id: string;
  jurisdiction: "NL" | "network" | "fairdraw";
  text: string;
  source: string;
  date: string;
  severity: "block" | "warn";
  check: keyof typeof checks;
  limit?: number;
};

const rules: readonly Rule[] = [
  {
    id: "nl.organiser-named",
    jurisdiction: "NL",
    text: "The terms name the organiser and its address.",
    source: code,
    date: "2014",
    severity: "block",
    check: "organiserNamed",
  },
  {
    id: "nl.complaints",
    jurisdiction: "NL",
    text: "There is a complaints procedure: the terms say where questions and complaints go.",
    source: code,
    date: "2014",
    severity: "block",
    check: "contactGiven",
  },
  {
    id: "nl.promotion-named",
    jurisdiction: "NL",
    text: "The call to enter names the product, service or organisation that is promoted; a draw is no activity of its own.",
    source: code,
    date: "2014",
    severity: "block",
    check: "promotionNamed",
  },
  {
    id: "nl.prizes-stated",
    jurisdiction: "NL",
    text: "Number, description and value of the prizes are known beforehand; every promised prize is paid out.",
    source: code,
    date: "2014",
    severity: "block",
    check: "prizesStated",
  },
  {
    id: "nl.value-large",
    jurisdiction: "NL",
    text: "The prizes of a promotional game of chance are worth at most EUR 100,000 in all.",
    source: code,
    date: "2014",
    severity: "block",
    check: "totalCentsAtMost",
    limit: 10_000_000,
  },
  {
    id: "nl.value-small",
    jurisdiction: "NL",
    text: "Above EUR 4,500 in all it is a large game: at most once a year for a product, service or organisation, with general terms published, and under-18s need their parents' consent.",
    source: code,
    date: "2014",
    severity: "warn",
    check: "totalCentsAtMost",
    limit: smallGameCents,
  },
  {
    id: "nl.period",
    jurisdiction: "NL",
    text: "A large game, worth more than EUR 4,500 in all, lasts at most one year.",
    source: code,
    date: "2014",
    severity: "block",
    check: "daysOfLargeGameAtMost",
    limit: 365,
  },
  {
    id: "nl.gaming-tax",
    jurisdiction: "NL",
    text: "A prize above EUR 449 is taxed (kansspelbelasting, 37.8 % from 2026); prizes of one game are added up.",
    source: "Wet op de kansspelbelasting",
    date: "2026-01-01",
    severity: "warn",
    check: "totalCentsAtMost",
    limit: 44_900,
  },
  {
    id: "nl.no-tell-a-friend",
    jurisdiction: "NL",
    text: "No message is sent to an address that somebody else gave: friends are invited by the entrant's own message.",
    source: "Law firms' summaries (secondary)",
    date: "2020",
    severity: "block",
    check: "byDesign",
  },
  {
    id: "network.no-sharing-as-entry",
    jurisdiction: "network",
    text: "Chances are earned by friends who confirmed their own entry, never by sharing, liking, tagging or following.",
    source: "Promotion policies of Facebook, Tumblr, Pinterest and X",
    date: "2020",
    severity: "block",
    check: "byDesign",
  },
  {
    id: "network.disclosure",
    jurisdiction: "network",
    text: "Sharing for a chance is advertising: every share text carries #winactie or #contest.",
    source: "Reclamecode Social Media & Influencer Marketing (not verified)",
    date: "2022",
    severity: "block",
    check: "byDesign",
  },
  {
    id: "fairdraw.draw-after-close",
    jurisdiction: "fairdraw",
    text: "The draw is at least three minutes after the close: the entries are sealed and committed in between.",
    source: "FairDraw 1, section 3",
    date: "2026",
    severity: "block",
    check: "secondsToDrawAtLeast",
    limit: 180,
  },
];

/** What a check finds: nothing wrong, what is wrong where, or that it cannot be told yet. */
type Finding = undefined | "unknown" | FieldError;
type Check = (setup: Setup, limit: number, now: string) => Finding;

const checks = {
  organiserNamed: ({ organiser }) =>
    organiser ? undefined : { pointer: "#/organiser", detail: "Say who organises it, with name and address." },
  contactGiven: ({ organiser }) =>
    organiser ? undefined : { pointer: "#/organiser/contact", detail: "Say where questions and complaints go." },
  promotionNamed: ({ promotes }) =>
    promotes === undefined ? { pointer: "#/promotes", detail: "Say what is promoted." } : undefined,
  prizesStated: ({ prizes }) =>
    prizes.length ? undefined : { pointer: "#/prizes", detail: "Say what can be won: at least one prize." },
  totalCentsAtMost: ({ prizes }, limit) => {
    const total = totalCents(prizes);
    return total <= limit
      ? undefined
      : { pointer: "#/prizes", detail: `The prizes are worth ${euros(total)} in all; the limit is ${euros(limit)}.` };
  },
  daysOfLargeGameAtMost: ({ closesAt, prizes }, limit, now) => {
    if (closesAt === undefined) return "unknown";
    return totalCents(prizes) <= smallGameCents || milliseconds(closesAt) - milliseconds(now) <= days(limit)
      ? undefined
      : { pointer: "#/closesAt", detail: `It would last more than ${limit} days.` };
  },
  secondsToDrawAtLeast: ({ closesAt, drawAt }, limit) => {
    if (closesAt === undefined || drawAt === undefined) return "unknown";
    return milliseconds(drawAt) - milliseconds(closesAt) >= seconds(limit)
      ? undefined
      : { pointer: "#/drawAt", detail: `Choose a time at least ${limit} seconds after closesAt.` };
  },
  byDesign: () => undefined,
} satisfies Record<string, Check>;

const totalCents = (prizes: Setup["prizes"]): number =>
  prizes.reduce((sum, { number, valueCents }) => sum + number * valueCents, 0);
const euros = (cents: number): string => `EUR ${(cents / 100).toLocaleString("en", { minimumFractionDigits: 2 })}`;

export const RuleView = z
  .object({
    id: z.string(),
    jurisdiction: z.string(),
    text: z.string(),
    source: z.string(),
    date: z.string(),
    severity: z.enum(["block", "warn"]),
    result: z.enum(["holds", "broken", "unknown"]).describe("`unknown`: something is missing to tell by."),
    error: z.object({ pointer: z.string(), detail: z.string() }).optional(),
  })
  .meta({ id: "ContestRule" });
export type RuleView = z.infer<typeof RuleView>;

/** Each rule, and whether this set-up keeps it. */
export const assess = (setup: Setup, now: string): RuleView[] =>
  rules.map(({ check, limit = 0, ...rule }) => {
    const look: Check = checks[check];
    const finding = look(setup, limit, now);
    if (finding === undefined) return { ...rule, result: "holds" };
    return finding === "unknown" ? { ...rule, result: "unknown" } : { ...rule, result: "broken", error: finding };
  });

/** What keeps this set-up from opening. */
export const broken = (setup: Setup, now: string): FieldError[] =>
  assess(setup, now).flatMap(({ severity, error }) => (severity === "block" && error ? [error] : []));

/** What a contest cannot open without. */
export const missing = (setup: Setup): FieldError[] =>
  (
    [
      ["organiser", setup.organiser],
      ["promotes", setup.promotes],
      ["prizes", setup.prizes.at(0)],
      ["closesAt", setup.closesAt],
      ["drawAt", setup.drawAt],
    ] as const
  ).flatMap(([name, value]) =>
    value === undefined ? [{ pointer: `#/${name}`, detail: "It is needed before the contest opens." }] : [],
  );

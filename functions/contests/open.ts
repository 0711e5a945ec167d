import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { days } from "../platform/clock.ts";
import { type FieldError, refuse } from "../platform/errors.ts";
import { rulesHash } from "./commitment.ts";
import { type Cancelled, type Open, type Standing, winnerCount } from "./contest.ts";
import { broken, missing } from "./rules.ts";
import { asDraft, checked } from "./setup.ts";

// draft → open: the rules are published, before the first entry. open → cancelled: while nobody can know the outcome.

/** A shard takes 1,000 writes a second; half of that leaves room for an uneven spread. (fairdraw.md §1) */
const entriesPerShardSecond = 500;
const shardsFor = (peakEntriesPerSecond: number): 16 | 64 | 256 =>
  ([16, 64] as const).find((shards) => shards * entriesPerShardSecond >= peakEntriesPerSecond) ?? 256;

/** Winners can be replaced for so long after the draw; then they are final. */
export const finalAfter = days(14);

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

/** `lacksOfWorkspace`: what the law asks of whose it is. Refuses `contest_not_ready` where something is missing, and `rules_broken` where a rule forbids it. */
export const openContest = (
  contest: Standing,
  keys: { receiptKey: Uint8Array; receiptPublicKey: string; chainHash: string; secretVersion: number },
  canonical: (rules: object) => string,
  now: string,
  lacksOfWorkspace: readonly FieldError[] = [],
): [Open, DomainEvent[]] => {
  const draft = checked(asDraft(contest), now);
  const lacks = [...missing(draft), ...lacksOfWorkspace];
  const { organiser, promotes, closesAt, drawAt } = draft;
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
    {
      ...open,
      status: "open",
      rules: canonical(rules),
      // As long as the contest lives: who entered is known again, and personal links keep working, when keys rotate.
      pepper: keys.secretVersion,
      linkKey: keys.secretVersion,
      receiptKey: keys.receiptKey,
    },
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

/** Before it closes only: after that the outcome may be known to someone. It stays visible, with the reason. */
export const cancelContest = (contest: Standing, reason: string, now: string): [Cancelled, DomainEvent[]] =>
  contest.status === "open" && now < contest.closesAt
    ? [
        { ...contest, status: "cancelled", reason, cancelledAt: now },
        [event("contest.cancelled", { contestId: contest.contestId, reason })],
      ]
    : refuse("contest_not_cancellable", "Only an open contest can be cancelled, and only before it closes.");

import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { days } from "../platform/clock.ts";
import { type FieldError, refuse } from "../platform/errors.ts";
import { lacksCodes } from "./bonus.ts";
import { withoutSalt } from "./close.ts";
import { rulesHash } from "./commitment.ts";
import { type Cancelled, type Open, rulesOf, type Standing, type TermsVersion, winnerCount } from "./contest.ts";
import { perMailbox } from "./mailbox.ts";
import { finalAfter } from "./outcome.ts";
import { type Around, broken, missing, nothingAround } from "./rules.ts";
import { asDraft, type ContestPatch, checked } from "./setup.ts";
import { hashOf } from "./terms.ts";
import { type Home, improvementsOf, type Subject, writeTexts } from "./terms-text.ts";

// draft → open: the rules are published, before the first entry. open → cancelled: while nobody can know the outcome.

/** A shard takes 1,000 writes a second; half of that leaves room for an uneven spread. (fairdraw.md §1) */
const entriesPerShardSecond = 500;
const shardsFor = (peakEntriesPerSecond: number): 16 | 64 | 256 =>
  ([16, 64] as const).find((shards) => shards * entriesPerShardSecond >= peakEntriesPerSecond) ?? 256;

/**
 * What stands around a set-up as it opens: what it still lacks (what the law asks of its workspace and it has not said, polls
 * that are not open), its channels and other contests, its pages.
 */
export type Where = { lacks: readonly FieldError[]; around: Around; home: Home };
const nowhere: Where = { lacks: [], around: nothingAround, home: { url: "", privacyUrl: undefined } };

/** What is published before the first entry, and whose hash is committed. `receiptPublicKey`: 32 bytes, hex. */
const publishedRules = (
  contest: Subject,
  texts: Pick<TermsVersion, "nl" | "en">,
  receiptPublicKey: string,
  chainHash: string,
) => ({
  version: "samenspraak/1",
  contest: contest.contestId,
  title: contest.title,
  language: contest.language,
  organiser: contest.organiser,
  promotes: contest.promotes,
  method: contest.method,
  ...(contest.jury ? { jury: contest.jury } : {}),
  prizes: contest.prizes,
  winners: winnerCount(contest),
  reserves: contest.reserves,
  eligibility: contest.eligibility,
  terms: { nl: hashOf(texts.nl.terms).toString("hex"), en: hashOf(texts.en.terms).toString("hex") },
  onePerson: perMailbox,
  chances: contest.chances,
  weight: "base + min(referralCap, referralUnit * confirmed friends) + the tickets of each bonus that was earned",
  openedAt: contest.openedAt,
  closesAt: contest.closesAt,
  drawAt: contest.drawAt,
  zone: contest.zone,
  beacon: chainHash,
  missingRound: "seven days after its time the commitment is void, and a new one is made, on the record",
  claimDays: contest.claimDays,
  replacement: "a struck winner's prize goes to the next reserve; nothing is drawn again",
  shards: contest.shards,
  receiptKey: receiptPublicKey,
  finalDaysAfterDraw: finalAfter / days(1),
});

/** Refuses `contest_not_ready` where something is missing, and `rules_broken` where a rule forbids it. */
export const openContest = (
  contest: Standing,
  keys: {
    receiptKey: Uint8Array;
    receiptPublicKey: string;
    chainHash: string;
    secretVersion: number;
    networkSalt?: Uint8Array;
  },
  canonical: (rules: object) => string,
  now: string,
  { lacks: lacksOfWorkspace, around, home }: Where = nowhere,
): [Open, DomainEvent[]] => {
  const draft = checked(asDraft(contest), now);
  const lacks = [...missing(draft), ...lacksCodes(draft), ...lacksOfWorkspace];
  const { organiser, promotes, closesAt, drawAt } = draft;
  if (lacks.length || !organiser || promotes === undefined || closesAt === undefined || drawAt === undefined)
    return refuse("contest_not_ready", "The contest is not complete yet.", lacks);
  const breaks = broken({ ...draft, organiser }, now, around);
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
  const texts = writeTexts(open, home);
  const rules = publishedRules(open, texts, keys.receiptPublicKey, keys.chainHash);
  return [
    {
      ...open,
      status: "open",
      rules: canonical(rules),
      terms: [{ at: now, rulesHash: rulesHash(rules), changes: [], ...texts }],
      // As long as the contest lives: who entered is known again, and personal links keep working, when keys rotate.
      pepper: keys.secretVersion,
      linkKey: keys.secretVersion,
      receiptKey: keys.receiptKey,
      ...(keys.networkSalt ? { networkSalt: keys.networkSalt } : {}),
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

/** What may still change while people enter: prizes, which only become more, and where it speaks, which is promised to nobody. */
const changeableWhileOpen = ["prizes", "channels", "embedOrigins"] as const;

const favour = (before: Open["prizes"], after: Open["prizes"]): FieldError[] =>
  before.flatMap((was, i) => {
    const prize = after[i];
    const refused = (name: string, detail: string) => [{ pointer: `#/prizes/${i}${name}`, detail }];
    if (!prize) return refused("", `“${was.description}” was promised: it stays.`);
    if (prize.description !== was.description)
      return refused("/description", `“${was.description}” was promised in these words, in this place.`);
    if (prize.number < was.number) return refused("/number", `${was.number} of it were promised.`);
    return prize.valueCents < was.valueCents
      ? refused("/valueCents", `It was promised to be worth ${was.valueCents} cents.`)
      : [];
  });

/**
 * All versions of the terms stay, word for word, and lie in one item with what is drawn (DynamoDB takes 400 KB of it): so much
 * of them, and the draw still fits. Some fourteen versions.
 */
const mostTermsBytes = 150_000;

const withTerms = (contest: Open, version: TermsVersion): TermsVersion[] => {
  const terms = [...contest.terms, version];
  return Buffer.byteLength(JSON.stringify(terms)) <= mostTermsBytes
    ? terms
    : refuse(
        "terms_full",
        `The terms have ${contest.terms.length} versions, and all of them stay public: there is no room for another. Put the next changes into another contest.`,
        [{ pointer: "#/prizes", detail: "They stay as they are now." }],
      );
};

/**
 * Changes an open contest in its entrants' favour: prizes are added at the end, or there are more of one, or it is worth
 * more. That is a new version of the terms; the rules that will be committed are the newest.
 * Refuses `contest_not_draft` where it is not open any more, `contest_promised` where it is no favour, `rules_broken`, and
 * `terms_full`.
 */
export const improveContest = (
  contest: Standing,
  patch: ContestPatch,
  canonical: (rules: object) => string,
  now: string,
  { around, home }: Where = nowhere,
): [Open, DomainEvent[]] => {
  if (contest.status !== "open" || now >= contest.closesAt)
    return refuse("contest_not_draft", "This contest is over: nothing of it changes any more.");
  const fields = Object.keys(patch);
  const promised = fields.filter((field) => !changeableWhileOpen.some((name) => name === field));
  const errors = [
    ...promised.map((field) => ({ pointer: `#/${field}`, detail: "People entered under it: it stays as it is." })),
    ...(patch.prizes ? favour(contest.prizes, patch.prizes) : []),
  ];
  const [first] = errors;
  if (first)
    return refuse(
      "contest_promised",
      `${first.pointer.slice(2)} was promised to whoever entered. While a contest is open, prizes can be added at the end, or become more or worth more.`,
      errors,
    );
  const { channels = contest.channels, embedOrigins = contest.embedOrigins, prizes = contest.prizes } = patch;
  const next = { ...contest, channels, embedOrigins, prizes };
  const changes = improvementsOf(contest.prizes, prizes);
  const changed = event("contest.changed", { contestId: contest.contestId, fields });
  // As if it opened now with what it becomes: where it speaks, and how much can be won.
  const breaks = changes.length > 0 || patch.channels ? broken(next, contest.openedAt, around) : [];
  if (breaks.length) return refuse("rules_broken", breaks[0]?.detail ?? "", breaks);
  if (changes.length === 0) return [next, [changed]];
  const { receiptKey, beacon } = rulesOf(contest);
  const texts = writeTexts(next, home);
  const rules = publishedRules(next, texts, receiptKey, beacon);
  return [
    {
      ...next,
      rules: canonical(rules),
      terms: withTerms(contest, { at: now, rulesHash: rulesHash(rules), changes, ...texts }),
    },
    [
      changed,
      event("contest.improved", {
        contestId: contest.contestId,
        version: contest.terms.length + 1,
        rulesHash: rulesHash(rules),
      }),
    ],
  ];
};

/** Before it closes only: after that the outcome may be known to someone. It stays visible, with the reason. */
export const cancelContest = (contest: Standing, reason: string, now: string): [Cancelled, DomainEvent[]] =>
  contest.status === "open" && now < contest.closesAt
    ? [
        { ...withoutSalt(contest), status: "cancelled", reason, cancelledAt: now },
        [event("contest.cancelled", { contestId: contest.contestId, reason })],
      ]
    : refuse("contest_not_cancellable", "Only an open contest can be cancelled, and only before it closes.");

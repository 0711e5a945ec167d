import * as z from "zod";
import { byLanguage, byMark, bySource, daySubject, entriesSubject, viewsSubject } from "../events/contest-counts.ts";
import { lettersSubject } from "../events/mail.ts";
import { remembers } from "../platform/cache.ts";
import { days, hours, instant, milliseconds, minutes } from "../platform/clock.ts";
import { countsFor } from "../platform/counts.ts";
import { Id } from "../platform/ids.ts";
import { Language } from "../platform/words.ts";
import { type Published, type Standing, Status } from "./contest.ts";
import { type Entry, entryKeys, isErased, refOf } from "./entry.ts";
import { busyNetworks, type Mark, markCodes, marks, marksOf } from "./guard.ts";
import { eachEntry } from "./table.ts";
import { GamingTax, gamingTax } from "./tax.ts";

// What the organiser sees of a contest: how many looked, asked and entered, when, from where and by whom, what is doubtful,
// and what tax is owed. Almost all of it is read from counts; who brought most friends is in no count, so that is reckoned
// from the entries themselves, where they are not too many to read while somebody waits.

/** So many entries are read for it, in a few seconds. */
const mostEntriesRead = 50_000;
const mostReferrers = 10;
/** A contest of so many days is shown by the hour, and a longer one by the day. */
const mostDaysByHour = 3;

export const Step = z.enum(["hour", "day"]);
type Step = z.infer<typeof Step>;

const amounts = { views: z.int(), entries: z.int() };

export const ContestReport = z
  .object({
    contestId: Id("contest"),
    status: Status,
    title: z.string(),
    countedAt: z.iso.datetime().describe("The counts are a few seconds older."),
    from: z.iso.datetime().optional().describe("When it opened."),
    until: z.iso.datetime().optional().describe("When it closes, or closed."),
    funnel: z
      .object({
        views: z
          .int()
          .describe("Clicks: how often somebody opened the page while it was open. No previews, no bots, no programs."),
        mails: z
          .int()
          .describe("Mails with the link to confirm by that went out; the same address again counts again."),
        entries: z.int().describe("Confirmed."),
      })
      .describe("From click to confirmed."),
    referred: z.int().describe("How many of the entries a friend's personal link brought."),
    step: Step,
    over: z
      .array(z.object({ from: z.string().describe("An hour (RFC 3339), or a day in the contest's zone."), ...amounts }))
      .describe("Over time, without the hours and days in which there was nothing."),
    sources: z
      .array(
        z.object({
          source: z
            .string()
            .describe(
              "What the link said of where it stands (?via=). `-`: nothing. `other`: what the contest does not know.",
            ),
          ...amounts,
          byFriends: z.object(amounts).describe("How many of them by a friend's personal link."),
        }),
      )
      .describe("Most entries first."),
    languages: z.array(z.object({ language: Language, entries: z.int() })),
    risk: z.array(z.object({ mark: z.enum(marks), entries: z.int() })).describe("How many entries bear each mark."),
    fromRows: z
      .object({
        referrers: z
          .array(z.object({ entryId: Id("entry"), friends: z.int() }))
          .describe(`Who brought most friends that take part: at most ${mostReferrers}.`),
        withdrawn: z.int(),
        excluded: z.int(),
        newsletter: z.int().describe("How many of the entries asked for the newsletter."),
      })
      .optional()
      .describe(`Reckoned from the entries, up to a minute old; absent where there are more than ${mostEntriesRead}.`),
    tax: GamingTax.describe("Dutch gaming tax on the prizes. No legal advice."),
  })
  .meta({ id: "ContestReport" });
export type ContestReport = z.infer<typeof ContestReport>;

// ── Over time ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Every day (UTC) from one moment to another, as 2026-06-01. */
export const datesBetween = (from: string, until: string): string[] => {
  const first = milliseconds(`${from.slice(0, 10)}T00:00:00.000Z`);
  const count = Math.floor((milliseconds(until) - first) / days(1)) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => instant(first + days(i)).slice(0, 10));
};

type Amounts = { from: string; views: number; entries: number };

/** The hours of a day's counts in which there was something. */
export const hoursOf = (date: string, counts: Readonly<Record<string, number>>): Amounts[] =>
  Array.from({ length: 24 }, (_, hour) => {
    const name = String(hour).padStart(2, "0");
    return { from: `${date}T${name}:00:00.000Z`, views: counts[`v${name}`] ?? 0, entries: counts[`e${name}`] ?? 0 };
  }).filter(({ views, entries }) => views + entries > 0);

/** Hours as days in a zone. Where a zone is half an hour off, an hour is of the day in which it begins. */
export const daysOf = (hourly: readonly Amounts[], zone: string): Amounts[] => {
  const dateIn = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  const byDay = new Map<string, Amounts>();
  for (const { from, views, entries } of hourly) {
    const date = dateIn.format(milliseconds(from));
    const known = byDay.get(date) ?? { from: date, views: 0, entries: 0 };
    byDay.set(date, { from: date, views: known.views + views, entries: known.entries + entries });
  }
  return [...byDay.values()];
};

const readsAtOnce = 16;

const hourly = async (contest: Published, now: string): Promise<Amounts[]> => {
  const { workspaceId, contestId, openedAt, closesAt } = contest;
  const dates = datesBetween(openedAt, closesAt < now ? closesAt : now);
  const waiting = dates.values();
  const found: Amounts[] = [];
  const read = async () => {
    for (const date of waiting)
      found.push(...hoursOf(date, await countsFor(workspaceId, daySubject(contestId, date), milliseconds(now))));
  };
  await Promise.all(Array.from({ length: readsAtOnce }, read));
  return found.sort((a, b) => (a.from < b.from ? -1 : 1));
};

const stepFor = ({ openedAt, closesAt }: Published): Step =>
  milliseconds(closesAt) - milliseconds(openedAt) <= days(mostDaysByHour) ? "hour" : "day";

// ── From where ──────────────────────────────────────────────────────────────────────────────────────────────────────

type Counts = Readonly<Record<string, number>>;
const named = (counts: Counts, kind: string): [string, number][] =>
  Object.entries(counts).flatMap(([name, n]) => (name.startsWith(kind) ? [[name.slice(kind.length), n]] : []));

export const sourcesOf = (entries: Counts, views: Counts): ContestReport["sources"] => {
  const prefixes = [bySource("", false), bySource("", true)];
  const names = new Set(
    [entries, views].flatMap((counts) => prefixes.flatMap((kind) => named(counts, kind).map(([name]) => name))),
  );
  const of = (counts: Counts, source: string, byFriend: boolean): number => counts[bySource(source, byFriend)] ?? 0;
  return [...names]
    .map((source) => {
      const byFriends = { views: of(views, source, true), entries: of(entries, source, true) };
      return {
        source,
        views: of(views, source, false) + byFriends.views,
        entries: of(entries, source, false) + byFriends.entries,
        byFriends,
      };
    })
    .sort((a, b) => b.entries - a.entries || b.views - a.views || (a.source < b.source ? -1 : 1));
};

// ── By whom ─────────────────────────────────────────────────────────────────────────────────────────────────────────

type FromRows = NonNullable<ContestReport["fromRows"]> & Pick<ContestReport, "risk">;
const recent = remembers<FromRows>(minutes(1), 100);

/** Most first. */
const riskOf = (counts: ReadonlyMap<Mark, number>): ContestReport["risk"] =>
  [...counts].map(([mark, entries]) => ({ mark, entries })).sort((a, b) => b.entries - a.entries);

/** The marks that rows bear from the beginning, as they were counted. */
const marksAtEntryIn = (counts: Counts): Map<Mark, number> =>
  new Map(
    marks.flatMap((mark) => {
      const n = counts[byMark(String(markCodes[mark]))] ?? 0;
      return n > 0 ? [[mark, n] as const] : [];
    }),
  );

const fromRows = async (contest: Published, count: number, now: string): Promise<FromRows> => {
  const keys = await entryKeys(contest);
  const busy = await busyNetworks(contest, count, now);
  const friends = new Map<string, number>();
  const marked = new Map<Mark, number>();
  const seen: Pick<Entry, "id" | "pid">[] = [];
  const counts = { withdrawn: 0, excluded: 0, newsletter: 0 };
  await eachEntry(contest, now, (row) => {
    if (isErased(row)) return;
    const { id, pid, referrer, withdrawnAt, excluded, consent } = row;
    for (const mark of marksOf(row, busy)) marked.set(mark, (marked.get(mark) ?? 0) + 1);
    if (consent !== undefined) counts.newsletter += 1;
    if (withdrawnAt !== undefined) counts.withdrawn += 1;
    else if (excluded !== undefined) counts.excluded += 1;
    else if (referrer !== undefined) friends.set(referrer, (friends.get(referrer) ?? 0) + 1);
    seen.push({ id, pid });
  });
  const most = [...friends].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, mostReferrers);
  const wanted = new Set(most.map(([ref]) => ref));
  const ids = new Map<string, string>();
  for (const { id, pid } of seen) {
    if (ids.size === wanted.size) break;
    const ref = refOf(keys, pid);
    if (wanted.has(ref)) ids.set(ref, id);
  }
  // Whose own entry was erased is in it no more; the friends they brought are.
  const referrers = most.flatMap(([ref, friends]) => {
    const entryId = ids.get(ref);
    return entryId === undefined ? [] : [{ entryId, friends }];
  });
  return { referrers, risk: riskOf(marked), ...counts };
};

// ── All of it ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A jury's contest is no game of chance. */
const taxOf = ({ method, prizes, drawAt, createdAt }: Standing): GamingTax =>
  gamingTax(method === "jury" ? [] : prizes, drawAt ?? createdAt);

const common = (contest: Standing, now: string) => ({
  contestId: contest.contestId,
  status: contest.status,
  title: contest.title,
  countedAt: now,
  tax: taxOf(contest),
});

/** `step`: by the hour or by the day; by itself the hour for a short contest. By the hour, at most 31 days. */
export const reportOn = async (contest: Standing, step: Step | undefined, now: string): Promise<ContestReport> => {
  if (contest.status === "draft")
    return {
      ...common(contest, now),
      funnel: { views: 0, mails: 0, entries: 0 },
      referred: 0,
      step: step ?? "day",
      over: [],
      sources: [],
      languages: [],
      risk: [],
    };
  const { workspaceId, contestId, openedAt, closesAt, zone } = contest;
  const count = (subject: string): Promise<Counts> => countsFor(workspaceId, subject, milliseconds(now));
  const [entries, views, letters, perHour] = await Promise.all([
    count(entriesSubject(contestId)),
    count(viewsSubject(contestId)),
    count(lettersSubject(`${contestId}/confirm`)),
    hourly(contest, now),
  ]);
  const all = entries.entries ?? 0;
  const rows =
    all <= mostEntriesRead ? await recent.get(`${contestId} ${all}`, () => fromRows(contest, all, now)) : undefined;
  const by = step ?? stepFor(contest);
  return {
    ...common(contest, now),
    from: openedAt,
    until: closesAt,
    funnel: { views: views.views ?? 0, mails: letters.mails ?? 0, entries: entries.entries ?? 0 },
    referred: entries.referred ?? 0,
    step: by,
    over: by === "day" ? daysOf(perHour, zone) : perHour.slice(-mostHours),
    sources: sourcesOf(entries, views),
    languages: Language.options.flatMap((language) => {
      const n = entries[byLanguage(language)];
      return n === undefined ? [] : [{ language, entries: n }];
    }),
    risk: rows?.risk ?? riskOf(marksAtEntryIn(entries)),
    ...(rows ? { fromRows: rows } : {}),
  };
};

const mostHours = days(31) / hours(1);

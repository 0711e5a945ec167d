import { type KeyObject, sign } from "node:crypto";
import * as z from "zod";
import { days, hours, instant, later, milliseconds } from "../platform/clock.ts";
import { idBytes } from "../platform/ids.ts";
import { Bytes } from "../platform/table.ts";
import { type Published, rulesOf } from "./contest.ts";
import { type Counts, countMessage } from "./count-check.ts";

// How many have entered, said in public each hour while a contest is open, and signed: whoever stuffs a list at the last
// moment does it before everyone's eyes. One row a contest.

const Counted = z.object({
  /** When it was counted, Unix milliseconds. */
  at: z.number().int(),
  entries: z.number().int(),
  signature: Bytes,
});
type Counted = z.infer<typeof Counted>;

/** `wakesAt`: when it counts again; without, it has counted to its end. */
export const PublicCounts = z.object({
  workspaceId: z.string(),
  contestId: z.string(),
  closesAt: z.iso.datetime(),
  counts: z.array(Counted),
  wakesAt: z.iso.datetime().optional(),
});
export type PublicCounts = z.infer<typeof PublicCounts>;

/** The next whole hour; the close itself comes before an hour that lies behind it. */
const nextAt = (closesAt: string, now: string): string => {
  const hour = instant((Math.floor(milliseconds(now) / hours(1)) + 1) * hours(1));
  return hour < closesAt ? hour : closesAt;
};

export const startCounting = (
  { workspaceId, contestId, closesAt }: Pick<PublicCounts, "workspaceId" | "contestId" | "closesAt">,
  now: string,
): PublicCounts => ({ workspaceId, contestId, closesAt, counts: [], wakesAt: nextAt(closesAt, now) });

const everyHourFor = days(7);

/** Of what is older than a week, the first of each day stays: a year is five hundred counts, and they fit their row. */
const kept = (counts: readonly Counted[], now: string): Counted[] => {
  const since = milliseconds(later(now, -everyHourFor));
  const day = (at: number): number => Math.floor(at / days(1));
  return counts.filter(({ at }, i) => at >= since || i === 0 || day(counts[i - 1]!.at) !== day(at));
};

/** Counts once, and again until the close. */
export const countOnce = (counts: PublicCounts, entries: number, key: KeyObject, now: string): PublicCounts => {
  const at = milliseconds(now);
  const signature = sign(null, countMessage(idBytes(counts.contestId), at, entries), key);
  const { wakesAt: _, ...counted } = { ...counts, counts: [...kept(counts.counts, now), { at, entries, signature }] };
  return now < counts.closesAt ? { ...counted, wakesAt: nextAt(counts.closesAt, now) } : counted;
};

/** Counts no more: there is no draw. */
export const stopCounting = ({ wakesAt: _, ...counts }: PublicCounts): PublicCounts => counts;

/** As everyone may keep it. */
export const viewCounts = (contest: Published, counts: PublicCounts | undefined): Counts => ({
  contest: Buffer.from(idBytes(contest.contestId)).toString("hex"),
  receiptKey: rulesOf(contest).receiptKey,
  counts: (counts?.counts ?? []).map(({ at, entries, signature }) => ({
    at: instant(at),
    entries,
    signature: Buffer.from(signature).toString("hex"),
  })),
});

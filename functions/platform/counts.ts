import * as z from "zod";
import { remembers } from "./cache.ts";
import { hours, later } from "./clock.ts";
import { addCounts, all, Bytes, type Change, drop, get, type Kind, put } from "./table.ts";

// Exact counts of a subject (a poll, a contest, a person's friends): the sum of one item per stream shard and a base item.

const Tally = z.looseObject({
  workspaceId: z.string(),
  subject: z.string(),
  /** The stream shard that it counts, or "BASE" for what closed shards have counted. */
  shard: z.string(),
  touchedAt: z.string(),
  closesAt: z.string().optional(),
  last: Bytes.optional(),
});
export type Tally = z.infer<typeof Tally>;

/** Records live 24 h in the stream: what was untouched for longer can be counted by nobody again. */
const closesAfter = hours(25);

export const tallies: Kind<Tally> = {
  kind: "tally",
  schema: Tally,
  key: ({ workspaceId, subject, shard }) => ({ pk: `WS#${workspaceId}#TALLY#${subject}`, sk: shard }),
  due: ({ closesAt }) => (closesAt ? { at: closesAt, kind: "shard.close" } : undefined),
};

const mark = "n:";
const countsOf = (tally: Tally): [string, number][] =>
  Object.entries(tally).flatMap(([name, value]) =>
    name.startsWith(mark) ? [[name.slice(mark.length), Number(value)] as [string, number]] : [],
  );

const sum = (parts: readonly Tally[]): Record<string, number> => {
  const total: Record<string, number> = {};
  for (const part of parts) for (const [name, value] of countsOf(part)) total[name] = (total[name] ?? 0) + value;
  return total;
};

/** What has been counted of a subject by now. A moment behind the rows; `recount` where it must be exact at an instant. */
export const countsFor = async (
  workspaceId: string,
  subject: string,
  nowMs: number,
): Promise<Record<string, number>> => {
  const { pk } = tallies.key({ workspaceId, subject, shard: "BASE", touchedAt: "" });
  return sum(await Array.fromAsync(all(tallies, { pk }, nowMs)));
};

const recent = remembers<Record<string, number>>();
const recentName = (workspaceId: string, subject: string): string => `${workspaceId} ${subject}`;

/** `countsFor` for what a crowd reads: at most five seconds older. */
export const recentCountsFor = (workspaceId: string, subject: string, nowMs: number): Promise<Record<string, number>> =>
  recent.get(recentName(workspaceId, subject), () => countsFor(workspaceId, subject, nowMs));

/** A step of counting: what one record adds, and its place in the shard. */
export type Step = { sequence: Uint8Array; add: Record<string, number> };

/** DynamoDB's sequence numbers have up to 40 digits; as 17 bytes they sort as numbers do and keep the item small. */
export const sequenceBytes = (decimal: string): Uint8Array =>
  Buffer.from(BigInt(decimal).toString(16).padStart(34, "0"), "hex");

/** Counts the steps of one shard, in their order, each exactly once however often it is told. */
export const count = async (
  workspaceId: string,
  subject: string,
  shard: string,
  steps: readonly Step[],
  now: string,
): Promise<void> => {
  const [first] = steps;
  const last = steps.at(-1);
  if (!first || !last) return;
  const counts: Record<string, number> = {};
  for (const { add } of steps)
    for (const [name, n] of Object.entries(add)) counts[mark + name] = (counts[mark + name] ?? 0) + n;
  const closesAt = later(now, closesAfter);
  const stands = await addCounts(tallies.key({ workspaceId, subject, shard, touchedAt: "" }), tallies.kind, {
    counts,
    first: first.sequence,
    last: last.sequence,
    touchedAt: now,
    initial: { workspaceId, subject, shard, closesAt },
    due: { at: closesAt, kind: "shard.close" },
  });
  recent.forget(recentName(workspaceId, subject));
  if (stands) {
    const left = steps.filter(({ sequence }) => Buffer.compare(sequence, stands) > 0);
    await count(workspaceId, subject, shard, left, now);
  }
};

/** Adds a shard's item that is long untouched to the base item, or waits on: what to save. */
export const closeShard = async (tally: Tally, now: string, nowMs: number): Promise<Change[]> => {
  const closesAt = later(tally.touchedAt, closesAfter);
  if (closesAt > now) return [put(tallies, { ...tally, closesAt })];
  const { workspaceId, subject } = tally;
  const empty: Tally = { workspaceId, subject, shard: "BASE", touchedAt: now };
  const base = (await get(tallies, tallies.key(empty), nowMs)) ?? empty;
  const total = Object.fromEntries(Object.entries(sum([base, tally])).map(([name, value]) => [mark + name, value]));
  return [put(tallies, { ...base, ...total, touchedAt: now }), drop(tallies, tally)];
};

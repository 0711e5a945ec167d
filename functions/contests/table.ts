import * as z from "zod";
import { entriesSubject, friendsSubject } from "../events/contests.ts";
import { getObject, putObject } from "../platform/bucket.ts";
import { remembers } from "../platform/cache.ts";
import { later, milliseconds, minutes } from "../platform/clock.ts";
import { countsFor, recentCountsFor } from "../platform/counts.ts";
import { whose } from "../platform/names.ts";
import { sha256 } from "../platform/secrets.ts";
import { all, Bytes, get, getCached, type Key, type Kind, page, parseItem, type Stretch } from "../platform/table.ts";
import { countableAt } from "./close.ts";
import { Contest, hasLedger, type Published, type Standing, type Status } from "./contest.ts";
import type { Position } from "./draw.ts";
import { Entry, type Place } from "./entry.ts";
import type { Ledger } from "./ledger.ts";
import { finalAt } from "./outcome.ts";
import { forgottenAt } from "./setup.ts";
import { BundleShape } from "./verify.ts";

// What is asked                          Where the answer lives
// a contest, the contests of a workspace WS#<workspace>#CONTESTS · <contest>
// whose contest is this                  the directory: NAME#contest#<slug>
// did this person enter                  WS#<workspace>#CONTEST#<contest>#<shard> · <pid>
// all entries                            the same partitions, one after the other
// was this address mailed just now       WS#<workspace>#CONTEST#<contest>#MAILED#<shard> · <pid>
// was this winner told                   WS#<workspace>#CONTEST#<contest>#TOLD · <position>
// how many entered, whose friends        tallies of <contest>#entries and <contest>#friends#<ref>
// the sealed ledger, the drawn proofs    the bucket, by the hash of what they are

export const contests: Kind<Contest> = {
  kind: "contest",
  schema: Contest,
  key: ({ workspaceId, contestId }) => contestKey(workspaceId, contestId),
  due: (contest) => {
    switch (contest.status) {
      case "open":
        return { at: contest.closesAt, kind: "contest.close" };
      case "closing":
      case "counting":
      case "sealed":
        return { at: countableAt(contest), kind: "contest.close" };
      case "committed":
        return { at: contest.wakesAt, kind: "contest.draw" };
      case "drawn":
        return { at: contest.wakesAt, kind: "contest.announce" };
      case "announced":
        return { at: finalAt(contest), kind: "contest.draw" };
      default:
        return undefined;
    }
  },
  expires: (contest) => (contest.status === "removed" ? forgottenAt(contest) : undefined),
};
const contestsOf = (workspaceId: string): string => `WS#${workspaceId}#CONTESTS`;
const contestKey = (workspaceId: string, contestId: string): Key => ({ pk: contestsOf(workspaceId), sk: contestId });

const standing = (contest: Contest | undefined): Standing | undefined =>
  contest?.status === "removed" ? undefined : contest;

export const findContest = async (workspaceId: string, contestId: string, now: string): Promise<Standing | undefined> =>
  standing(await get(contests, contestKey(workspaceId, contestId), milliseconds(now)));

const cached = getCached(contests);

/** The contest at this address, once it has been opened; at most five seconds old. */
export const findContestBySlug = async (slug: string, now: string): Promise<Published | undefined> => {
  const name = await whose("contest", slug, milliseconds(now));
  const contest = name && standing(await cached(contestKey(name.workspaceId, name.id), milliseconds(now)));
  return contest?.status === "draft" ? undefined : contest;
};

/** Newest first. */
export const listContests = async (
  workspaceId: string,
  asked: { limit: number; startAfter: Key | undefined; status: Status | undefined },
  now: string,
): Promise<Stretch<Standing>> => {
  const { status, ...list } = asked;
  const keep = (contest: Contest) =>
    contest.status !== "removed" && (status === undefined || contest.status === status);
  const range = { pk: contestsOf(workspaceId), newestFirst: true };
  const { items, next } = await page(contests, range, { ...list, nowMs: milliseconds(now), keep });
  return { items: items.flatMap((contest) => standing(contest) ?? []), next };
};

// ── Entries ─────────────────────────────────────────────────────────────────────────────────────────────────────────

type Of = Pick<Published, "workspaceId" | "contestId">;

export const entries: Kind<Entry> = { kind: "entry", schema: Entry, key: (entry) => entryKey(entry) };
const shardOf = ({ workspaceId, contestId }: Of, shard: number): string =>
  `WS#${workspaceId}#CONTEST#${contestId}#${shard.toString(16).padStart(2, "0")}`;
const text = (pid: Uint8Array): string => Buffer.from(pid).toString("base64url");
const entryKey = (place: Place): Key => ({ pk: shardOf(place, place.shard), sk: text(place.pid) });

export const findEntry = (place: Place, now: string): Promise<Entry | undefined> =>
  get(entries, entryKey(place), milliseconds(now));

/** The entry that stands where another was to be written. */
export const standingEntry = (item: Record<string, unknown>): Entry => parseItem(entries, item);

/** More at once would only wait for each other, and count that as the table's time. */
const shardsAtOnce = 16;

/** Reads every entry, strongly consistent, many shards at once; `see` is called for each, in no order. */
export const eachEntry = async (
  contest: Of & { shards: number },
  now: string,
  see: (entry: Entry) => void,
): Promise<void> => {
  const shards = Array(contest.shards).keys();
  const readShards = async () => {
    for (const shard of shards)
      for await (const entry of all(entries, { pk: shardOf(contest, shard) }, milliseconds(now))) see(entry);
  };
  await Promise.all(Array.from({ length: shardsAtOnce }, readShards));
};

/** Entries in an order that tells nothing: by shard, and by their keyed hash within it. */
export const listEntries = async (
  contest: Of & { shards: number },
  { limit, startAfter }: { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<Stretch<Entry>> => {
  const partitions = Array.from({ length: contest.shards }, (_, shard) => shardOf(contest, shard));
  const from = startAfter ? partitions.indexOf(startAfter.pk) : 0;
  const found: Entry[] = [];
  for (const pk of partitions.slice(Math.max(0, from))) {
    const { items } = await page(
      entries,
      { pk },
      {
        limit: limit + 1 - found.length,
        startAfter: pk === startAfter?.pk ? startAfter : undefined,
        nowMs: milliseconds(now),
      },
    );
    found.push(...items);
    if (found.length > limit) return { items: found.slice(0, limit), next: entryKey(found[limit - 1]!) };
  }
  return { items: found, next: undefined };
};

/** By now, a moment behind. */
export const entryCounts = async (contest: Of, now: string): Promise<{ entries: number; referred: number }> => {
  const counts = await countsFor(contest.workspaceId, entriesSubject(contest.contestId), milliseconds(now));
  return { entries: counts.entries ?? 0, referred: counts.referred ?? 0 };
};

/** For what a crowd reads: a few seconds older; exact once it is sealed. */
export const currentEntries = async (contest: Published, now: string): Promise<number> => {
  if (hasLedger(contest)) return contest.entries;
  const { workspaceId, contestId } = contest;
  return (await recentCountsFor(workspaceId, entriesSubject(contestId), milliseconds(now))).entries ?? 0;
};

/** How many confirmed friends a personal link has brought, provisionally. */
export const friendCount = async (contest: Of, ref: string, now: string): Promise<number> =>
  (await countsFor(contest.workspaceId, friendsSubject(contest.contestId, ref), milliseconds(now))).friends ?? 0;

// ── Who was mailed just now ─────────────────────────────────────────────────────────────────────────────────────────

const quietMs = minutes(10);

/** That an address was mailed. It says who only as the entry's key does, and is forgotten after ten minutes. */
const Throttle = z.object({
  workspaceId: z.string(),
  contestId: z.string(),
  shard: z.number().int(),
  pid: Bytes,
  mailedAt: z.iso.datetime(),
  /** Who wrote it: of two at the same moment one mails. */
  requestId: z.string(),
});
export type Throttle = z.infer<typeof Throttle>;

export const throttles: Kind<Throttle> = {
  kind: "throttle",
  schema: Throttle,
  key: (throttle) => throttleKey(throttle),
  expires: ({ mailedAt }) => later(mailedAt, quietMs),
};
const throttleKey = (place: Place): Key => ({
  pk: `WS#${place.workspaceId}#CONTEST#${place.contestId}#MAILED#${place.shard.toString(16).padStart(2, "0")}`,
  sk: text(place.pid),
});

/** Asked before it is written: a condition that fails is paid for as a write. */
export const wasMailedJustNow = async (place: Place, now: string): Promise<boolean> =>
  (await get(throttles, throttleKey(place), milliseconds(now))) !== undefined;

// ── Which winners were told ─────────────────────────────────────────────────────────────────────────────────────────

/**
 * That a winner is being told, was, or cannot be: the mail was refused for good. A mail cannot be taken back or asked
 * after: whoever finds `telling` of another attempt cannot know, and does not mail again.
 */
const Notice = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("telling"),
    workspaceId: z.string(),
    contestId: z.string(),
    position: z.number().int(),
    attempt: z.string(),
    since: z.iso.datetime(),
  }),
  z.object({
    status: z.literal("told"),
    workspaceId: z.string(),
    contestId: z.string(),
    position: z.number().int(),
    toldAt: z.iso.datetime(),
  }),
  z.object({
    status: z.literal("refused"),
    workspaceId: z.string(),
    contestId: z.string(),
    position: z.number().int(),
    refusedAt: z.iso.datetime(),
    /** What the mail service calls it. */
    reason: z.string(),
  }),
]);
export type Notice = z.infer<typeof Notice>;

const noticesOf = ({ workspaceId, contestId }: Of): string => `WS#${workspaceId}#CONTEST#${contestId}#TOLD`;
export const notices: Kind<Notice> = {
  kind: "notice",
  schema: Notice,
  key: (notice) => ({ pk: noticesOf(notice), sk: String(notice.position).padStart(4, "0") }),
};

export const listNotices = (contest: Of, now: string): Promise<Notice[]> =>
  Array.fromAsync(all(notices, { pk: noticesOf(contest) }, milliseconds(now)));

// ── What is too large for an item ───────────────────────────────────────────────────────────────────────────────────

/** Keeps bytes under the name of their hash: written twice they are the same object. Gives its key. */
const keep = async (folder: string, bytes: Uint8Array, type: string): Promise<string> => {
  const key = `${folder}/${sha256(bytes).toString("hex")}`;
  await putObject(key, bytes, type);
  return key;
};
const kept = async (key: string): Promise<Uint8Array> => {
  const bytes = await getObject(key);
  if (!key.endsWith(`/${sha256(bytes).toString("hex")}`)) throw new Error(`The object ${key} is not what was written.`);
  return bytes;
};

/** The levels of the tree one after the other: where a tile lies follows from the number of entries. */
export const saveLedger = ({ contestId }: Of, { levels }: Ledger): Promise<string> =>
  keep(`contests/${contestId}/ledger`, Buffer.concat(levels), "application/octet-stream");

const recordBytes = 40;
const tileRecords = 256;
/** How many records each level of the tree has, leaves first. */
const levelSizes = (n: number): number[] => (n <= tileRecords ? [n] : [n, ...levelSizes(Math.ceil(n / tileRecords))]);

const ledgers = remembers<Ledger>(minutes(5), 4);
/** The sealed ledger as a whole. */
export const readLedger = (contest: {
  entries: number;
  tickets: number;
  root: string;
  ledgerKey: string;
}): Promise<Ledger> =>
  ledgers.get(contest.ledgerKey, async () => {
    const bytes = await kept(contest.ledgerKey);
    let at = 0;
    const levels = levelSizes(contest.entries).map((records) => {
      at += records * recordBytes;
      return bytes.subarray(at - records * recordBytes, at);
    });
    return { n: contest.entries, T: contest.tickets, root: contest.root, levels };
  });

const proofs = remembers<Position[]>(minutes(5), 100);
export const savePositions = ({ contestId }: Of, positions: readonly Position[]): Promise<string> =>
  keep(`contests/${contestId}/positions`, Buffer.from(JSON.stringify(positions)), "application/json");
/** The drawn positions with their proofs. */
export const readPositions = ({ proofsKey }: { proofsKey: string }): Promise<Position[]> =>
  proofs.get(proofsKey, async () =>
    BundleShape.shape.positions.parse(JSON.parse(Buffer.from(await kept(proofsKey)).toString())),
  );

import * as z from "zod";
import { entriesSubject, friendsSubject } from "../events/contests.ts";
import type { Mailing } from "../mail/mailing.ts";
import { mailingsAbout } from "../mail/table.ts";
import { remembers } from "../platform/cache.ts";
import { milliseconds, minutes } from "../platform/clock.ts";
import { countsFor, recentCountsFor } from "../platform/counts.ts";
import { whose } from "../platform/names.ts";
import { sha256 } from "../platform/secrets.ts";
import { all, get, getCached, type Key, type Kind, page, parseItem, type Stretch } from "../platform/table.ts";
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
// what became of a winner's letter         mail/table.ts, by its id: <contest>/winner/<position>
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

// ── Which winners were told ─────────────────────────────────────────────────────────────────────────────────────────

const winner = "winner/";
export const winnerLetterId = ({ contestId }: Of, position: number): string => `${contestId}/${winner}${position}`;

/** What became of the winners' letters, by position; nothing yet of what is still in the queue. */
export const winnersMailed = async (contest: Of, now: string): Promise<Map<number, Mailing>> => {
  const mailings = await mailingsAbout(contest.workspaceId, contest.contestId, winner, now);
  return new Map([
    ...(await toldIn010(contest, now)),
    ...mailings.map((mailing) => [Number(mailing.id.slice(mailing.id.lastIndexOf("/") + 1)), mailing] as const),
  ]);
};

const of = { workspaceId: z.string(), contestId: z.string(), position: z.number().int() };
/** What release 0.1.0 wrote of a winner, before letters had names. Nobody writes it any more. */
const Notice = z.discriminatedUnion("status", [
  z.object({ status: z.literal("telling"), ...of, since: z.iso.datetime() }),
  z.object({ status: z.literal("told"), ...of, toldAt: z.iso.datetime() }),
  z.object({ status: z.literal("refused"), ...of, refusedAt: z.iso.datetime(), reason: z.string() }),
]);
type Notice = z.infer<typeof Notice>;

export const notices: Kind<Notice> = {
  kind: "notice",
  schema: Notice,
  key: (notice) => ({ pk: noticesOf(notice), sk: String(notice.position).padStart(4, "0") }),
};
const noticesOf = ({ workspaceId, contestId }: Of): string => `WS#${workspaceId}#CONTEST#${contestId}#TOLD`;

const letterOf = (notice: Notice): Mailing => {
  const letter = { workspaceId: notice.workspaceId, id: winnerLetterId(notice, notice.position) };
  if (notice.status === "told") return { ...letter, status: "sent", sentAt: notice.toldAt };
  if (notice.status === "telling") return { ...letter, status: "failed", failedAt: notice.since, reason: "unknown" };
  return { ...letter, status: "failed", failedAt: notice.refusedAt, reason: "refused", said: notice.reason };
};

/** Whoever was told by that release is not told again, and the list of winners says what it said. */
const toldIn010 = async (contest: Of, now: string): Promise<[number, Mailing][]> => {
  const known = await Array.fromAsync(all(notices, { pk: noticesOf(contest) }, milliseconds(now)));
  return known.map((notice) => [notice.position, letterOf(notice)]);
};

// ── What is too large for an item ───────────────────────────────────────────────────────────────────────────────────

/** Keeps bytes under the name of their hash: written twice they are the same object. Gives its key. */
const keep = async (folder: string, bytes: Uint8Array, type: string): Promise<string> => {
  const key = `${folder}/${sha256(bytes).toString("hex")}`;
  const { putObject } = await import("../platform/put-object.ts");
  await putObject(key, bytes, type);
  return key;
};
const kept = async (key: string): Promise<Uint8Array> => {
  const { getObject } = await import("../platform/get-object.ts");
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

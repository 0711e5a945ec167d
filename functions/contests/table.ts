import * as z from "zod";
import { entriesSubject, friendsSubject } from "../events/contest-counts.ts";
import type { Mailing } from "../mail/mailing.ts";
import { mailingsAbout } from "../mail/table.ts";
import { remembers } from "../platform/cache.ts";
import { days, instant, milliseconds, minutes } from "../platform/clock.ts";
import { countsFor, recentCountsFor } from "../platform/counts.ts";
import { named } from "../platform/names.ts";
import { sha256 } from "../platform/secrets.ts";
import { all, get, getCached, type Key, type Kind, keysOf, page, parseItem, type Stretch } from "../platform/table.ts";
import { Claim, forgottenAt as claimForgottenAt, wakeAt } from "./claim.ts";
import { countableAt } from "./close.ts";
import { Contest, hasLedger, type Published, type Standing, type Status } from "./contest.ts";
import type { Position } from "./draw.ts";
import { Entry, Erased, isErased, type Place, type Row } from "./entry.ts";
import { Exclusion } from "./exclude.ts";
import { nextOfJudged } from "./jury.ts";
import type { Ledger } from "./ledger.ts";
import { finalAt } from "./outcome.ts";
import { PublicCounts } from "./public-counts.ts";
import { clearsAt } from "./retention.ts";
import { forgottenAt } from "./setup.ts";
import { ledgerBytes, proveCommit, type ReadPart, tilesOf, withFences } from "./tiles.ts";
import { climb } from "./tree.ts";
import { type EntryProof, PositionsShape } from "./verify.ts";
import { View } from "./view-row.ts";

// What is asked                          Where the answer lives
// a contest, the contests of a workspace WS#<workspace>#CONTESTS · <contest>
// whose contest is this                  the directory: NAME#contest#<slug>
// did this person enter                  WS#<workspace>#CONTEST#<contest>#<shard> · <pid>
// all entries                            the same partitions, one after the other
// who takes no part, and what they object WS#<workspace>#CONTEST#<contest>#EXCLUSIONS · <entry>
// what became of a winner's letter         mail/table.ts, by its id: <contest>/winner/<position>
// who may claim a prize, until when      WS#<workspace>#CONTEST#<contest>#CLAIMS · <position>
// how many entered, whose friends        tallies of <contest>#entries and <contest>#friends#<ref>
// how many looked, and when              tallies of <contest>#views and <contest>#day#<date>, of rows that live for days:
//                                        WS#<workspace>#CONTEST#<contest>#VIEWS#<shard> · <view>
// what was counted in public             WS#<workspace>#CONTESTCOUNTS · <contest>
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
      case "judged":
        return nextOfJudged(contest);
      case "final":
      case "cancelled": {
        const at = clearsAt(contest);
        return at === undefined ? undefined : { at, kind: "contest.clear" };
      }
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

/** The contest at this address, once it has been opened; at most five seconds old. `beside`: what else to begin with. */
export const findContestBySlug = async (
  slug: string,
  now: string,
  beside: (workspaceId: string) => void = () => undefined,
): Promise<Published | undefined> => {
  const nowMs = milliseconds(now);
  const contest = await named("contest", slug, nowMs, async ({ workspaceId, id }) => {
    beside(workspaceId);
    return standing(await cached(contestKey(workspaceId, id), nowMs));
  });
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

/** The others of a workspace that have opened since, and were not cancelled. */
export const openedSince = async (
  { workspaceId, contestId }: Pick<Standing, "workspaceId" | "contestId">,
  since: string,
  now: string,
): Promise<Published[]> => {
  const others: Published[] = [];
  for await (const contest of all(contests, { pk: contestsOf(workspaceId) }, milliseconds(now))) {
    if (contest.contestId === contestId) continue;
    if (contest.status === "draft" || contest.status === "removed" || contest.status === "cancelled") continue;
    if (contest.openedAt > since) others.push(contest);
  }
  return others;
};

// ── Entries ─────────────────────────────────────────────────────────────────────────────────────────────────────────

type Of = Pick<Published, "workspaceId" | "contestId">;

export const entries: Kind<Row> = {
  kind: "entry",
  schema: z.union([Entry, Erased]),
  key: (entry) => entryKey(entry),
  due: (entry) =>
    isErased(entry) || entry.erasesAt === undefined ? undefined : { at: entry.erasesAt, kind: "contest.erase" },
  expires: ({ keptUntil }) => (keptUntil === undefined ? undefined : instant(1000 * keptUntil)),
};
const shardOf = ({ workspaceId, contestId }: Of, shard: number): string =>
  `WS#${workspaceId}#CONTEST#${contestId}#${shard.toString(16).padStart(2, "0")}`;
const text = (pid: Uint8Array): string => Buffer.from(pid).toString("base64url");
const entryKey = (place: Place): Key => ({ pk: shardOf(place, place.shard), sk: text(place.pid) });

/** The entry of a person; undefined also where it was erased. */
export const findEntry = async (place: Place, now: string): Promise<Entry | undefined> => {
  const row = await get(entries, entryKey(place), milliseconds(now));
  return row && !isErased(row) ? row : undefined;
};

/** What stands where an entry was to be written. */
export const standingRow = (item: Record<string, unknown>): Row => parseItem(entries, item);

/** More at once would only wait for each other, and count that as the table's time. */
const shardsAtOnce = 16;

/** Reads every entry, also the erased, strongly consistent, many shards at once; `see` is called for each, in no order. */
export const eachEntry = (contest: Of & { shards: number }, now: string, see: (entry: Row) => void): Promise<void> =>
  throughShards(contest, async (pk) => {
    for await (const entry of all(entries, { pk }, milliseconds(now))) see(entry);
  });

const throughShards = async (
  contest: Of & { shards: number },
  read: (partition: string) => Promise<void>,
): Promise<void> => {
  const shards = Array(contest.shards).keys();
  const readShards = async () => {
    for (const shard of shards) await read(shardOf(contest, shard));
  };
  await Promise.all(Array.from({ length: shardsAtOnce }, readShards));
};

/**
 * The entries of these ids, the erased left out. An entry has no index, which would cost as much as its row again; so all
 * shards are looked through, where the table itself leaves out the others.
 */
export const findEntriesById = async (
  contest: Of & { shards: number },
  ids: readonly string[],
  now: string,
): Promise<Entry[]> => {
  const found: Entry[] = [];
  await throughShards(contest, async (pk) => {
    if (found.length === ids.length) return;
    for await (const row of all(entries, { pk, among: { name: "id", values: ids } }, milliseconds(now)))
      if (!isErased(row)) found.push(row);
  });
  return found;
};

/** Entries in an order that tells nothing: by shard, and by their keyed hash within it. */
export const listEntries = async (
  contest: Of & { shards: number },
  { limit, startAfter }: { limit: number; startAfter: Key | undefined },
  now: string,
  keep: (entry: Entry) => boolean = () => true,
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
        keep: (row) => !isErased(row) && keep(row),
      },
    );
    found.push(...items.flatMap((row) => (isErased(row) ? [] : [row])));
    if (found.length > limit) return { items: found.slice(0, limit), next: entryKey(found[limit - 1]!) };
  }
  return { items: found, next: undefined };
};

/** What is left of a contest's entries, expired or not, to be cleared. */
export async function* leftovers(contest: Of & { shards: number }): AsyncGenerator<Key[]> {
  const partitions = Array.from({ length: contest.shards }, (_, shard) => shardOf(contest, shard));
  for (const pk of [...partitions, exclusionsOf(contest)]) yield* keysOf(pk);
}

// ── Exclusions ──────────────────────────────────────────────────────────────────────────────────────────────────────

const exclusionsOf = ({ workspaceId, contestId }: Of): string => `WS#${workspaceId}#CONTEST#${contestId}#EXCLUSIONS`;
const exclusionKey = (of: Of, entryId: string): Key => ({ pk: exclusionsOf(of), sk: entryId });

/** Saved together with the row of its entry, which says what counts. */
export const exclusions: Kind<Exclusion> = {
  kind: "exclusion",
  schema: Exclusion,
  key: (exclusion) => exclusionKey(exclusion, exclusion.entryId),
  expires: ({ keptUntil }) => keptUntil,
};

export const findExclusion = (of: Of, entryId: string, now: string): Promise<Exclusion | undefined> =>
  get(exclusions, exclusionKey(of, entryId), milliseconds(now));

export const listExclusions = (
  of: Of,
  asked: { limit: number; startAfter: Key | undefined; status: Exclusion["status"] | undefined },
  now: string,
): Promise<Stretch<Exclusion>> => {
  const { status, ...list } = asked;
  const keep = (exclusion: Exclusion) => status === undefined || exclusion.status === status;
  return page(exclusions, { pk: exclusionsOf(of) }, { ...list, nowMs: milliseconds(now), keep });
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

// ── Views ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A row is counted within seconds, and can be counted for a day (records live 24 h in the stream). */
const viewLivesMs = days(2);

/** Spread by the last, random, letter of their ids over 32 partitions. */
export const views: Kind<View> = {
  kind: "view",
  schema: View,
  key: ({ workspaceId, contestId, id }) => ({
    pk: `WS#${workspaceId}#CONTEST#${contestId}#VIEWS#${id.slice(-1)}`,
    sk: id,
  }),
  expires: ({ at }) => instant(at + viewLivesMs),
};

// ── Which winners were told ─────────────────────────────────────────────────────────────────────────────────────────

const winner = "winner/";
export const winnerLetterId = ({ contestId }: Of, position: number): string => `${contestId}/${winner}${position}`;
export const winnerReminderId = ({ contestId }: Of, position: number): string => `${contestId}/reminder/${position}`;

/** What became of the winners' letters, by position; nothing yet of what is still in the queue. */
export const winnersMailed = async (contest: Of, now: string): Promise<Map<number, Mailing>> => {
  const mailings = await mailingsAbout(contest.workspaceId, contest.contestId, winner, now);
  return new Map([
    ...(await toldIn010(contest, now)),
    ...mailings.map((mailing) => [Number(mailing.id.slice(mailing.id.lastIndexOf("/") + 1)), mailing] as const),
  ]);
};

// ── Who claims a prize ──────────────────────────────────────────────────────────────────────────────────────────────

export const claims: Kind<Claim> = {
  kind: "claim",
  schema: Claim,
  key: (claim) => claimKey(claim, claim.position),
  due: (claim) => {
    const at = wakeAt(claim);
    return at === undefined ? undefined : { at, kind: "contest.tend" };
  },
  expires: claimForgottenAt,
};
const claimsOf = ({ workspaceId, contestId }: Of): string => `WS#${workspaceId}#CONTEST#${contestId}#CLAIMS`;
const claimKey = (of: Of, position: number): Key => ({ pk: claimsOf(of), sk: String(position).padStart(4, "0") });

export const isClaimKey = ({ pk }: Pick<Key, "pk">): boolean => pk.endsWith("#CLAIMS");

export const findClaim = (contest: Of, position: number, now: string): Promise<Claim | undefined> =>
  get(claims, claimKey(contest, position), milliseconds(now));

/** Every claim of a contest, by position. */
export const findClaims = async (contest: Of, now: string): Promise<Map<number, Claim>> => {
  const found = await Array.fromAsync(all(claims, { pk: claimsOf(contest) }, milliseconds(now)));
  return new Map(found.map((claim) => [claim.position, claim]));
};

const claimsSeen = remembers<Map<number, Claim>>();
/** For what a crowd reads: at most five seconds old. */
export const recentClaims = (contest: Of, now: string): Promise<Map<number, Claim>> =>
  claimsSeen.get(claimsOf(contest), () => findClaims(contest, now));

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

// ── What was counted in public ──────────────────────────────────────────────────────────────────────────────────────

export const publicCounts: Kind<PublicCounts> = {
  kind: "public-counts",
  schema: PublicCounts,
  key: (counts) => publicCountsKey(counts),
  due: ({ wakesAt }) => (wakesAt === undefined ? undefined : { at: wakesAt, kind: "contest.tend" }),
};
const publicCountsKey = ({ workspaceId, contestId }: Of): Key => ({
  pk: `WS#${workspaceId}#CONTESTCOUNTS`,
  sk: contestId,
});
const countsSeen = getCached(publicCounts);

/** At most five seconds old. Undefined of a contest that was opened before anything was counted in public. */
export const findPublicCounts = (contest: Of, now: string): Promise<PublicCounts | undefined> =>
  countsSeen(publicCountsKey(contest), milliseconds(now));

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

/** As tiles.ts lays it out. */
export const saveLedger = ({ contestId }: Of, ledger: Ledger): Promise<string> =>
  keep(`contests/${contestId}/tiles`, ledgerBytes(ledger), "application/octet-stream");

type SealedLedger = { entries: number; tickets: number; root: string; ledgerKey: string };

const partOf: ReadPart = async (key, from, length) => {
  const { getPart } = await import("../platform/get-object.ts");
  return getPart(key, from, length);
};
/** What release 0.1.0 kept had no fences: it is read as a whole, and laid out here. */
const partIn010 =
  (n: number): ReadPart =>
  async (key, from, length) =>
    withFences(await kept(key), n).subarray(from, from + length);

/** The tiles of the sealed ledger, each read when it is asked for. */
export const ledgerTiles = ({ ledgerKey, entries }: SealedLedger) =>
  tilesOf({ ledgerKey, entries }, ledgerKey.includes("/tiles/") ? partOf : partIn010(entries));

/** The inclusion proof of a commit, or undefined where the ledger does not hold it. @throws if what is stored proves nothing. */
export const readEntryProof = async (contest: SealedLedger, commit: Uint8Array): Promise<EntryProof | undefined> => {
  const proof = await proveCommit(ledgerTiles(contest), commit);
  if (!proof) return undefined;
  const { index, weight } = proof;
  const found = climb({ index, weight, commit: Buffer.from(commit).toString("hex") }, contest.entries, proof.proof);
  if (found?.root !== contest.root || found.T !== contest.tickets)
    throw new Error(`The object ${contest.ledgerKey} does not prove entry ${index}.`);
  return proof;
};

const Listed = z.array(z.object({ commit: z.string(), reason: z.number().int() }));
/** Who takes no part: commits and reasons, ascending by commit. */
export const saveExclusions = ({ contestId }: Of, listed: z.infer<typeof Listed>): Promise<string> =>
  keep(`contests/${contestId}/exclusions`, Buffer.from(JSON.stringify(listed)), "application/json");
export const readExclusions = async (key: string): Promise<z.infer<typeof Listed>> =>
  Listed.parse(JSON.parse(Buffer.from(await kept(key)).toString()));

const proofs = remembers<Position[]>(minutes(5), 100);
export const savePositions = ({ contestId }: Of, positions: readonly Position[]): Promise<string> =>
  keep(`contests/${contestId}/positions`, Buffer.from(JSON.stringify(positions)), "application/json");
/** The drawn positions with their proofs. */
export const readPositions = ({ proofsKey }: { proofsKey: string }): Promise<Position[]> =>
  proofs.get(proofsKey, async () => PositionsShape.parse(JSON.parse(Buffer.from(await kept(proofsKey)).toString())));

import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type {
  AttributeValue,
  GetItemInput,
  GetItemOutput,
  PutItemInput,
  PutItemOutput,
  QueryInput,
  QueryOutput,
  TransactWriteItem,
  TransactWriteItemsInput,
  TransactWriteItemsOutput,
  UpdateItemInput,
  UpdateItemOutput,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { isAwsRefusal, Operation } from "./aws.ts";
import { remembers } from "./cache.ts";
import { milliseconds } from "./clock.ts";
import { config } from "./config.ts";
import { type Origin, origin, originOf, versionOf, writesOf } from "./version.ts";

// The one table. Everything that is asked of DynamoDB is built here, and nowhere else.

export const needs = [
  {
    table: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"],
  },
] as const;

export { drop } from "./drop.ts";
export { unchanged } from "./unchanged.ts";
export { insteadOf, versionOf } from "./version.ts";

/** Stored bytes. */
export const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, "Expected bytes.");

export type Key = { pk: string; sk: string };
/** The workspace in a key: the owner comes first. */
export const ownerOf = ({ pk }: Pick<Key, "pk">): string => pk.split("#")[1] ?? "";
type Item = Record<string, unknown>;

/**
 * A kind of stored thing. The state's own fields are the item's attributes; what this code does not know of an item is kept.
 * `key`: where it lives, the owner first. `due`: what time will wake, and who. `lookup`: an alternate way to find it.
 * `expires`: when it may be forgotten. `shape`: the version of the stored shape; `upgrade` brings an older item to it.
 */
export type Kind<S extends object> = {
  kind: string;
  schema: z.ZodType<S>;
  key: (state: S) => Key;
  due?: (state: S) => { at: string; kind: string } | undefined;
  lookup?: (state: S) => { name: string; at: string } | undefined;
  expires?: (state: S) => string | undefined;
  shape?: number;
  upgrade?: (item: Item, shape: number) => Item;
};

/** Who changes something, when, and because of what. */
export type By = { now: string; actor: string; cause: string };

/** Someone else changed it first. `existing` is what stands there now, where the table told. */
export class Conflict extends Error {
  /** The kind of what was changed. */
  readonly what: string;
  readonly existing: Item | undefined;
  constructor(what: string, existing?: Item) {
    super(`${what} was changed by someone else at the same moment.`);
    this.what = what;
    this.existing = existing;
  }
}

/** Events of one save may take this much, so that they fit the bus (256 KB an entry) and the item (400 KB) with room. */
const mostEventBytes = 48 * 1024;

const ours = new Set([
  "pk",
  "sk",
  "kind",
  "schema",
  "version",
  "writes",
  "events",
  "due",
  "dueAt",
  "dueKind",
  "lookup",
  "lookupAt",
  "expiresAt",
]);

const getItem = new Operation<GetItemInput, GetItemOutput>("DynamoDB_20120810.GetItem");
const queryItems = new Operation<QueryInput, QueryOutput>("DynamoDB_20120810.Query");
const putItem = new Operation<PutItemInput, PutItemOutput>("DynamoDB_20120810.PutItem");
const updateItem = new Operation<UpdateItemInput, UpdateItemOutput>("DynamoDB_20120810.UpdateItem");
const transact = new Operation<TransactWriteItemsInput, TransactWriteItemsOutput>(
  "DynamoDB_20120810.TransactWriteItems",
);

// Whether a conditional put that is repeated was done the first time, its answer lost, must be told from what stands there
// then, which others may have written over it. So each put has a random id, and an item keeps those of its last writes.
const mostWriteIds = 4;
const newWriteId = (): string => randomBytes(4).toString("base64url");
const writesIn = (item: Item): string[] => (typeof item.writes === "string" ? item.writes.split(" ") : []);

const fromItem = <S extends object>(kind: Kind<S>, stored: Item): S => {
  const shape = typeof stored.schema === "number" ? stored.schema : 1;
  const item = kind.upgrade && shape < (kind.shape ?? 1) ? kind.upgrade(stored, shape) : stored;
  const own = Object.fromEntries(Object.entries(item).filter(([name]) => !ours.has(name)));
  const state = kind.schema.parse(own);
  const unknown = Object.fromEntries(Object.entries(own).filter(([name]) => !(name in state)));
  return Object.assign(state, {
    [origin]: { version: Number(item.version), writes: writesIn(item), unknown } satisfies Origin,
  });
};

/** The state as it is stored, without what `save` adds. */
export const parseItem = <S extends object>(kind: Kind<S>, item: Item): S => fromItem(kind, item);

const read = (image: Record<string, AttributeValue>): Item => unmarshall(image);
const write = (item: Item): Record<string, AttributeValue> =>
  marshall(item, { removeUndefinedValues: true, convertClassInstanceToMap: false });

/** One of the 16 partitions of the `due` index, by a uniform hash of the key (FNV-1a, 32 bits). */
const duePartition = ({ pk, sk }: Key): string => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${pk}\0${sk}`)) hash = Math.imul(hash ^ byte, 0x01000193);
  return ((hash ^ (hash >>> 16)) & 15).toString(16);
};
export const duePartitions = [..."0123456789abcdef"];

const toItem = <S extends object>(
  kind: Kind<S>,
  state: S,
  writes: string[],
  events: readonly DomainEvent[],
  by: By,
): Item => {
  const { pk, sk } = kind.key(state);
  const due = kind.due?.(state);
  const lookup = kind.lookup?.(state);
  const expires = kind.expires?.(state);
  return {
    ...originOf(state)?.unknown,
    ...state,
    pk,
    sk,
    kind: kind.kind,
    ...(kind.shape && kind.shape > 1 ? { schema: kind.shape } : {}),
    version: versionOf(state) + 1,
    writes: writes.join(" "),
    ...(events.length ? { events: { at: by.now, actor: by.actor, cause: by.cause, of: events } } : {}),
    ...(due ? { due: duePartition({ pk, sk }), dueAt: due.at, dueKind: due.kind } : {}),
    ...(lookup ? { lookup: lookup.name, lookupAt: lookup.at } : {}),
    ...(expires ? { expiresAt: Math.ceil(milliseconds(expires) / 1000) } : {}),
  };
};

/** One step of a save. `after` is the state as it stands once the save has succeeded: go on from that. */
export type Change<S extends object = object> = {
  after: S;
  what: string;
  key: Key;
  version: number;
  step: (by: By) => { put: Item } | { remove: true } | { check: true };
};

/** Writes the whole item, on the version that was read (a new one must not exist), together with its events. */
export const put = <S extends object, T extends S>(
  kind: Kind<S>,
  state: T,
  events: readonly DomainEvent[] = [],
): Change<T> => {
  if (Buffer.byteLength(JSON.stringify(events)) > mostEventBytes)
    throw new Error(`The events of one ${kind.kind} take more than 48 KB.`);
  const { pk, sk } = kind.key(state);
  const version = versionOf(state);
  const writes = [...writesOf(state), newWriteId()].slice(-mostWriteIds);
  const after = Object.assign(
    { ...state },
    { [origin]: { version: version + 1, writes, unknown: originOf(state)?.unknown ?? {} } satisfies Origin },
  );
  const step = (by: By) => ({ put: toItem(kind, state, writes, events, by) });
  return { after, what: kind.kind, key: { pk, sk }, version, step };
};

// What has expired is not there, though DynamoDB may take two days to remove it.
const condition = (
  version: number,
  { now }: By,
): { ConditionExpression: string; ExpressionAttributeValues: Record<string, AttributeValue> } =>
  version === 0
    ? {
        ConditionExpression: "attribute_not_exists(pk) OR expiresAt <= :seconds",
        ExpressionAttributeValues: { ":seconds": { N: String(Math.floor(milliseconds(now) / 1000)) } },
      }
    : { ConditionExpression: "version = :read", ExpressionAttributeValues: { ":read": { N: String(version) } } };

const lists = new Set<(key: string) => void>();
/** Caches of stored things register here, so that a writer forgets its own copy. */
export const forgetOnSave = (forget: (key: string) => void): void => {
  lists.add(forget);
};
const keyText = ({ pk, sk }: Key): string => `${pk}\n${sk}`;

/**
 * Saves all changes or none, each on the version that was read. One change is one conditional write; several are a
 * transaction (twice the write units). Throws `Conflict` where someone else was first.
 */
export const save = async (changes: readonly Change[], by: By): Promise<void> => {
  const [only, ...more] = changes;
  if (!only) return;
  try {
    if (more.length === 0) await saveOne(only, by);
    else await saveTogether(changes, by);
  } finally {
    // Afterwards: what is read while the write is under way may still be the old.
    for (const change of changes) for (const forget of lists) forget(keyText(change.key));
  }
};

const mostAttempts = 6;

/** Runs until it does not fail so that it may be run again, a little later each time. */
const again = async <T>(run: (attempt: number) => Promise<T>, may: (error: unknown) => boolean): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(attempt);
    } catch (error) {
      if (!may(error) || attempt === mostAttempts) throw error;
      await setTimeout(randomInt(10 * 2 ** attempt));
    }
  }
};

/** Decides and saves, and where somebody else was first decides again on what stands there now. */
export const persist = <T>(decide: (attempt: number) => Promise<T>): Promise<T> =>
  again(decide, (error) => error instanceof Conflict);

const busyCodes = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/** Whether a write was turned away for the moment only, which `Operation` does not see: nothing was decided. */
const isBusy = (error: unknown): boolean => {
  if (isAwsRefusal(error, "TransactionConflictException") || isAwsRefusal(error, "TransactionInProgressException"))
    return true;
  if (!isAwsRefusal(error, "TransactionCanceledException")) return false;
  const codes = error.CancellationReasons?.map(({ Code }) => Code ?? "") ?? [];
  return !codes.includes("ConditionalCheckFailed") && codes.some((code) => busyCodes.includes(code));
};

/** Asks again while the table is busy with another's transaction on the same item. */
const patiently = <T>(ask: () => Promise<T>): Promise<T> => again(ask, isBusy);

const saveOne = async (change: Change, by: By): Promise<void> => {
  const step = change.step(by);
  if (!("put" in step)) return saveTogether([change], by);
  try {
    await patiently(() =>
      putItem.send({
        TableName: config.table(),
        Item: write(step.put),
        ...condition(change.version, by),
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
  } catch (error) {
    if (!isAwsRefusal(error, "ConditionalCheckFailedException")) throw error;
    const existing = error.Item && read(error.Item);
    // A put whose answer was lost is repeated; the second then meets what the first wrote, or what followed on it.
    const [writeId = ""] = writesIn(step.put).slice(-1);
    if (existing && writesIn(existing).includes(writeId)) return;
    throw new Conflict(change.what, existing);
  }
};

const saveTogether = async (changes: readonly Change[], by: By): Promise<void> => {
  const TableName = config.table();
  const items = changes.map((change): TransactWriteItem => {
    const step = change.step(by);
    const when = condition(change.version, by);
    if ("put" in step) return { Put: { TableName, Item: write(step.put), ...when } };
    const Key = write(change.key);
    return "remove" in step ? { Delete: { TableName, Key, ...when } } : { ConditionCheck: { TableName, Key, ...when } };
  });
  // However often it is sent, to the database it is the same transaction: one whose answer was lost is not done twice, and
  // does not conflict with itself.
  const input = { TransactItems: items, ClientRequestToken: randomUUID() };
  try {
    await patiently(() => transact.send(input));
  } catch (error) {
    const reasons = isAwsRefusal(error, "TransactionCanceledException") ? (error.CancellationReasons ?? []) : [];
    const failed =
      reasons.find(({ Code }) => Code === "ConditionalCheckFailed") ??
      reasons.find(({ Code }) => Code === "TransactionConflict");
    if (!failed) throw error;
    throw new Conflict(changes[reasons.indexOf(failed)]?.what ?? "It");
  }
};

const isLive = (item: Item, nowMs: number): boolean =>
  typeof item.expiresAt !== "number" || item.expiresAt * 1000 > nowMs;

/** One thing by its key, as it stands (strongly consistent), or undefined. What has expired is not there. */
export const get = async <S extends object>(kind: Kind<S>, { pk, sk }: Key, nowMs: number): Promise<S | undefined> => {
  const { Item } = await getItem.send({ TableName: config.table(), Key: write({ pk, sk }), ConsistentRead: true });
  const item = Item && read(Item);
  return item && item.kind === kind.kind && isLive(item, nowMs) ? fromItem(kind, item) : undefined;
};

/** `get` for what a crowd reads: at most five seconds old. */
export const getCached = <S extends object>(kind: Kind<S>) => {
  const known = remembers<S | undefined>();
  forgetOnSave(known.forget);
  return (key: Key, nowMs: number): Promise<S | undefined> => known.get(keyText(key), () => get(kind, key, nowMs));
};

/**
 * Which items of one partition: `begins` or `from`/`to` (both included) on the sort key; `newestFirst` turns the order.
 * `among`: only those of which an attribute is one of at most 100 texts; the others are read and paid for, and not sent.
 */
export type Range = {
  pk: string;
  begins?: string;
  from?: string;
  to?: string;
  newestFirst?: boolean;
  among?: { name: string; values: readonly string[] };
};

/** A stretch of a list, and where the next one starts. */
export type Stretch<S> = { items: S[]; next: Key | undefined };

const sortCondition = (name: string, { begins, from, to }: { begins?: string; from?: string; to?: string }) => {
  if (begins !== undefined) return { text: ` AND begins_with(${name}, :begins)`, values: { ":begins": begins } };
  if (from !== undefined && to !== undefined)
    return { text: ` AND ${name} BETWEEN :from AND :to`, values: { ":from": from, ":to": to } };
  if (from !== undefined) return { text: ` AND ${name} >= :from`, values: { ":from": from } };
  if (to !== undefined) return { text: ` AND ${name} <= :to`, values: { ":to": to } };
  return { text: "", values: {} };
};

/** A stretch of one partition, strongly consistent. `filter` leaves things out after reading; a stretch may then be short. */
export const query = async <S extends object>(
  kind: Kind<S>,
  range: Range,
  options: { limit?: number; startAfter?: Key | undefined; nowMs: number },
): Promise<Stretch<S>> => {
  const sort = sortCondition("sk", range);
  const among = Object.fromEntries((range.among?.values ?? []).map((value, i) => [`:among${i}`, value]));
  const answer = await queryItems.send({
    TableName: config.table(),
    ConsistentRead: true,
    KeyConditionExpression: `pk = :pk${sort.text}`,
    ...(range.among
      ? {
          FilterExpression: `#among IN (${Object.keys(among).join(", ")})`,
          ExpressionAttributeNames: { "#among": range.among.name },
        }
      : {}),
    ExpressionAttributeValues: write({ ":pk": range.pk, ...sort.values, ...among }),
    ScanIndexForward: !range.newestFirst,
    ...(options.limit ? { Limit: options.limit } : {}),
    ...(options.startAfter
      ? { ExclusiveStartKey: write({ pk: options.startAfter.pk, sk: options.startAfter.sk }) }
      : {}),
  });
  const items = (answer.Items ?? []).map(read).filter((item) => item.kind === kind.kind && isLive(item, options.nowMs));
  return {
    items: items.map((item) => fromItem(kind, item)),
    next: answer.LastEvaluatedKey && keyOf(read(answer.LastEvaluatedKey)),
  };
};

/** The keys of all that lies in one partition, also of what has expired, a stretch at a time. */
export async function* keysOf(pk: string): AsyncGenerator<Key[]> {
  let startKey: Record<string, AttributeValue> | undefined;
  do {
    const answer = await queryItems.send({
      TableName: config.table(),
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: write({ ":pk": pk }),
      ProjectionExpression: "pk, sk",
      ...(startKey ? { ExclusiveStartKey: startKey } : {}),
    });
    yield (answer.Items ?? []).map((item) => keyOf(read(item)));
    startKey = answer.LastEvaluatedKey;
  } while (startKey);
}

/** Everything of one partition and kind, a stretch at a time. */
export async function* all<S extends object>(kind: Kind<S>, range: Range, nowMs: number): AsyncGenerator<S> {
  let startAfter: Key | undefined;
  do {
    const stretch: Stretch<S> = await query(kind, range, { startAfter, nowMs });
    yield* stretch.items;
    startAfter = stretch.next;
  } while (startAfter);
}

/**
 * A page of a list: exactly `limit` things that `keep` accepts, unless the list ends, and the key after which the next
 * page starts. A page never says that there is more when there is not.
 */
export const page = async <S extends object>(
  kind: Kind<S>,
  range: Range,
  options: { limit: number; startAfter?: Key | undefined; nowMs: number; keep?: (state: S) => boolean },
): Promise<Stretch<S>> => {
  const kept: S[] = [];
  let startAfter = options.startAfter;
  do {
    const stretch: Stretch<S> = await query(kind, range, {
      limit: Math.max(options.limit + 1, 25),
      startAfter,
      nowMs: options.nowMs,
    });
    for (const state of stretch.items) {
      if (options.keep && !options.keep(state)) continue;
      if (kept.length === options.limit) return { items: kept, next: kind.key(kept.at(-1)!) };
      kept.push(state);
    }
    startAfter = stretch.next;
  } while (startAfter);
  return { items: kept, next: undefined };
};

const keyOf = (item: Item): Key => ({ pk: String(item.pk), sk: String(item.sk) });

/** Keys of one name of the `lookup` index, by its time; eventually consistent. */
export const lookUp = async (
  name: string,
  range: {
    from?: string;
    to?: string;
    newestFirst?: boolean;
    limit: number;
    startAfter?: (Key & { at: string }) | undefined;
  },
): Promise<{ keys: (Key & { at: string })[]; more: boolean }> => {
  const sort = sortCondition("lookupAt", range);
  const answer = await queryItems.send({
    TableName: config.table(),
    IndexName: "lookup",
    KeyConditionExpression: `#lookup = :name${sort.text}`,
    ExpressionAttributeNames: { "#lookup": "lookup" },
    ExpressionAttributeValues: write({ ":name": name, ...sort.values }),
    ScanIndexForward: !range.newestFirst,
    Limit: range.limit,
    ...(range.startAfter
      ? {
          ExclusiveStartKey: write({
            pk: range.startAfter.pk,
            sk: range.startAfter.sk,
            lookup: name,
            lookupAt: range.startAfter.at,
          }),
        }
      : {}),
  });
  const keys = (answer.Items ?? []).map(read).map((item) => ({ ...keyOf(item), at: String(item.lookupAt) }));
  return { keys, more: answer.LastEvaluatedKey !== undefined };
};

/** What falls due after `after` (not included) and up to `upTo` in one partition of the `due` index. */
export type DueKey = Key & { dueAt: string; dueKind: string };
export async function* dueBetween(partition: string, after: string, upTo: string): AsyncGenerator<DueKey> {
  let startKey: Record<string, AttributeValue> | undefined;
  do {
    const answer = await queryItems.send({
      TableName: config.table(),
      IndexName: "due",
      KeyConditionExpression: "due = :partition AND dueAt BETWEEN :after AND :upTo",
      ExpressionAttributeValues: write({ ":partition": partition, ":after": after, ":upTo": upTo }),
      ...(startKey ? { ExclusiveStartKey: startKey } : {}),
    });
    for (const item of (answer.Items ?? []).map(read)) {
      if (String(item.dueAt) > after)
        yield { ...keyOf(item), dueAt: String(item.dueAt), dueKind: String(item.dueKind) };
    }
    startKey = answer.LastEvaluatedKey;
  } while (startKey);
}

/**
 * Adds to counts without reading, if the item's `last` lies before `first`; `initial` and `due` are set when the item is new.
 * It is the one write that is not of a whole item, and carries no events (`tally.ts` says why). Gives undefined when it
 * was done, or else the `last` that stands there.
 */
export const addCounts = async (
  { pk, sk }: Key,
  kind: string,
  step: {
    counts: Record<string, number>;
    first: Uint8Array;
    last: Uint8Array;
    touchedAt: string;
    initial: Item;
    due: { at: string; kind: string };
  },
): Promise<Uint8Array | undefined> => {
  const adds = Object.entries(step.counts).map(([name, value], i) => ({ name, value, as: `c${i}` }));
  const once: Item = {
    ...step.initial,
    kind,
    due: duePartition({ pk, sk }),
    dueAt: step.due.at,
    dueKind: step.due.kind,
  };
  const firsts = Object.entries(once).map(([name, value], i) => ({ name, value, as: `o${i}` }));
  const names = (parts: { as: string; name: string }[]) =>
    Object.fromEntries(parts.map(({ as, name }) => [`#${as}`, name]));
  const values = (parts: { as: string; value: unknown }[]) =>
    Object.fromEntries(parts.map(({ as, value }) => [`:${as}`, value]));
  try {
    await patiently(() =>
      updateItem.send({
        TableName: config.table(),
        Key: write({ pk, sk }),
        UpdateExpression: [
          `ADD version :one${adds.map(({ as }) => `, #${as} :${as}`).join("")}`,
          `SET #last = :last, touchedAt = :touched${firsts.map(({ as }) => `, #${as} = if_not_exists(#${as}, :${as})`).join("")}`,
        ].join(" "),
        ConditionExpression: "attribute_not_exists(#last) OR #last < :first",
        ExpressionAttributeNames: { "#last": "last", ...names(adds), ...names(firsts) },
        ExpressionAttributeValues: write({
          ":one": 1,
          ":last": step.last,
          ":first": step.first,
          ":touched": step.touchedAt,
          ...values(adds),
          ...values(firsts),
        }),
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    return undefined;
  } catch (error) {
    if (!isAwsRefusal(error, "ConditionalCheckFailedException") || !error.Item) throw error;
    return Bytes.parse(read(error.Item).last);
  }
};

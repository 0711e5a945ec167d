import * as z from "zod";
import { table } from "../../infra/table.ts";
import { type AttributeMap, numberOf, textOf } from "./wire.ts";

// What a global secondary index would answer if it lagged. DynamoDB promises only that an index follows "within a
// fraction of a second" and at times later; DynamoDB Local's never lags. So the entries are kept here, each with the time
// from which it is seen, and queries on an index are answered from them.

/** The attributes of an item that an index holds, or nothing where it is not in it. */
type Entry = AttributeMap | undefined;
type Seen = { from: number; entry: Entry };
type Followed = { version: number; indexes: Map<string, Seen[]> };

const KeyCondition =
  /^(?<partition>#?\w+) = (?<partitionIs>:\w+)(?: AND (?:(?<sort>#?\w+) (?:BETWEEN (?<low>:\w+) AND (?<high>:\w+)|>= (?<atLeast>:\w+)|<= (?<atMost>:\w+))|begins_with\((?<begun>#?\w+), (?<begins>:\w+)\)))?$/;

const Query = z.object({
  IndexName: z.string(),
  KeyConditionExpression: z.string(),
  ExpressionAttributeValues: z.record(z.string(), z.object({ S: z.string() })),
  ScanIndexForward: z.boolean().optional(),
  Limit: z.number().optional(),
  ExclusiveStartKey: z.record(z.string(), z.object({ S: z.string() })).optional(),
});

const compare = (a: readonly string[], b: readonly string[]): number => {
  const at = a.findIndex((text, i) => text !== b[i]);
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1;
};

/** Follows what is written. `lagMs`: how long an index takes to show it, by the clock `now`. */
export const lateIndex = (lagMs: number, now: () => number) => {
  const items = new Map<string, Followed>();

  const entryOf = (item: AttributeMap | undefined, index: (typeof table.indexes)[number]): Entry => {
    if (!item || !(index.partitionKey in item)) return undefined;
    const held = ["pk", "sk", index.partitionKey, index.sortKey, ...index.include];
    return Object.fromEntries(held.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
  };

  /** Tells of an item as it stands now, or that it is gone. Gives how many writes the indexes needed for it. */
  const follow = (pk: string, sk: string, item: AttributeMap | undefined): number => {
    const name = `${pk}\n${sk}`;
    const version = item ? numberOf(item.version) : 0;
    const known = items.get(name) ?? { version: 0, indexes: new Map<string, Seen[]>() };
    // Two answers may overtake each other on the way here; the table has the later one.
    if (item && version < known.version) return 0;
    items.set(name, { ...known, version });
    let writes = 0;
    for (const index of table.indexes) {
      const history = known.indexes.get(index.name) ?? [];
      const before = history.at(-1)?.entry;
      const after = entryOf(item, index);
      if (JSON.stringify(before) === JSON.stringify(after)) continue;
      const moved = before && after && textOf(before[index.sortKey]) !== textOf(after[index.sortKey]);
      writes += moved ? 2 : 1;
      const seen = history.filter(({ from }, i) => i === history.length - 1 || from > now() - lagMs);
      known.indexes.set(index.name, [...seen, { from: now() + lagMs, entry: after }]);
    }
    return writes;
  };

  const seenNow = (history: readonly Seen[] | undefined): Entry =>
    history?.findLast(({ from }) => from <= now())?.entry;

  return {
    follow,
    /** The indexes show everything that has been written by now. */
    catchUp: (): void => {
      for (const { indexes } of items.values())
        for (const [name, history] of indexes) indexes.set(name, [{ from: 0, entry: history.at(-1)?.entry }]);
    },
    /** Answers a query on an index. Throws where it asks for what is not imitated. */
    query: (input: unknown): { Items: AttributeMap[]; Count: number; LastEvaluatedKey?: AttributeMap } => {
      const asked = Query.parse(input);
      const index = table.indexes.find(({ name }) => name === asked.IndexName);
      const parts = KeyCondition.exec(asked.KeyConditionExpression)?.groups;
      if (!index || !parts) throw new Error(`The late index does not know the query ${asked.KeyConditionExpression}.`);
      const value = (name: string | undefined) => (name ? asked.ExpressionAttributeValues[name]?.S : undefined);
      const partition = value(parts.partitionIs);
      const low = value(parts.low ?? parts.atLeast);
      const high = value(parts.high ?? parts.atMost);
      const begins = value(parts.begins);
      const place = (entry: AttributeMap) => [textOf(entry[index.sortKey]), textOf(entry.pk), textOf(entry.sk)];
      const forward = asked.ScanIndexForward ?? true;
      const order = (a: AttributeMap, b: AttributeMap) => compare(place(a), place(b)) * (forward ? 1 : -1);
      const start = asked.ExclusiveStartKey;
      const all = [...items.values()]
        .map(({ indexes }) => seenNow(indexes.get(index.name)))
        .filter((entry) => entry !== undefined)
        .filter((entry) => {
          const at = textOf(entry[index.sortKey]);
          return (
            textOf(entry[index.partitionKey]) === partition &&
            (low === undefined || at >= low) &&
            (high === undefined || at <= high) &&
            (begins === undefined || at.startsWith(begins)) &&
            (start === undefined || order(entry, start) > 0)
          );
        })
        .sort(order);
      const Items = all.slice(0, asked.Limit);
      const last = Items.length === asked.Limit ? Items.at(-1) : undefined;
      const keys = ["pk", "sk", index.partitionKey, index.sortKey];
      return {
        Items,
        Count: Items.length,
        ...(last ? { LastEvaluatedKey: Object.fromEntries(keys.map((name) => [name, last[name]!])) } : {}),
      };
    },
  };
};

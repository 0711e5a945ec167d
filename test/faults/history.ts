import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import { batched } from "../../functions/events/catalogue.ts";
import { derivedId } from "../../functions/platform/ids.ts";
import { reads } from "../../functions/platform/relay.ts";
import type { DynamodbCall } from "../../infra/local/dynamodb.ts";
import { type StreamRecord, streamSource } from "../../infra/local/stream-source.ts";

// What happened to the table, from its stream, read beside the system's own readers: every item as it stands, and every
// event that was to be published, with the id that it must have (design: from the item's key, version and position).

export type Item = Record<string, unknown>;
/** An event that some version of an item announces. `key`: of the item. `cause`: the request or event that led to it. */
export type Told = { id: string; type: string; key: string; version: number; workspaceId: string; cause: string };
/** One write, as the stream tells it. */
export type Written = { key: string; kind: string; before: Item | undefined; after: Item | undefined };

const idOf = (...parts: (string | number)[]): string =>
  derivedId("event", createHash("sha256").update(parts.join("\0")).digest());

const Events = z.object({ cause: z.string(), of: z.array(z.object({ type: z.string() })) });

const kindsOfRelay = new Set<string>(reads.kinds["anything-but"]);

/** The events that a write announces. */
export const toldBy = ({ key, kind, before, after }: Written): Told[] => {
  if (!after || kindsOfRelay.has(kind)) return [];
  const [pk = "", sk = ""] = key.split("\n");
  const version = Number(after.version);
  const about = { key, version, workspaceId: pk.split("#")[1] ?? "" };
  const rows = batched
    .filter((row) => row.kind === kind && before === undefined)
    .map(({ type }) => ({ ...about, id: idOf(type, String(after.id), version), type, cause: "" }));
  const isNew = !before || before.version !== after.version || !isDeepStrictEqual(before.events, after.events);
  const events = isNew && after.events !== undefined ? Events.parse(after.events) : undefined;
  const carried = (events?.of ?? []).map(({ type }, position) => ({
    ...about,
    id: idOf(pk, sk, version, position),
    type,
    cause: events!.cause,
  }));
  return [...rows, ...carried];
};

const image = (of: Record<string, unknown> | undefined): Item | undefined =>
  // The stream's JSON is the wire's, but for bytes, which stay in base64.
  of && unmarshall(of as Record<string, AttributeValue>);

const written = ({ dynamodb }: StreamRecord): Written => {
  const { pk, sk } = image(dynamodb.Keys)!;
  const [before, after] = [image(dynamodb.OldImage), image(dynamodb.NewImage)];
  return { key: `${pk}\n${sk}`, kind: String((after ?? before)?.kind), before, after };
};

/** What is wrong with a write: every one makes the next version, and a new item begins with the first. */
const mistake = ({ key, kind, before, after }: Written): string | undefined => {
  if (!after) return undefined;
  const isRecreated = before && typeof before.expiresAt === "number" && after.version === 1;
  return isRecreated || Number(after.version) === Number(before?.version ?? 0) + 1
    ? undefined
    : `The ${kind} ${key.replace("\n", " ")} went from version ${before?.version} to ${after.version}.`;
};

export const tableHistory = (call: DynamodbCall, streamArn: string) => {
  const source = streamSource(call, streamArn);
  const iterators = new Map<string, string | undefined>();
  const items = new Map<string, Item>();
  const told = new Map<string, Told>();
  const mistakes: string[] = [];

  return {
    /** Everything that stands, by its key: the partition key, a line feed, the sort key. */
    items,
    /** Every event that was to be published, by its id. */
    told,
    mistakes,
    /** Reads on to the present, and gives what was written since the last time. Throws where the stream has forgotten some of it. */
    drain: async (): Promise<Written[]> => {
      const since: Written[] = [];
      for (const { id } of await source.shards()) {
        let iterator = iterators.has(id) ? iterators.get(id) : await source.iterator(id, undefined);
        while (iterator !== undefined) {
          const read = await source.records(iterator);
          if (!read) throw new Error(`The stream has forgotten a part of the shard ${id}.`);
          since.push(...read.records.map(written));
          iterator = read.next;
          if (read.records.length === 0) break;
        }
        iterators.set(id, iterator);
      }
      for (const write of since) {
        const wrong = mistake(write);
        if (wrong) mistakes.push(wrong);
        if (write.after) items.set(write.key, write.after);
        else items.delete(write.key);
        for (const one of toldBy(write)) told.set(one.id, one);
      }
      return since;
    },
  };
};
export type TableHistory = ReturnType<typeof tableHistory>;

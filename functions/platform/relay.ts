import { isDeepStrictEqual } from "node:util";
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import * as z from "zod";
import { batched } from "../events/catalogue.ts";
import type { Detail } from "../events/event.ts";
import { clock } from "./clock.ts";
import { config } from "./config.ts";
import { type Due, reachOfRelay, readMark, wake } from "./due.ts";
import { derivedId } from "./ids.ts";
import { sha256 } from "./secrets.ts";
import { type Changed, changed, type Failures, quiet, type StreamEvent } from "./stream.ts";

// Stream → bus: the events that ride in an item are published when its version is new. Rows of which a crowd makes many are
// themselves the event; those of one batch about one subject travel together. And due times close at hand → delay queue.

export const reads = { kinds: { "anything-but": [...quiet, "tally"] } };
export const needs = [{ bus: ["events:PutEvents"] }] as const;

let shared: EventBridgeClient | undefined;
const eventbridge = (): EventBridgeClient => {
  shared ??= new EventBridgeClient();
  return shared;
};

const Carried = z.object({
  pk: z.string(),
  sk: z.string(),
  version: z.number(),
  events: z
    .object({
      at: z.string(),
      actor: z.string(),
      cause: z.string(),
      of: z.array(z.object({ type: z.string(), data: z.record(z.string(), z.unknown()) })),
    })
    .optional(),
});

/** An event to publish, and the records that it reports. */
type Outgoing = { type: string; detail: Detail; sequences: string[] };

const eventId = (...parts: (string | number)[]): string => derivedId("event", sha256(parts.join("\0")));
const ownerOf = (pk: string): string => pk.split("#")[1] ?? "";

const carried = ({ sequence, before, after }: Changed): Outgoing[] => {
  // A new item in the place of one that has expired has the same version, and events of its own.
  if (!after || (before && before.version === after.version && isDeepStrictEqual(before.events, after.events)))
    return [];
  const { pk, sk, version, events } = Carried.parse(after);
  if (!events) return [];
  const { at, actor, cause, of } = events;
  return of.map(({ type, data }, position) => ({
    type,
    detail: { id: eventId(pk, sk, version, position), version, workspaceId: ownerOf(pk), at, actor, cause, data },
    sequences: [sequence],
  }));
};

/** Data of one event that reports many rows: so much, and the rest travels in another. */
const mostItemBytes = 60 * 1024;

const together = (changes: readonly Changed[]): Outgoing[] =>
  batched.flatMap(({ type, kind, subject, at, item }) => {
    // The event is that the row came to be; what becomes of it later (an erasure, say) is another one.
    const rows = changes.filter(({ before, after }) => after?.kind === kind && before === undefined);
    const subjects = Map.groupBy(rows, ({ after }) => JSON.stringify([ownerOf(String(after!.pk)), subject(after!)]));
    return [...subjects.values()].flatMap((about) =>
      split(about.map((of) => ({ of, item: identified(type, of, item(of.after!)) }))).map((part): Outgoing => {
        const first = part[0]!.of.after!;
        return {
          type,
          detail: {
            id: eventId(type, ...part.map(({ item }) => item.id)),
            version: 1,
            workspaceId: ownerOf(String(first.pk)),
            at: at(first),
            actor: "visitor",
            cause: `stream:${part[0]!.of.sequence}`,
            data: { ...subject(first), items: part.map(({ item }) => item) },
          },
          sequences: part.map(({ of }) => of.sequence),
        };
      }),
    );
  });

// By the row's own id, never by its key: the key of a row is made from an identity.
const identified = (type: string, { after }: Changed, item: Record<string, unknown>) => ({
  ...item,
  id: eventId(type, String(after!.id), Number(after!.version)),
});

const split = <T extends { item: unknown }>(parts: T[]): T[][] => {
  const groups: T[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const part of parts) {
    const size = Buffer.byteLength(JSON.stringify(part.item)) + 1;
    bytes += size;
    if (bytes > mostItemBytes) {
      groups.push([]);
      bytes = size;
    }
    groups.at(-1)!.push(part);
  }
  return groups;
};

/** A call of PutEvents takes 10 entries and 256 KB in all. Gives the sequence numbers of what was not taken. */
const publish = async (events: readonly Outgoing[]): Promise<string[]> => {
  const refused: string[] = [];
  let batch: { event: Outgoing; entry: PutEventsRequestEntry }[] = [];
  let bytes = 0;
  const send = async () => {
    if (batch.length === 0) return;
    const answer = await eventbridge().send(new PutEventsCommand({ Entries: batch.map(({ entry }) => entry) }));
    answer.Entries?.forEach(({ ErrorCode }, i) => {
      if (ErrorCode) refused.push(...(batch[i]?.event.sequences ?? []));
    });
    batch = [];
    bytes = 0;
  };
  for (const event of events) {
    const Detail = JSON.stringify(event.detail);
    const size = Buffer.byteLength(Detail) + event.type.length + 100;
    if (batch.length === 10 || bytes + size > 250_000) await send();
    batch.push({ event, entry: { EventBusName: config.bus(), Source: "samenspraak", DetailType: event.type, Detail } });
    bytes += size;
  }
  await send();
  return refused;
};

const moved = ({ before, after }: Changed): Due[] =>
  after && typeof after.dueAt === "string" && (before?.dueAt !== after.dueAt || before.dueKind !== after.dueKind)
    ? [{ pk: String(after.pk), sk: String(after.sk), dueAt: after.dueAt, dueKind: String(after.dueKind) }]
    : [];

export const handler = async (event: StreamEvent): Promise<Failures> => {
  const nowMs = clock.now();
  const changes = event.Records.map(changed);
  const dues = changes.flatMap(moved);
  if (dues.length) {
    const reach = reachOfRelay(await readMark(nowMs), nowMs);
    await wake(
      dues.filter(({ dueAt }) => dueAt <= reach),
      nowMs,
    );
  }
  const refused = new Set(await publish([...changes.flatMap(carried), ...together(changes)]));
  // The stream is read again from the first record that was not taken; ids make a repeat visible.
  const first = changes.find(({ sequence }) => refused.has(sequence));
  return { batchItemFailures: first ? [{ itemIdentifier: first.sequence }] : [] };
};

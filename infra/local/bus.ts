import { createHash, randomUUID } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import canonicalize from "canonicalize";
import * as z from "zod";
import type { AsynchronousInvocations } from "./asynchronous.ts";
import type { LocalFunction } from "./invoke.ts";
import { accountId, archiveArn, busArn, busName, region, replayRuleArn, wholeSeconds } from "./names.ts";
import { known, Refusal } from "./refusal.ts";

/** An event as a rule's target gets it. */
export type BusEvent = {
  version: "0";
  id: string;
  "detail-type": string;
  source: string;
  account: string;
  /** Whole seconds, as EventBridge has it. */
  time: string;
  region: string;
  resources: string[];
  detail: Record<string, unknown>;
};

const PutEvents = z.strictObject({
  Entries: z
    .array(
      z.strictObject({
        Source: z.string().optional(),
        DetailType: z.string().optional(),
        Detail: z.string().optional(),
        EventBusName: z.string().optional(),
        Time: z.number().optional(),
        Resources: z.array(z.string()).optional(),
      }),
    )
    .min(1)
    .max(10),
});
type Entry = z.infer<typeof PutEvents>["Entries"][number];

const StartReplay = z.strictObject({
  ReplayName: z.string().regex(/^[.\-_A-Za-z0-9]{1,64}$/),
  EventSourceArn: z.literal(archiveArn),
  /** Seconds since 1970. */
  EventStartTime: z.number(),
  EventEndTime: z.number(),
  Destination: z.strictObject({ Arn: z.literal(busArn), FilterArns: z.tuple([z.literal(replayRuleArn)]) }),
});

const MAX_REQUEST_BYTES = 256 * 1024;

const Detail = z.record(z.string(), z.unknown());

/** How many of the latest events are remembered. */
const HISTORY = 50_000;

/** By what an event is known again: its own id, or one for each item where many travel together. */
const Identified = z.object({
  id: z.string().optional(),
  data: z.looseObject({ items: z.array(z.unknown()).optional() }).optional(),
});
const itemId = (item: unknown): string =>
  z.looseObject({ id: z.string() }).safeParse(item).data?.id ??
  createHash("sha256")
    .update(canonicalize(item) ?? "")
    .digest("base64url")
    .slice(0, 22);
/** An event of ours as an invocation has it. */
const Sent = z.looseObject({ id: z.string(), source: z.literal("samenspraak"), detail: Detail });
const idsOf = (event: Pick<BusEvent, "id" | "detail">): string[] => {
  const { id = event.id, data } = Identified.parse(event.detail);
  return data?.items ? data.items.map(itemId) : [id];
};

/** What is left of an event once the items that were seen before are taken out; undefined where nothing is. */
const without = (event: BusEvent, seen: ReadonlySet<string>): BusEvent | undefined => {
  const fresh = idsOf(event).filter((id) => !seen.has(id));
  if (fresh.length === 0) return undefined;
  const { data } = Identified.parse(event.detail);
  if (!data?.items) return event;
  return {
    ...event,
    detail: { ...event.detail, data: { ...data, items: data.items.filter((i) => !seen.has(itemId(i))) } },
  };
};

/**
 * The event bus: PutEvents, and a rule for each function that says `on`; its archive, and replays of it to the rules that
 * take them. `relayedFile` keeps the ids of what every target has answered for, one a line; `archiveFile` all events,
 * without which the archive has the latest only.
 */
export const eventBus = (options: {
  functions: readonly LocalFunction[];
  asynchronous: AsynchronousInvocations;
  now: () => number;
  relayedFile?: string;
  archiveFile?: string;
}) => {
  const { functions, asynchronous, now, relayedFile, archiveFile } = options;
  const history: BusEvent[] = [];
  const listeners = new Set<(event: BusEvent) => void>();
  let seenBefore: ReadonlySet<string> | undefined;
  let activity = 0;

  const relayed = (event: Pick<BusEvent, "id" | "detail">): void => {
    if (relayedFile)
      appendFileSync(
        relayedFile,
        idsOf(event)
          .map((id) => `${id}\n`)
          .join(""),
        { mode: 0o600 },
      );
  };

  const publish = (event: BusEvent): void => {
    activity += 1;
    history.push(event);
    if (archiveFile) appendFileSync(archiveFile, `${JSON.stringify(event)}\n`, { mode: 0o600 });
    if (history.length > HISTORY) history.splice(0, HISTORY / 10);
    for (const listener of listeners) listener(event);
    const wakes = ({ on }: LocalFunction) => on === "everything" || on?.includes(event["detail-type"]);
    const targets = functions.filter((fn) => wakes(fn) && event.source === "samenspraak");
    const done = targets.map((fn) => asynchronous.send(fn.name, event).done);
    void Promise.all(done).then(() => relayed(event));
  };

  const archived = (): BusEvent[] =>
    archiveFile && existsSync(archiveFile)
      ? readFileSync(archiveFile, "utf8")
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line))
      : history;

  const replayNames = new Set<string>();
  const startReplay = (input: unknown): object => {
    const { ReplayName, EventStartTime, EventEndTime } = known("EventBridge", "StartReplay", StartReplay, input);
    if (replayNames.has(ReplayName))
      throw new Refusal("ResourceAlreadyExistsException", `Replay ${ReplayName} already exists.`);
    replayNames.add(ReplayName);
    const targets = functions.filter(({ on }) => on === "replays");
    for (const event of archived()) {
      const at = Date.parse(event.time) / 1000;
      if (at < EventStartTime || at >= EventEndTime) continue;
      for (const fn of targets) asynchronous.send(fn.name, { ...event, "replay-name": ReplayName });
    }
    return { ReplayArn: `arn:aws:events:${region}:${accountId}:replay/${ReplayName}`, State: "STARTING" };
  };

  const refusal = (entry: Entry): { ErrorCode: string; ErrorMessage: string } | undefined => {
    const wrong = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
    if (!entry.Source)
      return wrong("InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument.");
    if (entry.Source.startsWith("aws.")) return wrong("NotAuthorizedForSource", "Not authorized for the source.");
    if (!entry.DetailType)
      return wrong("InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument.");
    if (!entry.Detail)
      return wrong("InvalidArgument", "Parameter Detail is not valid. Reason: Detail is a required argument.");
    try {
      if (Detail.safeParse(JSON.parse(entry.Detail)).success) return undefined;
    } catch {
      // Said below.
    }
    return wrong("MalformedDetail", "Detail is malformed.");
  };

  const accept = (entry: Entry): { EventId: string } | { ErrorCode: string; ErrorMessage: string } => {
    const refused = refusal(entry);
    if (refused) return refused;
    const event: BusEvent = {
      version: "0",
      id: randomUUID(),
      "detail-type": entry.DetailType ?? "",
      source: entry.Source ?? "",
      account: accountId,
      time: wholeSeconds(entry.Time === undefined ? now() : entry.Time * 1000),
      region,
      resources: entry.Resources ?? [],
      detail: Detail.parse(JSON.parse(entry.Detail ?? "")),
    };
    const fresh = seenBefore ? without(event, seenBefore) : event;
    if (fresh) publish(fresh);
    return { EventId: event.id };
  };

  const putEvents = (input: unknown): object => {
    const { Entries } = known("EventBridge", "PutEvents", PutEvents, input);
    const strange = Entries.find(({ EventBusName }) => EventBusName !== busName);
    if (strange)
      throw new Refusal("ResourceNotFoundException", `Event bus ${strange.EventBusName ?? "default"} does not exist.`);
    if (Buffer.byteLength(JSON.stringify(Entries)) > MAX_REQUEST_BYTES) {
      throw new Refusal("ValidationException", "Total size of the entries in the request is over the limit.");
    }
    const answers = Entries.map(accept);
    return { FailedEntryCount: answers.filter((answer) => "ErrorCode" in answer).length, Entries: answers };
  };

  return {
    operations: { "AWSEvents.PutEvents": putEvents, "AWSEvents.StartReplay": startReplay },
    /** The latest events, oldest first. */
    history: history as readonly BusEvent[],
    /** Tells of each event as it happens, until the function that it gives back is called. */
    onEvent: (listener: (event: BusEvent) => void): (() => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    /** Rises with each event. */
    activity: () => activity,
    /** What an earlier process sent to its targets, and did not see answered. */
    takeUp: (left: readonly { event: unknown; done: Promise<void> }[]): void => {
      const ofBus = left.flatMap(({ event, done }) => {
        const sent = Sent.safeParse(event);
        return sent.success ? [{ event: sent.data, done }] : [];
      });
      for (const targets of Map.groupBy(ofBus, ({ event }) => event.id).values())
        void Promise.all(targets.map(({ done }) => done)).then(() => relayed(targets[0]!.event));
    },
    /** While `repeat` runs, events (and items of events) that were relayed before go no further. */
    withoutRepeats: async (repeat: () => Promise<void>): Promise<void> => {
      const lines = relayedFile && existsSync(relayedFile) ? readFileSync(relayedFile, "utf8").split("\n") : [];
      seenBefore = new Set(lines);
      try {
        await repeat();
      } finally {
        seenBefore = undefined;
      }
    },
  };
};
export type EventBus = ReturnType<typeof eventBus>;

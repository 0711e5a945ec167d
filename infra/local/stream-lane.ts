import * as z from "zod";
import type { Invoke, LocalFunction } from "./invoke.ts";
import type { StreamRecord } from "./stream-source.ts";

/** What is read and waits for a reader: a record, or the mark that its shard ends here. `n` counts all that was ever read. */
export type Entry = { n: number; shardId: string; record?: StreamRecord };

/** Told of the records that a function has failed on as often as is tried. */
export type StreamAside = (letter: {
  fn: LocalFunction;
  shardId: string;
  records: StreamRecord[];
  error: string;
}) => Promise<void>;

type Reads = NonNullable<LocalFunction["reads"]>;

const BATCH_SIZE = 100;
const MAX_TRIES = 20;

/** Lambda's own wait grows to a minute; here a poisoned record is laid aside within two seconds. */
const retryAfterMs = (tries: number): number => Math.min(5 * 2 ** tries, 100);
const lambdaWaitsMs = (tries: number): number => Math.min(500 * 2 ** tries, 60_000);

const Text = z.object({ S: z.string() });

/** The event source's filter: the kind of the new image. */
export const passesFilter = (kinds: Reads["kinds"], { dynamodb }: StreamRecord): boolean => {
  // As in the stack: a record without a new image (a removal) passes no filter.
  const kind = Text.safeParse(dynamodb.NewImage?.kind).data?.S;
  if (kind === undefined) return false;
  return "anything-but" in kinds ? !kinds["anything-but"].includes(kind) : kinds.includes(kind);
};

const Answer = z
  .object({
    batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).nullish(),
    state: z.unknown().optional(),
  })
  .nullable();

/** A tumbling window: what a function keeps from batch to batch of one shard, until the window's time is over. */
type Window = { shardId: string; startMs: number; state: unknown };

/**
 * One function that reads the stream: its backlog in order and in batches, with Lambda's partial batch failures,
 * bisection and retries. `moved` is told whenever it has come further.
 */
export const streamLane = (options: {
  fn: LocalFunction;
  reads: Reads;
  invoke: Invoke;
  layAside: StreamAside;
  moved: () => void;
  say: (line: string) => void;
  /** Told how long the records of a batch have waited, as if the waits between tries were Lambda's own. */
  told: (ageMs: number) => void;
}) => {
  const { fn, reads, invoke, layAside, moved, say, told } = options;
  const backlog: Entry[] = [];
  let handled = -1;
  let stopped = false;
  let running: Promise<void> | undefined;
  let window: Window | undefined;
  let closing: NodeJS.Timeout | undefined;
  let heldUpMs = 0;

  /** One job at a time; what came in meanwhile is worked off afterwards. */
  const run = (job: () => Promise<void>): void => {
    const mine = (running ?? Promise.resolve())
      .then(job)
      .catch((error) => say(`Reading the stream for ${fn.name}: ${error}`))
      .finally(() => {
        if (running !== mine) return;
        running = undefined;
        if (backlog.length > 0 && !stopped) run(work);
        moved();
      });
    running = mine;
  };

  const windowed = (open: Window, lengthMs: number, records: StreamRecord[], isFinal: boolean) => ({
    Records: records,
    window: {
      start: new Date(open.startMs).toISOString(),
      end: new Date(open.startMs + lengthMs).toISOString(),
    },
    state: open.state,
    shardId: open.shardId,
    eventSourceARN: records[0]?.eventSourceARN,
    isFinalInvokeForWindow: isFinal,
    isWindowTerminatedEarly: false,
  });
  const closeWindow = async (): Promise<void> => {
    clearTimeout(closing);
    if (window && reads.window) await invoke(fn, windowed(window, reads.window * 1000, [], true));
    window = undefined;
  };
  /** The window of this moment (real time, as the stream's own), after the end of the one before. */
  const openWindow = async (shardId: string, lengthMs: number): Promise<Window> => {
    const startMs = Math.floor(Date.now() / lengthMs) * lengthMs;
    if (window?.shardId === shardId && window.startMs === startMs) return window;
    await closeWindow();
    closing = setTimeout(() => run(closeWindow), startMs + lengthMs - Date.now());
    window = { shardId, startMs, state: {} };
    return window;
  };

  /** Invokes once. Gives how many records from the first on need no more, and why where that is not all of them. */
  const attempt = async (records: StreamRecord[], shardId: string): Promise<{ passed: number; error?: string }> => {
    const open = reads.window ? await openWindow(shardId, reads.window * 1000) : undefined;
    const event = open && reads.window ? windowed(open, reads.window * 1000, records, false) : { Records: records };
    told(heldUpMs);
    const outcome = await invoke(fn, event);
    if ("error" in outcome) return { passed: 0, error: `${outcome.error.errorType}: ${outcome.error.errorMessage}` };
    const answer = Answer.safeParse(outcome.answer);
    if (!answer.success) return { passed: 0, error: "The answer is not one that a reader of a stream gives." };
    if (open && answer.data?.state !== undefined) open.state = answer.data.state;
    // Lambda begins again at the first that failed; an identifier that it did not send means the whole batch (-1 → 0).
    const failed = (answer.data?.batchItemFailures ?? []).map(({ itemIdentifier }) =>
      records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === itemIdentifier),
    );
    const passed = Math.max(0, Math.min(records.length, ...failed));
    return passed < records.length ? { passed, error: "It answered that the record failed." } : { passed };
  };

  const deliver = async (records: StreamRecord[], shardId: string): Promise<void> => {
    for (let tries = 1; !stopped; tries += 1) {
      const { passed, error } = await attempt(records, shardId);
      if (error === undefined) {
        heldUpMs = 0;
        return;
      }
      heldUpMs += lambdaWaitsMs(tries);
      if (passed > 0) return deliver(records.slice(passed), shardId);
      if (records.length > 1) {
        const half = records.length >>> 1;
        await deliver(records.slice(0, half), shardId);
        return deliver(records.slice(half), shardId);
      }
      if (tries === MAX_TRIES) {
        heldUpMs = 0;
        return layAside({ fn, shardId, records, error });
      }
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs(tries)));
    }
  };

  const work = async (): Promise<void> => {
    while (!stopped && backlog.length > 0) {
      const { shardId } = backlog[0]!;
      const other = backlog.findIndex((entry) => entry.shardId !== shardId);
      const entries = backlog.splice(0, Math.min(BATCH_SIZE, other < 0 ? BATCH_SIZE : other));
      const records = entries.flatMap(({ record }) => (record && passesFilter(reads.kinds, record) ? [record] : []));
      if (records.length > 0) await deliver(records, shardId);
      if (stopped) return; // It may have been left half-way: not handled.
      handled = entries.at(-1)!.n;
      moved();
    }
  };

  return {
    give: (entries: Entry[]): void => {
      backlog.push(...entries);
      if (!running) run(work);
    },
    /** The `n` of the last entry that it has answered for. */
    handled: () => handled,
    waiting: () => backlog.length,
    isIdle: () => running === undefined && backlog.length === 0,
    stop: async (): Promise<void> => {
      stopped = true;
      clearTimeout(closing);
      await running;
    },
  };
};

import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import * as z from "zod";
import { hours } from "../../functions/platform/clock.ts";
import type { Invoke, LocalFunction } from "./invoke.ts";
import { type StreamAside, streamLane } from "./stream-lane.ts";
import type { Shard, StreamSource } from "./stream-source.ts";

/** How far every reader has come: in each shard the last record that all have answered for, or that it is closed and done. */
const Checkpoint = z.record(z.string(), z.object({ after: z.string().optional(), done: z.boolean().optional() }));
type Checkpoint = z.infer<typeof Checkpoint>;

/** A shard under way. `done`: read to its end, which a shard that is still open does not have. */
type Reading = Shard & { iterator?: string; after?: string; done: boolean };

/** No reader is left further behind than this before reading waits for it. */
const MAX_BACKLOG = 5_000;
const BUSY_POLL_MS = 5;
const IDLE_POLL_MS = 25;
const FAILED_POLL_MS = 200;
/** How long a stop waits for a batch that is being handled; it is then handled again after the next start. */
const STOP_LIMIT_MS = 1_000;
const CHECKPOINT_EVERY_MS = 100;
/** The stream keeps records for 24 hours; a checkpoint older than this may have a gap behind it. */
const GAP_AFTER_MS = hours(23);

/**
 * Reads the table's stream for the functions that ask for it, each at its own pace, a shard after its parent (DynamoDB
 * Local closes a shard after four hours). The checkpoint in `file` moves only over what every reader has answered for;
 * a restart goes on there, and may repeat a little. `isBusy`: whether anything runs that may write soon.
 */
export const streamReader = (options: {
  source: StreamSource;
  readers: readonly LocalFunction[];
  file?: string;
  invoke: Invoke;
  layAside: StreamAside;
  /** Told how old the records are that a reader is given (AWS's IteratorAge, in milliseconds). */
  told?: (functionName: string, ageMs: number) => void;
  isBusy: () => boolean;
  say: (line: string) => void;
}) => {
  const { source, file, invoke, layAside, told = () => undefined, say } = options;
  const checkpoint: Checkpoint =
    file && existsSync(file) ? Checkpoint.parse(JSON.parse(readFileSync(file, "utf8"))) : {};
  const reading = new Map<string, Reading>();
  let hasGap = file !== undefined && existsSync(file) && Date.now() - statSync(file).mtimeMs > GAP_AFTER_MS;
  let stopped = false;

  const waiting: (() => void)[] = [];
  const signal = (): void => {
    for (const wake of waiting.splice(0)) wake();
  };
  const changed = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));

  // What has been read and the checkpoint has not yet passed, oldest first; `after` is absent where the shard ends.
  const unpassed: { n: number; shardId: string; after?: string }[] = [];
  let saving: NodeJS.Timeout | undefined;
  const save = (): void => {
    clearTimeout(saving);
    saving = undefined;
    if (!file) return;
    writeFileSync(`${file}.new`, JSON.stringify(checkpoint));
    renameSync(`${file}.new`, file);
  };
  const moved = (): void => {
    const handled = Math.min(...lanes.map((lane) => lane.handled()));
    const beyond = unpassed.findIndex(({ n }) => n > handled);
    const passed = unpassed.splice(0, beyond < 0 ? unpassed.length : beyond);
    for (const { shardId, after } of passed) checkpoint[shardId] = after === undefined ? { done: true } : { after };
    if (passed.length > 0 && file) saving ??= setTimeout(save, CHECKPOINT_EVERY_MS);
    signal();
  };
  const lanes = options.readers.flatMap((fn) =>
    fn.reads
      ? [streamLane({ fn, reads: fn.reads, invoke, layAside, moved, say, told: (ageMs) => told(fn.name, ageMs) })]
      : [],
  );

  /** Learns of new shards; forgets those that the stream has forgotten. Gives how many are new. */
  const look = async (): Promise<number> => {
    const shards = await source.shards();
    const fresh = shards.filter(({ id }) => !reading.has(id));
    for (const shard of fresh) {
      const { after, done = false } = checkpoint[shard.id] ?? {};
      reading.set(shard.id, { ...shard, after, done });
    }
    const present = new Set(shards.map(({ id }) => id));
    for (const [id, { done = false }] of Object.entries(checkpoint)) {
      if (present.has(id)) continue;
      hasGap ||= !done;
      delete checkpoint[id];
      reading.delete(id);
    }
    return fresh.length;
  };

  const openShard = async (shard: Reading): Promise<void> => {
    shard.iterator = await source.iterator(shard.id, shard.after);
    if (shard.iterator !== undefined || shard.after === undefined) return;
    hasGap = true;
    shard.after = undefined;
    shard.iterator = await source.iterator(shard.id, undefined);
  };

  let total = 0;
  /** Reads on in a shard. Gives how many things were learnt: records, or that it ends here. */
  const readShard = async (shard: Reading): Promise<number> => {
    if (shard.iterator === undefined) await openShard(shard);
    const answer =
      shard.iterator === undefined ? { records: [], next: undefined } : await source.records(shard.iterator);
    shard.iterator = answer?.next;
    if (!answer) return 1; // The iterator was too old; the next round makes another.
    shard.done = answer.next === undefined;
    const entries = [...answer.records, ...(shard.done ? [undefined] : [])].map((record) => ({
      n: total++,
      shardId: shard.id,
      record,
    }));
    if (entries.length === 0) return 0;
    shard.after = answer.records.at(-1)?.dynamodb.SequenceNumber ?? shard.after;
    unpassed.push(...entries.map(({ n, shardId, record }) => ({ n, shardId, after: record?.dynamodb.SequenceNumber })));
    for (const lane of lanes) lane.give(entries);
    if (lanes.length === 0) moved();
    return entries.length;
  };

  let rounds = 0;
  let emptyRound = -1;
  const round = async (): Promise<number> => {
    const mine = rounds++;
    const open = () => [...reading.values()].filter(({ done }) => !done);
    let learnt = open().length === 0 ? await look() : 0;
    for (const shard of open()) {
      if (shard.parent === undefined || reading.get(shard.parent)?.done !== false) learnt += await readShard(shard);
      if (shard.done) learnt += await look();
    }
    if (learnt === 0) emptyRound = mine;
    return learnt;
  };

  let nap: { isIdle: boolean; end: () => void } | undefined;
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        nap = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      nap = { isIdle: ms === IDLE_POLL_MS, end };
    });

  const poll = async (): Promise<void> => {
    while (!stopped) {
      try {
        const learnt = await round();
        signal();
        while (!stopped && lanes.some((lane) => lane.waiting() > MAX_BACKLOG)) await changed();
        if (learnt === 0 && !stopped) await sleep(options.isBusy() ? BUSY_POLL_MS : IDLE_POLL_MS);
      } catch (error) {
        if (stopped) return;
        say(`The table's stream cannot be read: ${error instanceof Error ? error.message : error}`);
        await sleep(FAILED_POLL_MS);
      }
    }
  };
  let polling: Promise<void> | undefined;

  return {
    /**
     * Finds the place to go on from. Gives whether the stream may have forgotten records that were never handled:
     * then `repair` them before `run`.
     */
    open: async (): Promise<{ hasGap: boolean }> => {
      await look();
      for (const shard of reading.values()) if (!shard.done) await openShard(shard);
      return { hasGap };
    },
    run: (): void => {
      polling ??= poll();
    },
    /** Something may have been written: an idle reader looks at once. */
    nudge: (): void => {
      if (nap?.isIdle) nap.end();
    },
    /** Resolves when every record that was written before the call has been answered for by every reader. */
    drained: async (): Promise<void> => {
      const from = rounds; // A round that begins from here on sees all that is written now.
      nap?.end();
      while (!stopped && (emptyRound < from || !lanes.every((lane) => lane.isIdle()))) await changed();
    },
    stop: async (): Promise<void> => {
      stopped = true;
      nap?.end();
      signal();
      const handled = Promise.all(lanes.map((lane) => lane.stop()));
      await Promise.race([handled, new Promise((resolve) => setTimeout(resolve, STOP_LIMIT_MS).unref())]);
      await polling;
      save();
      signal();
    },
  };
};

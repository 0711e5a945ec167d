import type { Clock } from "../../functions/platform/clock.ts";

/** What stands on the clock: cancel it with the function that `at` gives back. */
type Timer = { at: number; order: number; run: () => unknown; postpone?: Postpone };

/**
 * Asked while the clock is moved by hand, before a timer runs: a later time at which running it would do the same,
 * or the timer's own time. `target`: where the clock is going. `others`: when the next timer runs that cannot wait.
 */
export type Postpone = (at: number, going: { target: number; others: number }) => Promise<number>;

export type LocalClock = Clock & {
  /** Runs something once `now() >= at` (milliseconds since 1970). Gives back what cancels it. */
  at: (at: number, run: () => unknown, postpone?: Postpone) => () => void;
  /** Moves the time forward, through every timer in the order of its time, each followed by what it causes. */
  advance: (ms: number) => Promise<void>;
  /** Something should have run by now and has not. */
  hasOverdue: () => boolean;
  isFrozen: boolean;
  stop: () => void;
};

/** The longest that setTimeout can wait. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * The clock of the local system. `running` is real time and an offset; `frozen` stands still between two moves.
 * It only moves forward. What a timer rejects with is told to `failed`: it must not end the process.
 */
export const localClock = (options: {
  /** `running`: so far ahead of real time (or, negative, behind). `frozen`: at this time. */
  start: { running: { aheadMs: number } } | { frozen: { at: number } };
  /** Resolves when everything that the present instant has caused is done. */
  settle: () => Promise<void>;
  failed: (error: unknown) => void;
}): LocalClock => {
  const { start, settle, failed } = options;
  const isFrozen = "frozen" in start;
  let offset = isFrozen ? 0 : start.running.aheadMs;
  let held = isFrozen ? start.frozen.at : undefined;
  let latest = 0;
  let orders = 0;
  let timers: Timer[] = [];
  let alarm: NodeJS.Timeout | undefined;
  let moves: Promise<unknown> = Promise.resolve();
  let stopped = false;

  const now = (): number => {
    latest = Math.max(latest, held ?? Date.now() + offset);
    return latest;
  };
  const hasOverdue = (): boolean => timers[0] !== undefined && timers[0].at <= now();

  const insert = (timer: Timer): void => {
    let low = 0;
    for (let high = timers.length; low < high; ) {
      const middle = (low + high) >>> 1;
      const other = timers[middle]!;
      if (other.at < timer.at || (other.at === timer.at && other.order < timer.order)) low = middle + 1;
      else high = middle;
    }
    timers.splice(low, 0, timer);
  };
  const remove = (timer: Timer): void => {
    const index = timers.indexOf(timer);
    if (index >= 0) timers.splice(index, 1);
  };

  const fire = (): void => {
    while (hasOverdue()) {
      const { run } = timers.shift()!;
      Promise.resolve().then(run).catch(failed);
    }
    arm();
  };
  const arm = (): void => {
    clearTimeout(alarm);
    const next = timers[0];
    if (stopped || !next || (held !== undefined && next.at > held)) return;
    // A timeout may come a millisecond early; `fire` then finds nothing overdue and arms again.
    alarm = setTimeout(fire, Math.min(Math.max(0, next.at - now()), LONGEST_TIMEOUT_MS));
  };

  const at: LocalClock["at"] = (time, run, postpone) => {
    const timer: Timer = { at: time, order: orders++, run, postpone };
    insert(timer);
    if (timers[0] === timer) arm();
    return () => {
      remove(timer);
      if (timers.length === 0) clearTimeout(alarm);
    };
  };

  /** The next timer to run on the way, once those that may wait have been moved. */
  const nextUntil = async (target: number): Promise<Timer | undefined> => {
    for (;;) {
      const next = timers[0];
      if (stopped || !next || next.at > target) return undefined;
      const others = timers.find((timer) => !timer.postpone)?.at ?? Number.POSITIVE_INFINITY;
      const later = (await next.postpone?.(next.at, { target, others })) ?? next.at;
      if (timers[0] !== next) continue;
      if (later <= next.at) return next;
      remove(next);
      insert({ ...next, at: later });
    }
  };

  const move = async (ms: number): Promise<void> => {
    const from = now();
    const target = from + ms;
    held = from;
    try {
      await settle();
      for (let next = await nextUntil(target); next; next = await nextUntil(target)) {
        held = Math.max(held, next.at);
        fire();
        await settle();
      }
      held = target;
    } finally {
      if (!isFrozen) {
        offset = held - Date.now();
        held = undefined;
      }
      arm();
    }
    await settle();
  };

  return {
    now,
    at,
    until: (atMs) => new Promise((resolve) => (now() >= atMs ? resolve() : at(atMs, resolve))),
    advance: (ms) => {
      if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`The clock only moves forward, not by ${ms} ms.`);
      const moved = moves.then(() => move(ms));
      moves = moved.catch(() => undefined); // The caller of this move is told; the next one may still be made.
      return moved;
    },
    hasOverdue,
    isFrozen,
    stop: () => {
      stopped = true;
      timers = [];
      clearTimeout(alarm);
    },
  };
};

import type { Context, ScheduledEvent } from "aws-lambda";
import { clock, instant, milliseconds, minutes } from "./clock.ts";
import { type Due, duePartitions, marks, readMark, wake } from "./due.ts";
import { log, logging } from "./log.ts";
import { Conflict, dueBetween, put, save } from "./table.ts";

// Every minute: what falls due between the mark and three minutes from now goes to the delay queue, then the mark moves.
// What is overdue goes again when it is 1, 2, 4, 8 … minutes late, and shows as lateness: an owner that died is followed.

export const every = "minute" as const;

const ahead = minutes(3);
const announcedAhead = minutes(4);

/** Whether a power of two of minutes after `dueAt` lies in (`from`, `to`]. */
const isAgain = (dueMs: number, fromMs: number, toMs: number): boolean => {
  const late = (toMs - dueMs) / minutes(1);
  if (late < 1) return false;
  return dueMs + 2 ** Math.floor(Math.log2(late)) * minutes(1) > fromMs;
};

const gather = async (after: string, upTo: string): Promise<Due[]> => {
  const parts = await Promise.all(
    duePartitions.map((partition) => Array.fromAsync(dueBetween(partition, after, upTo))),
  );
  return parts.flat();
};

const earliest = instant(0);

export const handler = (event: ScheduledEvent, context: Context): Promise<void> =>
  logging({ function: context.functionName, eventId: event.id }, () => sweep(event));

const sweep = async (event: ScheduledEvent): Promise<void> => {
  const nowMs = clock.now();
  // The schedule's own time: a timer may fire a little early or late.
  const tickMs = Math.max(milliseconds(event.time), 0);
  const before = await readMark(nowMs);
  const by = { now: instant(nowMs), actor: "system:sweep", cause: event.id };
  const announced = instant(Math.max(milliseconds(before.announced), tickMs + announcedAhead));
  const upTo = instant(Math.max(milliseconds(before.announced), tickMs + ahead));

  const announce = put(marks, { ...before, announced });
  try {
    await save([announce], by);
  } catch (error) {
    if (error instanceof Conflict) return; // Another sweep is at it.
    throw error;
  }

  const overdueUpTo = instant(Math.min(tickMs - minutes(1), milliseconds(before.queued)));
  const overdue = overdueUpTo > earliest ? await gather(earliest, overdueUpTo) : [];
  const again = overdue.filter((due) => isAgain(milliseconds(due.dueAt), milliseconds(before.sweptAt), tickMs));
  const next = upTo > before.queued ? await gather(before.queued, upTo) : [];
  await wake([...again, ...next], nowMs);

  const oldest = overdue.reduce((least, due) => Math.min(least, milliseconds(due.dueAt)), nowMs);
  log.metric("Lateness", "Seconds", Math.max(0, (nowMs - oldest) / 1000));
  await save(
    [put(marks, { ...announce.after, queued: upTo > before.queued ? upTo : before.queued, sweptAt: instant(tickMs) })],
    by,
  );
};

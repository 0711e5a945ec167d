import { randomUUID } from "node:crypto";
import * as z from "zod";
import { hours, instant, minutes } from "../../functions/platform/clock.ts";
import type { LocalClock, Postpone } from "./clock.ts";
import type { DynamodbCall } from "./dynamodb.ts";
import type { Invoke, LocalFunction } from "./invoke.ts";
import { accountId, region, tableName, wholeSeconds } from "./names.ts";

/** The partitions of the `due` index. */
const PARTITIONS = [..."0123456789abcdef"];
/** At each minute the sweep queues what falls due until this much later. */
const SWEPT_AHEAD_MS = minutes(3);
/** What has been overdue for longer than this no longer makes every minute run while the clock is moved. */
const OVERDUE_WATCHED_MS = hours(1);

const Found = z.object({ Items: z.array(z.object({ dueAt: z.object({ S: z.string() }) })) });

const minuteOf = (ms: number): number => Math.floor(ms / minutes(1)) * minutes(1);

/** The first due time of a partition from a time on (milliseconds since 1970). */
const firstDue = async (call: DynamodbCall, partition: string, from: number): Promise<number | undefined> => {
  const answer = await call("Query", {
    TableName: tableName,
    IndexName: "due",
    KeyConditionExpression: "#due = :due and #dueAt >= :from",
    ExpressionAttributeNames: { "#due": "due", "#dueAt": "dueAt" },
    ExpressionAttributeValues: { ":due": { S: partition }, ":from": { S: instant(from) } },
    Limit: 1,
  });
  const [first] = Found.parse(answer).Items;
  return first && Date.parse(first.dueAt.S);
};

/**
 * The schedule of every minute, by the local clock. While the clock is moved far, a minute in which the sweep would
 * find nothing is left out: the next one that counts is the minute of the next other timer (so that the sweep's mark
 * is where it would have been), of the end of the move, or three minutes before the next due time. While something is
 * overdue every minute runs, for an hour.
 */
export const minuteSchedule = (options: {
  functions: readonly LocalFunction[];
  clock: LocalClock;
  invoke: Invoke;
  call: DynamodbCall;
}) => {
  const { clock, invoke, call } = options;
  const scheduled = options.functions.filter((fn) => fn.every === "minute");
  let lastMinute = 0;

  const run = async (minute: number): Promise<void> => {
    lastMinute = minute;
    const event = {
      version: "0",
      id: randomUUID(),
      "detail-type": "Scheduled Event",
      source: "aws.events",
      account: accountId,
      time: wholeSeconds(minute),
      region,
      resources: [`arn:aws:events:${region}:${accountId}:rule/samenspraak-every-minute`],
      detail: {},
    };
    await Promise.all(scheduled.map((fn) => invoke(fn, event)));
  };

  /** The minutes in which the sweep has something to do for a partition, as far as can be known now. */
  const wantedMinutes = async (partition: string, now: number): Promise<number[]> => {
    const swept = lastMinute + SWEPT_AHEAD_MS;
    const first = await firstDue(call, partition, now - OVERDUE_WATCHED_MS);
    if (first === undefined) return [];
    if (first <= now) return [now];
    if (first >= swept) return [minuteOf(first - SWEPT_AHEAD_MS)];
    // It has been queued already: the sweep is wanted for it only if it is overdue in the minute after.
    const next = await firstDue(call, partition, swept);
    const overdue = minuteOf(first) + minutes(1);
    return next === undefined ? [overdue] : [overdue, minuteOf(next - SWEPT_AHEAD_MS)];
  };

  const postpone: Postpone = async (at, { target, others }) => {
    const now = clock.now();
    const wanted = await Promise.all(PARTITIONS.map((partition) => wantedMinutes(partition, now)));
    return Math.max(at, Math.min(minuteOf(target), minuteOf(others), ...wanted.flat()));
  };

  const plan = (): void => {
    clock.at(
      minuteOf(clock.now()) + minutes(1),
      () => {
        plan();
        return run(minuteOf(clock.now()));
      },
      postpone,
    );
  };

  return {
    /** Runs the present minute and stands ready for the next. */
    start: async (): Promise<void> => {
      if (scheduled.length === 0) return;
      plan();
      await run(minuteOf(clock.now()));
    },
  };
};

import { milliseconds } from "../platform/clock.ts";
import { get, type Key, type Kind, lookUp, query, type Stretch } from "../platform/table.ts";
import { Activity, type Asked, forgottenAt, isAsked } from "./activity.ts";

// What is asked                                Where the answer lives
// what happened in a workspace, newest first   WS#<workspace>#ACTIVITY · <time>#<event>
// what a request or an event led to            the index `lookup`: WS#<workspace>#CAUSE#<id>, by time

export const activities: Kind<Activity> = {
  kind: "activity",
  schema: Activity,
  key: ({ workspaceId, at, id }) => ({ pk: activityOf(workspaceId), sk: `${at}#${id}` }),
  // What a crowd did was caused by each of them: nobody asks for one, and the index would cost as much as the row.
  lookup: ({ workspaceId, cause, at, items }) =>
    items === undefined ? { name: causedBy(workspaceId, cause), at } : undefined,
  expires: forgottenAt,
};
const activityOf = (workspaceId: string): string => `WS#${workspaceId}#ACTIVITY`;
const causedBy = (workspaceId: string, cause: string): string => `WS#${workspaceId}#CAUSE#${cause}`;
const timeIn = ({ sk }: Key): string => sk.slice(0, sk.indexOf("#"));

type Page = { limit: number; startAfter: Key | undefined };
/** From `since` (included) to `until` (not included). */
type Window = { since?: string; until?: string };

/** A page is looked for in so many rows; where fewer than its limit are found, it is short, and the next one goes on. */
const mostRead = 5_000;
const readAtOnce = 500;

/** Newest first. */
export const listActivity = async (
  workspaceId: string,
  asked: Asked & Window,
  { limit, startAfter }: Page,
  now: string,
): Promise<Stretch<Activity>> => {
  if (asked.since !== undefined && asked.until !== undefined && asked.since >= asked.until)
    return { items: [], next: undefined };
  const read = asked.cause === undefined ? rowsOf(workspaceId, asked) : causedRowsOf(workspaceId, asked.cause, asked);
  const found: Activity[] = [];
  let after = startAfter;
  for (let rows = 0; rows < mostRead; ) {
    const stretch = await read(after, now);
    for (const activity of stretch.items) {
      if (!isAsked(activity, asked)) continue;
      if (found.length === limit) return { items: found, next: activities.key(found.at(-1)!) };
      found.push(activity);
    }
    after = stretch.next;
    if (!after) return { items: found, next: undefined };
    rows += readAtOnce;
  }
  return { items: found, next: after };
};

type Read = (startAfter: Key | undefined, now: string) => Promise<Stretch<Activity>>;

const rowsOf =
  (workspaceId: string, { since, until }: Window): Read =>
  (startAfter, now) =>
    query(
      activities,
      { pk: activityOf(workspaceId), ...within(since, until), newestFirst: true },
      { limit: readAtOnce, startAfter, nowMs: milliseconds(now) },
    );

const causedRowsOf =
  (workspaceId: string, cause: string, { since, until }: Window): Read =>
  async (startAfter, now) => {
    const { keys, more } = await lookUp(causedBy(workspaceId, cause), {
      ...within(since, until),
      newestFirst: true,
      limit: 100,
      startAfter: startAfter && { ...startAfter, at: timeIn(startAfter) },
    });
    const found = await Promise.all(keys.map((key) => get(activities, key, milliseconds(now))));
    return { items: found.flatMap((activity) => activity ?? []), next: more ? keys.at(-1) : undefined };
  };

/** Both ends have to be there for a range; a sort key begins with its time, so one of `until` itself lies behind it. */
const within = (since: string | undefined, until: string | undefined) =>
  since === undefined && until === undefined ? {} : { from: since ?? "0000", to: until ?? "9999" };

import { milliseconds } from "../platform/clock.ts";
import { all, get, type Key, type Kind, page, type Stretch } from "../platform/table.ts";
import { Watched } from "./figures.ts";

// Asked                                          Answered by
// the figures of what was published when         WS#<workspace>#FIGURES / <published> <post> <channel>
// those of this delivery                         the same
// what is to be looked up                        the index `due`

export const watchedDeliveries: Kind<Watched> = {
  kind: "watched-delivery",
  schema: Watched,
  key: (of) => watchedKey(of),
  // What is posted has one queue: each costs money while nothing happens.
  due: (of) => (of.status === "watching" ? { at: of.wakeAt, kind: "post.deliver" } : undefined),
};

type Named = Pick<Watched, "workspaceId" | "postId" | "channelId" | "publishedAt">;
const partition = (workspaceId: string): string => `WS#${workspaceId}#FIGURES`;
const watchedKey = ({ workspaceId, publishedAt, postId, channelId }: Named): Key => ({
  pk: partition(workspaceId),
  sk: `${publishedAt} ${postId} ${channelId}`,
});
export const isWatchedKey = ({ pk }: Pick<Key, "pk">): boolean => pk.endsWith("#FIGURES");

export const findWatched = (of: Named, now: string): Promise<Watched | undefined> =>
  get(watchedDeliveries, watchedKey(of), milliseconds(now));

/** Published between two instants (both included), oldest first; undefined where there are more than `most`. */
export const watchedBetween = async (
  workspaceId: string,
  { from, to }: { from: string; to: string },
  most: number,
  now: string,
): Promise<Watched[] | undefined> => {
  const found: Watched[] = [];
  // A space sorts before every letter of an id, and "~" after.
  const range = { pk: partition(workspaceId), from, to: `${to}~` };
  for await (const one of all(watchedDeliveries, range, milliseconds(now))) {
    if (found.length === most) return undefined;
    found.push(one);
  }
  return found;
};

/** All of a workspace's, in the order in which they were published. */
export const listWatched = (
  workspaceId: string,
  list: { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<Stretch<Watched>> =>
  page(watchedDeliveries, { pk: partition(workspaceId) }, { ...list, nowMs: milliseconds(now) });

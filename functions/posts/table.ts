import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { type Change, get, type Key, type Kind, lookUp, put } from "../platform/table.ts";
import { type Planned, Post, type Standing, wakeAt } from "./post.ts";

// Asked                                     Answered by
// this post, with its deliveries            WS#<workspace>#POST#<post> / POST
// the posts of a workspace, latest first    the index `lookup`: WS#<workspace>#POSTS, by planned time; drafts as draft#<post>
// whose is this post at a network           WS#<workspace>#EXTERNAL#<channel> / <what the network calls it>
// what is due                               the index `due`: the earliest that any of its deliveries waits for

export const posts: Kind<Post> = {
  kind: "post",
  schema: Post,
  key: ({ workspaceId, id }) => postKey(workspaceId, id),
  due: (post) => {
    const at = wakeAt(post);
    return at ? { at, kind: "post.deliver" } : undefined;
  },
  lookup: (post) => (post.status === "removed" ? undefined : { name: listOf(post.workspaceId), at: listedAt(post) }),
  expires: (post) => (post.status === "removed" ? post.expires : undefined),
};

const sk = "POST";
const postKey = (workspaceId: string, postId: string): Key => ({ pk: `WS#${workspaceId}#POST#${postId}`, sk });
const listOf = (workspaceId: string): string => `WS#${workspaceId}#POSTS`;
/** A draft has no time yet: it sorts after all times ("d" is after every digit), by when it was made. */
const listedAt = (post: Standing): string => (post.status === "draft" ? `draft#${post.id}` : post.at);
const firstTime = "0000";
const lastTime = "9999";

/** What a network without keys of ours calls a post, and which delivery's it is: of no other, though the text be the same. */
const ExternalPost = z.object({
  workspaceId: z.string(),
  channelId: z.string(),
  externalId: z.string(),
  /** Of the delivery. */
  key: z.string(),
});
type ExternalPost = z.infer<typeof ExternalPost>;

export const externalPosts: Kind<ExternalPost> = {
  kind: "external-post",
  schema: ExternalPost,
  key: ({ workspaceId, channelId, externalId }) => ({ pk: `WS#${workspaceId}#EXTERNAL#${channelId}`, sk: externalId }),
};

/** Whether it is this delivery's, or nobody's yet. */
export const isClaimedBy = async (asked: ExternalPost, now: string): Promise<boolean> => {
  const claimed = await get(externalPosts, externalPosts.key(asked), milliseconds(now));
  return claimed === undefined || claimed.key === asked.key;
};

/** What becomes known as published on these channels is claimed in the same write. */
export const claimsOf = (before: Planned, { workspaceId, deliveries }: Planned, channelIds: string[]): Change[] =>
  deliveries.flatMap((delivery) => {
    const { channelId, key } = delivery;
    const isNews = before.deliveries.find((one) => one.channelId === channelId)?.state !== delivery.state;
    if (!isNews || delivery.state !== "published" || !channelIds.includes(channelId)) return [];
    const { externalId } = delivery;
    return externalId === undefined ? [] : [put(externalPosts, { workspaceId, channelId, externalId, key })];
  });

const standing = (post: Post | undefined): Standing | undefined => (post?.status === "removed" ? undefined : post);

export const findPost = async (workspaceId: string, postId: string, now: string): Promise<Standing | undefined> =>
  standing(await get(posts, postKey(workspaceId, postId), milliseconds(now)));

/** Which posts: planned `from` and `to` (both included; either leaves drafts out), and only those that `keep` accepts. */
export type PostFilter = {
  from: string | undefined;
  to: string | undefined;
  keep: (post: Standing) => boolean;
  /** The other way round: the earliest planned time first. */
  soonestFirst?: boolean;
};

/**
 * The latest planned time first, drafts before all others. The index may be a moment behind: what moved since is left out
 * where it was, so that a page never shows a post at a time that it no longer has. A cursor's sort key is the listed time.
 */
export const postsBetween = async (
  workspaceId: string,
  { from, to, keep, soonestFirst = false }: PostFilter,
  { limit, startAfter }: { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<{ items: Standing[]; next: Key | undefined }> => {
  if (from && to && from > to) return { items: [], next: undefined };
  const range = from || to ? { from: from ?? firstTime, to: to ?? lastTime } : {};
  const kept: Standing[] = [];
  let after = startAfter && { pk: startAfter.pk, sk, at: startAfter.sk };
  for (;;) {
    const { keys, more } = await lookUp(listOf(workspaceId), {
      ...range,
      newestFirst: !soonestFirst,
      limit: Math.max(limit + 1, 25),
      startAfter: after,
    });
    const found = await Promise.all(keys.map((key) => get(posts, { pk: key.pk, sk: key.sk }, milliseconds(now))));
    for (const [i, read] of found.entries()) {
      const post = standing(read);
      if (!post || listedAt(post) !== keys[i]?.at || !keep(post)) continue;
      const last = kept.at(-1);
      if (last && kept.length === limit)
        return { items: kept, next: { pk: postKey(workspaceId, last.id).pk, sk: listedAt(last) } };
      kept.push(post);
    }
    after = keys.at(-1);
    if (!more || !after) return { items: kept, next: undefined };
  }
};

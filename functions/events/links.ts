import type { Fold } from "./event.ts";

/** The clicks on the short links of a post: `all`, by channel, and by link. */
export const clicksSubject = (postId: string): string => `clicks#${postId}`;
export const onChannel = (channelId: string): string => `on:${channelId}`;
export const byLink = (slug: string): string => `by:${slug}`;

/** The row of a click goes by itself after days: only that it came is counted. */
const countClick: Fold["counts"] = (before, after) =>
  before || !after
    ? []
    : [
        {
          subject: clicksSubject(String(after.postId)),
          add: { all: 1, [onChannel(String(after.channelId))]: 1, [byLink(String(after.slug))]: 1 },
        },
      ];

export const folds: readonly Fold[] = [{ kind: "click", counts: countClick }];

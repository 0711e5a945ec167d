import { onEvent } from "../platform/background.ts";
import { days, later } from "../platform/clock.ts";
import { put } from "../platform/table.ts";
import { pausedWorkspace } from "../workspaces/pause.ts";
import { goOn } from "./post.ts";
import { type PostFilter, posts, postsBetween } from "./table.ts";

// Publishing goes on: what was held and is still in time leaves now. Whatever was held says so since before the event, so that
// all of it is found here; a post that is paused again at this moment is held again by whoever would send it.

export const on = ["workspace.publishing_resumed"];
export const limits = { timeoutSeconds: 60 };

/** A post may be late by a day at most; one that was planned long before is held only where it was sent again by hand. */
const longestDays = 31;
const perPage = 50;

export const handler = onEvent(async ({ detail: { workspaceId }, now, save }) => {
  if (await pausedWorkspace(workspaceId, now)) return;
  const filter: PostFilter = {
    from: later(now, -days(longestDays)),
    to: now,
    keep: (post) =>
      post.status === "planned" && post.deliveries.some(({ state, ...one }) => state === "ready" && "held" in one),
  };
  let startAfter: Awaited<ReturnType<typeof postsBetween>>["next"];
  do {
    const { items, next } = await postsBetween(workspaceId, filter, { limit: perPage, startAfter }, now);
    for (const post of items) {
      if (post.status !== "planned") continue;
      const [after, events] = goOn(post, now);
      await save([put(posts, after, events)]);
    }
    startAfter = next;
  } while (startAfter);
});

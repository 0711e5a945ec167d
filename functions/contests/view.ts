import { isLookedAt } from "../links/looked-at.ts";
import { milliseconds } from "../platform/clock.ts";
import { newId } from "../platform/ids.ts";
import { log } from "../platform/log.ts";
import type { Visit } from "../platform/page.ts";
import { put } from "../platform/table.ts";
import { takes } from "./close.ts";
import type { Published } from "./contest.ts";
import { sourceOf } from "./sources.ts";
import { views } from "./table.ts";
import type { View } from "./view-row.ts";

// What counts as a click, and what does not.

/** Counts a click, if it is one. A click that could not be written down is not worth a page that does not show. */
export const noteView = async (
  contest: Published,
  came: { via: string | undefined; byFriend: boolean },
  visit: Pick<Visit, "method" | "headers" | "wantsJson" | "now" | "save">,
): Promise<void> => {
  if (!takes(contest, milliseconds(visit.now)) || !isLookedAt(visit)) return;
  const via = sourceOf(contest, came.via);
  const view: View = {
    workspaceId: contest.workspaceId,
    contestId: contest.contestId,
    id: newId("view", visit.now),
    at: milliseconds(visit.now),
    ...(via === undefined ? {} : { via }),
    ...(came.byFriend ? { byFriend: true } : {}),
  };
  try {
    await visit.save([put(views, view)]);
  } catch (error) {
    log.warn("A click was not counted", { error: error instanceof Error ? error.name : "unknown" });
  }
};

import { onEvent } from "../platform/background.ts";
import { clock } from "../platform/clock.ts";
import { removalOf } from "../platform/leaving.ts";
import { Conflict, put } from "../platform/table.ts";
import { record } from "./activity.ts";
import { activities } from "./table.ts";

// Every event is a row: who did what. The event's id is in its key, so an event that is told twice is one row.

export const on = "everything" as const;

export const handler = onEvent(async ({ type, detail, save }) => {
  // What is left of a workspace is that it was deleted, and nothing else.
  if ((await removalOf(detail.workspaceId, clock.now()))?.status === "removed") return;
  try {
    await save([put(activities, record(type, detail))]);
  } catch (error) {
    // It stands there: this event was told before.
    if (!(error instanceof Conflict)) throw error;
  }
});

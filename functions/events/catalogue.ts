import * as channels from "./channels.ts";
import * as contests from "./contests.ts";
import type { Announcement, Batched, Fold } from "./event.ts";
import * as polls from "./polls.ts";
import * as posts from "./posts.ts";
import * as workspaces from "./workspaces.ts";

/** Every event of the system, by name. */
export const catalogue: Readonly<Record<string, Announcement>> = {
  ...workspaces.catalogue,
  ...channels.catalogue,
  ...posts.catalogue,
  ...polls.catalogue,
  ...contests.catalogue,
};

/** Kinds of rows that are themselves the event, with the event's name. */
export const batched: readonly (Batched & { type: string })[] = Object.entries(catalogue).flatMap(
  ([type, { batched }]) => (batched ? [{ ...batched, type }] : []),
);

/** What is counted from the stream. */
export const folds: readonly Fold[] = [...polls.folds, ...contests.folds];

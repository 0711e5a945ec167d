import * as channels from "./channels.ts";
import * as contests from "./contests.ts";
import type { Announcement, Batched, Fold } from "./event.ts";
import * as exports from "./exports.ts";
import * as ideas from "./ideas.ts";
import * as links from "./links.ts";
import * as mail from "./mail.ts";
import * as media from "./media.ts";
import * as people from "./people.ts";
import * as polls from "./polls.ts";
import * as posts from "./posts.ts";
import * as removals from "./removals.ts";
import * as webhooks from "./webhooks.ts";
import * as workspaces from "./workspaces.ts";

/** Every event of the system, by name. */
export const catalogue: Readonly<Record<string, Announcement>> = {
  ...workspaces.catalogue,
  ...media.catalogue,
  ...mail.catalogue,
  ...channels.catalogue,
  ...posts.catalogue,
  ...people.catalogue,
  ...polls.catalogue,
  ...ideas.catalogue,
  ...contests.catalogue,
  ...webhooks.catalogue,
  ...exports.catalogue,
  ...removals.catalogue,
};

/** Kinds of rows that are themselves the event, with the event's name. */
export const batched: readonly (Batched & { type: string })[] = Object.entries(catalogue).flatMap(
  ([type, { batched }]) => (batched ? [{ ...batched, type }] : []),
);

/** What is counted from the stream. */
export const folds: readonly Fold[] = [
  ...mail.folds,
  ...links.folds,
  ...polls.folds,
  ...ideas.folds,
  ...contests.folds,
];

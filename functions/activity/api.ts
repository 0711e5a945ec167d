import * as z from "zod";
import { api, list } from "../platform/http.ts";
import { Instant } from "../platform/input.ts";
import { Language } from "../platform/words.ts";
import { findKey } from "../workspaces/table.ts";
import { ActivityView, actorKind, TypePattern, viewActivity } from "./activity.ts";
import { listActivity } from "./table.ts";

const Word = z.string().min(1).max(200);

/** The names of the keys among these actors. */
const keyNames = async (workspaceId: string, actors: readonly string[], now: string): Promise<Map<string, string>> => {
  const ids = [...new Set(actors)].filter((actor) => actorKind(actor) === "key");
  const keys = await Promise.all(ids.map((keyId) => findKey(workspaceId, keyId, now)));
  return new Map(keys.flatMap((key) => (key ? [[key.keyId, key.name]] : [])));
};

export const routes = {
  listActivity: list({
    method: "GET",
    path: "/v1/activity",
    access: "activity:read",
    summary:
      "Who did what, newest first, for 400 days. A filter looks through 5,000 rows at a time, so a page may be short, or empty, and still have a `next`.",
    filter: {
      since: Instant.optional().describe("From this time on."),
      until: Instant.optional().describe("Before this time."),
      actor: Word.optional().describe("The id of a key or a member, `visitor`, or `system:…`."),
      type: TypePattern.optional().describe("An event's name, or `contest.*` for all that happened to contests."),
      thing: Word.optional().describe("The id of what it is about."),
      cause: Word.optional().describe(
        "The id of a request (the `requestId` of an answer) or an event: what it led to.",
      ),
      lang: Language.default("nl").describe("The language of the sentences."),
    },
    item: ActivityView,
    run: async ({ workspaceId, query: { lang, ...asked }, list, now }) => {
      const { items, next } = await listActivity(workspaceId, asked, list, now);
      const actors = items.map(({ actor }) => actor);
      const names = await keyNames(workspaceId, actors, now);
      return { items: items.map((activity) => viewActivity(activity, names.get(activity.actor), lang)), next };
    },
  }),
};

export const handler = api(routes);

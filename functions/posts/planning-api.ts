import * as z from "zod";
import { findChannel } from "../channels/table.ts";
import { days, later } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { route } from "../platform/http.ts";
import { Id } from "../platform/ids.ts";
import { Instant } from "../platform/input.ts";
import { put } from "../platform/table.ts";
import { changePlanning, findPlanning, PlanningPatch, PlanningView, plannings, viewPlanning } from "./planning.ts";
import { freeSlots } from "./slots.ts";

/** Refuses `unknown_channel`. */
const channelsKnown = async (workspaceId: string, slots: z.infer<typeof PlanningPatch>["slots"], now: string) => {
  const named = (slots ?? []).flatMap(({ channels = [] }, i) =>
    channels.map((id, n) => ({ id, pointer: `#/slots/${i}/channels/${n}` })),
  );
  const found = await Promise.all(named.map(({ id }) => findChannel(workspaceId, id, now)));
  const astray = named.filter((_, i) => !found[i]);
  if (astray[0])
    refuse(
      "unknown_channel",
      `There is no channel ${astray[0].id}.`,
      astray.map(({ pointer }) => ({ pointer, detail: "There is no such channel." })),
    );
};

export const planningRoutes = {
  readPlanning: route({
    method: "GET",
    path: "/v1/planning",
    access: "posts:read",
    summary: "How the workspace plans: the slots of its week, and the categories of posts.",
    returns: PlanningView,
    run: async ({ workspaceId, now }) => viewPlanning(await findPlanning(workspaceId, now), now),
  }),

  changePlanning: route({
    method: "PATCH",
    path: "/v1/planning",
    access: "posts:write",
    summary: "Changes the slots or the categories. What is planned already stays as it is.",
    body: PlanningPatch,
    returns: PlanningView,
    refuses: ["unknown_zone", "unknown_channel", "stale"],
    run: async ({ workspaceId, body, now, expect, save }) => {
      const planning = await findPlanning(workspaceId, now);
      expect(planning);
      await channelsKnown(workspaceId, body.slots, now);
      const change = put(plannings, changePlanning(planning, body));
      return save([change], await viewPlanning(change.after, now));
    },
  }),

  listFreeSlots: route({
    method: "GET",
    path: "/v1/slots",
    access: "posts:read",
    summary: 'The slots of a channel that are free in a window, in order: what `slot: "next"` takes the first of.',
    query: z.strictObject({
      channel: Id("channel"),
      from: Instant.optional().describe("By default now."),
      days: z.coerce.number().int().min(1).max(31).default(7),
    }),
    returns: z
      .object({ items: z.array(z.object({ at: z.iso.datetime(), wall: z.string(), zone: z.string() })) })
      .meta({ id: "FreeSlots" }),
    run: async ({ workspaceId, query, now }) => {
      if (!(await findChannel(workspaceId, query.channel, now))) return { items: [] };
      const after = query.from !== undefined && query.from > now ? query.from : now;
      const until = later(after, days(query.days));
      const free = await freeSlots(workspaceId, [query.channel], { after, forDays: query.days }, now);
      return { items: free.filter(({ at }) => at <= until) };
    },
  }),
};

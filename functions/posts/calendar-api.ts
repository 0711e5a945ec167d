import * as z from "zod";
import { days, later } from "../platform/clock.ts";
import { refuseFields, route } from "../platform/http.ts";
import { newId } from "../platform/ids.ts";
import { Line } from "../platform/input.ts";
import { put } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { openShare, ShareView, viewShare } from "./share.ts";
import { shares, tokenOf } from "./share-table.ts";

const Day = z.iso.date("Give a day, e.g. 2026-12-05.");
const longestDays = 3 * 366;

const OccasionView = z
  .object({
    id: z.string(),
    date: z.iso.date(),
    name: z.string(),
    holiday: z.boolean().describe("A public holiday."),
    source: z.string().describe("Where its day is laid down; `gebruik` is custom."),
  })
  .meta({ id: "Occasion" });

export const calendarRoutes = {
  shareCalendar: route({
    method: "POST",
    path: "/v1/shares/calendar",
    access: "posts:write",
    summary:
      "Makes a secret link with which a calendar program follows the planned posts and the occasions, until it is taken back (DELETE /v1/shares/{shareId}). The link is in this answer only.",
    body: z.strictObject({
      name: Line(100).describe("Whom it is for."),
      language: Language.optional().describe("Of its words; otherwise the workspace's own."),
    }),
    returns: ShareView,
    status: 201,
    run: async ({ workspaceId, body, now, save }) => {
      const brand = await brandOf(workspaceId, now);
      const language = body.language ?? brand.languages[0];
      const asked = { workspaceId, shareId: newId("share", now), name: body.name, createdAt: now, language };
      const saved = put(shares, ...openShare({ status: "calendar", ...asked }));
      const url = `${brand.url}/calendar/${workspaceId}/posts.ics?t=${await tokenOf(saved.after, now)}`;
      return save([saved], viewShare(saved.after, url));
    },
  }),

  listOccasions: route({
    method: "GET",
    path: "/v1/occasions",
    access: "posts:read",
    summary:
      "Days that people in the Netherlands live by, in a window of at most three years: what a post may be about.",
    query: z.strictObject({
      from: Day.optional().describe("By default today."),
      to: Day.optional().describe("Included; by default a year after `from`."),
      lang: Language.default("nl"),
    }),
    returns: z.object({ items: z.array(OccasionView) }).meta({ id: "Occasions" }),
    run: async ({ query: { from = "", to, lang }, now }) => {
      const first = from || now.slice(0, 10);
      const until = to ?? later(`${first}T00:00:00.000Z`, days(365)).slice(0, 10);
      if (until > later(`${first}T00:00:00.000Z`, days(longestDays)).slice(0, 10))
        return refuseFields("query", [{ pointer: "query:to", detail: "Ask for at most three years." }]);
      const { occasionsBetween } = await import("./occasions.ts");
      const items = occasionsBetween(first, until).map(({ names, ...one }) => ({ ...one, name: names[lang] }));
      return { items };
    },
  }),
};

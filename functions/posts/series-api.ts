import * as z from "zod";
import { event } from "../events/posts.ts";
import { found, refuse } from "../platform/errors.ts";
import { list, parse, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { put } from "../platform/table.ts";
import { checksOf, contentAsked, NewPost, PostChange, sendable, Variants } from "./compose.ts";
import {
  type Active,
  findSeries,
  goOn,
  listSeries,
  removeSeries,
  type Series,
  SeriesView,
  series,
  startSeries,
  stopped,
  viewSeries,
} from "./series.ts";
import { Local } from "./when.ts";

const SeriesPath = z.object({ seriesId: Id("series") });

const Rule = z
  .string()
  .max(200)
  .transform((rule) =>
    rule
      .trim()
      .toUpperCase()
      .replace(/^RRULE:/, ""),
  )
  .describe("On which days (RFC 5545, RRULE), e.g. FREQ=WEEKLY;BYDAY=MO,TH. The time of day is the start's.");
const Skip = z.array(z.iso.date("Give a day, e.g. 2026-12-25.")).max(366);

/** A question that networks ask themselves is one post's, and in no series. */
const SaidOtherwise = z
  .array(Variants.element.omit({ ballot: true }))
  .max(20)
  .describe("What is said otherwise on a channel; what is not said here is as above.");

const said = {
  text: NewPost.shape.text,
  media: NewPost.shape.media,
  thread: NewPost.shape.thread,
  language: NewPost.shape.language,
  category: NewPost.shape.category,
  variants: SaidOtherwise.optional(),
  channels: z.array(Id("channel")).min(1).max(20),
  maxLatenessMinutes: NewPost.shape.maxLatenessMinutes,
};
const NewSeries = z.strictObject({ ...said, rule: Rule, start: Local, skip: Skip.default([]) });
const SeriesChange = z
  .strictObject({
    text: PostChange.shape.text,
    media: PostChange.shape.media,
    thread: PostChange.shape.thread,
    category: NewPost.shape.category,
    language: NewPost.shape.language,
    variants: SaidOtherwise,
    channels: said.channels,
    rule: Rule,
    start: Local,
    skip: Skip.describe(
      "All of them: days on which there is none. A post of such a day that has not left is cancelled.",
    ),
    status: z
      .enum(["active", "stopped"])
      .describe("`stopped`: none is made any more, and those that have not left are cancelled."),
  })
  .partial();

/** It can be sent like this, by the files and channels that it names. Refuses as a post does. */
const checked = async (workspaceId: string, asked: unknown, now: string): Promise<void> => {
  const content = await contentAsked(workspaceId, parse("body", NewPost, asked), now);
  sendable({ ...content, when: { at: now } }, await checksOf(workspaceId, content, now));
};

const none = (): never =>
  refuse("invalid_input", "By this rule there is no day that is still to come.", [
    { pointer: "#/rule", detail: "It has ended, or all of its days are skipped." },
  ]);

/** The library of rules is loaded where a rule is read. */
const rules = () => import("./make-occurrences.ts");

const refuses = ["unknown_media", "unknown_zone", "unknown_channel", "channel_disconnected", "unsendable"] as const;

export const seriesRoutes = {
  createSeries: route({
    method: "POST",
    path: "/v1/series",
    access: "posts:write",
    summary:
      "Says something again and again, by a rule (RFC 5545). A week before its time each occurrence becomes a post of its own.",
    body: NewSeries,
    returns: SeriesView,
    status: 201,
    refuses,
    run: async ({ workspaceId, body, now, save }) => {
      const { rule, start, skip, ...asked } = body;
      const { checkRule, nextOf } = await rules();
      checkRule(rule);
      await checked(workspaceId, asked, now);
      const next = nextOf({ rule, start, skip, made: [] }, now) ?? none();
      const seriesId = newId("series", now);
      const saved = put(series, ...startSeries({ workspaceId, seriesId, asked, rule, start, skip }, next, now));
      return save([saved], viewSeries(saved.after));
    },
  }),

  listSeries: list({
    method: "GET",
    path: "/v1/series",
    access: "posts:read",
    summary: "Lists what is said again and again, newest first.",
    item: SeriesView,
    run: async ({ workspaceId, list, now }) => {
      const { items, next } = await listSeries(workspaceId, list, now);
      return { items: items.map(viewSeries), next };
    },
  }),

  readSeries: route({
    method: "GET",
    path: "/v1/series/{seriesId}",
    access: "posts:read",
    summary: "One series: its rule, when its next post is due, and the posts of the coming week.",
    params: SeriesPath,
    returns: SeriesView,
    run: async ({ workspaceId, params, now }) =>
      viewSeries(found(await findSeries(workspaceId, params.seriesId, now), "series")),
  }),

  changeSeries: route({
    method: "PATCH",
    path: "/v1/series/{seriesId}",
    access: "posts:write",
    summary:
      "Changes a series, skips days of it, stops it, or lets it go on. Its posts that have not left, and that nobody changed, are cancelled and made anew.",
    params: SeriesPath,
    body: SeriesChange,
    returns: SeriesView,
    refuses: [...refuses, "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const one = found(await findSeries(workspaceId, params.seriesId, now), "series");
      expect(one);
      const { rule = one.rule, start = one.start, skip = one.skip, status = one.status, ...patch } = body;
      if (Object.keys(body).length === 0) return viewSeries(one);
      const asked = { ...one.asked, ...patch };
      await checked(workspaceId, asked, now);
      const isOnlySkip = Object.keys(body).every((field) => field === "skip");
      const { checkRule, nextOf, takenBack } = await rules();
      if (body.rule !== undefined) checkRule(body.rule);
      const { made, changes } = await takenBack(one, (date) => !isOnlySkip || skip.includes(date), now);
      const changed = { ...one, asked, rule, start, skip, made };
      const next = nextOf(changed, now) ?? (status === "active" ? none() : undefined);
      const after: Series =
        status === "stopped"
          ? stopped(changed)
          : goOn({ ...changed, status: "active" } as Active, next, undefined, now);
      const happened =
        status === one.status ? "series.changed" : status === "stopped" ? "series.stopped" : "series.resumed";
      const saved = put(series, after, [event(happened, { seriesId: one.seriesId })]);
      return save([saved, ...changes], viewSeries(after === saved.after ? after : (saved.after as Active)));
    },
  }),

  deleteSeries: route({
    method: "DELETE",
    path: "/v1/series/{seriesId}",
    access: "posts:write",
    summary: "Deletes a series. Its posts that have not left, and that nobody changed, are cancelled.",
    params: SeriesPath,
    status: 204,
    refuses: ["stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const one = found(await findSeries(workspaceId, params.seriesId, now), "series");
      expect(one);
      const { changes } = await (await rules()).takenBack(one, () => true, now);
      await save([put(series, ...removeSeries(one, now)), ...changes], undefined);
    },
  }),
};

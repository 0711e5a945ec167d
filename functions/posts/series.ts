import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/posts.ts";
import { days, later, milliseconds } from "../platform/clock.ts";
import { Id } from "../platform/ids.ts";
import { get, insteadOf, type Key, type Kind, page, type Stretch, versionOf } from "../platform/table.ts";
import { NewPost } from "./compose.ts";

// A series: what is said again and again, by a rule. Each occurrence becomes a post of its own a week before its time, in the
// same write as the series goes on to the next: exactly once. From then on it is an ordinary post.

/** A post is there so long before its time: to be looked at, changed, approved. */
export const ahead = days(7);

const Made = z.object({ date: z.string(), at: z.string(), postId: z.string().optional() });

const common = {
  workspaceId: z.string(),
  seriesId: z.string(),
  /** As it was asked: what it names is looked up whenever a post is made of it. */
  asked: z.record(z.string(), z.unknown()),
  rule: z.string(),
  start: z.object({ wall: z.string(), zone: z.string() }),
  /** Days on which there is none. */
  skip: z.array(z.string()),
  /** The occurrences of late and of the coming week: a post each, or none where it could not be made. */
  made: z.array(Made),
};
export const Series = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("active"),
    ...common,
    /** The next occurrence, and when its post is made; without one it is over. */
    next: z.object({ date: z.string(), at: z.string(), wall: z.string() }).optional(),
    wakesAt: z.string().optional(),
  }),
  z.object({ status: z.literal("stopped"), ...common }),
  z.object({ status: z.literal("removed"), workspaceId: z.string(), seriesId: z.string(), removedAt: z.string() }),
]);
export type Series = z.infer<typeof Series>;
export type Active = Extract<Series, { status: "active" }>;
export type Standing = Exclude<Series, { status: "removed" }>;

// Asked                                          Answered by
// a series, the series of a workspace            WS#<workspace>#SERIES / <series>
// which has a post to make                       due: post.deliver

export const series: Kind<Series> = {
  kind: "post-series",
  schema: Series,
  key: ({ workspaceId, seriesId }) => seriesKey(workspaceId, seriesId),
  due: (one) => (one.status === "active" && one.wakesAt ? { at: one.wakesAt, kind: "post.deliver" } : undefined),
  expires: (one) => (one.status === "removed" ? later(one.removedAt, days(30)) : undefined),
};
const seriesOf = (workspaceId: string): string => `WS#${workspaceId}#SERIES`;
const seriesKey = (workspaceId: string, seriesId: string): Key => ({ pk: seriesOf(workspaceId), sk: seriesId });
/** Whether what is due is a series. */
export const isSeriesKey = ({ pk }: Pick<Key, "pk">): boolean => pk.endsWith("#SERIES");

const standing = (one: Series | undefined): Standing | undefined => (one?.status === "removed" ? undefined : one);

export const findSeries = async (workspaceId: string, seriesId: string, now: string): Promise<Standing | undefined> =>
  standing(await get(series, seriesKey(workspaceId, seriesId), milliseconds(now)));

/** Newest first. */
export const listSeries = async (
  workspaceId: string,
  list: { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<Stretch<Standing>> => {
  const keep = (one: Series): boolean => one.status !== "removed";
  const range = { pk: seriesOf(workspaceId), newestFirst: true };
  const { items, next } = await page(series, range, { ...list, nowMs: milliseconds(now), keep });
  return { items: items.flatMap((one) => standing(one) ?? []), next };
};

/** What is long past need not be known. */
const recent = (made: readonly z.infer<typeof Made>[], now: string) =>
  made.filter(({ at }) => at > later(now, -days(2)));

/** Goes on to the next occurrence, having made (or passed over) the one before. */
export const goOn = (
  one: Active,
  next: Active["next"],
  made: z.infer<typeof Made> | undefined,
  now: string,
): Active => {
  const { next: _, wakesAt: __, ...rest } = one;
  const known = recent(made ? [...one.made, made] : one.made, now);
  if (!next) return { ...rest, made: known };
  const makesAt = later(next.at, -ahead);
  return { ...rest, made: known, next, wakesAt: makesAt > now ? makesAt : later(now, 1000) };
};

export const startSeries = (
  asked: Pick<Active, "workspaceId" | "seriesId" | "asked" | "rule" | "start" | "skip">,
  next: Active["next"],
  now: string,
): [Active, DomainEvent[]] => [
  goOn({ ...asked, status: "active", made: [] }, next, undefined, now),
  [event("series.created", { seriesId: asked.seriesId })],
];

export const stopped = (one: Standing): Extract<Series, { status: "stopped" }> => {
  const { workspaceId, seriesId, asked, rule, start, skip, made } = one;
  return insteadOf(one, { status: "stopped", workspaceId, seriesId, asked, rule, start, skip, made } as const);
};

export const removeSeries = (one: Standing, now: string): [Series, DomainEvent[]] => {
  const { workspaceId, seriesId } = one;
  return [
    insteadOf(one, { status: "removed", workspaceId, seriesId, removedAt: now } as const),
    [event("series.removed", { seriesId })],
  ];
};

export const SeriesView = z
  .object({
    id: Id("series"),
    status: z.enum(["active", "stopped"]),
    rule: z.string(),
    start: z.object({ wall: z.string(), zone: z.string() }),
    skip: z.array(z.string()),
    text: z.string(),
    channels: z.array(z.string()),
    nextAt: z.iso
      .datetime()
      .optional()
      .describe("The first that is no post yet; a post is made a week before its time."),
    posts: z
      .array(z.object({ date: z.string(), at: z.iso.datetime(), postId: z.string().optional() }))
      .describe(
        "The occurrences that are posts, of the last days and the coming week. Without an id none could be made.",
      ),
    version: z.int(),
  })
  .meta({ id: "Series" });

export const viewSeries = (one: Standing): z.infer<typeof SeriesView> => {
  const { text, channels } = NewPost.parse(one.asked);
  return {
    id: one.seriesId,
    status: one.status,
    rule: one.rule,
    start: one.start,
    skip: one.skip,
    text,
    channels,
    ...(one.status === "active" && one.next ? { nextAt: one.next.at } : {}),
    posts: one.made,
    version: versionOf(one),
  };
};

import * as z from "zod";
import type { Trouble } from "../channels/trouble.ts";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/posts.ts";
import { days, hours, later, minutes } from "../platform/clock.ts";
import { sha256 } from "../platform/secrets.ts";

// What people did with what stands there: likes, replies, reposts and views, where its network tells them; looked up after
// an hour, a day, a week and thirty days. A delivery that is watched is a small item of its own, so that what is sent and what
// it brought never wait for each other.

/** After which time it is looked up, as ISO 8601 durations, and in milliseconds. */
const spans = { PT1H: hours(1), P1D: days(1), P7D: days(7), P30D: days(30) } as const;
export const afters = ["PT1H", "P1D", "P7D", "P30D"] as const;
type After = (typeof afters)[number];

/** What a network tells; what it does not tell is absent. */
export const Figures = z.object({
  likes: z.number().optional(),
  replies: z.number().optional(),
  reposts: z.number().optional(),
  views: z.number().optional(),
});
export type Figures = z.infer<typeof Figures>;

const look = { after: z.enum(afters), at: z.string() };
/** One look: when, and what it showed, or why it showed nothing. */
const Look = z.union([
  z.object({ ...look, figures: Figures }),
  z.object({ ...look, code: z.string(), detail: z.string() }),
]);
type Look = z.infer<typeof Look>;

const common = {
  workspaceId: z.string(),
  postId: z.string(),
  channelId: z.string(),
  network: z.string(),
  /** Of the delivery, and what its network calls it. */
  key: z.string(),
  externalId: z.string(),
  url: z.string().optional(),
  publishedAt: z.string(),
  looks: z.array(Look),
};
const Watching = z.object({
  status: z.literal("watching"),
  ...common,
  /** What is looked up next, when it is tried (again), and how often it failed before. */
  next: z.enum(afters),
  wakeAt: z.string(),
  tries: z.number(),
  failing: z.object({ code: z.string(), detail: z.string() }).optional(),
});
/** Looked up for the last time, or gone before that (`because`). */
const Ended = z.object({ status: z.literal("ended"), ...common, because: z.string().optional() });

export const Watched = z.discriminatedUnion("status", [Watching, Ended]);
export type Watched = z.infer<typeof Watched>;
export type Watching = z.infer<typeof Watching>;

/** What left together is not asked for together: by up to a fiftieth of the span later, always the same for one delivery. */
const spreadMs = (key: string, after: After): number =>
  Math.floor((spans[after] / 50) * (sha256(key).readUInt16BE(0) / 65_536));
const dueAt = ({ key, publishedAt }: Pick<Watched, "key" | "publishedAt">, after: After): string =>
  later(publishedAt, spans[after] + spreadMs(key, after));

type Standing = Pick<
  Watched,
  "workspaceId" | "postId" | "channelId" | "network" | "key" | "externalId" | "publishedAt"
> & { url?: string | undefined };

/** It stands there: its figures will be looked up. */
export const watch = (standing: Standing): Watching => ({
  status: "watching",
  ...standing,
  looks: [],
  next: "PT1H",
  wakeAt: dueAt(standing, "PT1H"),
  tries: 0,
});

/** The latest whose time has come: what was missed (nothing ran for a day) is not looked up late under its name. */
const nowOf = (of: Watching, now: string): After =>
  afters.findLast((after) => after === of.next || (spans[after] > spans[of.next] && dueAt(of, after) <= now)) ??
  of.next;
const afterThat = (after: After): After | undefined => afters[afters.indexOf(after) + 1];

const looked = (of: Watching, seen: Look): Watched => {
  const { status: _, next: _n, wakeAt: _w, tries: _t, failing: _f, ...rest } = of;
  const looks = [...of.looks, seen];
  const next = afterThat(seen.after);
  return next === undefined
    ? { status: "ended", ...rest, looks }
    : { status: "watching", ...rest, looks, next, wakeAt: dueAt(of, next), tries: 0 };
};

/** A network told its figures. */
export const measure = (of: Watching, figures: Figures, now: string): [Watched, DomainEvent[]] => {
  const after = nowOf(of, now);
  const { postId, channelId } = of;
  return [looked(of, { after, at: now, figures }), [event("delivery.measured", { postId, channelId, after, figures })]];
};

/** Nothing is wrong, it is only not our turn: what is sent goes first. */
export const putOff = (of: Watching, until: string): Watching => ({ ...of, wakeAt: until });

const firstPauseMs = minutes(2);
const longestPauseMs = hours(3);
/** The last one is tried for so long. */
const lastTriedMs = days(1);

/** A look failed. It is tried again, a little later each time, until the next one is due; then it is said why there is none. */
export const fail = (
  of: Watching,
  {
    code,
    detail,
    retryAfterSeconds = 0,
  }: Pick<Trouble, "code" | "detail"> & { retryAfterSeconds?: number | undefined },
  now: string,
): Watched => {
  const pauseMs = Math.max(Math.min(firstPauseMs * 2 ** of.tries, longestPauseMs), retryAfterSeconds * 1000);
  const wakeAt = later(now, pauseMs);
  const after = nowOf(of, now);
  const next = afterThat(after);
  const until = next ? dueAt(of, next) : later(dueAt(of, after), lastTriedMs);
  return wakeAt < until
    ? { ...of, wakeAt, tries: of.tries + 1, failing: { code, detail } }
    : looked(of, { after, at: now, code, detail });
};

/** It stands there no more, or nobody can look. */
export const end = (of: Watching, because: string): Watched => {
  const { status: _, next: _n, wakeAt: _w, tries: _t, failing: _f, ...rest } = of;
  return { status: "ended", ...rest, because };
};

/** The latest figures of a delivery. */
export const latestOf = ({ looks }: Watched): Figures | undefined =>
  looks.flatMap((one) => ("figures" in one ? [one.figures] : [])).at(-1);

/** Sums of what is told; what nobody told is absent. */
export const sumOf = (all: readonly Figures[]): Figures => {
  const sum: Figures = {};
  for (const figures of all)
    for (const name of ["likes", "replies", "reposts", "views"] as const) {
      const value = figures[name];
      if (value !== undefined) sum[name] = (sum[name] ?? 0) + value;
    }
  return sum;
};

// ── What is shown ───────────────────────────────────────────────────────────────────────────────────────────────────

const FiguresView = z
  .object({
    likes: z.int().optional(),
    replies: z.int().optional(),
    reposts: z.int().optional(),
    views: z.int().optional(),
  })
  .meta({ id: "Figures", description: "What people did with it. What its network does not tell is absent." });

/** The figures of one delivery over time. */
export const DeliveryFiguresView = z
  .object({
    channelId: z.string(),
    network: z.string(),
    publishedAt: z.iso.datetime(),
    latest: FiguresView.optional(),
    looks: z
      .array(
        z.object({
          after: z.enum(afters).describe("How long after it was published (ISO 8601)."),
          at: z.iso.datetime().describe("When the network was asked."),
          figures: FiguresView.optional(),
          code: z.string().optional(),
          detail: z.string().optional().describe("Why there are no figures of that time."),
        }),
      )
      .describe("After an hour, a day, a week and thirty days."),
    nextAt: z.iso.datetime().optional().describe("When it is looked up again; absent after the last time."),
    problem: z
      .object({ code: z.string(), detail: z.string() })
      .optional()
      .describe("Why the look that is due failed so far; it is tried again at `nextAt`."),
    ended: z.string().optional().describe("Why nothing is looked up any more, where that was before thirty days."),
  })
  .meta({ id: "DeliveryFigures" });

export const viewFigures = (watched: Watched): z.infer<typeof DeliveryFiguresView> => ({
  channelId: watched.channelId,
  network: watched.network,
  publishedAt: watched.publishedAt,
  latest: latestOf(watched),
  looks: watched.looks,
  ...(watched.status === "watching"
    ? { nextAt: watched.wakeAt, ...(watched.failing ? { problem: watched.failing } : {}) }
    : { ...(watched.because === undefined ? {} : { ended: watched.because }) }),
});

const sums = {
  deliveries: z.int().describe("Published, on networks that tell figures."),
  measured: z.int().describe("Of which at least one look has brought figures."),
  figures: FiguresView.describe("The sums of their latest figures."),
};
/** What everything that was published in a time has brought. */
export const TotalsView = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    ...sums,
    channels: z.array(z.object({ channelId: z.string(), network: z.string(), ...sums })),
  })
  .meta({ id: "FigureTotals" });

const sumUp = (all: readonly Watched[]) => {
  const latest = all.map(latestOf).filter((figures) => figures !== undefined);
  return { deliveries: all.length, measured: latest.length, figures: sumOf(latest) };
};

export const totalsOf = (
  all: readonly Watched[],
  { from, to }: { from: string; to: string },
): z.infer<typeof TotalsView> => ({
  from,
  to,
  ...sumUp(all),
  channels: [...Map.groupBy(all, ({ channelId }) => channelId)]
    .map(([channelId, theirs]) => ({ channelId, network: theirs[0]?.network ?? "", ...sumUp(theirs) }))
    .toSorted((a, b) => (a.channelId < b.channelId ? -1 : 1)),
});

import { createHash } from "node:crypto";
import * as z from "zod";
import { days, later } from "../platform/clock.ts";
import type { Scope } from "../platform/route.ts";

// What the people who run a workspace are told by mail, without looking: what went wrong, what asks for a person, and what
// is about to happen. Each of them chooses, by subject, whether at once, once a day, or not at all.

export const Topic = z.enum([
  "access",
  "posts",
  "approvals",
  "unapproved",
  "channels",
  "webhooks",
  "mail",
  "contests",
  "moderation",
  "objections",
  "winners",
]);
export type Topic = z.infer<typeof Topic>;

export const Choice = z.enum(["at_once", "daily", "off"]);
export type Choice = z.infer<typeof Choice>;

/** Who hears of a subject: whose role may do something about it. And how, until they choose otherwise. */
export const topics = {
  access: { scope: "members:write", usual: "at_once" },
  posts: { scope: "posts:write", usual: "at_once" },
  approvals: { scope: "posts:approve", usual: "daily" },
  /** Whoever makes what goes out, and whoever answers for it. */
  unapproved: { scope: "activity:read", usual: "at_once" },
  channels: { scope: "posts:write", usual: "at_once" },
  webhooks: { scope: "webhooks:write", usual: "at_once" },
  mail: { scope: "workspace:write", usual: "at_once" },
  contests: { scope: "contests:write", usual: "daily" },
  moderation: { scope: "ideas:write", usual: "daily" },
  objections: { scope: "contests:write", usual: "at_once" },
  winners: { scope: "contests:write", usual: "at_once" },
} as const satisfies Record<Topic, { scope: Scope; usual: Choice }>;

/** What is told, most of it by the event's name, and the subject of each. */
export const told = {
  "workspace.removal_announced": "access",
  "member.joined": "access",
  "post.approval_asked": "approvals",
  "post.approval_due": "unapproved",
  "post.missed": "unapproved",
  "post.changes_asked": "posts",
  "series.missed": "posts",
  "delivery.rejected": "posts",
  "delivery.expired": "posts",
  "posts.paused": "posts",
  "delivery.needs_human": "posts",
  "channel.failing": "channels",
  "channel.disconnected": "channels",
  "webhook.failing": "webhooks",
  "webhook.disabled": "webhooks",
  "mail.cap_reached": "mail",
  "contest.closing_soon": "contests",
  "ideas.waiting": "moderation",
  "exclusion.disputed": "objections",
  "winner.unreached": "winners",
  "winner.reminded": "winners",
  "winner.lapsed": "winners",
  "contest.reserves_exhausted": "winners",
} as const satisfies Record<string, Topic>;
export type Told = keyof typeof told;
export const Told = z.enum(Object.keys(told) as [Told, ...Told[]]);

/** What there is to tell. `id`: of the event behind it. The rest is put into words when it is told. */
export const News = z.object({
  id: z.string(),
  type: Told,
  at: z.iso.datetime(),
  /** The ids of what it is about, by the names that events give them. */
  about: z.record(z.string(), z.string()),
});
export type News = z.infer<typeof News>;

/** What a member has chosen; what is not in it is as usual. */
export const Settings = z.object({
  workspaceId: z.string(),
  memberId: z.string(),
  choices: z.partialRecord(Topic, Choice),
});
export type Settings = z.infer<typeof Settings>;

/**
 * What comes too late while publishing is paused is no surprise each time: it is told at once on the first occasion of a day
 * (`posts.paused`), and each in the day's news.
 */
export const pausedOf = ({ id: _, ...news }: News, workspaceId: string): News => ({
  ...news,
  id: `${workspaceId} paused ${news.at.slice(0, 10)}`,
  type: "posts.paused",
});

export const choiceOf = (settings: Settings | undefined, topic: Topic): Choice =>
  settings?.choices[topic] ?? topics[topic].usual;

/** A day's news for one member, until it is mailed. `wakesAt`: when that is; without one there is none. */
export const Digest = z.object({
  workspaceId: z.string(),
  memberId: z.string(),
  news: z.array(News),
  /** What did not fit. */
  more: z.int(),
  wakesAt: z.iso.datetime().optional(),
});
export type Digest = z.infer<typeof Digest>;

const mostNews = 50;

export const withNews = (digest: Digest, news: News, wakesAt: string): Digest => {
  if (digest.news.some(({ id }) => id === news.id)) return digest;
  const isFull = digest.news.length >= mostNews;
  return {
    ...digest,
    news: isFull ? digest.news : [...digest.news, news],
    more: digest.more + (isFull ? 1 : 0),
    wakesAt: digest.wakesAt ?? wakesAt,
  };
};

export const emptied = ({ wakesAt: _, ...digest }: Digest): Digest => ({ ...digest, news: [], more: 0 });

/** The hour at which a day's news is mailed, on the workspace's clock. */
const hourOfDay = 8;

/** The next eight o'clock in the morning after `now` in an IANA zone. Where the clocks skip or repeat it, within the hour. */
export const nextMorning = (now: string, zone: string): string => {
  const hourIn = (at: string): number =>
    Number(
      new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hourCycle: "h23", timeZone: zone }).format(new Date(at)),
    );
  const start = new Date(now);
  start.setUTCMinutes(0, 0, 0);
  // Zones that are not whole hours from UTC: a quarter of an hour is fine enough for all of them.
  const quarters = Array.from({ length: 25 * 4 + 1 }, (_, i) => later(start.toISOString(), i * 15 * 60_000));
  const isWhole = (at: string): boolean =>
    new Intl.DateTimeFormat("en-GB", { minute: "2-digit", timeZone: zone }).format(new Date(at)).padStart(2, "0") ===
    "00";
  return quarters.find((at) => at > now && hourIn(at) === hourOfDay && isWhole(at)) ?? later(now, days(1));
};

/** That a contest closes soon, until it is told. */
export const Closing = z.object({
  workspaceId: z.string(),
  contestId: z.string(),
  closesAt: z.iso.datetime(),
  wakesAt: z.iso.datetime(),
});
export type Closing = z.infer<typeof Closing>;

/** How long before its close it is told; of a shorter contest nobody needs to hear. */
const before = days(1);
export const closingOf = (
  contest: { workspaceId: string; contestId: string; closesAt: string },
  now: string,
): Closing | undefined => {
  const wakesAt = later(contest.closesAt, -before);
  return wakesAt > now ? { ...contest, wakesAt } : undefined;
};

/** Names a letter by the news that is in it and its reader: told twice, it is mailed once. */
export const letterId = (memberId: string, ...news: readonly string[]): string =>
  `${memberId}/notice/${createHash("sha256").update(news.join("\n")).digest("base64url").slice(0, 22)}`;

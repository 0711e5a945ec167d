import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/posts.ts";
import { days, later } from "../platform/clock.ts";
import { Id } from "../platform/ids.ts";
import { insteadOf, versionOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";

// A share: a secret link for somebody without an account. With one they approve of posts, or follow the calendar. It ends
// when its time is over, or when it is taken back.

const common = { workspaceId: z.string(), shareId: z.string(), name: z.string(), createdAt: z.string() };

export const Share = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("approval"),
    ...common,
    posts: z.array(z.string()),
    language: Language,
    endsAt: z.string(),
  }),
  z.object({ status: z.literal("calendar"), ...common, language: Language }),
  z.object({ status: z.literal("ended"), workspaceId: z.string(), shareId: z.string(), endedAt: z.string() }),
]);
export type Share = z.infer<typeof Share>;
export type ApprovalShare = Extract<Share, { status: "approval" }>;
export type CalendarShare = Extract<Share, { status: "calendar" }>;
export type Open = ApprovalShare | CalendarShare;

/** More of them is more than anyone approves of on a phone. */
export const mostPosts = 50;

export const openShare = <S extends Open>(share: S): [S, DomainEvent[]] => [
  share,
  [event("share.created", { shareId: share.shareId, kind: share.status })],
];

export const endShare = (share: Open, now: string): [Share, DomainEvent[]] => {
  const { workspaceId, shareId } = share;
  return [
    insteadOf(share, { status: "ended", workspaceId, shareId, endedAt: now } as const),
    [event("share.ended", { shareId })],
  ];
};

/** What is over is known for a month longer. */
export const forgottenAt = (share: Share): string | undefined => {
  if (share.status === "calendar") return undefined;
  return later(share.status === "ended" ? share.endedAt : share.endsAt, days(30));
};

export const isOpen = (share: Share, now: string): share is Open =>
  share.status === "calendar" || (share.status === "approval" && share.endsAt > now);

export const ShareView = z
  .object({
    id: Id("share"),
    kind: z.enum(["approval", "calendar"]),
    name: z.string(),
    posts: z.array(z.string()).optional().describe("What it asks approval of."),
    createdAt: z.iso.datetime(),
    endsAt: z.iso.datetime().optional().describe("A calendar's goes on until it is taken back."),
    url: z.url().optional().describe("The link, once: it is in no other answer. Whoever has it can use it."),
    version: z.int(),
  })
  .meta({ id: "Share" });

export const viewShare = (share: Open, url?: string): z.infer<typeof ShareView> => ({
  id: share.shareId,
  kind: share.status,
  name: share.name,
  ...(share.status === "approval" ? { posts: share.posts, endsAt: share.endsAt } : {}),
  createdAt: share.createdAt,
  ...(url === undefined ? {} : { url }),
  version: versionOf(share),
});

import * as z from "zod";
import { channelsOf } from "../channels/table.ts";
import { days, later } from "../platform/clock.ts";
import { found } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { page, shownAt } from "../platform/page.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Window } from "./calendar.ts";
import { findPlanning } from "./planning.ts";
import type { Standing } from "./post.ts";
import { shareBy } from "./share-table.ts";
import { postsBetween } from "./table.ts";

// The calendar behind a secret link: the posts of the last month and the coming year, and the days that people live by. Of more
// posts than a calendar program reads with pleasure it shows those around now, and says where it ends.

const mostPosts = { past: 250, coming: 750 };

const everyPost = async (
  workspaceId: string,
  filter: { from: string; to: string; soonestFirst: boolean },
  most: number,
  now: string,
): Promise<{ posts: Standing[]; isCut: boolean }> => {
  const posts: Standing[] = [];
  let startAfter: Awaited<ReturnType<typeof postsBetween>>["next"];
  do {
    const page = { limit: Math.min(100, most - posts.length), startAfter };
    const { items, next } = await postsBetween(workspaceId, { ...filter, keep: () => true }, page, now);
    posts.push(...items);
    startAfter = next;
  } while (startAfter && posts.length < most);
  return { posts, isCut: startAfter !== undefined };
};

/** The posts nearest to now, in their order, and the moments between which they are all. */
export const postsAround = async (
  workspaceId: string,
  { from, to }: { from: string; to: string },
  most: typeof mostPosts,
  now: string,
): Promise<{ posts: Standing[]; window: Window }> => {
  // Most have few, which one look finds.
  const few = await everyPost(workspaceId, { from, to, soonestFirst: true }, Math.min(100, most.past), now);
  if (!few.isCut) return { posts: few.posts, window: { from, to, moreBefore: false, moreAfter: false } };
  const [past, coming] = await Promise.all([
    everyPost(workspaceId, { from, to: now, soonestFirst: false }, most.past, now),
    everyPost(workspaceId, { from: later(now, 1), to, soonestFirst: true }, most.coming, now),
  ]);
  const atOf = (post: Standing | undefined): string | undefined => (post?.status === "draft" ? undefined : post?.at);
  const first = past.isCut ? atOf(past.posts.at(-1)) : undefined;
  const last = coming.isCut ? atOf(coming.posts.at(-1)) : undefined;
  return {
    posts: [...past.posts.toReversed(), ...coming.posts],
    window: { from: first ?? from, to: last ?? to, moreBefore: first !== undefined, moreAfter: last !== undefined },
  };
};

const namesOf = async (workspaceId: string, now: string): Promise<Map<string, string>> => {
  const names = new Map<string, string>();
  let startAfter: Awaited<ReturnType<typeof channelsOf>>["next"];
  do {
    const { items, next } = await channelsOf(workspaceId, { limit: 100, startAfter }, now);
    for (const { id, name } of items) names.set(id, name);
    startAfter = next;
  } while (startAfter);
  return names;
};

export const calendarPages = {
  followCalendar: page({
    method: "GET",
    path: "/calendar/{workspaceId}/posts.ics",
    summary:
      "The planned posts as a calendar (RFC 5545), for whoever has the link: of the last month and the coming year, at most a thousand, nearest to now. It says which time it shows.",
    params: z.strictObject({ workspaceId: Id("workspace") }),
    query: z.strictObject({ t: z.string().max(1024).default("") }),
    refuses: ["link_ended"],
    run: async (visit) => {
      const { now, query, speak } = visit;
      const { workspaceId } = found(shownAt(visit, visit.params), "calendar");
      const share = await shareBy(workspaceId, "calendar", query.t, now);
      const [from, to] = [later(now, -days(31)), later(now, days(366))] as const;
      const [brand, planning, { posts, window }, channels, { calendarOf, occasionsBetween }] = await Promise.all([
        brandOf(workspaceId, now),
        findPlanning(workspaceId, now),
        postsAround(workspaceId, { from, to }, mostPosts, now),
        namesOf(workspaceId, now),
        import("./calendar.ts"),
      ]);
      const language = speak(share.language);
      const shown = {
        name: brand.name,
        language,
        channels,
        window,
        zone: brand.zone,
        categories: new Map(planning.categories.map(({ id, name }) => [id, name])),
      };
      const text = calendarOf(posts, occasionsBetween(from.slice(0, 10), to.slice(0, 10)), shown, now);
      return {
        language,
        title: brand.name,
        body: { markup: "" },
        document: { type: "text/calendar; charset=utf-8", text, isPrivate: true },
      };
    },
  }),
};

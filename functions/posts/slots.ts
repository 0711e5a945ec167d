import { Temporal } from "temporal-polyfill";
import * as z from "zod";
import { days, later, milliseconds, minutes } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { type By, Conflict, get, type Key, type Kind, put, save } from "../platform/table.ts";
import { findPlanning, type Planning, weekdays, zoneOf } from "./planning.ts";
import { channelsOf, type Standing, stateOf } from "./post.ts";
import { findPost, postsBetween } from "./table.ts";
import { instantOf } from "./wall-time.ts";
import type { When } from "./when.ts";

// Slots: hours of the week in a zone at which posts leave. Whoever asks for the next one gets the first that is free on all
// of its channels. It is claimed by its channel and instant before the post is written, so that two never have the same.

/** A slot on the calendar. */
export type Moment = { at: string; wall: string; zone: string; channels: readonly string[] | undefined };

/** The slots after a moment, for so many days, in order. A wall time that the clocks skip is the first that exists; two that fall together are one. */
export const slotsAfter = (
  { slots }: Pick<Planning, "slots">,
  zone: string,
  after: string,
  forDays: number,
): Moment[] => {
  const first = Temporal.Instant.from(after).toZonedDateTimeISO(zone).toPlainDate();
  const found = Array.from({ length: forDays + 1 }, (_, n) => first.add({ days: n })).flatMap((date) =>
    slots
      .filter((slot) => slot.days.includes(weekdays[date.dayOfWeek - 1]!))
      .flatMap(({ times, channels }) =>
        times.map((time): Moment => {
          const wall = `${date.toString()}T${time}`;
          return { at: instantOf({ wall, zone }), wall, zone, channels };
        }),
      ),
  );
  return found
    .filter(({ at }) => at > after)
    .sort((a, b) => (a.at === b.at ? (a.wall < b.wall ? -1 : 1) : a.at < b.at ? -1 : 1));
};

/** Of which of these channels a moment is a slot, by its instant. */
const offered = (moments: readonly Moment[], channelIds: readonly string[]) =>
  [...Map.groupBy(moments, ({ at }) => at).values()].flatMap((same) => {
    const channels = channelIds.filter((id) => same.some((one) => !one.channels || one.channels.includes(id)));
    const [{ at, wall, zone }] = same as [Moment];
    return channels.length === 0 ? [] : [{ at, wall, zone, channels }];
  });

const Claim = z.object({
  workspaceId: z.string(),
  channelId: z.string(),
  at: z.string(),
  postId: z.string(),
  claimedAt: z.string(),
});
type Claim = z.infer<typeof Claim>;

// Asked                                   Answered by
// whose is this slot on this channel      WS#<workspace>#SLOTS#<channel> / <instant>

export const slotClaims: Kind<Claim> = {
  kind: "slot-claim",
  schema: Claim,
  key: ({ workspaceId, channelId, at }) => claimKey(workspaceId, channelId, at),
  expires: ({ at }) => later(at, days(1)),
};
const claimKey = (workspaceId: string, channelId: string, at: string): Key => ({
  pk: `WS#${workspaceId}#SLOTS#${channelId}`,
  sk: at,
});

const stands = (post: Standing | undefined, channelId: string, at: string): boolean =>
  post !== undefined &&
  post.status !== "draft" &&
  post.at === at &&
  stateOf(post) !== "cancelled" &&
  channelsOf(post).includes(channelId);

/** So long a claim holds whose post is not written (yet): its writer is at work, or died. */
const writingMs = minutes(2);

/** A claim that nobody has, or one in the place of another whose post is gone; undefined where it is taken. */
const claimOf = async (claim: Claim) => {
  const { workspaceId, channelId, at, claimedAt: now } = claim;
  const before = await get(slotClaims, claimKey(workspaceId, channelId, at), milliseconds(now));
  if (!before) return put(slotClaims, claim);
  if (before.postId !== claim.postId) {
    const post = await findPost(workspaceId, before.postId, now);
    if (post ? stands(post, channelId, at) : later(before.claimedAt, writingMs) > now) return undefined;
  }
  return put(slotClaims, { ...before, ...claim });
};

/** Further ahead than this nobody waits for a slot. */
const furthestDays = 90;

/** Which channels are spoken for at which instant, by the posts that are planned. */
const takenBetween = async (workspaceId: string, from: string, to: string, now: string): Promise<Set<string>> => {
  const taken = new Set<string>();
  const keep = (post: Standing) => post.status !== "draft" && stateOf(post) !== "cancelled";
  let startAfter: Awaited<ReturnType<typeof postsBetween>>["next"];
  do {
    const { items, next } = await postsBetween(workspaceId, { from, to, keep }, { limit: 100, startAfter }, now);
    for (const post of items)
      for (const id of channelsOf(post)) taken.add(`${id} ${post.status === "draft" ? "" : post.at}`);
    startAfter = next;
  } while (startAfter);
  return taken;
};

/** The free slots of these channels, in order: each with the channels that it is free on. */
export const freeSlots = async (
  workspaceId: string,
  channelIds: readonly string[],
  { after, forDays }: { after: string; forDays: number },
  now: string,
) => {
  const planning = await findPlanning(workspaceId, now);
  const moments = offered(slotsAfter(planning, await zoneOf(planning, now), after, forDays), channelIds);
  const last = moments.at(-1);
  if (!last) return [];
  const taken = await takenBetween(workspaceId, after, last.at, now);
  return moments.flatMap(({ channels, ...moment }) => {
    const free = channels.filter((id) => !taken.has(`${id} ${moment.at}`));
    return free.length === 0 ? [] : [{ ...moment, channels: free }];
  });
};

const stretchDays = 10;

/**
 * The next slot that is free on all of these channels, claimed for a post that is written within two minutes; without
 * `claim` it is only looked for. Refuses `no_free_slot`.
 */
export const nextSlot = async (
  workspaceId: string,
  channelIds: readonly string[],
  claim: { postId: string; by: By } | undefined,
  now: string,
): Promise<When> => {
  if (channelIds.length === 0)
    return refuse("invalid_input", "A slot is a channel's: name at least one.", [
      { pointer: "#/channels", detail: "Name at least one channel." },
    ]);
  for (let day = 0, after = now; day < furthestDays; day += stretchDays, after = later(now, days(day))) {
    const free = await freeSlots(workspaceId, channelIds, { after, forDays: stretchDays }, now);
    for (const { at, wall, zone, channels } of free) {
      if (channels.length < channelIds.length) continue;
      if (claim && !(await isClaimed(workspaceId, channelIds, at, claim, now))) continue;
      return { at, local: { wall, zone } };
    }
  }
  return refuse("no_free_slot", `In ${furthestDays} days there is no slot that is free on all of these channels.`, [
    { pointer: "#/slot", detail: "Give slots with PATCH /v1/planning, or a time: `at`, or `local`." },
  ]);
};

const isClaimed = async (
  workspaceId: string,
  channelIds: readonly string[],
  at: string,
  { postId, by }: { postId: string; by: By },
  now: string,
): Promise<boolean> => {
  const claims = await Promise.all(
    channelIds.map((channelId) => claimOf({ workspaceId, channelId, at, postId, claimedAt: now })),
  );
  if (claims.some((claim) => claim === undefined)) return false;
  try {
    await save(
      claims.filter((claim) => claim !== undefined),
      by,
    );
    return true;
  } catch (error) {
    if (error instanceof Conflict) return false;
    throw error;
  }
};

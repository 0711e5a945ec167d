import * as z from "zod";
import type { Detail } from "../events/event.ts";
import { days, later } from "../platform/clock.ts";
import type { Language } from "../platform/words.ts";
import { words } from "./words.ts";

/** That something happened: one row an event, also where the event reports what a crowd did. */
export const Activity = z.object({
  workspaceId: z.string(),
  /** The event's. */
  id: z.string(),
  type: z.string(),
  at: z.string(),
  actor: z.string(),
  cause: z.string(),
  /** The ids that the event names: what it is about. */
  things: z.array(z.string()),
  /** Of an event that reports a crowd: how many. */
  items: z.int().optional(),
});
export type Activity = z.infer<typeof Activity>;

/** So long it can be asked who did what. */
export const forgottenAt = ({ at }: Activity): string => later(at, days(400));

const mostThings = 20;
/** An id, or one that a longer name begins with (of a letter, say: contest_…/winner/0). */
const thingId = /^[a-z]{2,12}_[0-7][0-9a-hjkmnp-tv-z]{25}(?=\/|$)/;
const Items = z.looseObject({ items: z.array(z.unknown()) });

/** What is kept of an event: who, when, why and about what. Nothing else that it says. */
export const record = (type: string, { id, workspaceId, at, actor, cause, data }: Detail): Activity => {
  const named = Object.values(data).flatMap((value) => (Array.isArray(value) ? value : [value]));
  const things = named.flatMap((value) => (typeof value === "string" ? (thingId.exec(value) ?? []) : []));
  const crowd = Items.safeParse(data).data;
  return {
    workspaceId,
    id,
    type,
    at,
    actor,
    cause,
    things: [...new Set(things)].filter((thing) => thing !== workspaceId).slice(0, mostThings),
    ...(crowd ? { items: crowd.items.length } : {}),
  };
};

/** `contest.opened`, or `contest.*` for all that happens to contests. */
export const TypePattern = z
  .string()
  .regex(/^[a-z_]+\.(?:[a-z_]+|\*)$/, "Give an event's name, or thing.* for all of a thing.");

/** What may be asked for besides a time. */
export type Asked = { actor?: string; type?: string; thing?: string; cause?: string };

export const isAsked = (activity: Activity, { actor, type, thing, cause }: Asked): boolean =>
  (actor === undefined || activity.actor === actor) &&
  (cause === undefined || activity.cause === cause) &&
  (thing === undefined || activity.things.includes(thing)) &&
  (type === undefined || (type.endsWith("*") ? activity.type.startsWith(type.slice(0, -1)) : activity.type === type));

const ActorKind = z.enum(["key", "member", "visitor", "system"]);
export type ActorKind = z.infer<typeof ActorKind>;

export const actorKind = (actor: string): ActorKind => {
  if (actor.startsWith("key_")) return "key";
  if (actor.startsWith("mem_")) return "member";
  return actor === "visitor" ? "visitor" : "system";
};

export const ActivityView = z
  .object({
    id: z.string().describe("The event's id: ask for it as `cause` to see what it led to."),
    at: z.iso.datetime(),
    type: z.string(),
    sentence: z.string().describe("What happened, in words."),
    actor: z.object({
      kind: ActorKind,
      id: z.string(),
      name: z.string().optional().describe("Of a key: what it was called when it was made."),
    }),
    cause: z.string().describe("The id of the request or the event that led to it, or what it was due by."),
    things: z.array(z.string()).describe("The ids of what it is about."),
    items: z.int().optional().describe("How many, where it reports what a crowd did."),
  })
  .meta({ id: "Activity" });

/** What somebody does of themselves: the sentence says who already. */
const ofThemselves = new Set(["member.joined", "session.started"]);

/** `name`: of the key that did it, where it was one. */
export const viewActivity = (
  { id, at, type, actor, cause, things, items }: Activity,
  name: string | undefined,
  language: Language,
): z.infer<typeof ActivityView> => {
  const kind = actorKind(actor);
  const say = words[language];
  const what = say.did[type]?.(items ?? 1) ?? say.unknown(type);
  const by = ofThemselves.has(type) ? "" : say.by[kind](name);
  return {
    id,
    at,
    type,
    sentence: `${what}${by && ` ${by}`}.`,
    actor: { kind, id: actor, ...(name === undefined ? {} : { name }) },
    cause,
    things,
    ...(items === undefined ? {} : { items }),
  };
};

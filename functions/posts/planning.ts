import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { isZone, Line } from "../platform/input.ts";
import { get, type Key, type Kind, versionOf } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";

// How a workspace plans: at which hours of the week posts leave when they ask for the next slot, and the labels of posts.

export const weekdays = ["mo", "tu", "we", "th", "fr", "sa", "su"] as const;

const Slot = z.strictObject({
  days: z.array(z.enum(weekdays)).min(1).max(7),
  times: z
    .array(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "Give a time of day, e.g. 09:00."))
    .min(1)
    .max(24),
  channels: z.array(Id("channel")).min(1).max(20).optional().describe("Of these channels only; otherwise of all."),
});
export type Slot = z.infer<typeof Slot>;

const Category = z.strictObject({
  id: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, "Use 1 to 40 lower-case letters, digits and hyphens."),
  name: Line(60),
  colour: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, "Write a colour as #rrggbb.")
    .toLowerCase(),
});

export const CategoryId = Category.shape.id;

const Planning = z.object({
  workspaceId: z.string(),
  slots: z.array(Slot),
  /** IANA; otherwise the workspace's own. */
  zone: z.string().optional(),
  categories: z.array(Category),
});
export type Planning = z.infer<typeof Planning>;

// Asked                                   Answered by
// how a workspace plans                   WS#<workspace>#PLANNING / PLANNING

export const plannings: Kind<Planning> = {
  kind: "post-planning",
  schema: Planning,
  key: ({ workspaceId }) => planningKey(workspaceId),
};
const planningKey = (workspaceId: string): Key => ({ pk: `WS#${workspaceId}#PLANNING`, sk: "PLANNING" });

export const findPlanning = async (workspaceId: string, now: string): Promise<Planning> =>
  (await get(plannings, planningKey(workspaceId), milliseconds(now))) ?? { workspaceId, slots: [], categories: [] };

export const zoneOf = async ({ workspaceId, zone }: Planning, now: string): Promise<string> =>
  zone ?? (await brandOf(workspaceId, now)).zone;

const unique = (ids: readonly string[]): boolean => new Set(ids).size === ids.length;

export const PlanningPatch = z
  .strictObject({
    slots: z.array(Slot).max(30).describe("All of them: the hours of the week at which a post may ask to leave."),
    zone: z
      .string()
      .max(60)
      .nullable()
      .describe("The IANA time zone of the slots, e.g. Europe/Amsterdam; null: the workspace's."),
    categories: z
      .array(Category)
      .max(50)
      .refine((all) => unique(all.map(({ id }) => id)), "A category has an id of another.")
      .describe("All of them. A post that has one that is gone keeps its label."),
  })
  .partial();

/** Refuses `unknown_zone`. */
export const changePlanning = (planning: Planning, { zone, ...patch }: z.infer<typeof PlanningPatch>): Planning => {
  if (typeof zone === "string" && !isZone(zone))
    refuse("unknown_zone", `There is no time zone ${zone}.`, [
      { pointer: "#/zone", detail: "Use an IANA name, e.g. Europe/Amsterdam." },
    ]);
  return {
    ...planning,
    slots: patch.slots ?? planning.slots,
    categories: patch.categories ?? planning.categories,
    ...(zone === undefined ? {} : { zone: zone ?? undefined }),
  };
};

export const PlanningView = z
  .object({
    slots: z.array(Slot),
    zone: z.string().describe("Of the slots."),
    categories: z.array(Category),
    version: z.int(),
  })
  .meta({ id: "Planning" });

export const viewPlanning = async (planning: Planning, now: string): Promise<z.infer<typeof PlanningView>> => ({
  slots: planning.slots,
  zone: await zoneOf(planning, now),
  categories: planning.categories,
  version: versionOf(planning),
});

/** Refuses a category that the workspace does not have. */
export const knownCategory = async (workspaceId: string, category: string | undefined, now: string): Promise<void> => {
  if (category === undefined) return;
  const { categories } = await findPlanning(workspaceId, now);
  if (!categories.some(({ id }) => id === category))
    refuse("invalid_input", `There is no category ${category}.`, [
      { pointer: "#/category", detail: "Make it first: PATCH /v1/planning, with all categories." },
    ]);
};

import * as z from "zod";
import { getCached, type Key, type Kind } from "./table.ts";

// Whether a workspace is on its way out: for a week its things are there and nobody sees them, then they are removed. The
// item says how far that is, and at last stays as the only thing that is known of the workspace.

const Place = z.object({ pk: z.string(), sk: z.string() });

export const Removal = z.discriminatedUnion("status", [
  /** It can be undone until `removesAt`. */
  z.object({
    status: z.literal("announced"),
    workspaceId: z.string(),
    announcedAt: z.iso.datetime(),
    removesAt: z.iso.datetime(),
  }),
  /** `after`: how far the table has been looked through. `found`: how much was removed since its beginning. */
  z.object({
    status: z.literal("removing"),
    workspaceId: z.string(),
    since: z.iso.datetime(),
    wakesAt: z.iso.datetime(),
    after: Place.optional(),
    found: z.int(),
  }),
  z.object({ status: z.literal("removed"), workspaceId: z.string(), removedAt: z.iso.datetime() }),
]);
export type Removal = z.infer<typeof Removal>;

export const removals: Kind<Removal> = {
  kind: "removal",
  schema: Removal,
  key: ({ workspaceId }) => removalKey(workspaceId),
  due: (removal) => {
    if (removal.status === "removed") return undefined;
    return { at: removal.status === "announced" ? removal.removesAt : removal.wakesAt, kind: "workspace.remove" };
  },
};
export const removalKey = (workspaceId: string): Key => ({ pk: `WS#${workspaceId}`, sk: "REMOVAL" });

const cached = getCached(removals);

/** At most five seconds old. */
export const removalOf = (workspaceId: string, nowMs: number): Promise<Removal | undefined> =>
  cached(removalKey(workspaceId), nowMs);

export const isLeaving = async (workspaceId: string, nowMs: number): Promise<boolean> =>
  (await removalOf(workspaceId, nowMs)) !== undefined;

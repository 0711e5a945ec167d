import * as z from "zod";
import { refuse } from "./errors.ts";
import { isLeaving } from "./leaving.ts";
import { about } from "./log.ts";
import { withScopesOf2 } from "./route.ts";
import { type Change, Conflict, drop, get, getCached, type Key, type Kind, put, unchanged } from "./table.ts";

// The directory of public names: what a visitor or a key says → whose it is. A name is a key, so it is taken once;
// it is written in the same transaction as the thing that it names.

const Name = z.object({
  space: z.enum(["key", "contest", "poll", "board", "idea", "channel", "actor", "media", "host"]),
  name: z.string(),
  workspaceId: z.string(),
  id: z.string(),
  /** Of a key: what it may do. */
  scopes: z.array(z.string()).optional(),
  /** Of a key: it works until then (RFC 3339). */
  endsAt: z.string().optional(),
  /** Of a published file: its media type. */
  type: z.string().optional(),
  /** Of a published file: the ids of what shows it in public. */
  shownBy: z.array(z.string()).optional(),
});
export type Name = z.infer<typeof Name>;

export const names: Kind<Name> = {
  kind: "name",
  schema: Name,
  key: ({ space, name }) => key(space, name),
  shape: 2,
  upgrade: withScopesOf2,
};
const key = (space: Name["space"], name: string): Key => ({ pk: `NAME#${space}#${name}`, sk: "NAME" });

export const takeName = (name: Name): Change => put(names, name);

const cached = /* @__PURE__ */ getCached(names);

/** Whose public name this is; at most five seconds old. */
export const whose = async (space: Name["space"], name: string, nowMs: number): Promise<Name | undefined> => {
  const known = await cached(key(space, name), nowMs);
  if (known) about({ workspaceId: known.workspaceId });
  // Of a workspace on its way out nothing is public.
  return known && (await isLeaving(known.workspaceId, nowMs)) ? undefined : known;
};

/** What a public name stands for; whether its workspace is on its way out is read beside it. */
export const named = async <T>(
  space: Name["space"],
  name: string,
  nowMs: number,
  find: (known: Name) => Promise<T>,
): Promise<T | undefined> => {
  const known = await cached(key(space, name), nowMs);
  if (!known) return undefined;
  about({ workspaceId: known.workspaceId });
  const [isGone, thing] = await Promise.all([isLeaving(known.workspaceId, nowMs), find(known)]);
  return isGone ? undefined : thing;
};

/** The same as it stands now, for what must not be late: a key that was just revoked. */
export const whoseNow = (space: Name["space"], name: string, nowMs: number): Promise<Name | undefined> =>
  get(names, key(space, name), nowMs);

/** Asks that a name still says what it said when it was read. */
export const stillNamed = (name: Name): Change => unchanged(names, name);

/** Waits for a save that takes the name in this field, and refuses `slug_taken` where another thing has it. */
export const orSlugTaken = async <A>(saving: Promise<A>, field: "slug" | "handle" = "slug"): Promise<A> => {
  try {
    return await saving;
  } catch (error) {
    if (!(error instanceof Conflict) || error.what !== names.kind) throw error;
    return refuse("slug_taken", `Another one has this ${field}. Choose another ${field}.`, [
      { pointer: `#/${field}`, detail: "It is taken." },
    ]);
  }
};

/** The same for a host. */
export const orHostTaken = async <A>(saving: Promise<A>): Promise<A> => {
  try {
    return await saving;
  } catch (error) {
    if (!(error instanceof Conflict) || error.what !== names.kind) throw error;
    return refuse("host_taken", "Another workspace has this host. It must be removed there first.");
  }
};

/** Gives a name up. */
export const giveUpName = async (space: Name["space"], name: string, nowMs: number): Promise<Change[]> => {
  const taken = await whoseNow(space, name, nowMs);
  return taken ? [drop(names, taken)] : [];
};

import * as z from "zod";
import type { Key, Stretch } from "../platform/table.ts";

// How an export goes through what there is: by lists, a stretch at a time, from any place that it has been to.

const Place = z.object({ pk: z.string(), sk: z.string() });
/** The place after which to go on: in a list, or in the list of one of several things. */
export const Position = z.object({ of: z.string().optional(), after: Place.optional() });
export type Position = z.infer<typeof Position>;

/** Who asks, and whether it is to say who people are. */
export type Asking = { workspaceId: string; personal: boolean; now: string };

/** A stretch of rows to write, and where the next one begins; undefined at the end. */
export type Walk = (
  asking: Asking,
  position: Position | undefined,
) => Promise<{ rows: object[]; next: Position | undefined }>;

type Page = { limit: number; startAfter: Key | undefined };
const atOnce = 500;

/** Through one list. */
export const through =
  <T>(
    list: (asking: Asking, page: Page) => Promise<Stretch<T>>,
    row: (thing: T, asking: Asking) => object | Promise<object>,
  ): Walk =>
  async (asking, position) => {
    const { items, next } = await list(asking, { limit: atOnce, startAfter: position?.after });
    return {
      rows: await Promise.all(items.map((thing) => row(thing, asking))),
      next: next && { after: next },
    };
  };

/** Through a list of each of several things, in the order of their ids. */
export const throughEach =
  <P, T>(
    parents: (asking: Asking) => Promise<P[]>,
    idOf: (parent: P) => string,
    list: (parent: P, asking: Asking, page: Page) => Promise<Stretch<T>>,
    row: (thing: T, asking: Asking) => object | Promise<object>,
  ): Walk =>
  async (asking, position) => {
    const byId = (await parents(asking)).toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
    // What was removed since is stepped over: the next id goes on from its beginning.
    const at = byId.findIndex((parent) => position?.of === undefined || idOf(parent) >= position.of);
    const parent = byId[at];
    if (!parent) return { rows: [], next: undefined };
    const startAfter = idOf(parent) === position?.of ? position.after : undefined;
    const { items, next } = await list(parent, asking, { limit: atOnce, startAfter });
    const following = byId[at + 1];
    return {
      rows: await Promise.all(items.map((thing) => row(thing, asking))),
      next: next ? { of: idOf(parent), after: next } : following && { of: idOf(following) },
    };
  };

/** All of a list, for what there are only few of. */
export const wholeOf = async <T>(list: (page: Page) => Promise<Stretch<T>>): Promise<T[]> => {
  const all: T[] = [];
  let startAfter: Key | undefined;
  do {
    const { items, next } = await list({ limit: 100, startAfter });
    all.push(...items);
    startAfter = next;
  } while (startAfter);
  return all;
};

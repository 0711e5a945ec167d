import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import type { FuzzAnswer } from "./answers.ts";
import { prefixIn } from "./learned.ts";
import type { Operation } from "./operations.ts";

// Everything that a key may list is listed, in pages of two sizes, and each thing is read alone.

const Page = z.object({ items: z.array(z.looseObject({ id: z.string().optional() })), next: z.string().nullable() });
type Thing = z.infer<typeof Page>["items"][number];

/** No list is read further: where things are that many, its pages have been tried enough. */
const MOST_PAGES = 200;
/** Of each kind so many, spread over all of them, have the lists about them read, and so many are read alone. */
const SAMPLE = 10;
/** A longer list is not read a second time in the smallest pages, but in ones so large that this many do. */
const MOST_SMALL_PAGES = 40;

const sampled = <T>(all: readonly T[]): T[] =>
  all.length <= SAMPLE
    ? [...all]
    : Array.from({ length: SAMPLE }, (_, i) => all[Math.floor((i * all.length) / SAMPLE)]!);

/** Whether a thing read alone says all that its list says. It may say more: a list may leave fields out. */
const covers = (whole: unknown, part: unknown): boolean => {
  if (Array.isArray(part))
    return Array.isArray(whole) && whole.length === part.length && part.every((one, i) => covers(whole[i], one));
  if (typeof part !== "object" || part === null) return whole === part;
  if (typeof whole !== "object" || whole === null) return false;
  const fields = new Map(Object.entries(whole));
  return Object.entries(part).every(([name, value]) => covers(fields.get(name), value));
};

export const readBack = async (options: {
  operations: readonly Operation[];
  get: (path: string) => Promise<FuzzAnswer>;
}): Promise<string[]> => {
  const { operations, get } = options;
  const wrong: string[] = [];
  const lists = operations.filter(
    ({ method, isList, scope, query }) =>
      method === "GET" && isList && scope !== undefined && !query.some(({ required }) => required),
  );
  const readers = operations.filter(({ method, isList, scope }) => method === "GET" && !isList && scope !== undefined);

  const list = async (path: string, limit: number, mostPages: number): Promise<Thing[] | undefined> => {
    const all: Thing[] = [];
    let next: string | null = null;
    let pages = 0;
    do {
      const answer = await get(`${path}?limit=${limit}${next === null ? "" : `&cursor=${encodeURIComponent(next)}`}`);
      // A list may not be there yet (the winners of an open contest), or not for this thing (words, where none were asked for).
      if ((answer.status === 409 || answer.status === 400) && next === null) return undefined;
      if (answer.status !== 200) {
        wrong.push(`GET ${path} answered ${answer.status} ${answer.text.slice(0, 300)}`);
        return undefined;
      }
      const page = Page.parse(JSON.parse(answer.text));
      if (page.items.length > limit) wrong.push(`GET ${path}?limit=${limit} gave ${page.items.length} things`);
      if (page.items.length === 0 && page.next !== null)
        wrong.push(`GET ${path} gave an empty page that is not the last`);
      all.push(...page.items);
      next = page.next;
      pages += 1;
    } while (next !== null && pages < mostPages);
    return all;
  };

  /** Lists it twice, and gives the things. */
  const listTwice = async (path: string): Promise<Thing[]> => {
    const things = await list(path, 100, MOST_PAGES);
    if (!things) return [];
    const ids = things.flatMap(({ id }) => id ?? []);
    const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
    if (twice.length) wrong.push(`GET ${path} gives ${twice[0]} twice`);
    const size = Math.max(7, Math.ceil(things.length / MOST_SMALL_PAGES));
    const small = things.length > 2000 ? undefined : await list(path, size, MOST_SMALL_PAGES + 2);
    if (small && !isDeepStrictEqual(small, things))
      wrong.push(`GET ${path} gives ${small.length} things in pages of ${size}, and ${things.length} in pages of 100`);
    return things;
  };

  const readAlone = async ({ path }: Operation, variable: string, thing: Thing, listed: string): Promise<void> => {
    const alone = path.replace(`{${variable}}`, String(thing.id));
    const answer = await get(alone);
    if (answer.status !== 200) {
      wrong.push(
        `GET ${listed} lists ${thing.id}, and GET ${alone} answers ${answer.status} ${answer.text.slice(0, 200)}`,
      );
      return;
    }
    const read = z.record(z.string(), z.unknown()).parse(JSON.parse(answer.text));
    for (const [name, value] of Object.entries(thing))
      if (!covers(read[name], value)) wrong.push(`GET ${listed} and GET ${alone} differ in ${name}`);
  };

  const known = new Map<string, string[]>();
  for (const { path } of lists.filter(({ variables }) => variables.length === 0)) {
    const things = await listTwice(path);
    const reader = readers.find((one) => one.variables.length === 1 && one.path.replace(/\/\{\w+\}$/, "") === path);
    const [variable] = reader?.variables ?? [];
    if (!reader || !variable) continue;
    const prefix = prefixIn(variable.schema.pattern);
    if (prefix !== undefined)
      known.set(
        prefix,
        things.flatMap(({ id }) => id ?? []),
      );
    for (const thing of sampled(things)) await readAlone(reader, variable.name, thing, path);
  }
  for (const { path, variables } of lists.filter((one) => one.variables.length === 1)) {
    const ids = known.get(prefixIn(variables[0]!.schema.pattern) ?? "") ?? [];
    for (const id of sampled(ids)) await listTwice(path.replace(`{${variables[0]!.name}}`, id));
  }
  return wrong;
};

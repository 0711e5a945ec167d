import * as z from "zod";
import { formsIn } from "../visitor.ts";
import type { Operation } from "./operations.ts";
import type { Random } from "./random.ts";

// What has been met in answers and mails, to be used in later requests: ids, parts of addresses, tokens, forms, cursors, versions.

/** Names that a request may use, the newest most often; the oldest are forgotten. */
const pool = (most = 400) => {
  const all: string[] = [];
  const known = new Set<string>();
  return {
    add: (text: string): void => {
      if (known.has(text)) return;
      known.add(text);
      all.push(text);
      if (all.length > most) for (const old of all.splice(0, most / 4)) known.delete(old);
    },
    pick: (random: Random): string | undefined => {
      if (all.length === 0) return undefined;
      return random.chance(0.5) ? random.pick(all.slice(-20)) : random.pick(all);
    },
  };
};
type Pool = ReturnType<typeof pool>;

/** An address as it stood somewhere: what belongs together. */
const Whole = z.object({ variables: z.record(z.string(), z.string()), query: z.record(z.string(), z.string()) });
export type Whole = z.infer<typeof Whole>;

const inMap = <T>(map: Map<string, T>, name: string, make: () => T): T => {
  const known = map.get(name) ?? make();
  map.set(name, known);
  return known;
};
const inPools = (pools: Map<string, Pool>, name: string): Pool => inMap(pools, name, pool);

/** Drawers, each opened as often as any other: what is rare is met as often as what is common. The newest of each is kept. */
const drawers = <T>(most: number) => {
  const all = new Map<string, T[]>();
  return {
    put: (name: string, one: T): void => {
      const drawer = inMap(all, name, () => []);
      drawer.push(one);
      if (drawer.length > most) drawer.splice(0, most / 2);
    },
    /** From one of the drawers in `first`, where there is one. */
    pick: (random: Random, first: (name: string) => boolean = () => false): T | undefined => {
      if (all.size === 0) return undefined;
      const preferred = [...all.keys()].filter(first);
      return random.pick(all.get(random.pick(preferred.length > 0 ? preferred : [...all.keys()]))!);
    },
  };
};

const typeIds = /(?<![\w-])([a-z]+)_[0-7][0-9a-hjkmnp-tv-z]{25}(?![\w-])/g;
/** Every id of ours in a text. */
export const idsIn = (text: string): string[] => [...new Set(text.match(typeIds) ?? [])];
/** A code that proves an address (functions/mail/code.ts). */
const codeInMail = /(?<![\w-])[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{4}(?![\w-])/i;

/** What an address is about: its ids, or a thing that the public knows by its slug. */
export const aboutOf = (path: string): string[] => {
  const [slug] = /^\/[cip]\/[^/?]+/.exec(path) ?? [];
  return [...(slug === undefined ? [] : [slug]), ...idsIn(path)];
};
const prefixOf = (id: string): string => id.slice(0, id.indexOf("_"));
/** The prefix of the ids that a pattern takes: `^post_[0-7]…` → `post`. */
export const prefixIn = (pattern: string | undefined): string | undefined => /^\^([a-z]+)_\[/.exec(pattern ?? "")?.[1];

/** A form of a page, and the cookies that came with it. */
export type ShownForm = {
  action: string;
  fields: Record<string, string>;
  choices: Record<string, string[]>;
  cookies: readonly string[];
};

/** A link that was mailed, or that somebody was sent to. */
export type ShownLink = { path: string; cookies: readonly string[] };

/** So much of an answer is looked through. */
const mostRead = 200_000;

/** What may be named again, beside ids: a position, a commit, the id of a question. */
const isName = (value: unknown): value is string | number =>
  typeof value === "number" ? Number.isInteger(value) : typeof value === "string" && /^[\w.-]{1,100}$/.test(value);
const isThing = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** What a workspace, or the public, has shown. `spared`: ids that no request is to use. */
export const learning = (baseUrl: string, operations: readonly Operation[], spared: ReadonlySet<string>) => {
  const ids = new Map<string, Pool>();
  const variables = new Map<string, Pool>();
  /** By template, whole addresses, as JSON. */
  const wholes = new Map<string, Pool>();
  /** By prefix and state, the ids of what was in it when it was last seen. */
  const states = new Map<string, Map<string, Pool>>();
  const stateOf = new Map<string, string>();
  /** By id, what stood beside it: by prefix or name of a field. */
  const beside = new Map<string, Map<string, Pool>>();
  /** By id, the ids of addresses that it was shown at: an entry's contest. */
  const above = new Map<string, readonly string[]>();
  const queries = new Map<string, Pool>();
  const cursors = new Map<string, Pool>();
  const versions = new Map<string, string>();
  const forms = drawers<ShownForm>(24);
  const addresses = pool();
  const links = drawers<ShownLink>(24);
  const cookies = pool(60);
  const codes = new Map<string, string>();
  const { origin } = new URL(baseUrl);
  const templates = [...new Set(operations.map(({ path }) => path))]
    .filter((path) => path.includes("{"))
    .map((path) => ({
      path,
      names: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
      pattern: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "([^/?#]+)")}$`),
    }));
  const ours = new RegExp(`${baseUrl.replaceAll(".", "\\.")}(/[^\\s"'<>\\\\]*)|(?:href|action)="(/[^"]*)"`, "g");

  /** The templates of an address. */
  const matching = new Map<string, (typeof templates)[number][]>();
  const templatesOf = (pathname: string): (typeof templates)[number][] => {
    if (matching.size > 5000) matching.clear();
    return inMap(matching, pathname, () => templates.filter(({ pattern }) => pattern.test(pathname)));
  };
  const templateOf = (pathname: string): string => templatesOf(pathname)[0]?.path ?? pathname;

  const address = (path: string): void => {
    const url = URL.parse(path.replaceAll("&amp;", "&"), baseUrl);
    if (!url || url.origin !== origin) return;
    const query = Object.fromEntries(url.searchParams);
    for (const { path: template, names, pattern } of templatesOf(url.pathname)) {
      const found = pattern.exec(url.pathname)!;
      for (const [i, name] of names.entries()) {
        const upTo = template.slice(0, template.indexOf(`{${name}}`));
        inPools(variables, `${upTo}{${name}}`).add(decodeURIComponent(found[i + 1]!));
      }
      const stood = Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1]!)]));
      inPools(wholes, template).add(JSON.stringify({ variables: stood, query } satisfies Whole));
    }
    addresses.add(`${url.pathname}${url.search}`);
    for (const [name, value] of Object.entries(query)) if (name !== "lang") inPools(queries, name).add(value);
  };

  /** Links are followed soon, before they end. */
  const follow = (link: ShownLink): void => links.put(templateOf(link.path.split("?", 1)[0]!), link);

  const note = (of: string, name: string, value: string): void => {
    if (beside.size > 20_000) beside.clear();
    inPools(
      inMap(beside, of, () => new Map()),
      name,
    ).add(value);
  };

  const text = (whole: string): void => {
    const read = whole.slice(0, mostRead);
    for (const id of idsIn(read)) if (!spared.has(id)) inPools(ids, prefixOf(id)).add(id);
    for (const [, absolute, relative] of read.matchAll(ours)) address(absolute ?? relative ?? "/");
  };

  /** Looks through JSON. `about`: the ids that it belongs to, the innermost last. */
  const json = (value: unknown, about: readonly string[]): void => {
    if (Array.isArray(value)) for (const one of value.slice(0, 100)) json(one, about);
    if (!isThing(value) || Array.isArray(value)) return;
    const { id, status, state } = value;
    const isOurs = typeof id === "string" && idsIn(id).length === 1 && !spared.has(id);
    const standing = status ?? state;
    if (isOurs && typeof standing === "string") {
      stateOf.set(id, standing);
      inPools(
        inMap(states, prefixOf(id), () => new Map()),
        standing,
      ).add(id);
    }
    const within = isOurs && !about.includes(id) ? [...about, id] : about;
    if (isOurs && about.length > 0 && id !== about.at(-1)) above.set(id, about);
    const fields = Object.entries(value);
    const named = fields.flatMap(([name, one]) =>
      isName(one) ? [{ name, value: String(one), ids: idsIn(String(one)) }] : [],
    );
    const here = named.flatMap(({ ids: [other] }) => (other === undefined || spared.has(other) ? [] : [other]));
    const around = [...new Set([...within, ...here.slice(0, 6)])];
    for (const { name, value: said, ids: some } of named)
      for (const of of around) {
        if (some.length === 0) note(of, name, said);
        else if (of !== said && here.includes(said)) for (const as of [prefixOf(said), name]) note(of, as, said);
      }
    for (const other of here)
      if (!above.has(other))
        above.set(
          other,
          around.filter((of) => of !== other),
        );
    for (const [, one] of fields) if (!isName(one)) json(one, within);
  };

  return {
    /** Looks through an answer. */
    text,
    json,
    /** Looks through a mail. */
    mail: (letter: string, to: readonly string[]): void => {
      text(letter);
      const [code] = codeInMail.exec(letter) ?? [];
      if (code !== undefined) for (const address of to) codes.set(address, code);
      for (const [, absolute] of letter.matchAll(ours)) if (absolute) follow({ path: absolute, cookies: [] });
    },
    /** The absolute links in a text. */
    links: (said: string): void => {
      for (const [, absolute] of said.slice(0, mostRead).matchAll(ours)) {
        if (absolute === undefined || absolute.startsWith("/v1/")) continue;
        address(absolute);
        follow({ path: absolute, cookies: [] });
      }
    },
    /** A whole link that somebody was sent to, with the cookies that they had then. */
    link: (url: string, cookies: readonly string[]): void => {
      const { pathname, search } = new URL(url);
      follow({ path: `${pathname}${search}`, cookies });
    },
    page: (path: string, markup: string, cookies: readonly string[]): void => {
      for (const form of formsIn(markup.slice(0, mostRead))) {
        const action = form.action || path;
        forms.put(templateOf(new URL(action, baseUrl).pathname), { ...form, action, cookies });
        for (const [name, value] of Object.entries(form.fields)) if (value) inPools(queries, name).add(value);
      }
      // What a page links for whoever it was shown to.
      for (const [, , relative] of markup.slice(0, mostRead).matchAll(ours))
        if (relative !== undefined) follow({ path: relative.replaceAll("&amp;", "&"), cookies });
    },
    address,
    cookie: (pair: string): void => cookies.add(pair),
    cursor: (path: string, cursor: string): void => inPools(cursors, path).add(cursor),
    version: (path: string, etag: string): void => {
      versions.set(path, etag);
      if (versions.size > 5000) versions.clear();
    },

    /** An id: of what stood beside `near`, of what is in some state, or any. */
    anId: (prefix: string, random: Random, near?: string): string | undefined => {
      const related = near === undefined ? undefined : beside.get(near)?.get(prefix);
      if (related && random.chance(0.85)) return related.pick(random);
      const known = states.get(prefix);
      if (known && random.chance(0.5)) {
        const [state, some] = random.pick([...known]);
        for (let tries = 0; tries < 3; tries++) {
          const id = some.pick(random);
          if (id !== undefined && stateOf.get(id) === state) return id;
        }
      }
      return ids.get(prefix)?.pick(random);
    },
    /** The id of what this one belongs to. */
    above: (id: string, prefix: string): string | undefined =>
      above.get(id)?.findLast((other) => prefixOf(other) === prefix),
    /** What a field of this name said, beside this id. */
    beside: (near: string, name: string, random: Random): string | undefined =>
      beside.get(near)?.get(name)?.pick(random),
    otherId: (random: Random): string | undefined =>
      ids.size ? random.pick([...ids.values()]).pick(random) : undefined,
    /** What stood in this place of an address: `/c/{slug}` knows other slugs than `/p/{slug}`. */
    aVariable: (path: string, name: string, random: Random): string | undefined =>
      variables.get(`${path.slice(0, path.indexOf(`{${name}}`))}{${name}}`)?.pick(random),
    /** A whole address of this template. */
    aWhole: (path: string, random: Random): Whole | undefined => {
      const whole = wholes.get(path)?.pick(random);
      return whole === undefined ? undefined : Whole.parse(JSON.parse(whole));
    },
    /** The last code that was mailed to somebody. */
    codeFor: (address: string): string | undefined => codes.get(address),
    aQuery: (name: string, random: Random): string | undefined => queries.get(name)?.pick(random),
    aCursor: (path: string, random: Random): string | undefined =>
      (random.chance(0.8) ? cursors.get(path) : [...cursors.values()].at(0))?.pick(random),
    /** A whole address that was linked; of one of these templates, where there is one and it is wanted. */
    aLink: (random: Random, wanted: ReadonlySet<string>): ShownLink | undefined => {
      const first = random.chance(0.4) ? (template: string) => wanted.has(template) : undefined;
      const link = random.chance(0.6) ? links.pick(random, first) : undefined;
      if (link) return link;
      const path = addresses.pick(random);
      return path === undefined ? undefined : { path, cookies: [] };
    },
    aCookie: (random: Random): string | undefined => cookies.pick(random),
    aForm: (random: Random, wanted: ReadonlySet<string>): ShownForm | undefined =>
      forms.pick(random, random.chance(0.4) ? (template) => wanted.has(template) : undefined),
    versionOf: (path: string): string | undefined => versions.get(path),
  };
};
export type Learned = ReturnType<typeof learning>;

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
    has: (text: string) => known.has(text),
  };
};
type Pool = ReturnType<typeof pool>;

const Variables = z.record(z.string(), z.string());

const inPools = (pools: Map<string, Pool>, name: string): Pool => {
  const known = pools.get(name) ?? pool();
  pools.set(name, known);
  return known;
};

const typeIds = /(?<![\w-])([a-z]+)_[0-7][0-9a-hjkmnp-tv-z]{25}(?![\w-])/g;
/** Every id of ours in a text. */
export const idsIn = (text: string): string[] => [...new Set(text.match(typeIds) ?? [])];
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

/** What a workspace, or the public, has shown. `spared`: ids that no request is to use. */
export const learning = (baseUrl: string, operations: readonly Operation[], spared: ReadonlySet<string>) => {
  const ids = new Map<string, Pool>();
  const variables = new Map<string, Pool>();
  /** By template, the variables of whole addresses, as JSON. */
  const wholes = new Map<string, Pool>();
  const queries = new Map<string, Pool>();
  const cursors = new Map<string, Pool>();
  const versions = new Map<string, string>();
  const forms: ShownForm[] = [];
  const addresses = pool();
  const links: ShownLink[] = [];
  const cookies = pool(60);
  const templates = [...new Set(operations.map(({ path }) => path))]
    .filter((path) => path.includes("{"))
    .map((path) => ({
      path,
      names: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
      pattern: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "([^/?#]+)")}$`),
    }));
  const ours = new RegExp(`${baseUrl.replaceAll(".", "\\.")}(/[^\\s"'<>\\\\]*)|(?:href|action)="(/[^"]*)"`, "g");

  const address = (path: string): void => {
    const url = URL.parse(path.replaceAll("&amp;", "&"), baseUrl);
    if (!url || url.origin !== new URL(baseUrl).origin) return;
    for (const { path: template, names, pattern } of templates) {
      const found = pattern.exec(url.pathname);
      if (!found) continue;
      for (const [i, name] of names.entries()) {
        const upTo = template.slice(0, template.indexOf(`{${name}}`));
        inPools(variables, `${upTo}{${name}}`).add(decodeURIComponent(found[i + 1]!));
      }
      if (names.length > 1)
        inPools(wholes, template).add(
          JSON.stringify(Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1]!)]))),
        );
    }
    addresses.add(`${url.pathname}${url.search}`);
    for (const [name, value] of url.searchParams) if (name !== "lang") inPools(queries, name).add(value);
  };

  /** Links are followed soon, before they end. */
  const follow = (link: ShownLink): void => {
    links.push(link);
    if (links.length > 80) links.splice(0, links.length - 60);
  };

  const text = (whole: string): void => {
    const read = whole.slice(0, mostRead);
    for (const id of idsIn(read)) if (!spared.has(id)) inPools(ids, prefixOf(id)).add(id);
    for (const [, absolute, relative] of read.matchAll(ours)) address(absolute ?? relative ?? "/");
  };

  return {
    /** Looks through an answer. */
    text,
    /** Looks through a mail. */
    mail: (letter: string): void => {
      text(letter);
      for (const [, absolute] of letter.matchAll(ours)) if (absolute) follow({ path: absolute, cookies: [] });
    },
    /** A whole link that somebody was sent to, with the cookies that they had then. */
    link: (url: string, cookies: readonly string[]): void => {
      const { pathname, search } = new URL(url);
      follow({ path: `${pathname}${search}`, cookies });
    },
    page: (path: string, markup: string, cookies: readonly string[]): void => {
      for (const form of formsIn(markup.slice(0, mostRead))) {
        forms.push({ ...form, action: form.action || path, cookies });
        for (const [name, value] of Object.entries(form.fields)) if (value) inPools(queries, name).add(value);
      }
      if (forms.length > 200) forms.splice(0, 50);
    },
    address,
    cookie: (pair: string): void => cookies.add(pair),
    cursor: (path: string, cursor: string): void => inPools(cursors, path).add(cursor),
    version: (path: string, etag: string): void => {
      versions.set(path, etag);
      if (versions.size > 5000) versions.clear();
    },

    anId: (prefix: string, random: Random): string | undefined => ids.get(prefix)?.pick(random),
    otherId: (random: Random): string | undefined =>
      ids.size ? random.pick([...ids.values()]).pick(random) : undefined,
    has: (id: string): boolean => ids.get(prefixOf(id))?.has(id) ?? false,
    /** What stood in this place of an address: `/c/{slug}` knows other slugs than `/p/{slug}`. */
    aVariable: (path: string, name: string, random: Random): string | undefined =>
      variables.get(`${path.slice(0, path.indexOf(`{${name}}`))}{${name}}`)?.pick(random),
    /** All variables of one address, as they stood together. */
    variablesOf: (path: string, random: Random): Record<string, string> | undefined => {
      const whole = wholes.get(path)?.pick(random);
      return whole === undefined ? undefined : Variables.parse(JSON.parse(whole));
    },
    aQuery: (name: string, random: Random): string | undefined => queries.get(name)?.pick(random),
    aCursor: (path: string, random: Random): string | undefined =>
      (random.chance(0.8) ? cursors.get(path) : [...cursors.values()].at(0))?.pick(random),
    /** A whole address that was linked. */
    aLink: (random: Random): ShownLink | undefined => {
      if (links.length > 0 && random.chance(0.6)) return random.pick(links);
      const path = addresses.pick(random);
      return path === undefined ? undefined : { path, cookies: [] };
    },
    aCookie: (random: Random): string | undefined => cookies.pick(random),
    aForm: (random: Random): ShownForm | undefined => (forms.length ? random.pick(forms.slice(-60)) : undefined),
    versionOf: (path: string): string | undefined => versions.get(path),
  };
};
export type Learned = ReturnType<typeof learning>;

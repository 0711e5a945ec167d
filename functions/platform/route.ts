import type * as z from "zod";

/** What a key may do. `public` routes ask for no key. */
export const scopes = [
  "workspace:read",
  "workspace:write",
  "members:read",
  "members:write",
  "activity:read",
  "media:read",
  "media:write",
  "webhooks:read",
  "webhooks:write",
  "channels:read",
  "channels:write",
  "posts:read",
  "posts:write",
  "posts:approve",
  "contests:read",
  "contests:write",
  "polls:read",
  "polls:write",
  "ideas:read",
  "ideas:write",
  "exports:read",
  "exports:write",
  "personal:read",
  "personal:write",
] as const;
export type Scope = (typeof scopes)[number];

const scopesIn010 = scopes.filter((scope) =>
  /^(?:workspace|channels|posts|contests|polls):(?:read|write)$/.test(scope),
);

/**
 * Brings what holds a key's scopes to shape 2. Release 0.1.0 (shape 1) knew ten scopes; a key that had all of them was made
 * to do everything, and still does: nobody could give a later scope to it, or to another key with it.
 */
export const withScopesOf2 = <I extends Record<string, unknown>>(item: I): I => {
  const had: readonly unknown[] = Array.isArray(item.scopes) ? item.scopes : [];
  return scopesIn010.every((scope) => had.includes(scope)) ? { ...item, scopes: [...scopes] } : item;
};

/** What everyone who reads the route tables needs to know of a route. */
export type RouteInfo = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `{name}` is one whole segment, except that a segment may start with "@": `/@{brand}`. */
  path: string;
  access: "public" | Scope;
  /** One sentence for the reference. */
  summary: string;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  returns?: z.ZodType;
  status?: number;
  /** Where a body may be larger than others: in bytes, as it is sent. */
  mostBodyBytes?: number;
  /** What it answers with 202 instead, where something is waited for first: a code that was mailed. */
  waits?: z.ZodType;
  /** Refusals of this route beside those that every route has, by code. */
  refuses?: readonly string[];
  /** It changes something also of a workspace that is being removed. */
  whileLeaving?: boolean;
  /** Answers pages (HTML), and JSON when asked for it. */
  page?: boolean;
  /** Browsers ask it whether other sites' scripts may read it (CORS). */
  asksBeforehand?: boolean;
};

/**
 * The gateway's route keys. API Gateway takes a variable only as a whole segment, so `/@{brand}` becomes `/{brand}`
 * and `http.ts` asks for the "@". What is public is also answered for HEAD (link previews ask for it).
 */
export const routeKeys = (route: RouteInfo): string[] => {
  const path = route.path.replaceAll("/@{", "/{");
  if (route.access !== "public" || route.method !== "GET") return [`${route.method} ${path}`];
  return [`GET ${path}`, `HEAD ${path}`, ...(route.asksBeforehand ? [`OPTIONS ${path}`] : [])];
};

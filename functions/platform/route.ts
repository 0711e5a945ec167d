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
  "contests:read",
  "contests:write",
  "polls:read",
  "polls:write",
] as const;
export type Scope = (typeof scopes)[number];

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
  /** Refusals of this route beside those that every route has, by code. */
  refuses?: readonly string[];
  /** Answers pages (HTML), and JSON when asked for it. */
  page?: boolean;
};

/**
 * The gateway's route keys. API Gateway takes a variable only as a whole segment, so `/@{brand}` becomes `/{brand}`
 * and `http.ts` asks for the "@". What is public is also answered for HEAD (link previews ask for it).
 */
export const routeKeys = (route: RouteInfo): string[] => {
  const path = route.path.replaceAll("/@{", "/{");
  return route.access === "public" && route.method === "GET"
    ? [`GET ${path}`, `HEAD ${path}`]
    : [`${route.method} ${path}`];
};

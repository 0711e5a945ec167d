import * as z from "zod";
import { type Scope, scopes } from "../platform/route.ts";

// What people may do: a role is a set of scopes, as a key has them. Which route asks for which scope stands beside the route;
// test/roles.md is the table of the two.

const reading = [
  "workspace:read",
  "media:read",
  "channels:read",
  "posts:read",
  "contests:read",
  "polls:read",
  "ideas:read",
] as const satisfies readonly Scope[];

/** Who makes what goes out, or answers for it, also sees who did what. */
const looking = [...reading, "members:read", "activity:read"] as const satisfies readonly Scope[];

const editing = [
  ...looking,
  "media:write",
  "posts:write",
  "contests:write",
  "polls:write",
  "ideas:write",
] as const satisfies readonly Scope[];

export const scopesOf = {
  /** Everything: people, keys, channels and what leaves for other systems too. */
  owner: scopes,
  /** Makes what goes out. */
  editor: editing,
  /** Says yes to what goes out. */
  approver: [...looking, "posts:approve"],
  viewer: reading,
} as const satisfies Record<string, readonly Scope[]>;

export const Role = z.enum(["owner", "editor", "approver", "viewer"]);
export type Role = z.infer<typeof Role>;

/** What a role gives that is not in `mine`: nobody gives more than they have. */
export const lackingFor = (role: Role, mine: readonly string[]): Scope[] =>
  scopesOf[role].filter((scope) => !mine.includes(scope));

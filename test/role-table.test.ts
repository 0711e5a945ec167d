import { afterAll, beforeAll, expect, test } from "vitest";
import { functions } from "../functions/manifest.ts";
import { prefixes } from "../functions/platform/ids.ts";
import type { RouteInfo } from "../functions/platform/route.ts";
import { Role, scopesOf } from "../functions/workspaces/role.ts";
import { readManifest } from "../infra/wakes.ts";
import { joined, type Person } from "./members.ts";
import { openWorld, type World } from "./world.ts";

// Who may do what: every route by every role, as role-table.md has it. The table is made from the route tables and the
// roles, and kept for people to read (`vitest run test/role-table.test.ts -u` writes it anew); then everybody tries everything.

const routes: RouteInfo[] = (await readManifest(functions))
  .flatMap(({ wake }) => (wake.by === "routes" ? Object.values(wake.routes) : []))
  .sort((a, b) => (a.path === b.path ? order(a) - order(b) : a.path < b.path ? -1 : 1));
function order({ method }: RouteInfo): number {
  return ["GET", "POST", "PUT", "PATCH", "DELETE"].indexOf(method);
}
const roles = Role.options;

/** Whether a role may ask this of a workspace. */
const may = (role: Role, { access }: RouteInfo): boolean =>
  access === "public" || scopesOf[role].some((scope) => scope === access);

const table = (): string => {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    "# Who may do what",
    "",
    "Made from the route tables and `functions/workspaces/role.ts` by `vitest run test/role-table.test.ts -u`. A key may do what",
    "its scopes say. Public routes ask for neither.",
    "",
    row(["Route", "Scope", ...roles]),
    row(["---", "---", ...roles.map(() => "---")]),
    ...routes
      .filter(({ access }) => access !== "public")
      .map((route) =>
        row([
          `\`${route.method} ${route.path}\``,
          `\`${route.access}\``,
          ...roles.map((role) => (may(role, route) ? "yes" : "403")),
        ]),
      ),
    "",
  ].join("\n");
};

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

test("the table that people read is the one of the routes and roles", async () => {
  await expect(table()).toMatchFileSnapshot("./role-table.md");
});

/** An id of the right form of a thing that is not there: it is not found by who may, and refused before to who may not. */
const filled = (path: string): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const thing = Object.entries(prefixes).find(([known]) => name === `${known}Id`);
    return thing ? `${thing[1]}_01jd0000000000000000000000` : "none";
  });

/** What ends the session or the workspace that asks: each is tried by somebody for whom nothing else is. */
const endsAll = ({ method, path }: RouteInfo): boolean =>
  method === "DELETE" && ["/v1/sessions", "/v1/workspace"].includes(path);

let people = 0;
const someone = async (role: Role): Promise<Person> =>
  joined(world, await world.workspace(role), `${role}.${people++}@example.nl`, role);

test.each(roles)("everything that the table says of %s is so", async (role) => {
  const one = await someone(role);
  for (const route of routes.filter(({ access }) => access !== "public")) {
    const { api } = endsAll(route) ? await someone(role) : one;
    const answer = await api(route.method, filled(route.path), route.body ? {} : undefined);
    const name = `${role}: ${route.method} ${route.path}`;
    if (may(role, route)) expect([401, 403], `${name}: ${answer.text}`).not.toContain(answer.status);
    else expect(answer.body, name).toMatchObject({ status: 403, code: "scope_missing" });
  }
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { functions } from "../functions/manifest.ts";
import type { RouteInfo } from "../functions/platform/route.ts";
import { readManifest } from "../infra/wakes.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// Every route, from the route tables themselves: who may not, and whose things are not found.

const routes: RouteInfo[] = (await readManifest(functions)).flatMap(({ wake }) =>
  wake.by === "routes" ? Object.values(wake.routes) : [],
);
const closed = routes.filter(({ access }) => access !== "public");
const named = closed
  .filter(({ path }) => path.includes("{"))
  .map((route) => ({ ...route, name: `${route.method} ${route.path}` }));

let world: World;
let mine: Workspace;
let theirs: Workspace;
/** Their things, by the name that a path gives to the id. */
const ids: Record<string, string> = {};
beforeAll(async () => {
  world = await openWorld();
  mine = await world.workspace("Mine");
  theirs = await world.workspace("Theirs");
  const make = async (path: string, body: object) => idOf(await theirs.api("POST", path, body));
  ids.keyId = await make("/v1/keys", { name: "Theirs", scopes: ["posts:read"] });
  ids.channelId = await make("/v1/channels", { network: "feed", name: "Theirs", handle: "theirs" });
  ids.postId = await make("/v1/posts", { text: "Theirs" });
  ids.contestId = await make("/v1/contests", { slug: "theirs", title: "Theirs" });
  ids.pollId = await make("/v1/polls", {
    slug: "theirs",
    question: "Theirs?",
    options: [{ text: "a" }, { text: "b" }],
  });
});
afterAll(() => world?.close());

const filled = (path: string): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? `no id for ${name}`);
const everything = async () =>
  Promise.all(
    ["/v1/keys", "/v1/channels", "/v1/posts", "/v1/contests", "/v1/polls"].map(
      async (path) => (await theirs.api("GET", path)).text,
    ),
  );
/** A body that is valid where one is asked for, as far as it can matter: the thing is looked for before it is changed. */
const bodies: Record<string, object> = {
  "POST /v1/contests/{contestId}/cancel": { reason: "Because" },
};
const bodyOf = ({ method, path, body }: RouteInfo, channelId: string): object | undefined =>
  body
    ? (bodies[`${method} ${path}`] ??
      (/resolve$/.test(path) ? { channelId, outcome: "sent" } : /retry$/.test(path) ? { channelId } : {}))
    : undefined;

test("every id of another workspace is known here", () => {
  const names = new Set(named.flatMap(({ path }) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)));
  expect([...names].filter((name) => !(name! in ids))).toEqual([]);
});

describe("another workspace's thing is not found, and stays as it was", () => {
  test.each(named)("$name", async (route) => {
    const before = await everything();
    const answer = await mine.api(route.method, filled(route.path), bodyOf(route, ids.channelId ?? ""));
    expect(answer.body).toMatchObject({ status: 404, code: "not_found" });
    for (const text of ["Theirs", "theirs"]) expect(answer.text).not.toContain(text);
    expect(await everything()).toEqual(before);
  });
});

test("no route does anything without a key, with a wrong, a revoked or a too small one", async () => {
  const Made = z.object({ id: z.string(), apiKey: z.string() });
  const make = async (scopes: string[]) => (await mine.api("POST", "/v1/keys", { name: "K", scopes })).as(Made);
  const revoked = await make(["posts:read"]);
  await mine.api("DELETE", `/v1/keys/${revoked.id}`);
  const small = { posts: await make(["posts:read"]), polls: await make(["polls:read"]) };
  const before = await everything();
  for (const route of closed) {
    const body = bodyOf(route, ids.channelId ?? "");
    const ask = (key?: string) =>
      world.http(route.method, filled(route.path), { body, ...(key === undefined ? {} : { key }) });
    const tooSmall = route.access === "posts:read" ? small.polls : small.posts;
    const name = `${route.method} ${route.path}`;
    expect((await ask()).body, name).toMatchObject({ status: 401, code: "key_missing" });
    expect((await ask(`ssp_${"x".repeat(43)}`)).body, name).toMatchObject({ status: 401, code: "key_invalid" });
    expect((await ask(revoked.apiKey)).body, name).toMatchObject({ status: 401, code: "key_revoked" });
    expect((await ask(tooSmall.apiKey)).body, name).toMatchObject({ status: 403, code: "scope_missing" });
  }
  expect(await everything()).toEqual(before);
});

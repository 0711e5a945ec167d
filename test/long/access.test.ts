import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { days, later } from "../../functions/platform/clock.ts";
import { newId } from "../../functions/platform/ids.ts";
import { scopes } from "../../functions/platform/route.ts";
import { scopesOf } from "../../functions/workspaces/role.ts";
import { idsIn, prefixIn } from "../fuzz/learned.ts";
import { describedApi, type Operation } from "../fuzz/operations.ts";
import type { Random } from "../fuzz/random.ts";
import { type Schema, valueFor } from "../fuzz/values.ts";
import type { Answer } from "../http.ts";
import { invitationTo, joined, pressed } from "../members.ts";
import { png, published } from "../pictures-of.ts";
import { idOf, openWorld, type Workspace, type World } from "../world.ts";

// Every route of openapi.json with every id of another workspace, and every route without a key or with one that does not
// do. A new route or a new kind of id needs nothing here but, where no test can guess it, how to make one: `makes` and
// `examples` say so by themselves.

const { operations, resolve } = await describedApi();
const closed = operations.filter(({ scope }) => scope !== undefined);
const lists = closed.filter(({ method, isList }) => method === "GET" && isList);

/** In whatever is theirs and can carry a text: no answer to another may have it. */
const mark = "Zebrapad";
type Make = (of: Workspace, ids: Ids) => Promise<string>;
type Ids = Readonly<Record<string, string>>;

const Attempts = z.object({ items: z.array(z.object({ id: z.string() })).min(1) });
const post =
  (path: string, body: (name: string) => object): Make =>
  async ({ api, workspaceId }) =>
    idOf(await api("POST", path, body(`${mark.toLowerCase()}-${workspaceId.slice(-6)}`)));

/** How one of it comes to be in a workspace, by the name that paths give to its id. */
const makes: Readonly<Record<string, Make>> = {
  sessionId: async (of) =>
    (await pressed(world, await invitationTo(world, of, `${mark}.${of.workspaceId}@example.nl`))).sessionId,
  keyId: post("/v1/keys", (name) => ({ name, scopes: ["posts:read"] })),
  memberId: post("/v1/members", (name) => ({ address: `${name}@example.nl`, role: "viewer" })),
  suppressionId: post("/v1/workspace/mail/suppressions", (name) => ({ address: `${name}@example.nl` })),
  mediaId: (of) => published(of, png(8, 8)),
  // One that takes whatever a post can have.
  channelId: post("/v1/channels", (name) => ({
    ...{ network: "reminder", name, settings: { to: `${name}@example.nl`, where: name } },
  })),
  postId: async ({ api }, { channelId }) =>
    idOf(await api("POST", "/v1/posts", { text: mark, channels: [channelId], at: later(world.now(), days(2)) })),
  // Of who is mentioned in posts.
  name: async ({ api, workspaceId }) => {
    const name = `${mark.toLowerCase()}-${workspaceId.slice(-6)}`;
    await api("PUT", "/v1/mentions", { name, says: mark, handles: {} });
    return name;
  },
  shareId: post("/v1/shares/calendar", (name) => ({ name })),
  seriesId: async ({ api }, { channelId }) =>
    idOf(await api("POST", "/v1/series", repeating({ channelId: channelId ?? "" }, mark))),
  importId: async ({ api }) =>
    idOf(await api("POST", "/v1/posts/import", { csv: `text,channels\n"${mark} ingelezen",` })),
  pollId: post("/v1/polls", (slug) => ({ slug, question: mark, options: [{ text: "a" }, { text: "b" }] })),
  boardId: async (of) => {
    const id = await post("/v1/boards", (slug) => ({ slug, title: mark }))(of, {});
    await of.api("POST", `/v1/boards/${id}/open`);
    return id;
  },
  ideaId: (of, { boardId }) => post("/v1/ideas", () => ({ boardId, title: mark }))(of, {}),
  commentId: (of, { ideaId }) => post(`/v1/ideas/${ideaId}/comments`, () => ({ text: mark }))(of, {}),
  contestId: post("/v1/contests", (slug) => ({ slug, title: mark })),
  // Whoever enters has an address and a mail to confirm: another test's matter. Nobody entered this contest.
  entryId: async () => newId("entry", world.now()),
  // Somebody who enters a contest, and wants the newsletter.
  personId: async ({ api, workspaceId }) => {
    const slug = `nieuws-${workspaceId.slice(-6)}`;
    const [closesAt, drawAt] = [days(200), days(201)].map((ms) => later(world.now(), ms));
    const prizes = [{ description: mark, number: 1, valueCents: 100 }];
    const made = await api("POST", "/v1/contests", {
      ...{ slug, title: mark, promotes: mark, prizes, closesAt, drawAt, newsletter: true },
    });
    await api("POST", `/v1/contests/${idOf(made)}/open`);
    const email = `${mark.toLowerCase()}.${slug}@example.nl`;
    await world.http("POST", `/c/${slug}`, { body: { email, newsletter: 1 } });
    await world.settle();
    const link = /https?:\/\/\S+\/confirm\?\S+/.exec(
      world.mails.findLast(({ to }) => to.includes(email))?.text ?? "",
    )?.[0];
    const t = new URL(link ?? "").searchParams.get("t");
    await world.http("POST", `/c/${slug}/confirm`, { body: { t } });
    await world.settle();
    const { items } = (await api("GET", "/v1/people?consent=newsletter")).as(Attempts);
    return items[0]!.id;
  },
  // The place of a prize in a contest.
  position: async () => "0",
  exportId: post("/v1/exports", () => ({})),
  webhookId: post("/v1/webhooks", (name) => ({ url: `https://${name}.invalid/hook`, events: ["*"] })),
  // Not in an address, but in bodies: what could not be delivered to the webhook above.
  deliveryId: async ({ api }, { webhookId }) => {
    await world.settle();
    const { items } = (await api("GET", `/v1/webhooks/${webhookId}/attempts`)).as(Attempts);
    return items[0]!.id;
  },
};

/** What is said again and again. */

/**
 * Bodies, with the ids of one's own things: where a body names things, by the route, and what they then are refused for
 * where nothing is wrong with them. Other bodies that must be valid before the thing is looked for are here too.
 */
const repeating = ({ channelId }: Ids, text = "Mine") => ({
  ...{
    text,
    channels: [channelId],
    rule: "FREQ=MONTHLY",
    start: { wall: "2030-01-01T09:00", zone: "Europe/Amsterdam" },
  },
});
const prizes = [{ description: "Taart", number: 1, valueCents: 100 }];
let made = 0;
/** A post with every part in which it may name something. */
const saying = ({ channelId }: Ids) => ({
  text: "Mine",
  channels: [channelId],
  thread: [{ text: "Mine" }],
  variants: [{ channelId, thread: [{ text: "Mine" }] }],
});
/** A bonus of each kind in which it may name something. */
const earning = ({ pollId, boardId }: Ids) => ({
  bonuses: [
    { kind: "poll", id: "poll", label: "Mine", tickets: 1, pollId },
    { kind: "idea", id: "idea", label: "Mine", tickets: 1, boardId },
  ],
});
const examples: Readonly<Record<string, (ids: Ids) => { body: object; refused?: string }>> = {
  "POST /v1/contests": (ids) => ({
    body: { slug: `mine-${++made}`, title: "Mine", prizes, channels: [ids.channelId], chances: earning(ids) },
  }),
  "POST /v1/contests/validate": (ids) => ({
    body: { slug: "mine", title: "Mine", prizes, channels: [ids.channelId], chances: earning(ids) },
  }),
  "PATCH /v1/contests/{contestId}": (ids) => ({
    body: { prizes, channels: [ids.channelId], chances: earning(ids) },
  }),
  "POST /v1/posts": (ids) => ({ body: saying(ids) }),
  "POST /v1/posts/validate": (ids) => ({ body: saying(ids) }),
  "PATCH /v1/posts/{postId}": (ids) => ({ body: saying(ids) }),
  "POST /v1/posts/{postId}/resolve": ({ channelId }) => ({
    body: { channelId, outcome: "sent" },
    refused: "post_not_changeable",
  }),
  "POST /v1/posts/{postId}/approve": () => ({ body: { revision: 1 }, refused: "post_not_changeable" }),
  "POST /v1/shares/approval": ({ postId }) => ({ body: { name: "Mine", posts: [postId] }, refused: "invalid_input" }),
  "POST /v1/series": (ids) => ({ body: { ...repeating(ids), ...saying(ids) } }),
  "PATCH /v1/series/{seriesId}": (ids) => ({ body: saying(ids) }),
  "PATCH /v1/planning": ({ channelId }) => ({
    body: { slots: [{ days: ["mo"], times: ["09:00"], channels: [channelId] }] },
  }),
  "POST /v1/posts/{postId}/retry": ({ channelId }) => ({ body: { channelId }, refused: "post_not_changeable" }),
  "POST /v1/ideas": ({ boardId }) => ({ body: { boardId, title: "Mine" } }),
  "POST /v1/ideas/{ideaId}/merge": ({ ideaId }) => ({ body: { into: ideaId }, refused: "invalid_input" }),
  "POST /v1/boards/{boardId}/forget": () => ({ body: { address: "iemand@example.nl" } }),
  "POST /v1/webhooks/{webhookId}/replay": () => ({
    body: { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" },
  }),
};

/** Always the least. */
const least: Random = {
  real: () => 0,
  int: (low) => low,
  chance: () => false,
  pick: (of) => of[0]!,
  weighted: (of) => of[0]![1],
};

/** A body with what is required and nothing else; the thing is looked for before it is changed. */
const bodyFor = ({ name, takes }: Operation, ids: Ids): unknown => {
  const schema = takes.get("application/json");
  const making = {
    random: least,
    resolve,
    nowMs: Date.parse(world.now()),
    known: () => undefined,
    outside: "",
    edge: false,
  };
  return examples[name]?.(ids).body ?? (schema && valueFor(schema, making));
};

let world: World;
let mine: Workspace;
let theirs: Workspace;
const myIds: Record<string, string> = {};
const theirIds: Record<string, string> = {};
let asTheyLeftIt: string[];

beforeAll(async () => {
  world = await openWorld();
  mine = await world.workspace("Mine");
  theirs = await world.workspace(mark);
  for (const [name, make] of Object.entries(makes)) {
    myIds[name] = await make(mine, myIds);
    theirIds[name] = await make(theirs, theirIds);
  }
  // What that causes (a first delivery to a webhook, say) is no change of a later moment.
  await world.settle();
  asTheyLeftIt = await everything();
});
afterAll(() => world?.close());

const filled = (path: string, ids: Ids): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? `no-${name}`);

/** Eight at a time. */
const together = async <T>(all: Iterable<T>, work: (one: T) => Promise<void>): Promise<void> => {
  const waiting = [...all].values();
  const worker = async () => {
    for (const one of waiting) await work(one);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
};

/** All that is theirs, as they see it. */
const everything = async () =>
  Promise.all(
    lists
      .filter(({ variables }) => variables.length === 0)
      .map(async ({ path }) => (await theirs.api("GET", `${path}?limit=100`)).text),
  );

/** Not one byte of theirs, but for what was asked. */
const showsNothingOfTheirs = (answer: Answer, asked: string): void => {
  expect(answer.text.toLowerCase().replaceAll(asked.toLowerCase(), "")).not.toContain(mark.toLowerCase());
  const shown = idsIn(answer.text).filter((id) => !asked.includes(id));
  expect(shown.filter((id) => id === theirs.workspaceId || Object.values(theirIds).includes(id))).toEqual([]);
};

test("how to make one of everything that an address names is known here", () => {
  const names = new Set(closed.flatMap(({ variables }) => variables.map(({ name }) => name)));
  const unknown = [...names].filter((name) => !(name in makes));
  expect(unknown, "Add to `makes` in this file how one comes to be.").toEqual([]);
});

describe("another workspace's thing is not found by any id in any place of an address, and stays as it was", () => {
  test.each(closed.filter(({ variables }) => variables.length > 0))("$name", async (operation) => {
    // A position is a number, the same in each workspace.
    const foreign = [...Object.values(theirIds), theirs.workspaceId].filter((id) => id !== theirIds.position);
    const asked = operation.variables.flatMap(({ name }) => foreign.map((id) => ({ name, id })));
    await together(asked, async ({ name, id }) => {
      const path = filled(operation.path, { ...myIds, [name]: id });
      const answer = await mine.api(operation.method, path, bodyFor(operation, myIds));
      expect(answer.body, path).toMatchObject({ status: 404, code: "not_found" });
      showsNothingOfTheirs(answer, id);
    });
    expect(await everything()).toEqual(asTheyLeftIt);
  });
});

// ── Ids in bodies and queries ───────────────────────────────────────────────────────────────────────────────────────

/** Where ids may stand in what a schema takes: as a path of names, "*" for each of a list. */
const placesOfIds = (schema: Schema, at: string[] = []): { at: string[]; prefix: string }[] => {
  const inside = schema.$ref === undefined ? schema : resolve(schema.$ref);
  const prefix = prefixIn(inside.pattern);
  return [
    ...(prefix === undefined ? [] : [{ at, prefix }]),
    ...[...(inside.anyOf ?? []), ...(inside.oneOf ?? []), ...(inside.allOf ?? [])].flatMap((one) =>
      placesOfIds(one, at),
    ),
    ...Object.entries(inside.properties ?? {}).flatMap(([name, one]) => placesOfIds(one, [...at, name])),
    ...(typeof inside.items === "object" ? placesOfIds(inside.items, [...at, "*"]) : []),
  ];
};
const named = closed.flatMap((operation) =>
  [...operation.takes.values()]
    .flatMap((schema) => placesOfIds(schema))
    .map(({ at, prefix }) => ({ operation, name: operation.name, at, where: at.join("."), prefix })),
);
const namedInQueries = closed.flatMap((operation) =>
  operation.query.flatMap(({ name: parameter, schema }) =>
    placesOfIds(schema).map(({ prefix }) => ({ operation, name: operation.name, parameter, prefix })),
  ),
);

const put = (value: unknown, [first, ...rest]: string[], leaf: string): unknown => {
  if (first === undefined) return leaf;
  if (first === "*") {
    const list: unknown[] = Array.isArray(value) ? value : [];
    // Of several kinds, the one that has such a field.
    const has = (one: unknown) => typeof one === "object" && one !== null && rest[0] !== undefined && rest[0] in one;
    return [put(list.find(has) ?? list[0], rest, leaf)];
  }
  const fields = z.record(z.string(), z.unknown()).parse(value ?? {});
  return { ...fields, [first]: put(fields[first], rest, leaf) };
};

const withPrefix = (ids: Ids, prefix: string): string =>
  Object.values(ids).find((id) => id.startsWith(`${prefix}_`)) ??
  expect.unreachable(`Add to \`makes\` in this file how a ${prefix}_… comes to be.`);

describe("another workspace's id in a body is refused, and nothing happens", () => {
  test.each(named)("$name, $where", async ({ operation, at, prefix }) => {
    const path = filled(operation.path, myIds);
    const foreign = withPrefix(theirIds, prefix);
    const body = put(bodyFor(operation, myIds), at, foreign);
    const answer = await mine.api(operation.method, path, body);
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    showsNothingOfTheirs(answer, foreign);
    // It is refused for whose it is: with one's own id in the same place it is done, or refused for something else.
    const own = withPrefix(myIds, prefix);
    const example = examples[operation.name];
    if (example) {
      const control = await mine.api(operation.method, path, put(bodyFor(operation, myIds), at, own));
      const { refused } = example(myIds);
      if (refused === undefined) expect(control.status, control.text).toBeLessThan(300);
      else expect(control.body).toMatchObject({ code: refused });
      expect(answer.body).not.toMatchObject({ code: refused ?? "none" });
    }
    expect(await everything()).toEqual(asTheyLeftIt);
  });
  test.each(namedInQueries)("$name, query $parameter", async ({ operation, parameter, prefix }) => {
    const foreign = withPrefix(theirIds, prefix);
    const answer = await mine.api("GET", `${filled(operation.path, myIds)}?${parameter}=${foreign}`);
    showsNothingOfTheirs(answer, foreign);
    if (answer.status === 200) expect(answer.body).toMatchObject({ items: [] });
  });
});

describe("a cursor of another workspace's list is refused", () => {
  const whole = lists.filter(({ variables }) => variables.length === 0);
  test("on every list that has more than one page", async () => {
    let tried = 0;
    for (const make of Object.values(makes))
      await make({ ...theirs, workspaceId: "ws_another" }, theirIds).catch(() => undefined);
    for (const { path } of whole) {
      const { next } = (await theirs.api("GET", `${path}?limit=1`)).as(z.object({ next: z.string().nullable() }));
      if (next === null) continue;
      tried += 1;
      for (const other of whole) {
        const answer = await mine.api("GET", `${other.path}?cursor=${encodeURIComponent(next)}`);
        expect(answer.body, `${path} to ${other.path}`).toMatchObject({ status: 400, code: "invalid_cursor" });
      }
    }
    expect(tried).toBeGreaterThan(4);
  });
});

// ── Keys ────────────────────────────────────────────────────────────────────────────────────────────────────────────

test("no route does anything without a key, with a wrong, an expired, a revoked or a too small one", async () => {
  const Made = z.object({ id: z.string(), apiKey: z.string() });
  const make = async (of: { scopes?: readonly string[]; expiresAt?: string } = {}) =>
    (await mine.api("POST", "/v1/keys", { name: "K", scopes, ...of })).as(Made);
  const revoked = await make();
  await mine.api("DELETE", `/v1/keys/${revoked.id}`);
  const expired = await make({ expiresAt: later(world.now(), days(1)) });
  const tooSmall = new Map<string | undefined, string>();
  for (const scope of scopes)
    tooSmall.set(scope, (await make({ scopes: scopes.filter((other) => other !== scope) })).apiKey);
  await world.advance("P1DT1S");
  // A key's first use in a day is noted with it, and `everything` shows keys.
  await everything();

  const before = await everything();
  await together(closed, async (operation) => {
    const ask = (key?: string) =>
      world.http(operation.method, filled(operation.path, myIds), {
        body: bodyFor(operation, myIds),
        ...(key === undefined ? {} : { key }),
      });
    const { name, scope } = operation;
    expect((await ask()).body, name).toMatchObject({ status: 401, code: "key_missing" });
    expect((await ask("nonsense")).body, name).toMatchObject({ status: 401, code: "key_invalid" });
    expect((await ask(`ssp_${"x".repeat(43)}`)).body, name).toMatchObject({ status: 401, code: "key_invalid" });
    expect((await ask(revoked.apiKey)).body, name).toMatchObject({ status: 401, code: "key_revoked" });
    expect((await ask(expired.apiKey)).body, name).toMatchObject({ status: 401, code: "key_expired" });
    expect((await ask(tooSmall.get(scope))).body, name).toMatchObject({ status: 403, code: "scope_missing" });
  });
  expect(await everything()).toEqual(before);
}, 240_000);

test("no route does anything with a session that is unknown, expired, ended, of no member, or may too little", async () => {
  const another = await world.workspace("Elsewhere");
  const ended = await joined(world, mine, "ended@example.nl", "owner");
  await ended.api("DELETE", "/v1/sessions");
  const expired = await joined(world, mine, "expired@example.nl", "owner");
  await world.advance("PT12H");
  const outsider = await joined(world, another, "outsider@example.nl", "owner");
  const viewer = await joined(world, mine, "viewer@example.nl", "viewer");
  // Reading is a use of their key, which shows from the next reading on.
  await everything();
  await world.settle();
  const before = await everything();
  await together(closed, async (operation) => {
    const ask = (session: string, headers: Record<string, string> = { "samenspraak-workspace": mine.workspaceId }) =>
      world.http(operation.method, filled(operation.path, myIds), {
        body: bodyFor(operation, myIds),
        key: session,
        headers,
      });
    const scope = z.enum(scopes).parse(operation.scope);
    const tooSmall = scopesOf.viewer.some((its) => its === scope) ? undefined : viewer;
    const elsewhere = { "samenspraak-workspace": theirs.workspaceId };
    const refused = await Promise.all([
      ask(`sss_${"x".repeat(64)}`),
      ask(ended.session),
      ask(expired.session),
      ask(viewer.session, elsewhere),
      ask(outsider.session),
      ...(tooSmall ? [ask(tooSmall.session)] : []),
    ]);
    expect(
      refused.map(({ body }) => z.object({ status: z.number(), code: z.string() }).parse(body)),
      operation.name,
    ).toEqual([
      { status: 401, code: "session_unknown" },
      { status: 401, code: "session_ended" },
      { status: 401, code: "session_expired" },
      { status: 403, code: "not_a_member" },
      { status: 403, code: "not_a_member" },
      ...(tooSmall ? [{ status: 403, code: "scope_missing" }] : []),
    ]);
  });
  expect(await everything()).toEqual(before);
}, 240_000);

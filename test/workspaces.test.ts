import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const Made = z.object({ id: z.string(), apiKey: z.string(), scopes: z.array(z.string()) });

test("a new workspace has a first key, and both are announced", async () => {
  const { workspaceId, api } = await world.workspace("Brouwerij De Molen");
  const workspace = await api("GET", "/v1/workspace");
  expect(workspace.status).toBe(200);
  expect(workspace.body).toMatchObject({ id: workspaceId, name: "Brouwerij De Molen", version: 1 });
  const keys = await api("GET", "/v1/keys");
  expect(keys.body).toMatchObject({ items: [{ name: "First key", status: "active" }], next: null });
  await world.settle();
  expect(world.eventsOf(workspaceId).map(({ type }) => type)).toEqual(["workspace.created", "key.created"]);
});

test("a change needs what was read: a stale ETag is refused and nothing changes", async () => {
  const { api } = await world.workspace();
  const first = await api("GET", "/v1/workspace");
  const etag = first.headers.etag ?? "";
  const changed = await api("PATCH", "/v1/workspace", { name: "Bakkerij Maan" }, { "if-match": etag });
  expect(changed.status).toBe(200);
  const stale = await api("PATCH", "/v1/workspace", { name: "Bakkerij Ster" }, { "if-match": etag });
  expect(stale.status).toBe(412);
  expect(stale.body).toMatchObject({ code: "stale" });
  expect((await api("GET", "/v1/workspace")).body).toMatchObject({ name: "Bakkerij Maan", version: 2 });
});

test("changes at the same moment are all made, one after the other; of those to what was read, one", async () => {
  const { api } = await world.workspace();
  const at = "/v1/workspace";
  const changes = [
    { name: "Bakkerij Maan" },
    { legalName: "Maan B.V." },
    { privacyUrl: "https://maan.example/privacy" },
  ];
  const answers = await Promise.all(changes.map((change) => api("PATCH", at, change)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const read = await api("GET", at);
  expect(read.body).toMatchObject({ ...Object.assign({}, ...changes), version: 4 });
  const match = { "if-match": read.headers.etag ?? "" };
  const matching = await Promise.all(changes.map((change) => api("PATCH", at, { ...change, name: "Ster" }, match)));
  expect(matching.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  expect((await api("GET", at)).body).toMatchObject({ name: "Ster", version: 5 });
});

test("a key is shown once, does what its scopes allow, and is refused at once when revoked", async () => {
  const { api } = await world.workspace();
  const made = (await api("POST", "/v1/keys", { name: "Reader", scopes: ["workspace:read"] })).as(Made);
  const listed = await api("GET", "/v1/keys");
  expect(JSON.stringify(listed.body)).not.toContain(made.apiKey);
  expect((await world.http("GET", "/v1/workspace", { key: made.apiKey })).status).toBe(200);
  const refused = await world.http("PATCH", "/v1/workspace", { key: made.apiKey, body: { name: "X" } });
  expect(refused.body).toMatchObject({ status: 403, code: "scope_missing" });
  expect((await api("DELETE", `/v1/keys/${made.id}`)).body).toMatchObject({ status: "revoked" });
  const revoked = await world.http("GET", "/v1/workspace", { key: made.apiKey });
  expect(revoked.body).toMatchObject({ status: 401, code: "key_revoked" });
});

test("a key gives no scope that it does not have", async () => {
  const { api } = await world.workspace();
  const { apiKey } = (await api("POST", "/v1/keys", { name: "Manager", scopes: ["workspace:write"] })).as(Made);
  const asked = { name: "More", scopes: ["posts:write"] };
  const refused = await world.http("POST", "/v1/keys", { key: apiKey, body: asked });
  expect(refused.body).toMatchObject({ status: 403, code: "scope_missing", errors: [{ pointer: "#/scopes" }] });
});

test("the last key that manages the workspace stays", async () => {
  const { api } = await world.workspace();
  const [only] = (await api("GET", "/v1/keys")).as(z.object({ items: z.array(z.object({ id: z.string() })) })).items;
  const refused = await api("DELETE", `/v1/keys/${only?.id}`);
  expect(refused.body).toMatchObject({ status: 409, code: "last_key" });
});

test("two keys that revoke each other at the same moment leave one", async () => {
  const { api, apiKey } = await world.workspace();
  const [first] = (await api("GET", "/v1/keys")).as(z.object({ items: z.array(z.object({ id: z.string() })) })).items;
  const second = (await api("POST", "/v1/keys", { name: "Second", scopes: ["workspace:read", "workspace:write"] })).as(
    Made,
  );
  const answers = await Promise.all([
    world.http("DELETE", `/v1/keys/${second.id}`, { key: apiKey }),
    world.http("DELETE", `/v1/keys/${first?.id}`, { key: second.apiKey }),
  ]);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

test("without a key, with a wrong one and with another kind of header, the answer says what to send", async () => {
  const missing = await world.http("GET", "/v1/workspace");
  expect(missing.body).toMatchObject({ status: 401, code: "key_missing" });
  expect(missing.headers["content-type"]).toBe("application/problem+json");
  const unknown = await world.http("GET", "/v1/workspace", { key: `ssp_${"a".repeat(43)}` });
  expect(unknown.body).toMatchObject({ status: 401, code: "key_invalid" });
  const basic = await world.http("GET", "/v1/workspace", { headers: { authorization: "Basic abc" } });
  expect(basic.body).toMatchObject({ status: 401, code: "key_invalid" });
});

test("another workspace's key is not found", async () => {
  const mine = await world.workspace();
  const theirs = await world.workspace("Other");
  const made = (await theirs.api("POST", "/v1/keys", { name: "Theirs", scopes: ["posts:read"] })).as(Made);
  expect((await mine.api("GET", `/v1/keys/${made.id}`)).body).toMatchObject({ status: 404, code: "not_found" });
  expect((await mine.api("DELETE", `/v1/keys/${made.id}`)).body).toMatchObject({ status: 404, code: "not_found" });
  expect((await theirs.api("GET", `/v1/keys/${made.id}`)).body).toMatchObject({ status: "active" });
});

test("keys are listed a page at a time", async () => {
  const { api } = await world.workspace();
  for (const name of ["Second", "Third"]) {
    await world.advance("PT1S");
    await api("POST", "/v1/keys", { name, scopes: ["posts:read"] });
  }
  const Page = z.object({ items: z.array(z.object({ name: z.string() })), next: z.string().nullable() });
  const names: (string | undefined)[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: z.infer<typeof Page> = (await api("GET", `/v1/keys?limit=1${cursor && `&cursor=${cursor}`}`)).as(Page);
    expect(page.items).toHaveLength(1);
    names.push(page.items[0]?.name);
    cursor = page.next;
  }
  expect(names).toEqual(["First key", "Second", "Third"]);
});

test("wrong input is refused with the place of each mistake", async () => {
  const { api } = await world.workspace();
  const refused = await api("POST", "/v1/keys", { name: "", scopes: ["fly"], colour: "red" });
  expect(refused.body).toMatchObject({ status: 400, code: "invalid_input" });
  const { errors } = refused.as(z.object({ errors: z.array(z.object({ pointer: z.string() })) }));
  expect(errors.map(({ pointer }) => pointer).sort()).toEqual(["#/colour", "#/name", "#/scopes/0"]);
});

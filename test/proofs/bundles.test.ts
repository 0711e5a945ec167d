import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import * as z from "zod";
import { functions } from "../../functions/manifest.ts";
import { bundle } from "../../infra/bundle.ts";
import { type System, startSystem } from "../../infra/local/system.ts";
import type { Manifest } from "../../infra/wakes.ts";
import { httpRequest } from "../http.ts";
import { idOf, legal } from "../world.ts";

// The bundles that are deployed, in the sources' place: building one leaves out and rewrites what the sources have. The time is
// the real one, since each bundle has a clock of its own.

let bundles: Map<string, { folder: string }>;
const folder = mkdtempSync(join(tmpdir(), "samenspraak-bundles-"));
/** By Node itself, as Lambda loads it. */
const load = createRequire(import.meta.url);
let system: System;
let key: string;
const inMs = (ms: number): string => new Date(system.clock.now() + ms).toISOString();
const api = (method: string, path: string, body?: unknown) => httpRequest(system.url, method, path, { key, body });
const visit = (method: string, path: string, body?: unknown) =>
  httpRequest(system.url, method, path, { body, headers: { accept: "application/json" } });
const page = async (path: string): Promise<string> => {
  const answer = await httpRequest(system.url, "GET", path, { headers: { accept: "text/html" } });
  expect(answer.status, path).toBe(200);
  return answer.text;
};

beforeAll(async () => {
  const built = await bundle(Object.keys(functions), folder);
  bundles = built;
  const sources: Manifest = functions;
  const deployed: Manifest = Object.fromEntries(
    Object.entries(sources).map(([file, source]) => [
      file,
      async () => ({ ...(await source()), handler: load(join(built.get(file)!.folder, "index.mjs")).handler }),
    ]),
  );
  system = await startSystem({ functions: deployed, clock: "running", fastJava: true });
  const made = await system.invoke("samenspraak-workspaces-create", { name: "Bakkerij Zon", ...legal });
  key = z.object({ apiKey: z.string() }).parse(made).apiKey;
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true });
});

test("people enter, confirm, share and leave; every page of a contest is there", async () => {
  const made = await api("POST", "/v1/contests", {
    ...{ slug: "taart", title: "Win een taart", promotes: "Onze taarten", newsletter: true },
    prizes: [{ description: "Een taart", number: 1, valueCents: 2_800 }],
    ...{ closesAt: inMs(3_600_000), drawAt: inMs(3_900_000) },
  });
  const id = idOf(made);
  expect((await api("POST", `/v1/contests/${id}/open`)).body).toMatchObject({ status: "open" });
  const asked = await visit("POST", "/c/taart", { email: "anna+taart@mailinator.com", newsletter: 1 });
  expect(asked.body).toMatchObject({ status: "mailed" });
  await system.settle();
  const mail = system.mails.findLast(({ text }) => text.includes("/confirm?t="));
  const t = /confirm\?t=([\w-]+)/.exec(mail?.text ?? "")?.[1];
  const entry = (await visit("POST", "/c/taart/confirm", { t })).as(
    z.object({ entryId: z.string(), personalUrl: z.url(), shareUrl: z.url() }),
  );
  const personal = new URL(entry.personalUrl);
  expect(await page(`${personal.pathname}${personal.search}`)).toContain(entry.shareUrl);
  for (const path of ["", "/terms", "/privacy", "/draw", "/check", "/embed"])
    expect(await page(`/c/taart${path}`), path).toContain("taart");
  expect(await page(`/c/taart/withdraw${personal.search}`)).toContain("<form");
  await system.settle();
  expect((await api("GET", `/v1/contests/${id}/entries`)).body).toMatchObject({
    items: [{ id: entry.entryId, marks: expect.arrayContaining([expect.anything(), expect.anything()]) }],
  });
  expect((await api("GET", "/v1/people?consent=newsletter")).body).toMatchObject({ items: [expect.anything()] });
  expect((await api("GET", `/v1/contests/${id}/report`)).status).toBe(200);
});

test("a poll is answered, counted and shown; a post leaves; events are published", async () => {
  const poll = await api("POST", "/v1/polls", {
    slug: "brood",
    question: "Wat?",
    options: [{ text: "Wit" }, { text: "Bruin" }],
  });
  const { id, options } = poll.as(z.object({ id: z.string(), options: z.array(z.object({ id: z.string() })) }));
  expect((await api("POST", `/v1/polls/${id}/open`)).body).toMatchObject({ status: "open" });
  expect(await page("/p/brood")).toContain("Bruin");
  const given = await visit("POST", "/p/brood", { option: options[0]?.id, device: "device-of-a-bundle" });
  expect(given.status).toBe(201);
  await system.settle();
  expect((await api("GET", `/v1/polls/${id}/results`)).body).toMatchObject({ total: 1 });
  expect(await page("/p/brood/results")).toContain("Wit");

  const channelId = idOf(await api("POST", "/v1/channels", { network: "feed", name: "Zon", handle: "zon" }));
  const postId = idOf(await api("POST", "/v1/posts", { text: "Vers!", channels: [channelId], at: inMs(5_000) }));
  await vi.waitFor(
    async () => expect((await api("GET", `/v1/posts/${postId}`)).body).toMatchObject({ state: "published" }),
    { timeout: 20_000, interval: 250 },
  );
  expect(await page("/@zon")).toContain("Vers!");
  expect((await visit("GET", "/@zon/feed.json")).text).toContain("Vers!");
  await system.settle();
  const types = new Set(system.events.map((event) => event["detail-type"]));
  for (const type of ["response.given", "post.published"]) expect(types).toContain(type);
});

test("whoever runs it signs in, and reads what there is to read", async () => {
  expect(await page("/sign-in")).toContain("<form");
  for (const path of [
    "workspace",
    "keys",
    "members",
    "activity",
    "media",
    "webhooks",
    "channels",
    "exports",
    "networks",
  ])
    expect((await api("GET", `/v1/${path}`)).status, path).toBe(200);
  expect((await api("POST", "/v1/posts", { text: 1 })).body).toMatchObject({ code: "invalid_input" });
  expect(system.deadLetters).toEqual([]);
});

// Half a start: reading every export of node:http, as `import *` may do, loads it.
test("no function loads Node's own fetch at its start", () => {
  const script = `await Promise.all(process.argv.slice(1).map((file) => import(file)));
process.stdout.write(JSON.stringify(process.moduleLoadList.filter((name) => name.includes("undici/undici"))));`;
  const files = [...bundles.values()].map((built) => join(built.folder, "index.mjs"));
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script, ...files], { env: {} });
  expect(JSON.parse(said.toString())).toEqual([]);
});

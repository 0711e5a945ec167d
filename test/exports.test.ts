import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { ExportView } from "../functions/exports/export.ts";
import { later, minutes } from "../functions/platform/clock.ts";
import { PageOf } from "../functions/platform/http.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// Everything that a workspace has, out of it.

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());
afterEach(() => {
  vi.restoreAllMocks();
});

const refused = (status: number, code: string) =>
  expect.objectContaining({ status, body: expect.objectContaining({ code }) });

const entered = async (slug: string, email: string) => {
  await world.http("POST", `/c/${slug}`, { body: { email } });
  await world.settle();
  const mail = world.mails.findLast(({ to }) => to.includes(email));
  const t = new URL(/https?:\/\/\S+/.exec(mail?.text ?? "")?.[0] ?? "").searchParams.get("t");
  expect((await world.http("POST", `/c/${slug}/confirm`, { body: { t } })).status).toBeLessThan(300);
};

/** More than the row of a response holds. */
const long = "Knapperig én luchtig. ".repeat(200);

/** A bakery with one of everything. */
const furnished = async (slug: string): Promise<Workspace> => {
  const bakery = await world.workspace();
  const { api } = bakery;
  const channel = idOf(await api("POST", "/v1/channels", { network: "feed", name: "Nieuws", handle: slug }));
  for (const text of ["Goedemorgen!", "Tot morgen!"])
    await api("POST", "/v1/posts", { text, channels: [channel], at: later(world.now(), minutes(1)) });
  const poll = await api("POST", "/v1/polls", {
    slug,
    questions: [
      { kind: "single", text: "Welk brood?", options: [{ text: "Wit" }, { text: "Bruin" }] },
      { kind: "open", text: "Waarom?", required: false },
    ],
  });
  await api("POST", `/v1/polls/${idOf(poll)}/open`);
  const Options = z.object({
    questions: z.array(z.object({ options: z.array(z.object({ id: z.string() })).default([]) })),
  });
  const [option] = poll.as(Options).questions[0]?.options ?? [];
  for (const n of [1, 2, 3])
    await world.http("POST", `/p/${slug}`, {
      body: { answers: { q1: option?.id, ...(n === 1 ? { q2: long } : {}) }, device: `${slug}-toestel-nummer-${n}` },
    });
  const contest = await api("POST", "/v1/contests", {
    slug,
    title: "Win een taart",
    promotes: "Het desembrood van Bakkerij Zon",
    prizes: [{ description: "Een taart", number: 1, valueCents: 2_800 }],
    closesAt: later(world.now(), minutes(60)),
    drawAt: later(world.now(), minutes(63)),
  });
  expect((await api("POST", `/v1/contests/${idOf(contest)}/open`)).status).toBe(200);
  for (const name of ["anna", "bram"]) await entered(slug, `${name}@${slug}.example`);
  await world.advance("PT2M");
  return bakery;
};

const start = async ({ api }: Workspace, body: object = {}) => {
  const answer = await api("POST", "/v1/exports", body);
  expect(answer.status).toBe(202);
  return idOf(answer);
};
const read = async ({ api }: Workspace, id: string) => (await api("GET", `/v1/exports/${id}`)).as(ExportView);
const linesOf = async (export_: z.infer<typeof ExportView>): Promise<Record<string, Record<string, unknown>[]>> => {
  const sections: Record<string, Record<string, unknown>[]> = {};
  for (const { section, url, lines } of export_.parts) {
    const text = await (await fetch(url ?? "")).text();
    const rows = text
      .trimEnd()
      .split("\n")
      .map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
    expect(rows).toHaveLength(lines);
    sections[section] = [...(sections[section] ?? []), ...rows];
  }
  return sections;
};

describe("an export", () => {
  test("has everything, as the API shows it, behind links that work for 15 minutes, and says when it is finished", async () => {
    const bakery = await furnished("alles");
    // Until the second was asked for, none of the first is written: it would be finished before.
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { send } = S3Client.prototype;
    vi.spyOn(S3Client.prototype, "send").mockImplementation(async function (this: S3Client, command) {
      await held;
      return Reflect.apply(send, this, [command]);
    });
    const id = await start(bakery);
    const second = await bakery.api("POST", "/v1/exports", {});
    goOn();
    expect(second).toEqual(refused(409, "export_running"));
    await world.settle();
    const done = await read(bakery, id);
    expect(done.status).toBe("finished");
    const rows = await linesOf(done);
    expect(Object.fromEntries(Object.entries(rows).map(([section, { length }]) => [section, length]))).toMatchObject({
      workspace: 1,
      keys: 1,
      channels: 1,
      "feed-items": 2,
      posts: 2,
      polls: 1,
      responses: 3,
      contests: 1,
      entries: 2,
    });
    expect(rows.posts?.map(({ text }) => text).sort()).toEqual(["Goedemorgen!", "Tot morgen!"]);
    const told = world.eventsOf(bakery.workspaceId).filter(({ type }) => type.startsWith("export."));
    expect(told.map(({ type }) => type)).toEqual(["export.started", "export.finished"]);
    expect((await bakery.api("GET", "/v1/exports")).as(PageOf(ExportView)).items.map((one) => one.id)).toEqual([id]);
  });

  test("says who people are only where that was asked for, with the scope for it", async () => {
    const bakery = await furnished("wie");
    const plain = await start(bakery);
    await world.settle();
    const lines = JSON.stringify(await linesOf(await read(bakery, plain)));
    expect(lines).not.toMatch(/@wie\.example|ssp_|"hash"|"pid"|"device":/);

    const small = await bakery.api("POST", "/v1/keys", { name: "Klein", scopes: ["exports:read", "exports:write"] });
    const { apiKey } = small.as(z.object({ apiKey: z.string() }));
    const bySmall = (method: string, path: string, body?: object) => world.http(method, path, { key: apiKey, body });
    expect(await bySmall("POST", "/v1/exports", { personal: true })).toEqual(refused(403, "scope_missing"));

    const personal = await start(bakery, { personal: true });
    await world.settle();
    const { entries } = await linesOf(await read(bakery, personal));
    expect(entries?.map(({ address }) => address).sort()).toEqual(["anna@wie.example", "bram@wie.example"]);
    expect(await bySmall("GET", `/v1/exports/${personal}`)).toEqual(refused(403, "scope_missing"));
    const listed = (await bySmall("GET", "/v1/exports")).as(PageOf(ExportView)).items;
    const parts = listed.find(({ id }) => id === personal)?.parts;
    expect(parts?.length).toBeGreaterThan(0);
    expect(parts?.filter(({ url }) => url !== undefined)).toEqual([]);
  });

  test("goes on after a crash at any of its writes, and has every row once", async () => {
    const bakery = await furnished("crash");
    const { send } = S3Client.prototype;
    let writes = 0;
    let died = 0;
    const Put = z.object({ input: z.object({ Key: z.string().startsWith("exports/"), Body: z.unknown() }) });
    vi.spyOn(S3Client.prototype, "send").mockImplementation(async function (this: S3Client, command) {
      // Every second write is done, and who asked for it dies before it hears so.
      const isPart = Put.safeParse(command).success;
      const answer = await Reflect.apply(send, this, [command]);
      if (isPart && writes++ % 2 === 0) {
        died++;
        throw new Error("Killed.");
      }
      return answer;
    });
    const id = await start(bakery);
    await world.settle();
    for (let tries = 0; tries < 40 && (await read(bakery, id)).status === "running"; tries++)
      await world.advance("PT5M");
    const done = await read(bakery, id);
    expect(done.status).toBe("finished");
    expect(died).toBeGreaterThan(3);
    const { responses, entries, posts } = await linesOf(done);
    for (const [rows, many] of [
      [responses, 3],
      [entries, 2],
      [posts, 2],
    ] as const)
      expect(new Set(rows?.map((row) => row.id)).size).toBe(many);
    expect([responses?.length, entries?.length, posts?.length]).toEqual([3, 2, 2]);
    expect(responses?.filter((row) => JSON.stringify(row).includes(long.trim()))).toHaveLength(1);
    const told = world.eventsOf(bakery.workspaceId).filter(({ type }) => type === "export.finished");
    expect(told).toHaveLength(1);
  });

  test("can be deleted with its parts, and is gone after a week", async () => {
    const bakery = await world.workspace();
    const first = await start(bakery);
    await world.settle();
    const url = (await read(bakery, first)).parts[0]?.url ?? "";
    expect((await bakery.api("DELETE", `/v1/exports/${first}`)).status).toBe(204);
    expect((await fetch(url)).status).toBe(404);
    expect(await bakery.api("GET", `/v1/exports/${first}`)).toEqual(refused(404, "not_found"));
    const second = await start(bakery);
    await world.advance("P8D");
    expect(await bakery.api("GET", `/v1/exports/${second}`)).toEqual(refused(404, "not_found"));
  });
});

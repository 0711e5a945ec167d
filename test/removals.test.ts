import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { Operation } from "../functions/platform/aws.ts";
import { later, minutes } from "../functions/platform/clock.ts";
import { joined, pressed, signInLink } from "./members.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// A workspace goes: announced, for a week invisible, then removed with all that it has.

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

/** Everything in the table that has to do with a workspace, and has not expired (DynamoDB takes that away within days). */
const traces = async ({ workspaceId }: Workspace) => {
  const found: Record<string, unknown>[] = [];
  const client = new DynamoDBClient();
  for (let ExclusiveStartKey: ScanCommand["input"]["ExclusiveStartKey"]; ; ) {
    const page = await client.send(new ScanCommand({ TableName: process.env.TABLE_NAME, ExclusiveStartKey }));
    for (const image of page.Items ?? []) {
      const item = unmarshall(image);
      const isLive = typeof item.expiresAt !== "number" || item.expiresAt * 1000 > Date.parse(world.now());
      if (isLive && JSON.stringify(item).includes(workspaceId)) found.push(item);
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
    if (!ExclusiveStartKey) return found;
  }
};
const objects = async (): Promise<string[]> => {
  const { Contents = [] } = await new S3Client().send(
    new ListObjectsV2Command({ Bucket: process.env.BUCKET_NAME ?? "" }),
  );
  return Contents.flatMap(({ Key }) => Key ?? []);
};

const openContest = async ({ api }: Workspace, slug: string) => {
  const made = await api("POST", "/v1/contests", {
    slug,
    title: "Win een taart",
    promotes: "Het desembrood van Bakkerij Zon",
    prizes: [{ description: "Een taart", number: 1, valueCents: 2_800 }],
    closesAt: later(world.now(), minutes(60)),
    drawAt: later(world.now(), minutes(63)),
  });
  expect((await api("POST", `/v1/contests/${idOf(made)}/open`)).status).toBe(200);
  await world.http("POST", `/c/${slug}`, { body: { email: `anna@${slug}.example` } });
  await world.settle();
  const mail = world.mails.findLast(({ to }) => to.includes(`anna@${slug}.example`));
  const t = new URL(/https?:\/\/\S+/.exec(mail?.text ?? "")?.[0] ?? "").searchParams.get("t");
  expect((await world.http("POST", `/c/${slug}/confirm`, { body: { t } })).status).toBeLessThan(300);
  return idOf(made);
};

/** A bakery with a channel, posts, open polls with responses (of one the words lie in the bucket), and media. */
const furnished = async (slug: string) => {
  const bakery = await world.workspace();
  const { api } = bakery;
  const channel = idOf(await api("POST", "/v1/channels", { network: "feed", name: "Nieuws", handle: slug }));
  const post = async (text: string, inMs: number) =>
    idOf(await api("POST", "/v1/posts", { text, channels: [channel], at: later(world.now(), inMs) }));
  await post("Goedemorgen!", minutes(1));
  const waiting = await post("Over een dag", minutes(60 * 24));
  const poll = await api("POST", "/v1/polls", {
    slug,
    question: "Welk brood?",
    options: [{ text: "Wit" }, { text: "Bruin" }],
  });
  await api("POST", `/v1/polls/${idOf(poll)}/open`, undefined, { "idempotency-key": "open" });
  const [option] = poll.as(z.object({ options: z.array(z.object({ id: z.string() })) })).options;
  await world.http("POST", `/p/${slug}`, { body: { option: option?.id, device: `${slug}-toestel-nummer-1` } });
  const wishes = { slug: `${slug}-wensen`, questions: [{ kind: "open", text: "Wat bakken we?" }] };
  await api("POST", `/v1/polls/${idOf(await api("POST", "/v1/polls", wishes))}/open`);
  const wish = { answers: { q1: "Een rijsttaart, want ".repeat(500) }, device: `${slug}-toestel-nummer-1` };
  expect((await world.http("POST", `/p/${wishes.slug}`, { body: wish })).status).toBe(201);
  await world.advance("PT2M");
  return { ...bakery, slug, waiting };
};

const ask = ({ api }: Workspace, name = "Bakkerij Zon") => api("DELETE", "/v1/workspace", { name });

describe("deleting a workspace", () => {
  test("takes its name, typed exactly, and the right to change it", async () => {
    const bakery = await world.workspace();
    expect(await ask(bakery, "bakkerij zon")).toEqual(refused(400, "invalid_input"));
    const small = await bakery.api("POST", "/v1/keys", { name: "Klein", scopes: ["workspace:read", "posts:write"] });
    const { apiKey: key } = small.as(z.object({ apiKey: z.string() }));
    const body = { name: "Bakkerij Zon" };
    expect(await world.http("DELETE", "/v1/workspace", { key, body })).toEqual(refused(403, "scope_missing"));
    expect((await bakery.api("PATCH", "/v1/workspace", { name: "Bakkerij Maan" })).status).toBe(200);
  });

  test("waits until nobody is owed a prize", async () => {
    const bakery = await world.workspace();
    const contest = await openContest(bakery, "belofte");
    expect(await ask(bakery)).toEqual(refused(409, "contests_running"));
    await world.advance("PT2H");
    expect(await ask(bakery)).toEqual(refused(409, "contests_running"));
    await world.advance("P15D");
    expect((await bakery.api("GET", `/v1/contests/${contest}`)).body).toMatchObject({ status: "final" });
    expect((await ask(bakery)).status).toBe(202);
  });

  test("for a week nothing is public, nothing is published and nothing changes; restored, all is as it was", async () => {
    const bakery = await furnished("week");
    expect((await ask(bakery)).body).toEqual({ removesAt: later(world.now(), minutes(60 * 24 * 7)) });
    expect((await ask(bakery)).status).toBe(202);
    await world.advance("PT10S");
    for (const path of ["/p/week", "/p/week/results", "/@week", "/@week/feed.json"])
      expect({ path, status: (await world.http("GET", path)).status }).toEqual({ path, status: 404 });
    expect(await bakery.api("PATCH", "/v1/workspace", { name: "Anders" })).toEqual(refused(409, "workspace_leaving"));
    expect(await bakery.api("POST", "/v1/posts", { text: "Nee" })).toEqual(refused(409, "workspace_leaving"));
    expect((await bakery.api("GET", "/v1/posts")).status).toBe(200);
    expect((await bakery.api("POST", "/v1/exports", {})).status).toBe(202);
    await world.advance("P3D");
    expect((await bakery.api("GET", `/v1/posts/${bakery.waiting}`)).body).toMatchObject({ state: "scheduled" });

    expect((await bakery.api("POST", "/v1/workspace/restore")).status).toBe(200);
    await world.advance("P8D");
    expect((await world.http("GET", "/p/week")).status).toBe(200);
    expect((await world.http("GET", "/@week/feed.json")).body).toMatchObject({ items: { length: 1 } });
    // Too late to leave: it says so and is not sent silently late.
    expect((await bakery.api("GET", `/v1/posts/${bakery.waiting}`)).body).toMatchObject({ state: "attention" });
    const told = world.eventsOf(bakery.workspaceId).map(({ type }) => type);
    expect(told).toEqual(expect.arrayContaining(["workspace.removal_announced", "workspace.removal_undone"]));
    expect(told).not.toContain("workspace.deleted");
  });

  test("after a week nothing of it is in the table or the bucket but that it was deleted, and others are untouched", async () => {
    const neighbour = await furnished("buur");
    const bakery = await furnished("weg");
    const contest = await openContest(bakery, "weg-actie");
    const owner = "olga@example.nl";
    for (const one of [neighbour, bakery]) await joined(world, one, owner, "owner");
    await bakery.api("POST", "/v1/exports", { personal: true });
    await world.advance("PT2H");
    await world.advance("P15D");
    const before = await objects();
    const neighbours = (await traces(neighbour)).length;
    expect((await traces(bakery)).length).toBeGreaterThan(30);
    expect((await ask(bakery)).status).toBe(202);
    await world.advance("P7DT10M");

    const left = await traces(bakery);
    expect(left).toHaveLength(1);
    expect(left[0]).toMatchObject({ kind: "removal", status: "removed", workspaceId: bakery.workspaceId });
    expect(JSON.stringify(left)).not.toMatch(/Bakkerij|example/);
    expect(await bakery.api("GET", "/v1/workspace")).toEqual(refused(401, "key_invalid"));
    expect((await world.http("GET", "/p/weg")).status).toBe(404);
    const after = await objects();
    const gone = before.filter((key) => !after.includes(key));
    expect(gone.filter((key) => key.startsWith(`answers/${bakery.workspaceId}/`))).toHaveLength(1);
    expect(gone.filter((key) => !key.includes(bakery.workspaceId) && !key.includes(contest))).toEqual([]);
    expect(after.filter((key) => key.startsWith(`answers/${neighbour.workspaceId}/`))).toHaveLength(1);
    expect(gone.length).toBeGreaterThanOrEqual(3);
    expect(after.filter((key) => key.includes(bakery.workspaceId))).toEqual([]);
    const told = world.eventsOf(bakery.workspaceId).filter(({ type }) => type === "workspace.deleted");
    expect(told).toMatchObject([{ detail: { data: { workspaceId: bakery.workspaceId } } }]);

    expect((await traces(neighbour)).length).toBeGreaterThanOrEqual(neighbours);
    expect((await world.http("GET", "/p/buur")).status).toBe(200);
    // Who ran both runs the other still.
    const { session, workspaces } = await pressed(world, (await signInLink(world, owner)) ?? "");
    expect(workspaces).toEqual([neighbour.workspaceId]);
    expect((await world.http("GET", "/v1/workspace", { key: session })).status).toBe(200);
    // Its name is free again.
    const options = [{ text: "Wit" }, { text: "Bruin" }];
    const again = await neighbour.api("POST", "/v1/polls", { slug: "weg", question: "Welk brood?", options });
    expect(again.status).toBe(201);
  });

  test("goes on after a crash in the middle of it", async () => {
    const bakery = await furnished("val");
    expect((await ask(bakery)).status).toBe(202);
    const { send } = Operation.prototype;
    let died = 0;
    vi.spyOn(Operation.prototype, "send").mockImplementation(async function (this: Operation<object, object>, input) {
      const isErasing = this.target.endsWith(".BatchWriteItem");
      // Killed before anything was erased; and then when it was, before who asked heard so.
      if (isErasing && died === 0) {
        died++;
        throw new Error("Killed.");
      }
      const answer = await Reflect.apply(send, this, [input]);
      if (isErasing && died === 1) {
        died++;
        throw new Error("Killed.");
      }
      return answer;
    });
    await world.advance("P7DT1H");
    expect(died).toBe(2);
    expect(await traces(bakery)).toMatchObject([{ status: "removed" }]);
  });
});

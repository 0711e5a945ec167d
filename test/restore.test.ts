import { rmSync } from "node:fs";
import { App, CfnOutput, Stack } from "aws-cdk-lib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import * as z from "zod";
import { verifyBundle } from "../functions/contests/verify.ts";
import { hours, later } from "../functions/platform/clock.ts";
import { DataStack } from "../infra/data-stack.ts";
import type { Story } from "./release.ts";
import type { World } from "./world.ts";

// The drill of a lost table: its backup was restored under another name, five hours later, and the system is started on it.
// The queues are new, the restored table's stream is new and empty; the bucket and the keys are the ones of before.

vi.hoisted(() => {
  process.env.SAMENSPRAAK_TABLE = "samenspraak-restored";
});
const { layDown, readRelease } = await import("./release.ts");
const { legal, openWorld } = await import("./world.ts");

let world: World;
let folder: string;
let story: Story;
const api = (method: string, path: string) => world.http(method, path, { key: story.apiKey });

beforeAll(async () => {
  const backup = readRelease("0.1.0");
  story = backup.story;
  // In the backup a post is being sent. It had come to stand in its channel, and that was not saved yet.
  const died = backup.items.find(({ pk }) => String(pk?.S).endsWith(story.posts.died ?? "")) ?? {};
  const [delivery] = z
    .object({ L: z.array(z.object({ M: z.object({ key: z.object({ S: z.string() }) }) })) })
    .parse(died.deliveries).L;
  const stood = backup.items.find(({ kind }) => kind?.S === "feed-item") ?? {};
  const id = { S: delivery?.M.key.S };
  const item = { ...stood, id, sk: id, postId: { S: story.posts.died }, text: { S: "Gestorven" } };
  const pk = { S: `WS#${story.workspaceId}#FEED#${story.channel}` };
  folder = await layDown({ ...backup, items: [...backup.items, { ...item, pk, channelId: { S: story.channel } }] });
  world = await openWorld({ data: folder, at: later(story.now, hours(5)) });
  await world.settle();
  await world.advance("PT10M");
});
afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

const aboutPost = (name: string) =>
  world.events.filter(({ detail }) => detail.data.postId === story.posts[name]).map(({ type }) => type);
const feed = async (): Promise<string[]> =>
  (await world.http("GET", "/@zon/feed.json"))
    .as(z.object({ items: z.array(z.object({ content_text: z.string() })) }))
    .items.map(({ content_text }) => content_text);

test("the functions use the restored table", () => {
  expect(process.env.TABLE_NAME).toBe("samenspraak-restored");
});

test("what was done before is not told, mailed or published again", async () => {
  expect(world.events.filter(({ detail }) => detail.data.contestId === story.drawn.id)).toEqual([]);
  expect(world.mails.filter(({ text }) => text.includes(`/c/${story.drawn.slug}/`))).toEqual([]);
  const texts = await feed();
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts).toEqual(expect.arrayContaining(["Goedemorgen!", "Aan twee"]));
});

test("a post that was being sent becomes unknown, is looked up and found, and stands there once", async () => {
  expect(aboutPost("died")).toEqual(["delivery.unknown", "delivery.published", "post.published"]);
  expect((await feed()).filter((text) => text === "Gestorven")).toHaveLength(1);
});

test("a post whose time passed meanwhile is not sent late: it says so, and a person decides", async () => {
  expect(aboutPost("soon")).toEqual(["delivery.expired"]);
  expect(await feed()).not.toContain("Over een uur");
});

test("a poll that was over meanwhile closes with the responses of before", async () => {
  expect((await api("GET", `/v1/polls/${story.poll.id}/results`)).body).toMatchObject({ total: 7, counted: "rows" });
});

test("a contest that was over meanwhile draws, at a moment that was made known before, and tells its winners once", async () => {
  await world.advance("P1D");
  const { id, slug } = story.contest;
  expect(verifyBundle((await world.http("GET", `/c/${slug}/draw.json`)).body).status).toBe(2);
  const types = world.events.filter(({ detail }) => detail.data.contestId === id).map(({ type }) => type);
  for (const type of ["contest.closed", "contest.draw_moved", "contest.drawn", "contest.announced"])
    expect(types.filter((one) => one === type)).toEqual([type]);
  const winners = world.mails.filter(({ text }) => text.includes(`/c/${slug}/me`));
  expect(winners).toHaveLength(2);
  expect(new Set(winners.flatMap(({ to }) => to)).size).toBe(2);
});

test("counting goes on from where the backup was", async () => {
  await world.http("PATCH", "/v1/workspace", { key: story.apiKey, body: legal });
  const made = await world.http("POST", "/v1/polls", {
    key: story.apiKey,
    body: { slug: "na-herstel", question: "Welk brood?", options: [{ text: "Wit" }, { text: "Bruin" }] },
  });
  const { id, options } = made.as(z.object({ id: z.string(), options: z.array(z.object({ id: z.string() })) }));
  await api("POST", `/v1/polls/${id}/open`);
  await world.http("POST", "/p/na-herstel", { body: { option: options[0]?.id, device: "toestel-na-herstel" } });
  await world.settle();
  expect((await api("GET", `/v1/polls/${id}/results`)).body).toMatchObject({ total: 1, counted: "tally" });
  const before = await api("GET", `/v1/contests/${story.drawn.id}`);
  expect(before.body).toMatchObject({ counts: { entries: 4, referred: 1 } });
});

test("the stacks go over to a restored table, and back, without taking away what the other stack still uses", () => {
  const stream = "arn:aws:dynamodb:eu-west-1:123456789012:table/samenspraak-restored/stream/2026-11-27T16:00:00.000";
  const outputs = (restoredStream: string | undefined) => {
    const app = new App();
    const data = new DataStack(app, "data", { production: false, domain: undefined, restoredStream });
    new CfnOutput(new Stack(app, "app"), "Used", { value: `${data.table.tableArn} ${data.table.tableStreamArn}` });
    const assembly = app.synth();
    const { Outputs, Resources } = z
      .object({
        Outputs: z.record(z.string(), z.unknown()),
        Resources: z.record(z.string(), z.object({ Type: z.string() })),
      })
      .parse(assembly.getStackByName("data").template);
    expect(Object.values(Resources).filter(({ Type }) => Type === "AWS::DynamoDB::GlobalTable")).toHaveLength(1);
    const exported = Object.keys(Outputs).filter((name) => name.startsWith("ExportsOutput"));
    return { exported, used: JSON.stringify(assembly.getStackByName("app").template) };
  };
  const own = outputs(undefined);
  const other = outputs(stream);
  expect(other.exported).toEqual(expect.arrayContaining(own.exported));
  expect(own.exported).toEqual(expect.arrayContaining(other.exported));
  expect(other.used).toContain("table/samenspraak-restored");
  expect(own.used).not.toContain("samenspraak-restored");
  expect(() => outputs("samenspraak-restored")).toThrow("stream");
});

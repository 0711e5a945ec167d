import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import * as z from "zod";
import { accountId, bucketName, deadLettersName } from "../../infra/local/names.ts";
import { type System, startSystem } from "../../infra/local/system.ts";
import { breakable, broken } from "../breakable.ts";
import { emptyDatabase } from "../databases.ts";
import { httpRequest } from "../http.ts";
import { legal } from "../world.ts";

// What was given up on while something was broken is done when it is mended, by the commands that an operator types.

const minutes = (n: number) => n * 60_000;
const hours = (n: number) => minutes(60 * n);
const folder = mkdtempSync(join(tmpdir(), "samenspraak-redrive-"));
const root = join(import.meta.dirname, "../..");
const Thing = z.object({ id: z.string() });
const Poll = Thing.extend({ options: z.array(Thing) });
let system: System;
let key: string;
let s3: S3Client;
const ask = (method: string, path: string, body?: unknown) => httpRequest(system.url, method, path, { key, body });

beforeAll(async () => {
  system = await startSystem({
    functions: breakable,
    clock: { frozen: { at: "2026-06-01T10:00:00.000Z" } },
    dynamodb: await emptyDatabase(inject("databases")),
    say: () => undefined,
  });
  const made = await system.invoke("workspaces/create", { name: "Bakkerij Zon", ...legal });
  key = z.object({ apiKey: z.string() }).parse(made).apiKey;
  const { url, endpoints } = system;
  writeFileSync(join(folder, "local.json"), JSON.stringify({ url, aws: endpoints.aws, processId: process.pid }));
  s3 = new S3Client({ endpoint: endpoints.aws, forcePathStyle: true });
});
afterAll(async () => {
  await system.stop();
  rmSync(folder, { recursive: true });
});

/** Types a command of infra/, and waits for all that it caused. */
const type = async (command: "redrive" | "republish", ...options: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, "infra", `${command}.ts`), ...options], {
    env: { ...process.env, SAMENSPRAAK_DATA: folder },
  });
  await system.settle();
  return stdout;
};
const openPoll = async (slug: string) => {
  const options = [{ text: "Zon" }, { text: "Maan" }];
  const poll = (await ask("POST", "/v1/polls", { slug, question: "Wat?", options })).as(Poll);
  expect((await ask("POST", `/v1/polls/${poll.id}/open`)).status).toBe(200);
  await system.settle();
  return poll;
};
const eventsOf = (type: string, id: string): number =>
  system.events.filter((event) => event["detail-type"] === type && JSON.stringify(event.detail).includes(id)).length;

describe("npm run redrive", () => {
  test("does what was due and failed each time: once, and nothing the second time", async () => {
    broken.add("exports/write");
    const { id } = (await ask("POST", "/v1/exports", {})).as(Thing);
    await system.advance(hours(12));
    broken.clear();
    expect((await ask("GET", `/v1/exports/${id}`)).text).toContain('"status":"running"');
    const letters = system.deadLetters.length;
    expect(letters).toBeGreaterThan(0);

    const listed = await type("redrive");
    expect(listed).toContain(`${letters} x back to the queue samenspraak-due-export-write`);
    expect(listed).toContain("Nothing was done.");
    expect(system.deadLetters).toHaveLength(letters);

    expect(await type("redrive", "--go")).toContain(`${letters} done, 0 left.`);
    expect((await ask("GET", `/v1/exports/${id}`)).text).toContain('"status":"finished"');
    expect(await type("redrive", "--go")).toContain("Nothing was given up on");
    await system.advance(minutes(60));
    expect(eventsOf("export.finished", id)).toBe(1);
  });

  test("gives an event to the function that failed on it: what it does is done once", async () => {
    broken.add("activity/record");
    const { id } = (await ask("POST", "/v1/channels", { network: "feed", name: "Zon", handle: "vergeten" })).as(Thing);
    await system.advance(minutes(10));
    broken.clear();
    const listed = await type("redrive");
    expect(listed).toMatch(/\d x to the function samenspraak-activity-record \(Error: Broken by the test\.\)/);
    const isRecorded = async () =>
      (await ask("GET", `/v1/activity?thing=${id}`)).as(z.object({ items: z.array(z.object({ type: z.string() })) }))
        .items.length;
    expect(await isRecorded()).toBe(0);

    expect(await type("redrive", "--go")).toContain(" 0 left.");
    const recorded = await isRecorded();
    expect(recorded).toBeGreaterThan(0);
    expect(await type("redrive", "--go")).toContain("Nothing was given up on");
    expect(await isRecorded()).toBe(recorded);
  });

  test("what fails again comes back", async () => {
    broken.add("exports/write");
    await ask("POST", "/v1/exports", {});
    await system.advance(hours(12));
    expect(await type("redrive", "--go")).toContain(" 0 left.");
    await system.advance(hours(12));
    broken.clear();
    expect(await type("redrive")).toContain("back to the queue samenspraak-due-export-write");
    expect(await type("redrive", "--go")).toContain(" 0 left.");
    expect(system.deadLetters).toEqual([]);
  });
});

describe("npm run republish", () => {
  test("publishes the events that the relay gave up on, once", async () => {
    broken.add("platform/relay");
    const { id } = (await ask("POST", "/v1/channels", { network: "feed", name: "Zon", handle: "ongehoord" })).as(Thing);
    await system.settle();
    broken.clear();
    const connected = () => eventsOf("channel.connected", id);
    expect(connected()).toBe(0);
    expect(await type("republish")).toMatch(/\d x to samenspraak-platform-relay/);
    expect(connected()).toBe(0);

    expect(await type("republish", "--go")).toContain(" 0 left in the bucket.");
    expect(connected()).toBe(1);
    expect(await type("republish", "--go")).toContain("gave up on nothing");
    expect(connected()).toBe(1);
    expect(system.deadLetters).toEqual([]);
  });

  test("counts the rows that the tally gave up on, once, also where it dies before it has taken them out", async () => {
    const poll = await openPoll("ongeteld");
    const respond = (device: string) =>
      httpRequest(system.url, "POST", "/p/ongeteld", {
        headers: { "content-type": "application/json", accept: "application/json" },
        body: { option: poll.options[0]?.id, device },
      });
    const total = async (query = ""): Promise<number> => {
      await system.settle();
      await system.advance(minutes(1));
      return (await ask("GET", `/v1/polls/${poll.id}/results${query}`)).as(z.object({ total: z.number() })).total;
    };
    broken.add("platform/tally");
    for (const name of ["een", "twee", "drie"]) expect((await respond(`device-number-${name}`)).status).toBe(201);
    await system.settle();
    broken.clear();
    expect(await total()).toBe(0);
    expect((await respond("device-number-vier")).status).toBe(201);
    expect(await total()).toBe(1);

    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucketName, Prefix: "aws/lambda/" }));
    const kept = await Promise.all(
      Contents.map(async ({ Key }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key }));
        return { Key, Body: await Body?.transformToString() };
      }),
    );
    expect(await type("republish", "--go")).toContain("3 records done, 0 left in the bucket.");
    expect(await total()).toBe(4);
    expect(await total("?recount=true")).toBe(4);

    for (const { Key, Body } of kept) await s3.send(new PutObjectCommand({ Bucket: bucketName, Key, Body }));
    expect(await type("republish", "--go")).toContain("3 records done, 0 left in the bucket.");
    expect(await total()).toBe(4);
    expect(await type("republish", "--go")).toContain("gave up on nothing");
  });
});

test("on AWS they go by the stacks' outputs", async () => {
  const outputs: Record<string, Record<string, string>> = {
    "samenspraak-data": { BucketName: bucketName },
    "samenspraak-app": { DeadLettersUrl: `${system.endpoints.aws}/${accountId}/${deadLettersName}` },
  };
  const cloudformation = createServer(async (request, response) => {
    const asked = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    const members = Object.entries(outputs[asked.get("StackName") ?? ""] ?? {}).map(
      ([name, value]) => `<member><OutputKey>${name}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    );
    response
      .writeHead(200, { "content-type": "text/xml" })
      .end(
        `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><Outputs>${members.join("")}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
      );
  });
  cloudformation.listen(0, "127.0.0.1");
  await once(cloudformation, "listening");
  const { port } = z.object({ port: z.number() }).parse(cloudformation.address());
  process.env.AWS_ENDPOINT_URL_CLOUDFORMATION = `http://127.0.0.1:${port}`;

  broken.add("activity/record");
  await ask("POST", "/v1/channels", { network: "feed", name: "Zon", handle: "ver-weg" });
  await system.advance(minutes(10));
  broken.clear();
  expect(await type("redrive", "--aws")).toContain("to the function samenspraak-activity-record");
  expect(await type("redrive", "--aws", "--go")).toContain(" 0 left.");
  expect(await type("republish", "--aws")).toContain("gave up on nothing");
  expect(system.deadLetters).toEqual([]);
  cloudformation.close();
});

test("without a system to work on, the commands say so", async () => {
  const nowhere = execFile(process.execPath, [join(root, "infra/redrive.ts")], {
    env: { ...process.env, SAMENSPRAAK_DATA: join(folder, "nowhere") },
  });
  let said = "";
  nowhere.stderr?.on("data", (text) => {
    said += text;
  });
  expect(await new Promise((resolve) => nowhere.once("close", resolve))).toBe(1);
  expect(said).toContain("No local runner runs here. Start one (npm start), or add --aws");
});

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { DynamoDBClient, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { DescribeEventBusCommand, EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type {
  APIGatewayProxyEventV2,
  Context,
  DynamoDBStreamEvent,
  EventBridgeEvent,
  ScheduledEvent,
  SQSEvent,
} from "aws-lambda";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Wakeable } from "../../functions/manifest.ts";
import { clock, days, hours, instant, minutes, seconds } from "../../functions/platform/clock.ts";
import { localClock } from "../../infra/local/clock.ts";
import { localRoutes } from "../../infra/local/routes.ts";
import { streamReader } from "../../infra/local/stream.ts";
import type { StreamRecord, StreamSource } from "../../infra/local/stream-source.ts";
import { type System, startSystem } from "../../infra/local/system.ts";

// The runner's own promises, kept with handlers made for it: what a local part does, AWS does too.

const start = "2026-03-02T09:00:00.000Z";

/** What the handlers below do; each test sets what it needs. */
const does = {
  page: async (_event: APIGatewayProxyEventV2): Promise<unknown> => ({ statusCode: 204 }),
  deliver: async (_event: SQSEvent, _context: Context): Promise<unknown> => undefined,
  hear: async (_event: EventBridgeEvent<string, unknown>): Promise<unknown> => undefined,
  relay: async (_event: DynamoDBStreamEvent): Promise<unknown> => undefined,
  tally: async (_event: DynamoDBStreamEvent & { shardId: string }): Promise<unknown> => undefined,
};
const usual = { ...does };

const route = { access: "public", summary: "For the tests." } as const;

/** Queues what falls due within three minutes, once each, as the real sweep does. */
const sweep = async (event: ScheduledEvent): Promise<void> => {
  sweeps.push(event.time);
  const found = await new DynamoDBClient().send(
    new QueryCommand({
      TableName: process.env.TABLE_NAME,
      IndexName: "due",
      KeyConditionExpression: "due = :due and dueAt <= :to",
      ExpressionAttributeValues: { ":due": { S: "0" }, ":to": { S: instant(Date.parse(event.time) + minutes(3)) } },
    }),
  );
  for (const item of found.Items ?? []) {
    const body = JSON.stringify({ sk: item.sk?.S, dueAt: item.dueAt?.S });
    if (swept.has(body)) continue;
    swept.add(body);
    const delay = Math.floor((Date.parse(item.dueAt?.S ?? "") - clock.now()) / 1000);
    await send(body, Math.max(0, delay));
  }
};
let sweeps: string[] = [];
const swept = new Set<string>();

const manifest: Record<string, () => Promise<Wakeable>> = {
  "echo/page": async () => ({
    routes: {
      root: { ...route, method: "GET", path: "/p/{slug}", page: true },
      own: { ...route, method: "GET", path: "/p/results" },
      post: { ...route, method: "POST", path: "/p/{slug}" },
      secret: { ...route, method: "GET", path: "/v1/secret", access: "posts:read" },
    },
    handler: (event: APIGatewayProxyEventV2) => does.page(event),
  }),
  "platform/docs": async () => ({
    routes: {},
    handler: async (event: APIGatewayProxyEventV2) => ({ statusCode: 404, body: event.routeKey }),
  }),
  "echo/authorize": async () => ({
    authorizes: true,
    handler: async (event: { headers: Record<string, string>; identitySource: unknown; body?: string }) => ({
      isAuthorized: event.headers.authorization !== "Bearer nobody",
      context: { workspaceId: "ws_1", scopes: String(event.identitySource), body: typeof event.body },
    }),
  }),
  "posts/deliver": async () => ({
    due: "post.deliver",
    limits: { timeoutSeconds: 5 },
    handler: (event: SQSEvent, context: Context) => does.deliver(event, context),
  }),
  "polls/close": async () => ({
    on: ["poll.closed"],
    handler: (event: EventBridgeEvent<string, unknown>) => does.hear(event),
  }),
  "platform/relay": async () => ({
    reads: { kinds: { "anything-but": ["quiet"] } },
    handler: (event: DynamoDBStreamEvent) => does.relay(event),
  }),
  "platform/tally": async () => ({
    reads: { kinds: ["entry"], window: 10 },
    handler: (event: DynamoDBStreamEvent & { shardId: string }) => does.tally(event),
  }),
  "platform/sweep": async () => ({ every: "minute", handler: sweep }),
  "slow/sleeper": async () => ({
    invoked: true,
    limits: { timeoutSeconds: 0.05 },
    handler: () => new Promise<void>(() => undefined),
  }),
};

const said: string[] = [];
const say = (line: string): void => void said.push(line);

let system: System;
const send = (body: string, delaySeconds = 0) =>
  new SQSClient().send(
    new SendMessageCommand({
      QueueUrl: `${process.env.DUE_QUEUE_PREFIX}post-deliver`,
      MessageBody: body,
      DelaySeconds: delaySeconds,
    }),
  );
const put = (item: { pk: string; sk: string; kind: string; due?: string; dueAt?: string }, image?: Uint8Array) =>
  new DynamoDBClient().send(
    new PutItemCommand({
      TableName: process.env.TABLE_NAME,
      Item: {
        ...Object.fromEntries(Object.entries(item).map(([name, text]) => [name, { S: text }])),
        ...(image && { image: { B: image } }),
      },
    }),
  );
const s3 = () => new S3Client();
const publish = (type: string, data: object, more: object = {}) =>
  new EventBridgeClient().send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: process.env.BUS_NAME,
          Source: "samenspraak",
          DetailType: type,
          Detail: JSON.stringify({ id: `id-${JSON.stringify(data)}`, data }),
          ...more,
        },
      ],
    }),
  );
const keysOf = (event: DynamoDBStreamEvent) => event.Records.map(({ dynamodb }) => String(dynamodb?.Keys?.sk?.S));
const sequences = (event: DynamoDBStreamEvent, sk: string) => ({
  batchItemFailures: event.Records.filter(({ dynamodb }) => dynamodb?.Keys?.sk?.S === sk).map(({ dynamodb }) => ({
    itemIdentifier: dynamodb?.SequenceNumber ?? "",
  })),
});

describe("on a clock that stands still", () => {
  beforeAll(async () => {
    system = await startSystem({ functions: manifest, clock: { frozen: { at: start } }, fastJava: true, say });
  });
  afterAll(() => system.stop());
  afterEach(async () => {
    Object.assign(does, usual);
    await system.settle();
    said.length = 0;
    sweeps = [];
  });

  describe("the gateway", () => {
    const echo = async (path: string, init: RequestInit = {}): Promise<APIGatewayProxyEventV2> => {
      let seen: APIGatewayProxyEventV2 | undefined;
      does.page = async (event) => {
        seen = event;
        return { statusCode: 200, body: "seen" };
      };
      await fetch(`${system.url}${path}`, init);
      if (!seen) throw new Error("The page was not asked.");
      return seen;
    };

    test("gives a form post in base64, as API Gateway does, and JSON as text", async () => {
      const form = await echo("/p/x", { method: "POST", body: new URLSearchParams({ email: "a@b.nl" }) });
      expect(form.isBase64Encoded).toBe(true);
      expect(Buffer.from(form.body ?? "", "base64").toString()).toBe("email=a%40b.nl");
      const json = await echo("/p/x", {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json; charset=utf-8" },
      });
      expect([json.isBase64Encoded, json.body]).toEqual([false, "{}"]);
      const untyped = await echo("/p/x", { method: "POST", body: new Uint8Array([255]) });
      expect([untyped.isBase64Encoded, untyped.body]).toEqual([true, "/w=="]);
    });

    test("has the payload's version 2.0, with the time of its own clock", async () => {
      const seen = await echo("/p/caf%C3%A9?a=1&a=2&b=%20x", { headers: { "X-Thing": "Yes" } });
      expect(seen).toMatchObject({
        version: "2.0",
        routeKey: "GET /p/{slug}",
        rawPath: "/p/café",
        rawQueryString: "a=1&a=2&b=%20x",
        queryStringParameters: { a: "1,2", b: " x" },
        pathParameters: { slug: "café" },
        headers: { "x-thing": "Yes" },
        requestContext: {
          stage: "$default",
          timeEpoch: system.clock.now(),
          time: expect.stringMatching(/^\d\d\/Mar\/2026:\d\d:\d\d:\d\d \+0000$/),
          http: { method: "GET", path: "/p/café", protocol: "HTTP/1.1", sourceIp: "127.0.0.1" },
        },
      });
      expect(seen.cookies).toBeUndefined();
      expect(seen.body).toBeUndefined();
    });

    test("takes cookies out of the headers, and sets several", async () => {
      const seen = await echo("/p/x", { headers: { cookie: "a=1; b=2" } });
      expect(seen.cookies).toEqual(["a=1", "b=2"]);
      expect(seen.headers.cookie).toBeUndefined();
      does.page = async () => ({ statusCode: 303, headers: { Location: "/p/y" }, cookies: ["a=1; Path=/", "b=2"] });
      const answer = await fetch(`${system.url}/p/x`, { redirect: "manual" });
      expect([answer.status, answer.headers.get("location")]).toEqual([303, "/p/y"]);
      expect(answer.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2"]);
    });

    test("answers HEAD for a page, without a body", async () => {
      does.page = async (event) => ({ statusCode: 200, headers: { "x-route": event.routeKey }, body: "hello" });
      const answer = await fetch(`${system.url}/p/x`, { method: "HEAD" });
      expect([answer.headers.get("x-route"), answer.headers.get("content-length"), await answer.text()]).toEqual([
        "HEAD /p/{slug}",
        "5",
        "",
      ]);
    });

    test("prefers a fixed segment over a variable, and gives the rest to $default", async () => {
      expect((await echo("/p/results")).routeKey).toBe("GET /p/results");
      const nowhere = await fetch(`${system.url}/p/x/y`);
      expect([nowhere.status, await nowhere.text()]).toEqual([404, "$default"]);
      expect((await fetch(`${system.url}/p/x`, { method: "DELETE" })).status).toBe(404);
      expect((await fetch(`${system.url}/p/`)).status).toBe(404);
    });

    test("asks the authorizer for a route that is not public, without the body, and passes its context", async () => {
      const seen = await echo("/v1/secret", { headers: { authorization: "Bearer x" } });
      expect(seen.requestContext).toMatchObject({
        authorizer: { lambda: { workspaceId: "ws_1", scopes: "null", body: "undefined" } },
      });
      const refused = await fetch(`${system.url}/v1/secret`, { headers: { authorization: "Bearer nobody" } });
      expect([refused.status, await refused.json()]).toEqual([403, { message: "Forbidden" }]);
      expect((await echo("/p/x")).requestContext).not.toHaveProperty("authorizer");
    });

    test("says 500 in its own words where a handler throws, and prints the error", async () => {
      does.page = async () => {
        throw new Error("a mistake of ours");
      };
      const answer = await fetch(`${system.url}/p/x`);
      expect([answer.status, await answer.json()]).toEqual([500, { message: "Internal Server Error" }]);
      expect(said.join()).toContain("a mistake of ours");
    });

    test("decodes an answer in base64 and refuses more than it takes", async () => {
      does.page = async () => ({
        statusCode: 200,
        body: Buffer.from([0, 255]).toString("base64"),
        isBase64Encoded: true,
      });
      expect(new Uint8Array(await (await fetch(`${system.url}/p/x`)).arrayBuffer())).toEqual(new Uint8Array([0, 255]));
      const large = await fetch(`${system.url}/p/x`, { method: "POST", body: new Uint8Array(10 * 1024 * 1024 + 1) });
      expect(large.status).toBe(413);
    });

    test("keeps what is local from another site's pages", async () => {
      system.mount((_request, response, url) => {
        if (url.pathname !== "/local/thing") return false;
        response.end("local");
        return true;
      });
      expect(await (await fetch(`${system.url}/local/thing`)).text()).toBe("local");
      expect((await fetch(`${system.url}/local/thing`, { headers: { origin: "https://evil.example" } })).status).toBe(
        404,
      );
    });
  });

  describe("time", () => {
    test("runs a day in the order of its times, whatever the order of writing", async () => {
      const order: string[] = [];
      does.deliver = async (event) => {
        for (const { body } of event.Records) {
          const { sk, dueAt } = JSON.parse(body);
          await clock.until(Date.parse(dueAt));
          await put({ pk: "DAY", sk, kind: "quiet" });
          order.push(`${dueAt} ${instant(clock.now())}`);
        }
      };
      const now = system.clock.now();
      const times = [hours(20) + 700, hours(3), hours(3) + 1, minutes(4) + 250, days(1), hours(11.5)].map((ms) =>
        instant(now + ms),
      );
      for (const [i, dueAt] of times.entries()) await put({ pk: "DAY", sk: String(i), kind: "quiet", due: "0", dueAt });
      await system.advance(days(1));
      expect(order).toEqual(times.toSorted().map((dueAt) => `${dueAt} ${dueAt}`));
      expect(system.clock.now()).toBe(now + days(1));
      // A day has 1,440 minutes, of which only those run in which something could happen.
      expect(sweeps.length).toBeLessThan(60);
    });

    test("leaves out the minutes in which nothing is due, and runs each while something is overdue, for an hour", async () => {
      await system.advance(days(30));
      expect(sweeps.length).toBeLessThan(5);
      sweeps = [];
      const stuck = { pk: "DAY", sk: "stuck", kind: "quiet" };
      await put({ ...stuck, due: "f", dueAt: instant(system.clock.now() + hours(5)) });
      await system.advance(hours(12));
      await put(stuck);
      expect(sweeps.length).toBeGreaterThan(60);
      expect(sweeps.length).toBeLessThan(75);
    });

    test("only moves forward", async () => {
      await expect(async () => system.advance(-1)).rejects.toThrow("forward");
    });

    test("waits for what an instant has caused before it goes to the next", async () => {
      const seen: string[] = [];
      does.hear = async () => {
        seen.push(`heard at ${clock.now() - now}`);
      };
      does.relay = async () => {
        await publish("poll.closed", {});
      };
      does.deliver = async () => {
        seen.push(`woken at ${clock.now() - now}`);
        await put({ pk: "CHAIN", sk: String(clock.now()), kind: "poll" });
      };
      const now = system.clock.now();
      await send("{}", 1);
      await send("{}", 2);
      await system.advance(seconds(10));
      expect(seen).toEqual(["woken at 1000", "heard at 1000", "woken at 2000", "heard at 2000"]);
    });

    test("runs on by itself without a handler that rejects in a timer ending the process", async () => {
      const failures: unknown[] = [];
      const { promise: failed, resolve: fails } = Promise.withResolvers<void>();
      const running = localClock({
        start: { running: { aheadMs: days(3) } },
        settle: async () => undefined,
        failed: (error) => {
          failures.push(error);
          fails();
        },
      });
      const ahead = running.now() - Date.now();
      running.at(running.now() + 5, async () => {
        throw new Error("in a timer");
      });
      await running.until(running.now() + 10);
      // Where both fell due in one go, the failure is told a moment after.
      await failed;
      expect(failures).toEqual([new Error("in a timer")]);
      expect(Math.abs(ahead - days(3))).toBeLessThan(5_000);
      await running.advance(hours(1));
      expect(running.now() - Date.now()).toBeGreaterThanOrEqual(days(3) + hours(1) - 5_000);
      running.stop();
    });
  });

  describe("due queues", () => {
    test("delay whole seconds, and take nothing else", async () => {
      await expect(send("{}", 0.5)).rejects.toThrow("whole number");
      await expect(send("{}", 901)).rejects.toThrow("900");
      const answer = await new SQSClient().send(
        new SendMessageBatchCommand({
          QueueUrl: `${process.env.DUE_QUEUE_PREFIX}post-deliver`,
          Entries: [
            { Id: "a", MessageBody: "{}", DelaySeconds: 0 },
            { Id: "b", MessageBody: "{}", DelaySeconds: 1000 },
          ],
        }),
      );
      expect([answer.Successful?.map(({ Id }) => Id), answer.Failed?.map(({ Id }) => Id)]).toEqual([["a"], ["b"]]);
      await expect(
        new SQSClient().send(
          new SendMessageCommand({ QueueUrl: `${process.env.DUE_QUEUE_PREFIX}x`, MessageBody: "{}" }),
        ),
      ).rejects.toThrow("does not exist");
    });

    test("deliver at most ten at once, at the second, in Lambda's shape", async () => {
      const batches: number[] = [];
      does.deliver = async (event, context) => {
        batches.push(event.Records.length);
        expect(event.Records[0]).toMatchObject({
          eventSource: "aws:sqs",
          attributes: { ApproximateReceiveCount: "1" },
          messageAttributes: {},
        });
        expect(context).toMatchObject({ functionName: "samenspraak-posts-deliver", memoryLimitInMB: "512" });
        expect(context.getRemainingTimeInMillis()).toBeGreaterThan(4_000);
      };
      await Promise.all(Array.from({ length: 25 }, (_, i) => send(String(i), 7)));
      await system.advance(seconds(7) - 1);
      expect(batches).toEqual([]);
      await system.advance(1);
      expect(batches).toEqual([10, 10, 5]);
    });

    test("give only what failed again, after six time limits, and lay it aside after five receives", async () => {
      const received: string[] = [];
      does.deliver = async (event) => {
        for (const { body, attributes } of event.Records) received.push(`${body}${attributes.ApproximateReceiveCount}`);
        return {
          batchItemFailures: event.Records.filter(({ body }) => body === "bad").map(({ messageId }) => ({
            itemIdentifier: messageId,
          })),
        };
      };
      await Promise.all([send("good"), send("bad")]);
      await system.settle();
      expect(received.toSorted()).toEqual(["bad1", "good1"]);
      await system.advance(seconds(29));
      expect(received).toHaveLength(2);
      await system.advance(minutes(10));
      expect(received.slice(2)).toEqual(["bad2", "bad3", "bad4", "bad5"]);
      expect(system.deadLetters.at(-1)).toMatchObject({ from: "queue", payload: "bad" });
      expect(said.join()).toContain("dead letter");
    });
  });

  describe("the bus", () => {
    test("invokes who says `on`, in EventBridge's shape, and tells who listens", async () => {
      const heard: EventBridgeEvent<string, unknown>[] = [];
      const told: string[] = [];
      does.hear = async (event) => void heard.push(event);
      const stopTelling = system.onEvent((event) => told.push(event["detail-type"]));
      await publish("poll.closed", { n: 1 });
      await publish("poll.opened", { n: 2 });
      await publish("poll.closed", { n: 3 }, { Source: "someone.else" });
      await system.settle();
      stopTelling();
      expect(heard).toEqual([
        {
          version: "0",
          id: expect.any(String),
          "detail-type": "poll.closed",
          source: "samenspraak",
          account: "000000000000",
          time: `${instant(system.clock.now()).slice(0, 19)}Z`,
          region: "eu-west-1",
          resources: [],
          detail: { id: 'id-{"n":1}', data: { n: 1 } },
        },
      ]);
      expect(told).toEqual(["poll.closed", "poll.opened", "poll.closed"]);
      expect(system.events.at(-1)?.source).toBe("someone.else");
    });

    test("tries a handler that fails three times, after one minute and two, and then keeps the event", async () => {
      const tries: number[] = [];
      const now = system.clock.now();
      does.hear = async () => {
        tries.push(system.clock.now() - now);
        throw new Error("broken");
      };
      await publish("poll.closed", { n: 4 });
      await system.advance(minutes(5));
      expect(tries).toEqual([0, minutes(1), minutes(3)]);
      expect(system.deadLetters.at(-1)).toMatchObject({
        from: "event",
        functionName: "samenspraak-polls-close",
        error: "Error: broken",
        payload: { detail: { data: { n: 4 } } },
      });
    });

    test("refuses an entry that EventBridge refuses", async () => {
      const answer = await publish("poll.closed", {}, { Detail: "[]" });
      expect([answer.FailedEntryCount, answer.Entries?.[0]?.ErrorCode]).toEqual([1, "MalformedDetail"]);
      await expect(publish("poll.closed", {}, { EventBusName: "other" })).rejects.toThrow("does not exist");
    });
  });

  describe("the table's stream", () => {
    test("gives each reader the kinds that it reads, in Lambda's shape", async () => {
      const relayed: DynamoDBStreamEvent[] = [];
      const tallied: (DynamoDBStreamEvent & { shardId: string })[] = [];
      does.relay = async (event) => void relayed.push(event);
      does.tally = async (event) => {
        tallied.push(event);
        return { state: { n: 1 } };
      };
      await put({ pk: "KINDS", sk: "1", kind: "entry" }, new Uint8Array([1, 2, 255]));
      await put({ pk: "KINDS", sk: "2", kind: "poll" });
      await put({ pk: "KINDS", sk: "3", kind: "quiet" });
      await system.settle();
      expect(relayed.flatMap(keysOf)).toEqual(["1", "2"]);
      expect(tallied.flatMap(keysOf)).toEqual(["1"]);
      expect(tallied[0]).toMatchObject({ shardId: expect.stringMatching(/^shardId-/), isFinalInvokeForWindow: false });
      expect(relayed[0]?.Records[0]).toMatchObject({
        eventName: "INSERT",
        eventSource: "aws:dynamodb",
        awsRegion: "eu-west-1",
        eventSourceARN: expect.stringContaining("table/samenspraak/stream/"),
        dynamodb: {
          Keys: { pk: { S: "KINDS" }, sk: { S: "1" } },
          NewImage: { image: { B: "AQL/" } },
          SequenceNumber: expect.stringMatching(/^\d+$/),
        },
      });
    });

    test("begins again at the record that failed, and does not repeat what passed", async () => {
      const relayed: string[] = [];
      let failures = 2;
      does.relay = async (event) => {
        const keys = keysOf(event);
        relayed.push(keys.join(""));
        const isFailing = keys.includes("c") && failures-- > 0;
        return isFailing ? sequences(event, "c") : { batchItemFailures: [] };
      };
      await together("abcd", "PARTIAL");
      expect(relayed).toEqual(["abcd", "cd", "c", "d"]);
    });

    test("halves a batch that fails until the poisoned record is alone, and lays only that one aside", async () => {
      const passed: string[] = [];
      let tries = 0;
      does.relay = async (event) => {
        const keys = keysOf(event);
        if (keys.includes("3")) {
          if (keys.length === 1) tries += 1;
          throw new Error("poison");
        }
        passed.push(...keys);
      };
      await together("0123456", "POISON");
      expect(passed).toEqual(["0", "1", "2", "4", "5", "6"]);
      expect(tries).toBe(20);
      const letter = system.deadLetters.at(-1);
      expect(letter).toMatchObject({ from: "stream", functionName: "samenspraak-platform-relay" });
      const key = /s3:\/\/samenspraak\/(aws\/lambda\/[^)]+)/.exec(letter?.error ?? "")?.[1];
      const kept = await s3().send(new GetObjectCommand({ Bucket: process.env.BUCKET_NAME, Key: key }));
      const { payload } = JSON.parse((await kept.Body?.transformToString()) ?? "");
      expect(keysOf(JSON.parse(payload))).toEqual(["3"]);
    });

    /** Writes while the relay is held up, until all of it has been read, so that it gets it as one batch. */
    const together = async (keys: string, pk: string): Promise<void> => {
      const relay = does.relay;
      const read = new Set<string>();
      does.tally = async (event) => {
        for (const key of keysOf(event)) read.add(key);
      };
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const holding = new Promise<void>((resolve) => {
        does.relay = async () => {
          does.relay = relay;
          resolve();
          await held;
        };
      });
      await put({ pk, sk: "hold", kind: "poll" });
      await holding;
      for (const sk of keys) await put({ pk, sk, kind: "entry" });
      await expect.poll(() => [...keys].every((key) => read.has(key)), { interval: 1, timeout: 30_000 }).toBe(true);
      release();
      await system.settle();
    };
  });

  describe("KMS", () => {
    test("unwraps a data key only with the encryption context with which it was made", async () => {
      const kms = new KMSClient();
      const made = await kms.send(
        new GenerateDataKeyCommand({
          KeyId: process.env.KMS_KEY_ID,
          KeySpec: "AES_256",
          EncryptionContext: { workspaceId: "ws_1", use: "x" },
        }),
      );
      const open = (context: Record<string, string>) =>
        kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob, EncryptionContext: context }));
      expect((await open({ use: "x", workspaceId: "ws_1" })).Plaintext).toEqual(made.Plaintext);
      expect(made.Plaintext).toHaveLength(32);
      await expect(open({ workspaceId: "ws_2", use: "x" })).rejects.toMatchObject({
        name: "InvalidCiphertextException",
      });
      await expect(
        kms.send(new GenerateDataKeyCommand({ KeyId: "alias/other", KeySpec: "AES_256" })),
      ).rejects.toMatchObject({ name: "NotFoundException" });
    });
  });

  describe("S3", () => {
    const Bucket = "samenspraak";
    test("takes what is streamed to it in chunks, and gives it back with its description", async () => {
      const bytes = randomBytes(200_000);
      const Body = Readable.from([bytes.subarray(0, 150_000), bytes.subarray(150_000)]);
      await s3().send(
        new PutObjectCommand({
          Bucket,
          Key: "a/één é.bin",
          Body,
          ContentLength: bytes.length,
          ContentType: "x/y",
          Metadata: { of: "z" },
        }),
      );
      const got = await s3().send(new GetObjectCommand({ Bucket, Key: "a/één é.bin" }));
      expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
      expect(got).toMatchObject({ ContentType: "x/y", Metadata: { of: "z" }, ContentLength: bytes.length });
      const part = await s3().send(new GetObjectCommand({ Bucket, Key: "a/één é.bin", Range: "bytes=10-19" }));
      expect(Buffer.from((await part.Body?.transformToByteArray()) ?? [])).toEqual(bytes.subarray(10, 20));
      expect(await s3().send(new HeadObjectCommand({ Bucket, Key: "a/één é.bin" }))).toMatchObject({
        ContentLength: 200_000,
      });
    });

    test("writes with If-None-Match: * only what is not there", async () => {
      const once = () => s3().send(new PutObjectCommand({ Bucket, Key: "once", Body: "1", IfNoneMatch: "*" }));
      await once();
      await expect(once()).rejects.toMatchObject({ name: "PreconditionFailed" });
      await s3().send(new DeleteObjectCommand({ Bucket, Key: "once" }));
      await expect(s3().send(new GetObjectCommand({ Bucket, Key: "once" }))).rejects.toMatchObject({
        name: "NoSuchKey",
      });
      await once();
    });

    test("lists by prefix, a page at a time", async () => {
      for (const key of ["l/c", "l/a", "l/b", "m/x"])
        await s3().send(new PutObjectCommand({ Bucket, Key: key, Body: key }));
      const first = await s3().send(new ListObjectsV2Command({ Bucket, Prefix: "l/", MaxKeys: 2 }));
      expect([first.Contents?.map(({ Key }) => Key), first.IsTruncated]).toEqual([["l/a", "l/b"], true]);
      const second = await s3().send(
        new ListObjectsV2Command({ Bucket, Prefix: "l/", ContinuationToken: first.NextContinuationToken }),
      );
      expect([second.Contents?.map(({ Key }) => Key), second.IsTruncated]).toEqual([["l/c"], false]);
    });
  });

  describe("mail", () => {
    test("lies in the mailbox; one from an address that is not ours is refused", async () => {
      const mail = (FromEmailAddress?: string) =>
        new SESv2Client().send(
          new SendEmailCommand({
            FromEmailAddress,
            Destination: { ToAddresses: ["anna@example.nl"] },
            Content: { Simple: { Subject: { Data: "Dag" }, Body: { Text: { Data: "Hallo" } } } },
          }),
        );
      await mail(`Bakkerij <${process.env.MAIL_FROM}>`);
      expect(system.mails.at(-1)).toMatchObject({ to: ["anna@example.nl"], subject: "Dag", text: "Hallo", html: "" });
      await expect(mail("someone@else.example")).rejects.toMatchObject({ name: "MessageRejected" });
    });
  });

  describe("what is not known", () => {
    test.each([
      [
        "an operation of KMS",
        () => new KMSClient().send(new EncryptCommand({ KeyId: "x", Plaintext: new Uint8Array(1) })),
        "TrentService.Encrypt",
      ],
      [
        "an operation of EventBridge",
        () => new EventBridgeClient().send(new DescribeEventBusCommand({})),
        "DescribeEventBus",
      ],
      [
        "a parameter of SQS",
        () =>
          new SQSClient().send(
            new SendMessageCommand({
              QueueUrl: `${process.env.DUE_QUEUE_PREFIX}post-deliver`,
              MessageBody: "x",
              MessageAttributes: { a: { DataType: "String", StringValue: "b" } },
            }),
          ),
        "MessageAttributes",
      ],
      [
        "a parameter of SES",
        () =>
          new SESv2Client().send(
            new SendEmailCommand({
              FromEmailAddress: process.env.MAIL_FROM,
              Destination: { ToAddresses: ["a@b.nl"], CcAddresses: ["c@d.nl"] },
              Content: { Simple: { Subject: { Data: "x" }, Body: { Text: { Data: "x" } } } },
            }),
          ),
        "CcAddresses",
      ],
      [
        "a header of S3",
        () =>
          s3().send(
            new PutObjectCommand({ Bucket: "samenspraak", Key: "x", Body: "x", ServerSideEncryption: "aws:kms" }),
          ),
        "x-amz-server-side-encryption",
      ],
      ["a parameter of the bus", () => publish("poll.closed", {}, { TraceHeader: "Root=1" }), "TraceHeader"],
    ])("is refused aloud: %s", async (_, ask, name) => {
      await expect(ask()).rejects.toThrow(name);
      expect(said.join()).toContain(name);
    });
  });

  describe("the paths of this machine", () => {
    const local = async (path: string, sent?: string) => {
      const init = sent === undefined ? {} : { method: "POST", body: sent };
      const answer = await fetch(`${system.url}/local/${path}`, init);
      const body: unknown = await answer.json();
      return { status: answer.status, type: answer.headers.get("content-type"), body };
    };
    beforeAll(() => system.mount(localRoutes(system, () => [])));

    test("move the clock by an ISO 8601 duration", async () => {
      const now = system.clock.now();
      const moved = { now: instant(now + minutes(15)), frozen: true };
      expect(await local("clock", '{"advance":"PT15M"}')).toMatchObject({ status: 200, body: moved });
      expect((await local("clock")).body).toEqual(moved);
    });

    test.each([
      "",
      "{}",
      '{"advance":15}',
      '{"advance":"15 minutes"}',
      '{"advance":"-PT1M"}',
      '{"advance":"P1M"}',
      '{"advance":"P10Y"}',
      '{"advance":"PT1M","x":1}',
    ])("refuse to move it by %s, and say why", async (body) => {
      const now = system.clock.now();
      expect(await local("clock", body)).toMatchObject({
        status: 400,
        type: "application/problem+json",
        body: { code: "invalid_advance", detail: expect.stringMatching(/\.$/) },
      });
      expect(system.clock.now()).toBe(now);
    });

    test("show the mail and the events, and tell of those to come", async () => {
      const stream = await fetch(`${system.url}/local/events`);
      const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
      await reader?.read();
      await publish("poll.closed", { n: "shown" });
      const shown = { type: "poll.closed", detail: { data: { n: "shown" } } };
      expect(JSON.parse((await reader?.read())?.value?.slice("data: ".length) ?? "")).toMatchObject(shown);
      await reader?.cancel();
      expect((await local("events.json")).body).toContainEqual({
        type: shown.type,
        detail: system.events.at(-1)?.detail,
      });
      expect((await local("mail.json")).body).toEqual(system.mails);
      expect((await local("nothing")).status).toBe(404);
    });

    test("invoke a function by name, for the commands of this project", async () => {
      const lambda = new LambdaClient({ endpoint: `${system.url}/local/lambda` });
      const answer = await lambda.send(new InvokeCommand({ FunctionName: "samenspraak-polls-close" }));
      expect([answer.StatusCode, answer.FunctionError]).toEqual([200, undefined]);
    });
  });

  test("a function is invoked by its name through Lambda, and one that takes too long is ended", async () => {
    const lambda = new LambdaClient();
    const answer = await lambda.send(
      new InvokeCommand({ FunctionName: "samenspraak-slow-sleeper", Payload: Buffer.from("{}") }),
    );
    expect(answer.FunctionError).toBe("Unhandled");
    expect(JSON.parse(Buffer.from(answer.Payload ?? []).toString()).errorMessage).toContain(
      "timed out after 0.05 seconds",
    );
    await expect(lambda.send(new InvokeCommand({ FunctionName: "nothing" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});

describe("a stream like the real one", () => {
  const record = (n: number): StreamRecord => ({
    eventID: String(n),
    eventName: "INSERT",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: "",
    eventSourceARN: "",
    dynamodb: {
      Keys: {},
      NewImage: { kind: { S: "poll" } },
      SequenceNumber: String(n),
      SizeBytes: 1,
      StreamViewType: "",
    },
  });
  /** Two closed shards, the second the child of the first, and an open one. The stream has forgotten what is below `oldest`. */
  const shards = { first: [1, 2, 3], second: [4, 5], third: [6] };
  const parents: Record<string, string> = { second: "first", third: "second" };
  const source = (oldest: number, names: readonly (keyof typeof shards)[]): StreamSource => ({
    shards: async () => names.toReversed().map((id) => ({ id, parent: parents[id] })),
    iterator: async (id, after) => {
      const numbers = Object.entries(shards).find(([name]) => name === id)?.[1] ?? [];
      return after !== undefined && Number(after) + 1 < oldest
        ? undefined
        : `${id} ${after ?? Math.max(oldest, numbers[0] ?? 0) - 1}`;
    },
    records: async (iterator) => {
      const [id = "", after] = iterator.split(" ");
      const numbers = Object.entries(shards).find(([name]) => name === id)?.[1] ?? [];
      const [next] = numbers.filter((n) => n > Number(after));
      if (next === undefined) return { records: [], next: id === "third" ? iterator : undefined };
      return { records: [record(next)], next: `${id} ${next}` };
    },
  });
  const read = async (stream: StreamSource, file?: string): Promise<{ seen: number[]; hasGap: boolean }> => {
    const seen: number[] = [];
    const fn = { name: "reader", timeoutSeconds: 1, reads: { kinds: ["poll"] }, handler: async () => undefined };
    const reader = streamReader({
      source: stream,
      readers: [fn],
      file,
      invoke: async (_, event) => {
        const { Records } = event as { Records: StreamRecord[] };
        seen.push(...Records.map(({ dynamodb }) => Number(dynamodb.SequenceNumber)));
        return { answer: null };
      },
      layAside: async () => undefined,
      isBusy: () => false,
      say,
    });
    const { hasGap } = await reader.open();
    reader.run();
    await reader.drained();
    await reader.stop();
    return { seen, hasGap };
  };

  test("is followed from closed shards into their children, parents first", async () => {
    expect(await read(source(0, ["first", "second", "third"]))).toEqual({ seen: [1, 2, 3, 4, 5, 6], hasGap: false });
  });

  test("is gone on with where the checkpoint is, and a gap behind it is noticed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "samenspraak-test-"));
    const file = join(folder, "stream.json");
    try {
      expect((await read(source(0, ["first"]), file)).seen).toEqual([1, 2, 3]);
      expect(await read(source(0, ["first", "second", "third"]), file)).toEqual({ seen: [4, 5, 6], hasGap: false });
      expect(await read(source(0, ["first", "second", "third"]), file)).toEqual({ seen: [], hasGap: false });
      // Another table's shard now, and the open one of before is gone.
      expect(await read(source(0, ["second"]), file)).toMatchObject({ hasGap: true });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("with its data in a folder", () => {
  let data: string;
  const startOn = async (): Promise<void> => {
    system = await startSystem({ functions: manifest, clock: { frozen: { at: start } }, fastJava: true, say, data });
  };
  beforeAll(() => {
    data = mkdtempSync(join(tmpdir(), "samenspraak-test-"));
  });
  afterEach(() => void Object.assign(does, usual));
  afterAll(async () => {
    await system.stop();
    rmSync(data, { recursive: true, force: true });
  });

  /** A runner in another process. Its relay gets stuck at the item "stuck", and what hears of an event fails. */
  const runner = `
    import { writeSync } from "node:fs";
    import { startSystem } from ${JSON.stringify(import.meta.resolve("../../infra/local/system.ts"))};
    const isStuck = ({ dynamodb }) => dynamodb.Keys.sk.S === "stuck";
    const functions = {
      "platform/relay": async () => ({
        reads: { kinds: ["poll"] },
        handler: async ({ Records }) => {
          for (const record of Records) {
            writeSync(1, "relay " + record.dynamodb.Keys.sk.S + "\\n");
            if (isStuck(record)) await new Promise(() => {});
          }
        },
      }),
      "polls/close": async () => ({ on: ["poll.closed"], handler: async () => { throw new Error("not yet"); } }),
      "posts/deliver": async () => ({ due: "post.deliver", handler: async () => {} }),
    };
    const clock = { frozen: { at: ${JSON.stringify(start)} } };
    await startSystem({ functions, clock, fastJava: true, say: () => {}, data: process.argv[1] });
    console.log(JSON.stringify(process.env));
  `;

  test("after kill -9 no Java is left, and the next goes on where that one was", async () => {
    const args = ["--input-type=module-typescript", "--eval", runner, data];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    Object.assign(process.env, JSON.parse((await lines.next()).value ?? ""));
    const database = process.env.AWS_ENDPOINT_URL_DYNAMODB ?? "";
    const { CiphertextBlob, Plaintext } = await new KMSClient().send(
      new GenerateDataKeyCommand({ KeyId: process.env.KMS_KEY_ID, KeySpec: "AES_256" }),
    );
    await s3().send(new PutObjectCommand({ Bucket: "samenspraak", Key: "kept", Body: "bytes" }));
    await publish("poll.closed", { kept: true });
    await send("later", 100);
    await put({ pk: "KILL", sk: "passed", kind: "poll" });
    expect((await lines.next()).value).toBe("relay passed");
    // The checkpoint is written within a tenth of a second, and only over what was answered for.
    const checkpoint = () => readFileSync(join(data, "stream.json"), "utf8");
    const patiently = { timeout: 30_000, interval: 20 };
    await expect
      .poll(() => (existsSync(join(data, "stream.json")) ? checkpoint() : ""), patiently)
      .toMatch(/"after":"0*1"/);
    await put({ pk: "KILL", sk: "stuck", kind: "poll" });
    expect((await lines.next()).value).toBe("relay stuck");
    child.kill("SIGKILL");
    await once(child, "exit");
    const isUp = () =>
      fetch(database).then(
        () => true,
        () => false,
      );
    await expect.poll(isUp, patiently).toBe(false);

    const relayed: string[] = [];
    const woken: string[] = [];
    const heard: unknown[] = [];
    does.relay = async (event) => void relayed.push(...keysOf(event));
    does.deliver = async (event) => void woken.push(...event.Records.map(({ body }) => body));
    does.hear = async (event) => void heard.push(event.detail);
    await startOn();
    await system.advance(seconds(100));
    expect(relayed).toEqual(["stuck"]);
    expect(woken).toEqual(["later"]);
    expect(heard).toMatchObject([{ data: { kept: true } }]);
    expect((await new KMSClient().send(new DecryptCommand({ CiphertextBlob }))).Plaintext).toEqual(Plaintext);
    const object = await s3().send(new GetObjectCommand({ Bucket: "samenspraak", Key: "kept" }));
    expect(await object.Body?.transformToString()).toBe("bytes");
  });

  test("a second runner on the same folder is refused", async () => {
    const second = startSystem({ functions: manifest, clock: "running", data, say });
    await expect(second).rejects.toThrow(`Another Samenspraak (process ${process.pid}) uses ${data}.`);
  });

  test("what the stream has forgotten is relayed all the same, and nothing twice; the time goes on", async () => {
    does.relay = async (event) => {
      for (const { dynamodb } of event.Records) {
        const items = [{ id: `item-${dynamodb?.Keys?.sk?.S}` }];
        if (dynamodb?.NewImage?.kind?.S === "poll") await publish("poll.closed", { items });
      }
    };
    for (const sk of ["a", "b", "c"]) await put({ pk: "GAP", sk, kind: "poll" });
    await system.settle();
    const left = system.clock.now();
    await system.stop();
    // As after a crash and a weekend: "b" was never relayed, and a shard that was being read is gone.
    const relayed = join(data, "relayed.log");
    writeFileSync(relayed, readFileSync(relayed, "utf8").replace("item-b\n", ""));
    const checkpoint = join(data, "stream.json");
    const shards = JSON.parse(readFileSync(checkpoint, "utf8"));
    writeFileSync(checkpoint, JSON.stringify({ ...shards, "shardId-gone": { after: "1" } }));
    await startOn();
    await system.settle();
    const about = system.events.map(({ detail }) => JSON.stringify(detail.data));
    expect(about.filter((data) => /item-[abc]/.test(data))).toEqual(['{"items":[{"id":"item-b"}]}']);
    expect(system.clock.now()).toBe(left);
  });
});

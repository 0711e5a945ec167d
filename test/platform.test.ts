import { once } from "node:events";
import { createServer } from "node:http";
import { DynamoDBClient, ScanCommand, type ScanCommandOutput } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { later, milliseconds, minutes, seconds } from "../functions/platform/clock.ts";
import { countsFor, sequenceBytes } from "../functions/platform/counts.ts";
import { Due } from "../functions/platform/due.ts";
import { begin } from "../functions/platform/idempotency.ts";
import { newId } from "../functions/platform/ids.ts";
import { giveUpName, orSlugTaken, takeName, whose, whoseNow } from "../functions/platform/names.ts";
import { handler as relay } from "../functions/platform/relay.ts";
import { derive, open, openToken, seal, sealToken } from "../functions/platform/secrets.ts";
import { Bytes, Conflict, drop, get, type Kind, put, save, versionOf } from "../functions/platform/table.ts";
import { handler as tally } from "../functions/platform/tally.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// The promises of the platform, kept for every capability alike.

let world: World;
let bakery: Workspace;
beforeAll(async () => {
  world = await openWorld();
  bakery = await world.workspace();
});
afterAll(() => world?.close());

let count = 0;
const newPoll = (more: object = {}) => ({
  slug: `vraag-${++count}`,
  question: "Wat vindt u?",
  options: [{ text: "Dit" }, { text: "Dat" }],
  ...more,
});
const refused = (status: number, code: string) =>
  expect.objectContaining({
    status,
    headers: expect.objectContaining({ "content-type": "application/problem+json" }),
    body: expect.objectContaining({
      type: `https://samenspraak.dev/problems/${code}`,
      title: expect.any(String),
      status,
      code,
      detail: expect.any(String),
      requestId: expect.any(String),
    }),
  });
const Page = z.object({ items: z.array(z.object({ id: z.string() })), next: z.string().nullable() });
const by = () => ({ now: world.now(), actor: "system:test", cause: "test" });
const nowMs = () => milliseconds(world.now());

/** Everything in the table, as it is stored. */
const everything = async (): Promise<string> => {
  const parts: unknown[] = [];
  let ExclusiveStartKey: ScanCommandOutput["LastEvaluatedKey"];
  do {
    // Behind faults its usual three attempts would fail once in some thousand pages.
    const answer: ScanCommandOutput = await new DynamoDBClient({ maxAttempts: 10 }).send(
      new ScanCommand({ TableName: process.env.TABLE_NAME, ExclusiveStartKey }),
    );
    parts.push(answer.Items);
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return JSON.stringify(parts);
};

describe("a request that is sent again with its Idempotency-Key", () => {
  const post = (key: string, body: object, workspace = bakery) =>
    workspace.api("POST", "/v1/polls", body, { "idempotency-key": key });
  /** As a function would that dies in the middle. */
  const beginAndDie = async (key: string, body: object) => {
    const [first] = (await bakery.api("GET", "/v1/keys")).as(Page).items;
    const actor = first?.id ?? "";
    return begin(bakery.workspaceId, key, `/v1/polls\n\n${JSON.stringify(body)}`, { ...by(), actor });
  };

  test("gets the first answer, and happens once", async () => {
    const shop = await world.workspace();
    const body = newPoll();
    const first = await post("a", body, shop);
    expect(first.status).toBe(201);
    await world.advance("PT1H");
    const second = await post("a", body, shop);
    expect([second.status, second.headers.etag, second.text]).toEqual([201, first.headers.etag, first.text]);
    expect((await shop.api("GET", "/v1/polls")).as(Page).items).toHaveLength(1);
  });

  test("with another body is refused", async () => {
    await post("b", newPoll());
    expect(await post("b", newPoll())).toEqual(refused(422, "idempotency_key_reused"));
  });

  test("is refused while the first is still running, and done once its owner must be dead", async () => {
    const body = newPoll();
    await beginAndDie("c", body);
    const running = await post("c", body);
    expect(running).toEqual(refused(409, "request_in_progress"));
    expect(running.headers["retry-after"]).toBe("5");
    await world.advance("PT34S");
    expect(await post("c", body)).toEqual(refused(409, "request_in_progress"));
    await world.advance("PT1S");
    expect((await post("c", body)).status).toBe(201);
  });

  test("happens once, however many come at the same moment", async () => {
    const shop = await world.workspace();
    const body = newPoll();
    const answers = await Promise.all(Array.from({ length: 10 }, () => post("d", body, shop)));
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    expect((await shop.api("GET", "/v1/polls")).as(Page).items).toHaveLength(1);
    expect((await post("d", body, shop)).status).toBe(201);
  });

  test("may be mended after a refusal: nothing happened", async () => {
    const taken = newPoll();
    await post("e1", taken);
    expect(await post("e2", taken)).toEqual(refused(409, "slug_taken"));
    expect((await post("e2", newPoll())).status).toBe(201);
  });

  test("is another workspace's own", async () => {
    const other = await world.workspace();
    expect((await post("f", newPoll())).status).toBe(201);
    expect((await post("f", newPoll(), other)).status).toBe(201);
  });

  test("is new after a day, though the old record may still stand", async () => {
    await post("g", newPoll());
    await world.advance("PT24H");
    expect((await post("g", newPoll())).status).toBe(201);
  });

  test("gets what is secret back too, and the table does not know it", async () => {
    const body = { name: "Second", scopes: ["polls:read"] };
    const ask = () => bakery.api("POST", "/v1/keys", body, { "idempotency-key": "h" });
    const Key = z.object({ apiKey: z.string() });
    const { apiKey } = (await ask()).as(Key);
    expect((await ask()).as(Key).apiKey).toBe(apiKey);
    expect(await everything()).not.toContain(apiKey);
  });

  test("has a key that can be read", async () => {
    expect(await post("mijn sleutel", newPoll())).toEqual(refused(400, "invalid_idempotency_key"));
    expect(await post("x".repeat(256), newPoll())).toEqual(refused(400, "invalid_idempotency_key"));
  });
});

describe("a refusal", () => {
  test("names each field that is wrong by a JSON pointer, unknown fields too", async () => {
    const answer = await bakery.api(
      "POST",
      "/v1/polls",
      newPoll({ question: "", "a/b": 1, "50%#\ud800é": 1, options: [{ text: 1 }, {}] }),
    );
    expect(answer).toEqual(refused(400, "invalid_input"));
    const Problem = z.object({ errors: z.array(z.object({ pointer: z.string(), detail: z.string() })) });
    const pointers = answer.as(Problem).errors.map(({ pointer }) => pointer);
    expect(pointers.sort()).toEqual([
      "#/50%25%23%EF%BF%BD%C3%A9",
      "#/a~1b",
      "#/options/0/text",
      "#/options/1/text",
      "#/question",
    ]);
  });

  test("is a problem document for wrong JSON, another content type, none, and a body that is too large", async () => {
    const send = (body: unknown, headers: Record<string, string> = {}) =>
      bakery.api("POST", "/v1/polls", body, headers);
    expect(await send("{")).toEqual(refused(400, "invalid_json"));
    expect(await send("null")).toEqual(refused(400, "invalid_input"));
    expect(await send("[]")).toEqual(refused(400, "invalid_input"));
    expect(await send("a=b", { "content-type": "application/x-www-form-urlencoded" })).toEqual(
      refused(415, "unsupported_media_type"),
    );
    // No body is an empty one: what is needed is told.
    expect(await bakery.api("POST", "/v1/polls")).toEqual(refused(400, "invalid_input"));
    const key = idOf(await bakery.api("POST", "/v1/keys", { name: "Bureau", scopes: ["polls:read"] }));
    expect((await bakery.api("POST", `/v1/keys/${key}/rotate`)).status).toBe(200);
    expect(await send(newPoll({ question: "x".repeat(256 * 1024) }))).toEqual(refused(413, "too_large"));
  });

  test("says what is wrong with a query and a path", async () => {
    const badLimit = await bakery.api("GET", "/v1/polls?limit=0");
    expect(badLimit).toEqual(refused(400, "invalid_input"));
    expect(badLimit.body).toMatchObject({ errors: [{ pointer: "query:limit" }] });
    const unknown = await bakery.api("GET", "/v1/polls?colour=red");
    expect(unknown.body).toMatchObject({ errors: [{ pointer: "query:colour" }] });
    for (const id of ["x", "poll_x", newId("key", world.now()), newId("poll", world.now()), "%00", "%2e%2e"])
      expect(await bakery.api("GET", `/v1/polls/${id}`)).toEqual(refused(404, "not_found"));
  });

  test("asks for a key before it reads anything", async () => {
    const ask = (key?: string) => world.http("POST", "/v1/polls", { body: "{", ...(key ? { key } : {}) });
    const without = await ask();
    expect(without).toEqual(refused(401, "key_missing"));
    expect(without.headers["www-authenticate"]).toBe("Bearer");
    expect(await ask("nonsense")).toEqual(refused(401, "key_invalid"));
    const made = await bakery.api("POST", "/v1/keys", { name: "Reader", scopes: ["polls:read"] });
    const { apiKey } = made.as(z.object({ apiKey: z.string() }));
    expect(await ask(apiKey)).toEqual(refused(403, "scope_missing"));
    expect((await world.http("GET", "/v1/polls", { key: apiKey })).status).toBe(200);
    await bakery.api("DELETE", `/v1/keys/${idOf(made)}`);
    expect(await world.http("GET", "/v1/polls", { key: apiKey })).toEqual(refused(401, "key_revoked"));
  });

  test("is ours where there is no route, too", async () => {
    for (const [method, path] of [
      ["GET", "/nergens/hier"],
      ["POST", "/v1/nergens"],
      ["PUT", "/v1/polls"],
      ["DELETE", "/"],
    ] as const)
      expect(await world.http(method, path)).toEqual(refused(404, "not_found"));
  });

  test("every answer says that nobody keeps or guesses it", async () => {
    for (const path of ["/v1/polls", "/nergens/hier"]) {
      expect((await bakery.api("GET", path)).headers).toMatchObject({
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      });
    }
  });
});

describe("a cursor", () => {
  const cursorOf = async (path: string, workspace = bakery): Promise<string> => {
    const { next } = (await workspace.api("GET", path)).as(Page);
    expect(next).not.toBeNull();
    return next ?? "";
  };

  test("holds for its own list, workspace and filter, for thirty days", async () => {
    for (let i = 0; i < 2; i++) await bakery.api("POST", "/v1/polls", newPoll());
    const cursor = await cursorOf("/v1/polls?limit=1");
    const ask = (path: string, workspace = bakery) => workspace.api("GET", path);
    expect((await ask(`/v1/polls?limit=2&cursor=${cursor}`)).status).toBe(200);
    const wrong = refused(400, "invalid_cursor");
    expect(await ask(`/v1/keys?cursor=${cursor}`)).toEqual(wrong);
    expect(await ask(`/v1/polls?status=draft&cursor=${cursor}`)).toEqual(wrong);
    expect(await ask(`/v1/polls?cursor=${cursor}`, await world.workspace())).toEqual(wrong);
    expect(await ask(`/v1/polls?cursor=${cursor.slice(0, -2)}`)).toEqual(wrong);
    expect(await ask("/v1/polls?cursor=x")).toEqual(wrong);
    await world.advance("P30D");
    expect(await ask(`/v1/polls?cursor=${cursor}`)).toEqual(wrong);
  });

  test("says nothing of what is inside", async () => {
    for (let i = 0; i < 2; i++) await bakery.api("POST", "/v1/polls", newPoll());
    const cursor = await cursorOf("/v1/polls?limit=1");
    // Nothing as short as "WS#", which encrypted bytes may hold by chance.
    expect(Buffer.from(cursor, "base64url").toString("latin1")).not.toContain(bakery.workspaceId);
  });

  test("ends where the list ends, also when the last page is full", async () => {
    const shop = await world.workspace();
    for (let i = 0; i < 4; i++) await shop.api("POST", "/v1/polls", newPoll());
    const next = await cursorOf("/v1/polls?limit=2", shop);
    expect((await shop.api("GET", `/v1/polls?limit=2&cursor=${next}`)).as(Page)).toMatchObject({ next: null });
  });
});

/** A thing of the tests. */
const Note = z.object({
  workspaceId: z.string(),
  id: z.string(),
  text: z.string(),
  secret: Bytes.optional(),
  until: z.string().optional(),
});
type Note = z.infer<typeof Note>;
const notes: Kind<Note> = {
  kind: "note",
  schema: Note,
  key: ({ workspaceId, id }) => ({ pk: `WS#${workspaceId}#NOTES`, sk: id }),
  expires: ({ until }) => until,
};
const note = (more: Partial<Note> = {}): Note => ({
  workspaceId: bakery.workspaceId,
  id: `note-${++count}`,
  text: "a",
  ...more,
});

describe("a save", () => {
  test("succeeds once: of two writers on the same version one is told", async () => {
    const first = put(notes, note());
    await save([first], by());
    const [left, right] = ["b", "c"].map((text) => put(notes, { ...first.after, text })) as [
      typeof first,
      typeof first,
    ];
    await save([left], by());
    await expect(save([right], by())).rejects.toThrow(Conflict);
    const stands = await get(notes, first.key, nowMs());
    expect(stands).toMatchObject({ text: "b" });
    expect(versionOf(stands ?? {})).toBe(2);
  });

  test("that is repeated after a lost answer has succeeded, bytes in it or not", async () => {
    const same = put(notes, note({ secret: Buffer.from([1, 2, 3]) }));
    await save([same], by());
    await save([same], by());
    expect(versionOf((await get(notes, same.key, nowMs())) ?? {})).toBe(1);
    await expect(save([put(notes, { ...note(), id: same.after.id })], by())).rejects.toThrow(Conflict);
  });

  test("of several things is all or nothing, and tells which was changed", async () => {
    const standing = put(notes, note());
    await save([standing], by());
    const fresh = put(notes, note());
    const again = put(notes, { ...note(), id: standing.after.id });
    await expect(save([fresh, again], by())).rejects.toMatchObject({ what: "note" });
    expect(await get(notes, fresh.key, nowMs())).toBeUndefined();
  });

  test("keeps what this code does not know", async () => {
    const richer: Kind<Note & { colour: string }> = { ...notes, schema: Note.extend({ colour: z.string() }) };
    const written = put(richer, { ...note(), colour: "red" });
    await save([written], by());
    const known = await get(notes, written.key, nowMs());
    await save([put(notes, { ...known!, text: "b" })], by());
    expect(await get(richer, written.key, nowMs())).toMatchObject({ text: "b", colour: "red" });
  });

  test("takes the place of what has expired, and its events are published", async () => {
    const event = { type: "poll.removed", data: { pollId: "poll_of_a_note" } };
    const first = put(notes, note({ until: later(world.now(), minutes(1)) }), [event]);
    await save([first], by());
    await world.advance("PT1M");
    expect(await get(notes, first.key, nowMs())).toBeUndefined();
    await save([put(notes, { ...note(), id: first.after.id }, [event])], by());
    await world.settle();
    const published = world.events.filter(({ detail }) => detail.data.pollId === "poll_of_a_note");
    expect(published).toHaveLength(2);
  });
});

describe("names", () => {
  test("are taken once, by whoever is first", async () => {
    const name = (id: string) => takeName({ space: "poll", name: "overal", workspaceId: bakery.workspaceId, id });
    const ids = Array.from({ length: 20 }, (_, i) => `poll-${i}`);
    const taken = await Promise.allSettled(ids.map((id) => save([put(notes, note()), name(id)], by())));
    expect(taken.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const winner = ids[taken.findIndex(({ status }) => status === "fulfilled")];
    expect(await whoseNow("poll", "overal", nowMs())).toMatchObject({ id: winner });
    await expect(orSlugTaken(save([put(notes, note()), name("late")], by()))).rejects.toMatchObject({
      code: "slug_taken",
    });
  });

  test("are free again once given up, and each space has its own", async () => {
    const name = { space: "poll", name: "even", workspaceId: bakery.workspaceId, id: "1" } as const;
    await save([takeName(name)], by());
    await save([takeName({ ...name, space: "contest" })], by());
    await save(await giveUpName("poll", "even", nowMs()), by());
    expect(await whose("poll", "even", nowMs())).toBeUndefined();
    expect(await whose("contest", "even", nowMs())).toMatchObject({ id: "1" });
    await save([takeName({ ...name, id: "2" })], by());
    expect(await whose("poll", "even", nowMs())).toMatchObject({ id: "2" });
  });
});

describe("secrets", () => {
  test("open only in their place and their workspace", async () => {
    const other = await world.workspace();
    const sealed = await seal(bakery.workspaceId, "channel 1 token", "geheim");
    expect(sealed.length).toBe("geheim".length + 29);
    expect((await open(bakery.workspaceId, "channel 1 token", sealed)).toString()).toBe("geheim");
    await expect(open(bakery.workspaceId, "channel 2 token", sealed)).rejects.toThrow("does not open");
    await expect(open(other.workspaceId, "channel 1 token", sealed)).rejects.toThrow("does not open");
    for (const at of [0, 1, 20, sealed.length - 1]) {
      const altered = Buffer.from(sealed);
      altered[at] = altered[at]! ^ 1;
      await expect(open(bakery.workspaceId, "channel 1 token", altered)).rejects.toThrow("does not open");
    }
  });

  test("a token carries its data for one purpose, until its time", async () => {
    const expires = later(world.now(), minutes(1));
    const token = await sealToken(bakery.workspaceId, "confirm", expires, { entry: 1 });
    const read = (purpose: string, text: string, now = world.now()) =>
      openToken(bakery.workspaceId, purpose, text, z.object({ entry: z.number() }), now);
    expect(await read("confirm", token)).toEqual({ state: "valid", data: { entry: 1 } });
    expect(await read("confirm", token, expires)).toEqual({ state: "expired", data: { entry: 1 } });
    expect(await read("other", token)).toEqual({ state: "altered" });
    expect(await read("confirm", `${token}AA`)).toEqual({ state: "altered" });
    expect(await read("confirm", "")).toEqual({ state: "altered" });
  });

  test("what is derived is the same for the same purpose, and otherwise another", async () => {
    const other = await world.workspace();
    const one = await derive(bakery.workspaceId, "pepper/1");
    expect(await derive(bakery.workspaceId, "pepper/1")).toEqual(one);
    expect(await derive(bakery.workspaceId, "pepper/2")).not.toEqual(one);
    expect(await derive(other.workspaceId, "pepper/1")).not.toEqual(one);
  });
});

// The stream's two readers, with records made here: as many shards, cuts and repeats as a test wants.

type Image = Record<string, unknown>;
const record = (sequence: bigint, after?: Image, before?: Image): DynamoDBRecord => ({
  eventID: String(sequence),
  eventName: after ? (before ? "MODIFY" : "INSERT") : "REMOVE",
  dynamodb: {
    SequenceNumber: String(sequence),
    ...(after ? { NewImage: marshall(after) as never } : {}),
    ...(before ? { OldImage: marshall(before) as never } : {}),
  },
});
const firstSequence = 100000000000000000000n;
const responseRow = (pollId: string, n: number, optionId: string, version = 1): Image => ({
  pk: `WS#${bakery.workspaceId}#POLL#${pollId}#${n % 16}`,
  sk: `device-${n}`,
  kind: "response",
  version,
  pollId,
  id: `resp_${n}`,
  optionId,
  at: "2026-06-01T10:00:00.000Z",
});

describe("the relay", () => {
  const thing = (version: number, ...types: string[]): Image => ({
    pk: `WS#${bakery.workspaceId}#POLLS`,
    sk: "poll_of_the_relay",
    kind: "poll",
    version,
    ...(types.length
      ? {
          events: {
            at: world.now(),
            actor: "key_1",
            cause: "request-1",
            of: types.map((type) => ({ type, data: { pollId: "relayed" } })),
          },
        }
      : {}),
  });
  const published = async (...records: DynamoDBRecord[]) => {
    // What the tests before have caused is told by then.
    await world.settle();
    const before = world.events.length;
    expect(await relay({ Records: records })).toEqual({ batchItemFailures: [] });
    return world.events.slice(before);
  };

  test("publishes what rides in an item, once a version, in order, with the same ids whenever it is repeated", async () => {
    const made = record(firstSequence, thing(1, "poll.created", "poll.opened"));
    const first = await published(made);
    expect(first.map(({ type }) => type)).toEqual(["poll.created", "poll.opened"]);
    expect(first[0]?.detail).toMatchObject({
      version: 1,
      workspaceId: bakery.workspaceId,
      actor: "key_1",
      cause: "request-1",
      data: { pollId: "relayed" },
    });
    const repeated = await published(made);
    expect(repeated.map(({ detail }) => detail.id)).toEqual(first.map(({ detail }) => detail.id));
    const next = await published(record(firstSequence + 1n, thing(2, "poll.changed"), thing(1, "poll.created")));
    expect(new Set([...first, ...next].map(({ detail }) => detail.id)).size).toBe(3);
  });

  test("publishes nothing for the same version, a removal, or an item without events", async () => {
    expect(await published(record(1n, thing(1, "poll.created"), thing(1, "poll.created")))).toEqual([]);
    expect(await published(record(2n, undefined, thing(1, "poll.created")))).toEqual([]);
    expect(await published(record(3n, thing(2), thing(1)))).toEqual([]);
  });

  test("puts what a crowd does into one event a subject and batch; each item keeps its id however it is cut", async () => {
    const [one, two] = [newId("poll", world.now()), newId("poll", world.now())];
    const records = Array.from({ length: 100 }, (_, i) =>
      record(firstSequence + BigInt(i), responseRow(i % 4 ? one : two, i, "opt_1")),
    );
    const Items = z.array(z.object({ id: z.string(), responseId: z.string(), optionId: z.string() }));
    const itemsOf = (events: Awaited<ReturnType<typeof published>>) =>
      events.flatMap(({ detail }) => Items.parse(detail.data.items));
    const whole = await published(...records);
    expect(whole.map(({ type, detail }) => [type, detail.data.pollId])).toEqual([
      ["response.given", two],
      ["response.given", one],
    ]);
    const parts = [...(await published(...records.slice(0, 37))), ...(await published(...records.slice(30)))];
    const ids = (items: { id: string }[]) => [...new Set(items.map(({ id }) => id))].sort();
    expect(ids(itemsOf(whole))).toHaveLength(100);
    expect(ids(itemsOf(parts))).toEqual(ids(itemsOf(whole)));
    expect(JSON.stringify(whole)).not.toContain("device-");
  });

  test("asks for the rest again where the bus takes only a part", async () => {
    const bus = createServer(async (request, response) => {
      const { Entries } = z
        .object({ Entries: z.array(z.object({ DetailType: z.string() })) })
        .parse(JSON.parse(Buffer.concat(await request.toArray()).toString()));
      const answers = Entries.map(({ DetailType }) =>
        DetailType === "poll.closed" ? { ErrorCode: "ThrottlingException" } : { EventId: "1" },
      );
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify({ FailedEntryCount: 1, Entries: answers }));
    }).listen(0, "127.0.0.1");
    await once(bus, "listening");
    const address = bus.address();
    const endpoint = process.env.AWS_ENDPOINT_URL_EVENTBRIDGE;
    process.env.AWS_ENDPOINT_URL_EVENTBRIDGE = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    try {
      // A function of its own, as a new container has it.
      vi.resetModules();
      const fresh = await import("../functions/platform/relay.ts");
      const types = ["poll.created", "poll.opened", "poll.closed", "poll.changed"];
      const Records = types.map((type, i) => record(firstSequence + BigInt(i), thing(i + 1, type)));
      expect(await fresh.handler({ Records })).toEqual({
        batchItemFailures: [{ itemIdentifier: String(firstSequence + 2n) }],
      });
    } finally {
      process.env.AWS_ENDPOINT_URL_EVENTBRIDGE = endpoint;
      bus.closeAllConnections();
      bus.close();
    }
  });

  test("lets an event grow to 60 KB and no further", async () => {
    const pollId = newId("poll", world.now());
    const records = Array.from({ length: 1000 }, (_, i) =>
      record(firstSequence + BigInt(i), responseRow(pollId, i, `opt_${"x".repeat(100)}`)),
    );
    const events = await published(...records);
    expect(events.length).toBeGreaterThan(1);
    for (const { detail } of events) expect(JSON.stringify(detail.data).length).toBeLessThan(61 * 1024);
    const Items = z.array(z.unknown());
    expect(events.flatMap(({ detail }) => Items.parse(detail.data.items))).toHaveLength(1000);
  });
});

describe("the tally", () => {
  /** Chances that are the same in every run. */
  const chances = (seed: number) => () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const tell = (shardId: string, Records: DynamoDBRecord[]) => tally({ Records, shardId, state: {} });

  /** Tells a shard's records in batches of any size, some of them again, some from further back, some twice at once. */
  const tellAll = async (shardId: string, records: DynamoDBRecord[], chance: () => number): Promise<void> => {
    for (let at = 0; at < records.length; ) {
      const from = chance() < 0.3 ? Math.max(0, at - Math.floor(chance() * 300)) : at;
      const to = Math.min(records.length, at + 1 + Math.floor(chance() * 200));
      const batch = records.slice(from, to);
      const times = 1 + Math.floor(chance() * 3);
      if (chance() < 0.2) await Promise.all(Array.from({ length: times }, () => tell(shardId, batch)));
      else for (let i = 0; i < times; i++) await tell(shardId, batch);
      at = to;
    }
  };

  test("counts each response once: four shards side by side, told again, cut anew, and changed answers moved", async () => {
    const polls = [newId("poll", world.now()), newId("poll", world.now())] as const;
    const options = ["opt_a", "opt_b", "opt_c"];
    const chance = chances(7);
    const shards: DynamoDBRecord[][] = [[], [], [], []];
    const expected: Record<string, Record<string, number>> = { [polls[0]]: {}, [polls[1]]: {} };
    const add = (pollId: string, option: string, n: number) => {
      expected[pollId]![option] = (expected[pollId]![option] ?? 0) + n;
    };
    for (let n = 0; n < 4000; n++) {
      const pollId = polls[chance() < 0.7 ? 0 : 1];
      const option = options[Math.floor(chance() * 3)]!;
      const shard = shards[(n % 16) % 4]!;
      const sequence = firstSequence + BigInt(n) * 1000n;
      shard.push(record(sequence, responseRow(pollId, n, option)));
      add(pollId, option, 1);
      if (chance() < 0.1) {
        const other = options[Math.floor(chance() * 3)]!;
        shard.push(record(sequence + 1n, responseRow(pollId, n, other, 2), responseRow(pollId, n, option)));
        add(pollId, option, -1);
        add(pollId, other, 1);
      }
    }
    await Promise.all(shards.map((records, i) => tellAll(`shardId-0000${i}`, records, chances(i))));
    for (const pollId of polls) expect(await countsFor(bakery.workspaceId, pollId, nowMs())).toEqual(expected[pollId]);
  });

  test("goes on in the children of a shard, and keeps what closed shards have counted in one item", async () => {
    const pollId = newId("poll", world.now());
    const rows = Array.from({ length: 60 }, (_, n) =>
      record(firstSequence + BigInt(n), responseRow(pollId, n, "opt_a")),
    );
    const counted = () => countsFor(bakery.workspaceId, pollId, nowMs());
    await tell("shardId-parent", rows.slice(0, 20));
    await world.advance("PT10H");
    await Promise.all([
      tell("shardId-left", rows.slice(20, 35)),
      tell("shardId-right", rows.slice(35, 60)),
      tell("shardId-parent", rows.slice(0, 20)),
    ]);
    expect(await counted()).toEqual({ opt_a: 60 });
    const parts = async () => (await everything()).split(`TALLY#${pollId}`).length - 1;
    expect(await parts()).toBe(3);
    await world.advance("PT16H");
    expect(await parts()).toBe(3);
    expect(await counted()).toEqual({ opt_a: 60 });
    await world.advance("PT12H");
    expect(await parts()).toBe(1);
    expect(await counted()).toEqual({ opt_a: 60 });
  });

  test("costs at most 0.015 write units a response at batches of a hundred, failed conditions included", async () => {
    const pollId = newId("poll", world.now());
    const options = Array.from({ length: 16 }, () => newId("option", world.now()));
    const rows = Array.from({ length: 2000 }, (_, n) =>
      record(firstSequence + BigInt(n), responseRow(pollId, n, options[n % 16]!)),
    );
    const writes = await world.weigh("counting", async () => {
      for (let at = 0; at < rows.length; at += 100)
        await tell("shardId-00000001414562045508-2b0cd7f2", rows.slice(at, at + 100));
    });
    const units = writes.filter(({ kind }) => kind === "tally").reduce((sum, write) => sum + write.units, 0);
    expect(units / rows.length).toBeLessThanOrEqual(0.015);
  });

  test("asks which shard it counts, and compares numbers as numbers", async () => {
    await expect(tally({ Records: [record(1n, responseRow("poll_1", 1, "opt_a"))] })).rejects.toThrow("no shard");
    expect(Buffer.compare(sequenceBytes("99999999999999999999"), sequenceBytes("100000000000000000000"))).toBe(-1);
    expect(sequenceBytes("9".repeat(40)).length).toBe(17);
  });
});

describe("due times", () => {
  const Send = z.object({
    Entries: z.array(z.object({ Id: z.string(), MessageBody: z.string(), DelaySeconds: z.number() })),
  });
  type Sent = z.infer<typeof Due> & { sentAt: string; wakesAt: string };

  /** A queue that keeps what it is sent; it stands in the place of all due queues while `run` runs. */
  const recorded = async (run: () => Promise<void>): Promise<Sent[]> => {
    const sent: Sent[] = [];
    const server = createServer(async (request, response) => {
      const { Entries } = Send.parse(JSON.parse(Buffer.concat(await request.toArray()).toString()));
      for (const { MessageBody, DelaySeconds } of Entries) {
        const sentAt = world.now();
        sent.push({ ...Due.parse(JSON.parse(MessageBody)), sentAt, wakesAt: later(sentAt, seconds(DelaySeconds)) });
      }
      const Successful = Entries.map(({ Id }) => ({ Id, MessageId: Id }));
      response
        .writeHead(200, { "content-type": "application/x-amz-json-1.0" })
        .end(JSON.stringify({ Successful, Failed: [] }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    vi.stubEnv("AWS_ENDPOINT_URL_SQS", `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
    try {
      await run();
    } finally {
      vi.unstubAllEnvs();
      server.closeAllConnections();
      server.close();
    }
    return sent;
  };

  const alarms: Kind<{ id: string; workspaceId: string; wakeAt: string }> = {
    kind: "alarm",
    schema: z.object({ id: z.string(), workspaceId: z.string(), wakeAt: z.string() }),
    key: ({ workspaceId, id }) => ({ pk: `WS#${workspaceId}#ALARMS`, sk: id }),
    due: ({ wakeAt }) => ({ at: wakeAt, kind: "test.alarm" }),
  };

  test("each is queued once, in time, whenever it was written; what is overdue again after 1, 2 and 4 minutes", async () => {
    const written: { id: string; wakeAt: string; at: string }[] = [];
    const sent = await recorded(async () => {
      // Away from the full minute, so that a sweep lies between any two of these moments.
      await world.advance("PT7.5S");
      for (let step = 0; step < 3; step++) {
        for (let ahead = 5; ahead <= 360; ahead += 14) {
          const wakeAt = later(world.now(), seconds(ahead));
          const id = `alarm-${++count}`;
          written.push({ id, wakeAt, at: world.now() });
          await save([put(alarms, { id, workspaceId: bakery.workspaceId, wakeAt })], by());
        }
        await world.advance("PT20S");
      }
      await world.advance("PT12M");
    });
    for (const { id, wakeAt } of written) {
      const mine = sent.filter(({ sk }) => sk === id);
      const inTime = mine.filter(({ sentAt }) => sentAt <= wakeAt);
      expect(inTime, id).toHaveLength(1);
      const early = milliseconds(wakeAt) - milliseconds(inTime[0]!.wakesAt);
      expect(early, id).toBeGreaterThanOrEqual(0);
      expect(early, id).toBeLessThan(seconds(1));
      // The next full minute after each of the times.
      const late = mine
        .filter(({ sentAt }) => sentAt > wakeAt)
        .map(({ sentAt }) => milliseconds(sentAt) - milliseconds(wakeAt));
      expect(
        late.slice(0, 3).map((ms) => Math.floor(ms / minutes(1))),
        id,
      ).toEqual([1, 2, 4]);
    }
    for (const { id } of written) {
      const alarm = await get(alarms, { pk: `WS#${bakery.workspaceId}#ALARMS`, sk: id }, nowMs());
      await save([drop(alarms, alarm!)], by());
    }
  });
});

import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { put, save } from "../functions/platform/table.ts";
import { lateIndex } from "./faults/late-index.ts";
import { startProxy } from "./faults/proxy.ts";
import { sizeOf } from "./faults/wire.ts";

// What stands between the functions and their table in a run with faults, before it is trusted to find any.

describe("an index that lags", () => {
  let nowMs = 0;
  const item = (version: number, dueAt?: string) => ({
    pk: { S: "WS#1" },
    sk: { S: "A" },
    version: { N: String(version) },
    ...(dueAt === undefined ? {} : { due: { S: "0" }, dueAt: { S: dueAt }, dueKind: { S: "test" } }),
  });
  const query = (more: object = {}) => ({
    IndexName: "due",
    KeyConditionExpression: "due = :p AND dueAt BETWEEN :a AND :b",
    ExpressionAttributeValues: { ":p": { S: "0" }, ":a": { S: "10:00" }, ":b": { S: "11:00" } },
    ...more,
  });

  test("shows the state of two seconds ago: what came later is not there, what went later still is", () => {
    const index = lateIndex(2_000, () => nowMs);
    const seen = () => index.query(query()).Items.map(({ dueAt }) => dueAt);
    expect(index.follow("WS#1", "A", item(1, "10:10"))).toBe(1);
    expect(seen()).toEqual([]);
    nowMs += 2_000;
    expect(seen()).toEqual([{ S: "10:10" }]);
    expect(index.follow("WS#1", "A", item(2, "10:20"))).toBe(2);
    expect(index.follow("WS#1", "A", item(3, "10:20"))).toBe(0);
    expect(seen()).toEqual([{ S: "10:10" }]);
    index.catchUp();
    expect(seen()).toEqual([{ S: "10:20" }]);
    expect(index.follow("WS#1", "A", item(4))).toBe(1);
    nowMs += 1_999;
    expect(seen()).toEqual([{ S: "10:20" }]);
    nowMs += 1;
    expect(seen()).toEqual([]);
  });

  test("gives its entries a page at a time, in both directions", () => {
    const index = lateIndex(0, () => nowMs);
    for (const at of ["10:30", "10:10", "12:00", "10:20"]) {
      index.follow("WS#1", at, { ...item(1, at), sk: { S: at } });
    }
    for (const [ScanIndexForward, expected] of [
      [true, ["10:10", "10:20", "10:30"]],
      [false, ["10:30", "10:20", "10:10"]],
    ] as const) {
      const seen: string[] = [];
      let ExclusiveStartKey: object | undefined;
      do {
        const page = index.query(
          query({ Limit: 1, ScanIndexForward, ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}) }),
        );
        seen.push(...page.Items.flatMap(({ sk }) => (sk && "S" in sk ? sk.S : [])));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      expect(seen).toEqual(expected);
    }
    expect(() => index.query(query({ KeyConditionExpression: "dueAt > :a" }))).toThrow("does not know");
  });
});

describe("the proxy", () => {
  /** Stands for the database: it takes everything. */
  const database = createServer(async (request, response) => {
    await request.toArray();
    response.end(JSON.stringify({ ConsumedCapacity: { CapacityUnits: 1 } }));
  });
  let target = "";
  beforeAll(async () => {
    database.listen(0, "127.0.0.1");
    await once(database, "listening");
    const address = database.address();
    target = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });
  afterAll(() => {
    database.closeAllConnections();
    database.close();
  });

  const Item = { pk: { S: "WS#1" }, sk: { S: "A" }, kind: { S: "note" }, version: { N: "1" } };
  const send = async (endpoint: string, operation: string, input: object): Promise<string> => {
    const headers = { "x-amz-target": `DynamoDB_20120810.${operation}` };
    try {
      const answer = await fetch(endpoint, { method: "POST", headers, body: JSON.stringify(input) });
      const said = await answer.text();
      return answer.status === 200 ? "done" : (/#(\w+)/.exec(said)?.[1] ?? said);
    } catch {
      return "lost";
    }
  };

  test("injects each fault now and then, the same for the same seed, and none without one", async () => {
    const outcomes = async (seed?: number) => {
      const proxy = await startProxy({ target, now: () => 0, ...(seed === undefined ? {} : { seed }) });
      const said: string[] = [];
      for (let i = 0; i < 400; i++) said.push(await send(proxy.endpoint, "PutItem", { Item }));
      // A lost answer is lost after the write.
      const applied = said.filter((outcome) => outcome === "done" || outcome === "lost").length;
      expect(proxy.writes()).toHaveLength(applied);
      await proxy.close();
      return said;
    };
    expect(new Set(await outcomes())).toEqual(new Set(["done"]));
    const first = await outcomes(1);
    expect(await outcomes(1)).toEqual(first);
    for (const fault of ["ProvisionedThroughputExceededException", "TransactionConflictException", "lost"])
      expect(first.filter((outcome) => outcome === fault).length).toBeGreaterThan(3);
  });

  test("bills a transaction twice, by whole kilobytes of each item, and its index entries", async () => {
    const proxy = await startProxy({ target, now: () => 0 });
    const large = { ...Item, text: { S: "x".repeat(1024) } };
    const due = { ...Item, sk: { S: "B" }, due: { S: "0" }, dueAt: { S: "10:00" } };
    const TransactItems = [
      { Put: { Item: large } },
      { Put: { Item: due } },
      { ConditionCheck: { Key: { pk: Item.pk, sk: Item.sk } } },
    ];
    await send(proxy.endpoint, "TransactWriteItems", { TransactItems, ClientRequestToken: "1" });
    await send(proxy.endpoint, "TransactWriteItems", { TransactItems, ClientRequestToken: "1" });
    expect(proxy.writes().map(({ units }) => units)).toEqual([4, 3, 2]);
    await proxy.close();
  });

  test("weighs an item as DynamoDB does", () => {
    expect(
      sizeOf({ pk: { S: "é" }, n: { N: "-12.50" }, b: { B: "AAAA" }, ok: { BOOL: true }, l: { L: [{ S: "a" }] } }),
    ).toBe(2 + 2 + (1 + 3) + (1 + 3) + (2 + 1) + (1 + 3 + 1 + 1));
  });
});

test("a transaction that is tried again after a conflict is the same one to the database, so what was applied is not a conflict", async () => {
  const Sent = z.object({ ClientRequestToken: z.string() });
  const tokens: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (text) => {
      body += text;
    });
    request.on("end", () => {
      tokens.push(Sent.parse(JSON.parse(body)).ClientRequestToken);
      const isFirst = tokens.length === 1;
      response.writeHead(isFirst ? 400 : 200, { "content-type": "application/x-amz-json-1.0" });
      const reason = { Code: "TransactionConflict", Message: "Transaction is ongoing for the item" };
      const refusal = {
        __type: "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        message:
          "Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict, None]",
        CancellationReasons: [reason, { Code: "None" }],
      };
      response.end(JSON.stringify(isFirst ? refusal : {}));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It listens on no port.");
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", `http://127.0.0.1:${address.port}`);
  for (const [name, value] of Object.entries({
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    TABLE_NAME: "t",
  }))
    vi.stubEnv(name, value);
  const things = {
    kind: "thing",
    schema: z.object({ id: z.string() }),
    key: ({ id }: { id: string }) => ({ pk: "WS#1", sk: id }),
  };
  const by = { now: "2026-06-01T10:00:00.000Z", actor: "test", cause: "test" };
  await save([put(things, { id: "a" }), put(things, { id: "b" })], by);
  server.closeAllConnections();
  server.close();
  vi.unstubAllEnvs();
  expect(tokens).toHaveLength(2);
  expect(tokens[0]).toBe(tokens[1]);
});

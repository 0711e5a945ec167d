import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { Operation } from "../../functions/platform/aws.ts";
import {
  addCounts,
  all,
  Conflict,
  drop,
  dueBetween,
  duePartitions,
  get,
  type Kind,
  keysOf,
  lookUp,
  page,
  put,
  query,
  save,
  unchanged,
} from "../../functions/platform/table.ts";
import { type Dynamodb, startDynamodb } from "../../infra/local/dynamodb.ts";
import { region, tableName } from "../../infra/local/names.ts";
import { memoryTable } from "./memory-table.ts";

// What the project's code may count on of its table, held against DynamoDB Local and against the table in memory that the
// simulator runs on: the same file, so that the one can stand for the other.

const Thing = z.object({
  pk2: z.string(),
  id: z.string(),
  text: z.string().optional(),
  dueAt2: z.string().optional(),
  listedAt: z.string().optional(),
  expires: z.string().optional(),
  bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array).optional(),
});
type Thing = z.infer<typeof Thing>;
const things: Kind<Thing> = {
  kind: "test-thing",
  schema: Thing,
  key: ({ pk2, id }) => ({ pk: `WS#${pk2}`, sk: id }),
  due: ({ dueAt2 }) => (dueAt2 ? { at: dueAt2, kind: "test.due" } : undefined),
  lookup: ({ pk2, listedAt }) => (listedAt ? { name: `WS#${pk2}#LIST`, at: listedAt } : undefined),
  expires: ({ expires }) => expires,
};
const now = "2026-06-01T10:00:00.000Z";
const nowMs = Date.parse(now);
const by = { now, actor: "system:test", cause: "test" };
const conflict = (saving: Promise<unknown>) => expect(saving).rejects.toThrow(Conflict);

let dynamodb: Dynamodb | undefined;
let partitions = 0;
const fresh = (): string => `p${++partitions}`;

describe.each(["DynamoDB Local", "the table in memory"])("%s", (which) => {
  beforeAll(async () => {
    vi.stubEnv("TABLE_NAME", tableName);
    if (which !== "DynamoDB Local") {
      const table = memoryTable();
      vi.spyOn(Operation.prototype, "send").mockImplementation(async function (this: Operation<object, object>, input) {
        return structuredClone(table.ask(this.target, input));
      });
      return;
    }
    dynamodb = await startDynamodb({ fastJava: true, ended: () => undefined });
    vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.endpoint);
    vi.stubEnv("AWS_REGION", region);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    if (which === "DynamoDB Local") await dynamodb?.stop();
  });

  const find = (pk2: string, id: string) => get(things, things.key({ pk2, id }), nowMs);
  const made = async (thing: Thing): Promise<Thing> => {
    const change = put(things, thing);
    await save([change], by);
    return change.after;
  };

  test("keeps what was put, bytes too, and knows nothing of what was not", async () => {
    const pk2 = fresh();
    await made({ pk2, id: "a", text: "brood", bytes: new Uint8Array([1, 2, 3]) });
    expect(await find(pk2, "a")).toMatchObject({ text: "brood", bytes: new Uint8Array([1, 2, 3]) });
    expect(await find(pk2, "b")).toBeUndefined();
  });

  test("a new thing must not exist, unless it has expired", async () => {
    const pk2 = fresh();
    await made({ pk2, id: "a", text: "1" });
    await conflict(made({ pk2, id: "a", text: "2" }));
    await made({ pk2, id: "b", expires: "2026-06-01T09:59:00.000Z" });
    expect(await find(pk2, "b")).toBeUndefined();
    await made({ pk2, id: "b", text: "2" });
    expect(await find(pk2, "b")).toMatchObject({ text: "2" });
  });

  test("a change is made on the version that was read, once, also where others have written since; another's like it is not it", async () => {
    const pk2 = fresh();
    const first = await made({ pk2, id: "a", text: "1" });
    const change = put(things, { ...first, text: "2" });
    await save([change], by);
    await save([change], by);
    await conflict(save([put(things, { ...first, text: "2" })], by));
    let { after } = change;
    for (const text of ["3", "4", "5"]) {
      const next = put(things, { ...after, text });
      await save([next], by);
      after = next.after;
      await save([change], by);
      expect(await find(pk2, "a")).toMatchObject({ text });
    }
    await save([put(things, { ...(await find(pk2, "a")), pk2, id: "a", text: "6" })], by);
    await conflict(save([change], by));
  });

  test("several changes are made together or not at all", async () => {
    const pk2 = fresh();
    const [a, b] = [await made({ pk2, id: "a", text: "1" }), await made({ pk2, id: "b", text: "1" })];
    await save([put(things, { ...a, text: "2" }), put(things, { pk2, id: "c" }), unchanged(things, b)], by);
    await conflict(save([put(things, { pk2, id: "d" }), put(things, { ...a, text: "3" })], by));
    expect([await find(pk2, "d"), await find(pk2, "a")]).toMatchObject([undefined, { text: "2" }]);
    const changed = put(things, { ...b, text: "2" });
    await save([changed], by);
    await conflict(save([put(things, { pk2, id: "d" }), unchanged(things, b)], by));
    await save([drop(things, changed.after)], by);
    expect(await find(pk2, "b")).toBeUndefined();
    await conflict(save([drop(things, changed.after)], by));
  });

  test("a partition is read in order, by range and beginning, and page by page", async () => {
    const pk2 = fresh();
    for (const id of ["b", "a1", "c", "a2", "a3"]) await made({ pk2, id, text: id.slice(0, 1) });
    const { pk } = things.key({ pk2, id: "" });
    const ids = async (range: object) => (await query(things, { pk, ...range }, { nowMs })).items.map(({ id }) => id);
    expect(await ids({})).toEqual(["a1", "a2", "a3", "b", "c"]);
    expect(await ids({ begins: "a" })).toEqual(["a1", "a2", "a3"]);
    expect(await ids({ from: "a2", to: "b" })).toEqual(["a2", "a3", "b"]);
    expect(await ids({ from: "b", newestFirst: true })).toEqual(["c", "b"]);
    expect(await ids({ to: "a2" })).toEqual(["a1", "a2"]);
    expect(await ids({ among: { name: "text", values: ["b", "c"] } })).toEqual(["b", "c"]);
    const first = await page(things, { pk }, { limit: 2, nowMs });
    expect([first.items.map(({ id }) => id), first.next?.sk]).toEqual([["a1", "a2"], "a2"]);
    const rest = await page(things, { pk }, { limit: 3, startAfter: first.next, nowMs });
    expect([rest.items.map(({ id }) => id), rest.next]).toEqual([["a3", "b", "c"], undefined]);
    expect((await Array.fromAsync(all(things, { pk }, nowMs))).length).toBe(5);
    expect((await Array.fromAsync(keysOf(pk))).flat().map(({ sk }) => sk)).toEqual(["a1", "a2", "a3", "b", "c"]);
  });

  test("the indexes have what is listed and what is due, and nothing else", async () => {
    const pk2 = fresh();
    const [at1, at2] = ["2031-01-01T00:00:00.000Z", "2031-01-02T00:00:00.000Z"];
    const a = await made({ pk2, id: "a", listedAt: at2, dueAt2: at1 });
    await made({ pk2, id: "b", listedAt: at1 });
    await made({ pk2, id: "c", dueAt2: at2 });
    const listed = async (more: object = {}) =>
      (await lookUp(`WS#${pk2}#LIST`, { limit: 10, ...more })).keys.map(({ sk }) => sk);
    expect(await listed()).toEqual(["b", "a"]);
    expect(await listed({ newestFirst: true })).toEqual(["a", "b"]);
    expect(await listed({ from: at2, to: "9" })).toEqual(["a"]);
    const one = await lookUp(`WS#${pk2}#LIST`, { limit: 1 });
    expect([one.keys.length, one.more]).toEqual([1, true]);
    const due = async (upTo: string) => {
      const found = await Promise.all(
        duePartitions.map((partition) => Array.fromAsync(dueBetween(partition, "2031", upTo))),
      );
      return found
        .flat()
        .filter(({ pk }) => pk === `WS#${pk2}`)
        .map(({ sk, dueKind }) => `${sk} ${dueKind}`)
        .sort();
    };
    expect(await due(at1)).toEqual(["a test.due"]);
    expect(await due(at2)).toEqual(["a test.due", "c test.due"]);
    await save([put(things, { ...a, dueAt2: undefined, listedAt: undefined })], by);
    expect([await due(at2), await listed()]).toEqual([["c test.due"], ["b"]]);
  });

  test("counts are added once for each stretch of the stream", async () => {
    const key = { pk: `WS#${fresh()}`, sk: "COUNT" };
    const step = (first: number, last: number, count: number) => ({
      counts: { likes: count },
      first: new Uint8Array([0, first]),
      last: new Uint8Array([0, last]),
      touchedAt: now,
      initial: { subject: "s" },
      due: { at: now, kind: "test.fold" },
    });
    expect(await addCounts(key, "test-count", step(1, 2, 5))).toBeUndefined();
    expect(await addCounts(key, "test-count", step(1, 2, 5))).toEqual(new Uint8Array([0, 2]));
    expect(await addCounts(key, "test-count", step(3, 4, 2))).toBeUndefined();
    const counted: Kind<{ likes: number; subject: string }> = {
      kind: "test-count",
      schema: z.object({ likes: z.number(), subject: z.string() }),
      key: () => key,
    };
    expect(await get(counted, key, nowMs)).toMatchObject({ likes: 7, subject: "s" });
  });
});

import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import * as z from "zod";
import { lateIndex } from "./late-index.ts";
import { AttributeMap, sizeOf, textOf } from "./wire.ts";

// Stands before DynamoDB Local. It weighs every write, and where asked injects what the real table does now and then and
// the local one never: throttling, transactions in conflict, an answer lost after the write, an index that lags.

/** A write and what AWS would bill for it. `applied: false`: its condition failed, which is billed as well. */
export type Write = {
  operation: string;
  /** The kind of the item, or "?" of one that is only deleted or checked. */
  kind: string;
  units: number;
  applied: boolean;
  bytes: number;
};

export type TableProxy = {
  endpoint: string;
  writes: () => Write[];
  /** Read units so far, as AWS would bill them. */
  readUnits: () => number;
  /** The indexes show everything that has been written by now. */
  catchUp: () => void;
  /** The answer to the next put of this kind is lost after it was applied, and after `meanwhile`. */
  loseNext: (kind: string, meanwhile: () => Promise<void>) => void;
  /** Throws where an answer was still to be lost. */
  close: () => Promise<void>;
};

const lagMs = 2_000;
/** How often of each hundred requests. */
const chances = { throttled: 3, conflict: 3, lost: 3 };
/** How often in a row one request meets a fault. Who asks six times is answered: else one of some million requests was not. */
const mostInARow = 4;

/** Mulberry32: the same chances for the same seed, as far as the requests come in the same order. */
const chance = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const Key = z.looseObject({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) });
const Put = z.looseObject({ Item: AttributeMap });
const Update = z.looseObject({
  Key,
  ExpressionAttributeNames: z.record(z.string(), z.string()).optional(),
  ExpressionAttributeValues: AttributeMap.optional(),
});
const Transaction = z.looseObject({
  ClientRequestToken: z.string().optional(),
  TransactItems: z.array(
    z.object({
      Put: Put.optional(),
      Delete: z.looseObject({ Key }).optional(),
      Update: Update.optional(),
      ConditionCheck: z.looseObject({ Key }).optional(),
    }),
  ),
});
const Capacity = z.looseObject({ ConsumedCapacity: z.object({ CapacityUnits: z.number() }) });
const Updated = z.looseObject({ Attributes: AttributeMap });

const single = ["PutItem", "UpdateItem", "DeleteItem"];
const writing = [...single, "TransactWriteItems"];
const reading = ["GetItem", "Query"];

const kindOf = (item: AttributeMap): string => textOf(item.kind) || "?";
/** Of an update, from what it sets. */
const kindSet = ({
  ExpressionAttributeNames: names = {},
  ExpressionAttributeValues: values = {},
}: z.infer<typeof Update>) => {
  const alias = Object.entries(names).find(([, name]) => name === "kind")?.[0];
  return alias ? textOf(values[alias.replace("#", ":")]) : "?";
};
const kilobytes = (item: AttributeMap): number => Math.max(1, Math.ceil(sizeOf(item) / 1024));

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer };

const refusal = (name: string, message: string, more: object = {}): Answer => ({
  status: 400,
  headers: { "content-type": "application/x-amz-json-1.0" },
  body: Buffer.from(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message, ...more })),
});
const json = (body: object): Answer => ({
  status: 200,
  headers: { "content-type": "application/x-amz-json-1.0" },
  body: Buffer.from(JSON.stringify(body)),
});

/** Starts it. `seed` asks for faults; without one everything is only weighed. `now`: the system's clock, by which indexes lag. */
export const startProxy = async (options: {
  target: string;
  now: () => number;
  seed?: number;
}): Promise<TableProxy> => {
  const { target, seed } = options;
  const writes: Write[] = [];
  const index = lateIndex(seed === undefined ? 0 : lagMs, options.now);
  const told = new Set<string>();
  /** Writes whose answers were lost. They are repeated, and that is no write of the system's own. */
  const lost = new Set<string>();
  let readUnits = 0;
  let losing: { kind: string; meanwhile: () => Promise<void> } | undefined;
  const agent = new Agent({ keepAlive: true });
  const next = chance(seed ?? 0);
  const inARow = new Map<string, number>();
  /** Whether this request, known by its body, meets a fault. */
  const happens = (percent: number, body: string): boolean => {
    if (seed === undefined || next() * 100 >= percent) return false;
    const met = inARow.get(body) ?? 0;
    inARow.set(body, met + 1);
    return met < mostInARow;
  };

  const forward = (from: IncomingMessage, body: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { "content-length": _, host: __, connection: ___, ...headers } = from.headers;
      const sent = request(target, { agent, method: "POST", headers });
      sent.on("error", reject);
      sent.on("response", async (answer) => {
        const body = Buffer.concat(await answer.toArray());
        const { "content-length": _, "transfer-encoding": __, connection: ___, ...headers } = answer.headers;
        resolve({ status: answer.statusCode ?? 500, headers, body });
      });
      sent.end(body);
    });

  const follow = (item: AttributeMap): number => index.follow(textOf(item.pk), textOf(item.sk), item);
  const gone = (key: z.infer<typeof Key>): number => index.follow(key.pk.S, key.sk.S, undefined);

  const weighTransaction = (input: unknown, applied: boolean): void => {
    const { TransactItems, ClientRequestToken } = Transaction.parse(input);
    if (applied && ClientRequestToken) {
      // Told again after a lost answer, it does nothing.
      if (told.has(ClientRequestToken)) return;
      told.add(ClientRequestToken);
    }
    for (const { Put: put, Delete: removed } of TransactItems) {
      const bytes = put ? sizeOf(put.Item) : 0;
      const indexes = !applied ? 0 : put ? follow(put.Item) : removed ? gone(removed.Key) : 0;
      const units = 2 * (put ? kilobytes(put.Item) : 1) + indexes;
      writes.push({ operation: "TransactWriteItems", kind: put ? kindOf(put.Item) : "?", units, applied, bytes });
    }
  };

  const weigh = (operation: string, input: unknown, body: string, answer: Answer): void => {
    const applied = answer.status === 200;
    if (lost.delete(body) && !applied) return;
    const said: unknown = JSON.parse(answer.body.toString());
    if (!applied && !/ConditionalCheckFailed|TransactionCanceled/.test(answer.body.toString())) return;
    if (operation === "TransactWriteItems") {
      weighTransaction(input, applied);
      return;
    }
    const units = applied ? Capacity.parse(said).ConsumedCapacity.CapacityUnits : 1;
    if (operation === "PutItem") {
      const { Item } = Put.parse(input);
      if (applied) follow(Item);
      writes.push({ operation, kind: kindOf(Item), units, applied, bytes: sizeOf(Item) });
    } else if (operation === "UpdateItem") {
      const item = applied ? Updated.parse(said).Attributes : {};
      if (applied) follow(item);
      writes.push({ operation, kind: kindSet(Update.parse(input)), units, applied, bytes: sizeOf(item) });
    } else {
      if (applied) gone(z.looseObject({ Key }).parse(input).Key);
      writes.push({ operation, kind: "?", units, applied, bytes: 0 });
    }
  };

  const turnedAway = (operation: string, input: unknown, body: string): Answer | undefined => {
    if (happens(chances.throttled, body)) {
      return refusal("ProvisionedThroughputExceededException", "The level of configured throughput was exceeded.");
    }
    if (!writing.includes(operation) || !happens(chances.conflict, body)) return undefined;
    if (operation !== "TransactWriteItems") {
      return refusal("TransactionConflictException", "Transaction is ongoing for the item");
    }
    const { TransactItems } = Transaction.parse(input);
    const CancellationReasons = TransactItems.map((_, i) => ({ Code: i === 0 ? "TransactionConflict" : "None" }));
    const codes = CancellationReasons.map(({ Code }) => Code).join(", ");
    return refusal(
      "TransactionCanceledException",
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      { CancellationReasons },
    );
  };

  const handle = async (from: IncomingMessage): Promise<Answer | "lost"> => {
    const body = Buffer.concat(await from.toArray()).toString();
    const [service, operation = ""] = String(from.headers["x-amz-target"] ?? "").split(".");
    if (!service?.startsWith("DynamoDB_")) return forward(from, body);
    const input = z.record(z.string(), z.unknown()).parse(JSON.parse(body));
    const away = turnedAway(operation, input, body);
    if (away) return away;
    if (seed !== undefined && operation === "Query" && input.IndexName !== undefined) {
      inARow.delete(body);
      return json(index.query(input));
    }
    const asked = {
      ...input,
      ...([...writing, ...reading].includes(operation) ? { ReturnConsumedCapacity: "INDEXES" } : {}),
      ...(operation === "UpdateItem" ? { ReturnValues: "ALL_NEW" } : {}),
    };
    const answer = await forward(from, JSON.stringify(asked));
    if (writing.includes(operation)) weigh(operation, input, body, answer);
    if (losing && operation === "PutItem" && answer.status === 200 && kindOf(Put.parse(input).Item) === losing.kind) {
      const { meanwhile } = losing;
      losing = undefined;
      await meanwhile();
      lost.add(body);
      return "lost";
    }
    if (reading.includes(operation) && answer.status === 200)
      readUnits += Capacity.parse(JSON.parse(answer.body.toString())).ConsumedCapacity.CapacityUnits;
    if (happens(chances.lost, body)) {
      if (writing.includes(operation)) lost.add(body);
      return "lost";
    }
    inARow.delete(body);
    return answer;
  };

  const serve = async (from: IncomingMessage, to: ServerResponse): Promise<void> => {
    const answer = await handle(from);
    if (answer === "lost") to.destroy();
    else to.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length }).end(answer.body);
  };
  const server = createServer((from, to) => {
    serve(from, to).catch((error: unknown) => {
      process.stderr.write(`The proxy failed: ${error instanceof Error ? error.stack : String(error)}\n`);
      to.writeHead(500).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    writes: () => [...writes],
    readUnits: () => readUnits,
    catchUp: index.catchUp,
    loseNext: (kind, meanwhile) => {
      losing = { kind, meanwhile };
    },
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      if (losing) throw new Error(`No put of a ${losing.kind} came whose answer could be lost.`);
    },
  };
};

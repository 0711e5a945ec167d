import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as z from "zod";
import { AwsRefusal } from "../../functions/platform/aws.ts";
import { memoryTable } from "../faults/memory-table.ts";
import { AttributeMap, sizeOf, textOf } from "../faults/wire.ts";

// The table in memory behind DynamoDB's protocol, for what a crowd writes. It weighs what AWS would bill (a unit a kilobyte, failed
// conditions too, and the `due` index where an item's entry in it changes), and fails as a real one does now and then.

const Update = z.looseObject({ Key: AttributeMap, UpdateExpression: z.string() });

/** DynamoDB's limit of an expression. */
const mostExpressionBytes = 4096;

/** On the wire bytes are base64. */
const fromWire = (name: string, value: unknown): unknown =>
  name === "B" && typeof value === "string" ? new Uint8Array(Buffer.from(value, "base64")) : value;
const toWire = (value: object): string =>
  JSON.stringify(value, (_, one: unknown) => (one instanceof Uint8Array ? Buffer.from(one).toString("base64") : one));

const nameOf = ({ pk, sk }: AttributeMap): string => `${textOf(pk)} ${textOf(sk)}`;

export const startWeighedTable = async (chance: () => number = () => 1) => {
  /** Each item as the wire has it. */
  const items = new Map<string, AttributeMap>();
  const table = memoryTable((_, after) => {
    const item: AttributeMap = JSON.parse(toWire(after ?? {}));
    items.set(nameOf(item), item);
  });
  const writes = new Map<string, number>();
  let units = 0;
  let failures = 0;

  const update = (asked: object): object => {
    const { Key, UpdateExpression: text } = Update.parse(asked);
    if (Buffer.byteLength(text) > mostExpressionBytes) throw new Error(`An expression of ${text.length} bytes.`);
    const name = nameOf(Key);
    const before = items.get(name);
    writes.set(name, (writes.get(name) ?? 0) + 1);
    try {
      const answer = table.ask("DynamoDB_20120810.UpdateItem", asked);
      const after = items.get(name) ?? {};
      const indexed = ["due", "dueAt"].some((one) => textOf(before?.[one]) !== textOf(after[one]) || !before);
      units += Math.ceil(Math.max(sizeOf(after), before ? sizeOf(before) : 0) / 1024) + (indexed ? 1 : 0);
      return answer;
    } catch (error) {
      if (error instanceof AwsRefusal) units += Math.ceil(sizeOf(before ?? {}) / 1024);
      throw error;
    }
  };

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const asked: object = JSON.parse(Buffer.concat(parts).toString(), fromWire);
      const target = String(request.headers["x-amz-target"]);
      const isUpdate = target.endsWith("UpdateItem");
      const falls = chance();
      // Refused before it is done; or done, and its answer lost.
      if (falls < 0.003) {
        failures++;
        response.writeHead(500).end("{}");
        return;
      }
      let [status, body]: [number, object] = [200, {}];
      try {
        body = isUpdate ? update(asked) : table.ask(target, asked);
      } catch (error) {
        if (!(error instanceof AwsRefusal)) throw error;
        const told = "Item" in error ? { Item: error.Item } : {};
        [status, body] = [400, { __type: `x#${error.name}`, message: "", ...told }];
      }
      if (isUpdate && falls < 0.006) {
        failures++;
        request.socket.destroy();
        return;
      }
      response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(toWire(body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    units: () => units,
    failures: () => failures,
    /** How often each item was written, or tried to be, since the last time that this was asked. */
    writesSince: (): number[] => {
      const since = [...writes.values()];
      writes.clear();
      return since;
    },
    sizes: () => [...items.values()].map(sizeOf),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

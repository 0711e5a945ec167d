import { Agent, request } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

// A client that does nothing else: so many requests at once, one after the other on connections that stay open.

type Attributes = Record<string, unknown>;
export type Asked = {
  url: string;
  headers: Record<string, string>;
  seconds: number;
  atOnce: number;
  /** Each sent once, until the time is over. */
  bodies?: string[];
  /** Puts of this item, each under another key, into DynamoDB itself. */
  raw?: { item: Attributes; table: string; first: number };
};
export type Done = { answered: number; failed: number; tookMs: number; said: string };

const asked: Asked = workerData;
const agent = new Agent({ keepAlive: true, maxSockets: asked.atOnce });
const dynamodb = {
  "content-type": "application/x-amz-json-1.0",
  "x-amz-target": "DynamoDB_20120810.PutItem",
  authorization:
    "AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
};

let sent = 0;
const next = (): string | undefined => {
  const n = sent++;
  if (!asked.raw) return asked.bodies?.[n];
  const { item, table, first } = asked.raw;
  const key = first + n;
  const shard = (key % 16).toString(16).padStart(2, "0");
  return JSON.stringify({
    TableName: table,
    Item: { ...item, pk: { S: `WS#bench#${shard}` }, sk: { S: `bench-${key}` } },
    ConditionExpression: "attribute_not_exists(pk) OR expiresAt <= :seconds",
    ExpressionAttributeValues: { ":seconds": { N: "1" } },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
};

const send = (body: string): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const headers = { ...(asked.raw ? dynamodb : {}), ...asked.headers, "content-length": Buffer.byteLength(body) };
    const sending = request(asked.url, { method: "POST", agent, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        if (text.length < 500) text += part;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sending.on("error", reject);
    sending.end(body);
  });

const done: Done = { answered: 0, failed: 0, tookMs: 0, said: "" };
const from = performance.now();
const work = async (): Promise<void> => {
  while (performance.now() - from < 1000 * asked.seconds) {
    const body = next();
    if (body === undefined) return;
    const { status, text } = await send(body);
    done.answered += 1;
    if (status < 400) continue;
    done.failed += 1;
    done.said ||= `${status} ${text.slice(0, 500)}`;
  }
};
await Promise.all(Array.from({ length: asked.atOnce }, work));
done.tookMs = performance.now() - from;
agent.destroy();
parentPort?.postMessage(done);

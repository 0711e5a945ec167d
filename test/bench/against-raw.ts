import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import * as z from "zod";
import { functions } from "../../functions/manifest.ts";
import { dynamodbCalls } from "../../infra/local/dynamodb.ts";
import { tableName } from "../../infra/local/names.ts";
import { startSystem } from "../../infra/local/system.ts";
import { httpRequest } from "../http.ts";
import type { Asked, Done } from "./load.ts";

// What a crowd does through the public routes, a second on this machine, and whether what was accepted is what is stored;
// beside how many puts of such a row DynamoDB Local takes by itself, in the same run, from the same client.

const words = process.argv.slice(2);
export const seconds = Number(words.find((word) => /^\d+$/.test(word)) ?? 60);
export const asks = (word: string): boolean => words.includes(word);
const onDisk = asks("disk");
const atOnce = 32;

const folder = onDisk ? mkdtempSync(join(tmpdir(), "samenspraak-bench-")) : undefined;
export const system = await startSystem({
  functions,
  clock: "running",
  say: () => undefined,
  ...(folder ? { data: folder } : {}),
});
const endpoint = z.string().parse(process.env.AWS_ENDPOINT_URL_DYNAMODB);

const Created = z.object({ apiKey: z.string(), workspaceId: z.string() });
const workspace = Created.parse(
  await system.invoke("samenspraak-workspaces-create", {
    name: "Bench",
    legalName: "Bench B.V.",
    address: "Voorstraat 12, Utrecht",
    replyTo: "bench@example.nl",
    privacyUrl: "https://bench.example/privacy",
  }),
);
export const { workspaceId } = workspace;
export const ask = (method: string, path: string, body?: object) =>
  httpRequest(system.url, method, path, { key: workspace.apiKey, body });
export const later = (ms: number): string => new Date(system.clock.now() + ms).toISOString();

// ── The client: a thread of its own ─────────────────────────────────────────────────────────────────────────────────

const load = async (asked: Omit<Asked, "atOnce">): Promise<Done> => {
  const worker = new Worker(new URL("./load.ts", import.meta.url), {
    workerData: { ...asked, atOnce } satisfies Asked,
  });
  const [done] = z.tuple([z.custom<Done>()]).parse(await once(worker, "message"));
  await worker.terminate();
  return done;
};
/** Sends each of these bodies once, until the time is over. */
const send = async (asked: Omit<Asked, "atOnce">): Promise<Done> => {
  const done = await load(asked);
  if (done.failed > 0) throw new Error(`${done.failed} of ${done.answered} failed: ${done.said}`);
  return done;
};

// ── What is stored ──────────────────────────────────────────────────────────────────────────────────────────────────

const call = dynamodbCalls(endpoint);
const Page = z.object({
  Count: z.number(),
  LastEvaluatedKey: z.unknown().optional(),
  Items: z.array(z.record(z.string(), z.unknown())).optional(),
});
const scan = async (kind: string, asked: object) =>
  Page.parse(
    await call("Scan", {
      TableName: tableName,
      FilterExpression: "#kind = :kind",
      ExpressionAttributeNames: { "#kind": "kind" },
      ExpressionAttributeValues: { ":kind": { S: kind } },
      ...asked,
    }),
  );
const stored = async (kind: string): Promise<number> => {
  let count = 0;
  let from: unknown;
  do {
    const next = from ? { ExclusiveStartKey: from } : {};
    const stretch = await scan(kind, { Select: "COUNT", ConsistentRead: true, ...next });
    count += stretch.Count;
    from = stretch.LastEvaluatedKey;
  } while (from);
  return count;
};
const someItem = async (kind: string): Promise<Record<string, unknown>> => {
  let from: unknown;
  do {
    const stretch = await scan(kind, { Limit: 5000, ...(from ? { ExclusiveStartKey: from } : {}) });
    if (stretch.Items?.[0]) return stretch.Items[0];
    from = stretch.LastEvaluatedKey;
  } while (from);
  throw new Error(`No ${kind} was stored.`);
};

let puts = 0;
const rawRate = async (forSeconds: number, item: Record<string, unknown>): Promise<number> => {
  const raw = { item: { ...item, kind: { S: "bench" } }, table: tableName, first: puts };
  const { answered, failed, tookMs } = await load({ raw, url: endpoint, headers: {}, seconds: forSeconds });
  puts += answered;
  if (failed > 0) throw new Error(`${failed} puts failed.`);
  return answered / (tookMs / 1000);
};

// ── The run ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export type Measured = {
  /** The title, and what one of them is called. */
  title: string;
  done: string;
  one: string;
  /** The stored kind of which each of them makes one row. */
  kind: string;
  /** Where the bodies go; or instead of these, how it is done whole, for so long. */
  to: { url: string; headers: Record<string, string> };
  bodies: (count: number) => Promise<string[]>;
  whole?: ((forSeconds: number) => Promise<Done>) | undefined;
  /** How many the system has counted in all. */
  counted: () => Promise<number>;
  /** The least part of the raw rate. */
  least: number | undefined;
};

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const rounds = 6;

/** Measures, says it, and ends the process. */
export const measure = async ({ to, bodies, whole, kind, ...what }: Measured): Promise<never> => {
  await send({ ...to, bodies: await bodies(1000), seconds: 20 });
  const item = await someItem(kind);
  await rawRate(3, item);
  await system.settle();
  // By turns, so that both meet the same machine, whatever else it does meanwhile.
  const before = await stored(kind);
  const raws: number[] = [];
  const runs: Done[] = [];
  /** Of the thread in which the functions run, and the gateway, the queues and the stream's readers with them. */
  let cpuMs = 0;
  for (let round = 0; round < rounds; round++) {
    const raw = await rawRate(Math.max(1, seconds / rounds / 3), item);
    raws.push(raw);
    const forSeconds = seconds / rounds;
    const some = whole ? [] : await bodies(Math.ceil(forSeconds * raw * 1.5));
    const from = process.threadCpuUsage();
    runs.push(await (whole ? whole(forSeconds) : send({ ...to, bodies: some, seconds: forSeconds })));
    await system.settle();
    const { user, system: kernel } = process.threadCpuUsage(from);
    cpuMs += (user + kernel) / 1000;
  }
  const accepted = sum(runs.map(({ answered }) => answered));
  const perSecond = accepted / (sum(runs.map(({ tookMs }) => tookMs)) / 1000);
  const kept = (await stored(kind)) - before;
  const raw = sum(raws) / rounds;
  const counted = await what.counted();
  const isExact = accepted === kept && counted === before + kept;

  const verdict = (fits: boolean): string => (fits ? "" : "   OVER BUDGET");
  const round = (n: number): string => String(Math.round(n));
  const line = (name: string, said: string) => console.log(`${name.padEnd(17)}${said}`);
  const { least } = what;
  const isEnough = least === undefined || perSecond / raw >= least;
  console.log(`${what.title}, ${seconds} s, database ${onDisk ? "on disk" : "in memory"}, Node ${process.version}`);
  line(what.done, `${round(perSecond)} a second`);
  line("raw puts", `${round(raw)} a second   (${raws.map(round).join(", ")})`);
  line(
    "ratio",
    `${(perSecond / raw).toFixed(2)}${least === undefined ? "" : `   (at least ${least})${verdict(isEnough)}`}`,
  );
  line("CPU", `${(cpuMs / accepted).toFixed(2)} ms ${what.one}, in the one thread of all functions`);
  line("accepted", `${accepted}, stored ${kept}, counted ${counted} with the ${before} of before${verdict(isExact)}`);
  call.close();
  await system.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
  process.exit(isExact ? 0 : 1);
};

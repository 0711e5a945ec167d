import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as esbuild from "esbuild";
import * as z from "zod";
import { functions } from "../../functions/manifest.ts";
import { bundle } from "../../infra/bundle.ts";
import { type FirstCall, playDay } from "./first-calls.ts";

// How fast each Lambda starts: import and first call of the very bundle that is deployed, in a fresh process each time,
// beside a handler with only @aws-sdk/client-dynamodb, plain ESM without our tricks, built in the same run and called once
// after each of ours, so that a busy machine slows both. What counts is the ratio of the medians.
// First calls are real ones (first-calls.ts). AWS is on this machine and answers at once, with what the local runner
// answered when the same call was made before. `npm run bench -- starts [runs [files that begin with this]]`

const runs = Number(process.argv[2] ?? 15);
const only = process.argv[3] ?? "";
/** Ratios to the yardstick. */
const budgets = { public: 0.9, other: 1.3 };
/** Held to none: it draws pictures, with 3 MB of WebAssembly, when something opens; nobody waits for it. */
const apart = ["showcase/draw-cards"];

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(root, "node_modules", ".starts-"));

// ── AWS ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

type Reply = { status: number; headers: Record<string, string>; body: Buffer };
type Asked = { operation: string; body: string; reply: Reply };

const { system, calls } = await playDay();
const { aws: awsEndpoint } = system.endpoints;

/** What AWS answered while the call was recorded. */
let tape: Asked[] = [];
let isRecording = false;

const operationOf = (method: string, url: string, headers: IncomingHttpHeaders): string =>
  typeof headers["x-amz-target"] === "string" ? headers["x-amz-target"] : `${method} ${url}`;

const forward = async (method: string, url: string, headers: IncomingHttpHeaders, body: Buffer): Promise<Reply> => {
  const isDatabase = String(headers["x-amz-target"]).startsWith("DynamoDB_");
  const {
    host: _,
    connection: __,
    "content-length": ___,
    "transfer-encoding": ____,
    expect: _____,
    ...others
  } = headers;
  const answer = await fetch(`${isDatabase ? system.endpoints.dynamodb : awsEndpoint}${url}`, {
    method,
    headers: Object.entries(others).flatMap(([name, value]): [string, string][] =>
      value ? [[name, String(value)]] : [],
    ),
    ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
  });
  const kept = [...answer.headers].filter(([name]) => name === "content-type" || name.startsWith("x-amz"));
  return { status: answer.status, headers: Object.fromEntries(kept), body: Buffer.from(await answer.arrayBuffer()) };
};

/** The recorded answer to the same request; or, since times and ids differ, to the same operation. */
const replayed = (operation: string, body: string): Reply =>
  (
    tape.find((asked) => asked.operation === operation && asked.body === body) ??
    tape.find((asked) => asked.operation === operation)
  )?.reply ?? { status: 200, headers: { "content-type": "application/x-amz-json-1.0" }, body: Buffer.from("{}") };

const standIn = createServer((request, response) => {
  const answer = async (): Promise<Reply> => {
    const { method = "GET", url = "/", headers } = request;
    const body = Buffer.concat(await request.toArray());
    const operation = operationOf(method, url, headers);
    if (!isRecording) return replayed(operation, body.toString());
    const reply = await forward(method, url, headers, body);
    tape.push({ operation, body: body.toString(), reply });
    return reply;
  };
  answer().then(
    ({ status, headers, body }) => response.writeHead(status, { ...headers, "content-length": body.length }).end(body),
    (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
  );
});
standIn.listen(0, "127.0.0.1");
await once(standIn, "listening");
const endpoint = `http://127.0.0.1:${(standIn.address() as AddressInfo).port}`;

/** What the system told its functions, with the stand-in for AWS; endpoints one by one, as it said them. */
const environment = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    /^(AWS|BEACON|BUCKET|BUS|ARCHIVE|REPLAY|KMS|TABLE|DUE|MAIL|MEDIA|PUBLIC|DOCS|DOMAIN|CDN|SMTP)_?|^PATH$/.test(
      name,
    ) && value !== undefined
      ? [[name, value.replaceAll(awsEndpoint, endpoint).replaceAll(system.endpoints.dynamodb, endpoint)]]
      : [],
  ),
);

// ── A start ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const yardstick = join(folder, "yardstick", "index.mjs");
await esbuild.build({
  stdin: {
    contents: `import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
const client = new DynamoDBClient();
export const handler = () => client.send(new GetItemCommand({ TableName: "t", Key: { pk: { S: "a" }, sk: { S: "b" } } }));`,
    resolveDir: root,
  },
  outfile: yardstick,
  bundle: true,
  minify: true,
  format: "esm",
  platform: "node",
  target: "node24",
  mainFields: ["module", "main"],
  // The SDK's CommonJS parts ask for Node's own modules.
  banner: { js: `import { createRequire } from "node:module";const require = createRequire(import.meta.url);` },
  logLevel: "error",
});

const script = join(folder, "time.mjs");
writeFileSync(
  script,
  `const [file, event] = process.argv.slice(2);
const context = { awsRequestId: "r", functionName: "f", getRemainingTimeInMillis: () => 20000 };
const payload = event ? JSON.parse(event) : undefined;
if (payload?.requestContext?.timeEpoch) payload.requestContext.timeEpoch = Date.now();
const said = {};
const cpuBefore = process.cpuUsage();
const began = performance.now();
try {
  const { handler } = await import(file);
  said.importMs = performance.now() - began;
  said.answer = payload && (await handler(payload, context))?.statusCode;
} catch (error) {
  said.failed = String(error).slice(0, 200);
}
const ms = performance.now() - began;
const cpu = process.cpuUsage(cpuBefore);
process.stderr.write(JSON.stringify({ ms, cpuMs: (cpu.user + cpu.system) / 1000, ...said }));
process.exit(0);`,
);

const Said = z.object({
  ms: z.number(),
  cpuMs: z.number(),
  importMs: z.number().optional(),
  answer: z.number().optional(),
  failed: z.string().optional(),
});
type Said = z.infer<typeof Said>;

/** Imports a bundle in a new process and calls it, or only imports it where there is no event. */
const start = async (file: string, event: unknown): Promise<Said> => {
  const child = spawn(process.execPath, [script, file, event === undefined ? "" : JSON.stringify(event)], {
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const text = Buffer.concat(await child.stderr.toArray()).toString();
  return Said.parse(JSON.parse(/\{"ms":.*\}$/.exec(text)?.[0] ?? "null"));
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

// ── The measurement ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Each public route; of other functions one call: a thing that is read by its id, if the day had one. */
const firstCallsOf = (file: string): FirstCall[] => {
  const all = calls.filter((call) => call.file === file);
  const open = all.filter(({ isPublic }) => isPublic);
  const reads = all.filter(({ what }) => what.startsWith("GET "));
  const one = reads.find(({ what }) => what.endsWith("}")) ?? reads[0] ?? all[0];
  if (open.length > 0) return open;
  return [one ?? { file, what: "import only: the day did not wake it", isPublic: false, event: undefined }];
};

const files = Object.keys(functions).filter((file) => file.startsWith(only));
const bundles = await bundle(files, folder);
console.log(`Cold starts, ${runs} interleaved runs each; x: to a handler with only client-dynamodb. Node ${process.version}
KB: loaded at a start (and with what is loaded when it is needed). cpu: the same of processor\ntime, which a busy machine changes less. In brackets: of the ms, what importing takes. "!": over ${budgets.public} of a public route, ${budgets.other} of others.`);

const over: string[] = [];
for (const file of files) {
  const { folder: at, bytes, startBytes } = bundles.get(file)!;
  const kb = (n: number) => (n / 1024).toFixed(0);
  const size = `${kb(startBytes)}${bytes === startBytes ? "" : ` (${kb(bytes)})`} KB`;
  for (const { what, isPublic, event } of firstCallsOf(file)) {
    tape = [];
    isRecording = true;
    const recorded = await start(join(at, "index.mjs"), event);
    isRecording = false;
    const ours: Said[] = [];
    const theirs: Said[] = [];
    for (let run = 0; run < runs; run++) {
      ours.push(await start(join(at, "index.mjs"), event));
      theirs.push(await start(yardstick, {}));
    }
    const [x, cpuX] = (["ms", "cpuMs"] as const).map(
      (of) => median(ours.map((said) => said[of])) / median(theirs.map((said) => said[of])),
    ) as [number, number];
    const isOver = !apart.includes(file) && x > (isPublic ? budgets.public : budgets.other);
    if (isOver) over.push(`${file} ${what}: ${x.toFixed(2)}`);
    const answered = recorded.failed ?? (recorded.answer === undefined ? "" : `→ ${recorded.answer}`);
    console.log(
      `${file.padEnd(26)} ${size.padStart(12)} ${median(ours.map(({ ms }) => ms))
        .toFixed(0)
        .padStart(
          5,
        )} ms (${median(ours.map(({ importMs }) => importMs ?? 0)).toFixed(0)}) ${x.toFixed(2).padStart(5)} x ${isOver ? "!" : " "} cpu ${cpuX.toFixed(2)} x  ${isPublic ? "public " : ""}${what} ${answered}`,
    );
  }
}
console.log(
  over.length === 0 ? "All are within their budgets." : `Over budget: ${over.length}\n  ${over.join("\n  ")}`,
);

standIn.close();
await system.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(0);

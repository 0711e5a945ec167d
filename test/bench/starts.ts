import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { functions } from "../../functions/manifest.ts";
import { routeKeys } from "../../functions/platform/route.ts";
import { bundle } from "../../infra/bundle.ts";
import { readManifest, type Wake } from "../../infra/wakes.ts";

// How fast each Lambda starts: import and first call of the very bundle that is deployed, in a fresh process each time,
// beside a handler with only @aws-sdk/client-dynamodb, plain ESM without our tricks, built in the same run. Runs are
// interleaved, so that a busy machine slows both; what counts is the ratio of the medians. `npm run bench -- starts [runs]`

const runs = Number(process.argv[2] ?? 7);
const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(root, "node_modules", ".starts-"));

// AWS, as far as a first call meets it: whatever is asked for is not there.
const nothing = createServer((request, response) => {
  request.resume().on("end", () => {
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end("{}");
  });
});
await new Promise<void>((resolve) => nothing.listen(0, "127.0.0.1", resolve));
const endpoint = `http://127.0.0.1:${(nothing.address() as AddressInfo).port}`;

const yardstick = join(folder, "yardstick", "index.mjs");
mkdirSync(join(folder, "yardstick"));
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

/** The event of a first call: something that is looked up and not there. */
const firstEvent = (wake: Wake): unknown => {
  switch (wake.by) {
    case "routes": {
      const routes = Object.values(wake.routes);
      const route = routes.find(({ method, path }) => method === "GET" && /\{\w+\}$/.test(path)) ?? routes[0]!;
      const id = /\{(\w+)Id\}/.exec(route.path)?.[1] ?? "x";
      const prefix = { channel: "ch" }[id] ?? id;
      const value = `${route.path.includes("/@{") ? "@" : ""}${route.path.startsWith("/v1") ? `${prefix}_01jd0000000000000000000000` : "x"}`;
      return {
        version: "2.0",
        routeKey: routeKeys(route)[0],
        rawPath: route.path,
        rawQueryString: "",
        headers: {},
        pathParameters: Object.fromEntries([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, value])),
        requestContext: {
          requestId: "r",
          timeEpoch: Date.now(),
          http: { method: "GET" },
          authorizer: { lambda: { workspaceId: "ws_1", actor: "key_1", scopes: route.access } },
        },
        isBase64Encoded: false,
      };
    }
    case "due":
      return {
        Records: [
          {
            messageId: "m",
            body: JSON.stringify({ pk: "a", sk: "b", dueAt: new Date().toISOString(), dueKind: wake.kind }),
          },
        ],
      };
    case "stream":
      return { Records: [], shardId: "s", state: {} };
    case "minute":
      return { id: "e", time: new Date().toISOString() };
    case "events":
      return {
        "detail-type": wake.names[0],
        detail: {
          id: "e",
          version: 1,
          workspaceId: "ws_1",
          at: new Date().toISOString(),
          actor: "a",
          cause: "c",
          data: { contestId: "contest_1" },
        },
      };
    case "request":
      return { headers: { authorization: `Bearer ssp_${"a".repeat(43)}` } };
    case "name":
      return { name: "X" };
  }
};

const script = join(folder, "time.mjs");
writeFileSync(
  script,
  `const [file, event] = process.argv.slice(2);
const began = performance.now();
const { handler } = await import(file);
const context = { awsRequestId: "r", functionName: "f", getRemainingTimeInMillis: () => 20000 };
let failed = "";
try { await handler(JSON.parse(event), context); } catch (error) { failed = String(error).slice(0, 100); }
process.stderr.write(JSON.stringify({ ms: performance.now() - began, failed }));
process.exit(0);`,
);

const environment = {
  PATH: process.env.PATH ?? "",
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "a",
  AWS_SECRET_ACCESS_KEY: "b",
  AWS_ENDPOINT_URL: endpoint,
  TABLE_NAME: "t",
  BUCKET_NAME: "b",
  BUS_NAME: "b",
  KMS_KEY_ID: "k",
  DUE_QUEUE_PREFIX: `${endpoint}/due-`,
  MAIL_FROM: "a@example.nl",
  PUBLIC_URL: "https://example.nl",
  DOCS_FOLDER: folder,
};
const time = (file: string, event: unknown): Promise<{ ms: number; failed: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, file, JSON.stringify(event)], {
      env: environment,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (text: Buffer) => {
      said += text;
    });
    child.on("close", () => {
      const line = /\{"ms":.*\}$/.exec(said)?.[0];
      if (line) resolve(JSON.parse(line));
      else reject(new Error(`${file} said ${said}`));
    });
  });
const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const read = await readManifest(functions);
const bundles = await bundle(
  read.map(({ file }) => file),
  folder,
);
console.log(
  `Cold starts, ${runs} interleaved runs each; x: against a handler with only client-dynamodb. Node ${process.version}`,
);
const rows: { file: string; kb: number; x: number; isPublic: boolean }[] = [];
for (const { file, wake } of read) {
  const built = bundles.get(file)!;
  const ours: number[] = [];
  const theirs: number[] = [];
  let failed = "";
  for (let i = 0; i < runs; i++) {
    theirs.push((await time(yardstick, {})).ms);
    const first = await time(join(built.folder, "index.mjs"), firstEvent(wake));
    ours.push(first.ms);
    failed = first.failed;
  }
  const isPublic =
    wake.by === "routes" && Object.values(wake.routes).some(({ access, page }) => access === "public" && page);
  const [mine, other] = [median(ours), median(theirs)];
  rows.push({ file, kb: built.bytes / 1024, x: mine / other, isPublic });
  console.log(
    `${file.padEnd(24)} ${(built.bytes / 1024).toFixed(0).padStart(4)} KB  ${mine.toFixed(0).padStart(4)} ms  ${(mine / other).toFixed(2)} x${isPublic ? "  public" : ""}${failed && `  (first call: ${failed})`}`,
  );
}
const most = (of: typeof rows) => Math.max(...of.map(({ x }) => x)).toFixed(2);
console.log(
  `Public pages at most ${most(rows.filter(({ isPublic }) => isPublic))} x, all others at most ${most(rows.filter(({ isPublic }) => !isPublic))} x.`,
);
nothing.close();
rmSync(folder, { recursive: true, force: true });

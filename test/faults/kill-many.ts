import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import * as z from "zod";
import { minutes, seconds } from "../../functions/platform/clock.ts";
import { startDynamodb } from "../../infra/local/dynamodb.ts";
import { randomOf } from "../fuzz/random.ts";
import { lawful } from "../fuzz/stage.ts";
import { type Commitments, checkHistory, mailsIn, noteCommitment, readDraw } from "./checker.ts";
import { tableHistory } from "./history.ts";
import { mixedLoad } from "./load.ts";
import { passTime, type Runner, startRunner } from "./runner.ts";

// `npm run test:kill [-- --kills 100 --seed 7]`: the system is killed (-9) again and again while a mixed load is on it, now
// and then its database with it, and started again on the same data. Afterwards a checker compares what was acknowledged
// with what is there. The seed chooses the moments and the load; what a moment hits is up to the machine.

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    keep: { type: "boolean", default: false },
  },
});
const kills = Number(values.kills);
const random = randomOf(values.seed);
const folder = mkdtempSync(join(tmpdir(), "samenspraak-kill-"));
const heard = new Map<string, number>();
const hear = (line: string): void => {
  const kind = line.replace(/[\w-]*\d[\w-]*/g, "…").slice(0, 160);
  heard.set(kind, (heard.get(kind) ?? 0) + 1);
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const startedAt = performance.now();

const startDatabase = () => startDynamodb({ folder: join(folder, "dynamodb"), fastJava: true, ended: () => undefined });
let database = await startDatabase();
let runner: Runner = await startRunner(folder, { port: 0, dynamodb: database.endpoint, say: hear });
const { port } = new URL(runner.url);
/** How long it took to start, the last time: it lives about as long, on a slow machine too. */
let startMs = 1_000;
const startAgain = async (): Promise<void> => {
  const from = performance.now();
  runner = await startRunner(folder, { port: Number(port), dynamodb: database.endpoint, say: hear });
  startMs = performance.now() - from;
};

const made = await new LambdaClient({
  endpoint: runner.lambda,
  region: "local",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
}).send(
  new InvokeCommand({ FunctionName: "samenspraak-workspaces-create", Payload: Buffer.from('{"name":"Killed"}') }),
);
const { apiKey } = z.object({ apiKey: z.string() }).parse(JSON.parse(Buffer.from(made.Payload ?? []).toString()));

let isPaused = false;
const url = runner.url;
const load = mixedLoad(
  { url: () => url, nowMs: () => runner.now(), key: apiKey, mails: () => mailsIn(folder) },
  randomOf(`${values.seed}/load`),
  () => isPaused,
);
(await load.api("PATCH", "/v1/workspace", lawful)).as(z.object({ id: z.string() }));
for (const handle of ["killed-a", "killed-b", "killed-c"]) await load.connectChannel(handle);

const commitments: Commitments = new Map();
const wrong: string[] = [];
const watchDraws = async (): Promise<void> => {
  for (const { id } of load.kept.contests) wrong.push(...noteCommitment(commitments, id, await readDraw(load, id)));
};

console.log(`${kills} kills, seed ${values.seed}, in ${folder}`);
const loading = load.run();
for (let kill = 1; kill <= kills; kill++) {
  // Most die while they are asked; some while time is moved through what falls due.
  isPaused = random.chance(0.15);
  const moving = isPaused ? runner.advance(seconds(random.int(20, 120))) : undefined;
  await pause(startMs * (isPaused ? random.real() / 2 : 0.1 + random.real()));
  const withDatabase = random.chance(0.1);
  const signal = (name: "SIGSTOP" | "SIGCONT" | "SIGKILL") => database.pid && process.kill(-database.pid, name);
  if (withDatabase) {
    // First it does not answer any more.
    signal("SIGSTOP");
    await pause(random.int(0, 400));
  }
  await runner.kill();
  await moving;
  if (withDatabase) {
    // DynamoDB Local acknowledges a transaction some milliseconds before it is on the disk (killed at once, it had lost its
    // last ones in 5 of 25 tries, single writes never), which the real one does not. So it gets them, and dies then.
    signal("SIGCONT");
    await pause(300);
    signal("SIGKILL");
    database = await startDatabase();
  }
  passTime(
    folder,
    random.weighted([
      [3, 0],
      [2, seconds(random.int(1, 20))],
      [1, seconds(random.int(30, 90))],
    ]),
  );
  await startAgain();
  isPaused = false;
  if (kill % 10 === 0) {
    await watchDraws();
    console.log(
      `${kill} kills, ${Math.round((performance.now() - startedAt) / 1000)} s, ${load.kept.posts.size} posts, it is ${new Date(runner.now()).toISOString()}`,
    );
  }
}
load.stop();
await loading;
// What was left behind is followed: what is overdue is woken again when it is 1, 2, 4 … minutes late.
for (let minute = 0; minute < 60; minute++) await runner.advance(minutes(1));
await watchDraws();
await pause(500);

const history = tableHistory(database.call, database.streamArn);
await history.drain();
const checked = await checkHistory({ folder, load, history, commitments });
wrong.push(...checked.wrong);
await runner.kill();
await database.stop();
console.log(
  Object.entries(checked.counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(", "),
);
console.log(`${Math.round((performance.now() - startedAt) / 1000)} s; what the systems said:`);
for (const [line, times] of heard) console.log(`  ${times} x ${line}`);
for (const one of wrong.slice(0, 40)) console.log(`WRONG ${one}`);
if (wrong.length > 0) console.log(`${wrong.length} things are wrong (seed ${values.seed}); the data are in ${folder}`);
else {
  console.log("Nothing was lost, nothing is there twice.");
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
}
process.exit(wrong.length > 0 ? 1 : 0);

import { flushCompileCache } from "node:module";
import { createInterface } from "node:readline";
import * as z from "zod";
import { functions } from "../../functions/manifest.ts";
import { startSystem } from "../../infra/local/system.ts";

// A system in a process of its own, on a data folder, to be killed: its address is the first line that it prints. Of each
// line that it reads, `{"advance": <milliseconds>}`, it moves the time so far, and says so.
// `node runner-child.ts <data folder> [port, or 0] [address of a database that runs]`

const [data, port = "0", dynamodb] = process.argv.slice(2);
if (!data) throw new Error("Say which data folder.");
const system = await startSystem({
  functions,
  data,
  clock: "running",
  fastJava: true,
  ports: [Number(port)],
  ...(dynamodb === undefined ? {} : { dynamodb }),
});
// Node would write it when it ends, and it never ends by itself.
flushCompileCache();
console.log(JSON.stringify({ url: system.url, lambda: system.endpoints.aws, now: system.clock.now() }));

const Asked = z.object({ advance: z.number() });
for await (const line of createInterface({ input: process.stdin })) {
  await system.advance(Asked.parse(JSON.parse(line)).advance);
  console.log(JSON.stringify({ now: system.clock.now() }));
}

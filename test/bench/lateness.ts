import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { functions } from "../../functions/manifest.ts";
import { startSystem } from "../../infra/local/system.ts";
import { httpRequest } from "../http.ts";

// How late posts leave on this machine, in real time: from the due time to the save that says it was published, through
// the queue, the handler, the write-ahead, the feed and the database. `npm run bench -- lateness disk` keeps the data on a disk.

const onDisk = process.argv.includes("disk");
const folder = onDisk ? mkdtempSync(join(tmpdir(), "samenspraak-bench-")) : undefined;
const system = await startSystem({ functions, clock: "running", ...(folder ? { data: folder } : {}) });

const Created = z.object({ apiKey: z.string() });
const { apiKey: key } = Created.parse(await system.invoke("samenspraak-workspaces-create", { name: "Bench" }));
const ask = async (path: string, body: unknown): Promise<string> =>
  (await httpRequest(system.url, "POST", path, { key, body })).as(z.object({ id: z.string() })).id;
const channel = await ask("/v1/channels", { network: "feed", name: "Bench", handle: "bench" });

const Published = z.object({ at: z.string(), data: z.object({ postId: z.string() }) });

let posts = 0;
/** Schedules posts at these times and gives the lateness of each in milliseconds, ascending. */
const run = async (times: readonly number[]): Promise<number[]> => {
  const due = new Map<string, number>();
  const late: number[] = [];
  let finished = (): void => undefined;
  const all = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const stop = system.onEvent((event) => {
    if (event["detail-type"] !== "post.published") return;
    const { at, data } = Published.parse(event.detail);
    late.push(Date.parse(at) - (due.get(data.postId) ?? Number.NaN));
    if (late.length === times.length) finished();
  });
  const waiting = [...times];
  const writer = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const at = next;
      due.set(
        await ask("/v1/posts", { text: `Post ${++posts}`, channels: [channel], at: new Date(at).toISOString() }),
        at,
      );
    }
  };
  await Promise.all(Array.from({ length: 8 }, writer));
  await all;
  stop();
  return late.sort((a, b) => a - b);
};

const quantile = (sorted: readonly number[], q: number): string =>
  `${((sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN) / 1000).toFixed(3)} s`;
const report = (name: string, late: readonly number[]): void =>
  console.log(
    `${name.padEnd(34)} p50 ${quantile(late, 0.5)}   p99 ${quantile(late, 0.99)}   most ${quantile(late, 1)}`,
  );

console.log(`Lateness of posts, database ${onDisk ? "on disk" : "in memory"}, Node ${process.version}`);
const count = 200;
// A first run warms the functions and Java up.
await run(Array.from({ length: 50 }, (_, i) => system.clock.now() + 8_000 + i * 50));
const spread = system.clock.now() + 15_000;
report(`${count} posts over 20 s`, await run(Array.from({ length: count }, (_, i) => spread + i * 100)));
const together = Math.ceil((system.clock.now() + 15_000) / 1000) * 1000;
report(`${count} posts in the same second`, await run(Array.from({ length: count }, () => together)));

await system.stop();
if (folder) rmSync(folder, { recursive: true, force: true });
process.exit(0);

import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import * as z from "zod";
import { merged, missing } from "./coverage.ts";
import { fuzz } from "./fuzz.ts";
import { describedApi } from "./operations.ts";

// `npm run test:fuzz [-- --requests 1000000 --seed 7]`: requests made from openapi.json against the whole system, in parts:
// processes with a system each, as many at once as the machine has cores. What a part takes of memory ends with it. Part 3 of
// the seed 7 alone: `-- --seed 7.3 --requests <its requests> --parts 1`. The same seed makes the same choices; `--concurrency
// 1` makes the same run, but for the ids that the system chooses.

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "200000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    concurrency: { type: "string", default: "16" },
    /** How many processes at once. */
    workers: { type: "string", default: String(availableParallelism()) },
    parts: { type: "string" },
    coverage: { type: "boolean", default: false },
  },
});
const { seed, concurrency } = values;
const requests = Number(values.requests);
const workers = Number(values.workers);

/** So many requests a process; more, and its memory would grow without a bound. */
const MOST_REQUESTS = 50_000;
/** A run of so many is to have done everything at least once. */
const EVERY_OPERATION = 100_000;

const Outcome = z.object({
  wrong: z.number(),
  answered: z.record(z.string(), z.object({ asked: z.number(), done: z.number(), last: z.string() })),
});
type Outcome = z.infer<typeof Outcome>;

/** Runs a part in a process of its own; what it says begins with its seed. */
const runPart = (partSeed: string, count: number): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const part = fork(
      import.meta.filename,
      ["--seed", partSeed, "--requests", String(count), "--concurrency", concurrency, "--parts", "1"],
      { stdio: ["ignore", "pipe", "inherit", "ipc"] },
    );
    let outcome: Outcome | undefined;
    part.on("message", (message) => {
      outcome = Outcome.parse(message);
    });
    part.stdout?.setEncoding("utf8").on("data", (text: string) => {
      process.stdout.write(text.replace(/^(?=.)/gm, `[${partSeed}] `));
    });
    part.once("error", reject);
    part.once("exit", (code) =>
      outcome
        ? resolve(outcome)
        : reject(new Error(`The part ${partSeed} ended with status ${code} and said nothing.`)),
    );
  });

const inParts = async (parts: number): Promise<Outcome> => {
  const share = Math.ceil(requests / parts);
  const sizes = Array.from({ length: parts }, (_, i) => Math.min(share, requests - i * share)).entries();
  const outcomes: Outcome[] = [];
  await Promise.all(
    Array.from({ length: Math.min(workers, parts) }, async () => {
      for (const [i, size] of sizes) outcomes.push(await runPart(`${seed}.${i + 1}`, size));
    }),
  );
  return {
    wrong: outcomes.reduce((sum, { wrong }) => sum + wrong, 0),
    answered: merged(outcomes.map(({ answered }) => answered)),
  };
};

const parts = Number(values.parts ?? Math.max(workers, Math.ceil(requests / MOST_REQUESTS)));
const say = (line: string): void => console.log(line);
const startedAt = performance.now();
const outcome =
  parts > 1 ? await inParts(parts) : await fuzz({ requests, seed, concurrency: Number(concurrency), say });
let { wrong } = outcome;
if (process.send) process.send(outcome);
else {
  if (requests >= EVERY_OPERATION) {
    const { operations } = await describedApi();
    const { lacking, isTooMuch } = missing(operations, outcome.answered);
    for (const what of lacking) say(`${isTooMuch ? "WRONG" : "missed"} ${what}`);
    if (isTooMuch) wrong += lacking.length;
  }
  if (values.coverage)
    for (const [name, { asked, done, last }] of Object.entries(outcome.answered).sort())
      say(`${done}/${asked} ${name}${done === 0 ? `: ${last}` : ""}`);
  say(`${requests} requests in ${Math.round((performance.now() - startedAt) / 1000)} s, ${wrong} things wrong.`);
  if (wrong > 0) say(`Again with: npm run test:fuzz -- --requests ${requests} --seed ${seed} --parts ${parts}`);
}
process.exit(wrong > 0 ? 1 : 0);

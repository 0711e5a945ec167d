import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";

// `npm run test:fuzz [-- --requests 1000000 --seed 7]`: requests made from openapi.json against the whole system. The same
// seed makes the same choices; `--concurrency 1` makes the same run, but for the ids that the system chooses.

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "200000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    concurrency: { type: "string", default: "16" },
  },
});
const { wrong } = await fuzz({
  requests: Number(values.requests),
  seed: values.seed,
  concurrency: Number(values.concurrency),
  say: (line) => console.log(line),
});
if (wrong > 0)
  console.log(
    `\n${wrong} things are wrong. Again with: npm run test:fuzz -- --requests ${values.requests} --seed ${values.seed}`,
  );
process.exit(wrong > 0 ? 1 : 0);

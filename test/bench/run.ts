import { spawnSync } from "node:child_process";
import { join } from "node:path";

// npm run bench [-- <which> [arguments]]: all measurements, or one. Each runs in a process of its own.

const benches = ["lateness", "starts", "sealing", "entries", "responses"];
const [which, ...rest] = process.argv.slice(2);
if (which !== undefined && !benches.includes(which)) {
  console.error(`There is no measurement ${which}. There are: ${benches.join(", ")}.`);
  process.exit(2);
}
for (const name of which === undefined ? benches : [which]) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...rest], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// Executes the README's walks as they are written there: what stands in its ```sh blocks is run in one shell, against a
// system started with `npm start`, and every "# → …" must appear in what its block prints. It runs in a folder of its own,
// whose .data is new, so that nobody's data are touched.

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
if (blocks.length === 0) throw new Error("The README has no walk-through to execute.");

const folder = mkdtempSync(join(tmpdir(), "samenspraak-readme-"));
for (const name of readdirSync(root)) if (name !== ".data") symlinkSync(join(root, name), join(folder, name));

const env = { ...process.env, SAMENSPRAAK_DATA: join(folder, ".data"), PORT: process.env.PORT ?? "3300" };

const start = (): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    const child = spawn("npm", ["start"], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"], detached: true });
    let said = "";
    child.stdout.on("data", (text: Buffer) => {
      said += text;
      // The runner says this once everything is up and the demonstration stands.
      if (/^Samenspraak is at /m.test(said)) resolve(child);
    });
    child.on("exit", (code) => reject(new Error(`npm start ended with ${code}:\n${said}`)));
  });

const failures: string[] = [];
const marker = "--- end of block";
const system = await start();
try {
  const script = blocks.map((block) => `${block}\necho "${marker}"`).join("\n");
  const run = spawnSync("bash", ["-euo", "pipefail", "-c", script], {
    cwd: folder,
    env,
    encoding: "utf8",
    timeout: 240_000,
  });
  process.stdout.write(run.stdout);
  process.stderr.write(run.stderr);
  if (run.status !== 0) failures.push(`The commands ended with ${run.status ?? run.signal}.`);
  const outputs = run.stdout.split(marker);
  for (const [i, block] of blocks.entries()) {
    for (const [, expected = ""] of block.matchAll(/# → (.*)$/gm)) {
      if (!outputs[i]?.includes(expected.trim())) failures.push(`Block ${i + 1} did not print: ${expected.trim()}`);
    }
  }
} finally {
  // npm, the runner and the database are one group.
  if (system.pid) process.kill(-system.pid, "SIGTERM");
  await new Promise((resolve) => (system.exitCode === null ? system.once("close", resolve) : resolve(undefined)));
  rmSync(folder, { recursive: true, force: true });
}
const expectations = blocks.flatMap((block) => [...block.matchAll(/# → /g)]).length;
for (const failure of failures) console.error(failure);
console.log(`${expectations - failures.length} passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);

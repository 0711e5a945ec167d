// Installs what the lock file names, once. Plain JavaScript without dependencies, since it runs before anything is there,
// and under the Node that the machine has (20 or later); npm scripts then find the project's own Node 24 first.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const lock = join(root, "package-lock.json");
const installed = join(root, "node_modules", ".installed-lock.json");

const upToDate = existsSync(installed) && readFileSync(installed, "utf8") === readFileSync(lock, "utf8");
if (!upToDate) {
  console.log("Installing what Samenspraak needs from the npm registry (about half a minute, once) …");
  // No package here needs an install script, so none is run.
  const windows = process.platform === "win32";
  const npm = spawnSync(
    windows ? "npm.cmd" : "npm",
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: root,
      stdio: "inherit",
      shell: windows,
    },
  );
  if (npm.status !== 0) {
    console.error("The installation failed; the lines above say why. Mend it and run the same command again.");
    process.exit(npm.status ?? 1);
  }
  copyFileSync(lock, installed);
}

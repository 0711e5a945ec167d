import { execFile } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { minutes } from "../../functions/platform/clock.ts";

// What the real servers need has its own packages and locks, next to their tests; it is installed when they first run.

const run = promisify(execFile);
const mostMs = minutes(4);

/** Installs the packages of the lock file in a folder here, once; the folder. What cannot be had is a failure: it was not tried. */
export const install = async (name: string): Promise<string> => {
  const folder = join(import.meta.dirname, name);
  const [lock, installed] = [join(folder, "package-lock.json"), join(folder, "node_modules", ".installed-lock.json")];
  if (existsSync(installed) && readFileSync(installed, "utf8") === readFileSync(lock, "utf8")) return folder;
  const how = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const installs = () => run("npm", how, { cwd: folder, timeout: mostMs });
  try {
    // A registry may be away for a moment.
    await installs().catch(installs);
  } catch (error) {
    throw new Error(`NOT RUN: ${name}: npm could not install its packages, twice within ${mostMs / 1000} s.`, {
      cause: error,
    });
  }
  copyFileSync(lock, installed);
  return folder;
};

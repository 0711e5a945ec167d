import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { checkDraw } from "../functions/contests/check-draw.ts";
import type { Verdict } from "../functions/contests/verify.ts";

/**
 * `node infra/verify.ts <draw.json> [counts.json] [--seen <fingerprint>]` checks a published draw, offline.
 * Exit: 0 valid; 1 invalid; 2 valid, on a beacon that is not the public one; 64 used wrongly; 66 a file that cannot be read
 * (the last two as in sysexits.h).
 */

const verdicts: Record<Verdict["status"], string> = {
  0: "VALID. The winners follow from the public beacon, the committed entries and the committed rules, and from nothing else.",
  1: "INVALID. Do not trust this draw.",
  2: "VALID, BUT NOT ON THE PUBLIC BEACON. Whoever runs that beacon could have known the outcome in advance.",
};

/** A bundle may come from anyone: its words must not steer the terminal. */
const printable = (text: string): string => text.replace(/\p{C}/gu, "\uFFFD");

const stop = (status: number, message: string): never => {
  console.error(message);
  process.exit(status);
};

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const readJson = async (path: string): Promise<unknown> => {
  const text = await readFile(path, "utf8").catch((error) => stop(66, `Cannot read ${path}: ${reason(error)}`));
  try {
    return JSON.parse(text);
  } catch (error) {
    return stop(1, `${path} is not JSON: ${reason(error)}`);
  }
};

const usage = `Usage: npm run verify -- <draw.json> [counts.json] [--seen <fingerprint>]
Checks a published draw, offline; with the hourly public counts (counts.json), and with the fingerprint of the commitment as
you saw it before the draw.`;

const asked = () => {
  try {
    return parseArgs({ options: { seen: { type: "string" } }, allowPositionals: true });
  } catch (error) {
    return stop(64, `${reason(error)}\n${usage}`);
  }
};
const { positionals, values } = asked();
const [path, countsPath, ...more] = positionals;
if (path === undefined || more.length > 0) {
  stop(64, usage);
} else {
  const counts = countsPath === undefined ? undefined : await readJson(countsPath);
  const { status, checks } = checkDraw(await readJson(path), counts, values.seen);
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, ok, detail } of checks)
    console.log(`${ok ? "ok    " : "FAILED"}  ${name.padEnd(width)}  ${printable(detail)}`);
  const failed = checks.filter(({ ok }) => !ok).map(({ name }) => name);
  console.log(`\n${verdicts[status]}${failed.length ? ` Failed: ${failed.join(", ")}.` : ""}`);
  process.exitCode = status;
}

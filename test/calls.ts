import {
  appendFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { TestProject } from "vitest/node";

// Which IAM actions the functions have called in a run of the tests: each world writes them to a file, and roles.test.ts,
// which runs last, reads them all.

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of this run. */
    calls: string;
  }
}

/**
 * The ordinary run and the long one leave what was called for one another, in node_modules; a run of some tests of a file, or
 * behind faults, keeps its own.
 */
export default (project: TestProject): (() => void) => {
  const isPart = project.globalConfig.testNamePattern !== undefined || process.env.FAULTS !== undefined;
  const folder = isPart
    ? mkdtempSync(join(tmpdir(), "samenspraak-calls-"))
    : join(import.meta.dirname, "../node_modules/.calls");
  mkdirSync(folder, { recursive: true });
  project.provide("calls", folder);
  return () => {
    if (isPart) rmSync(folder, { recursive: true });
  };
};

/** `samenspraak-polls-page dynamodb:GetItem`: who called what. */
export type Call = `${string} ${string}`;
const callOf = (functionName: string, action: string): Call => `${functionName} ${action}`;

/** Files that have begun in this process: what an earlier run wrote of them is over. */
const begun = new Set<string>();

/** Writes down what the world of one test file sees, each call once. */
export const recordCalls = (folder: string, testFile: string): ((functionName: string, action: string) => void) => {
  const file = join(folder, basename(testFile));
  if (!begun.has(file)) writeFileSync(file, "");
  begun.add(file);
  const known = new Set<Call>();
  return (functionName, action) => {
    const call = callOf(functionName, action);
    if (known.has(call)) return;
    known.add(call);
    appendFileSync(file, `${call}\n`);
  };
};

/** What was called, and which test files that open a world have recorded nothing yet. */
export const recordedCalls = (folder: string): { calls: ReadonlySet<string>; missing: string[] } => {
  const opening = globSync(join(import.meta.dirname, "{,long/}*.test.ts")).filter((path) =>
    /\bopenWorld\(/.test(readFileSync(path, "utf8")),
  );
  const recorded = new Set(readdirSync(folder));
  const [there, missing] = [true, false].map((is) => opening.filter((path) => recorded.has(basename(path)) === is));
  const lines = (there ?? []).flatMap((path) => readFileSync(join(folder, basename(path)), "utf8").split("\n"));
  return { calls: new Set(lines.filter(Boolean)), missing: (missing ?? []).map((path) => basename(path)) };
};

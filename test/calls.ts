import { appendFileSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
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

export default (project: TestProject): (() => void) => {
  const folder = mkdtempSync(join(tmpdir(), "samenspraak-calls-"));
  project.provide("calls", folder);
  return () => rmSync(folder, { recursive: true });
};

/** `samenspraak-polls-page dynamodb:GetItem`: who called what. */
export type Call = `${string} ${string}`;
const callOf = (functionName: string, action: string): Call => `${functionName} ${action}`;

/** Writes down what the world of one test file sees, each call once. */
export const recordCalls = (folder: string, testFile: string): ((functionName: string, action: string) => void) => {
  const file = join(folder, basename(testFile));
  appendFileSync(file, "");
  const known = new Set<Call>();
  return (functionName, action) => {
    const call = callOf(functionName, action);
    if (known.has(call)) return;
    known.add(call);
    appendFileSync(file, `${call}\n`);
  };
};

/** What was called, and whether every test file that opens a world has recorded. */
export const recordedCalls = (folder: string): { calls: ReadonlySet<string>; isWhole: boolean } => {
  const files = readdirSync(folder);
  const lines = files.flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n").filter(Boolean));
  const opening = globSync(join(import.meta.dirname, "*.test.ts")).filter((path) =>
    /\bopenWorld\(/.test(readFileSync(path, "utf8")),
  );
  return { calls: new Set(lines), isWhole: opening.every((path) => files.includes(basename(path))) };
};

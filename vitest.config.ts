import { defineConfig } from "vitest/config";

const afterwards = "test/roles.test.ts";
// Behind faults (FAULTS=<seed>) these would only say again what they say without, or take longer than that is worth: they
// ask every route, or move the time by weeks. FAULTS=1 ALL=1 runs them all the same.
const deafToFaults = [
  "pages",
  "fairdraw",
  "system",
  "access",
  "role-table",
  "alarms",
  "costs",
  "consumer",
  "restore",
  "upgrade",
  "removals",
  "notices",
  "activity",
  "claims",
  "contest-pages",
  "contest-setup",
  "draw-cheats",
  "draw-page",
  "poll-pages",
  "proof-of-work",
  "stories",
].map((name) => `test/${name}.test.ts`);
const isBrief = process.env.FAULTS !== undefined && process.env.ALL === undefined;

// Vitest runs order 0 last where it has only one worker, so the orders start at 1.
const project = (name: string, include: string, exclude: string[] = [], groupOrder = 1) => ({
  extends: true as const,
  test: { name, include: [include], exclude, sequence: { groupOrder } },
});

export default defineConfig({
  test: {
    globalSetup: "test/calls.ts",
    projects: [
      project("tests", "test/*.test.ts", [afterwards, ...(isBrief ? deafToFaults : [])]),
      project("faults", "test/faults/*.test.ts"),
      project("proofs", "test/proofs/*.test.ts"),
      // What the tests have called is compared with the roles once they are all done.
      project("afterwards", afterwards, [], 2),
    ],
  },
});

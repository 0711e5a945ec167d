import { defineConfig } from "vitest/config";

const afterwards = "test/roles.test.ts";
// Behind faults (FAULTS=<seed>) these would only say again what they say without.
const deafToFaults = [
  "test/pages.test.ts",
  "test/fairdraw.test.ts",
  "test/system.test.ts",
  "test/alarms.test.ts",
  "test/costs.test.ts",
];

// Vitest runs order 0 last where it has only one worker, so the orders start at 1.
const project = (name: string, include: string, exclude: string[] = [], groupOrder = 1) => ({
  extends: true as const,
  test: { name, include: [include], exclude, sequence: { groupOrder } },
});

export default defineConfig({
  test: {
    globalSetup: "test/calls.ts",
    projects: [
      project("tests", "test/*.test.ts", [afterwards, ...(process.env.FAULTS === undefined ? [] : deafToFaults)]),
      project("faults", "test/faults/*.test.ts"),
      project("proofs", "test/proofs/*.test.ts"),
      // What the tests have called is compared with the roles once they are all done.
      project("afterwards", afterwards, [], 2),
    ],
  },
});

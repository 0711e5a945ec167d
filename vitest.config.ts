import { defineConfig } from "vitest/config";

const afterwards = "test/roles.test.ts";
const files = (...names: string[]): string[] => names.map((name) => `test/${name}.test.ts`);
/** Longer than the ordinary run has time for: browsers, every route, weeks that go by. With test/long/ it is `npm run test:long`. */
const slow = files(
  "activity",
  "claims",
  "contest-pages",
  "contest-setup",
  "costs",
  "draw-page",
  "exports",
  "idea-pages",
  "notices",
  "operations",
  "pages",
  "poll-pages",
  "removals",
  "restore",
  "role-table",
  "system",
  "upgrade",
);
/** As long, but said behind faults too. */
const slowAndFaulty = files("ballots", "contest-bonus", "fair-play", "webhooks");
// Behind faults (FAULTS=<seed>) these would only say again what they say without, or take longer than that is worth: they
// ask every route, or move the time by weeks. FAULTS=1 ALL=1 runs them all the same.
const deafToFaults = files(
  "fairdraw",
  "consumer",
  "draw-cheats",
  "charts",
  "network-bluesky",
  "network-mastodon",
  "network-wordpress",
  "proof-of-work",
  "refusals",
  "stories",
);
const isFaulty = process.env.FAULTS !== undefined;
const isBrief = isFaulty && process.env.ALL === undefined;
const besides = isFaulty ? (isBrief ? [...slow, ...deafToFaults] : []) : [...slow, ...slowAndFaulty];

// Vitest runs order 0 last where it has only one worker, so the orders start at 1.
const project = (name: string, include: string[], exclude: string[] = [], groupOrder = 1) => ({
  extends: true as const,
  test: { name, include, exclude, sequence: { groupOrder } },
});

export default defineConfig({
  test: {
    globalSetup: ["test/calls.ts", "test/databases.ts"],
    // No test is judged by its time: these end what hangs, also on a machine that has much else to do.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      project("tests", ["test/*.test.ts"], [afterwards, ...besides]),
      project("long", ["test/long/*.test.ts", ...slow, ...slowAndFaulty]),
      project("faults", ["test/faults/*.test.ts"]),
      project("proofs", ["test/proofs/*.test.ts"]),
      // Against real servers, which they fetch themselves.
      project("networks", ["test/networks/*/*.test.ts"]),
      // What the tests have called is compared with the roles once they are all done.
      project("afterwards", [afterwards], [], 2),
    ],
  },
});

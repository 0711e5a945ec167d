import { spawn } from "node:child_process";
import { once } from "node:events";
import { minutes } from "../../functions/platform/clock.ts";
import { getPds } from "./bluesky/server.ts";
import { NotHere } from "./debian.ts";
import { getSnac } from "./mastodon/snac.ts";
import { getWordPress } from "./wordpress/server.ts";

// npm run test:networks: the real servers are fetched side by side, then the connectors are tried against those that are here.
// Bluesky's comes from npm, as the project does. The others come from Debian: where it cannot be had, the suites that need
// them are left out, and a line says which and why (WHOLE=1 makes that a failure).

const fetched = { pds: getPds, snac: getSnac, wordpress: getWordPress };
type Server = keyof typeof fetched;
const suites: Record<string, readonly Server[]> = {
  activitypub: ["snac"],
  bluesky: ["pds"],
  mastodon: ["snac"],
  together: ["pds", "snac", "wordpress"],
  wordpress: ["wordpress"],
};

/** Why a server is not here, for each that is not. @throws what is no matter of Debian's */
const missing = async (): Promise<Map<Server, string>> => {
  const all = Object.entries(fetched).map(async ([name, get]): Promise<[Server, string][]> => {
    try {
      await get();
      return [];
    } catch (error) {
      if (error instanceof NotHere) return [[name as Server, error.message]];
      throw error;
    }
  });
  return new Map((await Promise.all(all)).flat());
};

const whyNot = await missing();
const lacks = (needed: readonly Server[]) => needed.filter((server) => whyNot.has(server));
const [run, left] = [true, false].map((isRun) =>
  Object.keys(suites).filter((suite) => (lacks(suites[suite] ?? []).length === 0) === isRun),
);
const files = (run ?? []).map((suite) => `test/networks/${suite}/`);
const vitest = spawn("vitest", ["run", "--maxWorkers=2", "--project", "networks", ...files, ...process.argv.slice(2)], {
  stdio: "inherit",
  timeout: minutes(10),
});
const [code] = await once(vitest, "exit");
if (left?.length)
  console.log(
    `NOT RUN: ${left.join(", ")}. They need servers of Debian's packages, and ${[...new Set(whyNot.values())].join("; ")}.`,
  );
process.exitCode = code === 0 && left?.length && process.env.WHOLE !== undefined ? 1 : (code ?? 1);

// npm start [-- --fresh]
// The whole system on this machine, at one address. What it does is kept in .data/; --fresh starts anew.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { functions } from "../../functions/manifest.ts";
import { instant } from "../../functions/platform/clock.ts";
import { writeDocs } from "../openapi.ts";
import type { BusEvent } from "./bus.ts";
import { Demonstration, demonstrationStartsBefore, seed } from "./demonstration.ts";
import { claimFolder } from "./lock.ts";
import { dataFolder } from "./names.ts";
import { localRoutes } from "./routes.ts";
import { startSystem } from "./system.ts";

const data = dataFolder;
const demonstrationFile = join(data, "demonstration.json");

const DEFAULT_PORT = 3000;
/** How many ports are tried, from the one that is wanted on. */
const PORTS_TRIED = 20;

/** For the eyes of this user only: it has an API key in it. Whole or not at all. */
const keepSecretly = (name: string, value: unknown): void => {
  const file = join(data, name);
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
};

const wantedPort = (): number => {
  const port = Number(process.env.PORT ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`PORT is ${process.env.PORT}, which is no port.`);
  return port;
};

const isFresh = (): boolean => {
  const { values } = parseArgs({ options: { fresh: { type: "boolean", default: false } } });
  return values.fresh;
};

let stopping = false;

/** Removes what an earlier runner kept, if no other one uses it. */
const clear = async (): Promise<void> => {
  mkdirSync(data, { recursive: true });
  const claim = await claimFolder(data);
  rmSync(data, { recursive: true, force: true });
  await claim.release();
};

/** The few words of an event that matter to who watches: short strings and numbers, and how many items. */
const words = (fields: Record<string, unknown>): string =>
  Object.entries(fields)
    .flatMap(([name, value]) => {
      if (typeof value === "string") return [value.length > 60 ? `${value.slice(0, 57)}…` : value];
      if (typeof value === "number") return [`${name} ${value}`];
      return Array.isArray(value) ? [`${value.length} ${name}`] : [];
    })
    .slice(0, 4)
    .join(" · ");

const line = ({ "detail-type": type, detail }: BusEvent, now: number): string => {
  const fields = typeof detail.data === "object" && detail.data !== null ? { ...detail.data } : {};
  return `${new Date(now).toLocaleTimeString("nl-NL")}  ${type.padEnd(24)} ${words(fields)}`;
};

const main = async (): Promise<void> => {
  const began = performance.now();
  const port = wantedPort();
  if (isFresh()) await clear();
  const known = existsSync(demonstrationFile)
    ? Demonstration.parse(JSON.parse(readFileSync(demonstrationFile, "utf8")))
    : undefined;
  // A first start that was cut short has half a demonstration: it begins again.
  if (!known) await clear();

  const system = await startSystem({
    functions,
    data,
    ports: Array.from({ length: PORTS_TRIED }, (_, i) => port + i),
    clock: known ? "running" : { running: { from: instant(Date.now() - demonstrationStartsBefore) } },
    writeDocs: (folder) => writeDocs(functions, folder),
    broken: (reason) => {
      console.error(reason);
      process.exit(1);
    },
  });

  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    console.log("Stopping …");
    rmSync(join(data, "local.json"), { force: true });
    await system.stop();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop());
  // npm puts a shell between itself and us, which does not pass a SIGTERM on: when that shell is gone, npm was stopped.
  if (process.env.npm_lifecycle_event === "start") {
    const shell = process.ppid;
    setInterval(() => process.ppid !== shell && void stop(), 500).unref();
  }

  if (system.url !== `http://127.0.0.1:${port}`) console.log(`Port ${port} is taken, so this is another one.`);
  /** The port may be another one than when the links were made. */
  const here = ({ label, url }: Demonstration["links"][number]) => ({
    label,
    url: `${system.url}${new URL(url).pathname}`,
  });
  let demonstration = known;
  system.mount(localRoutes(system, () => demonstration?.links.map(here) ?? []));
  if (!demonstration) {
    console.log("A first start: a bakery's week is made, through the front door …");
    demonstration = await seed(system, (said) => console.log(`  ${said}`));
    keepSecretly("demonstration.json", demonstration);
  }
  const { apiKey, workspaceId, links } = demonstration;
  keepSecretly("local.json", {
    url: system.url,
    aws: system.endpoints.aws,
    apiKey,
    workspaceId,
    processId: process.pid,
  });

  console.log(
    `\nSamenspraak is at ${system.url} (${((performance.now() - began) / 1000).toFixed(1)} s). Ctrl-C stops it.\n`,
  );
  for (const { label, url } of links.map(here)) console.log(`  ${label}\n    ${url}`);
  console.log(
    `  The API, to read and try\n    ${system.url}/docs\n  Mail that was sent\n    ${system.url}/local/mail\n`,
  );
  system.onEvent((event) => console.log(line(event, system.clock.now())));
};

try {
  await main();
} catch (error) {
  // What a stop in the middle of the start cuts off is no failure.
  if (!stopping) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

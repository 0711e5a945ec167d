import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";

// The system in a process that can be killed and started again: same data, same address.

const Said = z.object({ url: z.string(), lambda: z.string(), now: z.number() });
const Moved = z.object({ now: z.number() });
const Clock = z.object({ now: z.number(), aheadMs: z.number() });

export type Runner = Awaited<ReturnType<typeof startRunner>>;

export const startRunner = async (
  folder: string,
  options: {
    port: number;
    dynamodb: string;
    /** What it says on stderr. */
    say: (line: string) => void;
  },
) => {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, "runner-child.ts"), folder, String(options.port), options.dynamodb],
    // What was compiled is kept beside the data: half of each start would go into it.
    { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") } },
  );
  const ended = once(child, "exit");
  createInterface({ input: child.stderr! }).on("line", options.say);
  const lines = createInterface({ input: child.stdout! });
  const waiting: ((line: string | undefined) => void)[] = [];
  lines.on("line", (line) => waiting.shift()?.(line));
  void ended.then(() => {
    for (const waiter of waiting.splice(0)) waiter(undefined);
  });
  const next = () => new Promise<string | undefined>((resolve) => waiting.push(resolve));
  const first = await next();
  if (first === undefined) throw new Error("The system ended before it had begun.");
  const { url, lambda, now } = Said.parse(JSON.parse(first));
  let aheadMs = now - Date.now();

  return {
    url,
    lambda,
    /** Its time, Unix milliseconds. */
    now: (): number => Date.now() + aheadMs,
    /** Moves its time, through everything that falls due. Gives false where it was killed meanwhile. */
    advance: async (ms: number): Promise<boolean> => {
      child.stdin!.write(`${JSON.stringify({ advance: ms })}\n`);
      const line = await next();
      if (line === undefined) return false;
      aheadMs = Moved.parse(JSON.parse(line)).now - Date.now();
      return true;
    },
    kill: async (): Promise<void> => {
      child.kill("SIGKILL");
      await ended;
    },
  };
};

/** Lets time pass for a system that does not run. */
export const passTime = (folder: string, ms: number): void => {
  const file = join(folder, "clock.json");
  const { now, aheadMs } = Clock.parse(JSON.parse(readFileSync(file, "utf8")));
  writeFileSync(file, JSON.stringify({ now: now + ms, aheadMs: aheadMs + ms }));
};

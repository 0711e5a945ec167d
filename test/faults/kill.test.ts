import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, expect, test } from "vitest";
import * as z from "zod";
import { minutes } from "../../functions/platform/clock.ts";
import { httpRequest } from "../http.ts";

// The system is killed (-9) while posts leave, and started again: each post is delivered once or stands in a state that
// somebody sees. Real time while they leave and a real disk, so this runs with the slow suites.

const folder = mkdtempSync(join(tmpdir(), "samenspraak-kill-"));
let child: ChildProcess | undefined;
let lines: Interface;
afterAll(() => {
  child?.kill("SIGKILL");
  // Its database ends a moment after it.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

const Said = z.object({ url: z.string(), lambda: z.string(), now: z.number() });
const start = async (): Promise<z.infer<typeof Said>> => {
  child = spawn(process.execPath, [join(import.meta.dirname, "runner-child.ts"), folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  lines = createInterface({ input: child.stdout! });
  const [line] = await once(lines, "line");
  return Said.parse(JSON.parse(String(line)));
};
/** Moves its time, through everything that falls due. */
const advance = async (ms: number): Promise<void> => {
  child!.stdin!.write(`${JSON.stringify({ advance: ms })}\n`);
  await once(lines, "line");
};
const kill = async (): Promise<void> => {
  const ended = once(child!, "exit");
  child!.kill("SIGKILL");
  await ended;
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const Post = z.object({ text: z.string(), state: z.string() });
const Feed = z.object({ items: z.array(z.object({ text: z.string() })) });

test("killed while posts leave and started again, every post is delivered once or in a visible state", async () => {
  let { url, lambda, now } = await start();
  const made = await new LambdaClient({
    endpoint: lambda,
    region: "local",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  }).send(
    new InvokeCommand({ FunctionName: "samenspraak-workspaces-create", Payload: Buffer.from('{"name":"Killed"}') }),
  );
  const { apiKey: key } = z
    .object({ apiKey: z.string() })
    .parse(JSON.parse(Buffer.from(made.Payload ?? []).toString()));
  const ask = (method: string, path: string, body?: unknown) => httpRequest(url, method, path, { key, body });
  const channel = (await ask("POST", "/v1/channels", { network: "feed", name: "Killed", handle: "killed" })).as(
    z.object({ id: z.string() }),
  ).id;

  const count = 90;
  // Late enough that all are planned by then, however slow the machine is.
  const first = now + minutes(10);
  const texts = Array.from({ length: count }, (_, i) => `Post ${i}`);
  await Promise.all(
    texts.map(async (text, i) => {
      const at = new Date(first + i * 100).toISOString();
      expect((await ask("POST", "/v1/posts", { text, channels: [channel], at })).status).toBe(201);
    }),
  );
  await advance(first - Date.now());
  // Three times in the nine seconds in which they leave, at moments that nobody chose.
  for (let i = 0; i < 3; i++) {
    await pause(800 + Math.random() * 600);
    await kill();
    ({ url } = await start());
  }

  const posts = async () => {
    const pages = [];
    for (let next: string | null = ""; next !== null; ) {
      const answer = await ask("GET", `/v1/posts?limit=100${next && `&cursor=${encodeURIComponent(next)}`}`);
      const page: { items: z.infer<typeof Post>[]; next: string | null } = answer.as(
        z.object({ items: z.array(Post), next: z.string().nullable() }),
      );
      pages.push(...page.items);
      next = page.next;
    }
    return pages;
  };
  // What its owner left behind is followed: overdue posts are woken again when they are 1, 2, 4 minutes late.
  for (let minute = 0; minute < 10; minute++) await advance(minutes(1));

  const all = await posts();
  expect(all.filter(({ state }) => state === "scheduled" || state === "sending")).toEqual([]);
  expect(all.map(({ text }) => text).sort()).toEqual([...texts].sort());
  const shown: string[] = [];
  for (let before: string | null = ""; before !== null; ) {
    const answer = await httpRequest(url, "GET", `/@killed${before}`, { headers: { accept: "application/json" } });
    const feed: z.infer<typeof Feed> & { next?: string | null } = answer.as(
      Feed.extend({ next: z.string().nullish() }),
    );
    shown.push(...feed.items.map(({ text }) => text));
    before = feed.next ? new URL(feed.next).search : null;
  }
  expect(
    shown.filter((text, i) => shown.indexOf(text) !== i),
    "posted twice",
  ).toEqual([]);
  for (const { text, state } of all) {
    if (state === "published") expect(shown, text).toContain(text);
    else expect(["attention"], `${text} is ${state}`).toContain(state);
  }
  // The feed can always be asked, so here nothing stays in doubt.
  expect(all.filter(({ state }) => state !== "published")).toEqual([]);
  expect(shown).toHaveLength(count);
}, 420_000);

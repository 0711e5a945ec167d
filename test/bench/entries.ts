import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import * as z from "zod";
import { findContestBySlug } from "../../functions/contests/table.ts";
import { functions } from "../../functions/manifest.ts";
import { dynamodbCalls } from "../../infra/local/dynamodb.ts";
import { tableName } from "../../infra/local/names.ts";
import { startSystem } from "../../infra/local/system.ts";
import { httpRequest } from "../http.ts";
import type { Asked, Done } from "./load.ts";

// Confirmed entries a second on this machine, through the public routes, and whether what was accepted is what is stored;
// beside how many puts of such a row DynamoDB Local takes by itself, in the same run, from the same client.
//   npm run bench -- entries [seconds] [disk] [whole]
// `whole`: each entry from its address, through the mail, to the button; without it the mails are there already, as in the
// minute before a close, and the button is what is measured.

const seconds = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 60);
const onDisk = process.argv.includes("disk");
const isWhole = process.argv.includes("whole");
const atOnce = 32;

const folder = onDisk ? mkdtempSync(join(tmpdir(), "samenspraak-bench-")) : undefined;
const system = await startSystem({
  functions,
  clock: "running",
  say: () => undefined,
  ...(folder ? { data: folder } : {}),
});
const endpoint = z.string().parse(process.env.AWS_ENDPOINT_URL_DYNAMODB);

const Created = z.object({ apiKey: z.string() });
const { apiKey: key } = Created.parse(
  await system.invoke("samenspraak-workspaces-create", {
    name: "Bench",
    legalName: "Bench B.V.",
    address: "Voorstraat 12, Utrecht",
    replyTo: "bench@example.nl",
    privacyUrl: "https://bench.example/privacy",
  }),
);
const ask = async (path: string, body?: object) => httpRequest(system.url, "POST", path, { key, body });
const later = (ms: number) => new Date(system.clock.now() + ms).toISOString();
const made = await ask("/v1/contests", {
  slug: "bench",
  title: "Bench",
  promotes: "Taarten",
  prizes: [{ description: "Een taart", number: 1, valueCents: 2_800 }],
  closesAt: later(86_400_000),
  drawAt: later(87_000_000),
});
const { id: contestId } = made.as(z.object({ id: z.string() }));
await ask(`/v1/contests/${contestId}/open`);
const opened = await findContestBySlug("bench", later(0));
if (!opened) throw new Error("The contest did not open.");
const contest = opened;

// ── The client: a thread of its own ─────────────────────────────────────────────────────────────────────────────────

const load = async (asked: Omit<Asked, "atOnce">): Promise<Done> => {
  const worker = new Worker(new URL("./load.ts", import.meta.url), {
    workerData: { ...asked, atOnce } satisfies Asked,
  });
  const [done] = z.tuple([z.custom<Done>()]).parse(await once(worker, "message"));
  await worker.terminate();
  return done;
};
const rate = ({ answered, tookMs }: Done): number => answered / (tookMs / 1000);

// ── An entry as people make it ──────────────────────────────────────────────────────────────────────────────────────

const askFor = (email: string) => httpRequest(system.url, "POST", "/c/bench", { body: { email } });
const linkTo = async (email: string): Promise<string> => {
  await system.settle();
  const mail = system.mails.findLast(({ to }) => to.includes(email));
  return /https?:\/\/\S+confirm\S+/.exec(mail?.text ?? "")?.[0] ?? "";
};
await askFor("eerste@example.nl");
const firstLink = new URL(await linkTo("eerste@example.nl"));
const page = await httpRequest(system.url, "GET", `${firstLink.pathname}${firstLink.search}`, {
  headers: { accept: "text/html" },
});
/** The token of the page with the button: it holds for a day, whoever was shown it. */
const form = /name="form" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
const confirming = (t: string) => new URLSearchParams({ t, form }).toString();

const { confirmationUrl } = await import("../../functions/contests/links.ts");
let people = 0;
const tokens = async (count: number): Promise<string[]> => {
  const found: string[] = [];
  for (let i = 0; i < count; i++) {
    const identity = `email:deelnemer-${people++}@example.nl`;
    const link = await confirmationUrl(contest, { identity, referrer: undefined, language: "nl" });
    found.push(new URL(link).searchParams.get("t") ?? "");
  }
  return found;
};

const html = { accept: "text/html,application/xhtml+xml" };
const button = {
  url: `${system.url}/c/bench/confirm`,
  headers: { ...html, "content-type": "application/x-www-form-urlencoded" },
};

// ── What is stored ──────────────────────────────────────────────────────────────────────────────────────────────────

const call = dynamodbCalls(endpoint);
const Page = z.object({
  Count: z.number(),
  LastEvaluatedKey: z.unknown().optional(),
  Items: z.array(z.record(z.string(), z.unknown())).optional(),
});
const scan = async (asked: object) =>
  Page.parse(
    await call("Scan", {
      TableName: tableName,
      FilterExpression: "#kind = :kind",
      ExpressionAttributeNames: { "#kind": "kind" },
      ExpressionAttributeValues: { ":kind": { S: "entry" } },
      ...asked,
    }),
  );
const stored = async (): Promise<number> => {
  let count = 0;
  let from: unknown;
  do {
    const stretch = await scan({ Select: "COUNT", ConsistentRead: true, ...(from ? { ExclusiveStartKey: from } : {}) });
    count += stretch.Count;
    from = stretch.LastEvaluatedKey;
  } while (from);
  return count;
};

// ── The raw put ─────────────────────────────────────────────────────────────────────────────────────────────────────

const measureRaw = async (forSeconds: number, item: Record<string, unknown>): Promise<number> => {
  const bodies = { item: { ...item, kind: { S: "bench" } }, table: tableName, first: people };
  const done = await load({ raw: bodies, url: endpoint, headers: {}, seconds: forSeconds });
  people += done.answered;
  if (done.failed > 0) throw new Error(`${done.failed} puts failed.`);
  return rate(done);
};

// ── The run ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const warm = await load({ ...button, bodies: (await tokens(1000)).map(confirming), seconds: 20 });
if (warm.failed > 0) throw new Error(`${warm.failed} of ${warm.answered} failed: ${warm.said}`);
const { Items } = await scan({ Limit: 5000 });
const entryItem = Items?.find(({ kind }) => kind !== undefined);
if (!entryItem) throw new Error("No entry was stored.");
await measureRaw(3, entryItem);

/** From an address, through the mail, to the button. */
const enterWholly = async (forSeconds: number): Promise<Done> => {
  const from = performance.now();
  const isOver = () => performance.now() - from > 1000 * forSeconds;
  let answered = 0;
  const enter = async () => {
    while (!isOver()) {
      const email = `deelnemer-${people++}@example.nl`;
      await askFor(email);
      let mail = system.mails.findLast(({ to }) => to.includes(email));
      for (; !mail; mail = system.mails.findLast(({ to }) => to.includes(email)))
        await new Promise((resolve) => setTimeout(resolve, 5));
      const t = new URL(/https?:\/\/\S+confirm\S+/.exec(mail.text)?.[0] ?? "").searchParams.get("t") ?? "";
      const { status, text } = await httpRequest(system.url, "POST", "/c/bench/confirm", {
        form: { t, form },
        headers: html,
      });
      if (status !== 303) throw new Error(`${status} ${text.slice(0, 500)}`);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, enter));
  return { answered, failed: 0, tookMs: performance.now() - from, said: "" };
};
const enterByButton = async (forSeconds: number, bodies: string[]): Promise<Done> => {
  const done = await load({ ...button, bodies, seconds: forSeconds });
  if (done.failed > 0) throw new Error(`${done.failed} of ${done.answered} failed: ${done.said}`);
  return done;
};

// By turns, so that both meet the same machine, whatever else it does meanwhile.
const rounds = 6;
const before = await stored();
const raws: number[] = [];
const runs: Done[] = [];
/** Of the thread in which the functions run, and the gateway, the queues and the stream's readers with them. */
let cpuMs = 0;
for (let round = 0; round < rounds; round++) {
  const raw = await measureRaw(Math.max(1, seconds / rounds / 3), entryItem);
  raws.push(raw);
  const forSeconds = seconds / rounds;
  const bodies = isWhole ? [] : (await tokens(Math.ceil(forSeconds * raw * 1.5))).map(confirming);
  const from = process.threadCpuUsage();
  runs.push(await (isWhole ? enterWholly(forSeconds) : enterByButton(forSeconds, bodies)));
  await system.settle();
  const { user, system: kernel } = process.threadCpuUsage(from);
  cpuMs += (user + kernel) / 1000;
}
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const accepted = sum(runs.map(({ answered }) => answered));
const perSecond = accepted / (sum(runs.map(({ tookMs }) => tookMs)) / 1000);
const kept = (await stored()) - before;
const raw = sum(raws) / rounds;
const counted = (await httpRequest(system.url, "GET", `/v1/contests/${contestId}`, { key })).as(
  z.object({ counts: z.object({ entries: z.number() }) }),
).counts.entries;

const verdict = (fits: boolean): string => (fits ? "" : "   OVER BUDGET");
const round = (n: number): string => String(Math.round(n));
console.log(
  `Entries ${isWhole ? "from address to button" : "by the button"}, ${seconds} s, database ${onDisk ? "on disk" : "in memory"}, Node ${process.version}`,
);
console.log(`confirmed        ${round(perSecond)} a second`);
console.log(`raw puts         ${round(raw)} a second   (${raws.map(round).join(", ")})`);
console.log(
  `ratio            ${(perSecond / raw).toFixed(2)}${isWhole ? "" : `   (at least 0.3)${verdict(perSecond / raw >= 0.3)}`}`,
);
console.log(`CPU              ${(cpuMs / accepted).toFixed(2)} ms an entry, in the one thread of all functions`);
console.log(
  `accepted         ${accepted}, stored ${kept}, counted ${counted} with the ${before} of before${verdict(accepted === kept && counted === before + kept)}`,
);

call.close();
await system.stop();
if (folder) rmSync(folder, { recursive: true, force: true });
process.exit(accepted === kept && counted === before + kept ? 0 : 1);

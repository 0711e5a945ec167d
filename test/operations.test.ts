import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { newId, type Thing } from "../functions/platform/ids.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// What an operator sees, and what nobody may see. One story with everyone in it is told first; the tests read what it left.

const now = "2026-06-01T10:00:00.000Z";
const folder = mkdtempSync(join(tmpdir(), "samenspraak-operations-"));
let world: World;
let bakery: Workspace;
/** Everything that names a person or opens a door. */
const secrets = {
  anna: "anna.de.vries@personal.example",
  bram: "bram.bakker@personal.example",
  unknown: "geen.adres@personal.example",
  address: "203.0.113.77",
  device: "device-of-a-visitor-1234567890",
};
const tokens = new Set<string>();

const sent = (to: string): string => {
  const mail = world.mails.findLast((one) => one.to.includes(to));
  const token = /[?&]t=([\w.-]+)/.exec(mail?.text ?? "")?.[1];
  if (!token) throw new Error(`No link was mailed to ${to}.`);
  tokens.add(token);
  return token;
};
const json = { accept: "application/json", "content-type": "application/json", "x-forwarded-for": secrets.address };

beforeAll(async () => {
  world = await openWorld({ at: now, data: folder });
  bakery = await world.workspace("Bakkerij Zon");
  tokens.add(bakery.apiKey);
  const channel = idOf(await bakery.api("POST", "/v1/channels", { network: "feed", name: "Zon", handle: "zon" }));
  await bakery.api("POST", "/v1/posts", { text: "Vers brood", channels: [channel], at: "2026-06-01T10:05:00.000Z" });
  const contest = idOf(
    await bakery.api("POST", "/v1/contests", {
      slug: "win-brood",
      title: "Win brood",
      closesAt: "2026-06-01T12:00:00.000Z",
      drawAt: "2026-06-01T12:05:00.000Z",
      organiser: { name: "Bakkerij Zon", address: "Dorpsstraat 1, Breda", contact: "zon@example.nl" },
      promotes: "Brood",
      prizes: [{ description: "Een jaar brood", number: 1, valueCents: 9000 }],
    }),
  );
  await bakery.api("POST", `/v1/contests/${contest}/open`);
  await world.http("POST", "/c/win-brood", { body: { email: secrets.anna }, headers: json });
  await world.settle();
  const confirmed = await world.http("POST", "/c/win-brood/confirm", {
    body: { t: sent(secrets.anna) },
    headers: json,
  });
  const { shareUrl } = confirmed.as(z.object({ shareUrl: z.string() }));
  await world.http("POST", new URL(shareUrl).pathname, { body: { email: secrets.bram }, headers: json });
  await world.settle();
  await world.http("POST", "/c/win-brood/confirm", { body: { t: sent(secrets.bram) }, headers: json });
  const poll = await bakery.api("POST", "/v1/polls", {
    slug: "welk-brood",
    question: "Welk brood?",
    options: [{ text: "Wit" }, { text: "Bruin" }],
  });
  await bakery.api("POST", `/v1/polls/${idOf(poll)}/open`);
  const [option] = poll.as(z.object({ options: z.array(z.object({ id: z.string() })) })).options;
  await world.http("POST", "/p/welk-brood", { body: { option: option?.id, device: secrets.device }, headers: json });
  // What is wrong is refused, and what is refused is logged too.
  await world.http("POST", "/c/win-brood", { body: { email: `${secrets.unknown}\u0000` }, headers: json });
  await world.http("GET", `/c/win-brood/confirm?t=${secrets.unknown}`, { headers: json });
  await world.http("GET", `/v1/posts/${secrets.unknown}`, { key: bakery.apiKey });
  await world.http("GET", "/v1/posts", { key: `ssp_${"x".repeat(43)}` });
  const strange = { messageId: "strange", body: JSON.stringify({ pk: secrets.anna, sk: 1, [secrets.bram]: true }) };
  await world.invoke("posts/deliver", { Records: [strange] });
  await world.advance("PT3H");
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

test("a request that is refused frees its Idempotency-Key, at every API", async () => {
  const unknown = (thing: Thing) => newId(thing, now);
  const refused: [path: string, body?: object][] = [
    [`/v1/posts/${unknown("post")}/cancel`],
    [`/v1/polls/${unknown("poll")}/open`],
    [`/v1/contests/${unknown("contest")}/open`],
    [`/v1/channels/${unknown("channel")}/test`],
    [`/v1/keys/${unknown("key")}/rotate`, {}],
    [`/v1/media/${unknown("media")}/publish`],
    [`/v1/webhooks/${unknown("webhook")}/redrive`, {}],
    [`/v1/webhooks/${unknown("webhook")}/test`],
    ["/v1/workspace/host/verify"],
    ["/v1/workspace/mail/suppressions/find", { address: secrets.unknown }],
  ];
  for (const [path, body] of refused) {
    const ask = () => bakery.api("POST", path, body, { "idempotency-key": `again ${path}`.replaceAll(" ", "-") });
    const first = await ask();
    expect(first.status, `${path} ${first.text}`).toBeGreaterThanOrEqual(400);
    expect((await ask()).status, path).toBe(first.status);
  }
});

const Line = z.looseObject({ function: z.string(), workspaceId: z.string().optional() });
const lines = () => world.logs.map((line) => z.looseObject({}).parse(JSON.parse(line)));

describe("the log", () => {
  test("is lines of JSON, each with its function and the id of the request, the message or the event", () => {
    expect(lines().length).toBeGreaterThan(20);
    for (const line of lines()) {
      expect(Line.safeParse(line).success, JSON.stringify(line)).toBe(true);
      expect([line.requestId, line.messageId, line.eventId].filter(Boolean), JSON.stringify(line)).toHaveLength(1);
    }
  });

  test("has one line for each request: its route, how it ended, and whose it was where that is known", () => {
    const answered = lines().filter(({ message }) => message === "Answered");
    const of = (route: string) => answered.filter((line) => line.route === route);
    expect(of("POST /p/{slug}")).toMatchObject([
      { workspaceId: bakery.workspaceId, status: 201, milliseconds: expect.any(Number) },
    ]);
    expect(of("POST /v1/posts")).toMatchObject([
      { workspaceId: bakery.workspaceId, actor: expect.stringMatching(/^key_/), status: 201 },
    ]);
    expect(of("GET /v1/posts")).toMatchObject([{ status: 401 }]);
  });
});

describe("nobody's address, key, token, device or IP address", () => {
  /** Files under the data folder; mails and the keys of this machine are what they are. */
  const files = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !["mail.jsonl", "secrets.json"].includes(relative(folder, path)));
  /** What a file says; nothing where it is gone by now, as the journal of a transaction that has ended. */
  const read = (path: string): string => {
    try {
      return readFileSync(path, "latin1");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
      throw error;
    }
  };
  const found = (text: string): string[] =>
    [...Object.values(secrets), ...tokens].filter((secret) => text.toLowerCase().includes(secret.toLowerCase()));

  test("is in a log line, an event or a dead letter", () => {
    expect(found(world.logs.join("\n"))).toEqual([]);
    expect(found(JSON.stringify(world.events))).toEqual([]);
    expect(found(JSON.stringify(world.deadLetters))).toEqual([]);
  });

  test("is in a queue, an invocation that waits, the bucket or the table, as this machine keeps them on its disk", () => {
    const kept = files();
    expect(kept.map((path) => relative(folder, path))).toEqual(
      expect.arrayContaining(["functions.log", "queues.jsonl", "invocations.jsonl"]),
    );
    const telling = kept.flatMap((path) => found(read(path)).map((secret) => `${secret} in ${relative(folder, path)}`));
    expect(telling).toEqual([]);
  });
});

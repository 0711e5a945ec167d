import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { verifyBundle } from "../../functions/contests/verify.ts";
import { later, milliseconds, minutes } from "../../functions/platform/clock.ts";
import { deleteObjectsOf } from "../../functions/removals/objects.ts";
import { localBeacon } from "../../infra/local/beacon.ts";
import { tableName } from "../../infra/local/names.ts";
import { idOf, openWorld, type Workspace, type World } from "../world.ts";

// Seal and draw are killed (-9) at fifty points and done again: each time it is the same commitment and the same draw, byte for
// byte. The two functions run in a process of their own, on the world's table, bucket and keys; the world's own clock stands
// before the close, so nothing else touches the contest.

let world: World;
let bakery: Workspace;
let relay: Server;

beforeAll(async () => {
  world = await openWorld();
  const beacon = localBeacon({ secretKey: new Uint8Array(32).fill(7), genesis: 1_577_836_800, period: 3 });
  relay = createServer((request, response) => {
    const { status, body } = beacon.respond(request.url ?? "", 4_000_000_000);
    response.statusCode = status;
    response.end(body);
  });
  await new Promise<void>((ready) => relay.listen(0, "127.0.0.1", ready));
  const address = z.custom<AddressInfo>().parse(relay.address());
  process.env.BEACON = JSON.stringify({ chain: beacon.chain, relays: [`http://127.0.0.1:${address.port}`] });
  bakery = await world.workspace();
});
afterAll(async () => {
  relay.close();
  await world.close();
});

const Outcome = z.object({
  points: z.number(),
  commitment: z.string(),
  bundle: z.unknown(),
  entryIds: z.array(z.string()),
});

const killed = Symbol("killed");
const life = async (contestId: string, point: number): Promise<z.infer<typeof Outcome> | typeof killed> => {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "draw-child.ts"), bakery.workspaceId, contestId, String(point)],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  child.stdout.on("data", (text) => {
    said += text;
  });
  let wrong = "";
  child.stderr.on("data", (text) => {
    wrong += text;
  });
  const [code, signal] = await once(child, "close");
  if (signal === "SIGKILL") return killed;
  if (code !== 0) throw new Error(`It ended with ${code}: ${wrong}${said}`);
  return Outcome.parse(JSON.parse(said.trim().split("\n").at(-1) ?? ""));
};

test("killed at fifty points of seal and draw and done again, it is the same commitment and the same draw", async () => {
  const closesAt = later(world.now(), minutes(10));
  const slug = "geveld";
  const contestId = idOf(
    await bakery.api("POST", "/v1/contests", {
      slug,
      title: "Geveld",
      organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
      promotes: "Desembrood",
      prizes: [{ description: "Taart", number: 2, valueCents: 2_800 }],
      reserves: 2,
      closesAt,
      drawAt: later(closesAt, minutes(3)),
    }),
  );
  expect((await bakery.api("POST", `/v1/contests/${contestId}/open`)).status).toBe(200);
  for (let i = 0; i < 12; i++) {
    const email = `geveld-${i}@example.nl`;
    await world.http("POST", `/c/${slug}`, { body: { email } });
    await world.settle();
    const link = /https?:\/\/\S+/.exec(world.mails.findLast(({ to }) => to.includes(email))?.text ?? "")?.[0] ?? "";
    const t = new URL(link).searchParams.get("t");
    expect((await world.http("POST", `/c/${slug}/confirm`, { body: { t } })).status).toBe(200);
  }
  await world.settle();
  expect(milliseconds(world.now())).toBeLessThan(milliseconds(closesAt));

  const table = new DynamoDBClient();
  const Key = { pk: { S: `WS#${bakery.workspaceId}#CONTESTS` }, sk: { S: contestId } };
  const read = async () =>
    (await table.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }))).Item;
  const open = await read();
  /** As if none of it had happened. */
  const startOver = async () => {
    await table.send(new PutItemCommand({ TableName: tableName, Item: open }));
    await deleteObjectsOf({ pk: "", sk: "", kind: "contest", contestId });
  };

  const whole = await life(contestId, 0);
  if (whole === killed) throw new Error("Nobody killed it.");
  expect(verifyBundle(whole.bundle).status).toBe(2);
  expect(whole.points).toBeGreaterThanOrEqual(50);

  const states: (string | undefined)[] = [];
  for (let i = 0; i < 50; i++) {
    await startOver();
    const point = 1 + Math.round((i * (whole.points - 1)) / 49);
    expect({ point, ended: await life(contestId, point) }).toEqual({ point, ended: killed });
    const between = await read();
    states.push(between?.status?.S);
    if (between?.commitment?.S !== undefined) expect(between.commitment.S).toBe(whole.commitment);
    const { points: _, ...again } = z.object({ ...Outcome.shape }).parse(await life(contestId, 0));
    const { points: __, ...first } = whole;
    expect({ point, ...again }).toEqual({ point, ...first });
  }
  // The points lie in every state.
  for (const state of ["open", "closing", "counting", "sealed", "committed", "drawn"]) expect(states).toContain(state);
}, 1_200_000);

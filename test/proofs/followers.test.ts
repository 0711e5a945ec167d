import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ChannelView } from "../../functions/channels/channel.ts";
import { inboxes } from "../../functions/channels/fediverse-table.ts";
import { later, seconds } from "../../functions/platform/clock.ts";
import { put, save } from "../../functions/platform/table.ts";
import { PostView } from "../../functions/posts/post-view.ts";
import { openWorld, type World } from "../world.ts";

// A post for a thousand servers of the fediverse, some of which fail at first.

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const number = 1000;
const failing = 30;

test("a thousand servers get a post once each, no part of the work is long, and those that fail get it later", {
  timeout: 240_000,
}, async () => {
  const heard = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    request.resume().once("end", () => {
      const times = (heard.get(path) ?? 0) + 1;
      heard.set(path, times);
      const fails = Number(path.slice(1)) < failing && times === 1;
      response.writeHead(fails ? 500 : 202).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.OUTGOING_TEST_SERVERS = host;

  const { api, workspaceId } = await world.workspace();
  const channel = (await api("POST", "/v1/channels", { network: "feed", name: "Zon", handle: "zon" })).as(ChannelView);
  const by = { now: world.now(), actor: "test", cause: "test" };
  const all = Array.from({ length: number }, (_, i) =>
    put(inboxes, { workspaceId, channelId: channel.id, url: `http://${host}/${i}`, followers: 3 }),
  );
  for (let from = 0; from < number; from += 100) await save(all.slice(from, from + 100), by);
  const body = { text: "Vers brood", channels: [channel.id], at: later(world.now(), seconds(1)) };
  const { id } = (await api("POST", "/v1/posts", body)).as(PostView);
  const began = performance.now();
  await world.advance("PT5S");
  const took = performance.now() - began;
  expect((await api("GET", `/v1/posts/${id}`)).as(PostView).state).toBe("published");
  expect([heard.size, [...heard.values()].every((times) => times === 1)]).toEqual([number, true]);
  await world.advance("PT5M");
  const times = [...heard].map(([path, count]) => [Number(path.slice(1)) < failing ? 2 : 1, count]);
  expect(times.every(([wanted, count]) => wanted === count)).toBe(true);
  console.log(`${number} servers were told in ${Math.round(took)} ms.`);
  server.closeAllConnections();
  server.close();
});

import { test } from "vitest";
import { openWorld } from "./world.ts";

test("x", async () => {
  const world = await openWorld();
  const w = await world.workspace();
  const ch = await w.api("POST", "/v1/channels", { network: "feed", name: "X", handle: "x" });
  console.log(ch.text);
  const p = await w.api("POST", "/v1/posts", {
    text: "Hallo",
    channels: [(ch.body as any).id],
    at: new Date(Date.parse(world.now()) + 1000).toISOString(),
  });
  console.log(p.text);
  const t = setInterval(() => console.log("tick", world.now(), world.logs.slice(-3), world.deadLetters), 2000);
  const writes = await world.weigh(() => world.advance("PT1S"));
  clearInterval(t);
  console.log(writes, world.events);
  console.log((await w.api("GET", "/v1/posts")).text);
  await world.close();
}, 30000);

import { onDue } from "./background.ts";
import { milliseconds } from "./clock.ts";
import { closeShard, tallies } from "./counts.ts";

// A shard of the stream lives for hours, a poll for weeks: what closed shards have counted is kept in one item.

export const due = "shard.close";

export const handler = onDue(due, tallies, async ({ state, now, save }) => {
  await save(await closeShard(state, now, milliseconds(now)));
});

import { milliseconds, minutes } from "../platform/clock.ts";
import type { Used } from "./board.ts";
import { isCounted } from "./support.ts";
import { supportsInShard } from "./table.ts";

// Counts the rows of support themselves: exact, and a read of each. What the stream counts is what this counts (events/ideas.ts).

/** More from one network than a household or a small office sends; from there on it is told. */
const noticeable = 50;
const mostBursts = 10;

type Network = { count: number; byMinute: Map<number, number> };

export const recountSupport = async (board: Used, ideaId: string, now: string) => {
  let support = 0;
  let byMerge = 0;
  const networks = new Map<string, Network>();
  const countShard = async (shard: number) => {
    for await (const row of supportsInShard(board, ideaId, shard, now)) {
      if (!isCounted(row)) continue;
      support++;
      if (!row.own) byMerge++;
      if (row.network === undefined) continue;
      const network = networks.get(row.network) ?? { count: 0, byMinute: new Map<number, number>() };
      const minute = Math.floor(milliseconds(row.at) / minutes(1));
      network.count++;
      network.byMinute.set(minute, (network.byMinute.get(minute) ?? 0) + 1);
      networks.set(row.network, network);
    }
  };
  await Promise.all(Array.from({ length: board.shards }, (_, shard) => countShard(shard)));
  const bursts = [...networks]
    .filter(([, { count }]) => count >= noticeable)
    .map(([network, { count, byMinute }]) => ({ network, count, busiestMinute: Math.max(...byMinute.values()) }))
    .sort((a, b) => b.count - a.count || (a.network < b.network ? -1 : 1))
    .slice(0, mostBursts);
  return { support, byMerge, bursts };
};

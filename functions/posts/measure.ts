import { collectOf, type Seen } from "../channels/collect.ts";
import type { Connectors } from "../channels/connector.ts";
import { findChannel } from "../channels/table.ts";
import type { Task } from "../platform/background.ts";
import { clock, instant } from "../platform/clock.ts";
import { isLeaving } from "../platform/leaving.ts";
import { put } from "../platform/table.ts";
import { end, fail, measure, putOff, type Watched, type Watching } from "./figures.ts";
import { watchedDeliveries } from "./figures-table.ts";
import { findPost } from "./table.ts";

// The figures of one delivery are due: its network is asked. It has the same access and the same allowance as what is sent,
// and always comes second: while there is little left of the allowance, it waits.

const seenOf = async (watched: Watching, connectors: Connectors, task: Task): Promise<Seen> => {
  const { workspaceId, postId, channelId, key } = watched;
  const [post, channel] = await Promise.all([
    findPost(workspaceId, postId, task.now),
    findChannel(workspaceId, channelId, task.now),
  ]);
  const delivery =
    post?.status === "planned"
      ? post.deliveries.find((one) => one.channelId === channelId && one.key === key)
      : undefined;
  if (!delivery || delivery.state === "retracted") return { because: "It was taken back." };
  if (channel?.status !== "connected") return { because: "The channel was disconnected." };
  const connector = connectors[channel.network];
  if (!connector) throw new Error(`Nobody speaks to the network ${channel.network}.`);
  const { externalId, url, wakeAt } = watched;
  return collectOf({ key, externalId, url }, connector, channel, task, wakeAt);
};

/** How figures that are due are read with these connectors. */
export const measureWith =
  (connectors: Connectors) =>
  async (task: Task & { state: Watched }): Promise<void> => {
    const { state: watched, save } = task;
    if (watched.status !== "watching" || (await isLeaving(watched.workspaceId, clock.now()))) return;
    const seen = await seenOf(watched, connectors, task);
    const now = instant(clock.now());
    if ("collected" in seen) {
      const [next, events] = measure(watched, seen.collected.figures, now);
      return save([put(watchedDeliveries, next, events)]);
    }
    if ("until" in seen) return save([put(watchedDeliveries, putOff(watched, seen.until))]);
    if ("because" in seen) return save([put(watchedDeliveries, end(watched, seen.because))]);
    return save([put(watchedDeliveries, fail(watched, seen.trouble, now))]);
  };

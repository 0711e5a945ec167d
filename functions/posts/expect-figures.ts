import * as z from "zod";
import { networkOf } from "../channels/networks.ts";
import { findChannel } from "../channels/table.ts";
import { onEvent } from "../platform/background.ts";
import { put } from "../platform/table.ts";
import { watch } from "./figures.ts";
import { findWatched, watchedDeliveries } from "./figures-table.ts";
import { findPost } from "./table.ts";

// Something stands on a network that tells figures: from now on they are looked up (measure.ts).

export const on = ["delivery.published"];

const Of = z.object({ postId: z.string(), channelId: z.string(), externalId: z.string().optional() });

export const handler = onEvent(async ({ detail: { workspaceId, data }, now, save }) => {
  const { postId, channelId, externalId } = Of.parse(data);
  if (externalId === undefined) return;
  const [post, channel] = await Promise.all([
    findPost(workspaceId, postId, now),
    findChannel(workspaceId, channelId, now),
  ]);
  if (post?.status !== "planned" || !channel || networkOf(channel.network).profile.can.figures.length === 0) return;
  const delivery = post.deliveries.find((one) => one.channelId === channelId);
  // It may have been taken back, or sent once more, before this was told.
  if (delivery?.state !== "published" || delivery.externalId !== externalId) return;
  const { key, url, publishedAt } = delivery;
  if (await findWatched({ workspaceId, postId, channelId, publishedAt }, now)) return;
  const standing = { workspaceId, postId, channelId, network: channel.network, key, externalId, publishedAt };
  await save([put(watchedDeliveries, watch(url === undefined ? standing : { ...standing, url }))]);
});

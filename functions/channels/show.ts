import { brandOf } from "../workspaces/brand.ts";
import type { Channel } from "./channel.ts";
import { view } from "./channel-view.ts";

/** A channel as the API shows it, with its address at the workspace's own host. */
export const show = async (channel: Channel, now: string) =>
  view(channel, (await brandOf(channel.workspaceId, now)).url);

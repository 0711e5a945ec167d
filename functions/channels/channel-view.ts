import type * as z from "zod";
import { versionOf } from "../platform/table.ts";
import type { Channel, ChannelView } from "./channel.ts";
import { networkOf } from "./networks.ts";
import { isTroubleCode, troubles } from "./trouble.ts";

// Apart from channel.ts, since it asks the networks, which few pages need.

const mendOf = (code: string, channelId: string): string =>
  isTroubleCode(code) ? troubles[code].mend.replaceAll("{channelId}", channelId) : "Connect it again.";

/** As the API shows it. */
export const view = (channel: Channel, publicUrl: string): z.infer<typeof ChannelView> => {
  const trouble = channel.status === "connected" ? channel.trouble : undefined;
  const url = networkOf(channel.network).profile.named ? `${publicUrl}/@${channel.handle}` : channel.account?.url;
  return {
    ...channel,
    version: versionOf(channel),
    ...(url === undefined ? {} : { url }),
    secrets: channel.status === "connected" ? channel.secretNames : [],
    status: trouble ? "failing" : channel.status,
    trouble: trouble && { ...trouble, mend: mendOf(trouble.code, channel.id) },
    whenUnknown: channel.whenUnknown ?? "never-duplicate",
  };
};

import * as z from "zod";
import { announces } from "./event.ts";

const channelId = z.string();
const example = "ch_01jd0000000000000000000000";

export const { catalogue, event } = announces({
  "channel.connected": {
    data: z.object({ channelId, network: z.string() }),
    example: { channelId: example, network: "feed" },
  },
  "channel.changed": {
    data: z.object({ channelId, fields: z.array(z.string()).describe("The names of the fields that changed.") }),
    example: { channelId: example, fields: ["name"] },
  },
  "channel.failing": {
    data: z.object({ channelId, code: z.string() }).describe("Nothing can be sent there until somebody mends it."),
    example: { channelId: example, code: "network_access_revoked" },
  },
  "channel.recovered": {
    data: z.object({ channelId }),
    example: { channelId: example },
  },
  "channel.followed": {
    data: z.object({ channelId }).describe("Somebody on the fediverse follows it."),
    example: { channelId: example },
  },
  "channel.unfollowed": {
    data: z.object({ channelId }),
    example: { channelId: example },
  },
  "channel.answered": {
    data: z
      .object({ channelId, postId: z.string(), replyId: z.string() })
      .describe("Somebody on the fediverse answered a post of it."),
    example: { channelId: example, postId: "post_01jd0000000000000000000000", replyId: "q83vASNFZ4mrze8BI0VniQ" },
  },
  "channel.disconnected": {
    data: z.object({ channelId }),
    example: { channelId: example },
  },
});

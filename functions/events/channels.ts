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
  "channel.disconnected": {
    data: z.object({ channelId }),
    example: { channelId: example },
  },
});

import * as z from "zod";
import { announces } from "./event.ts";

const workspaceId = z.string();
const example = { workspaceId: "ws_01jd0000000000000000000000" };

export const { catalogue, event } = announces({
  "workspace.removal_announced": {
    data: z
      .object({ workspaceId, removesAt: z.iso.datetime() })
      .describe("Nothing of it is public any more, nothing is published, and at this time all of it is removed."),
    example: { ...example, removesAt: "2026-12-04T16:00:00.000Z" },
  },
  "workspace.removal_undone": { data: z.object({ workspaceId }), example },
  "workspace.deleted": { data: z.object({ workspaceId }), example },
});

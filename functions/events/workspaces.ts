import * as z from "zod";
import { announces } from "./event.ts";

export const { catalogue, event } = announces({
  "workspace.created": {
    data: z.object({ workspaceId: z.string() }),
    example: { workspaceId: "ws_01jd0000000000000000000000" },
  },
  "workspace.changed": {
    data: z.object({
      workspaceId: z.string(),
      fields: z.array(z.string()).describe("The names of the fields that changed."),
    }),
    example: { workspaceId: "ws_01jd0000000000000000000000", fields: ["name"] },
  },
  "key.created": {
    data: z.object({ keyId: z.string(), scopes: z.array(z.string()) }),
    example: { keyId: "key_01jd0000000000000000000000", scopes: ["posts:write"] },
  },
  "key.revoked": {
    data: z.object({ keyId: z.string() }),
    example: { keyId: "key_01jd0000000000000000000000" },
  },
});

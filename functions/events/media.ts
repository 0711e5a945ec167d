import * as z from "zod";
import { announces } from "./event.ts";

const mediaId = z.string();
const example = { mediaId: "media_01jd0000000000000000000000" };

export const { catalogue, event } = announces({
  "media.added": { data: z.object({ mediaId }).describe("An upload is awaited."), example },
  "media.published": {
    data: z.object({
      mediaId,
      type: z.string(),
      bytes: z.number().int(),
      width: z.number().int(),
      height: z.number().int(),
    }),
    example: { ...example, type: "image/jpeg", bytes: 182_000, width: 1600, height: 900 },
  },
  "media.sized": {
    data: z
      .object({ mediaId, type: z.string(), bytes: z.number().int(), width: z.number().int(), height: z.number().int() })
      .describe("A smaller one was made of it, for networks that do not take the large one."),
    example: { ...example, type: "image/jpeg", bytes: 412_000, width: 2048, height: 1536 },
  },
  "media.refused": {
    data: z.object({ mediaId, reason: z.string() }),
    example: { ...example, reason: "The file is cut short." },
  },
  "media.changed": {
    data: z.object({ mediaId, fields: z.array(z.string()).describe("The names of the fields that changed.") }),
    example: { ...example, fields: ["alt"] },
  },
  "media.deleted": { data: z.object({ mediaId }), example },
});

import * as z from "zod";

/** The same, smaller, for networks that do not take the large one. */
export const Smaller = z.object({
  type: z.literal("image/jpeg"),
  bytes: z.number().int(),
  width: z.number().int(),
  height: z.number().int(),
  sha256: z.string(),
});

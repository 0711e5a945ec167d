import * as z from "zod";
import { announces } from "./event.ts";

const exportId = z.string();
const example = { exportId: "exp_01jd0000000000000000000000" };

export const { catalogue, event } = announces({
  "export.started": {
    data: z.object({ exportId, personal: z.boolean().describe("Whether it says who people are.") }),
    example: { ...example, personal: false },
  },
  "export.finished": {
    data: z.object({ exportId, parts: z.int(), bytes: z.int() }),
    example: { ...example, parts: 14, bytes: 48_213 },
  },
  "export.deleted": { data: z.object({ exportId }), example },
});

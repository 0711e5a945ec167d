import * as z from "zod";
import { versionOf } from "../platform/table.ts";
import type { LinkSettings, Mention } from "./wording-table.ts";

// Who is mentioned, and how addresses are tagged, as the API shows them.

export const MentionView = z
  .object({ name: z.string(), says: z.string(), handles: z.record(z.string(), z.string()), version: z.int() })
  .meta({ id: "Mention" });
export const viewMention = (mention: Mention): z.infer<typeof MentionView> => ({
  ...mention,
  version: versionOf(mention),
});

export const LinkSettingsView = z
  .object({
    hosts: z.array(z.string()),
    medium: z.string(),
    campaign: z.string().optional(),
    sources: z.record(z.string(), z.string()).optional(),
    shortens: z.boolean(),
    version: z.int(),
  })
  .meta({ id: "LinkSettings" });
export const viewSettings = (settings: LinkSettings): z.infer<typeof LinkSettingsView> => ({
  ...settings,
  version: versionOf(settings),
});

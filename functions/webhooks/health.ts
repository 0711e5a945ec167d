import { clock, instant } from "../platform/clock.ts";
import { log } from "../platform/log.ts";
import { type Change, persist, put } from "../platform/table.ts";
import { findWebhook, webhooks } from "./table.ts";
import { type Enabled, hear, type News } from "./webhook.ts";

/** Keeps what an attempt says of its webhook, where it says something new. `known` may be seconds old. */
export const tell = async (
  known: Enabled,
  news: News,
  save: (changes: readonly Change[]) => Promise<void>,
): Promise<void> => {
  if (hear(known, news, instant(clock.now()))[0] === known) return;
  // Others change it too while its deliveries fail side by side.
  await persist(async () => {
    const now = instant(clock.now());
    const standing = await findWebhook(known.workspaceId, known.id, now);
    if (standing?.status !== "enabled") return;
    const [next, events] = hear(standing, news, now);
    if (next === standing) return;
    await save([put(webhooks, next, events)]);
    // Its workspace is mailed; whoever runs the system sees whether it is one receiver or all of them.
    if (events.some(({ type }) => type === "webhook.failing")) log.metric("WebhookFailing", "Count", 1);
  });
};

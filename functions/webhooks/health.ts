import { clock, instant } from "../platform/clock.ts";
import { log } from "../platform/log.ts";
import { type Change, Conflict, put } from "../platform/table.ts";
import { findWebhook, webhooks } from "./table.ts";
import { type Enabled, hear, type News } from "./webhook.ts";

/** Others change it too while its deliveries fail side by side. */
const mostAttempts = 6;

/** Keeps what an attempt says of its webhook, where it says something new. `known` may be seconds old. */
export const tell = async (
  known: Enabled,
  news: News,
  save: (changes: readonly Change[]) => Promise<void>,
): Promise<void> => {
  if (hear(known, news, instant(clock.now()))[0] === known) return;
  for (let attempt = 1; ; attempt++) {
    const now = instant(clock.now());
    const standing = await findWebhook(known.workspaceId, known.id, now);
    if (standing?.status !== "enabled") return;
    const [next, events] = hear(standing, news, now);
    if (next === standing) return;
    try {
      await save([put(webhooks, next, events)]);
      // Its workspace is mailed; whoever runs the system sees whether it is one receiver or all of them.
      if (events.some(({ type }) => type === "webhook.failing")) log.metric("WebhookFailing", "Count", 1);
      return;
    } catch (error) {
      if (!(error instanceof Conflict) || attempt === mostAttempts) throw error;
    }
  }
};

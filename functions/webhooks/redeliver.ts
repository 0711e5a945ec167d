import { onDue } from "../platform/background.ts";
import { put } from "../platform/table.ts";
import { giveUp } from "./delivery.ts";
import { tell } from "./health.ts";
import { deliver } from "./send.ts";
import { deliveries, findWebhook } from "./table.ts";

// What failed is tried again when it is due; what is redriven or replayed comes here as well. So many run side by side:
// receivers that hang wait for each other here.

export const due = "webhook.deliver";
/** Attempts take up to 15 s. */
export const limits = { timeoutSeconds: 30, atOnce: 20 };

export const handler = onDue(due, deliveries, async ({ state: delivery, now, save }) => {
  if (delivery.state !== "pending") return;
  const webhook = await findWebhook(delivery.workspaceId, delivery.webhookId, now);
  if (webhook?.status !== "enabled") return save([put(deliveries, giveUp(delivery))]);
  const [next, news] = await deliver(webhook, delivery);
  await save([put(deliveries, next)]);
  await tell(webhook, news, save);
});

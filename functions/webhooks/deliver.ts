import type { Detail } from "../events/event.ts";
import { onEvent, type Task } from "../platform/background.ts";
import { Conflict, put } from "../platform/table.ts";
import { begin, type Delivery } from "./delivery.ts";
import { tell } from "./health.ts";
import { deliver } from "./send.ts";
import { deliveries, findDelivery, listeners } from "./table.ts";
import { type Enabled, matches } from "./webhook.ts";

// Every event comes here, and goes at once to the webhooks that listen to it: what goes well costs one write, which is the
// log. What fails is saved with its due time and goes on in redeliver.ts. A webhook whose last attempt failed gets nothing
// from here but that: a receiver that hangs holds up its own queue, and nobody else.

export const on = "everything";
/** Attempts take up to 15 s. */
export const limits = { timeoutSeconds: 30 };

type Heard = Task & { type: string; detail: Detail };

const hear = async (webhook: Enabled, { type, detail, now, save }: Heard): Promise<void> => {
  const fresh = begin({ workspaceId: webhook.workspaceId, webhookId: webhook.id }, { type, detail }, now);
  if (await findDelivery(fresh, now)) return; // The event came twice.
  const keep = async (delivery: Delivery) => {
    try {
      await save([put(deliveries, delivery)]);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error; // The event came twice at the same time.
    }
  };
  if (webhook.failingSince !== undefined) return keep(fresh);
  const [next, news] = await deliver(webhook, fresh);
  await keep(next);
  await tell(webhook, news, save);
};

export const handler = onEvent(async (task) => {
  const listening = await listeners(task.detail.workspaceId, task.now);
  const wanting = listening.filter(({ patterns }) => matches(patterns, task.type));
  const done = await Promise.allSettled(wanting.map((webhook) => hear(webhook, task)));
  for (const one of done) if (one.status === "rejected") throw one.reason;
});

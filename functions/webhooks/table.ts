import { remembers } from "../platform/cache.ts";
import { milliseconds } from "../platform/clock.ts";
import { newId } from "../platform/ids.ts";
import { open, seal } from "../platform/secrets.ts";
import { all, forgetOnSave, get, getCached, type Key, type Kind, page, type Stretch } from "../platform/table.ts";
import { Delivery, type Failed } from "./delivery.ts";
import { Replay } from "./replay.ts";
import { type Deleted, type Enabled, type Standing, secretsAt, Webhook } from "./webhook.ts";

// Asked                                            Answered by
// this webhook                                     WS#<workspace>#WEBHOOKS / <webhook>
// the webhooks of a workspace, oldest first        the same partition, since ids sort by time
// the deliveries of a webhook, newest event first  WS#<workspace>#WEBHOOK#<webhook> / <delivery>, since these sort by the event's time
// this replay                                      WS#<workspace>#REPLAY#<replay> / REPLAY
// what is to be sent (again), or replayed          the index `due`

export const webhooks: Kind<Webhook> = {
  kind: "webhook",
  schema: Webhook,
  key: ({ workspaceId, id }) => webhookKey(workspaceId, id),
  expires: (webhook) => (webhook.status === "deleted" ? webhook.expires : undefined),
};
const webhookKey = (workspaceId: string, id: string): Key => ({ pk: `WS#${workspaceId}#WEBHOOKS`, sk: id });

const isStanding = (webhook: Standing | Deleted): webhook is Standing => webhook.status !== "deleted";

export const findWebhook = async (
  workspaceId: string,
  webhookId: string,
  now: string,
): Promise<Standing | undefined> => {
  const webhook = await get(webhooks, webhookKey(workspaceId, webhookId), milliseconds(now));
  return webhook && isStanding(webhook) ? webhook : undefined;
};

/** Oldest first. */
export const webhooksOf = async (
  workspaceId: string,
  list: { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<Stretch<Standing>> => {
  const { items, next } = await page(
    webhooks,
    { pk: webhookKey(workspaceId, "").pk },
    { ...list, nowMs: milliseconds(now), keep: isStanding },
  );
  return { items: items.filter(isStanding), next };
};

const known = remembers<Enabled[]>();
forgetOnSave((key) => known.forget(key.split("\n")[0] ?? ""));

/** Those that hear events, at most five seconds old: every event asks. */
export const listeners = (workspaceId: string, now: string): Promise<Enabled[]> => {
  const { pk } = webhookKey(workspaceId, "");
  return known.get(pk, async () => {
    const found = await Array.fromAsync(all(webhooks, { pk }, milliseconds(now)));
    return found.filter((webhook) => webhook.status === "enabled");
  });
};

const bound = (webhookId: string): string => `webhook ${webhookId} secret`;

export const sealSecret = (workspaceId: string, webhookId: string, secret: Uint8Array): Promise<Uint8Array> =>
  seal(workspaceId, bound(webhookId), secret);

/** The secrets that sign at this moment, open. */
export const openSecrets = (webhook: Standing, now: string): Promise<Uint8Array[]> =>
  Promise.all(secretsAt(webhook, now).map((sealed) => open(webhook.workspaceId, bound(webhook.id), sealed)));

export const deliveries: Kind<Delivery> = {
  kind: "webhook-delivery",
  schema: Delivery,
  key: ({ workspaceId, webhookId, id }) => deliveryKey(workspaceId, webhookId, id),
  due: (delivery) => (delivery.state === "pending" ? { at: delivery.sendAt, kind: "webhook.deliver" } : undefined),
  expires: ({ expires }) => expires,
};
const deliveryKey = (workspaceId: string, webhookId: string, id: string): Key => ({
  pk: `WS#${workspaceId}#WEBHOOK#${webhookId}`,
  sk: id,
});

export const findDelivery = (
  { workspaceId, webhookId, id }: { workspaceId: string; webhookId: string; id: string },
  now: string,
): Promise<Delivery | undefined> => get(deliveries, deliveryKey(workspaceId, webhookId, id), milliseconds(now));

/** Newest event first. */
export const deliveriesOf = (
  { workspaceId, id }: Standing,
  list: { limit: number; startAfter?: Key | undefined; keep?: (delivery: Delivery) => boolean },
  now: string,
): Promise<Stretch<Delivery>> =>
  page(
    deliveries,
    { pk: deliveryKey(workspaceId, id, "").pk, newestFirst: true },
    { ...list, nowMs: milliseconds(now) },
  );

/** The oldest failed deliveries, of events from `since` on; `more`: there are others. */
export const failedOf = async (
  { workspaceId, id }: Standing,
  { since, limit }: { since: string | undefined; limit: number },
  now: string,
): Promise<{ items: Failed[]; more: boolean }> => {
  // Ids begin with their event's time; this is the least of that millisecond.
  const from = since === undefined ? {} : { from: newId("delivery", since, new Uint8Array(16)) };
  const { items, next } = await page(
    deliveries,
    { pk: deliveryKey(workspaceId, id, "").pk, ...from },
    { limit, nowMs: milliseconds(now), keep: isFailed },
  );
  return { items: items.filter(isFailed), more: next !== undefined };
};
const isFailed = (delivery: Delivery): delivery is Failed => delivery.state === "failed";

export const replays: Kind<Replay> = {
  kind: "webhook-replay",
  schema: Replay,
  key: ({ workspaceId, id }) => replayKey(workspaceId, id),
  due: (replay) => (replay.state === "requested" ? { at: replay.startAt, kind: "webhook.replay" } : undefined),
  expires: ({ expires }) => expires,
};
const replayKey = (workspaceId: string, id: string): Key => ({ pk: `WS#${workspaceId}#REPLAY#${id}`, sk: "REPLAY" });

const cachedReplay = getCached(replays);
export const findReplay = (workspaceId: string, replayId: string, now: string): Promise<Replay | undefined> =>
  cachedReplay(replayKey(workspaceId, replayId), milliseconds(now));

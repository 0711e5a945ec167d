import { randomBytes } from "node:crypto";
import * as z from "zod";
import { catalogue } from "../events/catalogue.ts";
import { event } from "../events/webhooks.ts";
import { days, hours, later } from "../platform/clock.ts";
import { found, refuse } from "../platform/errors.ts";
import { api, list, refuseFields, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { Instant } from "../platform/input.ts";
import { refusalOfUrl } from "../platform/public-address.ts";
import { secretBytes, showSecret } from "../platform/standard-webhooks.ts";
import { type Change, insteadOf, put } from "../platform/table.ts";
import { DeliveryView, type Failed, redrive, view as showDelivery } from "./delivery.ts";
import { ReplayView, request } from "./replay.ts";
import {
  deliveries,
  deliveriesOf,
  failedOf,
  findDelivery,
  findWebhook,
  replays,
  sealSecret,
  webhooks,
  webhooksOf,
} from "./table.ts";
import { change, create, enabled, mostWebhooks, remove, rotate, type Standing, view, WebhookView } from "./webhook.ts";

const WebhookPath = z.object({ webhookId: Id("webhook") });

const Address = z
  .string()
  .max(2000)
  .superRefine((url, context) => {
    const refusal = refusalOfUrl(url);
    if (refusal) context.addIssue({ code: "custom", message: refusal });
  })
  .describe("Where events are posted to, over https.");

const names = Object.keys(catalogue);
const isKnown = (pattern: string): boolean =>
  pattern === "*" ||
  names.includes(pattern) ||
  (pattern.endsWith(".*") && names.some((name) => name.startsWith(pattern.slice(0, -1))));

const Patterns = z
  .array(z.string().max(100).refine(isKnown, "No event has this name. Give a name, `<thing>.*`, or `*` for all."))
  .min(1)
  .max(50)
  .transform((patterns) => [...new Set(patterns)])
  .describe("Names of events, `<thing>.*` for all of a thing, or `*` for all.");

const Description = z.string().max(200).describe("For your own eyes.");

const NewWebhook = z.strictObject({ url: Address, events: Patterns, description: Description.default("") });
const WebhookChange = z.strictObject({
  url: Address.optional(),
  events: Patterns.optional(),
  description: Description.optional(),
  status: z.enum(["enabled", "disabled"]).optional(),
});

const secret = z.string().describe("What signs: shown once, here. Keep it.");
const WebhookWithSecret = z.object({ ...WebhookView.shape, secret }).meta({ id: "WebhookWithSecret" });

const mostOverlapHours = 168;
const Rotation = z.strictObject({
  overlapHours: z
    .number()
    .int()
    .min(0)
    .max(mostOverlapHours)
    .default(24)
    .describe("So long the old secret signs too; 0 where it leaked."),
});

const Redrive = z.strictObject({
  deliveryId: Id("delivery").optional().describe("Just this one."),
  since: Instant.optional().describe("Only of events from this time on; by default all that failed."),
});

/** The archive keeps a year. */
const archivedMs = days(365);
const NewReplay = z
  .strictObject({
    from: Instant,
    to: Instant,
    events: Patterns.optional().describe("By default what the webhook listens to."),
  })
  .refine(({ from, to }) => from < to, { path: ["to"], message: "It must be after `from`." });

const findStanding = async (workspaceId: string, webhookId: string, now: string): Promise<Standing> =>
  found(await findWebhook(workspaceId, webhookId, now), "webhook");

const show = ({ after }: Change<Standing>) => view(after);

export const routes = {
  createWebhook: route({
    method: "POST",
    path: "/v1/webhooks",
    access: "webhooks:write",
    summary:
      "Sends events to an address from now on, signed (Standard Webhooks). The secret is shown in this answer only.",
    body: NewWebhook,
    returns: WebhookWithSecret,
    status: 201,
    refuses: ["too_many_webhooks"],
    run: async ({ workspaceId, body, now, save }) => {
      const { items } = await webhooksOf(workspaceId, { limit: mostWebhooks, startAfter: undefined }, now);
      if (items.length >= mostWebhooks)
        refuse("too_many_webhooks", `A workspace has at most ${mostWebhooks} webhooks. Delete one first.`);
      const id = newId("webhook", now);
      const bytes = randomBytes(secretBytes);
      const secrets = [{ sealed: await sealSecret(workspaceId, id, bytes) }];
      const { events: patterns, ...rest } = body;
      const saved = put(webhooks, ...create({ workspaceId, id, ...rest, patterns, secrets, createdAt: now }));
      return save([saved], { ...show(saved), secret: showSecret(bytes) });
    },
  }),

  listWebhooks: list({
    method: "GET",
    path: "/v1/webhooks",
    access: "webhooks:read",
    summary: "Lists the webhooks, oldest first.",
    item: WebhookView,
    run: async ({ workspaceId, list, now }) => {
      const { items, next } = await webhooksOf(workspaceId, list, now);
      return { items: items.map(view), next };
    },
  }),

  getWebhook: route({
    method: "GET",
    path: "/v1/webhooks/{webhookId}",
    access: "webhooks:read",
    summary: "Gets one webhook.",
    params: WebhookPath,
    returns: WebhookView,
    run: async ({ workspaceId, params, now }) => view(await findStanding(workspaceId, params.webhookId, now)),
  }),

  changeWebhook: route({
    method: "PATCH",
    path: "/v1/webhooks/{webhookId}",
    access: "webhooks:write",
    summary: "Changes a webhook's address, events or description; disables it, or enables it again.",
    params: WebhookPath,
    body: WebhookChange,
    returns: WebhookView,
    refuses: ["stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const webhook = await findStanding(workspaceId, params.webhookId, now);
      expect(webhook);
      if (Object.keys(body).length === 0) return view(webhook);
      const saved = put(webhooks, ...change(webhook, body, now));
      return save([saved], show(saved));
    },
  }),

  deleteWebhook: route({
    method: "DELETE",
    path: "/v1/webhooks/{webhookId}",
    access: "webhooks:write",
    summary: "Deletes a webhook: nothing is sent there any more, within five seconds; its secret is forgotten.",
    params: WebhookPath,
    status: 204,
    refuses: ["stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const webhook = await findStanding(workspaceId, params.webhookId, now);
      expect(webhook);
      const [next, events] = remove(webhook, now);
      await save([put(webhooks, insteadOf(webhook, next), events)], undefined);
    },
  }),

  rotateWebhookSecret: route({
    method: "POST",
    path: "/v1/webhooks/{webhookId}/rotate",
    access: "webhooks:write",
    summary: "Gives a webhook a new secret, shown in this answer only. The old one signs too for a while.",
    params: WebhookPath,
    body: Rotation,
    returns: WebhookWithSecret,
    run: async ({ workspaceId, params, body, now, save }) => {
      const webhook = await findStanding(workspaceId, params.webhookId, now);
      const bytes = randomBytes(secretBytes);
      const sealed = await sealSecret(workspaceId, webhook.id, bytes);
      const saved = put(webhooks, ...rotate(webhook, sealed, later(now, hours(body.overlapHours)), now));
      return save([saved], { ...show(saved), secret: showSecret(bytes) });
    },
  }),

  listWebhookAttempts: list({
    method: "GET",
    path: "/v1/webhooks/{webhookId}/attempts",
    access: "webhooks:read",
    summary: "Lists what was sent to a webhook in the last 30 days, the newest event first, with every attempt.",
    params: WebhookPath,
    filter: { state: z.enum(["pending", "delivered", "failed"]).optional() },
    item: DeliveryView,
    run: async ({ workspaceId, params, query, list, now }) => {
      const webhook = await findStanding(workspaceId, params.webhookId, now);
      const { state } = query;
      const keep = state === undefined ? {} : { keep: (delivery: { state: string }) => delivery.state === state };
      const { items, next } = await deliveriesOf(webhook, { ...list, ...keep }, now);
      return { items: items.map(showDelivery), next };
    },
  }),

  redriveWebhook: route({
    method: "POST",
    path: "/v1/webhooks/{webhookId}/redrive",
    access: "webhooks:write",
    summary:
      "Sends failed deliveries once more, the oldest first, up to 50 in a call; `more` says that there are others.",
    params: WebhookPath,
    body: Redrive,
    returns: z.object({ deliveries: z.number().int(), more: z.boolean() }).meta({ id: "WebhookRedrive" }),
    refuses: ["webhook_disabled", "delivery_not_failed"],
    run: async ({ workspaceId, params, body, now, save }) => {
      const webhook = enabled(await findStanding(workspaceId, params.webhookId, now));
      const { items, more } =
        body.deliveryId === undefined
          ? await failedOf(webhook, { since: body.since, limit: mostRedriven }, now)
          : { items: [await findFailed(webhook, body.deliveryId, now)], more: false };
      const answer = { deliveries: items.length, more };
      if (items.length === 0) return answer;
      const told = event("webhook.redriven", { webhookId: webhook.id, deliveries: items.length });
      const again = items.map((delivery, i) => put(deliveries, redrive(delivery, now), i === 0 ? [told] : []));
      return save(again, answer);
    },
  }),

  replayToWebhook: route({
    method: "POST",
    path: "/v1/webhooks/{webhookId}/replay",
    access: "webhooks:write",
    summary:
      "Sends archived events of a time to this webhook once more, and to nobody else. An event has the same webhook-id as the first time; the archive is a year long and some ten minutes behind.",
    params: WebhookPath,
    body: NewReplay,
    returns: ReplayView,
    status: 202,
    refuses: ["webhook_disabled"],
    run: async ({ workspaceId, params, body, now, save }) => {
      const webhook = enabled(await findStanding(workspaceId, params.webhookId, now));
      if (body.to > now) invalid("to", "It must be past.");
      if (body.from < later(now, -archivedMs)) invalid("from", "The archive goes a year back.");
      const id = newId("replay", now);
      const { from, to, events: patterns } = body;
      const saved = put(replays, ...request({ workspaceId, webhookId: webhook.id, id, from, to, patterns }, now));
      return save([saved], { id, ...body });
    },
  }),
};

/** Bodies of at most 60 KB each: a transaction takes 100 items and 4 MB. */
const mostRedriven = 50;

const findFailed = async ({ workspaceId, id: webhookId }: Standing, id: string, now: string): Promise<Failed> => {
  const delivery = found(await findDelivery({ workspaceId, webhookId, id }, now), "delivery");
  return delivery.state === "failed"
    ? delivery
    : refuse(
        "delivery_not_failed",
        `This delivery is ${delivery.state}. Only a failed one can be sent once more; what was delivered can be replayed.`,
        [{ pointer: "#/deliveryId", detail: "This delivery has not failed." }],
      );
};

const invalid = (field: string, detail: string): never => refuseFields("body", [{ pointer: `#/${field}`, detail }]);

export const handler = api(routes);

import * as z from "zod";
import { found } from "../platform/errors.ts";
import { api, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { Attempt, bodyOf } from "./delivery.ts";
import { attempt } from "./send.ts";
import { findWebhook } from "./table.ts";

// The test event is sent while the caller waits, by a function of its own: those of the API do not dial out.

const Tested = z.object({ delivered: z.boolean(), ...Attempt.shape }).meta({ id: "WebhookTest" });

export const routes = {
  testWebhook: route({
    method: "POST",
    path: "/v1/webhooks/{webhookId}/test",
    access: "webhooks:write",
    summary:
      "Sends a signed `webhook.test` event now, also to a disabled webhook, and says what the receiver answered.",
    params: z.object({ webhookId: Id("webhook") }),
    returns: Tested,
    run: async ({ workspaceId, params, actor, requestId, now }) => {
      const webhook = found(await findWebhook(workspaceId, params.webhookId, now), "webhook");
      const id = newId("event", now);
      const data = { webhookId: webhook.id };
      const detail = { id, version: 1, workspaceId, at: now, actor, cause: requestId, data };
      const { outcome, ...tried } = await attempt(webhook, { eventId: id, body: bodyOf("webhook.test", detail) });
      return { delivered: outcome === "delivered", ...tried };
    },
  }),
};

export const handler = api(routes);

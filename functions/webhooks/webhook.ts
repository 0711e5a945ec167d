import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/webhooks.ts";
import { days, later } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { Bytes, versionOf } from "../platform/table.ts";
import { mostTries, timeLeftAfter, triesBeforeWarning } from "./schedule.ts";

// A webhook: an address of someone who hears the workspace's events, and which of them.
//
//   enabled ──► disabled (asked, failures, gone) ──► enabled
//      └────────────┴──► deleted

const common = {
  workspaceId: z.string(),
  id: z.string(),
  url: z.string(),
  /** What it listens to: names of events, `thing.*`, or `*`. */
  patterns: z.array(z.string()),
  description: z.string(),
  /** Sealed, the newest first. One with `until` has been replaced and signs until then. */
  secrets: z.array(z.object({ sealed: Bytes, until: z.string().optional() })),
  createdAt: z.string(),
};

const Enabled = z.object({
  status: z.literal("enabled"),
  ...common,
  /** Since then no attempt succeeded. Kept only where it changes, so that what goes well costs no write. */
  failingSince: z.string().optional(),
  /** When webhook.failing was said. */
  warnedAt: z.string().optional(),
});
const reasons = ["asked", "failures", "gone"] as const;
const Disabled = z.object({
  status: z.literal("disabled"),
  ...common,
  reason: z.enum(reasons),
  disabledAt: z.string(),
});
const Deleted = z.object({
  status: z.literal("deleted"),
  workspaceId: z.string(),
  id: z.string(),
  expires: z.string(),
});

export const Webhook = z.discriminatedUnion("status", [Enabled, Disabled, Deleted]);
export type Webhook = z.infer<typeof Webhook>;
export type Enabled = z.infer<typeof Enabled>;
export type Standing = Enabled | z.infer<typeof Disabled>;
export type Deleted = z.infer<typeof Deleted>;

/** So many a workspace may have. */
export const mostWebhooks = 20;

/** Whether one of the patterns is this event's name, `thing.*` of its thing, or `*`. */
export const matches = (patterns: readonly string[], type: string): boolean =>
  patterns.some((pattern) =>
    pattern === "*" || pattern === type ? true : pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1)),
  );

export const create = (webhook: Omit<Enabled, "status" | "failingSince" | "warnedAt">): [Enabled, DomainEvent[]] => [
  { status: "enabled", ...webhook },
  [event("webhook.created", { webhookId: webhook.id, events: webhook.patterns })],
];

export type WebhookChange = {
  url?: string | undefined;
  events?: string[] | undefined;
  description?: string | undefined;
  status?: "enabled" | "disabled" | undefined;
};

/** Another address, or being enabled again, is a fresh start: what failed before no longer counts. */
export const change = (webhook: Standing, asked: WebhookChange, now: string): [Standing, DomainEvent[]] => {
  const { status = webhook.status, ...fields } = asked;
  const kept = {
    ...webhook,
    url: fields.url ?? webhook.url,
    patterns: fields.events ?? webhook.patterns,
    description: fields.description ?? webhook.description,
  };
  const names = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const changed = names.length ? [event("webhook.changed", { webhookId: webhook.id, fields: names })] : [];
  if (status !== webhook.status)
    return status === "enabled"
      ? [afresh(kept), [...changed, event("webhook.enabled", { webhookId: webhook.id })]]
      : [
          disabled(kept, "asked", now),
          [...changed, event("webhook.disabled", { webhookId: webhook.id, reason: "asked" })],
        ];
  return [kept.status === "enabled" && kept.url !== webhook.url ? afresh(kept) : kept, changed];
};

/** Without what belongs to its status. */
const bare = (webhook: Standing) => {
  if (webhook.status === "enabled") {
    const { status: _, failingSince: _since, warnedAt: _warned, ...rest } = webhook;
    return rest;
  }
  const { status: _, reason: _reason, disabledAt: _disabled, ...rest } = webhook;
  return rest;
};

const afresh = (webhook: Standing): Enabled => ({ ...bare(webhook), status: "enabled" });

const disabled = (webhook: Standing, reason: (typeof reasons)[number], now: string): Standing => ({
  ...bare(webhook),
  status: "disabled",
  reason,
  disabledAt: now,
});

/** Secrets that have been replaced, at most: two rotations within one overlap break nobody. */
const mostReplaced = 2;

/** A new secret; those before it sign until `overlapUntil`, or until their own end if that is sooner. */
export const rotate = (
  webhook: Standing,
  sealed: Uint8Array,
  overlapUntil: string,
  now: string,
): [Standing, DomainEvent[]] => {
  const replaced = webhook.secrets
    .map((secret) => ({
      ...secret,
      until: secret.until !== undefined && secret.until < overlapUntil ? secret.until : overlapUntil,
    }))
    .filter(({ until }) => until > now);
  return [
    { ...webhook, secrets: [{ sealed }, ...replaced.slice(0, mostReplaced)] },
    [event("webhook.rotated", { webhookId: webhook.id, overlapUntil })],
  ];
};

/** The secrets that sign at a time. */
export const secretsAt = ({ secrets }: Standing, now: string): Uint8Array[] =>
  secrets.flatMap(({ sealed, until }) => (until === undefined || until > now ? [sealed] : []));

/** What an attempt at `at` showed. `tries`: the how manieth of its delivery it was, since `since`, the first of them. */
export type News = { outcome: "delivered" | "failed" | "gone"; at: string; tries: number; since: string };

/**
 * What an attempt means for the webhook; gives the very same webhook where it means nothing new. It is disabled once all
 * attempts of one delivery have failed and nothing else was delivered in that time, about three days; webhook.failing
 * says so three days before.
 */
export const hear = (webhook: Enabled, { outcome, at, tries, since }: News, now: string): [Standing, DomainEvent[]] => {
  const webhookId = webhook.id;
  if (outcome === "delivered")
    return webhook.failingSince === undefined
      ? [webhook, []]
      : [
          { ...webhook, failingSince: undefined, warnedAt: undefined },
          webhook.warnedAt === undefined ? [] : [event("webhook.recovered", { webhookId })],
        ];
  if (outcome === "gone")
    return [disabled(webhook, "gone", now), [event("webhook.disabled", { webhookId, reason: "gone" })]];
  const failingSince = webhook.failingSince ?? at;
  const isSilent = failingSince <= since;
  if (isSilent && tries >= mostTries)
    return [disabled(webhook, "failures", now), [event("webhook.disabled", { webhookId, reason: "failures" })]];
  if (isSilent && tries >= triesBeforeWarning && webhook.warnedAt === undefined)
    return [
      { ...webhook, failingSince, warnedAt: now },
      [
        event("webhook.failing", {
          webhookId,
          since: failingSince,
          disablesAt: later(now, timeLeftAfter(tries)),
        }),
      ],
    ];
  return webhook.failingSince === undefined ? [{ ...webhook, failingSince }, []] : [webhook, []];
};

/** Refuses `webhook_disabled` where nothing can be sent. */
export const enabled = (webhook: Standing): Enabled =>
  webhook.status === "enabled"
    ? webhook
    : refuse(
        "webhook_disabled",
        `The webhook ${webhook.id} is disabled. Enable it with PATCH /v1/webhooks/${webhook.id} and {"status":"enabled"}, then ask again.`,
      );

export const remove = ({ workspaceId, id }: Standing, now: string): [Deleted, DomainEvent[]] => [
  { status: "deleted", workspaceId, id, expires: later(now, days(1)) },
  [event("webhook.deleted", { webhookId: id })],
];

/** A webhook as the API shows it. */
export const WebhookView = z
  .object({
    id: z.string(),
    version: z.number().int(),
    url: z.string(),
    events: z.array(z.string()),
    description: z.string(),
    status: z.enum(["enabled", "disabled"]),
    reason: z
      .enum(reasons)
      .optional()
      .describe(
        "Why it is disabled: someone asked, a delivery failed in all its attempts, or the receiver answered 410.",
      ),
    disabledAt: z.iso.datetime().optional(),
    failingSince: z.iso.datetime().optional().describe("Since then nothing could be delivered."),
    oldSecretUntil: z.iso.datetime().optional().describe("Until then a secret that was replaced signs too."),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Webhook" });

export const view = (webhook: Standing): z.infer<typeof WebhookView> => ({
  ...webhook,
  version: versionOf(webhook),
  events: webhook.patterns,
  oldSecretUntil: webhook.secrets[1]?.until,
});

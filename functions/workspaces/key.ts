import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/workspaces.ts";
import { hours, later } from "../platform/clock.ts";
import { type FieldError, refuse } from "../platform/errors.ts";
import { Instant, Line } from "../platform/input.ts";
import { type Scope, scopes } from "../platform/route.ts";
import { versionOf } from "../platform/table.ts";

/** A secret that still works beside the newest one, until `endsAt`. */
const Earlier = z.object({ hash: z.string(), endsAt: z.iso.datetime() });

const common = {
  workspaceId: z.string(),
  keyId: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  /** SHA-256 of the newest secret, hexadecimal. */
  hash: z.string(),
  createdAt: z.iso.datetime(),
  /** From then on it does nothing any more. */
  endsAt: z.iso.datetime().optional(),
  /** Secrets that a rotation has not ended yet, oldest first. */
  earlier: z.array(Earlier).default([]),
};

/** An API key: only hashes of its secrets are kept, here and in the directory of names. */
export const ApiKey = z.discriminatedUnion("status", [
  z.object({ ...common, status: z.literal("active") }),
  z.object({ ...common, status: z.literal("revoked"), revokedAt: z.iso.datetime() }),
]);
export type ApiKey = z.infer<typeof ApiKey>;
export type ActiveKey = Extract<ApiKey, { status: "active" }>;

/** When a key was last used, to the hour. */
export const KeyUse = z.object({ workspaceId: z.string(), keyId: z.string(), lastUsedAt: z.iso.datetime() });
export type KeyUse = z.infer<typeof KeyUse>;

export const NewKey = z.strictObject({
  name: Line(100),
  scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
  expiresAt: Instant.optional().describe(
    "From then on the key does nothing any more. Without it, it lives until it is revoked.",
  ),
});

export const Rotation = z.strictObject({
  overlapHours: z
    .int()
    .min(0)
    .max(30 * 24)
    .default(24)
    .describe("How long the secret of before still works; 0 ends it at once."),
});
export type Rotation = z.output<typeof Rotation>;

const hasEnded = (key: ActiveKey, now: string): boolean => key.endsAt !== undefined && key.endsAt <= now;

/** Whether it can manage the workspace until someone revokes it. */
export const managesForGood = (key: ApiKey): boolean =>
  key.status === "active" && key.endsAt === undefined && key.scopes.includes("workspace:write");

const mineToGive = (
  asked: readonly Scope[],
  maker: readonly string[],
  errors: (missing: string) => FieldError[],
): void => {
  const missing = asked.filter((scope) => !maker.includes(scope)).join(", ");
  if (missing)
    refuse("scope_missing", `Nobody gives scopes that they do not have; you lack ${missing}.`, errors(missing));
};

/** A new key. It may do no more than whoever makes it. `hash`: SHA-256 of the key, hexadecimal. */
export const createKey = (
  asked: {
    workspaceId: string;
    keyId: string;
    name: string;
    scopes: Scope[];
    hash: string;
    endsAt?: string | undefined;
  },
  maker: readonly string[],
  now: string,
): [ActiveKey, DomainEvent[]] => {
  mineToGive(asked.scopes, maker, (missing) => [{ pointer: "#/scopes", detail: `Not yours to give: ${missing}.` }]);
  if (asked.endsAt !== undefined && asked.endsAt <= now)
    refuse("due_in_past", "A key can end only in the future.", [{ pointer: "#/expiresAt", detail: "This is past." }]);
  const { endsAt, ...key } = asked;
  return [
    { ...key, ...(endsAt === undefined ? {} : { endsAt }), status: "active", createdAt: now, earlier: [] },
    [event("key.created", { keyId: asked.keyId, scopes: asked.scopes })],
  ];
};

export const earliest = (...times: (string | undefined)[]): string | undefined =>
  times.filter((at) => at !== undefined).sort()[0];

/** Secrets of one key that work at the same time; a rotation more often than that is a mistake in a loop. */
const mostSecrets = 5;

/** A new secret for a key, at once; the one of before works on for the overlap, but never longer than it would have. */
export const rotateKey = (
  key: ApiKey,
  asked: Rotation & { hash: string },
  maker: readonly string[],
  now: string,
): [ActiveKey, DomainEvent[]] => {
  if (key.status === "revoked") return refuse("key_ended", "This key was revoked. Make another one.");
  mineToGive(key.scopes, maker, () => []);
  if (hasEnded(key, now)) return refuse("key_ended", "This key has expired. Make another one.");
  const earlier = [
    ...key.earlier,
    { hash: key.hash, endsAt: earliest(later(now, hours(asked.overlapHours)), key.endsAt) ?? now },
  ].filter(({ endsAt }) => endsAt > now);
  if (earlier.length >= mostSecrets)
    return refuse(
      "key_ended",
      `${mostSecrets} secrets of this key work already. Wait until one ends, or make another key.`,
    );
  return [
    { ...key, hash: asked.hash, earlier },
    [event("key.rotated", { keyId: key.keyId, overlapHours: asked.overlapHours })],
  ];
};

export const revokeKey = (key: ActiveKey, now: string): [ApiKey, DomainEvent[]] => [
  { ...key, status: "revoked", revokedAt: now },
  [event("key.revoked", { keyId: key.keyId })],
];

export const KeyView = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    status: z.enum(["active", "expired", "revoked"]),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().optional(),
    lastUsedAt: z.iso.datetime().optional().describe("To the hour; absent if it was never used."),
    earlierSecretsEndAt: z.iso.datetime().optional().describe("Until then a secret from before a rotation works too."),
    revokedAt: z.iso.datetime().optional(),
    version: z.number().int(),
  })
  .meta({ id: "ApiKey" });

export const viewKey = (key: ApiKey, use: KeyUse | undefined, now: string): z.infer<typeof KeyView> => {
  const earlierEnd = key.earlier
    .map(({ endsAt }) => endsAt)
    .filter((at) => at > now)
    .sort()
    .at(-1);
  return {
    id: key.keyId,
    name: key.name,
    scopes: key.scopes,
    status: key.status === "active" && hasEnded(key, now) ? "expired" : key.status,
    createdAt: key.createdAt,
    ...(key.endsAt === undefined ? {} : { expiresAt: key.endsAt }),
    ...(use ? { lastUsedAt: use.lastUsedAt } : {}),
    ...(key.status === "active" && earlierEnd !== undefined ? { earlierSecretsEndAt: earlierEnd } : {}),
    ...(key.status === "revoked" ? { revokedAt: key.revokedAt } : {}),
    version: versionOf(key),
  };
};

import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/workspaces.ts";
import { refuse } from "../platform/errors.ts";
import { Line } from "../platform/input.ts";
import { type Scope, scopes } from "../platform/route.ts";
import { versionOf } from "../platform/table.ts";

/** A brand that uses Samenspraak: the owner of everything else. */
export const Workspace = z.object({
  workspaceId: z.string(),
  name: z.string(),
  createdAt: z.iso.datetime(),
});
export type Workspace = z.infer<typeof Workspace>;

export const WorkspaceName = Line(100);

/** An API key: only its hash is kept, in the directory of names. */
export const ApiKey = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("active"),
    workspaceId: z.string(),
    keyId: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(scopes)),
    hash: z.string(),
    createdAt: z.iso.datetime(),
  }),
  z.object({
    status: z.literal("revoked"),
    workspaceId: z.string(),
    keyId: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(scopes)),
    hash: z.string(),
    createdAt: z.iso.datetime(),
    revokedAt: z.iso.datetime(),
  }),
]);
export type ApiKey = z.infer<typeof ApiKey>;
export type ActiveKey = Extract<ApiKey, { status: "active" }>;

export const createWorkspace = (workspaceId: string, name: string, now: string): [Workspace, DomainEvent[]] => [
  { workspaceId, name, createdAt: now },
  [event("workspace.created", { workspaceId })],
];

export const changeWorkspace = (
  workspace: Workspace,
  change: { name?: string | undefined },
): [Workspace, DomainEvent[]] => {
  const next = { ...workspace, ...(change.name === undefined ? {} : { name: change.name }) };
  return next.name === workspace.name
    ? [workspace, []]
    : [next, [event("workspace.changed", { workspaceId: workspace.workspaceId, fields: ["name"] })]];
};

/** A new key. It may do no more than whoever makes it. `hash`: SHA-256 of the key, hexadecimal. */
export const createKey = (
  asked: { workspaceId: string; keyId: string; name: string; scopes: Scope[]; hash: string },
  maker: readonly string[],
  now: string,
): [ActiveKey, DomainEvent[]] => {
  const missing = asked.scopes.filter((scope) => !maker.includes(scope));
  if (missing.length) {
    refuse("scope_missing", `A key can give only the scopes that it has itself; it lacks ${missing.join(", ")}.`, [
      { pointer: "#/scopes", detail: `Not yours to give: ${missing.join(", ")}.` },
    ]);
  }
  return [
    { ...asked, status: "active", createdAt: now },
    [event("key.created", { keyId: asked.keyId, scopes: asked.scopes })],
  ];
};

export const revokeKey = (key: ActiveKey, now: string): [ApiKey, DomainEvent[]] => [
  { ...key, status: "revoked", revokedAt: now },
  [event("key.revoked", { keyId: key.keyId })],
];

export const WorkspaceView = z
  .object({ id: z.string(), name: z.string(), createdAt: z.iso.datetime(), version: z.number().int() })
  .meta({ id: "Workspace" });

export const viewWorkspace = (workspace: Workspace): z.infer<typeof WorkspaceView> => ({
  id: workspace.workspaceId,
  name: workspace.name,
  createdAt: workspace.createdAt,
  version: versionOf(workspace),
});

export const KeyView = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    status: z.enum(["active", "revoked"]),
    createdAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().optional(),
    version: z.number().int(),
  })
  .meta({ id: "ApiKey" });

export const viewKey = (key: ApiKey): z.infer<typeof KeyView> => ({
  id: key.keyId,
  name: key.name,
  scopes: key.scopes,
  status: key.status,
  createdAt: key.createdAt,
  ...(key.status === "revoked" ? { revokedAt: key.revokedAt } : {}),
  version: versionOf(key),
});

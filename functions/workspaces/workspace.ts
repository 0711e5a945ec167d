import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/workspaces.ts";
import { Line } from "../platform/input.ts";
import { versionOf } from "../platform/table.ts";
import { applied, type BrandPatch, brandFields, checkedBrand, lacksInPublic, Presented } from "./brand-fields.ts";
import { Host, urlOf } from "./host.ts";

/** A brand that uses Samenspraak: the owner of everything else. */
export const Workspace = z.object({
  workspaceId: z.string(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  ...Presented.shape,
  host: Host.optional(),
  /** Nothing leaves to any channel. */
  publishing: z.literal("paused").optional(),
  /** A post with a time waits for somebody's yes. */
  approval: z.literal("required").optional(),
});
export type Workspace = z.infer<typeof Workspace>;

export const WorkspaceName = Line(100);

export const createWorkspace = (
  workspaceId: string,
  asked: BrandPatch & { name: string },
  now: string,
): [Workspace, DomainEvent[]] => [
  { workspaceId, createdAt: now, ...applied({}, checkedBrand(asked)), name: asked.name },
  [event("workspace.created", { workspaceId })],
];

/** Refuses `unknown_zone` and `accent_unreadable`. */
export const changeWorkspace = (
  workspace: Workspace,
  patch: BrandPatch & { name?: string | undefined },
): [Workspace, DomainEvent[]] => {
  const next = { ...applied(workspace, checkedBrand(patch)), name: patch.name ?? workspace.name };
  const fields = brandFields.filter((field) => !isDeepStrictEqual(next[field], workspace[field]));
  return fields.length === 0
    ? [workspace, []]
    : [next, [event("workspace.changed", { workspaceId: workspace.workspaceId, fields })]];
};

/** Stops everything that would leave, or lets it go on. The same again is no news. */
export const setPublishing = (
  workspace: Workspace,
  publishing: "running" | "paused" | undefined,
): [Workspace, DomainEvent[]] => {
  const { workspaceId } = workspace;
  if (publishing === undefined || (publishing === "paused") === (workspace.publishing === "paused"))
    return [workspace, []];
  return publishing === "paused"
    ? [{ ...workspace, publishing }, [event("workspace.publishing_paused", { workspaceId })]]
    : [{ ...workspace, publishing: undefined }, [event("workspace.publishing_resumed", { workspaceId })]];
};

/** From now on a post waits for approval, or no longer. What waits already goes on waiting; the same again is no news. */
export const setApproval = (
  workspace: Workspace,
  approval: "required" | "off" | undefined,
): [Workspace, DomainEvent[]] => {
  const { workspaceId } = workspace;
  if (approval === undefined || (approval === "required") === (workspace.approval === "required"))
    return [workspace, []];
  return approval === "required"
    ? [{ ...workspace, approval }, [event("workspace.approval_required", { workspaceId })]]
    : [{ ...workspace, approval: undefined }, [event("workspace.approval_lifted", { workspaceId })]];
};

export const WorkspaceView = z
  .object({
    id: z.string(),
    name: z.string(),
    ...Presented.shape,
    url: z.url().describe("Where its pages are: its own host, or else ours."),
    publishing: z.enum(["running", "paused"]).describe("While it is paused nothing leaves to any channel."),
    approval: z
      .enum(["required", "off"])
      .describe(
        "`required`: a post that gets a time, or is changed, waits until somebody with posts:approve says yes.",
      ),
    missing: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .describe("What the law asks for before something public opens, and how to say it."),
    createdAt: z.iso.datetime(),
    version: z.number().int(),
  })
  .meta({ id: "Workspace" });

export const viewWorkspace = (workspace: Workspace): z.infer<typeof WorkspaceView> => ({
  id: workspace.workspaceId,
  name: workspace.name,
  ...Presented.parse(workspace),
  url: urlOf(workspace),
  publishing: workspace.publishing ?? "running",
  approval: workspace.approval ?? "off",
  missing: lacksInPublic(workspace),
  createdAt: workspace.createdAt,
  version: versionOf(workspace),
});

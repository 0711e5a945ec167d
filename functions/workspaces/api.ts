import { randomBytes } from "node:crypto";
import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { found } from "../platform/errors.ts";
import { api, route } from "../platform/http.ts";
import { giveUpName, orHostTaken, takeName } from "../platform/names.ts";
import { publishedImages } from "../platform/published-images.ts";
import { type Change, put } from "../platform/table.ts";
import { BrandPatch } from "./brand-fields.ts";
import { lookUpHost } from "./dns.ts";
import { addHost, HostName, HostView, recordsOf, removeHost, verifyHost, viewHost, withHost } from "./host.ts";
import { findWorkspace, workspaces } from "./table.ts";
import {
  changeWorkspace,
  setApproval,
  setPublishing,
  viewWorkspace,
  type Workspace,
  WorkspaceName,
  WorkspaceView,
} from "./workspace.ts";

/** What is new about the logo, to be saved with the rest. */
const newLogo = async (before: Workspace, { logo, workspaceId }: Workspace, now: string): Promise<Change[]> =>
  logo === undefined || logo === before.logo
    ? []
    : publishedImages(workspaceId, [{ mediaId: logo, pointer: "#/logo" }], now);

const newToken = (): string => `samenspraak=${randomBytes(16).toString("base64url")}`;

export const routes = {
  readWorkspace: route({
    method: "GET",
    path: "/v1/workspace",
    access: "workspace:read",
    summary: "The workspace that the key belongs to.",
    returns: WorkspaceView,
    run: async ({ workspaceId, now }) => viewWorkspace(found(await findWorkspace(workspaceId, now), "workspace")),
  }),
  changeWorkspace: route({
    method: "PATCH",
    path: "/v1/workspace",
    access: "workspace:write",
    summary: "Changes the workspace: its name, and how it shows itself. null takes away what was said.",
    body: BrandPatch.extend({
      name: WorkspaceName.optional(),
      publishing: z
        .enum(["running", "paused"])
        .optional()
        .describe(
          "`paused`: from now on nothing leaves to any channel. What is in time when it runs again leaves then.",
        ),
      approval: z
        .enum(["required", "off"])
        .optional()
        .describe(
          "`required`: from now on a post that gets a time, or is changed, waits until somebody says yes. `off`: what waits already goes on waiting.",
        ),
    }),
    returns: WorkspaceView,
    refuses: ["stale", "unknown_zone", "accent_unreadable", "unknown_media"],
    run: async ({ workspaceId, body, now, expect, save }) => {
      const workspace = found(await findWorkspace(workspaceId, now), "workspace");
      expect(workspace);
      const { publishing, approval, ...patch } = body;
      const [changed, changes] = changeWorkspace(workspace, patch);
      const [stopped, stops] = setPublishing(changed, publishing);
      const [next, asks] = setApproval(stopped, approval);
      const events = [...changes, ...stops, ...asks];
      if (events.length === 0) return viewWorkspace(workspace);
      const change = put(workspaces, next, events);
      return save([change, ...(await newLogo(workspace, next, now))], viewWorkspace(change.after));
    },
  }),

  readHost: route({
    method: "GET",
    path: "/v1/workspace/host",
    access: "workspace:read",
    summary: "The workspace's own host, how far it is, and the DNS records that it needs.",
    returns: HostView,
    refuses: ["host_not_set"],
    run: async ({ workspaceId, now }) => viewHost(withHost(found(await findWorkspace(workspaceId, now), "workspace"))),
  }),
  addHost: route({
    method: "POST",
    path: "/v1/workspace/host",
    access: "workspace:write",
    summary: "Asks for a host of one's own: the answer has the DNS records to set. Then verify it.",
    status: 201,
    body: z.strictObject({ host: HostName }),
    returns: HostView,
    refuses: ["host_unusable", "host_taken"],
    run: async ({ workspaceId, body, now, save }) => {
      const workspace = found(await findWorkspace(workspaceId, now), "workspace");
      const [next, events] = addHost(workspace, body.host, newToken(), now);
      return events.length === 0 ? viewHost(next) : save([put(workspaces, next, events)], viewHost(next));
    },
  }),
  verifyHost: route({
    method: "POST",
    path: "/v1/workspace/host/verify",
    access: "workspace:write",
    summary: "Looks the records up in the DNS. Where they are right the host is this workspace's, and no other's.",
    returns: HostView,
    refuses: ["host_not_set", "host_not_ready", "host_taken"],
    run: async ({ workspaceId, now, save }) => {
      const workspace = withHost(found(await findWorkspace(workspaceId, now), "workspace"));
      const { host } = workspace.host;
      const [next, events] = verifyHost(workspace, await lookUpHost(host, recordsOf(workspace.host)[1].name), now);
      if (events.length === 0) return viewHost(next);
      const name = takeName({ space: "host", name: host, workspaceId, id: workspaceId });
      return orHostTaken(save([put(workspaces, next, events), name], viewHost(next)));
    },
  }),
  removeHost: route({
    method: "DELETE",
    path: "/v1/workspace/host",
    access: "workspace:write",
    summary: "Gives the host up: links are ours again, and those that were made with it end.",
    status: 204,
    refuses: ["host_not_set"],
    run: async ({ workspaceId, now, save }) => {
      const workspace = withHost(found(await findWorkspace(workspaceId, now), "workspace"));
      const { host, status } = workspace.host;
      const freed = status === "verified" ? await giveUpName("host", host, milliseconds(now)) : [];
      return save([put(workspaces, ...removeHost(workspace)), ...freed], undefined);
    },
  }),
};

export const handler = api(routes);

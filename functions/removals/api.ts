import * as z from "zod";
import { listContests } from "../contests/table.ts";
import { wholeOf } from "../exports/walk.ts";
import { milliseconds } from "../platform/clock.ts";
import { drop } from "../platform/drop.ts";
import { found, refuse } from "../platform/errors.ts";
import { api, route } from "../platform/http.ts";
import { removalKey, removals } from "../platform/leaving.ts";
import { get, put } from "../platform/table.ts";
import { findWorkspace, workspaces } from "../workspaces/table.ts";
import { viewWorkspace, WorkspaceView } from "../workspaces/workspace.ts";
import { announceRemoval, RemovalView, undoRemoval } from "./removal.ts";

const findRemoval = (workspaceId: string, now: string) => get(removals, removalKey(workspaceId), milliseconds(now));

export const routes = {
  deleteWorkspace: route({
    method: "DELETE",
    path: "/v1/workspace",
    access: "workspace:write",
    whileLeaving: true,
    summary:
      "Deletes the workspace and all that it has, a week from now. Until then nothing of it is public, nothing is published, and it can be restored.",
    status: 202,
    body: z.strictObject({
      name: z.string().describe("The name of the workspace, so that none is deleted by mistake."),
    }),
    returns: RemovalView,
    refuses: ["contests_running", "removal_begun"],
    run: async ({ workspaceId, body, now, save }) => {
      const workspace = found(await findWorkspace(workspaceId, now), "workspace");
      const known = await findRemoval(workspaceId, now);
      if (known?.status === "announced") return { removesAt: known.removesAt };
      if (known) return refuse("removal_begun", "The workspace is being removed already.");
      const contests = await wholeOf((page) => listContests(workspaceId, { ...page, status: undefined }, now));
      const change = put(removals, ...announceRemoval(workspace, body, contests, now));
      return save([change], { removesAt: change.after.removesAt });
    },
  }),
  restoreWorkspace: route({
    method: "POST",
    path: "/v1/workspace/restore",
    access: "workspace:write",
    whileLeaving: true,
    summary: "Keeps a workspace that was to be deleted: everything is as it was.",
    returns: WorkspaceView,
    refuses: ["removal_begun"],
    run: async ({ workspaceId, now, save }) => {
      const workspace = found(await findWorkspace(workspaceId, now), "workspace");
      const removal = await findRemoval(workspaceId, now);
      if (!removal) return viewWorkspace(workspace);
      const [announced, events] = undoRemoval(removal);
      const kept = put(workspaces, workspace, events);
      return save([drop(removals, announced), kept], viewWorkspace(kept.after));
    },
  }),
};

export const handler = api(routes);

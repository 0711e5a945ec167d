import { milliseconds } from "../platform/clock.ts";
import { get } from "../platform/table.ts";
import { workspaceKey, workspaces } from "./table.ts";
import type { Workspace } from "./workspace.ts";

/** The workspace as it stands now, if nothing of it may leave. */
export const pausedWorkspace = async (workspaceId: string, now: string): Promise<Workspace | undefined> => {
  const workspace = await get(workspaces, workspaceKey(workspaceId), milliseconds(now));
  return workspace?.publishing === "paused" ? workspace : undefined;
};

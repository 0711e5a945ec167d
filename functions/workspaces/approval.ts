import { milliseconds } from "../platform/clock.ts";
import { get } from "../platform/table.ts";
import { workspaceKey, workspaces } from "./table.ts";

/** Whether somebody must approve of a post before it leaves, as it stands now. */
export const approvalNeeded = async (workspaceId: string, now: string): Promise<boolean> =>
  (await get(workspaces, workspaceKey(workspaceId), milliseconds(now)))?.approval === "required";

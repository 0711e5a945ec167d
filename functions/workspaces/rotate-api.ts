import * as z from "zod";
import { event } from "../events/workspaces.ts";
import { found } from "../platform/errors.ts";
import { api, route } from "../platform/http.ts";
import { rotateKeyring } from "../platform/keyring.ts";
import { put } from "../platform/table.ts";
import { findWorkspace, workspaces } from "./table.ts";

// A Lambda of its own: only it may have KMS wrap keys again.

const KeysView = z
  .object({
    keyVersion: z.int(),
    usedFrom: z.iso.datetime().describe("What is sealed from then on, and what opens from then on, uses the new keys."),
  })
  .meta({ id: "WorkspaceKeys" });

export const routes = {
  rotateKeys: route({
    method: "POST",
    path: "/v1/workspace/rotate-keys",
    access: "workspace:write",
    summary:
      "Makes the workspace's next data key and pepper, used ten minutes later. What was sealed before still opens, and what is open goes on with its own.",
    returns: KeysView,
    refuses: ["keys_exhausted"],
    run: async ({ workspaceId, now, save }) => {
      const workspace = found(await findWorkspace(workspaceId, now), "workspace");
      const { change, version: keyVersion, usedFrom } = await rotateKeyring(workspaceId, now);
      const view = { keyVersion, usedFrom };
      if (!change) return view;
      const told = put(workspaces, workspace, [event("workspace.keys_rotated", { workspaceId, ...view })]);
      return save([change, told], view);
    },
  }),
};

export const handler = api(routes);

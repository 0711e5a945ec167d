import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { found, refuse } from "../platform/errors.ts";
import { api, list, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { Line } from "../platform/input.ts";
import { takeName, whoseNow } from "../platform/names.ts";
import { scopes } from "../platform/route.ts";
import { type Change, put, unchanged } from "../platform/table.ts";
import { hashKey, newSecretKey } from "./secret-key.ts";
import { allKeys, findKey, findWorkspace, keys, listKeys, workspaces } from "./table.ts";
import {
  changeWorkspace,
  createKey,
  KeyView,
  revokeKey,
  viewKey,
  viewWorkspace,
  WorkspaceName,
  WorkspaceView,
} from "./workspace.ts";

const KeyParams = z.strictObject({ keyId: Id("key") });

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
    summary: "Changes the workspace.",
    body: z.strictObject({ name: WorkspaceName.optional() }),
    returns: WorkspaceView,
    refuses: ["stale"],
    run: async ({ workspaceId, body, now, expect, save }) => {
      const workspace = found(await findWorkspace(workspaceId, now), "workspace");
      expect(workspace);
      const [next, events] = changeWorkspace(workspace, body);
      if (events.length === 0) return viewWorkspace(workspace);
      const change = put(workspaces, next, events);
      return save([change], viewWorkspace(change.after));
    },
  }),
  createKey: route({
    method: "POST",
    path: "/v1/keys",
    access: "workspace:write",
    summary: "Makes an API key. The key itself is in this answer only.",
    status: 201,
    body: z.strictObject({
      name: Line(100),
      scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
    }),
    returns: KeyView.extend({ apiKey: z.string().describe("Keep it safe: it cannot be read again.") }),
    run: async ({ workspaceId, scopes: mine, body, now, save }) => {
      const apiKey = newSecretKey();
      const asked = {
        workspaceId,
        keyId: newId("key", now),
        name: body.name,
        scopes: [...new Set(body.scopes)],
        hash: hashKey(apiKey),
      };
      const [key, events] = createKey(asked, mine, now);
      const change = put(keys, key, events);
      const name = takeName({ space: "key", name: key.hash, workspaceId, id: key.keyId, scopes: key.scopes });
      return save([change, name], { ...viewKey(change.after), apiKey });
    },
  }),
  listKeys: list({
    method: "GET",
    path: "/v1/keys",
    access: "workspace:read",
    summary: "The API keys, oldest first, without the keys themselves.",
    item: KeyView,
    run: async ({ workspaceId, list, now }) => {
      const { items, next } = await listKeys(workspaceId, list, now);
      return { items: items.map(viewKey), next };
    },
  }),
  readKey: route({
    method: "GET",
    path: "/v1/keys/{keyId}",
    access: "workspace:read",
    summary: "One API key, without the key itself.",
    params: KeyParams,
    returns: KeyView,
    run: async ({ workspaceId, params, now }) => viewKey(found(await findKey(workspaceId, params.keyId, now), "key")),
  }),
  revokeKey: route({
    method: "DELETE",
    path: "/v1/keys/{keyId}",
    access: "workspace:write",
    summary: "Revokes an API key at once. The last key that can manage the workspace stays.",
    params: KeyParams,
    returns: KeyView,
    refuses: ["last_key", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const key = found(await findKey(workspaceId, params.keyId, now), "key");
      if (key.status === "revoked") return viewKey(key);
      expect(key);
      const others = (await allKeys(workspaceId, now)).filter(
        ({ keyId, status }) => keyId !== key.keyId && status === "active",
      );
      const manager = others.find((other) => other.scopes.includes("workspace:write"));
      if (!manager)
        return refuse("last_key", "This is the last key that can manage the workspace. Make another one first.");
      const [revoked, events] = revokeKey(key, now);
      const name = found(await whoseNow("key", key.hash, milliseconds(now)), "key");
      const change = put(keys, revoked, events);
      // Two keys that revoke each other at the same moment would leave none: one of them loses on this.
      const changes: Change[] = [change, takeName({ ...name, scopes: [] }), unchanged(keys, manager)];
      return save(changes, viewKey(change.after));
    },
  }),
};

export const handler = api(routes);

import { milliseconds } from "../platform/clock.ts";
import { all, get, type Key, type Kind, page, type Stretch } from "../platform/table.ts";
import { ApiKey, Workspace } from "./workspace.ts";

// What is asked                        Where the answer lives
// the workspace                        WS#<workspace> · WORKSPACE
// a key, the keys of a workspace       WS#<workspace>#KEYS · <key>
// whose key is this                    the directory: NAME#key#<SHA-256 of the key>

export const workspaces: Kind<Workspace> = {
  kind: "workspace",
  schema: Workspace,
  key: ({ workspaceId }) => ({ pk: `WS#${workspaceId}`, sk: "WORKSPACE" }),
};

export const keys: Kind<ApiKey> = {
  kind: "key",
  schema: ApiKey,
  key: ({ workspaceId, keyId }) => keyKey(workspaceId, keyId),
};
const keysOf = (workspaceId: string): string => `WS#${workspaceId}#KEYS`;
const keyKey = (workspaceId: string, keyId: string): Key => ({ pk: keysOf(workspaceId), sk: keyId });

export const findWorkspace = (workspaceId: string, now: string): Promise<Workspace | undefined> =>
  get(workspaces, { pk: `WS#${workspaceId}`, sk: "WORKSPACE" }, milliseconds(now));

export const findKey = (workspaceId: string, keyId: string, now: string): Promise<ApiKey | undefined> =>
  get(keys, keyKey(workspaceId, keyId), milliseconds(now));

export const listKeys = (
  workspaceId: string,
  list: { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<Stretch<ApiKey>> => page(keys, { pk: keysOf(workspaceId) }, { ...list, nowMs: milliseconds(now) });

export const allKeys = (workspaceId: string, now: string): Promise<ApiKey[]> =>
  Array.fromAsync(all(keys, { pk: keysOf(workspaceId) }, milliseconds(now)));

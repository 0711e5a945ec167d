import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { found, refuse } from "../platform/errors.ts";
import { api, list, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { type Name, takeName, whoseNow } from "../platform/names.ts";
import { type Change, put, unchanged } from "../platform/table.ts";
import {
  type ApiKey,
  createKey,
  earliest,
  KeyView,
  managesForGood,
  NewKey,
  Rotation,
  revokeKey,
  rotateKey,
  viewKey,
} from "./key.ts";
import { hashKey, newSecretKey } from "./secret-key.ts";
import { allKeys, findKey, findKeyUse, keys, keyUsesOf, listKeys } from "./table.ts";

const params = z.strictObject({ keyId: Id("key") });
const Shown = KeyView.extend({ apiKey: z.string().describe("Keep it safe: it cannot be read again.") });

const nameOf = (key: ApiKey): Name => ({
  space: "key",
  name: key.hash,
  workspaceId: key.workspaceId,
  id: key.keyId,
  scopes: key.scopes,
  ...(key.endsAt === undefined ? {} : { endsAt: key.endsAt }),
});

const view = async (key: ApiKey, now: string) => viewKey(key, await findKeyUse(key, now), now);

export const routes = {
  createKey: route({
    method: "POST",
    path: "/v1/keys",
    access: "workspace:write",
    summary: "Makes an API key. The key itself is in this answer only.",
    status: 201,
    body: NewKey,
    returns: Shown,
    refuses: ["due_in_past"],
    run: async ({ workspaceId, actor, scopes: mine, body, now, save }) => {
      const apiKey = newSecretKey();
      const maker = await findKey(workspaceId, actor, now);
      const asked = {
        workspaceId,
        keyId: newId("key", now),
        name: body.name,
        scopes: [...new Set(body.scopes)],
        hash: hashKey(apiKey),
        // It outlives no key that made it.
        endsAt: earliest(body.expiresAt, maker?.endsAt),
      };
      const [key, events] = createKey(asked, mine, now);
      const change = put(keys, key, events);
      return save([change, takeName(nameOf(key))], { ...viewKey(change.after, undefined, now), apiKey });
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
      const uses = await keyUsesOf(workspaceId, items, now);
      return { items: items.map((key) => viewKey(key, uses.get(key.keyId), now)), next };
    },
  }),
  readKey: route({
    method: "GET",
    path: "/v1/keys/{keyId}",
    access: "workspace:read",
    summary: "One API key, without the key itself.",
    params,
    returns: KeyView,
    run: async ({ workspaceId, params, now }) => view(found(await findKey(workspaceId, params.keyId, now), "key"), now),
  }),
  rotateKey: route({
    method: "POST",
    path: "/v1/keys/{keyId}/rotate",
    access: "workspace:write",
    summary:
      "Gives an API key a new secret, in this answer only. It works at once, and the one of before until the overlap is over.",
    params,
    body: Rotation,
    returns: Shown,
    refuses: ["key_ended", "stale"],
    run: async ({ workspaceId, scopes: mine, params, body, now, expect, save }) => {
      const key = found(await findKey(workspaceId, params.keyId, now), "key");
      expect(key);
      const apiKey = newSecretKey();
      const [rotated, events] = rotateKey(key, { ...body, hash: hashKey(apiKey) }, mine, now);
      const before = found(await whoseNow("key", key.hash, milliseconds(now)), "key");
      const endsAt = rotated.earlier.find(({ hash }) => hash === key.hash)?.endsAt ?? now;
      const change = put(keys, rotated, events);
      const changes = [change, takeName(nameOf(rotated)), takeName({ ...before, endsAt })];
      return save(changes, { ...(await view(change.after, now)), apiKey });
    },
  }),
  revokeKey: route({
    method: "DELETE",
    path: "/v1/keys/{keyId}",
    access: "workspace:write",
    whileLeaving: true,
    summary: "Revokes an API key at once. The last key that can manage the workspace for good stays.",
    params,
    returns: KeyView,
    refuses: ["last_key", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const key = found(await findKey(workspaceId, params.keyId, now), "key");
      if (key.status === "revoked") return view(key, now);
      expect(key);
      const manager = (await allKeys(workspaceId, now)).find(
        (other) => other.keyId !== key.keyId && managesForGood(other),
      );
      if (!manager)
        return refuse("last_key", "This is the last key that can manage the workspace. Make another one first.");
      const [revoked, events] = revokeKey(key, now);
      const hashes = [key.hash, ...key.earlier.map(({ hash }) => hash)];
      const names = await Promise.all(
        hashes.map(async (hash) => found(await whoseNow("key", hash, milliseconds(now)), "key")),
      );
      const change = put(keys, revoked, events);
      const changes: Change[] = [
        change,
        ...names.map((name) => takeName({ ...name, scopes: [] })),
        // Two keys that revoke each other at the same moment would leave none: one of them loses on this.
        unchanged(keys, manager),
      ];
      return save(changes, await view(change.after, now));
    },
  }),
};

export const handler = api(routes);

import type { Context } from "aws-lambda";
import * as z from "zod";
import { clock, instant } from "../platform/clock.ts";
import { newId } from "../platform/ids.ts";
import { takeName } from "../platform/names.ts";
import { scopes } from "../platform/route.ts";
import { newKeyring } from "../platform/secrets.ts";
import { put, save } from "../platform/table.ts";
import { hashKey, newSecretKey } from "./secret-key.ts";
import { keys, workspaces } from "./table.ts";
import { createKey, createWorkspace, WorkspaceName } from "./workspace.ts";

// The first key of a workspace cannot be asked for with a key: whoever may invoke this function (IAM) makes workspaces.

export const invoked = true as const;

const NewWorkspace = z.strictObject({ name: WorkspaceName });

export const handler = async (event: unknown, context: Context): Promise<{ workspaceId: string; apiKey: string }> => {
  const { name } = NewWorkspace.parse(event);
  const now = instant(clock.now());
  const workspaceId = newId("workspace", now);
  const apiKey = newSecretKey();
  const [workspace, created] = createWorkspace(workspaceId, name, now);
  const asked = {
    workspaceId,
    keyId: newId("key", now),
    name: "First key",
    scopes: [...scopes],
    hash: hashKey(apiKey),
  };
  const [key, made] = createKey(asked, scopes, now);
  await save(
    [
      put(workspaces, workspace, created),
      await newKeyring(workspaceId),
      put(keys, key, made),
      takeName({ space: "key", name: key.hash, workspaceId, id: key.keyId, scopes: key.scopes }),
    ],
    { now, actor: "system:operator", cause: context.awsRequestId },
  );
  return { workspaceId, apiKey };
};

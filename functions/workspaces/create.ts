import type { Context } from "aws-lambda";
import * as z from "zod";
import { clock, instant } from "../platform/clock.ts";
import { newId } from "../platform/ids.ts";
import { Address } from "../platform/input.ts";
import { takeName } from "../platform/names.ts";
import { scopes } from "../platform/route.ts";
import { newKeyring } from "../platform/secrets.ts";
import { type By, type Change, put, save } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { BrandPatch } from "./brand-fields.ts";
import { createKey } from "./key.ts";
import { invite, membershipOf } from "./member.ts";
import { personOf, sealAddress } from "./person.ts";
import { hashKey, newSecretKey } from "./secret-key.ts";
import { keys, members, memberships, workspaces } from "./table.ts";
import { createWorkspace, WorkspaceName } from "./workspace.ts";

// The first key of a workspace cannot be asked for with a key: whoever may invoke this function (IAM) makes workspaces.

export const invoked = true as const;

/** Its logo it uploads itself, later. */
const NewWorkspace = z.strictObject({
  name: WorkspaceName,
  ...BrandPatch.omit({ logo: true }).shape,
  /** The mail address of who is invited as its first owner, and the language of that mail. */
  owner: Address.optional(),
  ownerLanguage: Language.default("nl"),
});

const inviteOwner = async (
  workspaceId: string,
  address: string,
  language: Language,
  now: string,
): Promise<Change[]> => {
  const memberId = newId("member", now);
  const [person, sealed] = await Promise.all([personOf(address, now), sealAddress(workspaceId, memberId, address)]);
  const asked = { workspaceId, memberId, person, address: sealed, role: "owner", language } as const;
  const [member, events] = invite(asked, undefined, scopes, now);
  return [put(members, member, events), put(memberships, membershipOf(member))];
};

export const handler = async (event: unknown, context: Context): Promise<{ workspaceId: string; apiKey: string }> => {
  const { owner, ownerLanguage, ...brand } = NewWorkspace.parse(event);
  const now = instant(clock.now());
  const workspaceId = newId("workspace", now);
  const apiKey = newSecretKey();
  const [workspace, created] = createWorkspace(workspaceId, brand, now);
  const asked = {
    workspaceId,
    keyId: newId("key", now),
    name: "First key",
    scopes: [...scopes],
    hash: hashKey(apiKey),
  };
  const [key, made] = createKey(asked, scopes, now);
  const by: By = { now, actor: "system:operator", cause: context.awsRequestId };
  // First, since an owner's address is sealed with it; without the rest it is nobody's.
  await save([await newKeyring(workspaceId)], by);
  await save(
    [
      put(workspaces, workspace, created),
      put(keys, key, made),
      takeName({ space: "key", name: key.hash, workspaceId, id: key.keyId, scopes: key.scopes }),
      ...(owner === undefined ? [] : await inviteOwner(workspaceId, owner, ownerLanguage, now)),
    ],
    by,
  );
  return { workspaceId, apiKey };
};

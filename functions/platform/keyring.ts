import type {
  GenerateDataKeyRequest,
  GenerateDataKeyResponse,
  ReEncryptRequest,
  ReEncryptResponse,
} from "@aws-sdk/client-kms";
import * as z from "zod";
import { Operation } from "./aws.ts";
import { later, milliseconds, minutes } from "./clock.ts";
import { config } from "./config.ts";
import { found, refuse } from "./errors.ts";
import { Bytes, type Change, get, type Kind, put } from "./table.ts";

// The data keys of a workspace, wrapped by KMS and kept beside it. secrets.ts unwraps and uses them.

export const needs = [{ key: ["kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"] }] as const;

const Keyring = z.object({
  workspaceId: z.string(),
  /** Oldest first. All of them open; the last one that is in use seals. */
  keys: z
    .array(
      z.object({
        /** Stands in front of what it sealed, in one byte. */
        id: z.number().int().min(1).max(255),
        wrapped: Bytes,
        /** It is used from then on: later than any container has remembered the keyring without it. */
        usedFrom: z.iso.datetime().optional(),
      }),
    )
    .min(1),
});
export type Keyring = z.infer<typeof Keyring>;

export const keyrings: Kind<Keyring> = {
  kind: "keyring",
  schema: Keyring,
  key: ({ workspaceId }) => ({ pk: `WS#${workspaceId}`, sk: "KEYRING" }),
};

/** So long a container remembers unwrapped keys. */
export const rememberedMs = minutes(5);
const usedAfterMs = 2 * rememberedMs;

const generateDataKey = new Operation<GenerateDataKeyRequest, GenerateDataKeyResponse>("TrentService.GenerateDataKey");
const reEncrypt = new Operation<ReEncryptRequest, ReEncryptResponse>("TrentService.ReEncrypt");

export const findKeyring = async (workspaceId: string, nowMs: number): Promise<Keyring> =>
  found(await get(keyrings, keyrings.key({ workspaceId, keys: [] }), nowMs), "workspace");

const newDataKey = async (workspaceId: string): Promise<Uint8Array> => {
  const { CiphertextBlob } = await generateDataKey.send({
    KeyId: config.key(),
    KeySpec: "AES_256",
    EncryptionContext: { workspaceId },
  });
  if (!CiphertextBlob) throw new Error("KMS made no data key.");
  return CiphertextBlob;
};

/** The same data key under what is KMS's newest key now. Its bytes do not leave KMS. */
const wrapAgain = async (workspaceId: string, wrapped: Uint8Array): Promise<Uint8Array> => {
  const { CiphertextBlob } = await reEncrypt.send({
    CiphertextBlob: wrapped,
    SourceEncryptionContext: { workspaceId },
    DestinationKeyId: config.key(),
    DestinationEncryptionContext: { workspaceId },
  });
  if (!CiphertextBlob) throw new Error("KMS did not wrap a data key again.");
  return CiphertextBlob;
};

/** The keyring of a new workspace, to be saved with it. */
export const newKeyring = async (workspaceId: string): Promise<Change> =>
  put(keyrings, { workspaceId, keys: [{ id: 1, wrapped: await newDataKey(workspaceId) }] });

/** Whose use begins at a time that is still to come. */
const pendingOf = ({ keys }: Keyring, now: string) =>
  keys.find(({ usedFrom }) => usedFrom !== undefined && usedFrom > now);

/** The newest version of a workspace's keys, and from when on it is used. */
export type Rotated = { version: number; usedFrom: string };

/**
 * A new data key, used in ten minutes, and all others wrapped again: what to save. Nothing to save (`change` undefined)
 * where a new key already waits for its use. Refuses `keys_exhausted` after 255.
 */
export const rotateKeyring = async (
  workspaceId: string,
  now: string,
): Promise<Rotated & { change: Change | undefined }> => {
  const ring = await findKeyring(workspaceId, milliseconds(now));
  const pending = pendingOf(ring, now);
  if (pending?.usedFrom) return { version: pending.id, usedFrom: pending.usedFrom, change: undefined };
  const version = (ring.keys.at(-1)?.id ?? 0) + 1;
  if (version > 255) return refuse("keys_exhausted", "A workspace can have 255 keys, and this one has had them all.");
  const usedFrom = later(now, usedAfterMs);
  const [wrapped, keys] = await Promise.all([
    newDataKey(workspaceId),
    Promise.all(ring.keys.map(async (key) => ({ ...key, wrapped: await wrapAgain(workspaceId, key.wrapped) }))),
  ]);
  return { version, usedFrom, change: put(keyrings, { ...ring, keys: [...keys, { id: version, wrapped, usedFrom }] }) };
};

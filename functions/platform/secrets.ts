import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";
import type { DecryptRequest, DecryptResponse } from "@aws-sdk/client-kms";
import * as z from "zod";
import { Operation } from "./aws.ts";
import { remembers } from "./cache.ts";
import { clock, milliseconds } from "./clock.ts";
import { config } from "./config.ts";
import { findKeyring, rememberedMs } from "./keyring.ts";

// Envelope encryption: data keys of a workspace, wrapped by KMS and kept beside it, unwrapped once a container for five
// minutes. Never a KMS call per row. AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce.

export { newKeyring } from "./keyring.ts";

export const needs = [{ key: ["kms:Decrypt"] }] as const;

const decrypt = new Operation<DecryptRequest, DecryptResponse>("TrentService.Decrypt");

/** `expanded`: what was made of the key, by purpose; there are few, and each is asked for at every request. */
type DataKey = { id: number; key: Buffer; usedFrom: string | undefined; expanded: Map<string, Buffer> };
const unwrapped = remembers<DataKey[]>(rememberedMs);

const dataKeys = (workspaceId: string): Promise<DataKey[]> =>
  unwrapped.get(workspaceId, async () => {
    const { keys } = await findKeyring(workspaceId, clock.now());
    return Promise.all(
      keys.map(async ({ id, wrapped, usedFrom }) => {
        const { Plaintext } = await decrypt.send({
          KeyId: config.key(),
          CiphertextBlob: wrapped,
          EncryptionContext: { workspaceId },
        });
        if (!Plaintext) throw new Error("KMS did not unwrap a data key.");
        return { id, key: Buffer.from(Plaintext), usedFrom, expanded: new Map() };
      }),
    );
  });

/** Has a workspace's keys unwrapped while something else is read, for what is sure to ask for them. */
export const unwrapAhead = (workspaceId: string): void => {
  // Whoever asks hears of a failure.
  dataKeys(workspaceId).catch(() => undefined);
};

/** The newest that is in use: every container knows it by now. */
const inUse = (keys: readonly DataKey[]): DataKey =>
  keys.findLast(({ usedFrom }) => usedFrom === undefined || milliseconds(usedFrom) <= clock.now())!;

const mostExpanded = 1000;
const expand = ({ key, expanded }: DataKey, purpose: string): Buffer => {
  const known = expanded.get(purpose);
  if (known) return known;
  if (expanded.size >= mostExpanded) expanded.clear();
  const made = Buffer.from(hkdfSync("sha256", key, Buffer.alloc(0), purpose, 32));
  expanded.set(purpose, made);
  return made;
};

/**
 * A secret of 32 bytes of a workspace for one purpose (HKDF, RFC 5869), e.g. "pepper/1". `version`: of the workspace's
 * keys; it stays the same when keys rotate. What hashes people or signs links pins `secretVersion` when it opens.
 */
export const derive = async (workspaceId: string, purpose: string, version = 1): Promise<Buffer> => {
  const key = (await dataKeys(workspaceId)).find(({ id }) => id === version);
  if (!key) throw new Error(`The workspace has no key of version ${version}.`);
  return expand(key, `derive ${purpose}`);
};

/** The version of a workspace's keys for what begins now. */
export const secretVersion = async (workspaceId: string): Promise<number> => inUse(await dataKeys(workspaceId)).id;

export const hmac = (key: Uint8Array, message: string | Uint8Array): Buffer =>
  createHmac("sha256", key).update(message).digest();
export const sha256 = (message: string | Uint8Array): Buffer => createHash("sha256").update(message).digest();

const lock = (keys: DataKey[], bound: string, plain: Uint8Array): Buffer => {
  const newest = inUse(keys);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", expand(newest, "seal"), nonce).setAAD(Buffer.from(bound));
  return Buffer.concat([Buffer.of(newest.id), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

const unlock = (keys: DataKey[], bound: string, sealed: Uint8Array): Buffer | undefined => {
  const bytes = Buffer.from(sealed);
  const key = keys.find(({ id }) => id === bytes[0]);
  if (!key || bytes.length < 29) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", expand(key, "seal"), bytes.subarray(1, 13)).setAAD(
    Buffer.from(bound),
  );
  decipher.setAuthTag(bytes.subarray(-16));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(13, -16)), decipher.final()]);
  } catch {
    return undefined; // Altered, or sealed for another place.
  }
};

/** Encrypts for one place (`bound`: item key and field), so that it opens nowhere else. 29 bytes longer than `plain`. */
export const seal = async (workspaceId: string, bound: string, plain: string | Uint8Array): Promise<Buffer> =>
  lock(await dataKeys(workspaceId), bound, Buffer.from(plain));

/** Opens what was sealed for this place. Throws where it was altered: of stored things that is a mistake of ours. */
export const open = async (workspaceId: string, bound: string, sealed: Uint8Array): Promise<Buffer> => {
  const plain = unlock(await dataKeys(workspaceId), bound, sealed);
  if (!plain) throw new Error(`What was sealed for ${bound} does not open.`);
  return plain;
};

/** A token that carries `data` itself, encrypted, for one purpose, until `expires` (RFC 3339): for links and forms. */
export const sealToken = async (
  workspaceId: string,
  purpose: string,
  expires: string,
  data: unknown,
): Promise<string> =>
  (await seal(workspaceId, `token ${purpose}`, JSON.stringify([milliseconds(expires), data]))).toString("base64url");

/** What a token carries: "altered" where it was not made for this purpose, "expired" with its data where its time is over. */
export const openToken = async <T>(
  workspaceId: string,
  purpose: string,
  token: string,
  schema: z.ZodType<T>,
  now: string,
): Promise<{ state: "valid" | "expired"; data: T } | { state: "altered" }> => {
  const plain = unlock(await dataKeys(workspaceId), `token ${purpose}`, Buffer.from(token, "base64url"));
  if (!plain) return { state: "altered" };
  const [expires, data] = z.tuple([z.number(), schema]).parse(JSON.parse(plain.toString()));
  return { state: milliseconds(now) < expires ? "valid" : "expired", data };
};

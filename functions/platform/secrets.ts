import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import * as z from "zod";
import { remembers } from "./cache.ts";
import { clock, milliseconds, minutes } from "./clock.ts";
import { config } from "./config.ts";
import { found } from "./errors.ts";
import { Bytes, type Change, get, type Kind, put } from "./table.ts";

// Envelope encryption: one data key a workspace, wrapped by KMS and kept beside it, unwrapped once a container for five
// minutes. Never a KMS call per row. AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce.

export const needs = [{ key: ["kms:GenerateDataKey", "kms:Decrypt"] }] as const;

const Keyring = z.object({
  workspaceId: z.string(),
  /** Wrapped data keys, oldest first; the last one seals, all open. */
  keys: z.array(z.object({ id: z.number().int().min(1).max(255), wrapped: Bytes })).min(1),
});
type Keyring = z.infer<typeof Keyring>;

const keyrings: Kind<Keyring> = {
  kind: "keyring",
  schema: Keyring,
  key: ({ workspaceId }) => ({ pk: `WS#${workspaceId}`, sk: "KEYRING" }),
};

let shared: KMSClient | undefined;
const kms = (): KMSClient => {
  shared ??= new KMSClient();
  return shared;
};

/** The keyring of a new workspace, to be saved with it. */
export const newKeyring = async (workspaceId: string): Promise<Change> => {
  const made = await kms().send(
    new GenerateDataKeyCommand({ KeyId: config.key(), KeySpec: "AES_256", EncryptionContext: { workspaceId } }),
  );
  if (!made.CiphertextBlob) throw new Error("KMS made no data key.");
  return put(keyrings, { workspaceId, keys: [{ id: 1, wrapped: made.CiphertextBlob }] });
};

type DataKey = { id: number; key: Buffer };
const unwrapped = remembers<DataKey[]>(minutes(5));

const dataKeys = (workspaceId: string): Promise<DataKey[]> =>
  unwrapped.get(workspaceId, async () => {
    const ring = found(await get(keyrings, keyrings.key({ workspaceId, keys: [] }), clock.now()), "workspace");
    return Promise.all(
      ring.keys.map(async ({ id, wrapped }) => {
        const { Plaintext } = await kms().send(
          new DecryptCommand({ KeyId: config.key(), CiphertextBlob: wrapped, EncryptionContext: { workspaceId } }),
        );
        if (!Plaintext) throw new Error("KMS did not unwrap a data key.");
        return { id, key: Buffer.from(Plaintext) };
      }),
    );
  });

const expand = (key: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync("sha256", key, Buffer.alloc(0), purpose, 32));

/**
 * A secret of 32 bytes of a workspace for one purpose (HKDF, RFC 5869), e.g. "pepper/1". It stays the same when data keys
 * rotate, since it comes from the first; another version is another purpose.
 */
export const derive = async (workspaceId: string, purpose: string): Promise<Buffer> => {
  const [first] = await dataKeys(workspaceId);
  return expand(first!.key, `derive ${purpose}`);
};

export const hmac = (key: Uint8Array, message: string | Uint8Array): Buffer =>
  createHmac("sha256", key).update(message).digest();
export const sha256 = (message: string | Uint8Array): Buffer => createHash("sha256").update(message).digest();

const lock = (keys: DataKey[], bound: string, plain: Uint8Array): Buffer => {
  const newest = keys.at(-1)!;
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", expand(newest.key, "seal"), nonce).setAAD(Buffer.from(bound));
  return Buffer.concat([Buffer.of(newest.id), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

const unlock = (keys: DataKey[], bound: string, sealed: Uint8Array): Buffer | undefined => {
  const bytes = Buffer.from(sealed);
  const key = keys.find(({ id }) => id === bytes[0]);
  if (!key || bytes.length < 29) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", expand(key.key, "seal"), bytes.subarray(1, 13)).setAAD(
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

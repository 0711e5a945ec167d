import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import * as z from "zod";
import { keyArn, keyId } from "./names.ts";
import { known, Refusal } from "./refusal.ts";

const Context = z.record(z.string(), z.string()).optional();
const GenerateDataKey = z.strictObject({
  KeyId: z.string(),
  KeySpec: z.literal("AES_256"),
  EncryptionContext: Context,
});
const Decrypt = z.strictObject({
  CiphertextBlob: z.base64(),
  EncryptionContext: Context,
  KeyId: z.string().optional(),
  EncryptionAlgorithm: z.literal("SYMMETRIC_DEFAULT").optional(),
});

const ReEncrypt = z.strictObject({
  CiphertextBlob: z.base64(),
  SourceEncryptionContext: Context,
  DestinationKeyId: z.string(),
  DestinationEncryptionContext: Context,
});

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The encryption context as bytes: pairs in the order of their names. */
const contextBytes = (context: Record<string, string> = {}): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));

/** One symmetric key of KMS: data keys come wrapped by `masterKey` (32 bytes) and bound to their encryption context. */
export const keyService = (masterKey: Uint8Array) => {
  const knownKey = (id: string): void => {
    if (id !== keyId && id !== keyArn) throw new Refusal("NotFoundException", `Key '${id}' does not exist.`);
  };
  const encrypt = (plaintext: Uint8Array, context: Record<string, string> | undefined): Buffer => {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", masterKey, nonce).setAAD(contextBytes(context));
    return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  };
  const decrypt = (ciphertext: string, context: Record<string, string> | undefined): Buffer => {
    const blob = Buffer.from(ciphertext, "base64");
    try {
      const decipher = createDecipheriv("aes-256-gcm", masterKey, blob.subarray(0, NONCE_BYTES))
        .setAAD(contextBytes(context))
        .setAuthTag(blob.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(blob.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      throw new Refusal(
        "InvalidCiphertextException",
        "The ciphertext, or its encryption context, is not what was encrypted.",
      );
    }
  };
  return {
    operations: {
      "TrentService.GenerateDataKey": (input: unknown): object => {
        const asked = known("KMS", "GenerateDataKey", GenerateDataKey, input);
        knownKey(asked.KeyId);
        const plaintext = randomBytes(32);
        const sealed = encrypt(plaintext, asked.EncryptionContext);
        return { CiphertextBlob: sealed.toString("base64"), Plaintext: plaintext.toString("base64"), KeyId: keyArn };
      },
      "TrentService.Decrypt": (input: unknown): object => {
        const asked = known("KMS", "Decrypt", Decrypt, input);
        if (asked.KeyId !== undefined) knownKey(asked.KeyId);
        const plaintext = decrypt(asked.CiphertextBlob, asked.EncryptionContext);
        return { Plaintext: plaintext.toString("base64"), KeyId: keyArn, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
      },
      "TrentService.ReEncrypt": (input: unknown): object => {
        const asked = known("KMS", "ReEncrypt", ReEncrypt, input);
        knownKey(asked.DestinationKeyId);
        const plaintext = decrypt(asked.CiphertextBlob, asked.SourceEncryptionContext);
        const sealed = encrypt(plaintext, asked.DestinationEncryptionContext);
        return { CiphertextBlob: sealed.toString("base64"), SourceKeyId: keyArn, KeyId: keyArn };
      },
    },
  };
};

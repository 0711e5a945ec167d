import { dateOf, type Signer, scopeOf, signature } from "./signature.ts";

export const signs = [{ bucket: ["s3:PutObject"] }] as const;

// The SDK's presigned PUT pins the checksum of nothing and signs no type; a POST has a policy, with type and size.

/** The form of a POST that writes one object of exactly this type and size. */
export const presignedPost = (
  signer: Signer,
  { bucket, key, type, bytes, expires }: { bucket: string; key: string; type: string; bytes: number; expires: string },
): { url: string; fields: Record<string, string> } => {
  const { accessKeyId, sessionToken } = signer.credentials;
  const fields = {
    key,
    "Content-Type": type,
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": `${accessKeyId}/${scopeOf(signer)}`,
    "x-amz-date": dateOf(signer.now),
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
  };
  const conditions = [
    { bucket },
    ["content-length-range", bytes, bytes],
    ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
  ];
  const policy = Buffer.from(JSON.stringify({ expiration: expires, conditions })).toString("base64");
  return { url: signer.url, fields: { ...fields, policy, "x-amz-signature": signature(signer, policy) } };
};

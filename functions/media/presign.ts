import { createHash, createHmac } from "node:crypto";
import { s3 } from "../platform/bucket.ts";
import { instant, milliseconds, seconds } from "../platform/clock.ts";
import { config } from "../platform/config.ts";

// Requests to the bucket that somebody else may make for us, for a while (AWS Signature Version 4: "Browser-based uploads
// using POST" and "Authenticating requests: using query parameters" of S3's API reference). The SDK's presigned PUT pins the
// checksum of nothing and signs no type; a POST has a policy, with type and size.

export const signs = [{ bucket: ["s3:GetObject", "s3:PutObject"] }] as const;

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };
/** `url`: of the bucket, without a slash at the end. `now`: RFC 3339. */
export type Signer = { credentials: Credentials; region: string; url: string; now: string };

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

const signature = ({ credentials, region, now }: Signer, text: string): string => {
  const parts = [dateOf(now).slice(0, 8), region, "s3", "aws4_request"];
  const key = parts.reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  return hmac(Buffer.from(key), text).toString("hex");
};
const dateOf = (now: string): string => now.replace(/[-:]|\.\d+/g, "");
const scopeOf = ({ region, now }: Signer): string => `${dateOf(now).slice(0, 8)}/${region}/s3/aws4_request`;

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

/** RFC 3986: what JavaScript leaves alone, too. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

/** An address that reads one object until so many seconds from now. */
export const presignedGet = (signer: Signer, key: string, expiresInSeconds: number): string => {
  const { accessKeyId, sessionToken } = signer.credentials;
  const { host, pathname } = new URL(`${signer.url}/${key}`);
  const query = Object.entries({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${accessKeyId}/${scopeOf(signer)}`,
    "X-Amz-Date": dateOf(signer.now),
    "X-Amz-Expires": String(expiresInSeconds),
    ...(sessionToken === undefined ? {} : { "X-Amz-Security-Token": sessionToken }),
    "X-Amz-SignedHeaders": "host",
  })
    .map(([name, value]) => `${name}=${encoded(value)}`)
    .join("&");
  const request = ["GET", pathname, query, `host:${host}`, "", "host", "UNSIGNED-PAYLOAD"].join("\n");
  const hash = createHash("sha256").update(request).digest("hex");
  const text = ["AWS4-HMAC-SHA256", dateOf(signer.now), scopeOf(signer), hash].join("\n");
  return `${signer.url}/${key}?${query}&X-Amz-Signature=${signature(signer, text)}`;
};

/** In this function's own name. */
export const signerNow = async (now: string): Promise<Signer> => ({
  credentials: await s3().config.credentials(),
  region: await s3().config.region(),
  url: config.bucketUrl(),
  now: instant(Math.floor(milliseconds(now) / seconds(1)) * seconds(1)),
});

import { createHmac } from "node:crypto";
import { s3 } from "../platform/bucket.ts";
import { instant, milliseconds, seconds } from "../platform/clock.ts";
import { config } from "../platform/config.ts";

// Requests to the bucket that somebody else may make for us, for a while (AWS Signature Version 4: "Browser-based uploads
// using POST" and "Authenticating requests: using query parameters" of S3's API reference). Whoever signs must be allowed
// what is signed: presign-get.ts and presign-post.ts say so, each in a file of its own.

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };
/** `url`: of the bucket, without a slash at the end. `now`: RFC 3339. */
export type Signer = { credentials: Credentials; region: string; url: string; now: string };

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

export const signature = ({ credentials, region, now }: Signer, text: string): string => {
  const parts = [dateOf(now).slice(0, 8), region, "s3", "aws4_request"];
  const key = parts.reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  return hmac(Buffer.from(key), text).toString("hex");
};
export const dateOf = (now: string): string => now.replace(/[-:]|\.\d+/g, "");
export const scopeOf = ({ region, now }: Signer): string => `${dateOf(now).slice(0, 8)}/${region}/s3/aws4_request`;

/** In this function's own name. */
export const signerNow = async (now: string): Promise<Signer> => ({
  credentials: await s3().config.credentials(),
  region: await s3().config.region(),
  url: config.bucketUrl(),
  now: instant(Math.floor(milliseconds(now) / seconds(1)) * seconds(1)),
});

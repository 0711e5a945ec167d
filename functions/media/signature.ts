import { instant, milliseconds, seconds } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { type Credentials, signature as signatureBy } from "../platform/signature.ts";

// Requests to the bucket that somebody else may make for us, for a while (AWS Signature Version 4: "Browser-based uploads
// using POST" and "Authenticating requests: using query parameters" of S3's API reference). Whoever signs must be allowed
// what is signed: presign-get.ts and presign-post.ts say so, each in a file of its own.

/** `url`: of the bucket, without a slash at the end. `now`: RFC 3339. */
export type Signer = { credentials: Credentials; region: string; url: string; now: string };

export const signature = ({ credentials, region, now }: Signer, text: string): string =>
  signatureBy(text, dateOf(now).slice(0, 8), { service: "s3", region, credentials });
export const dateOf = (now: string): string => now.replace(/[-:]|\.\d+/g, "");
export const scopeOf = ({ region, now }: Signer): string => `${dateOf(now).slice(0, 8)}/${region}/s3/aws4_request`;

/** In this function's own name. */
export const signerNow = (now: string): Signer => ({
  credentials: config.credentials(),
  region: config.region(),
  url: config.bucketUrl(),
  now: instant(Math.floor(milliseconds(now) / seconds(1)) * seconds(1)),
});

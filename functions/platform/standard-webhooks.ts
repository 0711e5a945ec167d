import { hmac } from "./secrets.ts";

// Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks): HMAC-SHA256 over id, time and body.

/** The specification asks for 24 to 64 bytes. */
export const secretBytes = 32;

/** A secret as it is shown to whoever verifies with it. */
export const showSecret = (secret: Uint8Array): string => `whsec_${Buffer.from(secret).toString("base64")}`;

/** The three headers of one attempt, signed with every secret that holds at the moment. */
export const signedHeaders = (
  { id, timestampSeconds, body }: { id: string; timestampSeconds: number; body: string },
  secrets: readonly Uint8Array[],
): Record<string, string> => ({
  "webhook-id": id,
  "webhook-timestamp": String(timestampSeconds),
  "webhook-signature": secrets
    .map((secret) => `v1,${hmac(secret, `${id}.${timestampSeconds}.${body}`).toString("base64")}`)
    .join(" "),
});

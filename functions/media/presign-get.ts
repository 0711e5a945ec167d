import { createHash } from "node:crypto";
import { dateOf, type Signer, scopeOf, signature } from "./signature.ts";

export const signs = [{ bucket: ["s3:GetObject"] }] as const;

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

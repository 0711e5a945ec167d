import { createHmac, hash } from "node:crypto";

// AWS Signature Version 4, as its reference describes it ("Create a signed AWS API request").

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };
export type Signer = { service: string; region: string; credentials: Credentials };

const hmac = (key: Uint8Array, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Of a text, hex, by a key that is good for one day, region and service. `date`: YYYYMMDD. */
export const signature = (text: string, date: string, { service, region, credentials }: Signer): string => {
  const parts = [date, region, service, "aws4_request"];
  const key = parts.reduce<Uint8Array>(hmac, Buffer.from(`AWS4${credentials.secretAccessKey}`));
  return hmac(key, text).toString("hex");
};

/**
 * The headers of a POST to `/`, with those that sign it. `headers`: all that is signed, by their names in lower case, `host`
 * among them. `atMs`: Unix milliseconds; AWS refuses what is five minutes from its own clock.
 */
export const signed = (
  headers: Readonly<Record<string, string>>,
  body: string,
  atMs: number,
  by: Signer,
): Record<string, string> => {
  const { accessKeyId, sessionToken } = by.credentials;
  const at = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, "");
  const date = at.slice(0, 8);
  const all: Record<string, string> = {
    ...headers,
    "x-amz-date": at,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
  };
  const sorted = Object.keys(all).sort();
  const names = sorted.join(";");
  const lines = sorted.map((name) => `${name}:${all[name]}\n`).join("");
  const request = ["POST", "/", "", lines, names, hash("sha256", body)].join("\n");
  const scope = `${date}/${by.region}/${by.service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", at, scope, hash("sha256", request)].join("\n");
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature(text, date, by)}`;
  return { ...all, authorization };
};

import { createHmac, hash } from "node:crypto";

// AWS Signature Version 4, as its reference describes it ("Create a signed AWS API request").

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };
export type Signer = { service: string; region: string; credentials: Credentials };

const hmac = (key: Uint8Array, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Made with four HMACs each, so they are kept; a container needs one for each service that it asks, until the day or its role's secret changes. */
const keys = new Map<string, Buffer>();
const mostKeys = 10;

/** Good for one day, region and service. */
const keyFor = (date: string, { service, region, credentials }: Signer): Buffer => {
  const parts = [date, region, service, "aws4_request"];
  const name = [credentials.secretAccessKey, ...parts].join("\n");
  const known = keys.get(name);
  if (known) return known;
  const key = parts.reduce<Buffer>(hmac, Buffer.from(`AWS4${credentials.secretAccessKey}`));
  if (keys.size >= mostKeys) keys.clear();
  keys.set(name, key);
  return key;
};

/** Of a text, hex. `date`: YYYYMMDD. */
export const signature = (text: string, date: string, by: Signer): string =>
  hmac(keyFor(date, by), text).toString("hex");

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

import { createHash, createPublicKey, sign, timingSafeEqual, verify } from "node:crypto";
import { hours, milliseconds } from "../platform/clock.ts";

// HTTP signatures as the fediverse signs with: draft-cavage-http-signatures-12, rsa-sha256, over the request's first line, its
// host and date, and the digest (RFC 3230) of its body.

export type Request = {
  method: "GET" | "POST";
  /** The path with its query. */
  target: string;
  host: string;
  body?: Uint8Array | undefined;
};

const sha256Of = (body: Uint8Array): Buffer => createHash("sha256").update(body).digest();

const textOf = (names: readonly string[], { method, target }: Request, headers: Headers): string | undefined => {
  const lines = names.map((name) => {
    if (name === "(request-target)") return `${name}: ${method.toLowerCase()} ${target}`;
    const value = headers[name];
    return value === undefined ? undefined : `${name}: ${value.trim()}`;
  });
  return lines.includes(undefined) ? undefined : lines.join("\n");
};

/** By their names in lower case. */
type Headers = Readonly<Record<string, string | undefined>>;

/** The headers that sign a request; `host` is sent by whoever sends it. `privateKey`: PEM. */
export const signatureHeaders = (
  request: Request,
  { keyId, privateKey }: { keyId: string; privateKey: string },
  atMs: number,
): Record<string, string> => {
  const headers: Record<string, string> = {
    date: new Date(atMs).toUTCString(),
    ...(request.body ? { digest: `SHA-256=${sha256Of(request.body).toString("base64")}` } : {}),
  };
  const names = ["(request-target)", "host", ...Object.keys(headers)];
  const text = textOf(names, request, { ...headers, host: request.host });
  if (text === undefined) throw new Error("A header that is to be signed is missing.");
  const signature = sign("sha256", Buffer.from(text), privateKey).toString("base64");
  return {
    ...headers,
    signature: `keyId="${keyId}",algorithm="rsa-sha256",headers="${names.join(" ")}",signature="${signature}"`,
  };
};

/** Who says that they signed, with what, over what. */
export type Claim = { keyId: string; names: string[]; signature: Buffer };

/** What must be signed of a request with a body: else a signature of another request would do for this one. */
const needed = ["(request-target)", "host", "date", "digest"];
/** How far a sender's clock may be from ours, and how long a request may be under way. */
const mostAgeMs = hours(1);

/** What a request's headers claim; undefined where they claim nothing that could hold. */
export const claimOf = (request: Request, headers: Headers, now: string): Claim | undefined => {
  const fields = Object.fromEntries(
    [...(headers.signature ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
  );
  const { keyId, algorithm = "hs2019", signature } = fields;
  const names = (fields.headers ?? "date").toLowerCase().split(" ");
  if (keyId === undefined || signature === undefined || !["rsa-sha256", "hs2019"].includes(algorithm)) return undefined;
  if (!needed.every((name) => names.includes(name)) || headers.host !== request.host) return undefined;
  const ageMs = milliseconds(now) - milliseconds(headers.date ?? "");
  if (!(Math.abs(ageMs) <= mostAgeMs)) return undefined;
  const [, digest] = /(?:^|,)\s*sha-256=([A-Za-z0-9+/=]+)/i.exec(headers.digest ?? "") ?? [];
  const said = Buffer.from(digest ?? "", "base64");
  const is = sha256Of(request.body ?? Buffer.alloc(0));
  if (said.length !== is.length || !timingSafeEqual(said, is)) return undefined;
  return { keyId, names, signature: Buffer.from(signature, "base64") };
};

/** Whether the claim holds for this key (PEM). */
export const holds = (claim: Claim, request: Request, headers: Headers, publicKey: string): boolean => {
  const text = textOf(claim.names, request, headers);
  if (text === undefined) return false;
  try {
    const key = createPublicKey(publicKey);
    return key.asymmetricKeyType === "rsa" && verify("sha256", Buffer.from(text), key, claim.signature);
  } catch {
    return false; // What they call their key is none.
  }
};

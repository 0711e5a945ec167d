import { randomBytes } from "node:crypto";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import * as z from "zod";
import { type Answered, OutgoingFailure, outgoing } from "../platform/outgoing.ts";
import { sha256 } from "../platform/secrets.ts";

// OpenID Connect Core 1.0 as a relying party: the authorization code flow with PKCE (RFC 7636), state and nonce, and the
// issuer in the answer (RFC 9207). What the issuer says of itself is user-given and is asked for by the outgoing client only.

/** The issuer, or what came back in its name, is not what it has to be. `reason` is a sentence without anything of the person. */
export class OpenIdFailure extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(`OpenID Connect did not succeed: ${reason}`);
    this.name = "OpenIdFailure";
    this.reason = reason;
  }
}
const fail = (reason: string): never => {
  throw new OpenIdFailure(reason);
};

const limits = { timeoutMs: 5_000, mostBytes: 256 * 1024 };

const ask = async (asked: Parameters<typeof outgoing>[0]): Promise<Answered> => {
  try {
    return await outgoing(asked);
  } catch (error) {
    return error instanceof OutgoingFailure ? fail(error.reason) : Promise.reject(error);
  }
};

const json = <T>({ status, body, cut }: Answered, schema: z.ZodType<T>, what: string): T => {
  if (status !== 200 || cut) return fail(`${what} was answered with ${cut ? "too much" : `status ${status}`}.`);
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    return fail(`${what} is no JSON.`);
  }
  const parsed = schema.safeParse(value);
  return parsed.success
    ? parsed.data
    : fail(`${what} lacks ${parsed.error.issues[0]?.path.join(".") || "what it needs"}.`);
};

/** OpenID Connect Discovery 1.0, section 3, as far as we use it. */
const Metadata = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
  token_endpoint_auth_methods_supported: z.array(z.string()).default(["client_secret_basic"]),
  authorization_response_iss_parameter_supported: z.boolean().default(false),
});
export type Metadata = z.infer<typeof Metadata>;

/** What an issuer says of itself; it must name itself as it was asked. */
export const discover = async (issuer: string): Promise<Metadata> => {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const metadata = json(await ask({ method: "GET", url, ...limits }), Metadata, "The issuer's configuration");
  if (metadata.issuer !== issuer) return fail(`The issuer calls itself ${String(metadata.issuer).slice(0, 200)}.`);
  // A browser is sent there.
  if (new URL(metadata.authorization_endpoint).protocol !== new URL(issuer).protocol)
    return fail("Its page to sign in is not at https.");
  return metadata;
};

/** What is kept between the way there and the way back, in the browser, encrypted. */
export const Journey = z.object({
  workspaceId: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
});
export type Journey = z.infer<typeof Journey>;

const random = (): string => randomBytes(32).toString("base64url");

/** A new way there: the address of the issuer's page, and what to remember. */
export const depart = (
  metadata: Metadata,
  client: { workspaceId: string; clientId: string; redirectUrl: string },
): { url: string; journey: Journey } => {
  const { workspaceId, clientId, redirectUrl } = client;
  const journey = {
    workspaceId,
    issuer: metadata.issuer,
    clientId,
    state: random(),
    nonce: random(),
    verifier: random(),
  };
  const url = new URL(metadata.authorization_endpoint);
  const asked = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUrl,
    scope: "openid email",
    state: journey.state,
    nonce: journey.nonce,
    code_challenge: sha256(journey.verifier).toString("base64url"),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return { url: url.href, journey };
};

/** RFC 6749, section 2.3.1: both are form-encoded before they are put together. */
const basic = (clientId: string, clientSecret: string): string => {
  const encoded = (text: string) => new URLSearchParams({ a: text }).toString().slice(2);
  return `Basic ${Buffer.from(`${encoded(clientId)}:${encoded(clientSecret)}`).toString("base64")}`;
};

const Tokens = z.object({ id_token: z.string() });
const Keys = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });
const Claims = z.object({
  nonce: z.string(),
  email: z.string(),
  email_verified: z.literal(true),
  azp: z.string().optional(),
});

/** Signatures that only the issuer can make. With HMAC, whoever has the client's secret could, and with "none" anybody. */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** Exchanges the code of a way back, and verifies what it says (OpenID Connect Core 1.0, section 3.1.3.7). Gives the mail address. */
export const arrive = async (
  journey: Journey,
  client: { clientSecret: string; redirectUrl: string },
  answer: { code: string; iss?: string | undefined },
  nowMs: number,
): Promise<string> => {
  const { issuer, clientId, nonce, verifier } = journey;
  const metadata = await discover(issuer);
  if (answer.iss === undefined ? metadata.authorization_response_iss_parameter_supported : answer.iss !== issuer)
    return fail("The answer came from another issuer.");
  const isBasic = metadata.token_endpoint_auth_methods_supported.includes("client_secret_basic");
  const form = {
    grant_type: "authorization_code",
    code: answer.code,
    redirect_uri: client.redirectUrl,
    code_verifier: verifier,
    ...(isBasic ? {} : { client_id: clientId, client_secret: client.clientSecret }),
  };
  const given = await ask({
    method: "POST",
    url: metadata.token_endpoint,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
      ...(isBasic ? { authorization: basic(clientId, client.clientSecret) } : {}),
    },
    body: new URLSearchParams(form).toString(),
    ...limits,
  });
  const { id_token: idToken } = json(given, Tokens, "The code");
  const keys = json(await ask({ method: "GET", url: metadata.jwks_uri, ...limits }), Keys, "The issuer's keys");
  return verify(idToken, keys, { issuer, clientId, nonce }, nowMs);
};

const clockToleranceSeconds = 60;

const verify = async (
  idToken: string,
  keys: JSONWebKeySet,
  { issuer, clientId, nonce }: { issuer: string; clientId: string; nonce: string },
  nowMs: number,
): Promise<string> => {
  const { payload } = await jwtVerify(idToken, createLocalJWKSet(keys), {
    issuer,
    audience: clientId,
    algorithms,
    requiredClaims: ["sub", "exp", "iat"],
    currentDate: new Date(nowMs),
    clockTolerance: clockToleranceSeconds,
  }).catch((error: unknown) =>
    fail(`The token does not hold: ${error instanceof Error && "code" in error ? String(error.code) : "unknown"}.`),
  );
  const claims = Claims.safeParse(payload);
  if (!claims.success) return fail(`The token has no proper ${String(claims.error.issues[0]?.path[0])}.`);
  if (claims.data.nonce !== nonce) return fail("The token was made for another sign-in.");
  if (
    claims.data.azp !== undefined ? claims.data.azp !== clientId : Array.isArray(payload.aud) && payload.aud.length > 1
  )
    return fail("The token was made for another client.");
  return claims.data.email;
};

import { createHash, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { exportJWK, type JWTPayload, SignJWT } from "jose";
import Provider from "oidc-provider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { joined } from "./members.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// Signing in with a workspace's own OpenID Connect issuer: a real one (oidc-provider), and one that lies.

/** A server on loopback, declared as a test server. */
const listening = async (): Promise<{ url: string; serve: (by: RequestListener) => void; server: Server }> => {
  let answer: RequestListener = (_, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port.");
  const host = `127.0.0.1:${address.port}`;
  process.env.OUTGOING_TEST_SERVERS = [process.env.OUTGOING_TEST_SERVERS, host].filter(Boolean).join(",");
  return {
    url: `http://${host}`,
    server,
    serve: (by) => {
      answer = by;
    },
  };
};

let world: World;
let workspace: Workspace;
const servers: Server[] = [];
let real: string;
const client = { clientId: "samenspraak", clientSecret: "geheim: 1+1 & 100%25" };
const domains = ["example.nl"];
const text = { headers: { accept: "text/html" } };

const setIssuer = (issuer: string, of: Workspace = workspace) =>
  of.api("PUT", "/v1/workspace/sign-in", { issuer, ...client, domains });

beforeAll(async () => {
  // The issuer's tokens are of this moment.
  world = await openWorld({ at: new Date().toISOString() });
  workspace = await world.workspace("Bakkerij Zon");
  const { url, server, serve } = await listening();
  servers.push(server);
  real = url;
  const key = await exportJWK(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
  const provider = new Provider(url, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [`${world.url}/sign-in/callback`],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    jwks: { keys: [{ ...key, kid: "a", alg: "RS256", use: "sig" }] },
    cookies: { keys: ["test"] },
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    // As most issuers do, it says the address in the token itself.
    conformIdTokenClaims: false,
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: sub, email_verified: !sub.startsWith("unverified") }),
    }),
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    features: { devInteractions: { enabled: true } },
  });
  serve(provider.callback());
});
afterAll(async () => {
  for (const server of servers) server.close();
  delete process.env.OUTGOING_TEST_SERVERS;
  await world?.close();
});

type Jar = Record<string, string>;
const cookiesOf = (jar: Jar): string =>
  Object.entries(jar)
    .map(([name, value]) => `${name}=${value}`)
    .join("; ");

/** A browser at the issuer's own pages: it fills in who it is and agrees, until it is sent back to us. */
const atIssuer = async (start: string, login: string): Promise<string> => {
  const jar: Jar = {};
  const ask = async (url: string, form?: Record<string, string>): Promise<Response> => {
    const response = await fetch(url, {
      method: form ? "POST" : "GET",
      redirect: "manual",
      headers: { cookie: cookiesOf(jar) },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      jar[pair.slice(0, pair.indexOf("="))] = pair.slice(pair.indexOf("=") + 1);
    }
    return response;
  };
  let response = await ask(start);
  for (let hop = 0; hop < 10; hop++) {
    const location = response.headers.get("location");
    if (location?.startsWith(world.url)) return location.slice(world.url.length);
    if (location) {
      response = await ask(new URL(location, start).href);
      continue;
    }
    const page = await response.clone().text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? "";
    const action = /action="([^"]+)"/.exec(page)?.[1] ?? "";
    response = await ask(new URL(action, start).href, { prompt, login, password: "x" });
  }
  throw new Error(`The issuer did not send the browser back: ${await response.text()}`);
};

/** Sets out to the issuer, with the browser's cookies. */
const setOut = async (of: Workspace = workspace): Promise<{ there: string; cookies: Jar }> => {
  const went = await world.http("GET", `/sign-in/with/${of.workspaceId}/go`, text);
  expect(went.status).toBe(303);
  const [cookie = ""] = went.setCookies;
  return { there: went.headers.location ?? "", cookies: { openid: /^openid=([^;]+)/.exec(cookie)?.[1] ?? "" } };
};
const comeBack = (path: string, cookies: Jar) => world.http("GET", path, { ...text, cookies });
const sessionOf = ({ setCookies }: { setCookies: string[] }): string | undefined =>
  setCookies.map((cookie) => /^session=(sss_[\w-]+)/.exec(cookie)?.[1]).find(Boolean);

describe("with a real issuer", () => {
  let anna: Awaited<ReturnType<typeof joined>>;
  beforeAll(async () => {
    anna = await joined(world, workspace, "anna@example.nl", "editor");
    expect((await setIssuer(real)).status).toBe(200);
  });

  test("its client's secret is in no answer, and it says where to sign in", async () => {
    const shown = await workspace.api("GET", "/v1/workspace/sign-in");
    expect(shown.text).not.toContain("geheim");
    expect(shown.body).toMatchObject({
      issuer: real,
      clientId: client.clientId,
      signInUrl: `${world.url}/sign-in/with/${workspace.workspaceId}`,
      redirectUrl: `${world.url}/sign-in/callback`,
    });
  });

  test("a member signs in, for this workspace only", async () => {
    const other = await world.workspace("Ander");
    await joined(world, other, anna.address, "owner");
    const { there, cookies } = await setOut();
    const asked = new URL(there).searchParams;
    expect(asked.get("code_challenge_method")).toBe("S256");
    const back = await comeBack(await atIssuer(there, anna.address), cookies);
    const session = sessionOf(back) ?? "";
    expect(back).toMatchObject({ status: 303, headers: { location: "/me?lang=nl" } });
    const read = (of: Workspace) =>
      world.http("GET", "/v1/workspace", { key: session, headers: { "samenspraak-workspace": of.workspaceId } });
    expect((await read(workspace)).status).toBe(200);
    expect((await read(other)).body).toMatchObject({ status: 403, code: "not_a_member" });
    const me = await world.http("GET", "/me", { ...text, cookies: { session } });
    expect(me.text).toContain("Bakkerij Zon");
    expect(me.text).not.toContain("Ander");
    // It neither shows nor ends the sessions that stand for more than this workspace.
    const Sessions = z.object({ items: z.array(z.unknown()) });
    expect((await world.http("GET", "/v1/sessions", { key: session })).as(Sessions).items).toHaveLength(1);
    await world.http("DELETE", "/v1/sessions", { key: session });
    expect((await read(workspace)).body).toMatchObject({ code: "session_ended" });
    expect((await anna.api("GET", "/v1/workspace")).status).toBe(200);
  });

  test("an answer works once, and only in the browser that set out", async () => {
    const { there, cookies } = await setOut();
    const path = await atIssuer(there, anna.address);
    const refused = await comeBack(path, {});
    expect(refused.status).toBe(403);
    expect(refused.text).toContain("Inloggen is niet gelukt");
    expect((await comeBack(path, (await setOut()).cookies)).status).toBe(403);
    const before = world.logs.length;
    const answers = await Promise.all([comeBack(path, cookies), comeBack(path, cookies)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 403]);
    expect((await comeBack(path, cookies)).status).toBe(403);
    // Whoever comes second is sent away here: the issuer is not asked again.
    expect(world.logs.slice(before).join("")).not.toContain("An issuer was not believed");
  });

  test("somebody else's code, or another issuer's name, is refused", async () => {
    const [mine, theirs] = [await setOut(), await setOut()];
    const [my, their] = [
      new URL(await atIssuer(mine.there, anna.address), world.url),
      new URL(await atIssuer(theirs.there, anna.address), world.url),
    ];
    my.searchParams.set("code", their.searchParams.get("code") ?? "");
    expect((await comeBack(`${my.pathname}${my.search}`, mine.cookies)).status).toBe(403);
    their.searchParams.set("iss", "https://other.example");
    expect((await comeBack(`${their.pathname}${their.search}`, theirs.cookies)).status).toBe(403);
    const nameless = await setOut();
    const without = new URL(await atIssuer(nameless.there, anna.address), world.url);
    without.searchParams.delete("iss");
    expect((await comeBack(`${without.pathname}${without.search}`, nameless.cookies)).status).toBe(403);
  });

  test.each([
    ["stranger@example.nl", "U bent hier geen lid"],
    ["unverified-anna@example.nl", "Inloggen is niet gelukt"],
    ["anna@elsewhere.example", "U bent hier geen lid"],
  ])("%s is told: %s", async (login, said) => {
    if (login.startsWith("unverified")) await joined(world, workspace, login, "viewer");
    const { there, cookies } = await setOut();
    const back = await comeBack(await atIssuer(there, login), cookies);
    expect(back.status).toBe(403);
    expect(back.text).toContain(said);
    expect(sessionOf(back)).toBeUndefined();
  });

  test("who was removed or is only invited gets in no more than a stranger", async () => {
    const bob = await joined(world, workspace, "bob@example.nl", "viewer");
    await workspace.api("DELETE", `/v1/members/${bob.memberId}`);
    await workspace.api("POST", "/v1/members", { address: "carla@example.nl", role: "viewer" });
    for (const login of [bob.address, "carla@example.nl"]) {
      const { there, cookies } = await setOut();
      expect((await comeBack(await atIssuer(there, login), cookies)).text).toContain("U bent hier geen lid");
    }
  });

  test("without an issuer the page says how else to sign in", async () => {
    const none = await world.workspace("Geen");
    const page = await world.http("GET", `/sign-in/with/${none.workspaceId}`, text);
    expect(page).toMatchObject({ status: 404 });
    expect(page.text).toContain("link per mail");
    await setIssuer(real, none);
    expect((await world.http("GET", `/sign-in/with/${none.workspaceId}?lang=en`, text)).text).toContain("127.0.0.1");
    expect((await none.api("DELETE", "/v1/workspace/sign-in")).status).toBe(204);
    expect((await none.api("GET", "/v1/workspace/sign-in")).body).toMatchObject({ status: 404 });
  });
});

describe("an issuer that cannot be used is refused when it is set", () => {
  test.each([
    ["not https", "http://issuer.example"],
    ["a private address", "https://10.0.0.1"],
    ["loopback", "https://127.0.0.1:9999"],
    ["credentials", "https://169.254.169.254"],
  ])("%s", async (_, issuer) => {
    const refused = await setIssuer(issuer);
    expect(refused.body).toMatchObject({ status: 422, code: "issuer_unusable", errors: [{ pointer: "#/issuer" }] });
  });

  test("one that calls itself something else, and one that is no issuer", async () => {
    const { url, server, serve } = await listening();
    servers.push(server);
    serve((_, response) => void response.end(JSON.stringify({ issuer: "https://bank.example", token_endpoint: url })));
    expect((await setIssuer(url)).body).toMatchObject({ code: "issuer_unusable" });
    serve(
      (_, response) => void response.writeHead(302, { location: `${real}/.well-known/openid-configuration` }).end(),
    );
    expect((await setIssuer(url)).body).toMatchObject({ code: "issuer_unusable" });
  });
});

describe("an issuer that lies", () => {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const strange = generateKeyPairSync("ec", { namedCurve: "P-256" });
  let liar: string;
  let tokenFor: (asked: { nonce: string }) => Promise<string>;
  let cheated: Workspace;
  let nonce = "";

  beforeAll(async () => {
    const { url, server, serve } = await listening();
    servers.push(server);
    liar = url;
    const keys = [{ ...(await exportJWK(pair.publicKey)), kid: "a", alg: "ES256", use: "sig" }];
    serve(async (request, response) => {
      const answer = (body: unknown) => response.end(JSON.stringify(body));
      if (request.url === "/.well-known/openid-configuration")
        return answer({
          issuer: url,
          authorization_endpoint: `${url}/auth`,
          token_endpoint: `${url}/token`,
          jwks_uri: `${url}/jwks`,
          token_endpoint_auth_methods_supported: ["client_secret_post"],
        });
      if (request.url === "/jwks") return answer({ keys });
      const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
      const verifier = form.get("code_verifier") ?? "";
      expect(createHash("sha256").update(verifier).digest("base64url")).toBe(challenge);
      expect(form.get("client_secret")).toBe(client.clientSecret);
      return answer({ id_token: await tokenFor({ nonce }), access_token: "x", token_type: "Bearer" });
    });
    cheated = await world.workspace("Bedrogen");
    await joined(world, cheated, "dora@example.nl", "owner");
    expect((await setIssuer(liar, cheated)).status).toBe(200);
  });
  let challenge = "";

  const now = () => Math.floor(Date.parse(world.now()) / 1000);
  const claims = (changed: JWTPayload = {}): JWTPayload => ({
    iss: liar,
    aud: client.clientId,
    sub: "1",
    iat: now(),
    exp: now() + 300,
    nonce,
    email: "dora@example.nl",
    email_verified: true,
    ...changed,
  });
  const signed = (payload: JWTPayload, key = pair.privateKey) =>
    new SignJWT(payload).setProtectedHeader({ alg: "ES256", kid: "a" }).sign(key);
  const unsigned = (payload: JWTPayload) =>
    `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.`;
  const byClient = (payload: JWTPayload) =>
    new SignJWT(payload).setProtectedHeader({ alg: "HS256", kid: "a" }).sign(Buffer.from(client.clientSecret));

  const tried = async (token: () => Promise<string>) => {
    const { there, cookies } = await setOut(cheated);
    const asked = new URL(there).searchParams;
    nonce = asked.get("nonce") ?? "";
    challenge = asked.get("code_challenge") ?? "";
    tokenFor = token;
    return comeBack(`/sign-in/callback?code=c&state=${asked.get("state")}`, cookies);
  };

  test("is believed where it tells the truth", async () => {
    expect((await tried(() => signed(claims()))).status).toBe(303);
    expect((await tried(() => signed(claims({ aud: [client.clientId, "b"], azp: client.clientId })))).status).toBe(303);
  });

  const lies: Record<string, () => Promise<string>> = {
    "a token for another client": () => signed(claims({ aud: "another" })),
    "one for several, of which another asked": () => signed(claims({ aud: [client.clientId, "b"], azp: "b" })),
    "one for several, of which none asked": () => signed(claims({ aud: [client.clientId, "b"] })),
    "one of another issuer": () => signed(claims({ iss: "https://bank.example" })),
    "one that has expired": () => signed(claims({ iat: now() - 900, exp: now() - 300 })),
    "one that is not yet valid": () => signed(claims({ nbf: now() + 300 })),
    "one without an end": () => signed(claims({ exp: undefined })),
    "one of another sign-in": () => signed(claims({ nonce: "another" })),
    "one without a nonce": () => signed(claims({ nonce: undefined })),
    "one with an address that is not verified": () => signed(claims({ email_verified: false })),
    "one that does not say that the address is verified": () => signed(claims({ email_verified: undefined })),
    "one without an address": () => signed(claims({ email: undefined })),
    "one signed by another key": () => signed(claims(), strange.privateKey),
    "one that is not signed": async () => unsigned(claims()),
    "one signed with the client's secret": () => byClient(claims()),
    "no token": async () => "x.y.z",
  };
  test.each(Object.keys(lies))("is not believed: %s", async (lie) => {
    const back = await tried(lies[lie]!);
    expect(back.status).toBe(403);
    expect(back.text).toContain("Inloggen is niet gelukt");
    expect(sessionOf(back)).toBeUndefined();
  });

  test("does not let its own people into other workspaces, nor does another's answer count there", async () => {
    // What set out at one workspace's issuer, and comes back by another's, is of neither.
    const one = await setOut(cheated);
    const two = await setOut(workspace);
    const state = new URL(one.there).searchParams.get("state");
    expect((await comeBack(`/sign-in/callback?code=c&state=${state}`, two.cookies)).status).toBe(403);
  });

  test("is not asked any more once another one is set", async () => {
    const { there, cookies } = await setOut(cheated);
    const asked = new URL(there).searchParams;
    nonce = asked.get("nonce") ?? "";
    await cheated.api("DELETE", "/v1/workspace/sign-in");
    expect((await comeBack(`/sign-in/callback?code=c&state=${asked.get("state")}`, cookies)).status).toBe(403);
  });
});

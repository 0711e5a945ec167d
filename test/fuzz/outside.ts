import { generateKeyPairSync, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { exportJWK, SignJWT } from "jose";
import * as z from "zod";
import { startDns } from "../dns.ts";

// The world outside: the one server that requests going out may reach, for webhooks and issuers that the fuzzer makes up. It
// takes most things, fails some, and says of some that they are gone. It is an OpenID Connect issuer whose visitors have
// always just signed in, and a DNS whose owners do what they are asked to.

/** What a workspace is told to put into its DNS. */
const Records = z.object({
  records: z.array(z.object({ type: z.enum(["CNAME", "TXT"]), name: z.string(), value: z.string() })),
});

export const startOutside = async (nowMs: () => number) => {
  const dns = await startDns();
  const known = new Map<string, z.infer<typeof Records>["records"][number]>();
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: "ES256" }] };
  /** Who came back with which code. */
  const signedIn = new Map<string, { nonce: string; clientId: string; email: string }>();
  let issuer = "";

  const idToken = (code: string): Promise<string> => {
    const { nonce, clientId, email } = signedIn.get(code) ?? { nonce: "", clientId: "", email: "" };
    signedIn.delete(code);
    const seconds = Math.floor(nowMs() / 1000);
    return new SignJWT({ nonce, email, email_verified: true })
      .setProtectedHeader({ alg: "ES256" })
      .setIssuer(issuer)
      .setAudience(clientId)
      .setSubject(email)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + 600)
      .sign(privateKey);
  };

  let asked = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await request.toArray()).toString();
    const json = (value: unknown) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    switch (request.url) {
      case "/.well-known/openid-configuration":
        return void json({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/keys`,
        });
      case "/keys":
        return void json(jwks);
      case "/token":
        return void json({ id_token: await idToken(new URLSearchParams(body).get("code") ?? "") });
      default: {
        asked += 1;
        const status = asked % 23 === 0 ? 410 : asked % 7 === 0 ? 500 : 200;
        response.writeHead(status, { "content-type": "text/plain" }).end("ok");
      }
    }
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The outside has no port.");
  const host = `127.0.0.1:${address.port}`;
  issuer = `http://${host}`;
  return {
    /** `host:port`. */
    host,
    /** The DNS server, `host:port`. */
    dns: dns.address,
    /** Puts into the DNS what an answer of ours asks for. */
    follow: (text: string): void => {
      for (const record of Records.safeParse(JSON.parse(text)).data?.records ?? [])
        known.set(`${record.type} ${record.name}`, record);
      dns.set([...known.values()]);
    },
    /** Somebody signs in where a redirect leads: the address that they are sent back to, or undefined where it is not the issuer's. */
    signIn: (location: string, email: string): string | undefined => {
      const { origin, searchParams } = new URL(location);
      const back = searchParams.get("redirect_uri");
      if (origin !== issuer || back === null) return undefined;
      const code = randomUUID();
      signedIn.set(code, {
        nonce: searchParams.get("nonce") ?? "",
        clientId: searchParams.get("client_id") ?? "",
        email,
      });
      if (signedIn.size > 1000) signedIn.clear();
      const url = new URL(back);
      url.searchParams.set("code", code);
      url.searchParams.set("state", searchParams.get("state") ?? "");
      return url.href;
    },
    close: (): void => {
      dns.stop();
      server.closeAllConnections();
      server.close();
    },
  };
};

import { lookup } from "node:dns/promises";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { isLoopback, isPublic, isTestServer, literalOf, notPublic, refusalOfUrl } from "./public-address.ts";

// The one way out to an address that a user gave: webhooks, media, servers of networks. Whoever gives an address must not
// make us speak to what only we can reach (server-side request forgery). So: https only; a name is resolved once, every
// address that it has must be public, and the connection goes to just those; a redirect is an answer and never followed;
// no proxy, no cookies, no credentials in an address, nothing is decompressed; everything has an end in bytes and in time.
//
// A function that imports this one keeps a role of its own with only what its sending needs: what is reached by mistake
// meets a function that can do little.

export type Asked = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** For all of it: from resolving the name to the last byte of the answer. */
  timeoutMs: number;
  /** Of the answer's body; what comes after is not read. */
  mostBytes: number;
};

/** `headers` by lower-case name; `cut`: the body had more than `mostBytes`. A redirect (3xx) is an answer like any other. */
export type Answered = { status: number; headers: Record<string, string>; body: Buffer; cut: boolean };

/**
 * `refused_address`: we do not speak to such an address, and nothing was sent. `not_sent`: not one byte of the request
 * left (no such name, nobody listens, no valid certificate), so it may be sent again. `unknown`: some of it left, and
 * whether it was acted upon nobody knows.
 */
export type Failure = "refused_address" | "not_sent" | "unknown";

/** It holds nothing of the address: what users give may hold tokens, and errors are logged. */
export class OutgoingFailure extends Error {
  readonly failure: Failure;
  /** A sentence for whoever gave the address. */
  readonly reason: string;
  constructor(failure: Failure, reason: string) {
    super(`A request did not succeed (${failure}): ${reason}`);
    this.name = "OutgoingFailure";
    this.failure = failure;
    this.reason = reason;
  }
}

const refused = (reason: string): OutgoingFailure => new OutgoingFailure("refused_address", reason);

/** The addresses of a name. */
export type Resolve = (name: string) => Promise<readonly { address: string; family: number }[]>;

const resolveName: Resolve = (name) => lookup(name, { all: true, order: "verbatim" });

/** What Node and OpenSSL say of a certificate; the rest of their errors is the connection's. */
const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" && /^[A-Z0-9_]{1,60}$/.test(error.code)
    ? error.code
    : "an error without a name";

/** The addresses to dial, all of them checked. */
const addressesOf = async (url: URL, resolve: Resolve): Promise<{ address: string; family: number }[]> => {
  const literal = literalOf(url);
  const found = literal
    ? [{ address: literal, family: isIP(literal) }]
    : await resolve(url.hostname).catch((error: unknown) => {
        throw new OutgoingFailure("not_sent", `The name could not be resolved: ${codeOf(error)}.`);
      });
  if (found.length === 0) throw new OutgoingFailure("not_sent", "The name has no address.");
  const isAllowed = isTestServer(url) ? isLoopback : isPublic;
  if (!found.every(({ address }) => isAllowed(address))) throw refused(notPublic);
  return [...found];
};

/** Rejects when the time is over, however long `what` goes on. */
const within = <T>(signal: AbortSignal, what: Promise<T>): Promise<T> =>
  new Promise((fulfil, reject) => {
    const ended = () => reject(new OutgoingFailure("not_sent", noTime));
    if (signal.aborted) ended();
    signal.addEventListener("abort", ended, { once: true });
    what.then(fulfil, reject).finally(() => signal.removeEventListener("abort", ended));
  });
const noTime = "It did not answer in time.";

const bodyOf = async (message: IncomingMessage, mostBytes: number): Promise<{ body: Buffer; cut: boolean }> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of message) {
    parts.push(part);
    bytes += part.length;
    // Leaving the loop destroys the connection.
    if (bytes > mostBytes) return { body: Buffer.concat(parts).subarray(0, mostBytes), cut: true };
  }
  return { body: Buffer.concat(parts), cut: false };
};

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
  );

/** `outgoing` with another way to resolve names: for tests. */
export const outgoingWith =
  (resolve: Resolve) =>
  async ({ method, url: text, headers = {}, body, timeoutMs, mostBytes }: Asked): Promise<Answered> => {
    const wrong = refusalOfUrl(text);
    if (wrong) throw refused(wrong);
    const url = new URL(text);
    const signal = AbortSignal.timeout(timeoutMs);
    const addresses = await within(signal, addressesOf(url, resolve));

    const isTls = url.protocol === "https:";
    const request = isTls ? httpsRequest : httpRequest;
    // Its own connection and no proxy from the environment, which only the global agent would take.
    const agent = new (isTls ? HttpsAgent : HttpAgent)({ keepAlive: false });
    let isWritten = false;
    try {
      const message = await new Promise<IncomingMessage>((fulfil, reject) => {
        const asked = request(url, {
          method,
          agent,
          signal,
          headers: {
            "user-agent": "Samenspraak",
            ...headers,
            // One length and no chunks, which not every server takes.
            ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
          },
          // The name is not resolved again: a second answer could be another.
          lookup: (_name, options, found) => {
            const [first] = addresses;
            if (options.all) found(null, addresses);
            else found(null, first?.address ?? "", first?.family);
          },
        });
        // Over TLS, nothing of the request is written before the certificate was found right.
        const written = isTls ? "secureConnect" : "connect";
        asked.once("socket", (socket: Duplex) =>
          socket.once(written, () => {
            isWritten = true;
          }),
        );
        asked.once("response", fulfil);
        // Nobody asked for a tunnel or another protocol.
        asked.once("upgrade", (_message, socket) => {
          socket.destroy();
          reject(new Error("The server changed the protocol."));
        });
        asked.on("error", reject);
        asked.end(body);
      });
      return { status: message.statusCode ?? 0, headers: headersOf(message), ...(await bodyOf(message, mostBytes)) };
    } catch (error) {
      const reason = signal.aborted ? noTime : `The connection failed: ${codeOf(error)}.`;
      throw new OutgoingFailure(isWritten ? "unknown" : "not_sent", reason);
    } finally {
      agent.destroy();
    }
  };

/** Sends a request to an address that a user gave. @throws OutgoingFailure */
export const outgoing = outgoingWith(resolveName);

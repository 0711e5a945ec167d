import { lookup } from "node:dns/promises";
import * as http from "node:http";
import * as https from "node:https";
import { BlockList, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { config } from "./config.ts";

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

const blockList = (family: "ipv4" | "ipv6", nets: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const net of nets) {
    const [address = "", prefix] = net.split("/");
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
};

// IANA's registries of special-purpose addresses (RFC 6890 and what it was updated with): all that is not of the public
// internet, and what is on it for another purpose than a server of someone's.
const special4 = blockList("ipv4", [
  "0.0.0.0/8", // this network (RFC 791)
  "10.0.0.0/8", // private (RFC 1918)
  "100.64.0.0/10", // carriers' (RFC 6598)
  "127.0.0.0/8", // loopback (RFC 1122); in a Lambda, its runtime
  "169.254.0.0/16", // link-local (RFC 3927); in a cloud, credentials
  "172.16.0.0/12", // private (RFC 1918)
  "192.0.0.0/24", // protocol assignments (RFC 6890)
  "192.0.2.0/24", // documentation (RFC 5737)
  "192.31.196.0/24", // AS112 (RFC 7535)
  "192.52.193.0/24", // AMT (RFC 7450)
  "192.88.99.0/24", // 6to4 relays (RFC 7526)
  "192.168.0.0/16", // private (RFC 1918)
  "192.175.48.0/24", // AS112 (RFC 7534)
  "198.18.0.0/15", // benchmarks (RFC 2544)
  "198.51.100.0/24", // documentation (RFC 5737)
  "203.0.113.0/24", // documentation (RFC 5737)
  "224.0.0.0/4", // multicast (RFC 5771)
  "240.0.0.0/4", // reserved (RFC 1112), and broadcast (RFC 8190)
]);
// Of IPv6, only 2000::/3 is given out as global unicast (RFC 4291, IANA). So loopback, mapped and compatible IPv4, NAT64,
// discard-only, unique local, link-local and multicast are out without being named.
const global6 = blockList("ipv6", ["2000::/3"]);
const special6 = blockList("ipv6", [
  "2001::/23", // protocol assignments (RFC 2928): Teredo, benchmarks, ORCHID
  "2001:db8::/32", // documentation (RFC 3849)
  "2002::/16", // 6to4, an IPv4 address inside (RFC 3056)
  "2620:4f:8000::/48", // AS112 (RFC 7534)
  "3fff::/20", // documentation (RFC 9637)
]);
const loopback4 = blockList("ipv4", ["127.0.0.0/8"]);
const loopback6 = blockList("ipv6", ["::1/128"]);

/** Whether an address is public unicast: one of a server on the internet. */
export const isPublic = (address: string): boolean => {
  switch (isIP(address)) {
    case 4:
      return !special4.check(address, "ipv4");
    case 6:
      // A zone ("%eth0") names an interface of ours.
      return !address.includes("%") && global6.check(address, "ipv6") && !special6.check(address, "ipv6");
    default:
      return false;
  }
};

const isLoopback = (address: string): boolean =>
  isIP(address) === 4 ? loopback4.check(address, "ipv4") : isIP(address) === 6 && loopback6.check(address, "ipv6");

/** Below it are the ports of other protocols, which must not be spoken to by accident. */
const firstFreePort = 1024;

/** A declared test server (`host:port`), the one exception: over http if need be, and on loopback only. */
const isTestServer = (url: URL): boolean => config.outgoingTestServers().includes(url.host);

/** A literal address in a URL, without its brackets; undefined for a name. The URL's parser has decoded every other form of IPv4. */
const literalOf = ({ hostname }: URL): string | undefined => {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(bare) ? bare : undefined;
};

/**
 * Why we would not speak to this URL, as far as it tells without resolving its name; undefined where nothing is wrong with
 * it. For whoever takes an address from a user: it is only checked in earnest when it is dialled.
 */
export const refusalOfUrl = (text: string): string | undefined => {
  const url = URL.parse(text);
  if (!url) return "It is not a URL.";
  if (url.username || url.password) return "A URL with a user name or password in it is not used.";
  if (isTestServer(url) && ["http:", "https:"].includes(url.protocol)) return undefined;
  if (url.protocol !== "https:") return "Only https is spoken.";
  if (url.port !== "" && Number(url.port) < firstFreePort) return "The port must be 443, or 1024 or above.";
  const literal = literalOf(url);
  const isOurs = literal === undefined ? loopbackName.test(url.hostname) : !isPublic(literal);
  return isOurs ? notPublic : undefined;
};
/** Names that are always of the machine itself (RFC 6761), whatever its resolver says. */
const loopbackName = /(^|\.)localhost\.?$/;
const notPublic = "The address is not on the public internet.";

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

const bodyOf = async (message: http.IncomingMessage, mostBytes: number): Promise<{ body: Buffer; cut: boolean }> => {
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

const headersOf = ({ headers }: http.IncomingMessage): Record<string, string> =>
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

    const { request, Agent } = url.protocol === "https:" ? https : http;
    // Its own connection and no proxy from the environment, which only the global agent would take.
    const agent = new Agent({ keepAlive: false });
    let isWritten = false;
    try {
      const message = await new Promise<http.IncomingMessage>((fulfil, reject) => {
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
        const written = url.protocol === "https:" ? "secureConnect" : "connect";
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

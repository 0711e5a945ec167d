import { BlockList, isIP } from "node:net";
import { config } from "./config.ts";

// Which addresses we speak to: on the public internet, over https. outgoing.ts says why, and asks again when it dials.

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

export const isLoopback = (address: string): boolean =>
  isIP(address) === 4 ? loopback4.check(address, "ipv4") : isIP(address) === 6 && loopback6.check(address, "ipv6");

/** Below it are the ports of other protocols, which must not be spoken to by accident. */
const firstFreePort = 1024;

/** A declared test server (`host:port`), the one exception: over http if need be, and on loopback only. */
export const isTestServer = (url: URL): boolean => config.outgoingTestServers().includes(url.host);

/** A literal address in a URL, without its brackets; undefined for a name. The URL's parser has decoded every other form of IPv4. */
export const literalOf = ({ hostname }: URL): string | undefined => {
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
export const notPublic = "The address is not on the public internet.";

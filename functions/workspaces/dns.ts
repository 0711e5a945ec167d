import { Resolver } from "node:dns/promises";
import * as z from "zod";
import { config } from "../platform/config.ts";
import { refuse } from "../platform/errors.ts";
import type { Found } from "./host.ts";

const DnsError = z.object({ code: z.string() });
/** There is no such name, or no record of this type (dns.NOTFOUND, dns.NODATA). */
const none = ["ENOTFOUND", "ENODATA"];

/** What the DNS says of a host now. Refuses `host_not_ready` where it does not answer. */
export const lookUpHost = async (host: string, textName: string): Promise<Found> => {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const server = config.dnsServer();
  if (server) resolver.setServers([server]);
  const orNone = async <T>(asked: Promise<T[]>): Promise<T[]> => {
    try {
      return await asked;
    } catch (error) {
      const { code } = DnsError.parse(error);
      if (none.includes(code)) return [];
      return refuse("host_not_ready", `The DNS did not answer (${code}). Try again in a while.`);
    }
  };
  const [texts, aliases] = await Promise.all([
    orNone(resolver.resolveTxt(textName)),
    orNone(resolver.resolveCname(host)),
  ]);
  return { texts: texts.map((parts) => parts.join("")), aliases: aliases.map((name) => name.toLowerCase()) };
};

import { timingSafeEqual } from "node:crypto";
import { config } from "./config.ts";

type Request = {
  headers: Readonly<Record<string, string | undefined>>;
  requestContext: { http: { sourceIp: string } };
};

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a, "latin1"), Buffer.from(b, "latin1"));

/**
 * The host that a visitor asked for, in lower case, and their IP address. Of what came through our CDN it is the CDN that says
 * so, in headers of its own, since the gateway sees the CDN. It shows a key with them: whoever calls the gateway itself could
 * else invent an address for each request.
 */
export const viewerOf = ({ headers, requestContext }: Request): { host: string; address: string } => {
  const key = config.cdnKey();
  const isCdn = key !== undefined && isSame(headers["x-cdn-key"] ?? "", key);
  return {
    host: ((isCdn ? headers["x-viewer-host"] : undefined) ?? headers.host ?? "").toLowerCase(),
    address: (isCdn ? headers["x-viewer-address"] : undefined) ?? requestContext.http.sourceIp,
  };
};

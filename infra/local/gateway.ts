import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import * as z from "zod";
import { type RouteInfo, routeKeys } from "../../functions/platform/route.ts";
import type { Invoke, LocalFunction } from "./invoke.ts";
import { accountId, apiId } from "./names.ts";

/** Answers a request that is only for this machine; gives false where it is not one. */
export type LocalRoute = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean | Promise<boolean>;

/** The limits of HTTP APIs and of a synchronous invocation. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
const INTEGRATION_LIMIT_MS = 30_000;

/** API Gateway passes only these as text; form posts, and bodies without a type, come in base64 (seen on AWS: ministack pull request 766). */
const isText = (contentType = ""): boolean =>
  /^\s*(text\/[^;]*|application\/(json|xml|javascript))\s*(;|$)/i.test(contentType);

type Route = { key: string; method: string; segments: string[]; fn: LocalFunction; isPublic: boolean };
type Match = { key: string; fn: LocalFunction; isPublic: boolean; params?: Record<string, string> };

const isVariable = (segment: string): boolean => segment.startsWith("{");

/** A static segment wins over a variable, from the left. */
const bySpecificity = (a: Route, b: Route): number => {
  const at = a.segments.findIndex((segment, i) => isVariable(segment) !== isVariable(b.segments[i] ?? ""));
  return at < 0 ? 0 : isVariable(a.segments[at] ?? "") ? 1 : -1;
};

/** Finds the route of a request among those of the manifest. Throws where two functions claim the same one. */
export const router = (functions: readonly LocalFunction[]) => {
  const routes: Route[] = functions.flatMap((fn) =>
    Object.values<RouteInfo>(fn.routes ?? {}).flatMap((route) =>
      routeKeys(route).map((key) => {
        const [method = "", path = ""] = key.split(" ");
        return { key, method, segments: path.split("/").slice(1), fn, isPublic: route.access === "public" };
      }),
    ),
  );
  const shape = ({ method, segments }: Route) =>
    `${method} ${segments.map((s) => (isVariable(s) ? "{}" : s)).join("/")}`;
  const shapes = new Set<string>();
  for (const route of routes) {
    if (shapes.has(shape(route))) throw new Error(`Two routes are the same for the gateway: ${route.key}.`);
    shapes.add(shape(route));
  }
  routes.sort(bySpecificity);
  const rest = functions.find(({ name }) => name === "samenspraak-platform-docs");

  return (method: string, rawPath: string): Match | undefined => {
    const segments = rawPath.split("/").slice(1);
    const found = routes.find(
      (route) =>
        route.method === method &&
        route.segments.length === segments.length &&
        route.segments.every((segment, i) => (isVariable(segment) ? segments[i] !== "" : segment === segments[i])),
    );
    if (!found) return rest && { key: "$default", fn: rest, isPublic: true };
    const params = found.segments.flatMap((segment, i): [string, string][] =>
      isVariable(segment) ? [[segment.slice(1, -1), segments[i] ?? ""]] : [],
    );
    return { ...found, ...(params.length > 0 && { params: Object.fromEntries(params) }) };
  };
};

/** `02/Jan/2026:15:04:05 +0000`, as access logs have it. */
const logTime = (ms: number): string => {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(ms).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
};

/** The request as payload format 2.0 has it, without its body. */
const payload = (request: IncomingMessage, url: URL, rawPath: string, match: Match, receivedAt: number) => {
  const { cookie, ...others } = request.headersDistinct;
  const host = request.headers.host ?? "localhost";
  const sourceIp = request.socket.remoteAddress ?? "127.0.0.1";
  const headers = Object.fromEntries(
    Object.entries({
      ...others,
      "x-forwarded-for": [...(others["x-forwarded-for"] ?? []), sourceIp].join(", "),
      "x-forwarded-port": host.split(":")[1] ?? "80",
      "x-forwarded-proto": "http",
      "x-amzn-trace-id": `Root=1-${Math.floor(receivedAt / 1000).toString(16)}-${randomUUID().replaceAll("-", "").slice(0, 24)}`,
    }).map(([name, value]) => [name, Array.isArray(value) ? value.join(",") : (value ?? "")]),
  );
  const query: Record<string, string> = {};
  for (const [name, value] of url.searchParams) query[name] = name in query ? `${query[name]},${value}` : value;
  return {
    version: "2.0",
    routeKey: match.key,
    rawPath,
    rawQueryString: url.search.slice(1),
    ...(cookie && { cookies: cookie.flatMap((line) => line.split(/;\s*/)) }),
    headers,
    ...(url.search.length > 1 && { queryStringParameters: query }),
    requestContext: {
      accountId,
      apiId,
      domainName: host.split(":")[0],
      domainPrefix: host.split(/[.:]/)[0],
      http: {
        method: request.method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: request.headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey: match.key,
      stage: "$default",
      time: logTime(receivedAt),
      timeEpoch: receivedAt,
    },
    ...(match.params && { pathParameters: match.params }),
  };
};

const Header = z.union([z.string(), z.number(), z.boolean()]);
const Answer = z.object({
  statusCode: z.number().int().min(100).max(599),
  headers: z.record(z.string(), Header).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});
const Authorized = z.object({ isAuthorized: z.boolean(), context: z.record(z.string(), z.unknown()).nullish() });

type HttpAnswer = { status: number; headers: Record<string, string | string[]>; body: Buffer };

/** The gateway's own words: no problem documents, as on AWS. */
const own = (status: number, message: string): HttpAnswer => ({
  status,
  headers: { "content-type": "application/json" },
  body: Buffer.from(JSON.stringify({ message })),
});

/** What a function answered, as HTTP. An answer without a status is the JSON of a 200. */
const httpAnswer = (answer: unknown): HttpAnswer => {
  const hasStatus = typeof answer === "object" && answer !== null && "statusCode" in answer;
  if (!hasStatus) {
    const body = typeof answer === "string" ? answer : JSON.stringify(answer);
    return { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(body) };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = Answer.parse(answer);
  const given = Object.entries(headers ?? {}).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    String(value),
  ]);
  return {
    status: statusCode,
    headers: {
      ...(body && { "content-type": "text/plain;charset=utf-8" }),
      ...Object.fromEntries(given),
      ...(cookies?.length && { "set-cookie": cookies }),
    },
    body: Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8"),
  };
};

/** The body, or undefined where it is larger than the gateway takes. */
const bodyOf = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks);
};

const listen = async (server: Server, ports: readonly number[]): Promise<number> => {
  for (const [index, port] of ports.entries()) {
    server.listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("The gateway has no port.");
      return address.port;
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!isTaken || index === ports.length - 1) throw error;
    }
  }
  throw new Error("No port was given.");
};

/**
 * The HTTP API: the routes of the manifest on one port (the first of `ports` that is free; 0 is any), payload format
 * 2.0 in and out. Requests wait until `ready`. Throws where none of the ports is free.
 */
export const startGateway = async (options: {
  functions: readonly LocalFunction[];
  invoke: Invoke;
  now: () => number;
  ports: readonly number[];
  ready: Promise<void>;
  say: (line: string) => void;
  /** Told of each answer: whose API it was, its status, and how long it took. */
  told?: (apiId: string, status: number, milliseconds: number) => void;
}) => {
  const { functions, invoke, now, ready, say, told } = options;
  const find = router(functions);
  const authorizer = functions.find((fn) => fn.authorizes);
  const localRoutes: LocalRoute[] = [];

  const authorize = async (event: object, match: Match): Promise<{ context: unknown } | HttpAnswer> => {
    if (!authorizer) {
      say(`No function of the manifest authorizes ${match.key}.`);
      return own(500, "Internal Server Error");
    }
    const outcome = await invoke(authorizer, {
      ...event,
      type: "REQUEST",
      routeArn: `arn:aws:execute-api:local:${accountId}:local/$default/${match.key.replace(" /", "/")}`,
      identitySource: null,
    });
    if ("error" in outcome) return own(500, "Internal Server Error");
    const verdict = Authorized.safeParse(outcome.answer);
    if (!verdict.success) {
      say(`${authorizer.name} answered something else than { isAuthorized, context }.`);
      return own(500, "Internal Server Error");
    }
    return verdict.data.isAuthorized ? { context: verdict.data.context ?? {} } : own(403, "Forbidden");
  };

  const within = async (work: Promise<HttpAnswer>): Promise<HttpAnswer> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<HttpAnswer>((resolve) => {
      timer = setTimeout(() => resolve(own(503, "Service Unavailable")), INTEGRATION_LIMIT_MS);
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  };

  const answer = async (request: IncomingMessage, url: URL): Promise<HttpAnswer> => {
    const body = await bodyOf(request);
    const receivedAt = now();
    if (!body) return own(413, "Request Entity Too Large");
    let rawPath: string;
    try {
      rawPath = decodeURIComponent(url.pathname); // An HTTP API decodes it, in spite of the name.
    } catch {
      return own(400, "Bad Request");
    }
    const match = find(request.method ?? "GET", rawPath);
    if (!match) return own(404, "Not Found");
    const head = payload(request, url, rawPath, match, receivedAt);
    const isPlain = body.length === 0 || isText(request.headers["content-type"]);
    const event = {
      ...head,
      ...(body.length > 0 && { body: body.toString(isPlain ? "utf8" : "base64") }),
      isBase64Encoded: !isPlain,
    };
    if (body.length * (isPlain ? 1 : 4 / 3) > MAX_PAYLOAD_BYTES) return own(413, "Request Entity Too Large");
    const allowed = match.isPublic ? undefined : await authorize(head, match);
    if (allowed && "status" in allowed) return allowed;
    const requestContext = allowed
      ? { ...head.requestContext, authorizer: { lambda: allowed.context } }
      : head.requestContext;
    const outcome = await invoke(match.fn, { ...event, requestContext });
    if ("error" in outcome) return own(500, "Internal Server Error");
    try {
      const answered = httpAnswer(outcome.answer);
      if (answered.body.length > MAX_PAYLOAD_BYTES) throw new Error("The answer is larger than 6 MB.");
      return { ...answered, headers: { ...answered.headers, "apigw-requestid": head.requestContext.requestId } };
    } catch (error) {
      say(`${match.fn.name} gave an answer that the gateway does not understand: ${error}`);
      return own(500, "Internal Server Error");
    }
  };

  /** Only for this machine, and not for another site's page in a browser on it. */
  const isLocal = (request: IncomingMessage, url: URL): boolean => {
    const { host = "", origin } = request.headers;
    return (
      (url.pathname === "/" || url.pathname.startsWith("/local/")) &&
      /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host) &&
      (origin === undefined || origin === `http://${host}`)
    );
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await ready;
    const url = new URL(`http://local${request.url?.startsWith("/") ? request.url : "/"}`);
    if (isLocal(request, url)) {
      for (const route of localRoutes) if (await route(request, response, url)) return;
    }
    const began = performance.now();
    const { status, headers, body } = await within(answer(request, url));
    told?.(apiId, status, performance.now() - began);
    if (response.destroyed) return;
    response.writeHead(status, {
      ...headers,
      ...(status !== 204 && status !== 304 && { "content-length": body.length }),
    });
    response.end(body);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!request.destroyed) say(`The gateway failed: ${error instanceof Error ? error.stack : error}`);
      response.destroy();
    });
  });
  server.keepAliveTimeout = 60_000;
  const port = await listen(server, options.ports);
  return {
    url: `http://127.0.0.1:${port}`,
    /** Adds paths that only this machine has: `/` and all under `/local/`. */
    mount: (route: LocalRoute): void => void localRoutes.push(route),
    stop: async (): Promise<void> => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};

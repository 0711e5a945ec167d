import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";
import * as z from "zod";
import { seconds } from "../functions/platform/clock.ts";
import { idOf, type Workspace, type World } from "./world.ts";

// Servers of networks for tests: real HTTP on loopback, declared as what we may speak to.

export type Heard = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Where the body is JSON. */
  json: unknown;
};
/** `hang up` and `say nothing`: no answer. */
export type Told =
  | { status?: number; headers?: Record<string, string>; json?: unknown; text?: string | Buffer }
  | "hang up"
  | "say nothing";

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** May be spoken to over http, though it is on loopback. */
export const declare = (host: string): void => {
  process.env.OUTGOING_TEST_SERVERS = [process.env.OUTGOING_TEST_SERVERS, host].filter(Boolean).join(",");
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** `instead`, where it is set and gives something, goes before the server's own answers. */
export const networkServer = async (answer: (heard: Heard) => Told) => {
  const self: {
    url: string;
    heard: Heard[];
    instead?: ((heard: Heard) => Told | undefined) | undefined;
    /** Nobody listens there, until what it gives is called. */
    pause: () => Promise<() => void>;
  } = {
    url: "",
    heard: [],
    pause: async () => {
      const { port } = server.address() as AddressInfo;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      return () => server.listen(port, "127.0.0.1");
    },
  };
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const url = new URL(request.url ?? "/", "http://fake");
    const heard: Heard = {
      method: request.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
      json: parsed(body.toString()),
    };
    self.heard.push(heard);
    const told = self.instead?.(heard) ?? answer(heard);
    if (told === "say nothing") return;
    if (told === "hang up") return void response.destroy();
    const { status = 200, headers = {}, json, text } = told;
    const type: Record<string, string> = json === undefined ? {} : { "content-type": "application/json" };
    response.writeHead(status, { ...type, ...headers }).end(json === undefined ? text : JSON.stringify(json));
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  declare(host);
  self.url = `http://${host}`;
  return self;
};

/** What may stand between us and a network, and what we call it: its code and the answer's status. */
export const inTheWay: [string, Told, string, number][] = [
  ["an account that may not", { status: 403, json: {} }, "network_forbidden", 422],
  ["a server that has nothing there", { status: 404, text: "<h1>404</h1>" }, "network_account_missing", 422],
  [
    "a redirect to a private address",
    { status: 302, headers: { location: "http://169.254.169.254/" } },
    "network_redirects",
    422,
  ],
  ["a page", { headers: { "content-type": "text/html" }, text: "<h1>Welkom</h1>" }, "network_is_another", 422],
  ["JSON of something else", { json: { hello: "world" } }, "network_is_another", 422],
  ["a server that refuses it", { status: 400, json: { message: "No." } }, "network_refused", 422],
  ["a server that is broken", { status: 502, text: "Bad gateway" }, "network_broken", 503],
  ["a server that is busy", { status: 429, json: {}, headers: { "retry-after": "60" } }, "network_busy", 503],
  ["a server that hangs up", "hang up", "network_silent", 503],
];

const Problem = z.object({ code: z.string(), detail: z.string() });

/** Connects, and gives what was refused; it looks that nothing is stored and no secret told. */
export const refusedConnection = async (
  { api }: Workspace,
  body: { network: string; secrets: Record<string, string> } & Record<string, unknown>,
): Promise<{ status: number; code: string; detail: string }> => {
  const answer = await api("POST", "/v1/channels", { name: "Van ons", ...body });
  const { code, detail } = answer.as(Problem);
  const { body: listed } = await api("GET", "/v1/channels");
  if (JSON.stringify(listed) !== '{"items":[],"next":null}') throw new Error("Something was stored.");
  for (const secret of Object.values(body.secrets))
    if (answer.text.includes(secret)) throw new Error("A secret was told.");
  return { status: answer.status, code, detail };
};

/** Schedules a post a second from now, lets it leave, and gives its id. */
export const send = async (world: World, { api }: Workspace, channelId: string, more: object): Promise<string> => {
  const at = new Date(Date.parse(world.now()) + seconds(1)).toISOString();
  const id = idOf(await api("POST", "/v1/posts", { channels: [channelId], at, allowDuplicate: true, ...more }));
  await world.advance("PT1S");
  return id;
};

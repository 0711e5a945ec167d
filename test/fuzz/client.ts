import { Agent, request as send } from "node:http";
import type { FuzzAnswer } from "./answers.ts";
import type { Request } from "./requests.ts";

const once = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(", ") : value;

/** Sends what `fetch` would refuse to, over connections that are kept. */
export const client = (baseUrl: string, concurrency: number) => {
  const { hostname, port } = new URL(baseUrl);
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const ask = ({ method, path, headers, body }: Omit<Request, "index" | "operation" | "side">): Promise<FuzzAnswer> =>
    new Promise((resolve, reject) => {
      const asked = send({
        hostname,
        port,
        agent,
        method,
        path,
        headers: { ...headers, ...(body ? { "content-length": body.length } : {}) },
      });
      asked.once("error", reject);
      asked.once("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, once(value)])),
            cookies: (response.headers["set-cookie"] ?? []).map((cookie) => cookie.split(";", 1)[0]!),
            text: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      });
      asked.end(body);
    });
  return { ask, close: () => agent.destroy() };
};
export type Client = ReturnType<typeof client>;

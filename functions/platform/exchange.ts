import http from "node:http";
import https from "node:https";

// One request to AWS and its answer, without trying again. (Node's own fetch takes a fifth of a start to load.)

/** Milliseconds, until it is sent (over a new connection, mostly) and then until it is answered as a whole. */
const limits = { sent: 2_000, answered: 5_000 };

const kept = { keepAlive: true, maxSockets: 50 };
let agents: { "http:": http.Agent; "https:": https.Agent } | undefined;

export type Asked = { method: "GET" | "POST"; headers?: Record<string, string>; body?: string };
export type Answered = { status: number; headers: http.IncomingHttpHeaders; bytes: Buffer };

/** Throws where there is no connection, no answer in time, or one that breaks off. */
export const exchange = (to: URL, { method, headers = {}, body = "" }: Asked): Promise<Answered> =>
  new Promise((resolve, reject) => {
    agents ??= { "http:": new http.Agent(kept), "https:": new https.Agent(kept) };
    const length = method === "POST" ? { "content-length": String(Buffer.byteLength(body)) } : {};
    const options = { method, headers: { ...headers, ...length } };
    const request =
      to.protocol === "http:"
        ? http.request(to, { ...options, agent: agents["http:"] })
        : https.request(to, { ...options, agent: agents["https:"] });
    const giveUpAfter = (ms: number, what: string) =>
      setTimeout(() => request.destroy(new Error(`${to.host} ${what} in ${ms / 1000} s.`)), ms);
    let limit: NodeJS.Timeout | undefined;
    request.on("socket", () => {
      limit = giveUpAfter(limits.sent, "took no request");
    });
    request.on("finish", () => {
      clearTimeout(limit);
      limit = giveUpAfter(limits.answered, "gave no answer");
    });
    request.on("close", () => clearTimeout(limit));
    request.on("error", reject);
    request.on("response", (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(parts) }),
      );
      // It broke off.
      response.on("error", reject);
    });
    request.end(body);
  });

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { lambdaService } from "./lambda.ts";
import type { mailService } from "./mail.ts";
import { Refusal } from "./refusal.ts";
import type { bucket } from "./s3.ts";
import { s3Error } from "./s3.ts";

/** An operation of a service that speaks AWS's JSON protocol: input in, answer out; throws a `Refusal`. */
export type Operation = (input: unknown) => object;

/** An answer of something else that has an address here, such as the beacon. `path` is what follows its own segment. */
export type Mounted = (path: string) => { status: number; body: string };

type Answer = { status: number; headers: Record<string, string>; body: string | Buffer };

const parse = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new Refusal("SerializationException", "The body is not JSON.");
  }
};

/**
 * One address for every AWS service but the database: each request is told apart by the header in which the JSON
 * protocols name their operation, or by its path. What is not known is refused in the service's own shape, and said.
 */
export const startAws = async (options: {
  operations: Readonly<Record<string, Operation>>;
  mail: ReturnType<typeof mailService>;
  lambda: ReturnType<typeof lambdaService>;
  bucket: ReturnType<typeof bucket>;
  /** By the first segment of their path. */
  mounted: Readonly<Record<string, Mounted>>;
  say: (line: string) => void;
}) => {
  const { operations, mail, lambda, mounted, say } = options;

  const json = async (target: string, request: IncomingMessage, body: Buffer): Promise<Answer> => {
    const headers = { "content-type": request.headers["content-type"] ?? "application/x-amz-json-1.0" };
    try {
      const operation = operations[target];
      if (!operation)
        throw new Refusal("UnknownOperationException", `The local AWS does not know the operation ${target}.`);
      return { status: 200, headers, body: JSON.stringify(operation(parse(body))) };
    } catch (error) {
      const { code, message, status } = refused(error);
      return { status, headers, body: JSON.stringify({ __type: code, message }) };
    }
  };

  const rest = async (answer: () => Answer | Promise<Answer>): Promise<Answer> => {
    try {
      return await answer();
    } catch (error) {
      const { code, message, status } = refused(error);
      const headers = { "content-type": "application/json", "x-amzn-errortype": code };
      return { status, headers, body: JSON.stringify({ message }) };
    }
  };

  const refused = (error: unknown): Refusal => {
    const refusal = error instanceof Refusal ? error : new Refusal("InternalFailure", String(error), 500);
    // What the real service refuses too is the caller's business; what only this one refuses is said aloud.
    if (["UnsupportedByLocalRunner", "UnknownOperationException", "InternalFailure"].includes(refusal.code))
      say(refusal.message);
    return refusal;
  };

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const body = Buffer.concat(await request.toArray());
    const url = new URL(request.url ?? "/", "http://local");
    const path = decodeURIComponent(url.pathname);
    const method = request.method ?? "GET";
    const target = request.headers["x-amz-target"];
    if (typeof target === "string") return json(target, request, body);
    const [, first = ""] = path.split("/");
    const mount = Object.hasOwn(mounted, first) ? mounted[first] : undefined;
    if (mount) {
      const { status, body: text } = mount(path.slice(first.length + 1));
      return { status, headers: { "content-type": status === 200 ? "application/json" : "text/plain" }, body: text };
    }
    if (path.startsWith("/2015-03-31/")) return rest(() => lambda.handle(method, path, request.headers, body));
    if (path.startsWith("/v2/email/")) {
      return rest(() => ({
        status: 200,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(mail.handle(method, path, () => parse(body))),
      }));
    }
    try {
      return options.bucket.handle({ method, path, query: url.searchParams, headers: request.headers, body });
    } catch (error) {
      return s3Error(refused(error));
    }
  };

  const server = createServer((request, response) => {
    answer(request).then(
      ({ status, headers, body }) => {
        response.writeHead(status, { ...headers, "x-amzn-requestid": randomUUID() });
        response.end(body);
      },
      (error: unknown) => {
        say(`The local AWS failed: ${error}`);
        response.destroy();
      },
    );
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The local AWS has no port.");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    stop: async (): Promise<void> => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};

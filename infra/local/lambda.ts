import type { IncomingHttpHeaders } from "node:http";
import type { AsynchronousInvocations } from "./asynchronous.ts";
import type { Invoke, LocalFunction } from "./invoke.ts";
import { Refusal, unsupported } from "./refusal.ts";

export type LambdaAnswer = { status: number; headers: Record<string, string>; body: string };

/** The path of Invoke: /2015-03-31/functions/<name or ARN>/invocations. */
const invocations = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** Lambda's Invoke, by name: with an answer (RequestResponse), or later (Event). */
export const lambdaService = (options: {
  functions: ReadonlyMap<string, LocalFunction>;
  invoke: Invoke;
  asynchronous: AsynchronousInvocations;
}) => ({
  /** `path` is percent-decoded. */
  handle: async (method: string, path: string, headers: IncomingHttpHeaders, body: Buffer): Promise<LambdaAnswer> => {
    const name = invocations.exec(path)?.[1]?.replace(/^arn:[^/]*:function:/, "");
    if (method !== "POST" || name === undefined) throw unsupported("Lambda", `${method} ${path}`);
    const fn = options.functions.get(name);
    if (!fn) throw new Refusal("ResourceNotFoundException", `Function not found: ${name}`, 404);
    const strange = ["x-amz-client-context", "x-amz-log-type"].find(
      (h) => headers[h] !== undefined && headers[h] !== "None",
    );
    if (strange) throw unsupported("Lambda", `the header ${strange} of Invoke`);
    let event: unknown;
    try {
      event = body.length > 0 ? JSON.parse(body.toString("utf8")) : {};
    } catch {
      throw new Refusal("InvalidRequestContentException", "Could not parse request body into json.");
    }
    switch (headers["x-amz-invocation-type"] ?? "RequestResponse") {
      case "RequestResponse": {
        const outcome = await options.invoke(fn, event);
        const failed: Record<string, string> = "error" in outcome ? { "x-amz-function-error": "Unhandled" } : {};
        return {
          status: 200,
          headers: { "content-type": "application/json", "x-amz-executed-version": "$LATEST", ...failed },
          body: JSON.stringify("error" in outcome ? outcome.error : outcome.answer),
        };
      }
      case "Event":
        options.asynchronous.send(name, event);
        return { status: 202, headers: {}, body: "" };
      default:
        throw unsupported("Lambda", `the invocation type ${headers["x-amz-invocation-type"]}`);
    }
  },
});

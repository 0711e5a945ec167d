import type { ClientRequest } from "node:http";
import * as z from "zod";
import { actionsFor } from "../actions.ts";

/** Told of each IAM action that a function has called, once a call. */
export type Called = (functionName: string, action: string) => void;

/** The service that a request was signed for (Signature Version 4). */
const signedFor = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[^/]+\/([a-z0-9-]+)\/aws4_request/;

const Transaction = z.object({ TransactItems: z.array(z.record(z.string(), z.unknown())) });
const inTransaction: Readonly<Record<string, string>> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
};

/** Operations of the services that name them by method and path. */
const rest: Readonly<Record<string, readonly [path: RegExp, operation: string][]>> = {
  ses: [
    [/^POST \/v2\/email\/outbound-emails$/, "SendEmail"],
    [/^GET \/v2\/email\/account$/, "GetAccount"],
    [/^GET \/v2\/email\/identities\/[^/]+$/, "GetEmailIdentity"],
    [/^PUT \/v2\/email\/suppression\/addresses$/, "PutSuppressedDestination"],
    [/^GET \/v2\/email\/suppression\/addresses\/[^/]+$/, "GetSuppressedDestination"],
    [/^DELETE \/v2\/email\/suppression\/addresses\/[^/]+$/, "DeleteSuppressedDestination"],
  ],
  lambda: [[/^POST \/2015-03-31\/functions\/[^/]+\/invocations$/, "Invoke"]],
  s3: [
    [/^PUT \/[^/]+\/[^?]+\?.*\bpartNumber=/, "UploadPart"],
    [/^PUT \/[^/]+\/./, "PutObject"],
    [/^GET \/[^/]+\/?\?.*\blist-type=2\b/, "ListObjectsV2"],
    [/^GET \/[^/]+\/[^?]/, "GetObject"],
    [/^HEAD \/[^/]+\/[^?]/, "HeadObject"],
    [/^DELETE \/[^/]+\/[^?]+\?.*\buploadId=/, "AbortMultipartUpload"],
    [/^DELETE \/[^/]+\/[^?]/, "DeleteObject"],
    [/^POST \/[^/]+\/[^?]+\?.*\buploads\b/, "CreateMultipartUpload"],
    [/^POST \/[^/]+\/[^?]+\?.*\buploadId=/, "CompleteMultipartUpload"],
    [/^POST \/[^/]+\/?\?.*\bdelete\b/, "DeleteObjects"],
  ],
};

const actionsOf = (service: string, request: ClientRequest, body: string): readonly string[] => {
  const target = request.getHeader("x-amz-target");
  if (typeof target === "string") {
    const operation = target.slice(target.lastIndexOf(".") + 1);
    if (operation !== "TransactWriteItems") return actionsFor(service, operation);
    // Allowed by what it consists of.
    const steps = Transaction.parse(JSON.parse(body)).TransactItems.flatMap((item) => Object.keys(item));
    return [...new Set(steps)].map((step) => `dynamodb:${inTransaction[step] ?? step}`);
  }
  const asked = `${request.method} ${request.path}`;
  const copies = request.getHeader("x-amz-copy-source") !== undefined;
  const operation = copies ? "CopyObject" : rest[service]?.find(([path]) => path.test(asked))?.[1];
  // What has no name here is in no role, and so it is found.
  return operation ? actionsFor(service, operation) : [`${service}:${asked.replace(/\?.*/, "")}`];
};

/** Tells which IAM actions a request to AWS that was just made needs, once it is complete. Other requests need none. */
export const listen = (request: ClientRequest, tell: (action: string) => void): void => {
  const service = signedFor.exec(String(request.getHeader("authorization") ?? ""))?.[1];
  if (service === undefined) return;
  const chunks: string[] = [];
  const hear = (chunk: unknown): void => {
    if (typeof chunk === "string") chunks.push(chunk);
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk).toString());
  };
  const { write, end } = request;
  request.write = (...given: unknown[]) => {
    hear(given[0]);
    return Reflect.apply(write, request, given);
  };
  request.end = (...given: unknown[]) => {
    hear(given[0]);
    for (const action of actionsOf(service, request, chunks.join(""))) tell(action);
    return Reflect.apply(end, request, given);
  };
};

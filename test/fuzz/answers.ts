import * as z from "zod";
import { problems } from "../../functions/platform/errors.ts";
import type { Described } from "./operations.ts";
import type { Request } from "./requests.ts";
import type { Schema } from "./values.ts";

export type FuzzAnswer = {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string | undefined>;
  /** Those that were set, as `name=value`. */
  cookies: string[];
  text: string;
};

const Problem = z.object({
  type: z.url(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});

/** A field of a body as a URI fragment (RFC 6901, section 6), of this request's or of what another route keeps. */
const fieldOfBody = /^(\/v1\/[a-z/]+)?#(\/([\w.!$&'()*+,;=:@?-]|~[01]|%[0-9A-F]{2})*)*$/;

/** Whether a refusal's pointer can be read: a fragment, or the name of a part of the address. */
export const isPointer = (pointer: string): boolean => {
  if (/^(query|path):/.test(pointer)) return true;
  if (!fieldOfBody.test(pointer)) return false;
  try {
    decodeURIComponent(pointer);
    return true;
  } catch {
    return false;
  }
};

const Versioned = z.object({ version: z.number() });

const table: ReadonlyMap<string, readonly [number, string]> = new Map(Object.entries(problems));

/** What the gateway says itself, without a function: an address that cannot be decoded, too much of something. */
const gatewayStatuses: ReadonlySet<number> = new Set([400, 413, 431]);
const isGateways = ({ status, headers, text }: FuzzAnswer): boolean =>
  gatewayStatuses.has(status) &&
  (text === "" || (headers["content-type"] === "application/json" && /^\{"message":"[^"]+"\}$/.test(text)));

/** JSON, or undefined where it is none. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Says what is wrong with an answer: nothing, where it keeps every promise of openapi.json and of the table of errors. */
export const answerChecker = ({ whole }: Pick<Described, "whole">) => {
  const validators = new Map<Schema, z.ZodType>();
  const validatorOf = (schema: Schema): z.ZodType => {
    const known = validators.get(schema);
    if (known) return known;
    // zod's type of JSON Schema is narrower than what it reads.
    const made = z.fromJSONSchema(whole(schema) as Parameters<typeof z.fromJSONSchema>[0]);
    validators.set(schema, made);
    return made;
  };

  const refusal = ({ operation }: Request, answer: FuzzAnswer): string[] => {
    const body = Problem.safeParse(parsed(answer.text));
    if (!body.success) return [`a refusal that is no problem document: ${body.error.message}`];
    const { code, status, title } = body.data;
    const known = table.get(code);
    if (!known) return [`the code ${code}, which errors.ts does not have`];
    if (known[0] !== status || known[0] !== answer.status || known[1] !== title)
      return [`${code} with the status ${answer.status} and "${title}"; errors.ts says ${known.join(" ")}`];
    const unreadable = body.data.errors?.find(({ pointer }) => !isPointer(pointer));
    if (unreadable) return [`the pointer ${unreadable.pointer}, which is no JSON pointer (RFC 6901)`];
    const documented = operation?.refuses.get(status)?.has(code) ?? code === "not_found";
    return documented ? [] : [`${code}, which openapi.json does not say of ${operation?.name ?? "an unknown address"}`];
  };

  return (request: Request, answer: FuzzAnswer): string[] => {
    const { operation, method } = request;
    const { status, headers, text } = answer;
    const type = headers["content-type"]?.split(";")[0];
    if (status >= 500 && (status !== 503 || type !== "application/problem+json"))
      return [`status ${status}: ${text.slice(0, 500)}`];
    if (isGateways(answer)) return [];
    // What a browser asks beforehand for another site's script (the Fetch standard) is no operation.
    if (method === "OPTIONS" && status === 204) return text === "" ? [] : ["a body with a 204"];
    if (method === "HEAD") return text === "" ? [] : ["a body for HEAD"];
    if (status >= 400) {
      if (type === "application/problem+json") return refusal(request, answer);
      if (type !== "text/html") return [`a refusal as ${type}: ${text.slice(0, 200)}`];
      // What only looks like the address of a page may be refused as one.
      return !operation || operation.answers.get(status)?.has("text/html")
        ? []
        : [`an HTML page with the status ${status}, which openapi.json does not say`];
    }
    const content = operation?.answers.get(status);
    if (!operation || !content)
      return [`the status ${status}, which openapi.json does not say of ${operation?.name ?? "an unknown address"}`];
    if (status === 303) return headers.location ? [] : ["a 303 without a location"];
    if (status === 204) return text === "" ? [] : ["a body with a 204"];
    const schema = type && content.get(type);
    if (!schema || type !== "application/json") return [];
    const body = parsed(text);
    const found = validatorOf(schema).safeParse(body);
    if (!found.success) return [`a body that its schema does not allow: ${found.error.message}`];
    const version = Versioned.safeParse(body).data?.version;
    return version === undefined || request.path.startsWith("/v1/") === false || headers.etag === `"${version}"`
      ? []
      : [`the ETag ${headers.etag} for version ${version}`];
  };
};

import middy from "@middy/core";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import * as z from "zod";
import { clock, days, instant, later, milliseconds } from "./clock.ts";
import { accessRefusals, type FieldError, pointerTo, Refusal, refuse } from "./errors.ts";
import { begin } from "./idempotency.ts";
import { isLeaving } from "./leaving.ts";
import { about, log, logging } from "./log.ts";
import { type RouteInfo, routeKeys, type Scope } from "./route.ts";
import { openToken, sealToken } from "./secrets.ts";
import { sentenceOf } from "./sentences.ts";
import { type By, type Change, Conflict, type Key, persist, save, versionOf } from "./table.ts";

// A route is one value: what it takes, what it gives, who may, and what it does. This file turns a table of routes into a
// handler: parse, scope, run, answer; every refusal a problem document.

export type Event = APIGatewayProxyEventV2;
export type Answer = APIGatewayProxyStructuredResultV2;

/** What `run` gets. Times are RFC 3339. */
export type Call<P = unknown, Q = unknown, B = unknown> = {
  workspaceId: string;
  /** The id of the key or the member that asks. */
  actor: string;
  /** The id of the member's session. */
  session?: string | undefined;
  scopes: readonly string[];
  requestId: string;
  /** Read once, at the start of this attempt. */
  now: string;
  params: P;
  query: Q;
  body: B;
  /** Of a list: how many to give, and after which key to go on. */
  list: { limit: number; startAfter: Key | undefined };
  /** Refuses `stale` where the caller's If-Match is not this state's version. */
  expect: (state: object) => void;
  /** Saves all or nothing and gives `answer` back. At most once a call: with an Idempotency-Key the answer is kept in the same write. */
  save: <A>(changes: readonly Change[], answer: A) => Promise<A>;
};

export type Spec<P, Q, B, R> = Omit<RouteInfo, "params" | "query" | "body" | "returns"> & {
  params?: z.ZodType<P>;
  query?: z.ZodType<Q>;
  body?: z.ZodType<B>;
  /** What is not in it never leaves; a numeric `version` becomes the ETag. */
  returns?: z.ZodType<R>;
  run: (call: Call<P, Q, B>) => Promise<R>;
};

export type Route = RouteInfo & { answer: (event: Event, requestId: string) => Promise<Answer> };

/** One route of the API. A missing `params`, `query` or `body` means that nothing is taken there. */
export const route = <R, P = Record<string, never>, Q = Record<string, never>, B = undefined>(
  spec: Spec<P, Q, B, R>,
): Route => ({
  ...spec,
  answer: (event, requestId) => answer(spec, event, requestId),
});

/** A page of a list of things. */
export const PageOf = <T>(item: z.ZodType<T>) =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().describe("Pass it as `cursor` to get the next page; null at the end."),
  });

const ListQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(2000).optional(),
};

/** A list: `limit` and `cursor` in the query, `{ items, next }` out; cursors hold for this route, workspace and filter only. */
export const list = <T, P = Record<string, never>, F extends z.ZodRawShape = Record<never, never>>(
  spec: Omit<Spec<P, z.output<z.ZodObject<F>>, undefined, never>, "run" | "returns" | "query" | "body"> & {
    filter?: F;
    item: z.ZodType<T>;
    run: (call: Call<P, z.output<z.ZodObject<F>>, undefined>) => Promise<{ items: T[]; next: Key | undefined }>;
  },
): Route => {
  const { filter, item, run, ...rest } = spec;
  const query = z.strictObject({ ...filter, ...ListQuery });
  const filterOnly = z.object({ ...filter } as F);
  return {
    ...rest,
    query,
    returns: PageOf(item),
    answer: (event, requestId) =>
      answer<z.infer<ReturnType<typeof PageOf<T>>>, P, z.output<typeof query>, undefined>(
        {
          ...rest,
          query,
          returns: PageOf(item),
          run: async (call) => {
            const { limit, cursor } = z.object(ListQuery).parse(call.query);
            const asked = filterOnly.parse(event.queryStringParameters ?? {});
            const purpose = `cursor ${call.actor} ${rest.method} ${event.rawPath} ${JSON.stringify(asked)}`;
            const startAfter =
              cursor === undefined ? undefined : await openCursor(call.workspaceId, purpose, cursor, call.now);
            const { items, next } = await run({ ...call, query: asked, list: { limit, startAfter } });
            return {
              items,
              next: next ? await sealToken(call.workspaceId, purpose, later(call.now, days(30)), next) : null,
            };
          },
        },
        event,
        requestId,
      ),
  };
};

const openCursor = async (workspaceId: string, purpose: string, cursor: string, now: string): Promise<Key> => {
  const opened = await openToken(workspaceId, purpose, cursor, z.object({ pk: z.string(), sk: z.string() }), now);
  if (opened.state === "valid") return opened.data;
  return refuse("invalid_cursor", "This cursor belongs to another list, filter or time. Start again without one.", [
    { pointer: "query:cursor", detail: "Not a cursor of this list." },
  ]);
};

const mostBodyBytes = 256 * 1024;

const pointer = (where: string, path: PropertyKey[]): string =>
  where === "body" ? pointerTo(...path) : `${where}:${path.map(String).join(".")}`;

const fieldErrors = (where: string, error: z.ZodError): FieldError[] =>
  error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ pointer: pointer(where, [...issue.path, key]), detail: issue.message }))
      : [{ pointer: pointer(where, issue.path), detail: issue.message }],
  );

const named = (pointer: string): string =>
  pointer.startsWith("#/") ? decodeURIComponent(pointer.slice(2)) : pointer.replace("query:", "");

/** Refuses `invalid_input`; who reads only its sentence sees too which field it is about. */
export const refuseFields = (where: "body" | "query", errors: readonly FieldError[]): never => {
  const [first, ...more] = errors.map(({ pointer, detail }) => `${named(pointer)}: ${detail}`);
  const others = more.length === 0 ? "" : ` (and ${more.length} more, in errors)`;
  return refuse("invalid_input", `The ${where} is not valid. ${first ?? ""}${others}`, errors);
};

export const parse = <T>(where: "body" | "query" | "path", schema: z.ZodType<T>, value: unknown): T => {
  const parsed = schema.safeParse(value, { error: sentenceOf });
  if (parsed.success) return parsed.data;
  // An id of the wrong form names nothing that exists.
  if (where === "path")
    return refuse("not_found", "There is nothing at this address.", fieldErrors(where, parsed.error));
  return refuseFields(where, fieldErrors(where, parsed.error));
};

const nothing = z.strictObject({});

/** Where a route takes nothing, something is refused. */
export const parseOr = <T>(where: "query" | "path", schema: z.ZodType<T> | undefined, value: unknown): T =>
  schema ? parse(where, schema, value) : (parse(where, nothing, value) as T);

/** What the authorizer found (see workspaces/authorize.ts): a workspace and scopes, or the refusal to give. */
const Authority = z.union([
  z.object({
    workspaceId: z.string(),
    actor: z.string(),
    scopes: z.string().transform((text) => text.split(" ")),
    session: z.string().optional(),
  }),
  z.object({ refusal: z.enum(accessRefusals), detail: z.string() }),
]);

const authority = (event: Event, access: RouteInfo["access"]) => {
  if (access === "public") return { workspaceId: "", actor: "visitor", scopes: [] as string[] };
  const context =
    "authorizer" in event.requestContext
      ? (event.requestContext as { authorizer?: { lambda?: unknown } }).authorizer?.lambda
      : undefined;
  const known = Authority.parse(context);
  if ("refusal" in known) return refuse(known.refusal, known.detail);
  about({ workspaceId: known.workspaceId, actor: known.actor });
  if (!known.scopes.includes(access))
    return refuse("scope_missing", `This needs the scope ${access}, which this key or role does not have.`);
  return known;
};

const expectVersion = (event: Event) => (state: object) => {
  const match = event.headers["if-match"];
  if (match === undefined || match.trim() === "*") return;
  const wanted = match.split(",").map((tag) => tag.trim());
  if (!wanted.includes(`"${versionOf(state)}"`)) {
    refuse("stale", "It was changed since you read it. Read it again and repeat your change on what stands there now.");
  }
};

const encode = (
  status: number,
  body: unknown,
): Answer & { statusCode: number; headers: Record<string, string>; body: string } => {
  const version = typeof body === "object" && body !== null && "version" in body ? body.version : undefined;
  return {
    statusCode: status,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
      ...(typeof version === "number" ? { etag: `"${version}"` } : {}),
    },
    body: body === undefined ? "" : JSON.stringify(body),
  };
};

const expectToStay = async (workspaceId: string, now: string): Promise<void> => {
  if (await isLeaving(workspaceId, milliseconds(now)))
    refuse(
      "workspace_leaving",
      "This workspace is to be deleted, so nothing of it changes. POST /v1/workspace/restore keeps it.",
    );
};

const IdempotencyKey = z.string().regex(/^[\x21-\x7e]{1,255}$/);

const answer = async <R, P, Q, B>(spec: Spec<P, Q, B, R>, event: Event, requestId: string): Promise<Answer> => {
  const known = authority(event, spec.access);
  const params = parseOr("path", spec.params, pathParameters(spec.path, event.pathParameters ?? {}));
  const query = parseOr("query", spec.query, event.queryStringParameters ?? {});
  const body = spec.body ? parse("body", spec.body, event.body) : (undefined as B);
  const now = instant(clock.now());
  if (spec.access !== "public" && spec.method !== "GET" && !spec.whileLeaving)
    await expectToStay(known.workspaceId, now);
  const by: By = { now, actor: known.actor, cause: requestId };
  const status = spec.status ?? 200;
  const sayAnswer = (given: unknown) => encode(status, spec.returns ? spec.returns.parse(given) : undefined);

  const header = event.headers["idempotency-key"];
  if (
    header !== undefined &&
    spec.method === "POST" &&
    spec.access !== "public" &&
    !IdempotencyKey.safeParse(header).success
  ) {
    refuse("invalid_idempotency_key", "An Idempotency-Key has 1 to 255 visible ASCII characters.");
  }
  const once =
    header === undefined || spec.method !== "POST" || spec.access === "public"
      ? undefined
      : await begin(
          known.workspaceId,
          header,
          `${event.rawPath}\n${event.rawQueryString}\n${JSON.stringify(event.body ?? null)}`,
          by,
        );
  if (once && "answer" in once) return once.answer;

  try {
    return await persist(async () => {
      const now = instant(clock.now());
      const attempt: By = { ...by, now };
      let saved = false;
      const given = await spec.run({
        ...known,
        requestId,
        now,
        params,
        query,
        body,
        list: { limit: 0, startAfter: undefined },
        expect: expectVersion(event),
        save: async (changes, given) => {
          if (saved) throw new Error("A call saves once.");
          saved = true;
          await save(once ? [...changes, await once.finish(sayAnswer(given))] : changes, attempt);
          return given;
        },
      });
      const said = sayAnswer(given);
      if (once && !saved) await save([await once.finish(said)], attempt);
      return said;
    });
  } catch (error) {
    if (once && (error instanceof Refusal || error instanceof Conflict)) await once.release();
    throw error;
  }
};

export const pathParameters = (
  path: string,
  given: Record<string, string | undefined>,
): Record<string, string | undefined> => {
  const at = /\/@\{(\w+)\}/.exec(path)?.[1];
  if (!at) return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, decode(value)]));
  const value = decode(given[at]);
  if (!value?.startsWith("@")) refuse("not_found", "There is nothing at this address.");
  return { ...given, [at]: value?.slice(1) };
};
const decode = (value: string | undefined): string | undefined => {
  try {
    return value === undefined ? undefined : decodeURIComponent(value);
  } catch {
    return refuse("not_found", "There is nothing at this address.");
  }
};

export const securityHeaders: Record<string, string> = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "x-content-type-options": "nosniff",
};

/** A problem document (RFC 9457) for whatever was thrown. Mistakes of ours are logged and say nothing of their inside. */
export const problem = (error: unknown, requestId: string): Answer => {
  const refusal = refusalOf(error, requestId);
  return {
    statusCode: refusal.status,
    headers: {
      ...securityHeaders,
      "content-type": "application/problem+json",
      ...(refusal.retryAfterSeconds ? { "retry-after": String(refusal.retryAfterSeconds) } : {}),
      ...(refusal.status === 401 ? { "www-authenticate": "Bearer" } : {}),
    },
    body: JSON.stringify({
      type: `https://samenspraak.dev/problems/${refusal.code}`,
      title: refusal.title,
      status: refusal.status,
      code: refusal.code,
      detail: refusal.message,
      requestId,
      ...(refusal.errors.length ? { errors: refusal.errors } : {}),
    }),
  };
};

/** The refusal behind what was thrown: a lost race is one, middy's own errors are, all else is `internal`. */
export const refusalOf = (error: unknown, requestId: string): Refusal => {
  if (error instanceof Refusal) return error;
  if (error instanceof Conflict)
    return new Refusal(
      "changed_meanwhile",
      "Someone changed it at the same moment. Read it again and repeat your change.",
    );
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (status === 415)
    return new Refusal("unsupported_media_type", "Send JSON with the header Content-Type: application/json.");
  if (status === 422 || status === 400) return new Refusal("invalid_json", "The body is not valid JSON.");
  log.error("A request failed", error, { requestId });
  return new Refusal(
    "internal",
    "Something went wrong on our side; nothing is half done. Try again, and tell us this request's id if it stays.",
  );
};

export const requestIdOf = (event: Event, context: Context): string =>
  event.requestContext?.requestId ?? context.awsRequestId;

export const bodyLimit = (mostBytes = mostBodyBytes): middy.MiddlewareObj<Event, Answer> => ({
  before: ({ event }) => {
    const bytes = (event.body?.length ?? 0) * (event.isBase64Encoded ? 0.75 : 1);
    if (bytes > mostBytes) refuse("too_large", `A body may have at most ${mostBytes / 1024} KB.`);
  },
});

const problemDocuments = (): middy.MiddlewareObj<Event, Answer> => ({
  after: (request) => {
    if (request.response) request.response.headers = { ...securityHeaders, ...request.response.headers };
  },
  onError: (request) => {
    request.response = problem(request.error, requestIdOf(request.event, request.context));
  },
});

// A key is asked for before the body is read: who may not, learns nothing of what a body should be.
const allowed = (access: "public" | Scope): middy.MiddlewareObj<Event, Answer> => ({
  before: ({ event }) => {
    authority(event, access);
  },
});

/** JSON. Nothing at all is what a route has as a default, or else an empty object, so that it is told what is needed. */
const jsonBody = (schema: z.ZodType): middy.MiddlewareObj<Event, Answer> => {
  const parser = httpJsonBodyParser() as unknown as middy.MiddlewareObj<Event, Answer>;
  const isOptional = schema.safeParse(undefined).success;
  return {
    before: (request) => {
      if (request.event.body) return parser.before?.(request);
      if (isOptional) delete request.event.body;
      else Object.assign(request.event, { body: {} });
    },
  };
};

const handlerOf = (of: Route) => {
  const chain = middy<Event, Answer>({ timeoutEarlyInMillis: 0 })
    .use(problemDocuments())
    .use(allowed(of.access))
    .use(bodyLimit(of.mostBodyBytes));
  if (of.body) chain.use(jsonBody(of.body));
  return chain.handler((event, context) => of.answer(event, requestIdOf(event, context)));
};

/** One line for each request: the route and how it ended, never the path, the query or the body, which hold tokens. */
export const toldOf = (event: Event, context: Context, answer: () => Promise<Answer>): Promise<Answer> =>
  logging({ function: context.functionName, requestId: requestIdOf(event, context) }, async () => {
    const began = performance.now();
    const given = await answer();
    log.info("Answered", {
      route: event.routeKey,
      status: given.statusCode,
      milliseconds: Math.round(performance.now() - began),
    });
    return given;
  });

/** HEAD is answered as GET is, without the body. */
export const withoutBody = (event: Event, given: Answer): Answer =>
  event.requestContext.http.method === "HEAD" ? { ...given, body: "" } : given;

/** The handler of a table of routes. What is not in it is not found; `instead` may say so in another way. */
export const api = (
  routes: Readonly<Record<string, Route>>,
  instead: (event: Event) => Answer | undefined = () => undefined,
) => {
  const byKey = new Map(
    Object.values(routes).flatMap((of) => routeKeys(of).map((key) => [key, handlerOf(of)] as const)),
  );
  return (event: Event, context: Context): Promise<Answer> =>
    toldOf(event, context, async () => {
      const handler = byKey.get(event.routeKey);
      if (handler) return withoutBody(event, await handler(event, context));
      const refused = instead(event);
      if (refused) return withoutBody(event, refused);
      return problem(new Refusal("not_found", "There is nothing at this address."), requestIdOf(event, context));
    });
};

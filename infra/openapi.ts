import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { accessRefusals, type Code, problems } from "../functions/platform/errors.ts";
import { type RouteInfo, scopes } from "../functions/platform/route.ts";
import { writeChecker } from "./checker.ts";
import { type Manifest, readManifest } from "./wakes.ts";

type Json = Record<string, unknown>;

/** The part of OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1) that we write. */
export type OpenApi = {
  openapi: "3.1.1";
  info: Json;
  servers: Json[];
  tags: Json[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json>; securitySchemes: Json };
};

export type Operation = {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: Json[];
  parameters: Json[];
  requestBody?: Json;
  responses: Record<string, Json>;
};

const description = `Publish, ask, listen and answer. Times are RFC 3339; ids are TypeIDs.

Requests under /v1 have an API key, as \`Authorization: Bearer …\`. Whoever runs the system makes the first one with
\`npm run workspace -- create\`; a key that may do so makes others with \`POST /v1/keys\`.

Every refusal is a problem document (RFC 9457) with a stable \`code\`. Every POST under /v1 takes an \`Idempotency-Key\`:
the same key and body get the same answer for 24 hours. Lists answer \`{ items, next }\`; pass \`next\` as \`cursor\`.
What is answered may get more fields over time; unknown fields of what is sent are refused.
The gateway's own answers (401, 413, 429, 503 before a request reaches us) are not problem documents.`;

const Problem = z
  .object({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(problems)).describe("Stable: act on this."),
    detail: z.string().describe("What is wrong and what to do next, in words."),
    requestId: z.string().describe("Tell us this when you ask for help."),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe("A JSON pointer into the body, or query:… or path:…"),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: "Problem" });

/** The API described, from the route tables. Throws where two routes have the same name or address. */
export const openapi = async (manifest: Manifest): Promise<OpenApi> => {
  const wakings = await readManifest(manifest);
  const tables = wakings.flatMap(({ file, wake }) =>
    wake.by === "routes" ? [{ tag: dirname(file), routes: wake.routes }] : [],
  );
  const schemas = collectSchemas();
  const paths: OpenApi["paths"] = {};
  const names = new Set<string>();
  for (const { tag, routes } of tables) {
    for (const [name, route] of Object.entries(routes)) {
      const method = route.method.toLowerCase();
      const path = paths[route.path] ?? {};
      paths[route.path] = path;
      if (path[method]) throw new Error(`Two routes answer ${route.method} ${route.path}.`);
      if (names.has(name))
        throw new Error(`Two routes are called ${name}, which is to be an operationId: say of what it is.`);
      names.add(name);
      path[method] = operation(name, tag, route, schemas.refer);
    }
  }
  return {
    openapi: "3.1.1",
    info: { title: "Samenspraak", version: "1", description, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: "/" }],
    tags: [...new Set(tables.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.components,
      securitySchemes: {
        key: {
          type: "http",
          scheme: "bearer",
          description: `An API key. What it may do are its scopes: ${scopes.join(", ")}.`,
        },
      },
    },
  };
};

/** Writes what platform/docs serves into a folder: openapi.json, the files of its reference, and what checks a draw. */
export const writeDocs = async (manifest: Manifest, folder: string): Promise<void> => {
  const { resolve } = createRequire(import.meta.url);
  const altcha = join(dirname(resolve("altcha/external")), "..");
  const swagger = dirname(resolve("swagger-ui-dist/package.json"));
  await mkdir(folder, { recursive: true });
  await Promise.all([
    writeFile(join(folder, "openapi.json"), JSON.stringify(await openapi(manifest))),
    writeChecker(folder),
    copyFile(join(altcha, "external/altcha.min.js"), join(folder, "altcha.js")),
    copyFile(join(altcha, "workers/pbkdf2.js"), join(folder, "altcha-worker.js")),
    ...["swagger-ui.css", "swagger-ui-bundle.js"].map((name) => copyFile(join(swagger, name), join(folder, name))),
  ]);
};

type Io = "input" | "output";
type Refer = (schema: z.ZodType, io: Io) => Json;

const operation = (operationId: string, tag: string, route: RouteInfo, refer: Refer): Operation => {
  const open = route.access === "public";
  return {
    operationId,
    tags: [tag],
    summary: route.summary,
    ...(open ? {} : { description: `Needs a key with the scope \`${route.access}\`.` }),
    security: open ? [] : [{ key: [route.access] }],
    parameters: [
      ...pathParameters(route, refer),
      ...properties(route.query, refer).map(([name, { schema, required }]) => ({
        name,
        in: "query",
        required,
        schema,
      })),
      ...headers(route),
    ],
    ...(route.body
      ? {
          requestBody: {
            required: ![undefined, {}].some((none) => route.body?.safeParse(none).success),
            content: taken(route, refer(route.body, "input")),
          },
        }
      : {}),
    responses: { ...success(route, refer), ...refusals(route, refer(Problem, "output")) },
  };
};

const pathParameters = (route: RouteInfo, refer: Refer): Json[] => {
  const known = new Map(properties(route.params, refer));
  return [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: known.get(name)?.schema ?? { type: "string" },
  }));
};

const Properties = z.object({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())),
  required: z.array(z.string()).default([]),
});

/** The fields of an object schema, as JSON Schema. */
const properties = (schema: z.ZodType | undefined, refer: Refer): [string, { schema: Json; required: boolean }][] => {
  if (!schema) return [];
  const { properties, required } = Properties.parse(refer(schema, "input"));
  return Object.entries(properties).map(([name, one]) => [name, { schema: one, required: required.includes(name) }]);
};

const takesIdempotencyKey = (route: RouteInfo) => route.method === "POST" && route.access !== "public";
const takesIfMatch = (route: RouteInfo) => route.refuses?.includes("stale") ?? false;

const headers = (route: RouteInfo): Json[] => [
  ...(takesIdempotencyKey(route)
    ? [
        {
          name: "Idempotency-Key",
          in: "header",
          required: false,
          description: "Makes it safe to send again.",
          schema: { type: "string", minLength: 1, maxLength: 255 },
        },
      ]
    : []),
  ...(takesIfMatch(route)
    ? [
        {
          name: "If-Match",
          in: "header",
          required: false,
          description: "The ETag that was read: refused as stale if it has changed since.",
          schema: { type: "string" },
        },
      ]
    : []),
];

const taken = (route: RouteInfo, schema: Json): Json => ({
  ...(route.page ? { "application/x-www-form-urlencoded": { schema } } : {}),
  "application/json": { schema },
});

/** What is answered, by its media type. */
const answered = (route: RouteInfo, returns: z.ZodType | undefined, refer: Refer): Record<string, Json> => ({
  ...(route.page ? { "text/html": { schema: { type: "string" } } } : {}),
  ...(returns ? { "application/json": { schema: refer(returns, "output") } } : {}),
});

const success = (route: RouteInfo, refer: Refer): Record<string, Json> => {
  const versioned = route.returns instanceof z.ZodObject && "version" in route.returns.shape;
  const content = answered(route, route.returns, refer);
  return {
    [route.status ?? 200]: {
      description: "Done.",
      ...(versioned
        ? { headers: { ETag: { description: "The version, for If-Match.", schema: { type: "string" } } } }
        : {}),
      ...(Object.keys(content).length > 0 ? { content } : {}),
    },
    ...(route.waits
      ? { "202": { description: "Something is waited for first.", content: answered(route, route.waits, refer) } }
      : {}),
    ...(route.page ? { "303": { description: "The page that follows is elsewhere." } } : {}),
  };
};

/** What any route with these properties may refuse, beside what it says itself. */
const standardRefusals = (route: RouteInfo): Code[] => [
  ...(route.access === "public" ? [] : ([...accessRefusals, "scope_missing"] as const)),
  ...(route.path.includes("{") ? (["not_found"] as const) : []),
  // An unknown parameter is refused too; only pages leave alone what trackers hang on their links.
  ...((route.query ?? route.body ?? route.access !== "public") ? (["invalid_input"] as const) : []),
  ...(isList(route) ? (["invalid_cursor"] as const) : []),
  ...(route.body ? (["invalid_json", "unsupported_media_type"] as const) : []),
  ...(route.method === "GET" ? [] : (["changed_meanwhile", "too_large"] as const)),
  ...(takesIdempotencyKey(route)
    ? (["invalid_idempotency_key", "request_in_progress", "idempotency_key_reused"] as const)
    : []),
  "internal",
];

const isList = ({ query }: RouteInfo) => query instanceof z.ZodObject && "cursor" in query.shape;
const isCode = (code: string): code is Code => Object.hasOwn(problems, code);

const refusals = (route: RouteInfo, problem: Json): Record<string, Json> => {
  const codes = [...new Set([...standardRefusals(route), ...(route.refuses ?? [])])].map((code) => {
    if (!isCode(code)) throw new Error(`${route.method} ${route.path} refuses ${code}, which errors.ts does not know.`);
    return code;
  });
  return Object.fromEntries(
    [...Map.groupBy(codes, (code) => problems[code][0])].map(([status, some]) => {
      const schema = { allOf: [problem, { properties: { code: { enum: some } } }] };
      const content = {
        "application/problem+json": { schema },
        ...(route.page ? { "text/html": { schema: { type: "string" } } } : {}),
      };
      return [status, { description: some.map((code) => `\`${code}\`: ${problems[code][1]}.`).join(" "), content }];
    }),
  );
};

const refTo = (id: string) => `#/$defs/${id}`;

/**
 * Schemas as JSON Schema 2020-12. One with an id (`.meta({ id })`) becomes a component; where it takes something else than it
 * gives (a default, say) the second form met is a component of its own, e.g. `PostInput`.
 */
const collectSchemas = () => {
  const components: Record<string, Json> = {};
  const met = new Map<string, unknown>();

  const refer: Refer = (schema, io) => {
    const {
      $schema,
      $defs = {},
      ...root
    } = z.toJSONSchema(schema, { io, target: "draft-2020-12", override: ({ jsonSchema }) => tidy(jsonSchema, io) });
    const other = new Set(Object.keys($defs).filter((id) => met.has(id) && !isDeepStrictEqual(met.get(id), $defs[id])));
    for (let size = -1; size !== other.size; ) {
      size = other.size;
      for (const [id, def] of Object.entries($defs)) {
        if ([...other].some((one) => JSON.stringify(def).includes(`"${refTo(one)}"`))) other.add(id);
      }
    }
    const nameOf = (id: string) => (other.has(id) ? `${id}${io === "input" ? "Input" : "Output"}` : id);
    for (const [id, def] of Object.entries($defs)) {
      if (!other.has(id)) met.set(id, def);
      components[nameOf(id)] = toComponents(def, nameOf);
    }
    return toComponents(root, nameOf);
  };
  return { components, refer };
};

const toComponents = (schema: object, nameOf: (id: string) => string): Json =>
  JSON.parse(JSON.stringify(schema), (key, value) =>
    key === "$ref" && typeof value === "string"
      ? `#/components/schemas/${nameOf(value.slice(refTo("").length))}`
      : value,
  );

/** What is answered may grow, and nobody reads the pattern of a date-time. */
const tidy = (schema: z.core.JSONSchema.BaseSchema, io: Io): void => {
  if (io === "output" && schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.format === "date-time") delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  delete schema.id;
};

import * as z from "zod";
import { functions } from "../../functions/manifest.ts";
import { type OpenApi, openapi } from "../../infra/openapi.ts";
import { Schema } from "./values.ts";

// The operations of openapi.json, as the fuzzer and the tests of access ask them.

export type Parameter = { name: string; in: "path" | "query" | "header"; required: boolean; schema: Schema };

export type Operation = {
  /** `POST /v1/posts`. */
  name: string;
  method: string;
  /** With its variables, as `/v1/posts/{postId}`. */
  path: string;
  /** What an address of it looks like. */
  pattern: RegExp;
  /** The scope that it asks for; undefined where it is public. */
  scope: string | undefined;
  variables: Parameter[];
  query: Parameter[];
  headers: string[];
  /** What it takes, by content type. */
  takes: ReadonlyMap<string, Schema>;
  /** What it says it answers: by status, the content types with their schemas. */
  answers: ReadonlyMap<number, ReadonlyMap<string, Schema>>;
  /** The codes that it says it may refuse, by status. */
  refuses: ReadonlyMap<number, ReadonlySet<string>>;
  /** It answers `{ items, next }`. */
  isList: boolean;
};

const Content = z.record(z.string(), z.object({ schema: Schema }));
const Described = z.object({
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(
    z.object({ name: z.string(), in: z.enum(["path", "query", "header"]), required: z.boolean(), schema: Schema }),
  ),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), z.object({ content: Content.optional() })),
});
const Coded = z.object({
  allOf: z.tuple([z.unknown(), z.object({ properties: z.object({ code: z.object({ enum: z.array(z.string()) }) }) })]),
});

const operationOf = (method: string, path: string, described: unknown): Operation => {
  const { security, parameters, requestBody, responses } = Described.parse(described);
  const answers = Object.entries(responses).map(
    ([status, { content = {} }]) =>
      [Number(status), new Map(Object.entries(content).map(([type, { schema }]) => [type, schema]))] as const,
  );
  return {
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    pattern: new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`),
    scope: security[0] && Object.values(security[0])[0]?.[0],
    variables: parameters.filter((parameter) => parameter.in === "path"),
    query: parameters.filter((parameter) => parameter.in === "query"),
    headers: parameters.filter((parameter) => parameter.in === "header").map(({ name }) => name),
    takes: new Map(Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => [type, schema])),
    answers: new Map(answers),
    refuses: new Map(
      answers.flatMap(([status, content]) => {
        const coded = Coded.safeParse(content.get("application/problem+json"));
        return coded.success ? [[status, new Set(coded.data.allOf[1].properties.code.enum)] as const] : [];
      }),
    ),
    isList: parameters.some(({ name, in: where }) => where === "query" && name === "cursor"),
  };
};

export type Described = {
  operations: Operation[];
  /** The schema behind a `$ref`. */
  resolve: (ref: string) => Schema;
  /** A schema of the document that stands alone, with everything that it refers to. */
  whole: (schema: Schema) => Schema;
};

const prefix = "#/components/schemas/";

const describe = ({ paths, components }: OpenApi): Described => {
  const Defs: unknown = JSON.parse(JSON.stringify(components.schemas).replaceAll(prefix, "#/$defs/"));
  return {
    operations: Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => operationOf(method, path, operation)),
    ),
    resolve: (ref) => {
      const schema = components.schemas[ref.slice(prefix.length)];
      if (!ref.startsWith(prefix) || !schema) throw new Error(`openapi.json has no ${ref}.`);
      return Schema.parse(schema);
    },
    whole: (schema) =>
      Schema.parse({ ...JSON.parse(JSON.stringify(schema).replaceAll(prefix, "#/$defs/")), $defs: Defs }),
  };
};

/** What the manifest describes. */
export const describedApi = async (): Promise<Described> => describe(await openapi(functions));

import { appendFileSync, globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import type { Kind } from "../functions/platform/table.ts";
import { dynamodbCalls } from "../infra/local/dynamodb.ts";
import { tableName } from "../infra/local/names.ts";

// One stored item of every kind, shape and state, as a release really wrote it: what code of today must still read.
// KEEP_SHAPES=<release> vitest run … keeps those that the tests meet and that are not there yet.

const root = resolve(import.meta.dirname, "..");
const file = join(import.meta.dirname, "fixtures/shapes.jsonl");

const Image = z.record(z.string(), z.record(z.string(), z.unknown()));
/** `state`: the status of what has one, and of a post those of its deliveries. `item`: as DynamoDB's JSON. */
const Shape = z.object({
  kind: z.string(),
  shape: z.number(),
  state: z.string(),
  release: z.string(),
  item: Image,
});
export type Shape = z.infer<typeof Shape>;

const bytesIn = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(bytesIn);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, of]) => [
      name,
      name === "B" && typeof of === "string" ? Buffer.from(of, "base64") : bytesIn(of),
    ]),
  );
};
/** An item as the functions see it; on the wire its bytes are base64. */
export const itemOf = (image: Shape["item"]): Record<string, unknown> =>
  unmarshall(z.custom<Parameters<typeof unmarshall>[0]>().parse(bytesIn(image)));

export const keptShapes = (): Shape[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => Shape.parse(JSON.parse(line)));

const Known = z.object({
  kind: z.object({ S: z.string() }),
  schema: z.object({ N: z.coerce.number() }).optional(),
  status: z.object({ S: z.string() }).optional(),
  deliveries: z.object({ L: z.array(z.object({ M: z.object({ state: z.object({ S: z.string() }) }) })) }).optional(),
});

const shapeOf = (item: Shape["item"], release: string): Shape => {
  const { kind, schema, status, deliveries } = Known.parse(item);
  const states = new Set(deliveries?.L.map(({ M }) => M.state.S));
  const state = [status?.S, ...[...states].sort()].filter(Boolean).join(" ");
  return { kind: kind.S, shape: schema?.N ?? 1, state, release, item };
};
const nameOf = ({ kind, shape, state }: Shape): string => `${kind} ${shape} ${state}`;

const Records = z.object({
  Records: z.array(z.object({ dynamodb: z.object({ NewImage: Image.optional() }) })),
  NextShardIterator: z.string().optional(),
});
const Table = z.object({ Table: z.object({ LatestStreamArn: z.string() }) });
const Described = z.object({ StreamDescription: z.object({ Shards: z.array(z.object({ ShardId: z.string() })) }) });

/** Every version of every item that was written, by the table's stream. */
async function* written(endpoint: string): AsyncGenerator<Shape["item"]> {
  const call = dynamodbCalls(endpoint);
  const { LatestStreamArn: StreamArn } = Table.parse(await call("DescribeTable", { TableName: tableName })).Table;
  const { Shards } = Described.parse(await call("DescribeStream", { StreamArn })).StreamDescription;
  for (const { ShardId } of Shards) {
    const asked = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" };
    const first = z.object({ ShardIterator: z.string().optional() }).parse(await call("GetShardIterator", asked));
    for (let iterator = first.ShardIterator; iterator; ) {
      const page = Records.parse(await call("GetRecords", { ShardIterator: iterator, Limit: 1000 }));
      for (const { dynamodb } of page.Records) if (dynamodb.NewImage) yield dynamodb.NewImage;
      iterator = page.Records.length > 0 ? page.NextShardIterator : undefined;
    }
  }
  call.close();
}

/** Keeps what has a kind, shape or state that is not kept yet. */
export const keepShapes = async (endpoint: string, release: string): Promise<void> => {
  const known = new Set(keptShapes().map(nameOf));
  for await (const item of written(endpoint)) {
    const shape = shapeOf(item, release);
    if (known.has(nameOf(shape))) continue;
    known.add(nameOf(shape));
    appendFileSync(file, `${JSON.stringify(shape)}\n`);
  }
};

const isKind = (value: unknown): value is Kind<object> =>
  typeof value === "object" &&
  value !== null &&
  "kind" in value &&
  "key" in value &&
  typeof value.key === "function" &&
  "schema" in value &&
  value.schema instanceof z.ZodType;

const sources = (): string[] => globSync("functions/**/*.ts", { cwd: root }).map((path) => join(root, path));

/** Every kind of stored thing, by what the modules export. */
export const storedKinds = async (): Promise<Map<string, Kind<object>>> => {
  const modules: Record<string, unknown>[] = await Promise.all(
    sources().map((path) => import(pathToFileURL(path).href)),
  );
  const kinds = modules.flatMap((module) => Object.values(module).filter(isKind));
  return new Map(kinds.map((kind) => [kind.kind, kind]));
};

/** The names of all kinds that the sources speak of, exported or not. */
export const declaredKinds = (): string[] =>
  sources().flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(/:\s*Kind<[\w |]+>\s*=\s*\{\s*kind:\s*"([^"]+)"/g)].map(
      ([, name = ""]) => name,
    ),
  );

/** The states that a kind can be in, where its schema tells them apart by `status`. */
export const statesOf = ({ schema }: Kind<object>): string[] => {
  if (!(schema instanceof z.ZodDiscriminatedUnion) || schema.def.discriminator !== "status") return [];
  return schema.options.flatMap((option) => {
    const status = option instanceof z.ZodObject ? option.shape.status : undefined;
    return status instanceof z.ZodLiteral ? [...status.values].map(String) : [];
  });
};

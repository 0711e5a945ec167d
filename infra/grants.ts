import { pathToFileURL } from "node:url";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import * as z from "zod";
import type { Need } from "../functions/platform/needs.ts";

type Resource = keyof Need;
/** Per resource, the actions that a function may call on it. */
export type Grants = Map<Resource, Set<string>>;

/** Where each resource is, by exact ARN. */
export type Arns = Record<Exclude<Resource, "table" | "bucket">, string[]> & {
  table: string;
  tableIndexes: string[];
  bucket: string;
};

const actions = (service: string) => z.array(z.string().regex(new RegExp(`^${service}:[A-Za-z]+$`))).optional();

/** `needs` of a module, if it has any; a wildcard is refused. */
const Module = z.object({
  needs: z
    .array(
      z.strictObject({
        table: actions("dynamodb"),
        bucket: actions("s3"),
        key: actions("kms"),
        bus: actions("events"),
        dueQueues: actions("sqs"),
        mail: actions("ses"),
      }),
    )
    .optional(),
});

/** The union of what these modules (paths of files) need. */
export const grantsOf = async (modules: readonly string[]): Promise<Grants> => {
  const loaded = await Promise.all(modules.map((path) => import(pathToFileURL(path).href)));
  const grants: Grants = new Map();
  for (const need of loaded.flatMap((module) => Module.parse(module).needs ?? [])) {
    for (const resource of resources) {
      for (const action of need[resource] ?? []) {
        grants.set(resource, (grants.get(resource) ?? new Set()).add(action));
      }
    }
  }
  return grants;
};

const resources = ["table", "bucket", "key", "bus", "dueQueues", "mail"] as const satisfies readonly Resource[];

/** The statements of a role: each resource's actions on just the ARNs that they apply to. */
export const statements = (grants: Grants, arns: Arns): PolicyStatement[] =>
  [...grants].flatMap(([resource, granted]) => {
    switch (resource) {
      case "table":
        return [
          allow(granted, isReadOfMany, [arns.table, ...arns.tableIndexes]),
          allow(granted, (action) => !isReadOfMany(action), [arns.table]),
        ].flat();
      case "bucket":
        return [
          allow(granted, isOfBucket, [arns.bucket]),
          allow(granted, (action) => !isOfBucket(action), [`${arns.bucket}/*`]),
        ].flat();
      default:
        return allow(granted, () => true, arns[resource]);
    }
  });

const isReadOfMany = (action: string) => action === "dynamodb:Query" || action === "dynamodb:Scan";
const isOfBucket = (action: string) => action.startsWith("s3:ListBucket") || action.startsWith("s3:GetBucket");

const allow = (granted: Set<string>, which: (action: string) => boolean, on: string[]): PolicyStatement[] => {
  const chosen = [...granted].filter(which).sort();
  return chosen.length > 0 && on.length > 0 ? [new PolicyStatement({ actions: chosen, resources: on })] : [];
};

import { pathToFileURL } from "node:url";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import * as z from "zod";
import type { Need } from "../functions/platform/needs.ts";
import type { Bundle } from "./bundle.ts";

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

/** What a module may say; a wildcard is refused. */
const Needs = z
  .array(
    z.strictObject({
      table: actions("dynamodb"),
      bucket: actions("s3"),
      key: actions("kms"),
      bus: actions("events"),
      archive: actions("events"),
      dueQueues: actions("sqs"),
      mail: actions("ses"),
      mailAccount: actions("ses"),
      mailQueue: actions("sqs"),
      mailSecret: actions("secretsmanager"),
    }),
  )
  .default([]);
const Module = z.object({ needs: Needs, signs: Needs });

const load = async (modules: readonly string[]) =>
  (await Promise.all(modules.map((path) => import(pathToFileURL(path).href)))).map((module) => Module.parse(module));

const eachOf = (needs: z.infer<typeof Needs>): { resource: Resource; action: string }[] =>
  needs.flatMap((need) =>
    resources.flatMap((resource) => (need[resource] ?? []).map((action) => ({ resource, action }))),
  );

/**
 * The union of what the modules of a bundle need, as far as it can take these actions at all (a module is in a bundle as a
 * whole for this, and an unused function of it is not), and of what they sign for others.
 */
export const grantsOf = async ({
  modules,
  actions: possible,
}: Pick<Bundle, "modules" | "actions">): Promise<Grants> => {
  const loaded = await load(modules);
  const needed = loaded.flatMap(({ needs }) => eachOf(needs)).filter(({ action }) => possible.has(action));
  const grants: Grants = new Map();
  for (const { resource, action } of [...needed, ...loaded.flatMap(({ signs }) => eachOf(signs))]) {
    grants.set(resource, (grants.get(resource) ?? new Set()).add(action));
  }
  return grants;
};

/** What modules say that they need and no bundle can take: it would be left out of every role unseen. */
export const impossible = async (bundles: Iterable<Pick<Bundle, "modules" | "actions">>): Promise<string[]> => {
  const all = [...bundles];
  const loaded = await load([...new Set(all.flatMap(({ modules }) => modules))]);
  const needed = new Set(loaded.flatMap(({ needs }) => eachOf(needs).map(({ action }) => action)));
  return [...needed].filter((action) => !all.some(({ actions }) => actions.has(action)));
};

const resources = [
  "table",
  "bucket",
  "key",
  "bus",
  "archive",
  "dueQueues",
  "mail",
  "mailAccount",
  "mailQueue",
  "mailSecret",
] as const satisfies readonly Resource[];

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

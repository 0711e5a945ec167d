import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import * as z from "zod";
import { functions } from "../functions/manifest.ts";
import { addStacks } from "../infra/stacks.ts";
import { recordedCalls } from "./calls.ts";

// Least privilege, shown: what the functions called while the other tests ran, against the roles that they are deployed
// with. It runs after the long tests (vitest.config.ts), which find what the ordinary ones called if those ran before them;
// else only what is missing can be told. WHOLE=1 says that they did.

/** What a role allows and no test calls, with the reason. */
const uncalled: readonly { may: RegExp; because: string }[] = [
  {
    may: / kms:(Decrypt|GenerateDataKey)$/,
    because:
      "A key is remembered by the process for minutes, and here one process is all functions: another one has asked already.",
  },
  {
    may: /^samenspraak-(channels-page|contests-report-page|contests-tell-excluded|ideas-tell|media-page|showcase-page|showcase-cards|showcase-draw-cards|workspaces-mail-invitation) dynamodb:PutItem$/,
    because: "Every page and every handler of an event is handed a `save`; these have nothing to save.",
  },
  {
    may: /^samenspraak-(activity|notices|workspaces-sign-in|workspaces-rotate|exports)-api dynamodb:DeleteItem$/,
    because: "http.ts frees an Idempotency-Key after a refusal; these refuse no POST once a key is taken.",
  },
  {
    may: /^samenspraak-activity-api dynamodb:PutItem$/,
    because: "http.ts keeps the answer to a POST with an Idempotency-Key; this one has no POST.",
  },
  {
    may: /^samenspraak-channels-connect-api (sqs:SendMessage|dynamodb:Query)$/,
    because: "Connectors are in a bundle as a whole; this one tries connections and sends nothing.",
  },
  {
    may: /^samenspraak-polls-close (sqs:SendMessage|dynamodb:DeleteItem)$/,
    because: "Connectors are in a bundle as a whole; this one asks them for votes and sends nothing.",
  },
  {
    may: /^samenspraak-media-make-sizes s3:DeleteObject$/,
    because: "It takes away what it made of a file that was deleted in the meantime: a race of milliseconds.",
  },
  {
    may: /^samenspraak-showcase-(cards|draw-cards) s3:GetObject$/,
    because: "They read by an address that they sign themselves, which does not say who follows it.",
  },
  {
    may: /^samenspraak-exports-api s3:GetObject$/,
    because: "It signs the link to an export, which whoever has it follows with its rights.",
  },
  {
    may: /^samenspraak-(removals-remove s3:(Get|Put)Object|(exports-api|showcase-cards) s3:PutObject)$/,
    because:
      "contests/table.ts asks for the bucket's code by `import()`, which esbuild keeps whether or not it is reached.",
  },
];
const isExcused = (one: string): boolean => uncalled.some(({ may }) => may.test(one));

const Statement = z.object({ Action: z.union([z.string().transform((one) => [one]), z.array(z.string())]) });
const Role = z.object({
  Type: z.literal("AWS::IAM::Role"),
  Properties: z.object({
    Policies: z.array(
      z.object({ PolicyName: z.string(), PolicyDocument: z.object({ Statement: z.array(Statement) }) }),
    ),
  }),
});
const Lambda = z.object({
  Type: z.literal("AWS::Lambda::Function"),
  Properties: z.object({
    FunctionName: z.string(),
    Role: z.object({ "Fn::GetAtt": z.tuple([z.string(), z.string()]) }),
  }),
});
const Template = z.object({ Resources: z.record(z.string(), z.unknown()) });

const folder = mkdtempSync(join(tmpdir(), "samenspraak-roles-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** `samenspraak-polls-page dynamodb:GetItem`: who may do what, by the template that would be deployed. */
let allowed: string[];
beforeAll(async () => {
  const { context } = JSON.parse(readFileSync(join(import.meta.dirname, "../cdk.json"), "utf8"));
  const cdk = new App({ outdir: folder, context: { ...context, domain: "example.org" }, analyticsReporting: false });
  await addStacks(cdk, functions);
  cdk.synth();
  const { Resources } = Template.parse(JSON.parse(readFileSync(join(folder, "samenspraak-app.template.json"), "utf8")));
  allowed = Object.values(Resources).flatMap((resource) => {
    const lambda = Lambda.safeParse(resource).data?.Properties;
    if (!lambda) return [];
    const role = Role.parse(Resources[lambda.Role["Fn::GetAtt"][0]]);
    return role.Properties.Policies.filter(({ PolicyName }) => PolicyName === "needs")
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement.flatMap(({ Action }) => Action))
      .map((action) => `${lambda.FunctionName} ${action}`);
  });
});

const { calls, missing } = recordedCalls(inject("calls"));
const isWhole = missing.length === 0 || process.env.WHOLE !== undefined;

test.runIf(isWhole)("every test file that opens a world has run", () => {
  expect(missing).toEqual([]);
});

test("every action that a function called is allowed by its role", () => {
  expect([...calls].filter((call) => !allowed.includes(call)).sort()).toEqual([]);
});

test.runIf(isWhole)("every action that a role allows was called, unless a reason says why not", () => {
  const unused = [...new Set(allowed)].filter((one) => !calls.has(one) && !isExcused(one));
  expect(unused.sort()).toEqual([]);
});

test.runIf(isWhole)("every reason is still needed", () => {
  const idle = allowed.filter((one) => !calls.has(one));
  expect(uncalled.filter(({ may }) => !idle.some((one) => may.test(one)))).toEqual([]);
});

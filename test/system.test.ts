import { execFile } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual, promisify } from "node:util";
import { CelEngine, TemplateFile } from "@aws/cloudformation-validate";
import { App } from "aws-cdk-lib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { catalogue } from "../functions/events/catalogue.ts";
import { functions } from "../functions/manifest.ts";
import { routeKeys } from "../functions/platform/route.ts";
import { Findings, reasons } from "../infra/findings.ts";
import { type OpenApi, openapi } from "../infra/openapi.ts";
import { prices } from "../infra/prices.ts";
import { addStacks } from "../infra/stacks.ts";
import { readManifest, type Wake, type Waking } from "../infra/wakes.ts";

// The manifest, the stacks, the imports and the OpenAPI document agree. The templates are the ones that a deployment would
// send, made once, in this process.

const root = resolve(import.meta.dirname, "..");
const run = promisify(execFile);

type Json = Record<string, unknown>;
const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
});
type Resource = z.infer<typeof Resource>;
const Template = z.object({
  Resources: z.record(z.string(), Resource),
  Outputs: z.record(z.string(), z.unknown()).default({}),
});
type Template = z.infer<typeof Template>;

let wakings: Waking[];
let data: Template;
let app: Template;
let routes: Template;
let cdn: Template;
let document: OpenApi;
let cdk: App;
const folder = mkdtempSync(join(tmpdir(), "samenspraak-stacks-"));
const fileOf = (stack: string) => join(folder, `samenspraak-${stack}.template.json`);

beforeAll(async () => {
  const { context } = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8"));
  cdk = new App({ outdir: folder, context: { ...context, domain: "example.org" }, analyticsReporting: false });
  await addStacks(cdk, functions);
  cdk.synth();
  wakings = await readManifest(functions);
  data = Template.parse(JSON.parse(readFileSync(fileOf("data"), "utf8")));
  app = Template.parse(JSON.parse(readFileSync(fileOf("app"), "utf8")));
  routes = Template.parse(JSON.parse(readFileSync(fileOf("routes"), "utf8")));
  cdn = Template.parse(JSON.parse(readFileSync(fileOf("cdn"), "utf8")));
  document = await openapi(functions);
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true }));

const all = (template: Template, type: string): [string, Resource][] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
const properties = (template: Template, type: string): Json[] =>
  all(template, type).map(([, resource]) => resource.Properties);
const only = <T>(things: readonly T[]): T => {
  expect(things).toHaveLength(1);
  return things[0]!;
};

/** Functions that are woken in a way, with what says so. */
const wokenBy = <By extends Wake["by"]>(by: By) =>
  wakings.flatMap((waking) => (isBy(waking.wake, by) ? [{ ...waking, wake: waking.wake }] : []));
const isBy = <By extends Wake["by"]>(wake: Wake, by: By): wake is Extract<Wake, { by: By }> => wake.by === by;

/** The logical id of a function, and what refers to it. */
const logicalId = (functionName: string): string =>
  only(all(app, "AWS::Lambda::Function").filter(([, { Properties }]) => Properties.FunctionName === functionName))[0];
const refersTo = (value: unknown, id: string): boolean => {
  const text = JSON.stringify(value);
  return text.includes(`"Ref":"${id}"`) || text.includes(`"Fn::GetAtt":["${id}",`);
};
/** The same from the stack of the routes, which knows what is in the app's by its outputs. */
const refersToApp = (value: unknown, id: string): boolean => {
  const text = JSON.stringify(value);
  return Object.entries(app.Outputs).some(
    ([name, output]) => text.includes(`"OutputName":"${name}"`) && refersTo(output, id),
  );
};
const ofFunction = (type: string, functionName: string): Json[] => {
  const id = logicalId(functionName);
  return [
    ...properties(app, type).filter((one) => refersTo(one, id)),
    ...properties(routes, type).filter((one) => refersToApp(one, id)),
  ];
};

describe("every function of the manifest", () => {
  test("is deployed, and nothing else is", () => {
    const deployed = properties(app, "AWS::Lambda::Function").map(({ FunctionName }) => FunctionName);
    expect(deployed.sort()).toEqual(wakings.map(({ functionName }) => functionName).sort());
  });

  test("runs on arm64 and Node 24 with a log that ends, and its name fits", () => {
    for (const one of properties(app, "AWS::Lambda::Function")) {
      expect(one).toMatchObject({
        Architectures: ["arm64"],
        Runtime: "nodejs24.x",
        LoggingConfig: { LogFormat: "JSON" },
      });
      expect(String(one.FunctionName).length).toBeLessThanOrEqual(64);
    }
    for (const one of properties(app, "AWS::Logs::LogGroup")) expect(one.RetentionInDays).toBe(30);
  });

  test("is woken in exactly one way", () => {
    for (const { functionName, wake } of wakings) {
      const ways = {
        routes: ofFunction("AWS::ApiGatewayV2::Integration", functionName).length,
        request: ofFunction("AWS::ApiGatewayV2::Authorizer", functionName).length,
        rules: ofFunction("AWS::Events::Rule", functionName).length,
        sources: ofFunction("AWS::Lambda::EventSourceMapping", functionName).length,
      };
      const none = { routes: 0, request: 0, rules: 0, sources: 0 };
      const expected: Record<Wake["by"], typeof none> = {
        routes: { ...none, routes: 1 },
        request: { ...none, request: 1 },
        events: { ...none, rules: 1 },
        minute: { ...none, rules: 1 },
        due: { ...none, sources: 1 },
        stream: { ...none, sources: 1 },
        work: { ...none, sources: 1 },
        // What bounced, and who complained.
        service: { ...none, rules: 2 },
        name: none,
      };
      expect({ functionName, ...ways }).toEqual({ functionName, ...expected[wake.by] });
    }
  });

  /** Imports modules in a process without environment; a socket or a timer would keep that alive until it is stopped. */
  const importAlone = (modules: readonly string[]) =>
    run(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        modules.map((path) => `await import(${JSON.stringify(pathToFileURL(path))});`).join("\n"),
      ],
      {
        env: {},
        timeout: 50_000,
      },
    );

  test("does nothing when it is imported without any configuration", async () => {
    const files = wakings.map(({ file }) => join(root, "functions", `${file}.ts`));
    expect(await importAlone(files)).toEqual({ stdout: "", stderr: "" });
  });

  test("has a bundle that is complete: it loads without node_modules", async () => {
    const bundles = globSync("bundles/*/index.mjs", { cwd: folder }).map((path) => join(folder, path));
    expect(bundles).toHaveLength(wakings.length);
    expect(await importAlone(bundles)).toEqual({ stdout: "", stderr: "" });
  });
});

describe("routes", () => {
  const expected = () =>
    wokenBy("routes").flatMap(({ functionName, wake }) =>
      Object.values(wake.routes).flatMap((route) =>
        routeKeys(route).map((key) => ({ key, functionName, open: route.access === "public" })),
      ),
    );

  test("are in the gateway, each with its function, and a key is asked for unless it says public", () => {
    const integrations = new Map(
      wokenBy("routes").map(({ functionName }) => {
        const id = logicalId(functionName);
        return [
          only(all(routes, "AWS::ApiGatewayV2::Integration").filter(([, one]) => refersToApp(one.Properties, id)))[0],
          functionName,
        ];
      }),
    );
    const authorizer = only(all(app, "AWS::ApiGatewayV2::Authorizer"))[0];
    const deployed = properties(routes, "AWS::ApiGatewayV2::Route").map((route) => {
      const integration = [...integrations].find(([id]) => refersTo(route.Target, id));
      if (route.AuthorizationType === "CUSTOM") expect(refersToApp(route.AuthorizerId, authorizer)).toBe(true);
      return { key: route.RouteKey, functionName: integration?.[1], open: route.AuthorizationType === "NONE" };
    });
    const sorted = (routes: readonly { key: unknown }[]) =>
      routes.toSorted((a, b) => String(a.key).localeCompare(String(b.key)));
    const anythingElse = { key: "$default", functionName: "samenspraak-platform-docs", open: true };
    expect(sorted(deployed)).toEqual(sorted([...expected(), anythingElse]));
  });

  test("have one address each", () => {
    // To the gateway, two addresses that differ only in the name of a variable are the same.
    const keys = expected().map(({ key }) => key.replace(/\{\w+\}/g, "{}"));
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
  });

  test("are judged by an authorizer that is asked every time and requires no header", () => {
    expect(only(properties(app, "AWS::ApiGatewayV2::Authorizer"))).toMatchObject({
      AuthorizerPayloadFormatVersion: "2.0",
      AuthorizerResultTtlInSeconds: 0,
      EnableSimpleResponses: true,
      IdentitySource: [],
    });
  });
});

describe("due times", () => {
  test("have a queue each, wired to their function, which has six timeouts and a dead-letter queue", () => {
    const dueQueues = all(app, "AWS::SQS::Queue").filter(([, { Properties }]) =>
      String(Properties.QueueName).startsWith("samenspraak-due-"),
    );
    expect(dueQueues).toHaveLength(wokenBy("due").length);
    for (const { functionName, wake } of wokenBy("due")) {
      const [id, queue] = only(
        dueQueues.filter(
          ([, { Properties }]) => Properties.QueueName === `samenspraak-due-${wake.kind.replaceAll(".", "-")}`,
        ),
      );
      const source = only(ofFunction("AWS::Lambda::EventSourceMapping", functionName));
      expect(source).toMatchObject({
        EventSourceArn: { "Fn::GetAtt": [id, "Arn"] },
        BatchSize: 10,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
      });
      const { Timeout } = only(
        properties(app, "AWS::Lambda::Function").filter((one) => one.FunctionName === functionName),
      );
      expect(queue.Properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Number(Timeout));
      expect(queue.Properties.RedrivePolicy).toMatchObject({ maxReceiveCount: 5 });
    }
  });

  test("that are written in the code are all awaited by a function", () => {
    const written = sources().flatMap((path) =>
      [...read(path).matchAll(/\bat: [^}]*?\bkind: "([a-z-]+\.[a-z-]+)"/g)].map((match) => match[1]),
    );
    const awaited = wokenBy("due").map(({ wake }) => wake.kind);
    expect(written.length).toBeGreaterThan(0);
    expect(written.filter((kind) => !awaited.includes(kind!))).toEqual([]);
  });
});

describe("events", () => {
  test("that a rule waits for are announced by someone, and replays are left out but by the one that takes them", () => {
    for (const { functionName, wake } of wokenBy("events")) {
      const names = typeof wake.names === "string" ? [] : wake.names;
      expect(names.filter((name) => !(name in catalogue))).toEqual([]);
      expect(only(ofFunction("AWS::Events::Rule", functionName)).EventPattern).toEqual({
        source: ["samenspraak"],
        ...(typeof wake.names === "string" ? {} : { "detail-type": names }),
        "replay-name": wake.names === "replays" ? [{ prefix: "ws_" }] : [{ exists: false }],
      });
    }
  });

  test("are named <thing>.<past tense>, and their examples fit their schemas", () => {
    for (const [name, { data, example }] of Object.entries(catalogue)) {
      expect(name).toMatch(/^[a-z_]+\.[a-z_]+$/);
      expect({ name, error: data.safeParse(example).error }).toEqual({ name, error: undefined });
    }
  });

  test("that a function failed to handle are kept: by the rule if undelivered, by the function if delivered", () => {
    const [deadLetters] = only(all(app, "AWS::SQS::Queue").filter(([, { Properties }]) => !Properties.RedrivePolicy));
    const arn = { "Fn::GetAtt": [deadLetters, "Arn"] };
    for (const { functionName } of [...wokenBy("events"), ...wokenBy("minute")]) {
      const rule = only(ofFunction("AWS::Events::Rule", functionName));
      expect(rule.Targets).toMatchObject([{ DeadLetterConfig: { Arn: arn } }]);
      expect(only(ofFunction("AWS::Lambda::EventInvokeConfig", functionName)).DestinationConfig).toEqual({
        OnFailure: { Destination: arn },
      });
    }
  });

  test("reach every function that waits for the minute by a schedule of one minute", () => {
    for (const { functionName } of wokenBy("minute")) {
      expect(only(ofFunction("AWS::Events::Rule", functionName)).ScheduleExpression).toBe("rate(1 minute)");
    }
  });
});

describe("the table's stream", () => {
  test("has exactly two readers, which start at the beginning, bisect, try 20 times and leave the rest in the bucket", () => {
    const readers = wokenBy("stream");
    expect(readers.map(({ file }) => file).sort()).toEqual(["platform/relay", "platform/tally"]);
    for (const { functionName, wake } of readers) {
      expect(only(ofFunction("AWS::Lambda::EventSourceMapping", functionName))).toMatchObject({
        StartingPosition: "TRIM_HORIZON",
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 20,
        ParallelizationFactor: 1,
        DestinationConfig: { OnFailure: { Destination: expect.anything() } },
        ...(wake.reads.window ? { TumblingWindowInSeconds: wake.reads.window } : {}),
      });
      const { kinds } = wake.reads;
      expect("anything-but" in kinds ? kinds["anything-but"] : kinds).not.toHaveLength(0);
    }
    const onStream = properties(app, "AWS::Lambda::EventSourceMapping").filter((one) =>
      JSON.stringify(one.EventSourceArn).includes("StreamArn"),
    );
    expect(onStream).toHaveLength(2);
  });
});

/** The statements of a policy document. */
const Statement = z.object({
  Effect: z.enum(["Allow", "Deny"]),
  Action: z.union([z.string().transform((one) => [one]), z.array(z.string())]),
  Resource: z.unknown().optional(),
  Principal: z.unknown().optional(),
  Condition: z.unknown().optional(),
});
const Policy = z.object({ Statement: z.array(Statement) });
const allowed = (document: unknown) => Policy.parse(document).Statement.filter(({ Effect }) => Effect === "Allow");

describe("nothing is public that should not be", () => {
  test("what must outlive a deployment is retained, and the table is protected", () => {
    for (const [id, { Type, DeletionPolicy }] of Object.entries(data.Resources)) {
      if (Type !== "AWS::S3::BucketPolicy") expect({ id, DeletionPolicy }).toEqual({ id, DeletionPolicy: "Retain" });
    }
    expect(only(properties(data, "AWS::DynamoDB::GlobalTable"))).toMatchObject({
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
      Replicas: [
        { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
      ],
    });
    expect(only(properties(data, "AWS::KMS::Key"))).toMatchObject({ EnableKeyRotation: true });
  });

  test("the bucket is private, encrypted and spoken to over TLS only", () => {
    expect(only(properties(data, "AWS::S3::Bucket"))).toMatchObject({
      BucketEncryption: expect.anything(),
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    const { PolicyDocument } = only(properties(data, "AWS::S3::BucketPolicy"));
    // But for what is published, which the CDN of this account reads.
    const { Action, Resource, Principal, Condition } = only(allowed(PolicyDocument));
    expect({ Action, Principal }).toEqual({
      Action: ["s3:GetObject"],
      Principal: { Service: "cloudfront.amazonaws.com" },
    });
    expect(JSON.stringify(Resource)).toContain(`"/m/*"`);
    expect(JSON.stringify(Condition)).toMatch(/"aws:SourceArn":.*"AWS::AccountId".*":distribution\/\*"/);
    expect(JSON.stringify(PolicyDocument)).toContain(`"aws:SecureTransport":"false"`);
  });

  test("no resource is open by its own policy, and no function has an address of its own", () => {
    expect(properties(app, "AWS::Lambda::Url")).toEqual([]);
    expect(properties(data, "AWS::Events::EventBusPolicy")).toEqual([]);
    const policies = [...properties(app, "AWS::SQS::QueuePolicy"), ...properties(app, "AWS::SNS::TopicPolicy")];
    for (const { Principal } of policies.flatMap(({ PolicyDocument }) => allowed(PolicyDocument))) {
      expect(Principal).toEqual({ Service: expect.stringMatching(/^(events|cloudwatch)\.amazonaws\.com$/) });
    }
    for (const permission of [app, routes].flatMap((stack) => properties(stack, "AWS::Lambda::Permission"))) {
      expect(permission).toMatchObject({
        Principal: expect.stringMatching(/^(apigateway|events)\.amazonaws\.com$/),
        SourceArn: expect.anything(),
      });
    }
  });

  test("no function is told of test servers, which requests may reach on loopback", () => {
    expect(JSON.stringify(properties(app, "AWS::Lambda::Function"))).not.toContain("OUTGOING_TEST_SERVERS");
  });

  test("draws on the public beacon: no function is told of another, and none brings the local one along", () => {
    expect(JSON.stringify(properties(app, "AWS::Lambda::Function"))).not.toContain('"BEACON"');
    const code = globSync("bundles/contests-*/*.mjs", { cwd: folder }).map((path) =>
      readFileSync(join(folder, path), "utf8"),
    );
    expect(code.filter((text) => text.includes("https://api.drand.sh")).length).toBeGreaterThan(0);
    expect(code.filter((text) => /samenspraak-local|infra\/local/.test(text))).toEqual([]);
  });

  test("a role names its actions and its resources", () => {
    expect([...properties(app, "AWS::IAM::Policy"), ...properties(app, "AWS::IAM::ManagedPolicy")]).toEqual([]);
    expect(properties(app, "AWS::IAM::Role")).toHaveLength(wakings.length);
    // The streams of one log group, the objects of the one bucket, and the replays that webhooks asked for.
    const inAll = /(:log-stream:\*|:replay\/ws_\*|"\/\*"|"\/aws\/lambda\/\*")/;
    for (const role of properties(app, "AWS::IAM::Role")) {
      expect(role.ManagedPolicyArns).toBeUndefined();
      const policies = z.array(z.object({ PolicyDocument: z.unknown() })).parse(role.Policies);
      for (const { Action, Resource } of policies.flatMap(({ PolicyDocument }) => allowed(PolicyDocument))) {
        // The account's sending quota is no resource (Service Authorization Reference, Amazon SES v2).
        if (isDeepStrictEqual([...Action], ["ses:GetAccount"])) continue;
        expect(Action.filter((action) => action.includes("*"))).toEqual([]);
        expect(JSON.stringify(Resource).replace(inAll, "")).not.toContain("*");
      }
    }
  });

  test("a function may only do what the modules in its bundle need", () => {
    const docs = only(all(app, "AWS::IAM::Role").filter(([id]) => id.startsWith("platformdocsrole")))[1];
    expect(JSON.stringify(docs.Properties)).not.toContain("ses:");
    const relay = only(all(app, "AWS::IAM::Role").filter(([id]) => id.startsWith("platformrelayrole")))[1];
    expect(JSON.stringify(relay.Properties)).toContain("events:PutEvents");
    const others = all(app, "AWS::IAM::Role").filter(([id]) => !id.startsWith("platformrelayrole"));
    expect(JSON.stringify(others)).not.toContain("events:PutEvents");
  });
});

describe("with a domain", () => {
  const distribution = () =>
    z
      .object({
        Aliases: z.array(z.string()),
        DefaultCacheBehavior: z.record(z.string(), z.unknown()),
        CacheBehaviors: z.array(z.object({ PathPattern: z.string() }).loose()),
        Logging: z.undefined().optional(),
        ViewerCertificate: z.unknown(),
        OriginGroups: z.unknown(),
      })
      .loose()
      .parse(only(properties(cdn, "AWS::CloudFront::Distribution")).DistributionConfig);
  const behaviour = (path: string) => only(distribution().CacheBehaviors.filter((one) => one.PathPattern === path));
  /** CloudFront's own policies, by their documented ids. */
  const [cachingDisabled, cachingOptimized] = [
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    "658327ea-f89d-4fab-a63d-7e88639e58f6",
  ];
  const allViewerExceptHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

  test("every request goes through the CDN, over TLS 1.2 at least, and each link says the domain", () => {
    expect(distribution()).toMatchObject({
      Aliases: ["example.org"],
      HttpVersion: "http2and3",
      ViewerCertificate: {
        MinimumProtocolVersion: "TLSv1.2_2021",
        AcmCertificateArn: {
          "Fn::GetStackOutput": {
            StackName: "samenspraak-certificate",
            OutputName: "CertificateArn",
            Region: "us-east-1",
          },
        },
      },
    });
    for (const { Environment } of properties(app, "AWS::Lambda::Function"))
      expect(Environment).toMatchObject({ Variables: { PUBLIC_URL: "https://example.org" } });
    const certificate = Template.parse(JSON.parse(readFileSync(fileOf("certificate"), "utf8")));
    expect(only(properties(certificate, "AWS::CertificateManager::Certificate"))).toMatchObject({
      DomainName: "example.org",
      ValidationMethod: "DNS",
    });
    expect(cdn.Outputs).toHaveProperty("DomainRecord");
  });

  test("nothing of the API is kept, pages are kept only as they say, and the visitor's host reaches the functions", () => {
    const toFunctions = {
      ViewerProtocolPolicy: "redirect-to-https",
      OriginRequestPolicyId: allViewerExceptHost,
      Compress: true,
    };
    const policies = all(cdn, "AWS::CloudFront::CachePolicy");
    const pages = only(policies.filter(([id]) => id.startsWith("Pages")));
    const cards = only(policies.filter(([id]) => id.startsWith("Cards")));
    for (const path of ["/c/*/card.png", "/p/*/card.png"])
      expect(behaviour(path)).toMatchObject({ ...toFunctions, CachePolicyId: { Ref: cards[0] } });
    expect(cards[1].Properties.CachePolicyConfig).toMatchObject({ MinTTL: 0, DefaultTTL: 0, MaxTTL: 86_400 });
    expect(distribution().DefaultCacheBehavior).toMatchObject({ ...toFunctions, CachePolicyId: { Ref: pages[0] } });
    expect(pages[1].Properties.CachePolicyConfig).toMatchObject({ MinTTL: 0, DefaultTTL: 0, MaxTTL: 60 });
    expect(behaviour("/v1/*")).toMatchObject({ ...toFunctions, CachePolicyId: cachingDisabled });
    for (const one of [distribution().DefaultCacheBehavior, behaviour("/v1/*")]) {
      expect(one.AllowedMethods).toEqual(expect.arrayContaining(["DELETE", "PATCH", "POST", "PUT"]));
      expect(one.FunctionAssociations).toMatchObject([{ EventType: "viewer-request" }]);
    }
  });

  test("the host that a visitor asked for and their address are passed on, whatever the visitor says they are", () => {
    const code = z.string().parse(only(properties(cdn, "AWS::CloudFront::Function")).FunctionCode);
    const handler = new Function(`${code}; return handler;`)();
    const headers = {
      host: { value: "acties.example.nl" },
      "x-viewer-host": { value: "other.example" },
      "x-viewer-address": { value: "198.51.100.9" },
    };
    expect(handler({ request: { uri: "/c/a", headers }, viewer: { ip: "192.0.2.1" } })).toEqual({
      uri: "/c/a",
      headers: {
        host: { value: "acties.example.nl" },
        "x-viewer-host": { value: "acties.example.nl" },
        "x-viewer-address": { value: "192.0.2.1" },
      },
    });
  });

  test("what the CDN says of a visitor is believed by a key, which CloudFormation makes and no template holds", () => {
    const [id] = only(all(app, "AWS::SecretsManager::Secret"));
    const { Origins } = z
      .object({ Origins: z.array(z.object({ OriginCustomHeaders: z.unknown().optional() }).loose()) })
      .parse(only(properties(cdn, "AWS::CloudFront::Distribution")).DistributionConfig);
    const shown = Origins.filter(({ OriginCustomHeaders }) => OriginCustomHeaders !== undefined);
    expect(only(shown).OriginCustomHeaders).toMatchObject([{ HeaderName: "x-cdn-key" }]);
    expect(JSON.stringify(only(shown).OriginCustomHeaders)).toContain("{{resolve:secretsmanager:");
    const known = all(app, "AWS::Lambda::Function").filter(([, { Properties }]) =>
      JSON.stringify(Properties.Environment).includes("CDN_KEY"),
    );
    expect(known.map(([name]) => name)).toContainEqual(expect.stringMatching(/^pollspage/));
    for (const [name, { Properties }] of known)
      expect(Properties.Environment, name).toMatchObject({
        Variables: {
          CDN_KEY: { "Fn::Join": ["", ["{{resolve:secretsmanager:", { Ref: id }, ":SecretString:::}}"]] },
        },
      });
  });

  test("published media come from the bucket, which only the CDN may read; a function answers for what is not there", () => {
    const media = behaviour("/m/*");
    expect(media).toMatchObject({ CachePolicyId: cachingOptimized, AllowedMethods: ["GET", "HEAD"] });
    expect(distribution().OriginGroups).toMatchObject({
      Items: [{ Id: media.TargetOriginId, FailoverCriteria: { StatusCodes: { Items: [403, 404] } } }],
    });
    expect(only(properties(cdn, "AWS::CloudFront::OriginAccessControl"))).toMatchObject({
      OriginAccessControlConfig: { SigningBehavior: "always", OriginAccessControlOriginType: "s3" },
    });
    const policy = only(properties(cdn, "AWS::CloudFront::ResponseHeadersPolicy")).ResponseHeadersPolicyConfig;
    expect(JSON.stringify(policy)).toContain("sandbox");
    // What a function says itself stays, so that no header is there twice.
    expect(JSON.stringify(policy)).not.toContain(`"Override":true`);
  });
});

describe("each stack", () => {
  // CloudFormation allows 500.
  test("has fewer than 450 resources", () => {
    for (const template of [data, app, routes]) expect(Object.keys(template.Resources).length).toBeLessThan(450);
  });

  test("says what others need", () => {
    expect(Object.keys({ ...data.Outputs, ...app.Outputs })).toEqual(
      expect.arrayContaining(["ApiUrl", "BusArn", "TableName"]),
    );
  });

  test("has no finding of cdk-nag without a reason, and no reason without a finding", () => {
    const findings = new Findings();
    const { violations } = findings.validateScope(cdk);
    const named = violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    );
    expect(named).toEqual([]);
    expect(reasons.filter((reason) => !findings.used.has(reason))).toEqual([]);
  });

  test("is found without error by CloudFormation's own validation", () => {
    const engine = new CelEngine();
    try {
      for (const stack of ["data", "app", "routes", "cdn", "certificate"]) {
        const { diagnostics } = engine.validateStandard(new TemplateFile(fileOf(stack)));
        const errors = diagnostics.filter(({ severity }) => severity === "ERROR" || severity === "FATAL");
        expect(errors.map(({ ruleId, message }) => `${ruleId} ${message}`)).toEqual([]);
      }
    } finally {
      engine.free();
    }
  });

  test("costs less than 10 dollars a month while nothing happens", () => {
    const seconds = 30 * 24 * 3600;
    const alarmMetrics = properties(app, "AWS::CloudWatch::Alarm").reduce(
      (sum, { Metrics }) => sum + (Array.isArray(Metrics) ? Metrics.filter((one) => "MetricStat" in one).length : 1),
      0,
    );
    const dollars = {
      keys: properties(data, "AWS::KMS::Key").length * 1,
      alarms: alarmMetrics * 0.1,
      // Lambda asks an idle queue with five long polls of 20 s.
      queues: [...wokenBy("due"), ...wokenBy("work")].length * ((5 * seconds) / 20) * prices.queueRequest,
      // A minute's run: 0.2 s of 0.5 GB, and a read of each of the 16 due partitions twice, and the mark written twice.
      minutes:
        wokenBy("minute").length *
        (seconds / 60) *
        (prices.invocation + 0.2 * 0.5 * prices.gbSecond + 33 * prices.readUnit + 2 * prices.writeUnit),
    };
    const sum = Object.values(dollars).reduce((a, b) => a + b);
    expect(sum, JSON.stringify(dollars)).toBeLessThan(10);
  });
});

const sources = () => globSync("functions/**/*.ts", { cwd: root }).sort();
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** What a file imports, as written; `types` also what only the type checker sees. */
const importsOf = (path: string, { types }: { types: boolean }): string[] => {
  const text = read(path).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const statements = text.matchAll(/^(?:import|export)\s+(?<type>type\s)?(?:[^"';]*?\sfrom\s+)?"(?<from>[^"]+)"/gm);
  const calls = text.matchAll(/\bimport\("(?<from>[^"]+)"\)/g);
  return [...statements, ...calls].flatMap(({ groups }) => (groups?.type && !types ? [] : [groups?.from ?? ""]));
};
const within = (path: string, specifier: string) =>
  relative(root, resolve(root, dirname(path), specifier)).replaceAll("\\", "/");

describe("imports", () => {
  const order = [
    "events",
    "platform",
    "charts",
    "workspaces",
    "mail",
    "media",
    "channels",
    "links",
    "posts",
    "inbox",
    "people",
    "polls",
    "ideas",
    "contests",
    "webhooks",
    "notices",
    "activity",
    "reports",
    "exports",
    "removals",
    "showcase",
  ];
  const capability = (path: string) => path.split("/")[1] ?? "";

  test("point left", () => {
    const wrong = sources()
      .filter((path) => path !== "functions/manifest.ts")
      .flatMap((path) => {
        const own = order.indexOf(capability(path));
        expect({ path, own }).not.toEqual({ path, own: -1 });
        return (
          importsOf(path, { types: true })
            .filter((from) => from.startsWith("."))
            .map((from) => within(path, from))
            // The type of what wakes a function may be known to all.
            .filter((to) => !(order.indexOf(capability(to)) <= own && order.includes(capability(to))))
            .map((to) => `${path} → ${to}`)
        );
      });
    expect(wrong).toEqual([]);
  });

  test("of functions stay among functions, and name files that exist", () => {
    const astray = sources().flatMap((path) =>
      importsOf(path, { types: true })
        .filter((from) => from.startsWith("."))
        .map((from) => within(path, from))
        .filter((to) => !(to.startsWith("functions/") && existsSync(join(root, to))))
        .map((to) => `${path} → ${to}`),
    );
    expect(astray).toEqual([]);
  });

  test("form no cycle", () => {
    const edges = new Map(
      sources().map((path) => [
        path,
        importsOf(path, { types: false })
          .filter((from) => from.startsWith("."))
          .map((from) => within(path, from)),
      ]),
    );
    const done = new Set<string>();
    const cycle = (path: string, way: readonly string[]): readonly string[] | undefined => {
      if (way.includes(path)) return [...way, path];
      if (done.has(path)) return undefined;
      const found = (edges.get(path) ?? []).map((to) => cycle(to, [...way, path])).find(Boolean);
      done.add(path);
      return found;
    };
    expect([...edges.keys()].map((path) => cycle(path, [])).find(Boolean)).toBeUndefined();
  });
});

describe("the OpenAPI document", () => {
  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );

  test("lists exactly the routes of the manifest, by their names", () => {
    const routes = wokenBy("routes").flatMap(({ wake }) =>
      Object.entries(wake.routes).map(([name, { method, path, access }]) => ({
        name,
        method,
        path,
        open: access === "public",
      })),
    );
    const listed = operations().map(({ path, method, operation }) => ({
      name: operation.operationId,
      method: method.toUpperCase(),
      path,
      open: operation.security.length === 0,
    }));
    const sorted = (things: readonly { name: string }[]) => things.toSorted((a, b) => a.name.localeCompare(b.name));
    expect(sorted(listed)).toEqual(sorted(routes));
  });

  test("has the shape of OpenAPI 3.1", () => {
    const Schema = z.record(z.string(), z.unknown());
    const Content = z.record(z.string().regex(/^[a-z]+\/[a-z0-9.+-]+$/), z.strictObject({ schema: Schema }));
    const Parameter = z.strictObject({
      name: z.string(),
      in: z.enum(["path", "query", "header"]),
      required: z.boolean(),
      description: z.string().optional(),
      schema: Schema,
    });
    const Response = z.strictObject({
      description: z.string().min(1),
      headers: z.record(z.string(), z.strictObject({ description: z.string(), schema: Schema })).optional(),
      content: Content.optional(),
    });
    const Operation = z.strictObject({
      operationId: z.string().regex(/^[A-Za-z]\w*$/),
      tags: z.array(z.string()).min(1),
      summary: z.string().min(1),
      description: z.string().optional(),
      security: z.array(z.record(z.string(), z.array(z.string()))),
      parameters: z.array(Parameter),
      requestBody: z.strictObject({ required: z.boolean(), content: Content }).optional(),
      responses: z.record(z.string().regex(/^[1-5]\d\d$/), Response),
    });
    const OpenApi31 = z.strictObject({
      openapi: z.literal("3.1.1"),
      info: z.object({ title: z.string(), version: z.string() }),
      servers: z.array(z.object({ url: z.string() })),
      tags: z.array(z.object({ name: z.string() })),
      paths: z.record(
        z.string().startsWith("/"),
        z
          .record(z.enum(["get", "post", "put", "patch", "delete"]).or(z.never()), Operation)
          .or(z.record(z.string(), Operation)),
      ),
      components: z.strictObject({
        schemas: z.record(z.string().regex(/^[A-Za-z0-9._-]+$/), Schema),
        securitySchemes: z.record(z.string(), z.unknown()),
      }),
    });
    expect(OpenApi31.safeParse(document).error?.issues).toBeUndefined();
  });

  test("says where something is waited for first, such as a code that was mailed: 202", () => {
    const waiting = operations().filter(
      ({ operation: { responses } }) => "202" in responses && ("201" in responses || "200" in responses),
    );
    const known = ["/p/{slug}", "/i/{slug}", "/i/{slug}/ideas/{ideaId}/support", "/i/{slug}/ideas/{ideaId}/comments"];
    expect(waiting.map(({ path }) => path)).toEqual(expect.arrayContaining(known));
  });

  test("names every variable of a path, and every reference leads somewhere", () => {
    for (const { path, operation } of operations()) {
      const inPath = operation.parameters.filter((one) => one.in === "path").map(({ name }) => name);
      expect({ path, inPath }).toEqual({ path, inPath: [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]) });
    }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? "");
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(references.filter((reference) => !known.includes(reference))).toEqual([]);
  });
});

describe("what people read", () => {
  /** The fixed texts of html`…` templates, nested ones apart; what is put in is a space. */
  const markups = (code: string): string[] => {
    const found: string[] = [];
    /** Reads a template from just behind its opening backtick; gives the place behind its closing one. */
    const template = (from: number, keep: boolean): number => {
      let text = "";
      let at = from;
      while (at < code.length && code[at] !== "`") {
        if (code[at] === "\\") {
          // An escaped letter (a new line, say) is no text.
          text += " ";
          at += 2;
        } else if (code.startsWith("${", at)) {
          at = expression(at + 2);
          text += "\0";
        } else {
          text += code[at];
          at++;
        }
      }
      if (keep) found.push(text);
      return at + 1;
    };
    /** Reads code up to the brace that closes it. */
    const expression = (from: number): number => {
      let at = from;
      for (let depth = 1; at < code.length; at++) {
        const quoted = /^(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/.*|\/\*[\s\S]*?\*\/)/.exec(
          code.slice(at, at + 4000),
        );
        if (quoted) at += quoted[0].length - 1;
        else if (code[at] === "`") at = template(at + 1, code.slice(0, at).endsWith("html")) - 1;
        else if (code[at] === "{") depth++;
        else if (code[at] === "}" && --depth === 0) return at + 1;
      }
      return at;
    };
    expression(0);
    return found;
  };

  const sentences = (markup: string): string[] => {
    const attributes = [...markup.matchAll(/\s(?:alt|title|placeholder|aria-label|content)="([^"]*)"/g)].map(
      (match) => match[1] ?? "",
    );
    const technical = /^(?:width=device-width.*|light dark|[\w/:.-]*)$/;
    const texts = markup.replace(/<[^>]*>/g, "\0").split("\0");
    return (
      [...texts, ...attributes.filter((text) => !technical.test(text))]
        .map((text) => text.replace(/&#?\w+;/g, " ").trim())
        // A fragment may add an attribute to a tag.
        .filter(
          (text) => /\p{L}/u.test(text) && !/^(?:checked|selected|disabled|required|hidden|open|autofocus)$/.test(text),
        )
    );
  };

  test("a sentence between tags is found, words and markup are not", () => {
    expect(
      markups(`const a = html\`<p title="$\{t}">$\{x ? html\`<b>Hello you</b>\` : "no } brace"}</p>\`;`).flatMap(
        sentences,
      ),
    ).toEqual(["Hello you"]);
  });

  test("comes from a words.ts, in Dutch and in English", () => {
    const literal = sources().flatMap((path) =>
      markups(read(path))
        .flatMap(sentences)
        .map((text) => `${path}: ${text}`),
    );
    expect(literal).toEqual([]);
  });
});

test("no tracked file names a machine's folder or another registry than npm's", async () => {
  const { stdout } = await run("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root });
  const text = /\.(?:[cm]?[jt]sx?|json[l]?|md|ya?ml|toml|sh|html|css|svg|txt)$|^[^.]+$|^\.[a-z]+(?:\/\w+)?$/;
  const suspicious =
    /(?:^|[\s"'`(=])\/(?:root|work|home|Users|mnt)\/\w|\bregistry\s*=|"resolved":\s"(?!https:\/\/registry\.npmjs\.org\/)/m;
  const named = stdout
    .split("\n")
    .filter(
      (path) =>
        text.test(path) &&
        statSync(join(root, path), { throwIfNoEntry: false })?.isFile() &&
        suspicious.test(read(path)),
    );
  expect(named).toEqual([]);
});

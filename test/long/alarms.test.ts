import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import * as z from "zod";
import { functions } from "../../functions/manifest.ts";
import type { Datum } from "../../infra/local/metrics.ts";
import { apiId } from "../../infra/local/names.ts";
import { type System, startSystem } from "../../infra/local/system.ts";
import { addStacks } from "../../infra/stacks.ts";
import { breakable, broken } from "../breakable.ts";
import { emptyDatabase } from "../databases.ts";
import { httpRequest } from "../http.ts";

// Each alarm of the template is made to go off: its trouble is caused on the local runner, and its own expression and
// threshold are applied to the metrics that the runner recorded under AWS's names.

/** What AWS publishes by itself, as far as it is of use here: the page on metrics in each service's guide. */
const published: Readonly<Record<string, readonly string[]>> = {
  // docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
  "AWS/Lambda": ["Invocations", "Errors", "Throttles", "Duration", "IteratorAge", "ConcurrentExecutions"],
  // docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
  "AWS/ApiGateway": ["4xx", "5xx", "Count", "IntegrationLatency", "Latency", "DataProcessed"],
  // docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
  "AWS/SQS": ["ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "NumberOfMessagesSent"],
  // docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
  "AWS/SES": ["Reputation.BounceRate", "Reputation.ComplaintRate"],
  // docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
  "AWS/DynamoDB": ["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ThrottledRequests", "SystemErrors"],
};
const root = join(import.meta.dirname, "../..");
/** What our functions say in their logs: each call of log.metric, and the table beside it where it chooses a name. */
const embedded = new Set(
  globSync("functions/**/*.ts", { cwd: root }).flatMap((path) => {
    const text = readFileSync(join(root, path), "utf8");
    const named = [...text.matchAll(/log\.metric\("(\w+)"/g)];
    const chosen = text.includes("log.metric(metric,")
      ? [...(/const metrics\b.*?= \{(.*?)\};/s.exec(text)?.[1] ?? "").matchAll(/"(\w+)"/g)]
      : [];
    return [...named, ...chosen].map((match) => match[1] ?? "");
  }),
);
const exists = (namespace: string, name: string): boolean =>
  namespace === "samenspraak" ? embedded.has(name) : (published[namespace]?.includes(name) ?? false);

/** The logical id that a reference is to. */
const Reference = z.union([
  z.object({ Ref: z.string() }).transform(({ Ref }) => Ref),
  z.object({ "Fn::GetAtt": z.tuple([z.string(), z.string()]) }).transform((one) => one["Fn::GetAtt"][0]),
]);
const Dimensions = z.array(z.object({ Name: z.string(), Value: z.union([z.string(), Reference]) })).default([]);
const Metric = z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions });
const Shared = {
  ComparisonOperator: z.literal("GreaterThanOrEqualToThreshold"),
  EvaluationPeriods: z.literal(1),
  Threshold: z.number(),
  TreatMissingData: z.literal("notBreaching"),
};
const AlarmProperties = z.union([
  Metric.extend({ ...Shared, Statistic: z.string(), Period: z.number() }),
  z.object({
    ...Shared,
    Metrics: z.array(
      z.union([
        z.object({ Expression: z.string() }),
        z.object({ MetricStat: z.object({ Metric, Period: z.number(), Stat: z.string() }) }),
      ]),
    ),
  }),
]);

type Stat = z.infer<typeof Metric> & { period: number; stat: string };
type Watch = { threshold: number; expression: string; stats: Stat[] };
const watchOf = (properties: unknown): Watch => {
  const alarm = AlarmProperties.parse(properties);
  if (!("Metrics" in alarm)) {
    const { Threshold, Period, Statistic, ...metric } = alarm;
    return { threshold: Threshold, expression: "MAX", stats: [{ ...metric, period: Period, stat: Statistic }] };
  }
  const stats = alarm.Metrics.flatMap((one) => ("MetricStat" in one ? [one.MetricStat] : []));
  const expressions = alarm.Metrics.flatMap((one) => ("Expression" in one ? [one.Expression] : []));
  expect(expressions).toHaveLength(1);
  return {
    threshold: alarm.Threshold,
    expression: /^(SUM|MAX)\(\[[m\d, ]+\]\)$/.exec(expressions[0]!)?.[1] ?? "unknown",
    stats: stats.map(({ Metric, Period, Stat }) => ({ ...Metric, period: Period, stat: Stat })),
  };
};

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
const combining: Readonly<Record<string, (values: number[]) => number>> = {
  SUM: sum,
  Sum: sum,
  MAX: (values) => Math.max(...values),
  Maximum: (values) => Math.max(...values),
};
const combine = (how: string, values: number[]): number => {
  const known = combining[how];
  if (!known) throw new Error(`This test does not know the statistic or expression ${how}.`);
  return known(values);
};

const Template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});
let template: z.infer<typeof Template>;
/** By name, as alarms.ts has it, without hyphens. */
let alarms: [name: string, watch: Watch][];

/** What the local runner calls a resource of the template. */
const localName = (value: string): string => {
  const resource = template.Resources[value];
  if (resource?.Type === "AWS::Lambda::Function") return String(resource.Properties.FunctionName);
  if (resource?.Type === "AWS::ApiGatewayV2::Api") return apiId;
  if (resource?.Type === "AWS::SQS::Queue") return "dead-letters";
  return value;
};

/** The highest that an alarm's metric was in any of its periods; undefined where nobody published anything. */
const reached = ({ expression, stats }: Watch, data: readonly Datum[]): number | undefined => {
  const periods = new Map<number, number[]>();
  for (const { Namespace, MetricName, Dimensions, period, stat } of stats) {
    const wanted = JSON.stringify(Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, localName(Value)])));
    const mine = data.filter(
      ({ namespace, name, dimensions }) =>
        namespace === Namespace && name === MetricName && JSON.stringify(dimensions) === wanted,
    );
    for (const [start, some] of Map.groupBy(mine, ({ at }) => Math.floor(at / (period * 1000)))) {
      const values = some.map(({ value }) => value);
      periods.set(start, [...(periods.get(start) ?? []), combine(stat, values)]);
    }
  }
  const values = [...periods.values()].map((together) => combine(expression, together));
  return values.length > 0 ? Math.max(...values) : undefined;
};

/** While something runs, and all that it causes, these functions fail. */
const without = async (files: readonly string[], run: () => Promise<unknown>): Promise<void> => {
  for (const file of files) broken.add(file);
  await run();
  await system.settle();
  broken.clear();
};

const folder = mkdtempSync(join(tmpdir(), "samenspraak-alarms-"));
const minutes = (n: number) => n * 60_000;
const after = (ms: number) => new Date(system.clock.now() + ms).toISOString();
const Thing = z.object({ id: z.string() });
let system: System;
let key: string;
let channel: string;
const ask = (method: string, path: string, body?: unknown) => httpRequest(system.url, method, path, { key, body });
const schedule = () =>
  ask("POST", "/v1/posts", { text: `Vers brood, ${after(0)}`, channels: [channel], at: after(minutes(5)) });

beforeAll(async () => {
  const { context } = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8"));
  const cdk = new App({ outdir: folder, context: { ...context, domain: "example.org" }, analyticsReporting: false });
  await addStacks(cdk, functions);
  cdk.synth();
  template = Template.parse(JSON.parse(readFileSync(join(folder, "samenspraak-app.template.json"), "utf8")));
  alarms = Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm")
    .map(([id, { Properties }]) => [id.replace(/[0-9A-F]{8}$/, ""), watchOf(Properties)]);
  system = await startSystem({
    functions: breakable,
    clock: { frozen: { at: "2026-06-01T10:00:00.000Z" } },
    dynamodb: await emptyDatabase(inject("databases")),
    say: () => undefined,
  });
  const made = await system.invoke("workspaces/create", { name: "Bakkerij Zon" });
  key = z.object({ apiKey: z.string() }).parse(made).apiKey;
  channel = (await ask("POST", "/v1/channels", { network: "feed", name: "Zon", handle: "zon" })).as(Thing).id;
});
afterAll(async () => {
  await system.stop();
  rmSync(folder, { recursive: true });
});

/** Someone with this address is invited to the workspace, by mail. */
const mailTo = async (email: string): Promise<void> => {
  const invited = await ask("POST", "/v1/members", { address: email, role: "viewer" });
  expect(invited.status).toBe(201);
  await system.settle();
};

/** An address that nobody answers at, told of an event. */
const silentReceiver = async (): Promise<void> => {
  process.env.OUTGOING_TEST_SERVERS = "127.0.0.1:9";
  const made = await ask("POST", "/v1/webhooks", { url: "http://127.0.0.1:9/hook", events: ["channel.changed"] });
  expect(made.status).toBe(201);
  await ask("PATCH", `/v1/channels/${channel}`, { name: "Zon en Maan" });
  await system.advance(minutes(24 * 60));
  delete process.env.OUTGOING_TEST_SERVERS;
};

/** What makes each alarm go off. */
const troubles: Readonly<Record<string, () => Promise<unknown>>> = {
  deadletters: () =>
    without(["posts/deliver"], async () => {
      await schedule();
      await system.advance(minutes(60));
    }),
  servererrors: () => without(["polls/api"], () => ask("GET", "/v1/polls")),
  late: () =>
    without(["posts/deliver"], async () => {
      await schedule();
      await system.advance(minutes(12));
    }),
  errors: () => without(["activity/record"], () => ask("PATCH", `/v1/channels/${channel}`, { name: "Zon en Zee" })),
  streambehind: () => without(["platform/relay"], () => schedule()),
  webhooksfailing: silentReceiver,
  mailbounces: () => mailTo("bounce@simulator.amazonses.com"),
  mailcomplaints: () => mailTo("complaint@simulator.amazonses.com"),
};
describe("an alarm", () => {
  test("goes off when its trouble happens, and not before", async () => {
    await schedule();
    await system.advance(minutes(10));
    for (const [name, watch] of alarms) {
      const quiet = reached(watch, system.metrics) ?? 0;
      expect({ name, quiet, isQuiet: quiet < watch.threshold }).toMatchObject({ isQuiet: true });
    }
    for (const [name, watch] of alarms) {
      const from = system.metrics.length;
      const trouble = troubles[name];
      if (!trouble) throw new Error(`Nothing in this test makes the alarm ${name} go off.`);
      await trouble();
      const value = reached(watch, system.metrics.slice(from)) ?? "never published";
      expect({ name, value, isLoud: Number(value) >= watch.threshold }).toMatchObject({ isLoud: true });
    }
  });

  test("watches only what AWS or our functions publish", () => {
    const invented = alarms.flatMap(([name, { stats }]) =>
      stats.filter((one) => !exists(one.Namespace, one.MetricName)).map(({ MetricName }) => `${name}: ${MetricName}`),
    );
    expect(invented).toEqual([]);
    expect(exists("samenspraak", "Invented")).toBe(false);
  });
});

describe("the dashboard", () => {
  /** Its body, each reference as the logical id of what it refers to. */
  const body = (): unknown => {
    const [only, ...more] = Object.values(template.Resources).filter(
      ({ Type }) => Type === "AWS::CloudWatch::Dashboard",
    );
    expect(more).toEqual([]);
    const Joined = z.object({ "Fn::Join": z.tuple([z.literal(""), z.array(z.unknown())]) });
    const parts = Joined.parse(only?.Properties.DashboardBody)["Fn::Join"][1];
    const text = (part: unknown) => (typeof part === "string" ? part : (Reference.safeParse(part).data ?? "elsewhere"));
    return JSON.parse(parts.map(text).join(""));
  };
  const Widgets = z.object({
    widgets: z.array(z.object({ properties: z.object({ metrics: z.array(z.array(z.unknown())).default([]) }) })),
  });
  const Search = z.object({ expression: z.string() });

  test("is one, and shows only what is published, of resources that exist", () => {
    const lines = Widgets.parse(body()).widgets.flatMap(({ properties }) => properties.metrics);
    const metrics = lines.filter(([first]) => typeof first === "string").map((line) => line.map(String));
    expect(metrics.length).toBeGreaterThan(10);
    // What more than these cost.
    expect(metrics.length).toBeLessThanOrEqual(50);
    expect(metrics.filter(([namespace = "", name = ""]) => !exists(namespace, name))).toEqual([]);
    const ofOurs = metrics.filter(([namespace]) => namespace !== "AWS/DynamoDB" && namespace !== "samenspraak");
    for (const [, , , resource] of ofOurs) expect(Object.keys(template.Resources)).toContain(resource);
    for (const { expression } of lines.flatMap(([first]) => Search.safeParse(first).data ?? [])) {
      const [, namespace = "", name = ""] = /\{([\w/]+),FunctionName\} MetricName="(\w+)"/.exec(expression) ?? [];
      expect({ expression, exists: exists(namespace, name) }).toEqual({ expression, exists: true });
    }
  });
});

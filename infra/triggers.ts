import { Duration, RemovalPolicy, type Stack } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import { HttpApi, HttpStage, LogGroupLogDestination } from "aws-cdk-lib/aws-apigatewayv2";
import { type CfnRule, type IEventBus, Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as Target } from "aws-cdk-lib/aws-events-targets";
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { FilterCriteria, type Function as LambdaFunction, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { DynamoEventSource, S3OnFailureDestination, SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { CfnQueuePolicy, type IQueue, Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { Wakeable } from "../functions/manifest.ts";
import type { DataStack } from "./data-stack.ts";
import type { Wake } from "./wakes.ts";

type Reads = Extract<Wake, { by: "stream" }>["reads"];

/** Everyone's requests in a second: the account's own default of API Gateway, stated so that it can be found and changed. */
const throttle = { rateLimit: 10_000, burstLimit: 5_000 };

/** The one gateway. Its log names requests and routes, and no visitor. */
export const addApi = (scope: Construct): HttpApi => {
  const httpApi = new HttpApi(scope, "Api", { apiName: "samenspraak", createDefaultStage: false });
  const accessLog = new LogGroup(scope, "ApiLog", {
    logGroupName: "/aws/vendedlogs/samenspraak-api",
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  new HttpStage(scope, "Stage", {
    httpApi,
    stageName: "$default",
    autoDeploy: true,
    throttle,
    accessLogSettings: {
      destination: new LogGroupLogDestination(accessLog),
      format: AccessLogFormat.custom(
        JSON.stringify({
          requestId: "$context.requestId",
          at: "$context.requestTimeEpoch",
          route: "$context.routeKey",
          status: "$context.status",
          milliseconds: "$context.responseLatency",
          bytes: "$context.responseLength",
          error: "$context.error.messageString",
          integrationError: "$context.integrationErrorMessage",
          authorizerError: "$context.authorizer.error",
        }),
      ),
    },
  });
  return httpApi;
};

/** Where config.ts expects the queue of a kind of due time: its URL up to the kind. */
export const dueQueuePrefix = (stack: Stack): string =>
  `https://sqs.${stack.region}.${stack.urlSuffix}/${stack.account}/samenspraak-due-`;

/** The delay queue of one kind of due time. `timeout`: of the function that reads it. */
export const addDueQueue = (scope: Construct, kind: string, timeout: Duration, deadLetters: IQueue): Queue =>
  new Queue(scope, `due-${kind}`, {
    queueName: `samenspraak-due-${kind.replaceAll(".", "-")}`,
    // Six times the function's timeout, as Lambda asks, so that a message under way is not handed out again.
    visibilityTimeout: Duration.seconds(6 * timeout.toSeconds()),
    retentionPeriod: Duration.days(4),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
  });

/** One policy for all of these queues, which are spoken to over TLS only; one each, as CDK makes them, is as many resources. */
export const overTlsOnly = (scope: Construct, id: string, queues: readonly Queue[]): void => {
  const noPlainText = new PolicyStatement({
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ["sqs:*"],
    resources: queues.map(({ queueArn }) => queueArn),
    conditions: { Bool: { "aws:SecureTransport": "false" } },
  });
  new CfnQueuePolicy(scope, id, {
    queues: queues.map(({ queueUrl }) => queueUrl),
    policyDocument: new PolicyDocument({ statements: [noPlainText] }),
  });
};

/** `atOnce`: so many invocations run side by side at most. */
export const onDue = (lambda: LambdaFunction, queue: IQueue, atOnce: number | undefined): void =>
  lambda.addEventSource(
    new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: atOnce }),
  );

const replayRuleName = "samenspraak-replays";
/** The ARN of the rule that takes replays: config.ts tells it to a function that the rule itself refers to. */
export const replayRuleArn = (stack: Stack, bus: IEventBus): string =>
  stack.formatArn({ service: "events", resource: "rule", resourceName: `${bus.eventBusName}/${replayRuleName}` });
/** How the names of our replays begin, as webhooks/replay.ts makes them: an operator's own are nobody's here. */
const replayNames = "ws_";
/** Replays of ours, by the ARN that the start of one asks for. */
export const replayArns = (stack: Stack): string =>
  stack.formatArn({ service: "events", resource: "replay", resourceName: `${replayNames}*` });

/** `atOnce`: how many invocations run at once at most. */
export const onWork = (lambda: LambdaFunction, queue: IQueue, atOnce: number | undefined): void =>
  lambda.addEventSource(
    new SqsEventSource(queue, {
      batchSize: 10,
      ...(atOnce === undefined ? {} : { maxConcurrency: atOnce }),
      reportBatchItemFailures: true,
    }),
  );

export const onEvents = (
  scope: Construct,
  id: string,
  lambda: LambdaFunction,
  { bus, names, deadLetters }: { bus: IEventBus; names: NonNullable<Wakeable["on"]>; deadLetters: IQueue },
): void => {
  const rule = new Rule(scope, `${id}-rule`, {
    eventBus: bus,
    ...(names === "replays" ? { ruleName: replayRuleName } : {}),
    eventPattern: { source: ["samenspraak"], ...(typeof names === "string" ? {} : { detailType: [...names] }) },
    targets: [patientTarget(lambda, deadLetters)],
  });
  // A replay would otherwise do everything again: mail every winner, say.
  const replayed = names === "replays" ? { prefix: replayNames } : { exists: false };
  (rule.node.defaultChild as CfnRule).addPropertyOverride("EventPattern.replay-name", [replayed]);
  keepFailed(lambda, deadLetters);
};

export const onEveryMinute = (scope: Construct, id: string, lambda: LambdaFunction, deadLetters: IQueue): void => {
  new Rule(scope, `${id}-schedule`, {
    schedule: Schedule.rate(Duration.minutes(1)),
    // The next minute does what this one left: after two minutes there is nothing to catch up on.
    targets: [new Target(lambda, { deadLetterQueue: deadLetters, retryAttempts: 2, maxEventAge: Duration.minutes(2) })],
  });
  keepFailed(lambda, deadLetters);
};

/** EventBridge tries for a day to reach the function; then the event is a dead letter. */
const patientTarget = (lambda: LambdaFunction, deadLetterQueue: IQueue) =>
  new Target(lambda, { deadLetterQueue, retryAttempts: 185, maxEventAge: Duration.hours(24) });

/** A rule's dead-letter queue knows only of failed delivery: this catches what was delivered and then failed, three times. */
export const keepFailed = (lambda: LambdaFunction, deadLetters: IQueue): void =>
  lambda.configureAsyncInvoke({
    onFailure: new SqsDestination(deadLetters),
    retryAttempts: 2,
    maxEventAge: Duration.hours(6),
  });

/** One of the stream's two readers. What fails 20 times is left in the bucket, and the stream goes on. */
export const onStream = (lambda: LambdaFunction, { table, bucket }: DataStack, reads: Reads): void =>
  lambda.addEventSource(
    new DynamoEventSource(table, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [FilterCriteria.filter({ dynamodb: { NewImage: { kind: { S: kindPattern(reads.kinds) } } } })],
      batchSize: 1000,
      maxBatchingWindow: seconds(reads.batchWindow),
      tumblingWindow: seconds(reads.window),
      parallelizationFactor: 1,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: 20,
      onFailure: new S3OnFailureDestination(bucket),
    }),
  );

const kindPattern = (kinds: Reads["kinds"]) =>
  "anything-but" in kinds ? [{ "anything-but": [...kinds["anything-but"]] }] : [...kinds];
const seconds = (n: number | undefined) => (n === undefined ? undefined : Duration.seconds(n));

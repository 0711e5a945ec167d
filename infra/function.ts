import { ArnFormat, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { Waking } from "./wakes.ts";

/** Where a function's code lies on AWS; docs.ts finds its files there, beside its own. */
export const taskRoot = "/var/task";

const usual = { timeoutSeconds: 20, memoryMB: 512 };

export type FunctionProps = {
  waking: Waking;
  log: LogGroup;
  /** The folder with index.mjs. */
  code: string;
  environment: Record<string, string>;
  /** What its code may call. */
  needs: PolicyStatement[];
  /** What Lambda itself does with its role to wake it and to keep what failed, beside writing its log. */
  byLambda: PolicyStatement[];
};

/** The one log of all functions, each of whose lines names its own. */
export const addLog = (scope: Construct): LogGroup =>
  new LogGroup(scope, "Log", {
    logGroupName: "/aws/lambda/samenspraak",
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });

/** One Lambda, with a role that allows just what is named here. */
export const addFunction = (scope: Construct, { waking, log, code, environment, needs, byLambda }: FunctionProps) => {
  const { functionName, limits } = waking;
  const id = waking.file.replaceAll("/", "-");
  return new LambdaFunction(scope, id, {
    functionName,
    description: `functions/${waking.file}.ts`,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: "index.handler",
    code: Code.fromAsset(code),
    timeout: timeoutOf(waking),
    memorySize: limits.memoryMB ?? usual.memoryMB,
    environment,
    logGroup: log,
    // Our lines are JSON already, written to standard output, and so are left as they are. Lambda's own, three of each
    // invocation, would cost more than the entry that it took.
    loggingFormat: LoggingFormat.JSON,
    systemLogLevelV2: SystemLogLevel.WARN,
    role: roleOf(scope, id, { needs, byLambda: [writeLog(scope), ...byLambda] }),
  });
};

export const timeoutOf = ({ limits }: Waking): Duration =>
  Duration.seconds(limits.timeoutSeconds ?? usual.timeoutSeconds);

/** CDK is kept from adding to it, so that a role says in one place what its function may do. */
const roleOf = (
  scope: Construct,
  id: string,
  { needs, byLambda }: Pick<FunctionProps, "needs" | "byLambda">,
): IRole => {
  const policy = (statements: PolicyStatement[]) => new PolicyDocument({ statements, minimize: true });
  return new Role(scope, `${id}-role`, {
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: {
      "by-lambda": policy(byLambda),
      ...(needs.length > 0 ? { needs: policy(needs) } : {}),
    },
  }).withoutPolicyUpdates();
};

const writeLog = (scope: Construct) =>
  new PolicyStatement({
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [
      Stack.of(scope).formatArn({
        service: "logs",
        resource: "log-group",
        // The streams of just this group.
        resourceName: "/aws/lambda/samenspraak:log-stream:*",
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ],
  });

import { ArnFormat, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, Function as LambdaFunction, LoggingFormat, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { Waking } from "./wakes.ts";

/** Where a function's code lies on AWS; docs.ts finds its files there, beside its own. */
export const taskRoot = "/var/task";

const usual = { timeoutSeconds: 20, memoryMB: 512 };

export type FunctionProps = {
  waking: Waking;
  /** The folder with index.mjs. */
  code: string;
  environment: Record<string, string>;
  /** What it may do, beside writing its own log. */
  statements: PolicyStatement[];
};

/** One Lambda, with a role that allows just what is named here and in `statements`. */
export const addFunction = (scope: Construct, { waking, code, environment, statements }: FunctionProps) => {
  const { functionName, limits } = waking;
  const id = waking.file.replaceAll("/", "-");
  const logGroup = new LogGroup(scope, `${id}-log`, {
    logGroupName: `/aws/lambda/${functionName}`,
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
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
    logGroup,
    // Our lines are JSON already, written to standard output, and so are left as they are.
    loggingFormat: LoggingFormat.JSON,
    role: roleOf(scope, id, [writeLog(scope, functionName), ...statements]),
  });
};

export const timeoutOf = ({ limits }: Waking): Duration =>
  Duration.seconds(limits.timeoutSeconds ?? usual.timeoutSeconds);

/** CDK is kept from adding to it, so that a role says in one place what its function may do. */
const roleOf = (scope: Construct, id: string, statements: PolicyStatement[]): IRole =>
  new Role(scope, `${id}-role`, {
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: { needs: new PolicyDocument({ statements, minimize: true }) },
  }).withoutPolicyUpdates();

const writeLog = (scope: Construct, functionName: string) =>
  new PolicyStatement({
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [
      Stack.of(scope).formatArn({
        service: "logs",
        resource: "log-group",
        // The streams of just this group.
        resourceName: `/aws/lambda/${functionName}:log-stream:*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ],
  });

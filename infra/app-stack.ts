import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { addAlarms } from "./alarms.ts";
import { type DataStack, givenUpPrefix } from "./data-stack.ts";
import { addFunction, taskRoot, timeoutOf } from "./function.ts";
import { type Arns, type Grants, statements } from "./grants.ts";
import { table } from "./table.ts";
import {
  addApi,
  addAuthorizer,
  addDueQueue,
  dueQueuePrefix,
  onAnythingElse,
  onDue,
  onEvents,
  onEveryMinute,
  onRoutes,
  onStream,
} from "./triggers.ts";
import type { Wake, Waking } from "./wakes.ts";

/** A function of the manifest, the folder with its code, and what that code needs. */
export type Deployable = Waking & { code: string; grants: Grants };

export type AppStackProps = StackProps & {
  data: DataStack;
  functions: readonly Deployable[];
  /** Protected against deletion. */
  production: boolean;
  /** The domain that mail is sent from; without one MAIL_FROM is not set and no mail leaves. */
  domain: string | undefined;
  /** Who is mailed when something is wrong. */
  alarmMail: string | undefined;
};

/** Answers what no route does, so that our 404 is a problem document as well. */
const fallback = "platform/docs";

/** The running system: each function of the manifest, and what wakes it. Nothing in here could be lost. */
export class AppStack extends Stack {
  constructor(scope: Construct, id: string, props: AppStackProps) {
    super(scope, id, { ...props, terminationProtection: props.production });
    const { data, functions } = props;

    const httpApi = addApi(this);
    const deadLetters = new Queue(this, "DeadLetters", { retentionPeriod: Duration.days(14), enforceSSL: true });
    const dueQueues = new Map<string, Queue>();
    for (const waking of functions) {
      if (waking.wake.by !== "due") continue;
      const { kind } = waking.wake;
      if (dueQueues.has(kind)) throw new Error(`Two functions are woken when "${kind}" is due.`);
      dueQueues.set(kind, addDueQueue(this, kind, timeoutOf(waking), deadLetters));
    }

    const environment = {
      TABLE_NAME: data.table.tableName,
      BUCKET_NAME: data.bucket.bucketName,
      BUS_NAME: data.bus.eventBusName,
      KMS_KEY_ID: data.key.keyArn,
      DUE_QUEUE_PREFIX: dueQueuePrefix(this),
      PUBLIC_URL: httpApi.apiEndpoint,
      DOCS_FOLDER: taskRoot,
      ...(props.domain ? { MAIL_FROM: `no-reply@${props.domain}` } : {}),
    };
    const arns: Arns = {
      table: data.table.tableArn,
      tableIndexes: table.indexes.map(({ name }) => `${data.table.tableArn}/index/${name}`),
      bucket: data.bucket.bucketArn,
      key: [data.key.keyArn],
      bus: [data.bus.eventBusArn],
      dueQueues: [...dueQueues.values()].map(({ queueArn }) => queueArn),
      mail: data.mailIdentity ? [data.mailIdentity.emailIdentityArn] : [],
    };

    const lambdas = new Map<Deployable, LambdaFunction>();
    for (const waking of functions) {
      const toBeWoken = asks(waking.wake, { data, deadLetters, dueQueues });
      const roleStatements = [...toBeWoken, ...statements(waking.grants, arns)];
      lambdas.set(waking, addFunction(this, { waking, code: waking.code, environment, statements: roleStatements }));
    }

    const authorizer = addAuthorizer(theAuthorizing(lambdas));
    for (const [{ file, wake }, lambda] of lambdas) {
      const id = file.replaceAll("/", "-");
      switch (wake.by) {
        case "routes": {
          const routes = Object.values(wake.routes);
          const integration = onRoutes(this, id, lambda, { httpApi, routes, authorizer });
          if (file === fallback) onAnythingElse(this, lambda, httpApi, integration);
          break;
        }
        case "events":
          onEvents(this, id, lambda, { bus: data.bus, names: wake.names, deadLetters });
          break;
        case "due":
          onDue(lambda, dueQueues.get(wake.kind)!);
          break;
        case "minute":
          onEveryMinute(this, id, lambda, deadLetters);
          break;
        case "stream":
          onStream(lambda, data, wake.reads);
          break;
        // The routes have it; and whoever IAM lets.
        case "request":
        case "name":
          break;
      }
    }

    addAlarms(this, { httpApi, deadLetters, lambdas, mail: props.alarmMail });
    new CfnOutput(this, "ApiUrl", { value: httpApi.apiEndpoint });
  }
}

const theAuthorizing = (lambdas: Map<Deployable, LambdaFunction>): LambdaFunction => {
  const [only, ...others] = [...lambdas].filter(([{ wake }]) => wake.by === "request");
  if (!only || others.length > 0)
    throw new Error(`Exactly one function authorizes; ${others.length + (only ? 1 : 0)} do.`);
  return only[1];
};

type Sources = { data: DataStack; deadLetters: Queue; dueQueues: Map<string, Queue> };

/** What the way a function is woken asks of its role. */
const asks = (wake: Wake, { data, deadLetters, dueQueues }: Sources): PolicyStatement[] => {
  const may = (on: string, ...actions: string[]) => new PolicyStatement({ actions, resources: [on] });
  switch (wake.by) {
    case "events":
    case "minute":
      return [may(deadLetters.queueArn, "sqs:SendMessage")];
    case "due":
      return [
        may(dueQueues.get(wake.kind)!.queueArn, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
      ];
    case "stream":
      return [
        may(
          data.table.tableStreamArn!,
          "dynamodb:DescribeStream",
          "dynamodb:GetRecords",
          "dynamodb:GetShardIterator",
          "dynamodb:ListStreams",
        ),
        may(data.bucket.arnForObjects(`${givenUpPrefix}*`), "s3:PutObject"),
        may(data.bucket.bucketArn, "s3:ListBucket"),
      ];
    case "routes":
    case "request":
    case "name":
      return [];
  }
};

import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { addAlarms } from "./alarms.ts";
import type { Site } from "./cdn.ts";
import { addDashboard } from "./dashboard.ts";
import type { DataStack } from "./data-stack.ts";
import { addFunction, addLog, taskRoot, timeoutOf } from "./function.ts";
import { givenUpPrefix } from "./given-up.ts";
import { type Arns, type Grants, statements } from "./grants.ts";
import { addMailFeedback, addMailQueue, onMailFeedback } from "./mail.ts";
import { table } from "./table.ts";
import {
  addApi,
  addDueQueue,
  dueQueuePrefix,
  keepFailed,
  onDue,
  onEvents,
  onEveryMinute,
  onStream,
  onWork,
  overTlsOnly,
  replayArns,
  replayRuleArn,
} from "./triggers.ts";
import type { Wake, Waking } from "./wakes.ts";

/** A function of the manifest, the folder with its code, and what that code needs. */
export type Deployable = Waking & { code: string; grants: Grants };

export type AppStackProps = StackProps & {
  data: DataStack;
  functions: readonly Deployable[];
  /** Protected against deletion. */
  production: boolean;
  /** Where people find it, and where mail comes from; without one no mail leaves. */
  site: Site | undefined;
  /** The ARN of a secret with the smtp: or smtps: address of the server that mail leaves by; by default it leaves by SES. */
  smtp: string | undefined;
  /** Who is mailed when something is wrong. */
  alarmMail: string | undefined;
};

/** The running system: each function of the manifest, and what wakes it but for requests. Nothing in here could be lost. */
export class AppStack extends Stack {
  readonly httpApi: HttpApi;
  /** What the CDN shows to the functions; CloudFormation makes it and fills it in. Undefined where there is no CDN. */
  readonly cdnKey: string | undefined;
  readonly lambdas = new Map<Deployable, LambdaFunction>();

  constructor(scope: Construct, id: string, props: AppStackProps) {
    super(scope, id, { ...props, terminationProtection: props.production });
    const { data, functions, site } = props;

    this.httpApi = addApi(this);
    this.cdnKey = site && keyOfCdn(this);
    const { httpApi, lambdas } = this;
    const deadLetters = new Queue(this, "DeadLetters", { retentionPeriod: Duration.days(14), enforceSSL: true });
    const dueQueues = new Map<string, Queue>();
    for (const waking of functions) {
      if (waking.wake.by !== "due") continue;
      const { kind } = waking.wake;
      if (dueQueues.has(kind)) throw new Error(`Two functions are woken when "${kind}" is due.`);
      dueQueues.set(kind, addDueQueue(this, kind, timeoutOf(waking), deadLetters));
    }

    overTlsOnly(this, "due-over-tls", [...dueQueues.values()]);

    const work = functions.find(({ wake }) => wake.by === "work");
    const mailQueue = work && addMailQueue(this, timeoutOf(work), deadLetters);
    const mailConfiguration = site ? addMailFeedback(this) : undefined;

    const environment = {
      TABLE_NAME: data.table.tableName,
      BUCKET_NAME: data.bucket.bucketName,
      BUS_NAME: data.bus.eventBusName,
      BUS_ARN: data.bus.eventBusArn,
      ARCHIVE_ARN: data.archive.archiveArn,
      REPLAY_RULE_ARN: replayRuleArn(this, data.bus),
      KMS_KEY_ID: data.key.keyArn,
      DUE_QUEUE_PREFIX: dueQueuePrefix(this),
      PUBLIC_URL: site ? `https://${site.domain}` : httpApi.apiEndpoint,
      HOSTS: site?.hosts.join(",") ?? "",
      DOCS_FOLDER: taskRoot,
      ...(site ? { MAIL_FROM: `no-reply@${site.domain}` } : {}),
      ...(mailQueue ? { MAIL_QUEUE_URL: mailQueue.queueUrl } : {}),
      ...(mailConfiguration ? { MAIL_CONFIGURATION_SET: mailConfiguration.ref } : {}),
      ...(props.smtp ? { MAIL_TRANSPORT: props.smtp } : {}),
    };
    const arns: Arns = {
      table: data.table.tableArn,
      tableIndexes: table.indexes.map(({ name }) => `${data.table.tableArn}/index/${name}`),
      bucket: data.bucket.bucketArn,
      key: [data.key.keyArn],
      bus: [data.bus.eventBusArn],
      archive: [data.archive.archiveArn, data.bus.eventBusArn, replayArns(this)],
      dueQueues: [...dueQueues.values()].map(({ queueArn }) => queueArn),
      mail:
        data.mailIdentity && mailConfiguration
          ? [
              data.mailIdentity.emailIdentityArn,
              this.formatArn({ service: "ses", resource: "configuration-set", resourceName: mailConfiguration.ref }),
            ]
          : [],
      mailAccount: site ? ["*"] : [],
      mailQueue: mailQueue ? [mailQueue.queueArn] : [],
      mailSecret: props.smtp ? [props.smtp] : [],
    };

    const log = addLog(this);
    const ofRequests = this.cdnKey === undefined ? environment : { ...environment, CDN_KEY: this.cdnKey };
    for (const waking of functions) {
      const toBeWoken = asks(waking.wake, { data, deadLetters, dueQueues, mailQueue });
      const needs = statements(waking.grants, arns);
      lambdas.set(
        waking,
        addFunction(this, {
          ...{ waking, log, code: waking.code, needs, byLambda: toBeWoken },
          environment: waking.wake.by === "routes" ? ofRequests : environment,
        }),
      );
    }

    for (const [{ file, wake, limits }, lambda] of lambdas) {
      const id = file.replaceAll("/", "-");
      switch (wake.by) {
        case "events":
          onEvents(this, id, lambda, { bus: data.bus, names: wake.names, deadLetters });
          break;
        case "due":
          onDue(lambda, dueQueues.get(wake.kind)!, limits.atOnce);
          break;
        case "minute":
          onEveryMinute(this, id, lambda, deadLetters);
          break;
        case "stream":
          onStream(lambda, data, wake.reads);
          break;
        case "work":
          onWork(lambda, mailQueue!, limits.atOnce);
          break;
        case "service":
          onMailFeedback(this, id, lambda, deadLetters);
          keepFailed(lambda, deadLetters);
          break;
        // The routes, in a stack of their own; and whoever IAM lets.
        case "routes":
        case "request":
        case "name":
          break;
      }
    }

    const alarms = addAlarms(this, { httpApi, deadLetters, lambdas, mail: props.alarmMail });
    addDashboard(this, { alarms, httpApi, deadLetters, table: data.table, lambdas });
    new CfnOutput(this, "DeadLettersUrl", { value: deadLetters.queueUrl });
    new CfnOutput(this, "ApiUrl", { value: httpApi.apiEndpoint });
  }
}

type Sources = { data: DataStack; deadLetters: Queue; dueQueues: Map<string, Queue>; mailQueue: Queue | undefined };

/** What the way a function is woken asks of its role. */
const asks = (wake: Wake, { data, deadLetters, dueQueues, mailQueue }: Sources): PolicyStatement[] => {
  const may = (on: string, ...actions: string[]) => new PolicyStatement({ actions, resources: [on] });
  const mayTake = (queue: Queue) =>
    may(queue.queueArn, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes");
  switch (wake.by) {
    case "events":
    case "minute":
    case "service":
      return [may(deadLetters.queueArn, "sqs:SendMessage")];
    case "due":
      return [mayTake(dueQueues.get(wake.kind)!)];
    case "work":
      return [mayTake(mailQueue!)];
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

/** It keeps nobody out of anything: with it an address is believed, so it may stand in a function's configuration. */
const keyOfCdn = (scope: Construct): string =>
  new Secret(scope, "CdnKey", {
    description: "What the CDN shows, so that functions believe what it says of a visitor.",
    generateSecretString: { passwordLength: 40, excludePunctuation: true },
  }).secretValue.unsafeUnwrap();

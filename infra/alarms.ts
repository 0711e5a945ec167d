import { Duration } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { Waking } from "./wakes.ts";

export type Watched = {
  httpApi: HttpApi;
  deadLetters: IQueue;
  lambdas: ReadonlyMap<Waking, LambdaFunction>;
  /** Who is mailed. */
  mail: string | undefined;
};

const period = Duration.minutes(1);

/** One alarm a kind of trouble, not a function, so that many functions need few alarms. All go to one topic. */
export const addAlarms = (scope: Construct, { httpApi, deadLetters, lambdas, mail }: Watched): Alarm[] => {
  const topic = new Topic(scope, "Alarms", { displayName: "Samenspraak", enforceSSL: true });
  topic.grantPublish(new ServicePrincipal("cloudwatch.amazonaws.com"));
  if (mail) topic.addSubscription(new EmailSubscription(mail));

  const alarms: Alarm[] = [];
  const alarm = (id: string, alarmDescription: string, metric: IMetric, threshold: number): void => {
    const made = new Alarm(scope, id, {
      alarmDescription,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    made.addAlarmAction(new SnsAction(topic));
    alarms.push(made);
  };

  alarm(
    "dead-letters",
    "Something was given up on: read the dead-letter queue, mend the cause, redrive.",
    deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: "Maximum" }),
    1,
  );
  alarm(
    "server-errors",
    "A request was answered with our mistake (5xx).",
    httpApi.metricServerError({ period, statistic: "Sum" }),
    1,
  );

  alarm(
    "late",
    "Something fell due more than five minutes ago and is not done; the sweep says so each minute.",
    new Metric({ namespace: "samenspraak", metricName: "Lateness", period, statistic: "Maximum" }),
    Duration.minutes(5).toSeconds(),
  );

  alarm(
    "webhooks-failing",
    "A webhook's receiver has taken nothing for hours, and is disabled in three days: its workspace was mailed. If it is more than one, look at our way out.",
    new Metric({ namespace: "samenspraak", metricName: "WebhookFailing", period, statistic: "Sum" }),
    1,
  );
  alarm(
    "mail-bounces",
    "So many mails bounce (5 %) that SES puts the account under review: see whose contest or list they come from.",
    reputation("Reputation.BounceRate"),
    0.05,
  );
  alarm(
    "mail-complaints",
    "So many readers complain (0.1 %) that SES puts the account under review: see whose mail they complain of.",
    reputation("Reputation.ComplaintRate"),
    0.001,
  );

  const readers = [...lambdas].filter(([{ wake }]) => wake.by === "stream").map(([, lambda]) => lambda);
  alarm(
    "stream-behind",
    "A reader of the table's stream is more than five minutes behind; records are gone after 24 hours.",
    together(
      "MAX",
      "Iterator age",
      readers.map((lambda) => lambda.metric("IteratorAge", { period, statistic: "Maximum" })),
    ),
    Duration.minutes(5).toMilliseconds(),
  );
  // CloudWatch has this of each function, too; but each metric that an alarm looks at costs 0.10 a month.
  alarm(
    "errors",
    "A function failed; its log says why. It is any function in this account and region, so Samenspraak is best alone in one.",
    new Metric({ namespace: "AWS/Lambda", metricName: "Errors", period, statistic: "Sum" }),
    1,
  );
  return alarms;
};

/** SES publishes them for the account; these limits are the ones of its documents ("Monitoring your sender reputation"). */
const reputation = (metricName: string): IMetric =>
  new Metric({ namespace: "AWS/SES", metricName, period: Duration.hours(1), statistic: "Maximum" });

const together = (operation: "MAX" | "SUM", label: string, metrics: readonly IMetric[]): IMetric =>
  new MathExpression({
    label,
    period,
    expression: `${operation}([${metrics.map((_, i) => `m${i}`).join(", ")}])`,
    usingMetrics: Object.fromEntries(metrics.map((metric, i) => [`m${i}`, metric])),
  });

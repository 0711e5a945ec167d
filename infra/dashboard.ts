import { Duration } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
} from "aws-cdk-lib/aws-cloudwatch";
import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { Waking } from "./wakes.ts";

export type Shown = {
  alarms: readonly Alarm[];
  httpApi: HttpApi;
  deadLetters: IQueue;
  table: ITableV2;
  lambdas: ReadonlyMap<Waking, LambdaFunction>;
};

const period = Duration.minutes(1);

/** What an operator looks at first, from top to bottom: is something wrong, is it late, who comes, and what does it cost. */
export const addDashboard = (scope: Construct, { alarms, httpApi, deadLetters, table, lambdas }: Shown): void => {
  const readers = [...lambdas].filter(([{ wake }]) => wake.by === "stream").map(([, lambda]) => lambda);
  const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
    new GraphWidget({ title, left, right, width: 12, height: 6 });

  new Dashboard(scope, "Dashboard", {
    dashboardName: "samenspraak",
    widgets: [
      [new AlarmStatusWidget({ title: "Alarms", alarms: [...alarms], width: 24, height: 4 })],
      [
        graph(
          "Given up, and failing functions",
          [deadLetters.metricApproximateNumberOfMessagesVisible({ period })],
          [ofEachFunction("Errors", "Sum")],
        ),
        graph(
          "Behind its time: what is due (s), the stream's readers (ms)",
          [ours("Lateness", "Maximum")],
          readers.map((lambda) => lambda.metric("IteratorAge", { period, statistic: "Maximum" })),
        ),
      ],
      [
        graph("Requests", [
          httpApi.metricCount({ period, statistic: "Sum" }),
          httpApi.metricClientError({ period, statistic: "Sum" }),
          httpApi.metricServerError({ period, statistic: "Sum" }),
        ]),
        graph("How long an answer takes (ms)", [
          httpApi.metricLatency({ period, statistic: "p50" }),
          httpApi.metricLatency({ period, statistic: "p99" }),
        ]),
      ],
      [
        graph(
          "Mail",
          ["MailsSent", "MailsFailed", "MailsSuppressed", "Bounces", "Complaints"].map((name) => ours(name, "Sum")),
        ),
        graph(
          "What costs: write and read units of the table, time of the functions (ms)",
          [
            table.metricConsumedWriteCapacityUnits({ period, statistic: "Sum" }),
            table.metricConsumedReadCapacityUnits({ period, statistic: "Sum" }),
          ],
          [ofEachFunction("Duration", "Sum")],
        ),
      ],
    ],
  });
};

/** What our functions say in their logs. */
const ours = (metricName: string, statistic: string): IMetric =>
  new Metric({ namespace: "samenspraak", metricName, period, statistic });

/** A line for each of our functions, found by name, so that the dashboard stays within the 50 metrics that cost nothing. */
const ofEachFunction = (metricName: string, statistic: string): IMetric =>
  new MathExpression({
    label: "",
    period,
    usingMetrics: {},
    expression: `SEARCH('{AWS/Lambda,FunctionName} MetricName="${metricName}" FunctionName="samenspraak"', '${statistic}', 60)`,
  });

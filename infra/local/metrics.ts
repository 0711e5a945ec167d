import * as z from "zod";

/** A value of a metric, as CloudWatch gets it of AWS or of a log line of ours. */
export type Datum = {
  namespace: string;
  name: string;
  dimensions: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, by the local clock. */
  at: number;
  value: number;
};

/** A line in the embedded metric format; ours have no dimensions. */
const Embedded = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(z.object({ Namespace: z.string(), Metrics: z.array(z.object({ Name: z.string() })) })),
  }),
});

/** How many of the latest values are remembered. */
const HISTORY = 50_000;

/**
 * The metrics of this machine, under AWS's names: what Lambda, the gateway, SQS and SES would publish, and what the
 * functions say in their logs.
 */
export const metricRecorder = (now: () => number) => {
  const data: Datum[] = [];
  const keep = (datum: Datum): void => {
    data.push(datum);
    if (data.length > HISTORY) data.splice(0, HISTORY / 10);
  };
  const record = (namespace: string, name: string, value: number, dimensions: Datum["dimensions"] = {}): void =>
    keep({ namespace, name, dimensions, at: now(), value });
  let bounced = 0;
  let complained = 0;

  return {
    data: data as readonly Datum[],
    logged: (line: string): void => {
      if (!line.includes('"CloudWatchMetrics"')) return;
      const said = Embedded.parse(JSON.parse(line));
      for (const { Namespace, Metrics } of said._aws.CloudWatchMetrics)
        for (const { Name } of Metrics)
          keep({
            namespace: Namespace,
            name: Name,
            dimensions: {},
            at: said._aws.Timestamp,
            value: Number(said[Name]),
          });
    },
    invoked: (FunctionName: string, failed: boolean): void => {
      record("AWS/Lambda", "Invocations", 1, { FunctionName });
      // Of each function, and of all together.
      record("AWS/Lambda", "Errors", failed ? 1 : 0, { FunctionName });
      record("AWS/Lambda", "Errors", failed ? 1 : 0);
    },
    iteratorAge: (FunctionName: string, ms: number): void => record("AWS/Lambda", "IteratorAge", ms, { FunctionName }),
    answered: (ApiId: string, status: number, ms: number): void => {
      record("AWS/ApiGateway", "Count", 1, { ApiId });
      record("AWS/ApiGateway", "4xx", status >= 400 && status < 500 ? 1 : 0, { ApiId });
      record("AWS/ApiGateway", "5xx", status >= 500 ? 1 : 0, { ApiId });
      record("AWS/ApiGateway", "Latency", ms, { ApiId });
    },
    deadLetters: (QueueName: string, visible: number): void =>
      record("AWS/SQS", "ApproximateNumberOfMessagesVisible", visible, { QueueName }),
    /** SES's own judgement of the account, a share of what was sent. */
    mailFailed: (kind: "bounce" | "complaint", sent: number): void => {
      if (kind === "bounce") bounced += 1;
      else complained += 1;
      record("AWS/SES", "Reputation.BounceRate", bounced / Math.max(1, sent));
      record("AWS/SES", "Reputation.ComplaintRate", complained / Math.max(1, sent));
    },
  };
};
export type Metrics = ReturnType<typeof metricRecorder>;

import { CfnOutput, Duration, type Stack } from "aws-cdk-lib";
import { EventField, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import { LambdaFunction as Target } from "aws-cdk-lib/aws-events-targets";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import {
  CfnConfigurationSet,
  CfnConfigurationSetEventDestination,
  EmailIdentity,
  Identity,
  MailFromBehaviorOnMxFailure,
} from "aws-cdk-lib/aws-ses";
import { type IQueue, Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { type MailRecord, mailFromDomain, mailRecords } from "../functions/mail/records.ts";
import { configurationSetName, feedback } from "./feedback.ts";

/** The domain that mail is sent from, and the records that it asks for; each an output. */
export const addMailIdentity = (scope: Stack, domain: string): { identity: EmailIdentity; records: MailRecord[] } => {
  const identity = new EmailIdentity(scope, "MailIdentity", {
    identity: Identity.domain(domain),
    mailFromDomain: mailFromDomain(domain),
    // Until its records are there, mail leaves all the same, from SES's own domain.
    mailFromBehaviorOnMxFailure: MailFromBehaviorOnMxFailure.USE_DEFAULT_VALUE,
  });
  const records = mailRecords(domain, scope.region, identity.dkimRecords);
  records.forEach(({ type, name, value }, i) => {
    new CfnOutput(scope, `MailRecord${i + 1}`, { value: `${name} ${type} ${value}` });
  });
  return { identity, records };
};

/** SES tells the default bus, the only one it can, of what bounced and of who complained. */
export const addMailFeedback = (scope: Stack): CfnConfigurationSet => {
  const set = new CfnConfigurationSet(scope, "MailConfiguration", {
    name: configurationSetName,
    reputationOptions: { reputationMetricsEnabled: true },
    // Ours is the list: whom a workspace takes off it is mailed again.
    suppressionOptions: { suppressedReasons: [] },
    deliveryOptions: { tlsPolicy: "OPTIONAL" },
  });
  new CfnConfigurationSetEventDestination(scope, "MailFeedback", {
    configurationSetName: set.ref,
    eventDestination: {
      name: "default-bus",
      enabled: true,
      matchingEventTypes: ["bounce", "complaint"],
      eventBridgeDestination: {
        eventBusArn: scope.formatArn({ service: "events", resource: "event-bus", resourceName: "default" }),
      },
    },
  });
  return set;
};

/** The queue of posted letters. What fails in its function comes again ten times, which takes hours. `timeout`: of that function. */
export const addMailQueue = (scope: Construct, timeout: Duration, deadLetters: IQueue): Queue =>
  new Queue(scope, "work-mail", {
    queueName: "samenspraak-work-mail",
    visibilityTimeout: Duration.seconds(6 * timeout.toSeconds()),
    retentionPeriod: Duration.days(4),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: 10 },
    enforceSSL: true,
  });

/** A rule of the account's default bus for each kind of feedback, which passes on what `feedback` says and nothing else. */
export const onMailFeedback = (scope: Construct, id: string, lambda: LambdaFunction, deadLetters: IQueue): void => {
  for (const { what, pattern, input } of feedback(configurationSetName)) {
    new Rule(scope, `${id}-${what}`, {
      eventPattern: pattern,
      targets: [
        new Target(lambda, {
          deadLetterQueue: deadLetters,
          retryAttempts: 185,
          maxEventAge: Duration.hours(24),
          event: RuleTargetInput.fromObject(
            Object.fromEntries(
              Object.entries(input).map(([name, value]) => [
                name,
                value.startsWith("$.") ? EventField.fromPath(value) : value,
              ]),
            ),
          ),
        }),
      ],
    });
  }
};

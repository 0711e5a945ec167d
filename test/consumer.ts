import type { Stack } from "aws-cdk-lib";
import { EventBus, Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";

export const onContestDrawn = (stack: Stack, busArn: string, yours: IFunction) =>
  new Rule(stack, "ContestDrawn", {
    eventBus: EventBus.fromEventBusArn(stack, "Samenspraak", busArn),
    eventPattern: { source: ["samenspraak"], detailType: ["contest.drawn"] },
    targets: [new LambdaFunction(yours)],
  });

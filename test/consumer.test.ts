import { readFileSync } from "node:fs";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { describe, expect, test } from "vitest";
import { onContestDrawn } from "./consumer.ts";

describe("a rule of your own", () => {
  test("of ten lines hears contest.drawn on the bus, by the ARN that the stack puts out", () => {
    const stack = new Stack(new App({ analyticsReporting: false }), "Yours");
    const yours = new LambdaFunction(stack, "Yours", {
      runtime: Runtime.NODEJS_24_X,
      handler: "index.handler",
      code: Code.fromInline("exports.handler = async (event) => console.log(event.detail.data)"),
    });
    onContestDrawn(stack, "arn:aws:events:eu-west-1:123456789012:event-bus/samenspraakdataBus", yours);
    Template.fromStack(stack).hasResourceProperties("AWS::Events::Rule", {
      EventBusName: "samenspraakdataBus",
      EventPattern: { source: ["samenspraak"], "detail-type": ["contest.drawn"] },
      State: "ENABLED",
    });
    expect(
      readFileSync(new URL("./consumer.ts", import.meta.url), "utf8")
        .trim()
        .split("\n").length,
    ).toBeLessThanOrEqual(11);
  });
});

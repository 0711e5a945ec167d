import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import type { IConstruct } from "constructs";

/** A finding of cdk-nag that stands, where, and why. Whatever is not in this list stops `npm run synth`. */
export type Reason = { finding: RegExp; at: RegExp; because: string };

export const reasons: readonly Reason[] = [
  {
    finding: /^AwsSolutions-APIG4$/,
    at: /^samenspraak-routes\/(\$default|[A-Z]+ --.*)\/Resource$/,
    because:
      "Participants have no account: the route says `access: public`, and a test compares each with the gateway.",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:log-group:\/aws\/lambda\/samenspraak:log-stream:\*\]$/,
    at: /^samenspraak-app\/[\w-]+-role\/Resource$/,
    because: "The streams of the functions' log, which Lambda names.",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    at: /^samenspraak-app\/mail-(send|api)-role\/Resource$/,
    because: "ses:GetAccount reads the account's quota and has no resource (Service Authorization Reference).",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::[^*]*Bucket[^*/]*\/\*\]$/,
    at: /^samenspraak-app\/[\w-]+-role\/Resource$/,
    because:
      "The objects of the one bucket: their keys begin with a workspace that is known only when the function runs.",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:replay\/ws_\*\]$/,
    at: /^samenspraak-app\/webhooks-start-replay-role\/Resource$/,
    because: "A replay is named when a webhook asks for it; all of ours begin like this.",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::[^*]*Bucket[^*]*\/aws\/lambda\/\*\]$/,
    at: /^samenspraak-app\/platform-(relay|tally)-role\/Resource$/,
    because: "Where Lambda leaves the stream records that it gave up on; it names the objects.",
  },
  {
    finding: /^AwsSolutions-SMG4$/,
    at: /^samenspraak-app\/CdnKey\/Resource$/,
    because:
      "It opens nothing: with it an address is believed. A CDN and its functions would have to change it at one moment.",
  },
  {
    finding: /^AwsSolutions-CFR[12]$/,
    at: /^samenspraak-cdn\/Cdn\/Resource$/,
    because:
      "Contests and polls are open to whoever has the link, wherever they are; the gateway limits how fast, and a firewall costs more than all else while nothing happens.",
  },
  {
    finding: /^AwsSolutions-CFR3$/,
    at: /^samenspraak-cdn\/Cdn\/Resource$/,
    because: "Access logs of a CDN hold every visitor's address; the gateway's log names requests and no visitor.",
  },
  {
    finding: /^AwsSolutions-S1$/,
    at: /^samenspraak-data\/Bucket\/Resource$/,
    because:
      "Only our functions reach the bucket, and their logs name the request; access logs would need another bucket.",
  },
];

/** cdk-nag's AwsSolutions, less what has a reason. It keeps the reasons that were used. */
export class Findings extends AwsSolutionsChecks {
  readonly used = new Set<Reason>();

  override validateScope(scope: IConstruct): ReturnType<AwsSolutionsChecks["validateScope"]> {
    const violations = super.validateScope(scope).violations.flatMap((violation) => {
      const violatingResources = violation.violatingResources.filter(({ constructPath }) => {
        const path = constructPath ?? "";
        const reason = reasons.find(({ finding, at }) => finding.test(violation.ruleName) && at.test(path));
        if (reason) this.used.add(reason);
        return !reason;
      });
      return violatingResources.length > 0 ? [{ ...violation, violatingResources }] : [];
    });
    return { success: violations.length === 0, violations };
  }
}

/** Has the templates checked when they are synthesised: a finding without a reason is an error. */
export const check = (app: App): Findings => {
  const findings = new Findings(app);
  Validations.of(app).addPlugins(findings);
  return findings;
};

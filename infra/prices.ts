/**
 * AWS's list prices on demand in us-east-1, in US dollars, as they were noted for this project in 2026. Free tiers and discounts
 * are left out. Nothing here looks them up: before a decision hangs on one, read the service's own page
 * (aws.amazon.com/<service>/pricing).
 */
export const prices = {
  /** HTTP API, a request of up to 512 KB. */
  gatewayRequest: 1.0e-6,
  /** DynamoDB, on demand. */
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  /** Lambda on arm64: an invocation, and a GB-second. */
  invocation: 0.2e-6,
  gbSecond: 0.0000133334,
  /** EventBridge, an event of ours of up to 64 KB; its rules and its delivery to Lambda are free. */
  event: 1.0e-6,
  /** SQS, a request of up to 64 KB; a message takes three: sent, received, deleted. */
  queueRequest: 0.4e-6,
  /** CloudWatch Logs, a byte taken in. */
  logByte: 0.5 / 2 ** 30,
  /** SES, a mail. */
  mail: 0.1e-3,
} as const;

/** What a piece of work takes. */
export type Units = {
  requests: number;
  writeUnits: number;
  readUnits: number;
  invocations: number;
  events: number;
  messages: number;
  mails: number;
};

/** What an invocation is billed for at most on average: warm handlers of ours take 5 to 15 ms on one of Lambda's cores (estimated). */
const billedSeconds = 0.02;
const memoryGb = 0.5;
/** The gateway's line and ours (measured: 250 and 230 bytes), with CloudWatch's 26 bytes each. */
const logBytesPerRequest = 530;
const requestsPerMessage = 3;

/** US dollars for one piece of work; mail is apart, since it is most of it. */
export const costOf = (units: Units): { withoutMail: number; mail: number } => ({
  withoutMail:
    units.requests * (prices.gatewayRequest + logBytesPerRequest * prices.logByte) +
    units.writeUnits * prices.writeUnit +
    units.readUnits * prices.readUnit +
    units.invocations * (prices.invocation + billedSeconds * memoryGb * prices.gbSecond) +
    units.events * prices.event +
    units.messages * requestsPerMessage * prices.queueRequest,
  mail: units.mails * prices.mail,
});

import { setTimeout as wait } from "node:timers/promises";
import type { ConditionalCheckFailedException, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { minutes } from "./clock.ts";
import { config } from "./config.ts";
import { exchange } from "./exchange.ts";
import { signed } from "./signature.ts";

// DynamoDB, KMS and SQS, by AWS's JSON protocols: what a request waits for at its start. The SDK's clients take half of a
// start to load (npm run bench -- starts); its types and its rules for trying again are kept. S3, SES and EventBridge, which
// hardly anybody waits for, go through the SDK.

/** By the name before the dot of a target. */
export const services = {
  DynamoDB_20120810: { name: "dynamodb", contentType: "application/x-amz-json-1.0" },
  TrentService: { name: "kms", contentType: "application/x-amz-json-1.1" },
  AmazonSQS: { name: "sqs", contentType: "application/x-amz-json-1.0" },
} as const;
export type Target = `${keyof typeof services}.${string}`;

/**
 * One operation. `target` is its name on the wire, such as `DynamoDB_20120810.GetItem`; a role allows the operations whose
 * targets stand in its function's bundle (infra/bundle.ts), so each is a constant of its own, beside who calls it.
 */
export class Operation<Input extends object, Output extends object> {
  readonly target: Target;
  constructor(target: Target) {
    this.target = target;
  }

  /**
   * Asks, and asks again where it may help (`mostAttempts`), so only what can be done twice is asked. Throws an `AwsRefusal`
   * where AWS says no, and the error of the connection where nothing was heard.
   */
  async send(input: Input): Promise<Output> {
    return (await patiently(this.target, JSON.stringify(input, toBase64))) as Output;
  }
}

/** What refusals tell, of those that somebody here asks for. */
type Told = {
  ConditionalCheckFailedException: Pick<ConditionalCheckFailedException, "Item">;
  TransactionCanceledException: Pick<TransactionCanceledException, "CancellationReasons">;
  TransactionConflictException: object;
  TransactionInProgressException: object;
};

/** AWS said no. `name` is its code, such as ConditionalCheckFailedException; what else it told are properties. */
export class AwsRefusal extends Error {
  readonly status: number;
  constructor(name: string, message: string, status: number, told: object) {
    super(message);
    Object.assign(this, told);
    this.name = name;
    // Made before the name was known; it is what a log shows.
    this.stack = this.stack?.replace(/^Error/, name);
    this.status = status;
  }
}
export const isAwsRefusal = <Name extends keyof Told>(error: unknown, name: Name): error is AwsRefusal & Told[Name] =>
  error instanceof AwsRefusal && error.name === name;

// ── Trying again: the SDK's standard mode ───────────────────────────────────────────────────────────────────────────

const mostAttempts = 6;
/** Milliseconds. The n-th wait is a random part (full jitter) of this, doubled n times. */
const waits = { first: 50, firstOfThrottled: 1_000, most: 20_000 };
/**
 * What trying again takes from the store that all calls share, and an answer gives back: where AWS is down, it is not asked six
 * times by everybody. (A refusal that is no fault is such an answer; in the SDK only a success is.)
 */
const store = { full: 500, throttled: 5, other: 14, success: 1 };
let left = store.full;

const throttlings = [
  "BandwidthLimitExceeded",
  "LimitExceededException",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "TransactionInProgressException",
];
const transients = ["RequestTimeout", "RequestTimeoutException", "TimeoutError"];

const isThrottling = (error: unknown): boolean =>
  error instanceof AwsRefusal && (error.status === 429 || throttlings.includes(error.name));
/** Whatever is no refusal is the network's: no connection, none in time, or one that broke off. */
const isTransient = (error: unknown): boolean =>
  !(error instanceof AwsRefusal) ||
  error instanceof Skewed ||
  [500, 502, 503, 504].includes(error.status) ||
  transients.includes(error.name);

const patiently = async (target: Target, body: string): Promise<object> => {
  let paid: number = store.success;
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await ask(target, body);
      left = Math.min(store.full, left + paid);
      return answer;
    } catch (error) {
      const throttled = isThrottling(error);
      if (!throttled && !isTransient(error)) {
        left = Math.min(store.full, left + paid);
        throw error;
      }
      const price = throttled ? store.throttled : store.other;
      if (attempt === mostAttempts || left < price) throw error;
      left -= price;
      paid = price;
      const most = (throttled ? waits.firstOfThrottled : waits.first) * 2 ** (attempt - 1);
      await wait(Math.random() * Math.min(most, waits.most));
    }
  }
};

// ── One attempt ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** How far AWS's clock is ahead of this machine's (milliseconds), as far as a refusal has told. */
let aheadMs = 0;
/** It was signed at a time that is not AWS's; the next one is. */
class Skewed extends AwsRefusal {}

const ask = async (target: Target, body: string): Promise<object> => {
  const [prefix = "", operation] = target.split(".");
  const { name: service, contentType } = services[prefix as keyof typeof services];
  const region = config.region();
  const endpoint = endpointOf(service, region);
  // Of the machine's clock, whatever the project's says.
  const atMs = Date.now() + aheadMs;
  const headers = signed({ host: endpoint.host, "content-type": contentType, "x-amz-target": target }, body, atMs, {
    service,
    region,
    credentials: config.credentials(),
  });
  const answer = await exchange(endpoint, { method: "POST", headers, body });
  const told = objectOf(answer.bytes.toString());
  if (answer.status === 200 && told) return told;
  // Not what JSON.parse says of it, which quotes it.
  if (answer.status === 200) throw new Error(`${operation} was answered with what is no JSON.`);
  // `com.amazonaws.dynamodb.v20120810#ThrottlingException`, and in a header also `ThrottlingException:https://…`.
  const { __type, message, Message, ...more } = told ?? {};
  const code = String(__type ?? answer.headers["x-amzn-errortype"] ?? `Status${answer.status}`);
  const name = code.replace(/^.*#/, "").replace(/:.*$/, "");
  const says = String(message ?? Message ?? `${operation} was answered with ${answer.status}.`);
  const theirsMs = Date.parse(answer.headers.date ?? "");
  if (answer.status < 500 && Math.abs(theirsMs - atMs) > minutes(4)) {
    aheadMs = theirsMs - Date.now();
    throw new Skewed(name, says, answer.status, {});
  }
  throw new AwsRefusal(name, says, answer.status, more);
};

/** A page of a proxy, half of an answer or nothing at all is none. */
const objectOf = (text: string): Record<string, unknown> | undefined => {
  try {
    return { ...JSON.parse(text, fromBase64) };
  } catch {
    return undefined;
  }
};

const endpointOf = (service: string, region: string): URL =>
  new URL(
    process.env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ??
      process.env.AWS_ENDPOINT_URL ??
      `https://${service}.${region}.amazonaws.com`,
  );

// ── Bytes, which are base64 in JSON ─────────────────────────────────────────────────────────────────────────────────

/** What `JSON.stringify` asks of each value. `this`: the object that it is in, since a Buffer has its own idea of JSON. */
function toBase64(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const bytes = this[name];
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString("base64") : value;
}

/** Where a string stands for bytes. (A name in a DynamoDB map has an object as its value, never a string.) */
const inBytes = ["B", "CiphertextBlob", "Plaintext"];
const fromBase64 = (name: string, value: unknown): unknown =>
  inBytes.includes(name) && typeof value === "string" ? new Uint8Array(Buffer.from(value, "base64")) : value;

// npm run redrive [-- --go] [--aws]
// Lists what the functions gave up on (the dead-letter queue); with --go it is sent again to where it came from: a message to
// its queue, an event to its function. On the local runner, or with --aws on AWS, with the credentials and region of the AWS
// command line.
import { parseArgs } from "node:util";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import * as z from "zod";
import { functions } from "../functions/manifest.ts";
import { configurationSetName, feedback } from "./feedback.ts";
import { findInstallation, type Installation } from "./installation.ts";
import { readManifest, type Waking } from "./wakes.ts";

/** Where a message goes, or why it goes nowhere: `drop` it, or `keep` it for somebody to look at. */
type Way =
  | { queue: string; body: string }
  | { functionName: string; payload: unknown }
  | { drop: string }
  | { keep: string };
type Letter = { receipt: string; at: string; error: string; way: Way };

/** Lambda's record of an asynchronous invocation that it gave up on. */
const Given = z.object({
  requestContext: z.object({ functionArn: z.string() }),
  requestPayload: z.unknown(),
  responsePayload: z.object({ errorType: z.string().optional(), errorMessage: z.string().optional() }).optional(),
});
/** An event that a rule could not deliver. */
const Undelivered = z.looseObject({ source: z.string(), "detail-type": z.string(), id: z.string() });
const SesEvent = Undelivered.extend({ detail: z.object({ mail: z.object({ tags: z.unknown() }) }) });

/** `arn:aws:lambda:…:function:<name>`, perhaps with a version after it. */
const functionIn = (arn: string): string => arn.split(":")[6] ?? "";
const json = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** What a rule would have given its target: of SES's events less than what they were. */
const asTarget = (event: unknown): unknown => {
  const { data } = SesEvent.safeParse(event);
  const rule =
    data && feedback(configurationSetName).find(({ pattern }) => pattern.detailType.includes(data["detail-type"]));
  return rule ? { what: rule.what, id: data.id, tags: data.detail.mail.tags } : event;
};

const toFunction = (functionName: string, payload: unknown, wakings: readonly Waking[]): Way => {
  const waking = wakings.find((one) => one.functionName === functionName);
  if (!waking) return { keep: `there is no function ${functionName} any more` };
  if (waking.wake.by === "minute") return { drop: "the next minute did it" };
  return { functionName, payload };
};

const letterOf = (message: Message, wakings: readonly Waking[]): Letter => {
  const { ReceiptHandle = "", Body: body = "", Attributes = {}, MessageAttributes = {} } = message;
  const about = { receipt: ReceiptHandle, at: new Date(Number(Attributes.SentTimestamp ?? 0)).toISOString() };
  const source = Attributes.DeadLetterQueueSourceArn;
  if (source)
    return { ...about, error: "its function failed each time", way: { queue: source.split(":").at(-1) ?? "", body } };
  const target = MessageAttributes.TARGET_ARN?.StringValue;
  if (target) {
    const error = `not delivered: ${MessageAttributes.ERROR_MESSAGE?.StringValue ?? "no reason given"}`;
    return { ...about, error, way: toFunction(functionIn(target), asTarget(json(body)), wakings) };
  }
  const given = Given.safeParse(json(body));
  if (!given.success) return { ...about, error: "unknown", way: { keep: "nothing says where it came from" } };
  const { requestContext, requestPayload, responsePayload } = given.data;
  const { errorType = "Error", errorMessage = "" } = responsePayload ?? {};
  return {
    ...about,
    error: `${errorType}: ${errorMessage}`,
    way: toFunction(functionIn(requestContext.functionArn), requestPayload, wakings),
  };
};

/** So long nobody else is given what is being looked at. */
const heldSeconds = 300;

/** Everything in the queue, which nobody else sees meanwhile. */
const takeAll = async ({ sqs, deadLettersUrl }: Installation): Promise<Message[]> => {
  const all = new Map<string | undefined, Message>();
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: deadLettersUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: heldSeconds,
        // Long polling asks all of the queue's servers.
        WaitTimeSeconds: 2,
        MessageSystemAttributeNames: ["SentTimestamp", "DeadLetterQueueSourceArn"],
        MessageAttributeNames: ["All"],
      }),
    );
    const fresh = Messages.filter(({ MessageId }) => !all.has(MessageId));
    // Nothing more, or so much that the first are seen again.
    if (fresh.length === 0) return [...all.values()];
    for (const message of fresh) all.set(message.MessageId, message);
  }
};

const said = (way: Way): string => {
  if ("queue" in way) return `back to the queue ${way.queue}`;
  if ("functionName" in way) return `to the function ${way.functionName}`;
  return "drop" in way ? `away, for ${way.drop}` : `nowhere: ${way.keep}`;
};

const sendAgain = async ({ sqs, lambda, deadLettersUrl }: Installation, way: Way): Promise<void> => {
  if ("queue" in way) {
    const QueueUrl = deadLettersUrl.replace(/[^/]+$/, way.queue);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: way.body }));
  } else if ("functionName" in way) {
    const Payload = Buffer.from(JSON.stringify(way.payload));
    await lambda.send(new InvokeCommand({ FunctionName: way.functionName, InvocationType: "Event", Payload }));
  }
};

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: { go: { type: "boolean", default: false }, aws: { type: "boolean", default: false } },
  });
  const installation = await findInstallation(values.aws);
  const { sqs, deadLettersUrl: QueueUrl, where } = installation;
  const wakings = await readManifest(functions);
  const letters = (await takeAll(installation)).map((message) => letterOf(message, wakings));
  if (letters.length === 0) {
    console.log(`Nothing was given up on: the dead-letter queue is empty, on ${where}.`);
    return 0;
  }
  console.log(`${letters.length} dead letters, on ${where}:`);
  for (const [what, some] of Map.groupBy(letters, ({ way, error }) => `${said(way)} (${error.slice(0, 200)})`)) {
    const times = some.map(({ at }) => at).sort();
    console.log(`  ${some.length} x ${what}, ${times[0]} … ${times.at(-1)}`);
  }

  let sent = 0;
  let left = 0;
  for (const { receipt: ReceiptHandle, way } of letters) {
    try {
      if (values.go && !("keep" in way)) {
        // Sent, then taken out: what dies in between is sent twice, which does nothing twice.
        await sendAgain(installation, way);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        sent += 1;
        continue;
      }
    } catch (error) {
      console.error(`Not sent ${said(way)}: ${error instanceof Error ? error.message : error}`);
    }
    left += 1;
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  }
  if (values.go) console.log(`${sent} done, ${left} left. What fails again comes back here.`);
  else console.log("Nothing was done. Mend the cause, then: npm run redrive -- --go");
  return values.go && left > 0 ? 1 : 0;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

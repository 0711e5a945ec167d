import { randomInt } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import * as z from "zod";
import { config } from "./config.ts";

export const needs = [{ mail: ["ses:SendEmail"] }] as const;

let shared: SESv2Client | undefined;
const ses = (): SESv2Client => {
  // The SDK would also repeat what may have been done, and a mail cannot be taken back.
  const requestHandler = { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true };
  shared ??= new SESv2Client({ maxAttempts: 1, requestHandler });
  return shared;
};

/** `from`: the name that the reader sees; the address is ours. */
export type Mail = { to: string; from: string; subject: string; text: string; html: string };

/**
 * What is known of a mail that SES did not take. `refused`: for good, this mail will never be taken. `unsent`: it did not
 * leave, and may be tried again. `unknown`: it may or may not have left.
 */
export type Failure = "refused" | "unsent" | "unknown";

/** It holds nothing of what SES said but the error's name: SES repeats addresses in its messages, and errors are logged. */
export class MailFailure extends Error {
  readonly failure: Failure;
  /** What SES or the SDK calls it. */
  readonly reason: string;
  readonly requestId: string | undefined;
  constructor(failure: Failure, reason: string, requestId: string | undefined) {
    super(`A mail was not sent (${failure}): ${reason}, request ${requestId ?? "unknown"}.`);
    this.name = "MailFailure";
    this.failure = failure;
    this.reason = reason;
    this.requestId = requestId;
  }
}

/** SES documents of SendEmail that these are about the mail itself; its other errors are about the account and the moment. */
const refusals = ["MessageRejected", "BadRequestException"];
/** There was nobody to ask, so nothing was asked. */
const unreached = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "CredentialsProviderError"];
const serviceUnavailable = 503;

const Word = z.string().regex(/^[\w.-]{1,100}$/);
const Told = z.object({
  name: Word.catch("Error"),
  code: Word.optional().catch(undefined),
  $fault: z.string().optional().catch(undefined),
  $metadata: z
    .object({ httpStatusCode: z.number().optional().catch(undefined), requestId: Word.optional().catch(undefined) })
    .catch({}),
});

const failureOf = ({ name, code, $fault, $metadata }: z.infer<typeof Told>): Failure => {
  if (refusals.includes(name)) return "refused";
  const isUnsent =
    $fault === "client" ||
    $metadata.httpStatusCode === serviceUnavailable ||
    unreached.includes(name) ||
    (code !== undefined && unreached.includes(code));
  return isUnsent ? "unsent" : "unknown";
};

const mailFailure = (error: unknown): MailFailure => {
  const told = Told.safeParse(error);
  if (!told.success) return new MailFailure("unknown", typeof error, undefined);
  return new MailFailure(failureOf(told.data), told.data.name, told.data.$metadata.requestId);
};

// An encoded word has at most 75 characters (RFC 2047 §2), of which =?UTF-8?B? and ?= take 12; four carry three bytes.
const mostWordBytes = 45;
const mostNameLetters = 60;

/** A display name goes into a header: in encoded words it can carry any letter and break nothing. */
export const displayName = (name: string): string => {
  const words = [""];
  for (const letter of [...name].slice(0, mostNameLetters)) {
    const longer = `${words.at(-1)}${letter}`;
    if (Buffer.byteLength(longer) <= mostWordBytes) words[words.length - 1] = longer;
    else words.push(letter);
  }
  // What reads them leaves out the spaces between encoded words.
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString("base64")}?=`).join(" ");
};

const mostAttempts = 3;

/** Sends one mail. What certainly did not leave is tried again at once. @throws MailFailure */
export const sendMail = async ({ to, from, subject, text, html }: Mail): Promise<void> => {
  const part = (Data: string) => ({ Data, Charset: "UTF-8" });
  const command = new SendEmailCommand({
    FromEmailAddress: `${displayName(from)} <${config.mailFrom()}>`,
    Destination: { ToAddresses: [to] },
    Content: { Simple: { Subject: part(subject), Body: { Text: part(text), Html: part(html) } } },
  });
  for (let attempt = 1; ; attempt++) {
    try {
      await ses().send(command);
      return;
    } catch (error) {
      const failed = mailFailure(error);
      if (failed.failure !== "unsent" || attempt === mostAttempts) throw failed;
      await setTimeout(randomInt(100 * 2 ** attempt));
    }
  }
};

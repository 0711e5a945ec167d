import { GetAccountCommand, SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import * as z from "zod";
import { remembers } from "../platform/cache.ts";
import { minutes } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { displayName, type Mail } from "./layout.ts";
import { type Allowance, type Failure, MailFailure, type Tags, type Transport } from "./transport.ts";

// Amazon SES v2.

export const needs = [{ mail: ["ses:SendEmail"] }, { mailAccount: ["ses:GetAccount"] }] as const;

let shared: SESv2Client | undefined;
export const client = (): SESv2Client => {
  // The SDK would also repeat what may have been done, and a mail cannot be taken back.
  const requestHandler = { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true };
  shared ??= new SESv2Client({ maxAttempts: 1, requestHandler });
  return shared;
};

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
  $metadata: z.object({ httpStatusCode: z.number().optional().catch(undefined) }).catch({}),
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
  return told.success
    ? new MailFailure(failureOf(told.data), told.data.name)
    : new MailFailure("unknown", typeof error);
};

const send = async (mail: Mail, { workspace, address, everywhere }: Tags): Promise<void> => {
  const part = (Data: string) => ({ Data, Charset: "UTF-8" });
  const configurationSet = config.mailConfigurationSet();
  const command = new SendEmailCommand({
    FromEmailAddress: `${displayName(mail.from)} <${config.mailFrom()}>`,
    Destination: { ToAddresses: [mail.to] },
    ...(mail.replyTo === undefined ? {} : { ReplyToAddresses: [mail.replyTo] }),
    Content: {
      Simple: {
        Subject: part(mail.subject),
        Body: { Text: part(mail.text), Html: part(mail.html) },
        Headers: Object.entries(mail.headers).map(([Name, Value]) => ({ Name, Value })),
      },
    },
    ...(configurationSet === undefined ? {} : { ConfigurationSetName: configurationSet }),
    EmailTags: Object.entries({ workspace, address, everywhere }).map(([Name, Value]) => ({ Name, Value })),
  });
  try {
    await client().send(command);
  } catch (error) {
    throw mailFailure(error);
  }
};

/** How the account stands. `perDay` is undefined where there is no limit. */
export type Account = Allowance & { sandbox: boolean; enabled: boolean };

/** A quota moves once in a while; what was sent, all the time. */
const accounts = remembers<Account>(minutes(1));

export const account = (): Promise<Account> =>
  accounts.get("", async () => {
    const { SendQuota, ProductionAccessEnabled, SendingEnabled } = await client().send(new GetAccountCommand({}));
    const perDay = SendQuota?.Max24HourSend ?? 0;
    return {
      perSecond: SendQuota?.MaxSendRate ?? 1,
      // SES says -1 for no limit.
      perDay: perDay < 0 ? undefined : perDay,
      sentLastDay: SendQuota?.SentLast24Hours ?? 0,
      sandbox: !ProductionAccessEnabled,
      enabled: SendingEnabled ?? false,
    };
  });

export const ses: Transport = { send, allowance: account };

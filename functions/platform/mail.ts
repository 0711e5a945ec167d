import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { config } from "./config.ts";

export const needs = [{ mail: ["ses:SendEmail"] }] as const;

let shared: SESv2Client | undefined;
const ses = (): SESv2Client => {
  shared ??= new SESv2Client();
  return shared;
};

/** `from`: the name that the reader sees; the address is ours. */
export type Mail = { to: string; from: string; subject: string; text: string; html: string };

// A display name goes into a header: as an RFC 2047 encoded word it can carry any letter and break nothing.
const displayName = (name: string): string => `=?UTF-8?B?${Buffer.from(name.slice(0, 60)).toString("base64")}?=`;

/** Sends one mail. Throws where SES does not take it. */
export const sendMail = async ({ to, from, subject, text, html }: Mail): Promise<void> => {
  const part = (Data: string) => ({ Data, Charset: "UTF-8" });
  await ses().send(
    new SendEmailCommand({
      FromEmailAddress: `${displayName(from)} <${config.mailFrom()}>`,
      Destination: { ToAddresses: [to] },
      Content: { Simple: { Subject: part(subject), Body: { Text: part(text), Html: part(html) } } },
    }),
  );
};

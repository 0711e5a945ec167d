import { GetEmailIdentityCommand } from "@aws-sdk/client-sesv2";
import { client } from "./ses.ts";

export const needs = [{ mail: ["ses:GetEmailIdentity"] }] as const;

/** What SES has found of a domain. */
export type Identity = { tokens: string[]; dkim: boolean; mailFrom: boolean };

/** Undefined where SES does not know the domain. */
export const identityOf = async (domain: string): Promise<Identity | undefined> => {
  try {
    const { DkimAttributes, MailFromAttributes } = await client().send(
      new GetEmailIdentityCommand({ EmailIdentity: domain }),
    );
    return {
      tokens: DkimAttributes?.Tokens ?? [],
      dkim: DkimAttributes?.Status === "SUCCESS",
      mailFrom: MailFromAttributes?.MailFromDomainStatus === "SUCCESS",
    };
  } catch (error) {
    if (error instanceof Error && error.name === "NotFoundException") return undefined;
    throw error;
  }
};

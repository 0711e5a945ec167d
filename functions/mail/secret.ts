import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

export const needs = [{ mailSecret: ["secretsmanager:GetSecretValue"] }] as const;

let shared: SecretsManagerClient | undefined;

/** What a secret of AWS Secrets Manager says. */
export const secretText = async (arn: string): Promise<string> => {
  shared ??= new SecretsManagerClient();
  const { SecretString } = await shared.send(new GetSecretValueCommand({ SecretId: arn }));
  if (!SecretString) throw new Error("The secret with the SMTP server holds no text.");
  return SecretString;
};

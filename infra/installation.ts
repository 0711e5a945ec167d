import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { accountId, bucketName, dataFolder, deadLettersName } from "./local/names.ts";

// What an operator's command works on: the local runner of this folder, or what is deployed on AWS.

/** What `npm start` leaves in its data folder while it runs. */
const Local = z.object({ url: z.url(), aws: z.url(), processId: z.int() });

const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
};

/** The local runner, if one runs in this folder. */
export const localRunner = (): z.infer<typeof Local> | undefined => {
  const path = join(dataFolder, "local.json");
  if (!existsSync(path)) return undefined;
  const local = Local.parse(JSON.parse(readFileSync(path, "utf8")));
  return isAlive(local.processId) ? local : undefined;
};

export type Installation = {
  /** In words. */
  where: string;
  deadLettersUrl: string;
  bucket: string;
  sqs: SQSClient;
  lambda: LambdaClient;
  s3: S3Client;
};

const outputsOf = async (stack: string): Promise<ReadonlyMap<string, string>> => {
  const { Stacks } = await new CloudFormationClient().send(new DescribeStacksCommand({ StackName: stack }));
  return new Map(
    (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey ?? "", OutputValue ?? ""]),
  );
};

const output = (outputs: ReadonlyMap<string, string>, name: string): string => {
  const value = outputs.get(name);
  if (!value) throw new Error(`The stacks there do not say ${name}: deploy this release first.`);
  return value;
};

/** With the credentials and the region of the AWS command line. */
const onAws = async (): Promise<Installation> => {
  const [data, app] = await Promise.all([outputsOf("samenspraak-data"), outputsOf("samenspraak-app")]);
  return {
    where: "AWS",
    deadLettersUrl: output(app, "DeadLettersUrl"),
    bucket: output(data, "BucketName"),
    sqs: new SQSClient(),
    lambda: new LambdaClient(),
    s3: new S3Client(),
  };
};

/** Throws, with what to do, where there is none. */
export const findInstallation = async (aws: boolean): Promise<Installation> => {
  if (aws) return onAws();
  const local = localRunner();
  if (!local)
    throw new Error("No local runner runs here. Start one (npm start), or add --aws for what is deployed on AWS.");
  const client = {
    endpoint: local.aws,
    region: "local",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };
  return {
    where: `the local runner at ${local.url}`,
    deadLettersUrl: `${local.aws}/${accountId}/${deadLettersName}`,
    bucket: bucketName,
    sqs: new SQSClient(client),
    lambda: new LambdaClient(client),
    s3: new S3Client({ ...client, forcePathStyle: true }),
  };
};

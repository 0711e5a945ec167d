// npm run workspace -- create "Bakkerij Zon" [--owner anna@example.nl] [--language en] [--aws]
// Makes a workspace and prints its first API key, and invites its first owner by mail: on the local runner, or with --aws on
// AWS, with the credentials and region of the AWS command line, whose holder must be allowed to invoke the function.
import { parseArgs } from "node:util";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import * as z from "zod";
import { localRunner } from "./installation.ts";
import { dataFolder } from "./local/names.ts";

const functionName = "samenspraak-workspaces-create";
const usage = `Usage: npm run workspace -- create "Name of the workspace" [--owner address] [--language nl|en] [--aws]`;

const Created = z.object({ workspaceId: z.string(), apiKey: z.string() });
const Failure = z.object({ errorMessage: z.string() });
const client = (local: string | undefined): LambdaClient =>
  local
    ? new LambdaClient({
        endpoint: `${local}/local/lambda`,
        region: "local",
        credentials: { accessKeyId: "local", secretAccessKey: "local" },
      })
    : new LambdaClient();

/** What the function takes. */
type NewWorkspace = { name: string; owner?: string; ownerLanguage?: string };

const create = async (asked: NewWorkspace, local: string | undefined): Promise<z.infer<typeof Created>> => {
  const { Payload, FunctionError } = await client(local).send(
    new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(asked)) }),
  );
  const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || "null");
  if (FunctionError) throw new Error(Failure.safeParse(answer).data?.errorMessage ?? FunctionError);
  return Created.parse(answer);
};

/** What the command line says, or nothing where it says something else. */
const asked = (): { workspace: NewWorkspace; aws: boolean } | undefined => {
  const { values, positionals } = parseArgs({
    strict: false,
    allowPositionals: true,
    options: { aws: { type: "boolean" }, owner: { type: "string" }, language: { type: "string" } },
  });
  const [verb, name, ...more] = positionals;
  const { aws, owner, language, ...unknown } = values;
  if (verb !== "create" || !name || more.length > 0 || Object.keys(unknown).length > 0) return undefined;
  // Not strict: an option without its value is true.
  if (owner === true || language === true) return undefined;
  const invitation = typeof owner === "string" ? { owner } : {};
  const inLanguage = typeof language === "string" ? { ownerLanguage: language } : {};
  return { workspace: { name, ...invitation, ...inLanguage }, aws: aws === true };
};

const main = async (): Promise<number> => {
  const command = asked();
  if (!command) {
    console.error(usage);
    return 2;
  }
  const { workspace, aws } = command;
  const local = aws ? undefined : localRunner()?.url;
  const where = local ? `the local runner at ${local}` : "AWS";
  if (!local && !aws) {
    console.error(
      `No local runner uses the data in ${dataFolder} (SAMENSPRAAK_DATA says which). Start one (npm start), or add --aws to make it on AWS.`,
    );
    return 1;
  }
  try {
    const { workspaceId, apiKey } = await create(workspace, local);
    console.log(
      `Workspace "${workspace.name}" exists now, on ${where}.\n\n  workspace  ${workspaceId}\n  API key    ${apiKey}\n`,
    );
    console.log("The key is shown this once; keep it like a password.");
    if (workspace.owner) console.log(`${workspace.owner} is mailed an invitation, which holds for a week.`);
    return 0;
  } catch (error) {
    console.error(`No workspace was made on ${where}: ${error instanceof Error ? error.message : String(error)}`);
    if (!local)
      console.error("Are the stacks deployed there, and do your AWS credentials and region (AWS_REGION) point there?");
    return 1;
  }
};

process.exitCode = await main();

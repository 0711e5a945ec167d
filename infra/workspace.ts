// npm run workspace -- create "Bakkerij Zon" [--aws]
// Makes a workspace and prints its first API key: on the local runner, or with --aws on AWS, with the
// credentials and region of the AWS command line, where the key's holder must be allowed to invoke the function.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import * as z from "zod";
import { dataFolder } from "./local/names.ts";

const functionName = "samenspraak-workspaces-create";
const usage = `Usage: npm run workspace -- create "Name of the workspace" [--aws]`;

const Created = z.object({ workspaceId: z.string(), apiKey: z.string() });
const Failure = z.object({ errorMessage: z.string() });
const Local = z.object({ url: z.url(), processId: z.int() });

const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
};

/** Where the local runner is, if one runs in this folder. */
const localRunner = (): string | undefined => {
  const path = join(dataFolder, "local.json");
  if (!existsSync(path)) return undefined;
  const { url, processId } = Local.parse(JSON.parse(readFileSync(path, "utf8")));
  return isAlive(processId) ? url : undefined;
};

const client = (local: string | undefined): LambdaClient =>
  local
    ? new LambdaClient({
        endpoint: `${local}/local/lambda`,
        region: "local",
        credentials: { accessKeyId: "local", secretAccessKey: "local" },
      })
    : new LambdaClient();

const create = async (name: string, local: string | undefined): Promise<z.infer<typeof Created>> => {
  const { Payload, FunctionError } = await client(local).send(
    new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify({ name })) }),
  );
  const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || "null");
  if (FunctionError) throw new Error(Failure.safeParse(answer).data?.errorMessage ?? FunctionError);
  return Created.parse(answer);
};

/** What the command line says, or nothing where it says something else. */
const asked = (): { name: string; aws: boolean } | undefined => {
  const { values, positionals } = parseArgs({
    strict: false,
    allowPositionals: true,
    options: { aws: { type: "boolean" } },
  });
  const [verb, name, ...more] = positionals;
  const known = Object.keys(values).every((option) => option === "aws");
  return verb === "create" && name && more.length === 0 && known ? { name, aws: values.aws === true } : undefined;
};

const main = async (): Promise<number> => {
  const command = asked();
  if (!command) {
    console.error(usage);
    return 2;
  }
  const { name, aws } = command;
  const local = aws ? undefined : localRunner();
  const where = local ? `the local runner at ${local}` : "AWS";
  if (!local && !aws) {
    console.error("No local runner runs here. Start one (npm start), or add --aws to make it on AWS.");
    return 1;
  }
  try {
    const { workspaceId, apiKey } = await create(name, local);
    console.log(
      `Workspace "${name}" exists now, on ${where}.\n\n  workspace  ${workspaceId}\n  API key    ${apiKey}\n`,
    );
    console.log("The key is shown this once; keep it like a password.");
    return 0;
  } catch (error) {
    console.error(`No workspace was made on ${where}: ${error instanceof Error ? error.message : String(error)}`);
    if (!local)
      console.error("Are the stacks deployed there, and do your AWS credentials and region (AWS_REGION) point there?");
    return 1;
  }
};

process.exitCode = await main();

import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { TestProject } from "vitest/node";
import { type Dynamodb, DynamodbError, startDynamodb } from "../infra/local/dynamodb.ts";
import { tableName } from "../infra/local/names.ts";

// The databases of a run of the tests, one for each of its workers. Java takes seconds to start, and as long again until it is
// quick; so a worker's test files, which run one after the other, have the same one, each with a table that is new. It grows
// slower with each, so a few files have one and the next few another; and a file of crowds has its own.

declare module "vitest" {
  interface ProvidedContext {
    /** The address that gives a worker its database. */
    databases: string;
  }
}

const mostFiles = 6;

const fresh = async ({ call, endpoint }: Dynamodb): Promise<string> => {
  try {
    await call("DeleteTable", { TableName: tableName });
  } catch (error) {
    if (!(error instanceof DynamodbError && error.name === "ResourceNotFoundException")) throw error;
  }
  return endpoint;
};

export default async (project: TestProject): Promise<() => Promise<void>> => {
  type Started = { database: Promise<Dynamodb>; files: number };
  const started = new Map<string, Started>();
  const start = (): Promise<Dynamodb> => startDynamodb({ fastJava: true, ended: (reason) => console.error(reason) });
  const answer: RequestListener = (request, response) => {
    const { pathname: worker, searchParams } = new URL(request.url ?? "", "http://127.0.0.1");
    const isAlone = searchParams.has("alone");
    const before = started.get(worker);
    const isWorn = before !== undefined && (isAlone || before.files >= mostFiles);
    if (isWorn) before.database.then(({ stop }) => stop()).catch(() => undefined);
    const { database, files } = before && !isWorn ? before : { database: start(), files: 0 };
    started.set(worker, { database, files: isAlone ? mostFiles : files + 1 });
    database.then(fresh).then(
      (endpoint) => response.end(endpoint),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  };
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port was given.");
  project.provide("databases", `http://127.0.0.1:${address.port}`);
  return async () => {
    server.close();
    for (const { database } of started.values()) await (await database).stop();
  };
};

/** The address of this worker's database, with nothing in it. `databases`: as it was provided. `alone`: no other file has it. */
export const emptyDatabase = async (databases: string, { alone = false } = {}): Promise<string> => {
  const answer = await fetch(`${databases}/${process.env.VITEST_POOL_ID}${alone ? "?alone" : ""}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
};

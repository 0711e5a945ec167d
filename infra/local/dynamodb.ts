import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { table } from "../table.ts";
import { region, tableName } from "./names.ts";

const emulator = resolve(import.meta.dirname, "../../node_modules/amplify-dynamodb-simulator/emulator");

const JAVA_NEEDED = 17;
const START_LIMIT_MS = 60_000;

/**
 * Java outlives a `kill -9` of its parent, and a second one would open the same files. This shell ends it as soon as
 * the other end of the pipe at 3 is closed, by us or by our death.
 */
const watchdog =
  'java="$1"; shift; "$java" "$@" </dev/null & p=$!; (cat >/dev/null; kill $p 2>/dev/null) <&3 & wait $p';

/** One operation of DynamoDB or its streams, in the JSON of the wire (binary values are base64). Throws what it refuses. */
export type DynamodbCall = (operation: string, input: object) => Promise<Record<string, unknown>>;

export class DynamodbError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** The runner's own calls: plain JSON, since a stream record on the wire already has the shape in which Lambda passes it. */
export const dynamodbCalls = (endpoint: string): DynamodbCall & { close: () => void } => {
  const agent = new Agent({ keepAlive: true });
  const call: DynamodbCall = (operation, input) =>
    new Promise((resolve, reject) => {
      const stream = ["DescribeStream", "GetShardIterator", "GetRecords"].includes(operation);
      const sent = request(endpoint, {
        agent,
        method: "POST",
        headers: {
          "content-type": "application/x-amz-json-1.0",
          "x-amz-target": `${stream ? "DynamoDBStreams_20120810" : "DynamoDB_20120810"}.${operation}`,
          authorization: `AWS4-HMAC-SHA256 Credential=local/20200101/${region}/dynamodb/aws4_request, SignedHeaders=host, Signature=local`,
        },
      });
      sent.on("error", reject);
      sent.on("response", async (response) => {
        try {
          const answer = JSON.parse(Buffer.concat(await response.toArray()).toString("utf8"));
          if (response.statusCode === 200) return resolve(answer);
          const name = String(answer.__type ?? "").replace(/^.*#/, "");
          reject(new DynamodbError(name, `${operation}: ${answer.message ?? answer.Message ?? name}`));
        } catch (error) {
          reject(error);
        }
      });
      sent.end(JSON.stringify(input));
    });
  return Object.assign(call, { close: () => agent.destroy() });
};

const installLine = (): string =>
  ({
    darwin: "brew install --cask temurin@17",
    win32: "winget install EclipseAdoptium.Temurin.17.JRE",
  })[process.platform as string] ??
  "sudo apt-get install openjdk-17-jre-headless   (Debian, Ubuntu)\n  sudo dnf install java-17-openjdk-headless       (Fedora)";

/** Why Java did not do: absent, too old, or something that it says itself. */
const whyJavaFailed = (java: string, said: string): string => {
  const asked = spawnSync(java, ["-version"], { encoding: "utf8" });
  const version = /version "(?:1\.)?(\d+)/.exec(`${asked.stderr ?? ""}${asked.stdout ?? ""}`)?.[1];
  if (version !== undefined && Number(version) >= JAVA_NEEDED) {
    return `The local database (DynamoDB Local) stopped by itself:\n${said.trim()}`;
  }
  const where = process.env.JAVA_HOME ? ` where JAVA_HOME points (${java})` : "";
  const found = version === undefined ? `none was found${where}` : `this is Java ${version}${where && `,${where}`}`;
  return `Samenspraak keeps its data here in AWS's DynamoDB Local, which needs Java ${JAVA_NEEDED} or later; ${found}. Install it with:\n  ${installLine()}\nand run the same command again.`;
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("No free port was given.");
  return address.port;
};

export type Dynamodb = { endpoint: string; call: DynamodbCall; streamArn: string; stop: () => Promise<void> };

/** A DynamoDB Local that someone else has started, and stops. */
export const reachDynamodb = async (endpoint: string): Promise<Dynamodb> => {
  const call = dynamodbCalls(endpoint);
  return { endpoint, call, streamArn: await makeTable(call), stop: async () => call.close() };
};

/** Creates the table as the stack does, where it is not yet there, and gives its stream. */
const makeTable = async (call: DynamodbCall): Promise<string> => {
  const key = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: "HASH" },
    { AttributeName: sort, KeyType: "RANGE" },
  ];
  const keys = [table.partitionKey, table.sortKey, ...table.indexes.flatMap((i) => [i.partitionKey, i.sortKey])];
  try {
    await call("CreateTable", {
      TableName: tableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: keys.map((name) => ({ AttributeName: name, AttributeType: "S" })),
      KeySchema: key(table.partitionKey, table.sortKey),
      StreamSpecification: { StreamEnabled: true, StreamViewType: table.stream },
      GlobalSecondaryIndexes: table.indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: key(index.partitionKey, index.sortKey),
        Projection:
          index.include.length > 0
            ? { ProjectionType: "INCLUDE", NonKeyAttributes: index.include }
            : { ProjectionType: "KEYS_ONLY" },
      })),
    });
  } catch (error) {
    if (!(error instanceof DynamodbError && error.name === "ResourceInUseException")) throw error;
  }
  const { Table } = await call("DescribeTable", { TableName: tableName });
  const described = Table as { LatestStreamArn?: string };
  if (!described.LatestStreamArn) throw new Error(`The table ${tableName} has no stream.`);
  return described.LatestStreamArn;
};

/**
 * Starts AWS's DynamoDB Local with the system's one table: in memory, or in `folder`. Throws, with what to do, where
 * Java is absent, too old or ends at once. `ended` is told when it ends by itself later.
 * It deletes nothing when its time to live is over, as the real one does some day.
 * `fastJava`: compile quickly rather than well; right for tests, wrong for measuring. `pid`: of the group that Java is in.
 */
export const startDynamodb = async (options: {
  folder?: string;
  fastJava?: boolean;
  ended: (reason: string) => void;
}): Promise<Dynamodb & { pid: number | undefined }> => {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const folder = options.folder === undefined ? undefined : resolve(options.folder);
  if (folder) mkdirSync(folder, { recursive: true });
  const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, "bin", "java") : "java";
  const args = [
    ...(options.fastJava ? ["-XX:TieredStopAtLevel=1"] : []),
    "-XX:+UseSerialGC",
    `-Djava.library.path=${join(emulator, "DynamoDBLocal_lib")}`,
    ...["-jar", join(emulator, "DynamoDBLocal.jar"), "-port", String(port)],
    ...["-sharedDb", "-disableTelemetry", ...(folder ? ["-dbPath", folder] : ["-inMemory"])],
  ];
  const stdio = ["ignore", "pipe", "pipe", "pipe"] as const;
  // In a group of its own, so that Ctrl-C reaches us first and Java stops when we say so.
  const child: ChildProcess =
    process.platform === "win32"
      ? spawn(java, args, { cwd: emulator, stdio: [...stdio] })
      : spawn("sh", ["-c", watchdog, "sh", java, ...args], { cwd: emulator, stdio: [...stdio], detached: true });

  let said = "";
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString("utf8")).slice(-4_000);
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  let stopping = false;
  const letGo = (): void => {
    const pipe = child.stdio[3];
    if (pipe && "destroy" in pipe) pipe.destroy();
    if (process.platform === "win32") child.kill();
  };
  const exit = new Promise<string>((resolve) => {
    child.once("error", () => resolve(whyJavaFailed(java, said)));
    child.once("exit", () => {
      letGo();
      resolve(stopping ? "" : whyJavaFailed(java, said));
    });
  });
  const call = dynamodbCalls(endpoint);
  const stop = async (): Promise<void> => {
    stopping = true;
    call.close();
    letGo();
    await exit;
  };

  const deadline = Date.now() + START_LIMIT_MS;
  let ended: string | undefined;
  void exit.then((reason) => {
    ended = reason;
  });
  for (;;) {
    if (ended !== undefined) throw new Error(ended);
    const up = await call("ListTables", {}).then(
      () => true,
      () => false, // Nobody listens yet.
    );
    if (up) break;
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`The local database did not answer within ${START_LIMIT_MS / 1000} s:\n${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  void exit.then((reason) => {
    if (!stopping) options.ended(reason);
  });
  return { endpoint, call, streamArn: await makeTable(call), stop, pid: child.pid };
};

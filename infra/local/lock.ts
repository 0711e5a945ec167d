import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Where the owner of a data folder listens: a name that dies with its process, unlike a file with a number in it. */
const socketOf = (folder: string): string => {
  const name = `samenspraak-${createHash("sha256").update(resolve(folder)).digest("hex").slice(0, 16)}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
};

/** The process that owns the folder, or undefined where none answers. */
const ownerOf = (socket: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const connection = createConnection(socket);
    let said = "";
    connection.setEncoding("utf8");
    connection.on("data", (text: string) => {
      said += text;
    });
    connection.on("error", () => resolve(undefined)); // Nobody listens: whoever did is gone.
    connection.on("end", () => resolve(said));
  });

const listen = (socket: string): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.end(String(process.pid)));
    server.unref();
    server.once("listening", () => resolve(server));
    server.once("error", (error) =>
      "code" in error && error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(socket);
  });

/** Makes this process the only one that uses a data folder, until it ends or lets go. Throws where another does. */
export const claimFolder = async (folder: string): Promise<{ release: () => Promise<void> }> => {
  const socket = socketOf(folder);
  let server = await listen(socket);
  if (!server) {
    const owner = await ownerOf(socket);
    if (owner !== undefined) {
      throw new Error(`Another Samenspraak (process ${owner}) uses ${resolve(folder)}. Stop that one first.`);
    }
    rmSync(socket, { force: true });
    server = await listen(socket);
  }
  if (!server) throw new Error(`Another Samenspraak is starting on ${resolve(folder)}. Stop that one first.`);
  const claimed = server;
  return { release: () => new Promise((resolve) => claimed.close(() => resolve())) };
};

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

// A server beside a test, in a process of its own.

export const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address ? address.port : 0;
};

/**
 * Starts it. It ends, and all that it has started, when `stop` is called, and when this process ends, however that comes about:
 * the shell that it is in hears its input end.
 */
export const startBeside = (command: string, args: readonly string[], env = process.env) => {
  const shell = spawn("/bin/sh", ["-c", '"$@" </dev/null & cat; kill -9 0', "sh", command, ...args], {
    // A group of its own is what that 0 stands for.
    ...{ detached: true, env },
    stdio: ["pipe", "ignore", "ignore"],
  });
  return {
    stop: async () => {
      const ended = once(shell, "exit");
      shell.stdin.end();
      await ended;
    },
  };
};

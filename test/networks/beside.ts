import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

// A server beside a test, in a process of its own.

/** One below those that systems give out by themselves, to whoever asks for any: it is still free when its server starts. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
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

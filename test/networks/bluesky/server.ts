import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as z from "zod";
import { install } from "../install.ts";

// Bluesky's own PDS, of @atproto/dev-env, in a process of its own.

const Announced = z.object({ pds: z.string() });
const Account = z.object({ did: z.string(), accessJwt: z.string() });
const AppPassword = z.object({ password: z.string() });

/** Where its packages are, once they are installed. */
export const getPds = (): Promise<string> => install("bluesky/pds");

/** A server with nobody on it. `folder`: where its packages are. */
export const startPds = async () => {
  const folder = await getPds();
  const server = spawn(process.execPath, ["server.js"], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
  let url = "";
  for await (const line of createInterface({ input: server.stdout })) {
    const { data } = line.startsWith("{") ? Announced.safeParse(JSON.parse(line)) : {};
    if (!data) continue;
    url = data.pds;
    break;
  }
  if (url === "") throw new Error("The PDS did not start; what it said is above.");

  const xrpc = async (
    nsid: string,
    { token, json, query = {} }: { token?: string; json?: unknown; query?: Record<string, string> },
  ) => {
    const answer = await fetch(new URL(`/xrpc/${nsid}?${new URLSearchParams(query)}`, url), {
      method: json === undefined ? "GET" : "POST",
      headers: {
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
  };

  return {
    url,
    folder,
    xrpc,
    /** A new account with an app password for us. */
    account: async (handle: string) => {
      const json = { handle, email: `${handle}@example.org`, password: "geheim-genoeg" };
      const { did, accessJwt: token } = Account.parse((await xrpc("com.atproto.server.createAccount", { json })).body);
      const made = await xrpc("com.atproto.server.createAppPassword", { token, json: { name: "Samenspraak" } });
      return { handle, did, token, appPassword: AppPassword.parse(made.body).password };
    },
    close: async () => {
      if (server.exitCode !== null) return;
      const ended = once(server, "exit");
      server.stdin.end();
      await ended;
    },
  };
};
export type Pds = Awaited<ReturnType<typeof startPds>>;

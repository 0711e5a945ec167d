import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { freePort, startBeside } from "../beside.ts";
import { libraryPath, unpacked } from "../debian.ts";

// snac2: a real server that speaks Mastodon's API, of Debian's backports. The package is unpacked here, not installed.

const libraries = [
  ...["libcurl4", "libbrotli1", "libnghttp2-14", "libpsl5", "librtmp1", "libssh2-1", "libldap-2.5-0", "libsasl2-2"],
  ...["libgssapi-krb5-2", "libkrb5-3", "libk5crypto3", "libkrb5support0", "libkeyutils1", "libcom-err2", "libssl3"],
];

/** The program, and what it is to find its libraries by. @throws NotHere */
export const getSnac = async (): Promise<{ snac: string; env: NodeJS.ProcessEnv }> => {
  const root = await unpacked("snac2", { "bookworm-backports": ["snac2"], bookworm: libraries });
  return { snac: join(root, "usr/bin/snac"), env: { ...process.env, LD_LIBRARY_PATH: libraryPath(root) } };
};

const App = z.object({ client_id: z.string(), client_secret: z.string() });
const Token = z.object({ access_token: z.string() });

/** A server with an account for each name; the access token and the password of each. */
export const startSnac = async (names: readonly string[]) => {
  const { snac, env } = await getSnac();
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "snac-"));
  const data = join(folder, "data");
  execFileSync(snac, ["init", data], {
    input: `127.0.0.1\n${port}\nlocalhost:${port}\n\n\n`,
    stdio: ["pipe", "ignore", "ignore"],
    env,
  });
  const file = join(data, "server.json");
  const settings = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, "utf8")));
  // With its usual four threads a server that delivers to itself waits for itself.
  writeFileSync(file, JSON.stringify({ ...settings, protocol: "http", num_threads: 16, queue_retry_minutes: 0 }));
  const passwords = names.map((name) => {
    const said = execFileSync(snac, ["adduser", data, name], {
      input: "\n",
      stdio: ["pipe", "pipe", "pipe"],
      env,
    }).toString();
    const password = /password is (\S+)/.exec(said)?.[1];
    if (password === undefined) throw new Error("snac gave no password.");
    return password;
  });
  const server = startBeside(snac, ["httpd", data], env);
  const url = `http://localhost:${port}`;
  const isUp = () =>
    fetch(`${url}/api/v1/instance`).then(
      (answer) => answer.ok,
      () => false,
    );
  for (let tries = 1; !(await isUp()); tries++) {
    if (tries === 300) {
      await server.stop();
      throw new Error("snac did not start.");
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const form = async (path: string, fields: Record<string, string>) =>
    fetch(`${url}${path}`, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  const redirect = "http://localhost/back";
  const tokens: string[] = [];
  for (const [i, login] of names.entries()) {
    const asked = { client_name: "Samenspraak", redirect_uris: redirect, scopes: "read write" };
    const app = App.parse(await (await form("/api/v1/apps", asked)).json());
    const { client_id, client_secret } = app;
    const passwd = passwords[i] ?? "";
    const back = await form("/oauth/x-snac-login", { login, passwd, redir: redirect, cid: client_id, state: "x" });
    const code = new URL(back.headers.get("location") ?? redirect).searchParams.get("code") ?? "";
    const grant = { grant_type: "authorization_code", code, client_id, client_secret, redirect_uri: redirect };
    tokens.push(Token.parse(await (await form("/oauth/token", grant)).json()).access_token);
  }
  return {
    url,
    tokens,
    passwords,
    close: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

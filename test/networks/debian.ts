import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { minutes } from "../../functions/platform/clock.ts";

// Real servers out of Debian's packages, unpacked into a folder of ours: nothing is installed on this machine. They come from
// where this machine's own packages come from, or from DEBIAN_MIRROR.

const run = promisify(execFile);
export const cache = resolve(import.meta.dirname, "../../node_modules/.cache/networks");
const release = "bookworm";

/** Why what comes from Debian cannot be had on this machine, in words. It says nothing about what is tested. */
export class NotHere extends Error {
  override name = "NotHere";
}

/** Where this machine gets Debian from, as its own list says. @throws NotHere */
const mirror = async (): Promise<string> => {
  const system = await readFile("/etc/os-release", "utf8").catch(() => "");
  if (!new RegExp(`^VERSION_CODENAME=${release}$`, "m").test(system))
    throw new NotHere(`this machine is no Debian 12 (${release})`);
  const { DEBIAN_MIRROR: named } = process.env;
  if (named) return named;
  const folder = "/etc/apt/sources.list.d";
  const files = ["/etc/apt/sources.list", ...(await readdir(folder).catch(() => [])).map((name) => join(folder, name))];
  for (const file of files) {
    const text = await readFile(file, "utf8").catch(() => "");
    for (const stanza of text.split(/\n\s*\n/)) {
      const [, url] = /^URIs:\s*(\S+)/m.exec(stanza) ?? [];
      if (url && new RegExp(`^Suites:.*\\b${release}\\b`, "m").test(stanza)) return url;
    }
    const [, url] = new RegExp(`^deb\\s+(?:\\[[^\\]]*\\]\\s+)?(\\S+)\\s+${release}\\s`, "m").exec(text) ?? [];
    if (url) return url;
  }
  throw new NotHere(`this machine's lists of packages do not name Debian ${release}`);
};

const mostMs = minutes(3);

/** Runs apt-get. @throws NotHere where the mirror does not give what is asked, or not in time */
const apt = async (args: readonly string[], from: string, cwd: string): Promise<void> => {
  try {
    await run("apt-get", args, { cwd, timeout: mostMs });
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
    const why = /^[EW]: (?:Failed to fetch \S+\s+)?(.*)$/m.exec(said)?.[1] ?? `no answer in ${mostMs / 1000} s`;
    throw new NotHere(`the mirror ${from} does not give them (${why})`, { cause: error });
  }
};

/**
 * The files of packages, by suite (trixie, bookworm-backports …), in a folder that is made once for these packages.
 * @throws NotHere
 */
export const unpacked = async (
  name: string,
  packages: Readonly<Record<string, readonly string[]>>,
): Promise<string> => {
  const root = join(cache, name, createHash("sha256").update(JSON.stringify(packages)).digest("hex").slice(0, 12));
  if (existsSync(root)) return root;
  const from = await mirror();
  await rm(join(cache, name), { recursive: true, force: true });
  await mkdir(join(cache, name), { recursive: true });
  const making = await mkdtemp(join(cache, name, "making-"));
  for (const path of ["apt/lists/partial", "apt/archives/partial", "debs", "root"])
    await mkdir(join(making, path), { recursive: true });
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const sources = join(making, "apt/sources.list");
  await writeFile(
    sources,
    Object.keys(packages)
      .map((suite) => `deb [signed-by=${keyring}] ${from} ${suite} main\n`)
      .join(""),
  );
  const options = [
    ...["-o", `Dir::State::lists=${join(making, "apt/lists")}`, "-o", `Dir::Cache=${join(making, "apt")}`],
    ...["-o", `Dir::Etc::sourcelist=${sources}`, "-o", "Dir::Etc::sourceparts=-", "-o", "APT::Sandbox::User=root"],
    // Or a mirror that is away would be a warning; translations are not read.
    ...["-o", "APT::Update::Error-Mode=any", "-o", "Acquire::Languages=none", "-o", "Acquire::Retries=2"],
    ...["-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20", "-qq"],
  ];
  await apt([...options, "update"], from, making);
  const wanted = Object.entries(packages).flatMap(([suite, names]) => names.map((one) => `${one}/${suite}`));
  await apt([...options, "download", ...wanted], from, join(making, "debs"));
  for (const deb of await readdir(join(making, "debs")))
    await run("dpkg-deb", ["-x", join(making, "debs", deb), join(making, "root")]);
  await rename(join(making, "root"), root);
  await rm(making, { recursive: true, force: true });
  return root;
};

/** Where a package's libraries are looked for before those of this machine. */
export const libraryPath = (root: string): string =>
  [join(root, "usr/lib/x86_64-linux-gnu"), join(root, "lib/x86_64-linux-gnu")].join(":");

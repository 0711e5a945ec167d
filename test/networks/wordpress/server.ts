import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { minutes } from "../../../functions/platform/clock.ts";
import { freePort, startBeside } from "../beside.ts";
import { cache, libraryPath, NotHere, unpacked } from "../debian.ts";

// WordPress 6.8 on PHP 8.2 with its own SQLite drop-in: serving within a second of being unpacked.

const run = promisify(execFile);
const mostMs = minutes(2);

const php = ["php8.2-cli", "php8.2-common", "php8.2-sqlite3", "php8.2-xml", "php8.2-mbstring", "php8.2-gd"];
const libraries = [
  ...["libargon2-1", "libsodium23", "libonig5", "libxml2", "libicu72", "libgd3", "libavif15", "libwebp7", "libxpm4"],
  ...[
    "libsqlite3-0",
    "libjpeg62-turbo",
    "libpng16-16",
    "libtiff6",
    "libfreetype6",
    "libfontconfig1",
    "libx11-6",
    "libxcb1",
  ],
  ...["libxau6", "libxdmcp6", "libbsd0", "libmd0", "libheif1", "libde265-0", "libx265-199", "libaom3", "libdav1d6"],
  ...["libgav1-1", "librav1e0", "libsvtav1enc1", "libyuv0", "libabsl20220623", "libjbig0", "libdeflate0", "liblerc4"],
  ...["libnuma1", "libedit2", "libbrotli1"],
];
const extensions = [
  "dom",
  "simplexml",
  "xml",
  "xmlreader",
  "xmlwriter",
  "mbstring",
  "gd",
  "pdo",
  "pdo_sqlite",
  "sqlite3",
];
const more = ["tokenizer", "ctype", "fileinfo", "iconv", "posix", "exif"];

/** The drop-in comes in the package of a tool that we do not install. */
const dropIn = "@wp-playground/cli";

const Made = z.object({ user: z.string(), password: z.string(), reader: z.string() });

/** Its files, and those of the drop-in. @throws NotHere */
export const getWordPress = async (): Promise<{ root: string; plugin: string }> => {
  if (process.arch !== "x64") throw new NotHere(`this machine is ${process.arch}, not x86-64`);
  const root = await unpacked("wordpress", {
    trixie: ["wordpress", "php-getid3"],
    bookworm: [...php, ...libraries, "unzip"],
  });
  const plugin = join(root, "sqlite");
  if (existsSync(plugin)) return { root, plugin };
  const making = await mkdtemp(join(cache, "wordpress/packed-"));
  await run("npm", ["pack", dropIn, "--pack-destination", making], { cwd: making, timeout: mostMs });
  const [archive = ""] = await readdir(making);
  await run("tar", ["-xzf", join(making, archive), "-C", making]);
  const found = (await readdir(making, { recursive: true })).find((name) =>
    /sqlite-database-integration[^/]*\.zip$/.test(name),
  );
  if (!found) throw new Error(`There is no SQLite drop-in in ${dropIn}.`);
  await run(join(root, "usr/bin/unzip"), ["-q", join(making, found), "-d", join(making, "plugin")]);
  const [only = ""] = await readdir(join(making, "plugin"));
  await rename(join(making, "plugin", only), plugin);
  await rm(making, { recursive: true });
  return { root, plugin };
};

/** Starts one of our own, empty, on a free port of this machine. */
export const startWordPress = async () => {
  const { root, plugin } = await getWordPress();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const site = join(cache, `wordpress/site-${port}`);
  const content = join(site, "wp-content");
  await cp(join(root, "usr/share/wordpress"), site, { recursive: true, dereference: false, verbatimSymlinks: true });
  // In the package they are links to where it would be installed.
  await rm(join(site, "wp-includes/ID3"), { recursive: true, force: true });
  await cp(join(root, "usr/share/php/getid3"), join(site, "wp-includes/ID3"), { recursive: true });
  for (const folder of ["mu-plugins", "uploads", "database"]) {
    await rm(join(content, folder), { recursive: true, force: true });
    await mkdir(join(content, folder), { recursive: true });
  }
  const dropped = join(content, "mu-plugins/sqlite-database-integration");
  await cp(plugin, dropped, { recursive: true });
  const db = await readFile(join(dropped, "db.copy"), "utf8");
  await writeFile(
    join(content, "db.php"),
    db
      .replaceAll("{SQLITE_IMPLEMENTATION_FOLDER_PATH}", dropped)
      .replaceAll("{SQLITE_PLUGIN}", "sqlite-database-integration/load.php"),
  );
  const keys = ["AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY", "AUTH_SALT", "SECURE_AUTH_SALT"];
  const defines = {
    ...{ DB_NAME: "wp", DB_USER: "", DB_PASSWORD: "", DB_HOST: "", DB_CHARSET: "utf8mb4", DB_COLLATE: "" },
    ...Object.fromEntries(
      [...keys, "LOGGED_IN_SALT", "NONCE_SALT"].map((key) => [key, randomBytes(32).toString("hex")]),
    ),
    ...{ WP_HOME: url, WP_SITEURL: url, WP_ENVIRONMENT_TYPE: "local" },
  };
  await rm(join(site, "wp-config.php"), { force: true });
  await writeFile(
    join(site, "wp-config.php"),
    `<?php
${Object.entries(defines)
  .map(([name, value]) => `define('${name}', '${value}');`)
  .join("\n")}
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
`,
  );
  await writeFile(
    join(site, "set-up.php"),
    `<?php
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = '127.0.0.1:${port}';
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Zon', 'redactie', 'redactie@zon.example', true, '', wp_generate_password(24, false));
update_option('comment_moderation', 0);
update_option('comment_previously_approved', 0);
update_option('permalink_structure', '/%postname%/');
$of = get_user_by('login', 'redactie')->ID;
$reader = wp_create_user('lezer', wp_generate_password(24, false), 'lezer@zon.example');
echo "\\n", json_encode([
  'user' => 'redactie',
  'password' => WP_Application_Passwords::create_new_application_password($of, ['name' => 'Samenspraak'])[0],
  'reader' => WP_Application_Passwords::create_new_application_password($reader, ['name' => 'Samenspraak'])[0],
]);
`,
  );
  const [api = ""] = await readdir(join(root, "usr/lib/php"));
  const env = { ...process.env, LD_LIBRARY_PATH: libraryPath(root), PHP_CLI_SERVER_WORKERS: "4" };
  const loaded = [...extensions, ...more]
    .filter((name) => existsSync(join(root, "usr/lib/php", api, `${name}.so`)))
    .flatMap((name) => ["-d", `extension=${name}`]);
  const options = [
    "-n",
    "-d",
    `extension_dir=${join(root, "usr/lib/php", api)}`,
    ...loaded,
    "-d",
    "sendmail_path=/bin/true",
  ];
  const binary = join(root, "usr/bin/php8.2");
  const { stdout } = await run(binary, [...options, join(site, "set-up.php")], { env, cwd: site });
  const made = Made.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
  const server = startBeside(binary, [...options, "-S", `127.0.0.1:${port}`, "-t", site], env);
  const stop = async () => {
    await server.stop();
    await rm(site, { recursive: true, force: true });
  };
  for (let tries = 1; ; tries++) {
    try {
      await fetch(`${url}/?rest_route=/`);
      return { url, host: `127.0.0.1:${port}`, ...made, stop };
    } catch (error) {
      if (tries === 600) {
        await stop();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
};

import { readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { builtinModules, createRequire } from "node:module";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { services } from "../functions/platform/aws.ts";
import { actionsFor } from "./actions.ts";

const root = join(import.meta.dirname, "..");

/**
 * One function, ready to be uploaded: `folder` holds index.mjs and the chunks that it imports when they are needed, `modules`
 * are the files of functions/ in them, and `actions` are those of IAM that the operations in them may take.
 * `startBytes`: what is loaded at every start.
 */
export type Bundle = {
  folder: string;
  modules: string[];
  actions: ReadonlySet<string>;
  bytes: number;
  startBytes: number;
};

/** `isWhole`: nothing of ours is asked for by `import()`. */
type Built = Bundle & { isWhole: boolean };

/** A command of an SDK's client; what nobody uses of a client is not in a bundle. */
const command = /@aws-sdk\/client-([a-z0-9-]+)\/.*\/commands\/(\w+)Command\.js$/;
/** An operation of platform/aws.ts, by what it says on the wire; one that nobody uses is not in a bundle either. */
const target = new RegExp(`["'\`](${Object.keys(services).join("|")})\\.(\\w+)["'\`]`, "g");

/**
 * Builds all functions, each as a minified ES module with all that it uses, into a folder of its own under `folder`. What a function
 * asks for by `import()` is a file of its own beside index.mjs, so that a start does not wait for it. `files` are named as in
 * the manifest. Bundles do not depend on the machine, so an unchanged function is not deployed.
 */
export const bundle = async (files: readonly string[], folder: string): Promise<Map<string, Bundle>> => {
  const built: Map<string, Built> = await build(files, folder, { splitting: false });
  // esbuild would lay what two functions share outside of both, so those that are split are built one by one; that takes
  // longer, so the others are not.
  for (const [file, { isWhole }] of built) {
    if (isWhole) continue;
    await rm(join(folder, folderOf(file)), { recursive: true, force: true });
    for (const [, split] of await build([file], folder, { splitting: true })) built.set(file, split);
  }
  return built;
};

const build = async (files: readonly string[], folder: string, { splitting }: { splitting: boolean }) => {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: files.map((file) => ({ in: `functions/${file}.ts`, out: `${folderOf(file)}/index` })),
    outdir: folder,
    chunkNames: splitting && files[0] ? `${folderOf(files[0])}/[name]-[hash]` : "[name]-[hash]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // The CommonJS half of a package, esbuild's first choice for Node, doubles the start of a function.
    mainFields: ["module", "main"],
    // Only the SDK's code for browsers asks for it.
    external: ["bowser"],
    legalComments: "none",
    banner: { js: withoutCompiling },
    metafile: true,
    logLevel: "warning",
    plugins: [withoutUnused, withoutJsonSchema, packageFiles, builtins, fromEnvironment, withoutEventStreams],
  });
  return new Map(files.map((file) => [file, bundleOf(file, folder, metafile)]));
};

const folderOf = (file: string): string => file.replaceAll("/", "-");

type Outputs = esbuild.Metafile["outputs"];

const bundleOf = (file: string, folder: string, { inputs, outputs }: esbuild.Metafile): Built => {
  const index = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === `functions/${file}.ts`);
  const all = reached(outputs, index, () => true);
  const contents = all.flatMap((output) =>
    Object.entries(outputs[output]!.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const modules = [...new Set(contents.filter((path) => path.startsWith("functions/")))];
  const commands = contents.flatMap((path) => {
    const [, client = "", operation] = command.exec(path) ?? [];
    return operation ? actionsFor(client, operation) : [];
  });
  const targets = all.flatMap((output) =>
    [...readFileSync(join(root, output), "utf8").matchAll(target)].flatMap(([, prefix = "", operation = ""]) =>
      actionsFor(services[prefix as keyof typeof services].name, operation),
    ),
  );
  return {
    folder: join(folder, folderOf(file)),
    modules: modules.map((path) => join(root, path)),
    actions: new Set([...commands, ...targets]),
    bytes: sizeOf(outputs, all),
    startBytes: sizeOf(
      outputs,
      reached(outputs, index, (kind) => kind === "import-statement"),
    ),
    isWhole: !modules.some((path) => inputs[path]?.imports.some(({ kind }) => kind === "dynamic-import")),
  };
};

/** A file and what it imports, and so on. */
const reached = (outputs: Outputs, from: string | undefined, by: (kind: string) => boolean) => {
  const paths = new Set(from === undefined ? [] : [from]);
  for (const path of paths)
    for (const { path: imported, kind } of outputs[path]?.imports ?? [])
      if (outputs[imported] && by(kind)) paths.add(imported);
  return [...paths];
};

const sizeOf = (outputs: Outputs, paths: readonly string[]): number =>
  paths.reduce((sum, path) => sum + outputs[path]!.bytes, 0);

// What follows makes a start faster, beside platform/aws.ts in the SDK's place (gain 0.3). The gains are ratios to a handler
// with only client-dynamodb (npm run bench -- starts).

/**
 * zod makes a function of its own for each schema, by `new Function`, when it is first used: at a start, of every schema for
 * one use. `z.config({ jitless: true })`, said before the first schema is made. Gain 0.1; an item takes 5 µs to parse, not 1.
 */
const withoutCompiling = "(globalThis.__zod_globalConfig??={}).jitless=true;";

/**
 * Importing a module of ours does nothing, so what a function does not use of it is left out: whole modules by `sideEffects`
 * in package.json, and single constants by marking how they are made as pure. esbuild keeps a call that nobody uses, and
 * with it every schema of every capability that the function only knows a name from: 762 of a poll's page instead of 195.
 * Gain 0.2 to 0.4. (A constant ends where a line ends with a semicolon and the next one is not indented, as Biome writes it;
 * where that is not so, the build fails.)
 */
const withoutUnused: esbuild.Plugin = {
  name: "without-unused",
  setup: (build) => {
    build.onLoad({ filter: /\/functions\/.*\.ts$/ }, async ({ path }) => ({
      contents: withSharedLeaves(withoutReference(withPackageFiles(await readFile(path, "utf8")))).replace(
        constant,
        (all, head: string, value: string, rest: string) =>
          isCall(value) ? `${head}/* @__PURE__ */ (() => (${value}))();${rest}` : all,
      ),
      loader: "ts",
    }));
    build.onResolve({ filter: /^leaves$/ }, () => ({ path: "leaves", namespace: "leaves" }));
    build.onLoad({ filter: /.*/, namespace: "leaves" }, () => ({
      contents: [
        `import * as z from "zod";`,
        ...leaves.map((leaf) => `export const ${nameOf(leaf)} = /* @__PURE__ */ (() => z.${leaf}())();`),
      ].join("\n"),
      resolveDir: root,
    }));
  },
};
/**
 * What is there for openapi.json alone, which is written when the system is built: a schema that is described is a second one,
 * and what a page answers to programs it does not parse. And the schema of an event is made when there is one to check. 310
 * schemas of the page to enter a contest by instead of 410; gain 0.1.
 */
const withoutReference = (source: string): string =>
  source
    .replace(/\s*\.(?:describe\(\s*(?:"(?:[^"\\]|\\.)*"|'[^']*'|`[^`]*`),?\s*\)|meta\(\{ id: "\w+" \}\))/g, "")
    .replace(/^ +returns: (?:[A-Z]|z\.)[^\n]+,\n/gm, (all) =>
      /\bpage\(\{/.test(source) && !/\broute\(\{/.test(source) ? "" : all,
    )
    .replace(/\bdata: (z\b[\s\S]*?),(?=\s+example\b)/g, "get data() { return $1; }, ");
/**
 * Half of all schemas are these, and a schema is never changed, so a function makes each once. Gain 0.05.
 */
const leaves = ["string", "boolean", "number().int", "number", "int", "iso.datetime"];
const nameOf = (leaf: string): string => `z_${leaf.replace(/\W+/g, "_")}`;
const anyLeaf = new RegExp(`\\bz\\.(${leaves.map((leaf) => leaf.replace(/[().]/g, "\\$&")).join("|")})\\(\\)`, "g");
const withSharedLeaves = (source: string): string => {
  const used = new Set<string>();
  const shared = source.replace(anyLeaf, (_, leaf: string) => {
    used.add(nameOf(leaf));
    return nameOf(leaf);
  });
  return used.size > 0 ? `import { ${[...used].join(", ")} } from "leaves";\n${shared}` : source;
};
/**
 * zod writes itself as JSON Schema for openapi.json, when the system is built. 19 of 104 KB of zod; gain 0.04.
 */
const withoutJsonSchema: esbuild.Plugin = {
  name: "without-json-schema",
  setup: (build) => {
    build.onLoad({ filter: /\/zod\/v4\/core\/(?:json-schema-processors|to-json-schema)\.js$/ }, async ({ path }) => {
      const names = Object.keys(await import(path));
      return { contents: names.map((name) => `export const ${name} = () => undefined;`).join("\n") };
    });
  },
};
/** A file of a package, read from node_modules on this machine (platform/package-file.ts): in a bundle it is imported. */
const withPackageFiles = (source: string): string =>
  source.replace(
    /\bpackage(File|Text)\("([^"]+)"\)/g,
    (_, as: string, name: string) => `import("package:${as}:${name}").then((file) => file.default)`,
  );
const packageFiles: esbuild.Plugin = {
  name: "package-files",
  setup: (build) => {
    const find = createRequire(import.meta.url).resolve;
    for (const [as, loader] of [
      ["File", "binary"],
      ["Text", "text"],
    ] as const) {
      const prefix = `package:${as}:`;
      build.onResolve({ filter: new RegExp(`^${prefix}`) }, ({ path }) => ({
        path: find(path.slice(prefix.length)),
        namespace: prefix,
      }));
      build.onLoad({ filter: /.*/, namespace: prefix }, async ({ path }) => ({
        contents: await readFile(path),
        loader,
      }));
    }
  },
};
const constant = /^((?:export )?const \w+(?:: [^\n]+?)? =\s+)([\s\S]*?);((?: \/\/[^\n]*)?\n)(?=[^\s)\]}]|$)/gm;
const isCall = (value: string): boolean => /[\w>]\(/.test(value) && !/^(?:[(<`"]|async\b|\w+ =>)/.test(value);

/**
 * Node's own modules, taken from the process: an `import` of one reads every export of it, and some are getters that load
 * more (http.WebSocket is all of undici, crypto.webcrypto, fs.promises). Gain 0.2. What is imported is read by name, since
 * esbuild would else copy such a module for every file that imports from it; gain 0.04.
 */
const builtins: esbuild.Plugin = {
  name: "builtins",
  setup: (build) => {
    const names = builtinModules.filter((name) => !name.startsWith("_")).join("|");
    build.onResolve({ filter: new RegExp(`^(node:.+|${names})$`) }, ({ path, kind }) => ({
      path: path.replace(/^(?!node:)/, "node:"),
      namespace: kind === "import-statement" ? "by name" : "whole",
    }));
    // The SDK imports these in its first call.
    build.onLoad({ filter: /\/(?:node-http-handler|invoke-store)\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(
        /await import\((["']node:\w+["'])\)/g,
        (_, name: string) => `process.getBuiltinModule(${name})`,
      ),
    }));
    build.onLoad({ filter: /.*/, namespace: "whole" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule("${path}");`,
    }));
    build.onLoad({ filter: /.*/, namespace: "by name" }, ({ path }) => ({
      contents: [
        `const builtin = process.getBuiltinModule("${path}");`,
        "export default builtin;",
        ...Object.keys(process.getBuiltinModule(path) ?? {})
          .filter((name) => /^\w+$/.test(name) && name !== "default")
          .map((name, i) => `const e${i} = /* @__PURE__ */ (() => builtin.${name})(); export { e${i} as ${name} };`),
      ].join("\n"),
    }));
  },
};

/**
 * Lambda hands credentials and region to a function in its environment, so the rest of the SDK's search for them stays out:
 * files, containers, single sign-on. Gain 0.1 of who uses it (S3, SES, EventBridge), 0.03 of it for the configuration files.
 */
const fromEnvironment: esbuild.Plugin = {
  name: "from-environment",
  setup: (build) => {
    const inSdk = { namespace: "environment" };
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({ path: "credentials", ...inSdk }));
    build.onResolve({ filter: /\/fromSharedConfigFiles$/ }, () => ({ path: "configuration files", ...inSdk }));
    build.onLoad({ filter: /^credentials$/, namespace: "environment" }, () => ({
      contents: `export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";`,
      resolveDir: root,
    }));
    build.onLoad({ filter: /^configuration files$/, namespace: "environment" }, () => ({
      contents: `import { CredentialsProviderError } from "@smithy/core/config";
export const fromSharedConfigFiles = () => async () => {
  throw new CredentialsProviderError("There are no configuration files.");
};`,
      resolveDir: root,
    }));
  },
};

/**
 * No operation of ours answers with a stream of events. The SDK imports what reads one when it meets one; that alone would
 * keep all of @smithy/core in the bundle, used or not. Gain 0.08 of who uses the SDK.
 */
const withoutEventStreams: esbuild.Plugin = {
  name: "without-event-streams",
  setup: (build) => {
    build.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, () => ({ path: "none", namespace: "event-streams" }));
    build.onLoad({ filter: /.*/, namespace: "event-streams" }, () => ({
      // What S3's client is built with; asked for a stream, it has none.
      contents: `export const resolveEventStreamSerdeConfig = (config) => config;
export const eventStreamSerdeProvider = () => undefined;`,
    }));
  },
};

import { readFile, rm } from "node:fs/promises";
import { builtinModules } from "node:module";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { actionsFor } from "./actions.ts";

const root = join(import.meta.dirname, "..");

/**
 * One function, ready to be uploaded: `folder` holds index.mjs and the chunks that it imports when they are needed, `modules`
 * are the files of functions/ in them, and `actions` are those of IAM that the SDK's commands in them may take.
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

/**
 * Builds all functions, each as a minified ES module with its SDK, into a folder of its own under `folder`. What a function
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
    metafile: true,
    logLevel: "warning",
    plugins: [withoutUnused, builtins, fromEnvironment, withoutEventStreams],
  });
  return new Map(files.map((file) => [file, bundleOf(file, folder, metafile)]));
};

const folderOf = (file: string): string => file.replaceAll("/", "-");

type Output = esbuild.Metafile["outputs"][string];

const bundleOf = (file: string, folder: string, { inputs, outputs }: esbuild.Metafile): Built => {
  const index = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === `functions/${file}.ts`);
  const all = reached(outputs, index, () => true);
  const contents = all.flatMap((one) =>
    Object.entries(one.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const modules = [...new Set(contents.filter((path) => path.startsWith("functions/")))];
  const actions = contents.flatMap((path) => {
    const [, client, operation] = command.exec(path) ?? [];
    return client && operation ? actionsFor(client, operation) : [];
  });
  return {
    folder: join(folder, folderOf(file)),
    modules: modules.map((path) => join(root, path)),
    actions: new Set(actions),
    bytes: sizeOf(all),
    startBytes: sizeOf(reached(outputs, index, (kind) => kind === "import-statement")),
    isWhole: !modules.some((path) => inputs[path]?.imports.some(({ kind }) => kind === "dynamic-import")),
  };
};

/** A file and what it imports, and so on. */
const reached = (outputs: esbuild.Metafile["outputs"], from: string | undefined, by: (kind: string) => boolean) => {
  const paths = new Set(from === undefined ? [] : [from]);
  for (const path of paths)
    for (const { path: imported, kind } of outputs[path]?.imports ?? [])
      if (outputs[imported] && by(kind)) paths.add(imported);
  return [...paths].flatMap((path): Output[] => (outputs[path] ? [outputs[path]] : []));
};

const sizeOf = (outputs: readonly { bytes: number }[]): number => outputs.reduce((sum, { bytes }) => sum + bytes, 0);

// What follows makes a start faster. The gains are ratios to a handler with only client-dynamodb (npm run bench -- starts).

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
      contents: (await readFile(path, "utf8")).replace(constant, (all, head: string, value: string, rest: string) =>
        isCall(value) ? `${head}/* @__PURE__ */ (() => (${value}))();${rest}` : all,
      ),
      loader: "ts",
    }));
  },
};
const constant = /^((?:export )?const \w+(?:: [^\n]+?)? =\s+)([\s\S]*?);((?: \/\/[^\n]*)?\n)(?=[^\s)\]}]|$)/gm;
const isCall = (value: string): boolean => /\w\(/.test(value) && !/^(?:[(<`"]|async\b|\w+ =>)/.test(value);

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
 * files, containers, single sign-on. Gain 0.1, for the configuration files 0.03 of it.
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
 * keep all of @smithy/core in the bundle, used or not. Gain 0.08.
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

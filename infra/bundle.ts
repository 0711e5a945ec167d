import { join } from "node:path";
import * as esbuild from "esbuild";

const root = join(import.meta.dirname, "..");

/** One function, ready to be uploaded: `folder` holds index.mjs, and `modules` are the files of functions/ in it. */
export type Bundle = { folder: string; modules: string[]; bytes: number };

/**
 * Builds all functions at once, each as one minified ES module with its SDK, into a folder of its own under `folder`.
 * `files` are named as in the manifest. Bundles do not depend on the machine, so an unchanged function is not deployed.
 */
export const bundle = async (files: readonly string[], folder: string): Promise<Map<string, Bundle>> => {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: files.map((file) => ({ in: `functions/${file}.ts`, out: `${file.replaceAll("/", "-")}/index` })),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // The CommonJS half of a package, esbuild's first choice for Node, doubles the start of a function.
    mainFields: ["module", "main"],
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    plugins: [fastStart],
  });
  return new Map(
    Object.entries(metafile.outputs).flatMap(([output, { entryPoint, inputs, bytes }]) => {
      if (!entryPoint) return [];
      const file = entryPoint.replace(/^functions\//, "").replace(/\.ts$/, "");
      const modules = Object.entries(inputs)
        .filter(([path, { bytesInOutput }]) => path.startsWith("functions/") && bytesInOutput > 0)
        .map(([path]) => join(root, path));
      return [[file, { folder: join(root, output, ".."), modules, bytes }]];
    }),
  );
};

/**
 * Lambda hands credentials to a function in its environment, so the rest of the SDK's search for them (files, containers,
 * single sign-on) stays out; and Node's HTTP modules are taken from the process, which is faster than importing them.
 * Together a quarter of a cold start.
 */
const fastStart: esbuild.Plugin = {
  name: "fast-start",
  setup: (build) => {
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: "env",
      namespace: "credentials",
    }));
    build.onLoad({ filter: /.*/, namespace: "credentials" }, () => ({
      contents: `export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";`,
      resolveDir: root,
    }));
    build.onResolve({ filter: /^(node:)?https?$/ }, ({ path }) => ({
      path: path.replace(/^(?!node:)/, "node:"),
      namespace: "builtin",
    }));
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

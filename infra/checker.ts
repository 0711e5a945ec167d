import { join } from "node:path";
import * as esbuild from "esbuild";

const root = join(import.meta.dirname, "..");

/** Writes check-draw.js into a folder: functions/contests/check-draw.ts and all that it needs, as one module for browsers. */
export const writeChecker = async (folder: string): Promise<void> => {
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["functions/contests/check-draw.ts"],
    outfile: join(folder, "check-draw.js"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    logLevel: "warning",
  });
};

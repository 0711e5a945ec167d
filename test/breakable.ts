import { functions } from "../functions/manifest.ts";
import type { Manifest } from "../infra/wakes.ts";

/** Files of the manifest whose handler throws. */
export const broken = new Set<string>();
/** The manifest, with handlers that can be broken. */
export const breakable: Manifest = Object.fromEntries(
  Object.entries<Manifest[string]>(functions).map(([file, load]) => [
    file,
    async () => {
      const module = await load();
      const handler = async (event: never, context: never) => {
        if (broken.has(file)) throw new Error("Broken by the test.");
        return module.handler(event, context);
      };
      return { ...module, handler };
    },
  ]),
);

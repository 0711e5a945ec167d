import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

// Files of packages that are no modules. In a bundle they are imported (infra/bundle.ts knows these two names), and only when
// they are asked for.

const pathOf = (name: string): string => createRequire(import.meta.url).resolve(name);

/** Its bytes. `name`: the package and the path in it. */
export const packageFile = (name: string): Promise<Uint8Array> => readFile(pathOf(name));
/** The same as a text (UTF-8). */
export const packageText = (name: string): Promise<string> => readFile(pathOf(name), "utf8");

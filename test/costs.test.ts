import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readme, tableOf, written } from "./bench/costs.ts";
import { measurePieces } from "./bench/pieces.ts";

test("the costs in the README are what the work takes today; `npm run costs` writes them anew", {
  timeout: 120_000,
}, async () => {
  expect(tableOf(await measurePieces())).toBe(written(readFileSync(readme, "utf8")));
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readme, tableOf, written } from "./bench/costs.ts";
import { measurePieces } from "./bench/pieces.ts";

const rowsOf = (table: string): string[][] =>
  table.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));

/** How records are cut into batches is the machine's, and costs a read more or less. */
const isNear = (measured: string, stated: string): boolean =>
  measured === stated || Math.abs(Number(measured) - Number(stated)) <= Math.max(0.1 * Number(stated), 0.001);

test("the costs in the README are what the work takes today; `npm run costs` writes them anew", async () => {
  const measured = tableOf(await measurePieces());
  const stated = rowsOf(written(readFileSync(readme, "utf8")));
  const rows = rowsOf(measured);
  expect(rows.map((row) => row.length)).toEqual(stated.map((row) => row.length));
  const off = rows.flatMap((row, i) => row.filter((cell, j) => !isNear(cell, stated[i]?.[j] ?? "")));
  expect(off, measured).toEqual([]);
});

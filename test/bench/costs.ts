import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { costOf, type Units } from "../../infra/prices.ts";
import { measurePieces, type Piece } from "./pieces.ts";

// npm run costs: what a thousand pieces of work cost on AWS, counted here and multiplied with the price list; the table in
// the README is written anew.

const begin = "<!-- costs -->";
const end = "<!-- /costs -->";
export const readme = join(import.meta.dirname, "../../README.md");

const columns: readonly [keyof Units, string][] = [
  ["requests", "requests"],
  ["writeUnits", "write units"],
  ["readUnits", "read units"],
  ["invocations", "invocations"],
  ["events", "events"],
  ["messages", "queue messages"],
  ["mails", "mails"],
];
const dollars = (n: number): string => n.toFixed(n < 0.1 ? 4 : 3);
const count = (n: number): string => String(Math.round(n * 10) / 10);

export const tableOf = (pieces: readonly Piece[]): string => {
  const rows = pieces.map(({ name, units }) => {
    const { withoutMail, mail } = costOf(units);
    const counts = columns.map(([column]) => count(units[column]));
    return [name, ...counts, dollars(1000 * withoutMail), dollars(1000 * (withoutMail + mail))];
  });
  const head = ["one", ...columns.map(([, title]) => title), "USD per 1,000", "with mail"];
  return [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
};

/** The table that stands in the README. */
export const written = (text: string): string => {
  const [, rest = ""] = text.split(begin);
  return rest.slice(0, rest.indexOf(end)).trim();
};

if (process.argv[1] === import.meta.filename) {
  const table = tableOf(await measurePieces());
  console.log(table);
  const text = readFileSync(readme, "utf8");
  const [before, rest] = text.split(begin);
  if (rest === undefined) throw new Error(`README.md has no ${begin}.`);
  writeFileSync(readme, `${before}${begin}\n${table}\n${end}${rest.slice(rest.indexOf(end) + end.length)}`);
  process.exit(0);
}

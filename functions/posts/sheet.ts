import * as z from "zod";
import { wallTime } from "./when.ts";

// A sheet of posts, as a spreadsheet saves it: one post a row. Dutch Excel separates by semicolons and writes 27-11-2026; what
// stands before the first column's name (a byte order mark, `sep=;`) is no part of it. Cells are text: nothing is reckoned.

/** What a column is called, in its first row. */
const names = {
  text: ["text", "tekst", "bericht"],
  at: ["at", "moment", "tijdstip"],
  date: ["date", "datum"],
  time: ["time", "tijd"],
  zone: ["zone", "tijdzone"],
  channels: ["channels", "channel", "kanalen", "kanaal"],
  media: ["media", "beeld", "afbeelding"],
  alt: ["alt", "alt text", "alttekst", "alt-tekst"],
  language: ["language", "taal"],
  category: ["category", "categorie"],
  comment: ["first comment", "comment", "eerste reactie", "reactie"],
  campaign: ["campaign", "campagne"],
} as const;
export type Column = keyof typeof names;
const columnOf = new Map(
  Object.entries(names).flatMap(([column, all]) => all.map((name): [string, Column] => [name, column as Column])),
);

export const Problem = z
  .object({
    row: z.int().describe("As the spreadsheet numbers it: the names of the columns are row 1."),
    column: z.string().optional().describe("As the sheet calls it."),
    code: z.string(),
    detail: z.string(),
  })
  .meta({ id: "ImportProblem" });
export type Problem = z.infer<typeof Problem>;

/** A cell of a column of which a sheet may have several. `called`: what the sheet calls it. */
export type Part = { called: string; text: string };
/** `thread`: the parts that follow, in order. `variants`: what is said otherwise, by what its column says of the channel. */
export type Row = {
  row: number;
  cells: Partial<Record<Column, string>>;
  thread: Part[];
  variants: (Part & { channel: string })[];
};
/** `called`: what the sheet itself calls a column. `variants`: the columns of what is said otherwise on a channel. */
export type Sheet = {
  rows: Row[];
  problems: Problem[];
  called: Partial<Record<Column, string>>;
  variants: { called: string; channel: string }[];
};

/** What the first row says of a column: one of ours, a part of a thread (0 without a number), or a text for one channel. */
type Head = { column: Column } | { part: number } | { channel: string } | undefined;

const threadName = /^(?:thread|draad|draadje) ?(\d{1,2})?$/;
const variantName = /^(?:text|tekst|bericht)\s*:\s*(\S.*)$/i;
const headOf = (name: string): Head => {
  const plain = name.trim().toLowerCase().replaceAll("_", " ");
  const column = columnOf.get(plain);
  if (column) return { column };
  const thread = threadName.exec(plain);
  if (thread) return { part: Number(thread[1] ?? 0) };
  const channel = variantName.exec(name.trim())?.[1];
  return channel === undefined ? undefined : { channel };
};

/** In a cell, a line of hyphens alone stands between two parts of a thread. */
const betweenParts = /(?:^|\r?\n)[ \t]*-{3,}[ \t]*(?=\r?\n|$)/;

export const mostRows = 500;

export const encodings = ["utf-8", "utf-16", "windows-1252"] as const;
export type Encoding = (typeof encodings)[number];

/** 0x80 to 0x9f, where Windows-1252 is not Latin-1 (WHATWG Encoding, index windows-1252). */
const windowsLetters = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/** What a file says: Excel writes UTF-8 (“CSV UTF-8”), UTF-16 (“Unicode text”), and else the letters of old Windows. */
export const lettersOf = (bytes: Uint8Array): { csv: string; encoding: Encoding } => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe)
    return { csv: new TextDecoder("utf-16le").decode(bytes), encoding: "utf-16" };
  try {
    return { csv: new TextDecoder("utf-8", { fatal: true }).decode(bytes), encoding: "utf-8" };
  } catch {
    const latin = Buffer.from(bytes).toString("latin1");
    const csv = latin.replaceAll(/[\x80-\x9f]/g, (one) => windowsLetters[one.charCodeAt(0) - 0x80] ?? one);
    return { csv, encoding: "windows-1252" };
  }
};

const excelHint = /^sep=(.)\r?\n/i;
/** What a spreadsheet shows instead of what a cell says. */
const brokenCell = /^#(NAAM|NAME|WAARDE|VALUE|VERW|REF|DEEL\/0|DIV\/0|N\/B|N\/A|GETAL|NUM|LEEG|NULL)[!?]?$/i;

const separatorOf = (head: string): string => {
  const counted = [";", ",", "\t"].map((separator) => ({ separator, n: head.split(separator).length }));
  return counted.reduce((a, b) => (b.n > a.n ? b : a)).separator;
};

/** Reads a sheet. Its problems are told by row and column; nothing of it is looked up yet. */
export const readSheet = async (text: string): Promise<Sheet> => {
  const { parse, CsvError } = await import("csv-parse/sync");
  const unmarked = text.replace(/^\ufeff/, "");
  const hint = excelHint.exec(unmarked);
  const body = hint ? unmarked.slice(hint[0].length) : unmarked;
  const delimiter = hint?.[1] ?? separatorOf(body.slice(0, body.search(/\r?\n|$/)));
  let records: string[][];
  try {
    records = z
      .array(z.array(z.string()))
      .parse(parse(body, { delimiter, relax_column_count: true, relax_quotes: true }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const detail = `This is no CSV from line ${String(error.lines ?? 1)} on: a quote is not closed.`;
    return { rows: [], problems: [{ row: 1, code: "not_csv", detail }], called: {}, variants: [] };
  }
  const [head = [], ...rest] = records;
  const columns = head.map(headOf);
  const calledAt = (i: number): string => head[i]?.trim() ?? "";
  const called = Object.fromEntries(
    columns.flatMap((one, i) => (one && "column" in one ? [[one.column, calledAt(i)]] : [])),
  ) as Sheet["called"];
  const rows = rest.flatMap((cells, i): Row[] => {
    const said = columns.flatMap((one, n) => {
      const text = cells[n]?.trim() ?? "";
      return one && text !== "" ? [{ one, text, called: calledAt(n) }] : [];
    });
    const thread = said
      .flatMap(({ one, ...part }) => ("part" in one ? [{ nth: one.part, ...part }] : []))
      .sort((a, b) => a.nth - b.nth)
      .flatMap(({ called, text }) => text.split(betweenParts).map((part) => ({ called, text: part.trim() })))
      .filter(({ text }) => text !== "");
    const variants = said.flatMap(({ one, ...part }) => ("channel" in one ? [{ channel: one.channel, ...part }] : []));
    const plain = said.flatMap(({ one, text }) => ("column" in one ? [[one.column, text] as const] : []));
    return said.length === 0 ? [] : [{ row: i + 2, cells: Object.fromEntries(plain), thread, variants }];
  });
  const variants = columns.flatMap((one, i) =>
    one && "channel" in one ? [{ channel: one.channel, called: calledAt(i) }] : [],
  );
  return { rows, called, variants, problems: [...problemsOfHead(head, columns), ...problemsOfCells(rows, called)] };
};

const mostColumns = 50;

const problemsOfHead = (head: readonly string[], columns: readonly Head[]): Problem[] =>
  head.length > mostColumns
    ? [{ row: 1, code: "too_many_columns", detail: `There are more than ${mostColumns} columns.` }]
    : problemsOfNames(head, columns);

const problemsOfNames = (head: readonly string[], columns: readonly Head[]): Problem[] => [
  ...head.flatMap((name, i) =>
    columns[i] || name.trim() === ""
      ? []
      : [{ row: 1, column: name.trim(), code: "unknown_column", detail: `Nobody knows the column “${name.trim()}”.` }],
  ),
  ...columns.flatMap((column, i) =>
    column && columns.findIndex((other) => JSON.stringify(other) === JSON.stringify(column)) < i
      ? [{ row: 1, column: head[i]?.trim() ?? "", code: "column_twice", detail: "This column stands there twice." }]
      : [],
  ),
  ...(["text", "channels"] as const)
    .filter((column) => !columns.some((one) => one && "column" in one && one.column === column))
    .map((column) => ({
      row: 1,
      code: "column_missing",
      detail: `There is no column “${column}” (or “${names[column].slice(1).join("”, “")}”).`,
    })),
];

const problemsOfCells = (rows: readonly Row[], called: Sheet["called"]): Problem[] =>
  rows.flatMap(({ row, cells, thread, variants }) =>
    [
      ...Object.entries(cells).map(([column, text]) => ({ called: called[column as Column] ?? column, text })),
      ...thread,
      ...variants,
    ].flatMap(({ called: column, text }): Problem[] => {
      const at = { row, column };
      if (brokenCell.test(text))
        return [
          { ...at, code: "formula", detail: `The spreadsheet took this for a formula (${text}). Make the cell text.` },
        ];
      return text.includes("\ufffd")
        ? [
            {
              ...at,
              code: "wrong_encoding",
              detail:
                "Letters were lost. Save the sheet as “CSV UTF-8”, or send the file with the content type application/octet-stream.",
            },
          ]
        : [];
    }),
  );

/** Several things in one cell. */
export const listed = (cell: string | undefined): string[] =>
  (cell ?? "")
    .split(/[,;|\n]/)
    .map((one) => one.trim())
    .filter(Boolean);

const dutchDate = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$/;
const isoDate = /^\d{4}-\d\d-\d\d$/;
const clockTime = /^(\d{1,2})[:.](\d\d)(?:[:.]\d\d)?$/;
const two = (n: string): string => n.padStart(2, "0");

/** What a row says of when: an instant, a wall time, the next slot, nothing; or the column that cannot be read. */
export const timeIn = (
  cells: Row["cells"],
): { at: string } | { wall: string } | { slot: "next" } | { unreadable: Column } | undefined => {
  const { at, date, time } = cells;
  if (at !== undefined && (date !== undefined || time !== undefined)) return { unreadable: "at" };
  if (time === undefined && /^(slot|next|volgende)$/i.test(at ?? date ?? "")) return { slot: "next" };
  if (at !== undefined && z.iso.datetime({ offset: true }).safeParse(at).success) return { at };
  const [day, clock] = at === undefined ? [date, time] : at.split(/[ T]+/);
  if (day === undefined && clock === undefined) return undefined;
  const [, d = "", m = "", y = ""] = dutchDate.exec(day ?? "") ?? [];
  const iso = isoDate.test(day ?? "") ? day : d && `${y}-${two(m)}-${two(d)}`;
  const [, h = "", min = ""] = clockTime.exec(clock ?? "") ?? [];
  if (!iso) return { unreadable: at === undefined ? "date" : "at" };
  const wall = `${iso}T${two(h)}:${min}`;
  return h && wallTime.test(wall) ? { wall } : { unreadable: at === undefined ? "time" : "at" };
};

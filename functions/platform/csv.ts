// Tables as CSV (RFC 4180), for spreadsheets.

/** What a spreadsheet takes for a formula gets an apostrophe before it, and so stays text (OWASP, CSV injection). */
const harmless = (cell: string): string => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell);
const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** One line with its end. */
export const csvLine = (cells: readonly string[]): string =>
  `${cells.map((cell) => quoted(harmless(cell))).join(",")}\r\n`;

/** Stands before the first line, so that a spreadsheet knows that this is UTF-8. */
export const byteOrderMark = "\ufeff";

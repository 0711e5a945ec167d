// Tables as CSV (RFC 4180), for spreadsheets.

/**
 * What a spreadsheet takes for a formula gets an apostrophe before it, and so stays text (OWASP, CSV injection): where the cell
 * begins, and where a spreadsheet that separates by semicolons or tabs, as Dutch ones do, would begin one. What stands before
 * is read once, however long it is: a match begins only where it does.
 */
const harmless = (cell: string): string =>
  cell.replace(/(?<![;\s"])([;\s"]*)([=+\-@＝＋－＠])/g, (all, before: string, sign: string, at: number) =>
    at === 0 || /[;\t\r\n]/.test(before) ? `${before}'${sign}` : all,
  );
const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** One line with its end. */
export const csvLine = (cells: readonly string[]): string =>
  `${cells.map((cell) => quoted(harmless(cell))).join(",")}\r\n`;

/** Stands before the first line, so that a spreadsheet knows that this is UTF-8. */
export const byteOrderMark = "\ufeff";

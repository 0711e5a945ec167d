import { linesOf } from "../platform/lines.ts";

// What all charts are drawn with. A chart is an SVG of 360 units wide, about a phone's width, so that its letters are as large
// as they say; as a picture it is three times that. Nothing is said by colour alone: what differs has another pattern, another
// size or its own words, and everything has its number beside it.

/** A part of a drawing: from (0, 0), `width` wide. */
export type Drawn = { markup: string; height: number };

export const width = 328;
const margin = 16;

export const ink = "#1d1b19";
export const soft = "#5c5650";
const line = "#d9d2c9";

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => escapes[letter] ?? letter);
/** A number as it stands in a drawing. */
export const at = (n: number): string => String(Math.round(n * 100) / 100);

// Widths of letters in ems, as the widest common font has them (DejaVu Sans): a browser draws with a font of its own.
const narrow = /[iljtfrI.,:;'|!()[\] ’-]/;
const wide = /[mwMW@%—…]/;
const ofLetter = (letter: string): number => {
  if (narrow.test(letter)) return 0.36;
  if (wide.test(letter)) return 0.94;
  if (letter >= "\u2e80") return 1.05;
  return /\p{Lu}/u.test(letter) ? 0.7 : 0.6;
};
/** About how wide a text is, and seldom wider. */
export const widthOf = (text: string, size: number): number =>
  size * Array.from(text).reduce((sum, letter) => sum + ofLetter(letter), 0);

export const wrapped = (text: string, size: number, fits: number, most: number): string[] =>
  linesOf(text, { widthOf: (line) => widthOf(line, size), width: fits, most }).lines;

type Look = { size?: number; bold?: boolean; fill?: string; anchor?: "start" | "middle" | "end" };
/** A line of text on its base line. */
export const text = (x: number, y: number, said: string, look: Look = {}): string => {
  const { size = 13, bold = false, fill = ink, anchor = "start" } = look;
  const more = `${bold ? ' font-weight="700"' : ""}${anchor === "start" ? "" : ` text-anchor="${anchor}"`}`;
  return `<text x="${at(x)}" y="${at(y)}" font-size="${size}" fill="${fill}"${more}>${escaped(said)}</text>`;
};

/** Lines of text from the top down. */
export const paragraph = (
  said: string,
  top: number,
  look: Look & { fits?: number; most?: number; left?: number } = {},
): Drawn => {
  const { size = 13, fits = width, most = 2, left = 0 } = look;
  const lines = wrapped(said, look.bold ? size * 1.12 : size, fits, most);
  return {
    markup: lines.map((of, i) => text(left, top + size * (0.95 + 1.25 * i), of, look)).join(""),
    height: lines.length * size * 1.25,
  };
};

export const rect = (x: number, y: number, wide: number, tall: number, look: string): string =>
  wide <= 0 || tall <= 0 ? "" : `<rect x="${at(x)}" y="${at(y)}" width="${at(wide)}" height="${at(tall)}" ${look}/>`;

export const stroke = (path: string, look = `stroke="${line}"`): string => `<path d="${path}" fill="none" ${look}/>`;

/** Fills that differ without colour: full, lines across, and nothing but an edge. */
export const fills = (accent: string) => ({
  full: `fill="${accent}"`,
  lines: `fill="url(#lines)" stroke="${accent}"`,
  empty: `fill="#fff" stroke="${accent}"`,
  light: `fill="${accent}" fill-opacity=".22"`,
});

const patterns = (accent: string): string =>
  `<defs><pattern id="lines" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/><rect width="1.6" height="5" fill="${accent}"/></pattern></defs>`;

/** One part below the other. */
export const stacked = (parts: readonly Drawn[], gap: number): Drawn => {
  let height = 0;
  const drawn: string[] = [];
  for (const part of parts) {
    if (part.height === 0) continue;
    if (height > 0) height += gap;
    drawn.push(`<g transform="translate(0 ${at(height)})">${part.markup}</g>`);
    height += part.height;
  }
  return { markup: drawn.join(""), height };
};

/** What stands around a chart. */
export type Frame = {
  /** "#7a2e1d". */
  accent: string;
  language: string;
  /** Whose it is. */
  name: string;
  title: string;
  /** How many it is of, and how far it is. */
  note: string;
  /** What is to be seen, for who does not see it. */
  alt: string;
};

/** How many pixels of a picture a unit is. */
const pixels = 3;

/** A whole chart as an SVG document. */
export const framed = ({ accent, language, name, title, note, alt }: Frame, chart: Drawn): string => {
  const head = stacked(
    [paragraph(title, 0, { size: 17, bold: true, most: 4 }), paragraph(note, 0, { size: 12, fill: soft })],
    4,
  );
  const foot = paragraph(name, 0, { size: 12, bold: true, fill: soft, most: 1 });
  const inside = stacked([head, chart, foot], 18);
  const all = { width: width + 2 * margin, height: Math.ceil(inside.height + 8 + 2 * margin) };
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${all.width * pixels}" height="${all.height * pixels}" viewBox="0 0 ${all.width} ${all.height}" font-family="'Atkinson Hyperlegible',system-ui,sans-serif" role="img" aria-label="${escaped(alt)}" xml:lang="${language}"><title>${escaped(title)}</title>${patterns(accent)}<rect width="100%" height="100%" fill="#fff"/><rect width="100%" height="6" fill="${accent}"/><g transform="translate(${margin} ${margin + 8})">${inside.markup}</g></svg>`;
};

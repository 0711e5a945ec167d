// Charts as SVG, drawn here: they need no script, print, and scale. They say nothing by colour alone: every bar has its number
// in a title, and whoever shows a chart puts a table beside it, which says the same (so the drawing itself is hidden from
// readers of the screen).

type Bar = { label: string; value: number };

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => escapes[letter] ?? letter);
const at = (n: number): string => String(Math.round(n * 100) / 100);

/** The least of 1, 2 or 5 times a power of ten that is not below `n`: where an axis ends. */
export const roundedUp = (n: number): number => {
  if (n <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(n));
  return [1, 2, 5, 10].map((step) => step * power).find((end) => end >= n) ?? 10 * power;
};

const svg = (width: number, height: number, inside: string): { markup: string } => ({
  markup: `<svg viewBox="0 0 ${width} ${height}" width="100%" aria-hidden="true" font-family="system-ui,sans-serif" font-size="12" fill="#5c5650">${inside}</svg>`,
});

/** A phone shows it at about this width, so that a letter is as large as it says. */
const width = 360;
const axis = 32;
const ink = 'fill="var(--accent)"';
/** Of the second of two series: light, with an edge, so that it is another without colour too. */
const outline = 'fill="#fff" stroke="var(--accent)"';

/**
 * Bars over time, one beside the other; of a second series, wider and behind. `labels`: how many of them stand below.
 */
export const barsOverTime = (
  bars: readonly (Bar & { behind?: number })[],
  { number, labels = 3 }: { number: (n: number) => string; labels?: number },
): { markup: string } => {
  const height = 200;
  const [top, bottom] = [10, height - 24];
  const most = roundedUp(Math.max(1, ...bars.flatMap(({ value, behind = 0 }) => [value, behind])));
  const step = (width - axis) / Math.max(1, bars.length);
  const tall = (value: number): number => ((bottom - top) * value) / most;
  const rect = (x: number, value: number, wide: number, look: string, label: string): string =>
    value === 0
      ? ""
      : `<rect x="${at(x)}" y="${at(bottom - tall(value))}" width="${at(wide)}" height="${at(tall(value))}" ${look}><title>${escaped(label)}</title></rect>`;
  const grid = [0, most / 2, most]
    .filter((value) => Number.isInteger(value))
    .map(
      (value) =>
        `<path d="M${axis} ${at(bottom - tall(value))}H${width}" stroke="#d9d2c9"/><text x="${axis - 6}" y="${at(bottom - tall(value) + 4)}" text-anchor="end">${escaped(number(value))}</text>`,
    );
  const drawn = bars.map(({ label, value, behind = 0 }, i) => {
    const x = axis + i * step;
    const title = `${label}: ${number(value)}`;
    return `${rect(x + step * 0.08, behind, step * 0.84, outline, `${label}: ${number(behind)}`)}${rect(x + step * 0.25, value, step * 0.5, ink, title)}`;
  });
  const every = Math.max(1, Math.ceil(bars.length / labels));
  const below = bars.flatMap(({ label }, i) =>
    i % every === 0 ? `<text x="${at(axis + i * step)}" y="${height - 8}">${escaped(label)}</text>` : [],
  );
  return svg(width, height, [...grid, ...drawn, ...below].join(""));
};

/** Bars from left to right, each with its label above it and its number behind. */
export const barsAcross = (bars: readonly Bar[], { number }: { number: (n: number) => string }): { markup: string } => {
  const line = 42;
  const longest = width - 70;
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const drawn = bars.map(({ label, value }, i) => {
    const y = i * line;
    const wide = (longest * value) / most;
    return `<text x="0" y="${y + 14}" font-size="13">${escaped(label)}</text><rect x="0" y="${y + 19}" width="${at(wide)}" height="16" ${ink}/><text x="${at(wide + 6)}" y="${y + 32}" font-size="13">${escaped(number(value))}</text>`;
  });
  return svg(width, Math.max(1, bars.length) * line, drawn.join(""));
};

import { at, type Drawn, fills, ink, paragraph, rect, soft, stacked, stroke, text, width } from "./drawing.ts";

// How numbers are spread: a column for each stretch, with the middle one, the middle half, and the true value marked.

/** A column from one number to another; `label`: what stands below it, where columns have names of their own. */
export type Column = { from: number; to: number; count: number; label?: string };

/** Where something lies, each with a look of its own; `said` explains it below. */
export type Mark =
  | { look: "median" | "truth"; value: number; said: string }
  /** The middle half lies between the quartiles. */
  | { look: "half"; from: number; to: number; said: string };

export type Histogram = {
  columns: readonly Column[];
  marks: readonly Mark[];
  /** A number of the axis, in words. */
  number: (n: number) => string;
  /** A column's count, in words, where each shows it. */
  count?: (n: number) => string;
};

const tall = 150;
/** Above the plot, where the middle is; then room for numbers; and below it for names. */
const strip = 14;
const [top, below] = [strip + 18, 20];

/** The columns from the first to the last with something in it, or with a mark. */
const seen = ({ columns, marks }: Histogram): readonly Column[] => {
  const isMarked = ({ from, to }: Column) =>
    marks.some((mark) => mark.look !== "half" && mark.value >= from && mark.value <= to);
  const isSeen = (column: Column) => column.count > 0 || column.label !== undefined || isMarked(column);
  return columns.slice(columns.findIndex(isSeen), columns.findLastIndex(isSeen) + 1);
};

/** How a mark is drawn: on the strip above the plot, and through the plot where no numbers stand in it. */
const marked = (mark: Mark, x: (value: number) => number, isNumbered: boolean, accent: string): string => {
  const bottom = isNumbered ? strip : top + tall;
  if (mark.look === "half") {
    const [from, to] = [x(mark.from), x(mark.to)];
    const edges = [from, to].map((edge) =>
      stroke(`M${at(edge)} 2V${bottom}`, `stroke="${ink}" stroke-dasharray="2 3"`),
    );
    return rect(from, 3, Math.max(1, to - from), strip - 6, fills(accent).lines) + edges.join("");
  }
  const on = at(x(mark.value));
  // A white edge keeps a line apart from a full column.
  const line = (from: number, look: string, edge: number) =>
    stroke(`M${on} ${from}V${bottom}`, `stroke="#fff" stroke-width="${edge}"`) +
    stroke(`M${on} ${from}V${bottom}`, look);
  if (mark.look === "median") return line(0, `stroke="${ink}" stroke-width="2.5"`, 4.5);
  const foot = top + tall - 1;
  return `${line(strip, `stroke="${ink}" stroke-width="1.5" stroke-dasharray="7 3"`, 3.5)}<path d="M${on} ${foot}l-7 12h14z" fill="${ink}" stroke="#fff"/>`;
};

const keys: Record<Mark["look"], (accent: string) => string> = {
  median: () => stroke("M9 0V14", `stroke="${ink}" stroke-width="2.5"`),
  half: (accent) =>
    `${rect(1, 5, 16, 5, fills(accent).lines)}${stroke("M1 3V14M17 3V14", `stroke="${ink}" stroke-dasharray="2 3"`)}`,
  truth: () => `<path d="M9 1l-7 12h14z" fill="${ink}"/>`,
};

const legend = (marks: readonly Mark[], accent: string): Drawn =>
  stacked(
    marks.map(({ look, said }): Drawn => {
      const words = paragraph(said, 0, { left: 26, fits: width - 26, most: 3 });
      return { markup: `${keys[look](accent)}${words.markup}`, height: words.height };
    }),
    5,
  );

/** Round numbers between two, three or four of them. */
const ticks = (from: number, to: number): number[] => {
  const power = 10 ** Math.floor(Math.log10((to - from) / 4));
  const step = [1, 2, 5, 10].map((of) => of * power).find((of) => of >= (to - from) / 4) ?? 10 * power;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => (first + i) * step);
};
const tick = (value: number, x: number, number: (n: number) => string): string => {
  const anchor = x < 24 ? "start" : x > width - 24 ? "end" : "middle";
  return `${stroke(`M${at(x)} ${top + tall}v4`, `stroke="${soft}"`)}${text(x, top + tall + 26, number(value), { size: 12, fill: soft, anchor })}`;
};

export const histogram = (drawing: Histogram, accent: string): Drawn => {
  const { marks, number, count } = drawing;
  const shown = seen(drawing);
  const from = shown[0]?.from ?? 0;
  const to = shown.at(-1)?.to ?? 1;
  const x = (value: number): number => (width * (Math.min(to, Math.max(from, value)) - from)) / (to - from);
  const most = Math.max(1, ...shown.map((column) => column.count));
  const isNumbered = count !== undefined;
  const gap = isNumbered ? 6 : 1;
  const columns = shown.map((column) => {
    const high = (tall * column.count) / most;
    const [left, right] = [x(column.from) + gap / 2, x(column.to) - gap / 2];
    const middle = (left + right) / 2;
    const bar = rect(left, top + tall - high, right - left, high, fills(accent).full);
    const said = count && text(middle, top + tall - high - 4, count(column.count), { size: 11, anchor: "middle" });
    const name = column.label && text(middle, top + tall + 15, column.label, { anchor: "middle" });
    return `${bar}${said ?? ""}${name ?? ""}`;
  });
  const axis = isNumbered
    ? ""
    : ticks(from, to)
        .map((value) => tick(value, x(value), number))
        .join("");
  // The middle stands on the band of the middle half.
  const inOrder = marks.toSorted((a, b) => (a.look === "half" ? 0 : 1) - (b.look === "half" ? 0 : 1));
  const plot: Drawn = {
    markup: `${columns.join("")}${stroke(`M0 ${top + tall}H${width}`, `stroke="${soft}"`)}${inOrder.map((mark) => marked(mark, x, isNumbered, accent)).join("")}${axis}`,
    height: top + tall + below + (axis === "" ? 0 : 10),
  };
  return stacked([plot, legend(marks, accent)], 10);
};

import { type Drawn, fills, paragraph, rect, soft, stacked, stroke, text, width } from "./drawing.ts";

// How often each thing stood at each place: a cell that is filled the higher, the more did so, with its number in it.

export type Matrix = {
  /** What the columns are, and each of them. */
  heading: string;
  columns: readonly string[];
  /** `note`: what the row comes to. `shares`: of each column, 0 to 1; `said` is its number. */
  rows: readonly { label: string; note: string; cells: readonly { share: number; said: string }[] }[];
};

const tall = 34;

export const matrix = ({ heading, columns, rows }: Matrix, accent: string): Drawn => {
  const left = columns.length > 5 ? 96 : 128;
  const cell = (width - left) / Math.max(1, columns.length);
  const middle = (i: number) => left + cell * (i + 0.5);
  const head: Drawn = {
    markup: `${text(left - 8, 12, heading, { size: 12, fill: soft, anchor: "end" })}${columns.map((name, i) => text(middle(i), 12, name, { size: 12, fill: soft, anchor: "middle" })).join("")}`,
    height: 15,
  };
  const drawn = rows.map(({ label, note, cells }): Drawn => {
    const name = paragraph(label, 0, { fits: left - 8, most: 3 });
    const below = paragraph(note, name.height, { fits: left - 8, size: 11, fill: soft, most: 1 });
    const boxes = cells.map(({ share, said }, i) => {
      const x = left + cell * i + 1;
      const fill = rect(x, tall * (1 - share), cell - 2, tall * share, fills(accent).light);
      const edge = stroke(`M${x} ${tall}h${cell - 2}`, `stroke="${accent}"`);
      const box = rect(x, 0, cell - 2, tall, 'fill="none" stroke="#d9d2c9"');
      return `${fill}${box}${edge}${text(middle(i), tall / 2 + 5, said, { size: columns.length > 5 ? 11 : 13, anchor: "middle" })}`;
    });
    return {
      markup: `${name.markup}${below.markup}${boxes.join("")}`,
      height: Math.max(tall + 1, name.height + below.height),
    };
  });
  return stacked([head, stacked(drawn, 8)], 4);
};

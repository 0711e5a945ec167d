import { type Drawn, fills, paragraph, rect, stacked, text } from "./drawing.ts";

/** One of several bars: its length is its share of the whole, 0 to 1; `said` is its number, behind it. */
export type Bar = { label: string; share: number; said: string };

const tall = 20;

/** Bars from left to right, each with its label above it and its number behind. A full bar is all there is. */
export const bars = (all: readonly Bar[], accent: string): Drawn => {
  const longest = 226;
  const drawn = all.map(({ label, share, said }): Drawn => {
    const above = paragraph(label, 0, { most: 2 });
    const long = longest * share;
    const bar = `${rect(0, above.height + 2, longest, tall, fills(accent).light)}${rect(0, above.height + 2, long, tall, fills(accent).full)}`;
    return {
      markup: `${above.markup}${bar}${text(longest + 8, above.height + 2 + tall - 5, said, { bold: true })}`,
      height: above.height + tall + 2,
    };
  });
  return stacked(drawn, 11);
};

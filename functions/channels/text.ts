import type { Unit } from "./unit.ts";
import { weighted } from "./weighted.ts";

// What a network counts when it says "characters".

/** Making it takes a fifth of a start, so it is made when a text needs it. */
let segmenter: Intl.Segmenter | undefined;

/** What a reader sees as one character each (Unicode UAX #29, extended grapheme clusters). */
export const graphemes = (text: string): string[] => {
  // No two of these join.
  if (/^[\n -~]*$/.test(text)) return text.split("");
  segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
};

const counters: Record<Unit, (text: string) => number> = {
  /** A family emoji is one. */
  graphemes: (text) => graphemes(text).length,
  /** Bytes of UTF-8. */
  bytes: (text) => Buffer.byteLength(text),
  /** Code units of UTF-16, which is what `length` says in JavaScript. */
  utf16: (text) => text.length,
  codePoints: (text) => [...text].length,
  weighted,
  /** As LinkedIn's "little text" has it: each of these letters has a backslash before it, which counts too. */
  escaped: (text) => text.replaceAll(/[\\()[\]{}@*_~<>#|]/g, "\\$&").length,
};

export const count = (text: string, unit: Unit): number => counters[unit](text);

/** The first graphemes of a text, with "…" in place of the last where more was left out. */
export const shorten = (text: string, mostGraphemes: number): string => {
  const all = graphemes(text);
  return all.length <= mostGraphemes
    ? text
    : `${all
        .slice(0, mostGraphemes - 1)
        .join("")
        .trimEnd()}…`;
};

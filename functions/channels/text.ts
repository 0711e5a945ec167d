// What a network counts when it says "characters".

export const units = ["graphemes", "bytes", "utf16", "codePoints"] as const;
export type Unit = (typeof units)[number];

const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });

const counters: Record<Unit, (text: string) => number> = {
  /** What a reader sees as one character (Unicode UAX #29, extended grapheme clusters): a family emoji is one. */
  graphemes: (text) => [...segmenter.segment(text)].length,
  /** Bytes of UTF-8. */
  bytes: (text) => Buffer.byteLength(text),
  /** Code units of UTF-16, which is what `length` says in JavaScript. */
  utf16: (text) => text.length,
  codePoints: (text) => [...text].length,
};

export const count = (text: string, unit: Unit): number => counters[unit](text);

/** The first graphemes of a text, with "…" in place of the last where more was left out. */
export const shorten = (text: string, mostGraphemes: number): string => {
  const all = [...segmenter.segment(text)].map(({ segment }) => segment);
  return all.length <= mostGraphemes
    ? text
    : `${all
        .slice(0, mostGraphemes - 1)
        .join("")
        .trimEnd()}…`;
};

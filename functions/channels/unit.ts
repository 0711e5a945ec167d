/** What a network may count when it says "characters" (text.ts counts them). */
export const units = ["graphemes", "bytes", "utf16", "codePoints", "weighted", "escaped"] as const;
export type Unit = (typeof units)[number];

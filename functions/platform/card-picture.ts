import type { Card } from "./card.ts";
import { linesOf } from "./lines.ts";
import { html } from "./page.ts";
import { font, type Measure, measure, pngOf, withoutPictograms } from "./picture.ts";

// The picture of a link preview: 1200 by 630 pixels, the brand's colour with white words on it, which every accent is dark
// enough for.

const size = { width: 1200, height: 630 };
const margin = 72;
const inside = size.width - 2 * margin;

const plain = (text: string): string => withoutPictograms(text).replace(/\s+/g, " ").trim();

/** The largest of these sizes at which it fits; at the smallest, what is too much ends in an ellipsis. */
const fitted = (
  text: string,
  widths: Measure,
  weight: "400" | "700",
  tries: readonly { px: number; most: number }[],
  width = inside,
) => {
  const fits = tries.map(({ px, most }) => ({
    px,
    ...linesOf(text, { widthOf: (line) => widths(line, px, weight), width, most }),
  }));
  return fits.find(({ isCut }) => !isCut) ?? fits.at(-1)!;
};

/** `logo`: a data: address. */
export const svgOf = (card: Card, logo: string | undefined, widths: Measure): string => {
  const title = fitted(plain(card.title), widths, "700", [
    { px: 84, most: 2 },
    { px: 68, most: 3 },
    { px: 56, most: 3 },
  ]);
  const text = fitted(plain(card.text), widths, "400", [
    { px: 44, most: 1 },
    { px: 38, most: 2 },
  ]);
  const labelWidth = Math.ceil(widths(card.label, 32, "700")) + 48;
  const name = fitted(
    plain(card.name),
    widths,
    "700",
    [
      { px: 40, most: 1 },
      { px: 32, most: 1 },
    ],
    inside - labelWidth - 40,
  );
  const foot = fitted(plain(card.foot), widths, "400", [
    { px: 36, most: 1 },
    { px: 30, most: 1 },
  ]);
  const lines = (of: { px: number; lines: string[] }, top: number, weight: string) =>
    of.lines.map(
      (line, i) =>
        html`<text x="${margin}" y="${Math.round(top + of.px * (0.95 + i * 1.14))}" font-size="${of.px}" font-weight="${weight}">${line}</text>`,
    );
  const heights = { title: title.lines.length * title.px * 1.14, text: text.lines.length * text.px * 1.14 };
  // Between the head and the foot, in the middle.
  const top = 150 + Math.max(0, (size.height - 96 - 150 - heights.title - heights.text - 24) / 2);
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" font-family="${font}" fill="#fff">
<rect width="${size.width}" height="${size.height}" fill="${card.accent}"/>
<rect y="${size.height - 96}" width="${size.width}" height="96" fill="#000" fill-opacity=".28"/>
${
  logo === undefined
    ? lines(name, 56, "700")
    : html`<rect x="${margin}" y="44" width="340" height="92" rx="14"/><image x="${margin + 16}" y="54" width="308" height="72" preserveAspectRatio="xMidYMid meet" href="${logo}"/>`
}
<rect x="${size.width - margin - labelWidth}" y="52" width="${labelWidth}" height="60" rx="30" fill="none" stroke="#fff" stroke-width="3"/><text x="${size.width - margin - labelWidth / 2}" y="93" font-size="32" font-weight="700" text-anchor="middle">${card.label}</text>
${lines(title, top, "700")}
${lines(text, top + heights.title + 24, "400")}
${lines(foot, size.height - 96 + (96 - foot.px * 1.2) / 2, "400")}
</svg>`.markup;
};

export const drawCard = async (card: Card, logo: string | undefined): Promise<Uint8Array> =>
  pngOf(svgOf(card, logo, await measure()));

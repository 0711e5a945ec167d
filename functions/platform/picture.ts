import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { packageFile } from "./package-file.ts";

// SVG → PNG, with a font of our own, so that a picture is the same wherever it is made. Atkinson Hyperlegible (Braille
// Institute, OFL 1.1) has the letters of Dutch, English and their neighbours, regular and bold, in 54 KB each.
// It takes 3 MB to load: only what draws pictures imports it.

export const font = "Atkinson Hyperlegible";

let ready: Promise<Uint8Array[]> | undefined;
const fonts = (): Promise<Uint8Array[]> => {
  ready ??= (async () => {
    await initWasm(await packageFile("@resvg/resvg-wasm/index_bg.wasm"));
    return Promise.all([
      packageFile("@expo-google-fonts/atkinson-hyperlegible/400Regular/AtkinsonHyperlegible_400Regular.ttf"),
      packageFile("@expo-google-fonts/atkinson-hyperlegible/700Bold/AtkinsonHyperlegible_700Bold.ttf"),
    ]);
  })();
  return ready;
};

const draw = <T>(svg: string, fontBuffers: Uint8Array[], read: (drawing: InstanceType<typeof Resvg>) => T): T => {
  const drawing = new Resvg(svg, { font: { fontBuffers, defaultFontFamily: font } });
  try {
    return read(drawing);
  } finally {
    drawing.free();
  }
};

/** The picture as a PNG, as large as the SVG says in pixels. */
export const pngOf = async (svg: string): Promise<Uint8Array> =>
  draw(svg, await fonts(), (drawing) => {
    const image = drawing.render();
    try {
      return image.asPng();
    } finally {
      image.free();
    }
  });

/** The same, as its pixels: red, green, blue and opacity, a byte each. */
export const pixelsOf = async (svg: string): Promise<{ width: number; height: number; rgba: Uint8Array }> =>
  draw(svg, await fonts(), (drawing) => {
    const image = drawing.render();
    try {
      return { width: image.width, height: image.height, rgba: image.pixels };
    } finally {
      image.free();
    }
  });

/** Letters that our font does not have would be boxes: pictograms, and what joins and colours them. */
const pictograms = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f|\u20e3/gu;
export const withoutPictograms = (text: string): string => text.replace(pictograms, "");

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
/** The width of a line of text in our font, in pixels. */
export type Measure = (text: string, size: number, weight: "400" | "700") => number;
export const measure = async (): Promise<Measure> => {
  const buffers = await fonts();
  return (text, size, weight) =>
    draw(
      `<svg xmlns="http://www.w3.org/2000/svg"><text font-family="${font}" font-size="${size}" font-weight="${weight}" y="${size}">${text.replace(/[&<>]/g, (letter) => escapes[letter] ?? letter)}</text></svg>`,
      buffers,
      (drawing) => drawing.getBBox()?.width ?? 0,
    );
};

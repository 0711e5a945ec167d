import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { initWasm, Resvg } from "@resvg/resvg-wasm";

// SVG → PNG, with a font of our own, so that a picture is the same wherever it is made. Atkinson Hyperlegible (Braille
// Institute, OFL 1.1) has the letters of Dutch, English and their neighbours, regular and bold, in 54 KB each.
// It takes 3 MB to load: only what draws pictures imports it.

export const font = "Atkinson Hyperlegible";

/** A file of a package. In a bundle it is the bytes themselves (infra/bundle.ts knows this name). */
const packageFile = (name: string): Promise<Uint8Array> => readFile(createRequire(import.meta.url).resolve(name));

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

/** Breaks a text into at most so many lines that fit; what is too much ends in an ellipsis. */
export const linesOf = (
  text: string,
  { widthOf, width, most }: { widthOf: (line: string) => number; width: number; most: number },
): { lines: string[]; isCut: boolean } => {
  const lines: string[] = [];
  let line = "";
  const words = text.split(/\s+/).filter(Boolean);
  for (const [i, word] of words.entries()) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    if (lines.length < most && widthOf(word) <= width) continue;
    const rest = words.slice(i).join(" ");
    const last = lines.length < most ? rest : `${lines.pop() ?? ""} ${rest}`;
    return { lines: [...lines, cut(last, widthOf, width)], isCut: true };
  }
  return { lines: line === "" ? lines : [...lines, line], isCut: false };
};

const cut = (text: string, widthOf: (line: string) => number, width: number): string => {
  const letters = Array.from(text);
  let low = 0;
  let high = letters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(`${letters.slice(0, middle).join("")}…`) <= width) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join("").trimEnd()}…`;
};

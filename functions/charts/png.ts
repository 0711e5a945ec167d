import { crc32, deflateSync } from "node:zlib";

// A drawing of few colours as a small PNG (third edition, www.w3.org/TR/png-3): a palette of at most 256 colours, a byte a
// pixel. What an edge blends to is rounded until they suffice.

export type Pixels = { width: number; height: number; rgba: Uint8Array };

const mostColours = 256;

/** The colours, by 24 bits, with their places; undefined where there are too many. */
const paletteOf = ({ rgba }: Pixels, dropped: number): Map<number, number> | undefined => {
  const places = new Map<number, number>();
  let last = -1;
  for (let i = 0; i < rgba.length; i += 4) {
    const colour = colourAt(rgba, i, dropped);
    if (colour === last || places.has(colour)) continue;
    if (places.size === mostColours) return undefined;
    places.set(colour, places.size);
    last = colour;
  }
  return places;
};

/** `dropped`: how many bits of each channel do not count; white stays white. */
const colourAt = (rgba: Uint8Array, i: number, dropped: number): number => {
  const channel = (value: number): number =>
    dropped === 0 ? value : Math.min(255, ((value >> dropped) << dropped) + (value >> (8 - dropped)));
  return (channel(rgba[i]!) << 16) | (channel(rgba[i + 1]!) << 8) | channel(rgba[i + 2]!);
};

const chunk = (type: string, content: Uint8Array): Buffer => {
  const named = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const around = Buffer.alloc(4);
  const sum = Buffer.alloc(4);
  around.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([around, named, sum]);
};

/** Opaque pixels as a PNG with a palette. */
export const paletted = (pixels: Pixels): Uint8Array => {
  const { width, height, rgba } = pixels;
  let dropped = 0;
  let palette = paletteOf(pixels, dropped);
  while (!palette) palette = paletteOf(pixels, ++dropped);
  // Each row begins with its filter: none.
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i += 4)
      rows[y * (width + 1) + 1 + x] = palette.get(colourAt(rgba, i, dropped)) ?? 0;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk(
      "PLTE",
      Uint8Array.from([...palette.keys()].flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255])),
    ),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
};

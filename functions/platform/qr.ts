import { crc32, deflateSync } from "node:zlib";
import { encode } from "uqr";

/** Modules of white around the code, without which it cannot be read (ISO/IEC 18004, section 9.1). */
const quietZone = 4;

/** An address as a QR code, black on white, in an SVG that scales to any size. A quarter of it may be dirty or torn (level Q). */
export const qrCode = (address: string): string => {
  const { size, data } = encode(address, { ecc: "Q", border: quietZone });
  const dark = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${dark.join("")}"/></svg>\n`;
};

/** The same as a page's document. */
export const qrDocument = (address: string) => ({ type: "image/svg+xml; charset=utf-8", text: qrCode(address) });

/** Pixels of a module: a code of a usual address is about a thousand pixels wide. */
const moduleWidth = 20;

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** A chunk of a PNG file (W3C PNG, section 5.3). */
const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "ascii"), data]);
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))]);
};

/** The same code as a PNG of one bit a pixel, for what takes no SVG. */
export const qrPng = (address: string): Buffer => {
  const { size, data } = encode(address, { ecc: "Q", border: quietZone });
  const width = size * moduleWidth;
  const lines = data.map((row) => {
    // Each line begins with its filter, 0: none. White is 1.
    const line = Buffer.alloc(1 + Math.ceil(width / 8));
    for (let x = 0; x < width; x++) {
      if (!row[Math.floor(x / moduleWidth)]) line[1 + (x >> 3)]! |= 0x80 >> (x & 7);
    }
    return line;
  });
  const pixels = Buffer.concat(lines.flatMap((line) => Array<Buffer>(moduleWidth).fill(line)));
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    // One bit deep, greyscale.
    chunk("IHDR", Buffer.concat([uint32(width), uint32(width), Buffer.of(1, 0, 0, 0, 0)])),
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", new Uint8Array()),
  ]);
};

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

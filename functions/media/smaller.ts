import { packageFile } from "../platform/package-file.ts";

// A picture made smaller: read, turned as its EXIF says, scaled (Lanczos) and written as a JPEG, by the codecs of the browsers'
// own world as WebAssembly (mozjpeg, libwebp and Rust's png and resize, of jSquash). Half a megabyte; only what makes sizes
// imports it. The same bytes give the same bytes. What it says of itself (EXIF: where, when, by what) is left out.

/** What it is made from. A GIF moves, so it stays as it is. */
export const scalable = ["image/jpeg", "image/png", "image/webp"] as const;
export type Scalable = (typeof scalable)[number];

/** The side of the largest, in pixels, and how large the file may be: what the strictest of our networks takes. */
export const mostSide = 2048;
export const mostSmallerBytes = 950_000;

/** An ImageData of a browser, as far as these codecs ask for one. */
class Pixels {
  readonly colorSpace = "srgb";
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
  constructor(data: Uint8ClampedArray<ArrayBuffer>, width: number, height: number) {
    this.data = data;
    this.width = width;
    this.height = height;
  }
}
const asInBrowsers = (): void => {
  if (!("ImageData" in globalThis)) Object.assign(globalThis, { ImageData: Pixels });
};

/** Node has it; its types do not say so. */
declare const WebAssembly: { compile: (bytes: Uint8Array) => Promise<WebAssembly.Module> };

const compiled = async (file: Promise<Uint8Array>): Promise<WebAssembly.Module> =>
  WebAssembly.compile(new Uint8Array(await file));

/** A copy that has a buffer of its own, whole. */
const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

const decoded = async (bytes: Uint8Array, type: Scalable): Promise<Pixels> => {
  asInBrowsers();
  switch (type) {
    case "image/jpeg": {
      const { default: decode, init } = await import("@jsquash/jpeg/decode.js");
      await init(await compiled(packageFile("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm")));
      return decode(bufferOf(bytes), { preserveOrientation: true });
    }
    case "image/png": {
      const { default: decode, init } = await import("@jsquash/png/decode.js");
      await init(await compiled(packageFile("@jsquash/png/codec/pkg/squoosh_png_bg.wasm")));
      return decode(bufferOf(bytes));
    }
    case "image/webp": {
      const { default: decode, init } = await import("@jsquash/webp/decode.js");
      await init(await compiled(packageFile("@jsquash/webp/codec/dec/webp_dec.wasm")));
      return decode(bufferOf(bytes));
    }
  }
};

/** What can be seen through is white behind: a JPEG has no transparency. */
const onWhite = ({ data }: Pixels): void => {
  for (let i = 0; i < data.length; i += 4) {
    const opacity = (data[i + 3] ?? 255) / 255;
    if (opacity === 1) continue;
    for (let c = i; c < i + 3; c++) data[c] = Math.round((data[c] ?? 0) * opacity + 255 * (1 - opacity));
    data[i + 3] = 255;
  }
};

const qualities = [88, 80, 70, 58, 45] as const;

/** Throws where the bytes are no such picture. */
export const smaller = async (
  bytes: Uint8Array,
  type: Scalable,
): Promise<{ bytes: Uint8Array; width: number; height: number } | undefined> => {
  const whole = await decoded(bytes, type);
  const { default: resize, initResize } = await import("@jsquash/resize");
  const { default: encode, init } = await import("@jsquash/jpeg/encode.js");
  await initResize(await compiled(packageFile("@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm")));
  await init(await compiled(packageFile("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm")));
  for (const side of [mostSide, mostSide / 2]) {
    const factor = Math.min(1, side / Math.max(whole.width, whole.height));
    const width = Math.max(1, Math.round(whole.width * factor));
    const height = Math.max(1, Math.round(whole.height * factor));
    const scaled = factor === 1 ? whole : await resize(whole, { width, height, method: "lanczos3" });
    onWhite(scaled);
    for (const quality of qualities) {
      const written = new Uint8Array(await encode(scaled, { quality }));
      if (written.length <= mostSmallerBytes) return { bytes: written, width, height };
    }
  }
  return undefined;
};

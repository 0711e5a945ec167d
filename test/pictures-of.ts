import { crc32, deflateSync } from "node:zlib";
import { expect } from "vitest";
import * as z from "zod";
import type { Workspace } from "./world.ts";

// Small files of each format, made here byte by byte: whole, as a program would write them.

const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255]);
const u32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
};
const le16 = (n: number): Buffer => u16(n).reverse();
const le32 = (n: number): Buffer => u32(n).reverse();
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

const chunk = (type: string, content: Buffer): Buffer => {
  const named = Buffer.concat([latin1(type), content]);
  return Buffer.concat([u32(content.length), named, u32(crc32(named))]);
};

/** One colour (red, green, blue). `comment`: text that any PNG may carry. */
export const png = (width: number, height: number, colour = [122, 46, 29], comment?: string): Buffer => {
  const row = Buffer.concat([Buffer.from([0]), ...Array.from({ length: width }, () => Buffer.from(colour))]);
  return Buffer.concat([
    latin1("\x89PNG\r\n\x1a\n"),
    chunk("IHDR", Buffer.concat([u32(width), u32(height), Buffer.from([8, 2, 0, 0, 0])])),
    ...(comment === undefined ? [] : [chunk("tEXt", latin1(`Comment\0${comment}`))]),
    chunk("IDAT", deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
};

/** As large as it may be: a pattern that nothing makes smaller, the same each time. */
export const noise = (width: number, height: number): Buffer => {
  let state = 20_261_122;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  };
  const row = () => Buffer.from([0, ...Array.from({ length: width * 3 }, next)]);
  return Buffer.concat([
    latin1("\x89PNG\r\n\x1a\n"),
    chunk("IHDR", Buffer.concat([u32(width), u32(height), Buffer.from([8, 2, 0, 0, 0])])),
    chunk("IDAT", deflateSync(Buffer.concat(Array.from({ length: height }, row)), { level: 1 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
};

const segment = (marker: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker]), u16(content.length + 2), content]);

/** Exif that says how a picture is turned (1 to 8), as phones write it. */
const exif = (turned: number): Buffer =>
  segment(
    0xe1,
    Buffer.concat([
      ...[latin1("Exif\0\0MM\0*"), u32(8), u16(2)],
      ...[u16(0x010f), u16(2), u32(4), latin1("Zon\0")],
      ...[u16(0x0112), u16(3), u32(1), u16(turned), u16(0), u32(0)],
    ]),
  );

/** The structure of a JPEG, with nothing to see. */
export const jpeg = (width: number, height: number, turned?: number): Buffer =>
  Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...(turned === undefined ? [] : [exif(turned)]),
    segment(0xe0, latin1("JFIF\0\x01\x01\0\0\x01\0\x01\0\0")),
    segment(0xc0, Buffer.concat([Buffer.from([8]), u16(height), u16(width), Buffer.from([1, 1, 0x11, 0])])),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    Buffer.from([0x12, 0x34, 0xff, 0x00, 0x56, 0xff, 0xd9]),
  ]);

export const gif = (width: number, height: number): Buffer =>
  Buffer.concat([
    latin1("GIF89a"),
    le16(width),
    le16(height),
    Buffer.from([0x80, 0, 0, 0, 0, 0, 255, 255, 255]),
    Buffer.from([0x21, 0xf9, 4, 0, 0, 0, 0, 0]),
    Buffer.concat([Buffer.from([0x2c]), le16(0), le16(0), le16(width), le16(height), Buffer.from([0])]),
    Buffer.from([2, 2, 0x44, 0x01, 0, 0x3b]),
  ]);

/** Lossless, with its size in 14 bits each. */
export const webp = (width: number, height: number): Buffer => {
  const bits = (width - 1) | ((height - 1) << 14);
  const content = Buffer.concat([Buffer.from([0x2f]), le32(bits >>> 0), Buffer.from([0, 0, 0])]);
  const body = Buffer.concat([latin1("WEBPVP8L"), le32(content.length), content]);
  return Buffer.concat([latin1("RIFF"), le32(body.length), body]);
};

const box = (type: string, ...content: Buffer[]): Buffer => {
  const inside = Buffer.concat(content);
  return Buffer.concat([u32(inside.length + 8), latin1(type), inside]);
};

/** How long a film is, as its header says; `isLong`: in 64 bits. */
const mvhd = (seconds: number, isLong: boolean): Buffer => {
  const length = u32(seconds * 1000);
  const [version, at] = isLong ? [1, Buffer.alloc(16)] : [0, Buffer.alloc(8)];
  return box(
    "mvhd",
    Buffer.from([version, 0, 0, 0]),
    at,
    u32(1000),
    isLong ? u32(0) : latin1(""),
    length,
    Buffer.alloc(80),
  );
};

/** The matrix of a film: as it is, or turned by a quarter, as phones write what is held upright. */
const matrix = (isTurned: boolean): Buffer => {
  const [a, b, c, d] = isTurned ? [0, 65_536, -65_536, 0] : [65_536, 0, 0, 65_536];
  return Buffer.concat([a, b, 0, c, d, 0, 0, 0, 0x4000_0000].map((n) => u32(n >>> 0)));
};

/** The boxes of an MP4; `mostly`: how many bytes of data it has; `seconds`: how long it says it is. */
export const mp4 = (
  width: number,
  height: number,
  mostly = 100,
  { seconds, isLong = false, isTurned = false }: { seconds?: number; isLong?: boolean; isTurned?: boolean } = {},
): Buffer =>
  Buffer.concat([
    box("ftyp", latin1("isom"), u32(512), latin1("isommp42")),
    box("mdat", Buffer.alloc(mostly, 7)),
    box(
      "moov",
      seconds === undefined ? latin1("") : mvhd(seconds, isLong),
      box("trak", box("tkhd", Buffer.alloc(40), matrix(isTurned), u32(width * 65_536), u32(height * 65_536))),
    ),
  ]);

const Added = z.object({
  id: z.string(),
  upload: z.object({ url: z.string(), fields: z.record(z.string(), z.string()) }),
});

/** Uploads a picture to a workspace and publishes it; its id. */
export const published = async ({ api }: Workspace, file: Buffer, type = "image/png"): Promise<string> => {
  const asked = { name: "picture", type, bytes: file.length };
  const { id, upload } = (await api("POST", "/v1/media", asked)).as(Added);
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  form.append("file", new Blob([Buffer.from(file)]));
  await fetch(upload.url, { method: "POST", body: form });
  expect((await api("POST", `/v1/media/${id}/publish`)).body).toMatchObject({ status: "published" });
  return id;
};

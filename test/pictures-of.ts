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

const segment = (marker: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker]), u16(content.length + 2), content]);

/** The structure of a JPEG, with nothing to see. */
export const jpeg = (width: number, height: number): Buffer =>
  Buffer.concat([
    Buffer.from([0xff, 0xd8]),
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

/** The boxes of an MP4; `mostly`: how many bytes of data it has. */
export const mp4 = (width: number, height: number, mostly = 100): Buffer =>
  Buffer.concat([
    box("ftyp", latin1("isom"), u32(512), latin1("isommp42")),
    box("mdat", Buffer.alloc(mostly, 7)),
    box("moov", box("trak", box("tkhd", Buffer.alloc(76), u32(width * 65_536), u32(height * 65_536)))),
  ]);

const Added = z.object({
  id: z.string(),
  upload: z.object({ url: z.string(), fields: z.record(z.string(), z.string()) }),
});

/** Uploads a picture to a workspace and publishes it; its id. */
export const published = async ({ api }: Workspace, file: Buffer): Promise<string> => {
  const asked = { name: "picture", type: "image/png", bytes: file.length };
  const { id, upload } = (await api("POST", "/v1/media", asked)).as(Added);
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  form.append("file", new Blob([Buffer.from(file)]));
  await fetch(upload.url, { method: "POST", body: form });
  expect((await api("POST", `/v1/media/${id}/publish`)).body).toMatchObject({ status: "published" });
  return id;
};

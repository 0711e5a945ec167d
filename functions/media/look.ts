import { crc32 } from "node:zlib";
import type { MediaType } from "./media.ts";

// What a file is, by its bytes: its name and what is said of it count for nothing. Each format is read to its end, so that
// what is cut short, damaged, or more than it seems (a second file behind the picture) is found. Nothing is decoded.

/** Width and height as they are shown (pixels). */
export type Look = { type: MediaType; width: number; height: number; seconds?: number };
/** `seconds`: how long a film is, where it says so. */
type Size = { width: number; height: number; seconds?: number };

/** Why a file is not taken, in words for who uploaded it. */
class Unfit extends Error {}
const unfit = (reason: string): never => {
  throw new Unfit(reason);
};
/** Pictures may have nothing behind their end. */
const endsAt = (bytes: Buffer, end: number): void => {
  if (end > bytes.length) unfit("The file is cut short.");
  if (end < bytes.length) unfit(`There are ${bytes.length - end} bytes behind the end of the picture.`);
};

/** PNG, third edition (www.w3.org/TR/png-3): chunks, each with its checksum, from IHDR to IEND. */
const png = (bytes: Buffer): Size => {
  if (bytes.toString("latin1", 12, 16) !== "IHDR") unfit("The PNG has no header.");
  const size = { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  for (let at = 8, type = ""; type !== "IEND"; ) {
    const length = bytes.readUInt32BE(at);
    type = bytes.toString("latin1", at + 4, at + 8);
    const sum = bytes.readUInt32BE(at + 8 + length);
    if (sum !== crc32(bytes.subarray(at + 4, at + 8 + length))) unfit("The PNG is damaged.");
    at += 12 + length;
    if (type === "IEND") endsAt(bytes, at);
  }
  return size;
};

/** Markers of a frame's header: C0 to CF but DHT, JPG and DAC (ITU-T T.81, table B.1). */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const startOfScan = 0xda;
const app1 = 0xe1;

/**
 * Whether it is shown turned by a quarter, as Exif says (CIPA DC-008, tag 0x0112 of the first directory: 5 to 8). Phones write
 * what is held upright lying down. What cannot be read there says nothing.
 */
const isTurned = (segment: Buffer): boolean => {
  const tiff = segment.subarray(6);
  if (segment.toString("latin1", 0, 6) !== "Exif\0\0" || tiff.length < 14) return false;
  const isLittle = tiff.toString("latin1", 0, 2) === "II";
  const u16 = (at: number): number => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const from = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (from + 2 > tiff.length) return false;
  const entries = Math.min(u16(from), Math.floor((tiff.length - from - 2) / 12));
  for (let at = from + 2; at < from + 2 + entries * 12; at += 12)
    if (u16(at) === 0x0112) return u16(at + 8) >= 5 && u16(at + 8) <= 8;
  return false;
};

/** JPEG (ITU-T T.81): segments up to the first scan, then data up to an end. Phones put more behind it, so that may be. */
const jpeg = (bytes: Buffer): Size => {
  let size: Size | undefined;
  let turned = false;
  for (let at = 2; ; ) {
    if (bytes.readUInt8(at) !== 0xff) unfit("The JPEG is damaged.");
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (isFrame(marker)) size = { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    if (marker === startOfScan) {
      if (bytes.indexOf("ffd9", at, "hex") < 0) unfit("The file is cut short.");
      if (!size) return unfit("The JPEG has no header.");
      return turned ? { width: size.height, height: size.width } : size;
    }
    if (marker === app1) turned ||= isTurned(bytes.subarray(at + 4, at + 2 + bytes.readUInt16BE(at + 2)));
    at += 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
};

/** GIF 89a (www.w3.org/Graphics/GIF/spec-gif89a.txt): blocks of sub-blocks, up to the trailer. */
const gif = (bytes: Buffer): Size => {
  const tableBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const afterSubBlocks = (from: number): number => {
    let at = from;
    for (let length = bytes.readUInt8(at); length > 0; length = bytes.readUInt8(at)) at += 1 + length;
    return at + 1;
  };
  let at = 13 + tableBytes(bytes.readUInt8(10));
  for (;;) {
    const block = bytes.readUInt8(at);
    if (block === 0x3b) {
      endsAt(bytes, at + 1);
      return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
    }
    if (block === 0x21) at = afterSubBlocks(at + 2);
    else if (block === 0x2c) at = afterSubBlocks(at + 11 + tableBytes(bytes.readUInt8(at + 9)));
    else unfit("The GIF is damaged.");
  }
};

/** WebP (RFC 9649): a RIFF container whose first chunk has the size, in one of three ways. */
const webp = (bytes: Buffer): Size => {
  endsAt(bytes, bytes.readUInt32LE(4) + 8);
  for (let at = 12; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    at += 8 + length + (length & 1);
    endsAt(bytes.subarray(0, at), at);
  }
  switch (bytes.toString("latin1", 12, 16)) {
    case "VP8X":
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    case "VP8L": {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case "VP8 ":
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    default:
      return unfit("The WebP is damaged.");
  }
};

type Box = { type: string; from: number; end: number };

/** The boxes between two places (ISO/IEC 14496-12, section 4.2): a size, four letters, and what is in it. */
const boxes = (bytes: Buffer, from: number, to: number): Box[] => {
  const found: Box[] = [];
  for (let at = from; at < to; ) {
    const short = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const isLong = short === 1;
    const size = isLong ? Number(bytes.readBigUInt64BE(at + 8)) : short === 0 ? to - at : short;
    if (size < (isLong ? 16 : 8)) unfit("The video is damaged.");
    if (at + size > to) unfit("The file is cut short.");
    found.push({ type, from: at + (isLong ? 16 : 8), end: at + size });
    at += size;
  }
  return found;
};

/** How long a film is, by its header (ISO/IEC 14496-12, section 8.2.2). One in fragments says 0 there, or all ones. */
const secondsOf = (bytes: Buffer, { from, end }: Box): number | undefined => {
  const isLong = bytes.readUInt8(from) === 1;
  const at = from + (isLong ? 20 : 12);
  if (at + (isLong ? 12 : 8) > end) return undefined;
  const [perSecond, length] = [
    bytes.readUInt32BE(at),
    isLong ? Number(bytes.readBigUInt64BE(at + 4)) : bytes.readUInt32BE(at + 4),
  ];
  const isKnown = perSecond > 0 && length > 0 && length < (isLong ? Number.MAX_SAFE_INTEGER : 0xffff_ffff);
  return isKnown ? Math.round((length / perSecond) * 1000) / 1000 : undefined;
};

/** MP4 (ISO/IEC 14496-14): whole boxes to the end, with a description and data. The size is the largest track's, as it is shown. */
const mp4 = (bytes: Buffer): Size => {
  const all = boxes(bytes, 0, bytes.length);
  const description = all.find(({ type }) => type === "moov") ?? unfit("The video has no description.");
  if (!all.some(({ type }) => type === "mdat")) unfit("The video has no data.");
  const inside = ({ from, end }: Box, type: string) => boxes(bytes, from, end).filter((box) => box.type === type);
  // Width and height are the last two fields of a track's header, 16.16 fixed point; before them is how it is turned, by a
  // quarter where a matrix of nine has no first and no fifth.
  const sizes = inside(description, "trak")
    .flatMap((track) => inside(track, "tkhd"))
    .map(({ from, end }) => {
      const [width, height] = [bytes.readUInt16BE(end - 8), bytes.readUInt16BE(end - 4)];
      const isTurned =
        end - from >= 84 &&
        [44, 28].every((back) => bytes.readInt32BE(end - back) === 0) &&
        bytes.readInt32BE(end - 40) !== 0;
      return isTurned ? { width: height, height: width } : { width, height };
    });
  const size = sizes.toSorted((a, b) => b.width * b.height - a.width * a.height).at(0);
  if (!size) return unfit("The video has no picture.");
  const [header] = inside(description, "mvhd");
  const seconds = header && secondsOf(bytes, header);
  return seconds === undefined ? size : { ...size, seconds };
};

/** Brands of MP4 that browsers play; HEIC, AVIF and QuickTime have others. */
const brands = ["isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "dash", "M4V "];

type Format = { type: MediaType; is: (start: string) => boolean; read: (bytes: Buffer) => Size };
const formats: readonly Format[] = [
  { type: "image/png", is: (start) => start.startsWith("\x89PNG\r\n\x1a\n"), read: png },
  { type: "image/jpeg", is: (start) => start.startsWith("\xff\xd8\xff"), read: jpeg },
  { type: "image/gif", is: (start) => /^GIF8[79]a/.test(start), read: gif },
  { type: "image/webp", is: (start) => start.startsWith("RIFF") && start.endsWith("WEBP"), read: webp },
  { type: "video/mp4", is: (start) => start.slice(4, 8) === "ftyp" && brands.includes(start.slice(8, 12)), read: mp4 },
];

const mostPixelsASide = 16_384;

/** What a file is, or why it is not taken. */
export const look = (file: Uint8Array): Look | { unfit: string } => {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const start = bytes.toString("latin1", 0, 12);
  const format = formats.find(({ is }) => is(start));
  if (!format) return { unfit: "The file is no PNG, JPEG, GIF, WebP or MP4, whatever it is called." };
  try {
    const { width, height, seconds } = format.read(bytes);
    if (width < 1 || height < 1) return { unfit: "The picture has no size." };
    if (width > mostPixelsASide || height > mostPixelsASide)
      return { unfit: `The picture is ${width} by ${height} pixels; at most ${mostPixelsASide} a side are taken.` };
    return { type: format.type, width, height, ...(seconds === undefined ? {} : { seconds }) };
  } catch (error) {
    if (error instanceof Unfit) return { unfit: error.message };
    // That is how a Buffer says that it was read beyond its end.
    if (error instanceof RangeError) return { unfit: "The file is cut short." };
    throw error;
  }
};

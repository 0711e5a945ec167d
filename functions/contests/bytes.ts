import { concatBytes, hexToBytes } from "@noble/curves/utils.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";

/**
 * FairDraw 1 (fairdraw.md) is a winner draw that anyone can check: entering.ts is its section 1, ledger.ts with tree.ts,
 * tile.ts and exclusions.ts section 2, commitment.ts section 3, draw.ts sections 4 and 5, and verify.ts checks it all.
 * Those are pure, and free of Node, since the page that explains a draw runs the same files. Names are the
 * specification's: n leaves, T tickets, k winners, r reserves; § is its section.
 *
 * Here are the bytes and hashes that they are made of. All integers are big-endian. What is shown to people is lower-case
 * hex, what is hashed is bytes.
 */

/** Writes SHA-256(message), 32 bytes, to `out` from `at`. `out` may overlap `message`: it is read first. */
export type Sha256 = (message: Uint8Array, out: Uint8Array, at: number) => void;

/** Runs anywhere. On Node hash.ts is several times faster. */
export const sha256: Sha256 = (message, out, at) => out.set(nobleSha256(message), at);

export const digest = (hash: Sha256, ...parts: Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(32);
  hash(concatBytes(...parts), out, 0);
  return out;
};

/** HMAC-SHA256 (RFC 2104) over the given hash; 32 bytes. */
export const hmac = (key: Uint8Array, message: Uint8Array, hash: Sha256 = sha256): Uint8Array => {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? digest(hash, key) : key);
  const inner = digest(
    hash,
    block.map((byte) => byte ^ 0x36),
    message,
  );
  return digest(
    hash,
    block.map((byte) => byte ^ 0x5c),
    inner,
  );
};

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** @throws RangeError if a number is no integer from 0 to `max`. */
export const whole = (name: string, value: number, max = Number.MAX_SAFE_INTEGER): number => {
  if (!Number.isSafeInteger(value) || value < 0 || value > max)
    throw new RangeError(`${name} is out of range: ${value}`);
  return value;
};

/** @throws RangeError if the length is another. */
export const sized = (name: string, bytes: Uint8Array, length: number): Uint8Array => {
  if (bytes.length !== length) throw new RangeError(`${name} must be ${length} bytes, not ${bytes.length}`);
  return bytes;
};

export const fixedHex = (name: string, hex: string, length: number): Uint8Array => {
  if (!/^[0-9a-f]*$/.test(hex)) throw new RangeError(`${name} must be lower-case hex`);
  return sized(name, hexToBytes(hex), length);
};

export const U16_MAX = 0xffff;
export const U32_MAX = 0xffff_ffff;
const TWO_32 = 2 ** 32;

export const u16 = (n: number): Uint8Array => Uint8Array.of(n >>> 8, n & 0xff);

export const u32 = (n: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
};

/** Numbers up to 2^53-1, which is all that FairDraw allows in a u64. */
export const u64 = (n: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  writeU64(new DataView(bytes.buffer), 0, n);
  return bytes;
};

export const writeU64 = (view: DataView, at: number, n: number): void => {
  view.setUint32(at, n / TWO_32);
  view.setUint32(at + 4, n % TWO_32);
};

export const readU64 = (view: DataView, at: number): number => view.getUint32(at) * TWO_32 + view.getUint32(at + 4);

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Which comes first, byte by byte: negative, 0 or positive. Of the same length. */
export const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
};

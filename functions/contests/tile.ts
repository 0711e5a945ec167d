import { bytesToHex } from "@noble/curves/utils.js";
import { readU64, type Sha256, viewOf, writeU64 } from "./bytes.ts";
import type { ProofStep } from "./tree.ts";

// FairDraw 1, section 2: the same tree as in tree.ts, hashed in tiles of up to 256 records, for a million leaves.

/** Bytes of a record: `u64 sum || hash`, or of a leaf `u64 weight || commit`. */
export const RECORD = 40;
/** Records of a full tile. */
export const TILE = 256;

export type TileHasher = {
  /** The record of a tile's root: 40 bytes, valid until the next call. */
  root: (tile: Uint8Array, level: number) => Uint8Array;
  /** The siblings on the way from a record of a tile to the tile's root, from below. */
  siblings: (tile: Uint8Array, level: number, position: number) => ProofStep[];
};

/**
 * Hashes a tile in one buffer, whose views are made once, so that sealing costs little more than its hashes. Two
 * neighbouring records are the message of their parent but for the byte in front, and that byte belongs to a record
 * that has been used. A last record without a neighbour rises as it is, which gives the shape of RFC 9162 §2.1.
 */
export const tileHasher = (hash: Sha256): TileHasher => {
  const BASE = 8; // room for the byte before the first record
  const leaves = new Uint8Array(BASE + TILE * RECORD);
  const nodes = new Uint8Array(BASE + TILE * RECORD);
  const leafView = viewOf(leaves);
  const nodeView = viewOf(nodes);
  const message = (buffer: Uint8Array, size: number) => (_: unknown, i: number) =>
    buffer.subarray(BASE + i * size - 1, BASE + (i + 1) * size);
  const leafMessages = Array.from({ length: TILE }, message(leaves, RECORD));
  const nodeMessages = Array.from({ length: TILE / 2 }, message(nodes, 2 * RECORD));
  const top = nodes.subarray(BASE, BASE + RECORD);

  const load = (tile: Uint8Array, level: number): number => {
    const count = tile.length / RECORD;
    if (level > 0) {
      nodes.set(tile, BASE);
      return count;
    }
    leaves.set(tile, BASE);
    for (let i = 0; i < count; i++) {
      const at = BASE + i * RECORD;
      leaves[at - 1] = 0x00;
      hash(leafMessages[i]!, nodes, at + 8);
      nodeView.setUint32(at, leafView.getUint32(at));
      nodeView.setUint32(at + 4, leafView.getUint32(at + 4));
    }
    return count;
  };

  const halve = (width: number): number => {
    const pairs = width >> 1;
    for (let i = 0; i < pairs; i++) {
      const from = BASE + i * 2 * RECORD;
      const to = BASE + i * RECORD;
      const sum = readU64(nodeView, from) + readU64(nodeView, from + RECORD);
      nodes[from - 1] = 0x01;
      hash(nodeMessages[i]!, nodes, to + 8);
      writeU64(nodeView, to, sum);
    }
    if (width % 2 === 0) return pairs;
    nodes.copyWithin(BASE + pairs * RECORD, BASE + (width - 1) * RECORD, BASE + width * RECORD);
    return pairs + 1;
  };

  const root = (tile: Uint8Array, level: number): Uint8Array => {
    for (let width = load(tile, level); width > 1; ) width = halve(width);
    return top;
  };

  const siblings = (tile: Uint8Array, level: number, position: number): ProofStep[] => {
    const steps: ProofStep[] = [];
    for (let width = load(tile, level), here = position; width > 1; here >>= 1) {
      const at = BASE + (here ^ 1) * RECORD;
      if ((here ^ 1) < width) {
        steps.push({ sum: readU64(nodeView, at), hash: bytesToHex(nodes.subarray(at + 8, at + RECORD)) });
      }
      width = halve(width);
    }
    return steps;
  };

  return { root, siblings };
};

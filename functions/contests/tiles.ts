import { remembers } from "../platform/cache.ts";
import { minutes } from "../platform/clock.ts";
import { compareBytes } from "./bytes.ts";
import { nodeSha256 } from "./hash.ts";
import { type Ledger, provingLeaf, type Steps, type TileRequest } from "./ledger.ts";
import { RECORD, TILE } from "./tile.ts";
import type { EntryProof } from "./verify.ts";

// A sealed ledger as one object, of which each tile is read by itself. One after the other: the levels of the tree, leaves
// first; then the fences, the first eight bytes of the first commit of each tile of leaves, by which the tile of a commit is
// known without looking into any. A proof takes at most three reads: the head (the topmost tile and the fences, kept for
// five minutes), a tile of leaves, and above 65,536 entries one between them.

const FENCE = 8;

/** Reads a part of an object: `from`, and how many bytes. */
export type ReadPart = (key: string, from: number, length: number) => Promise<Uint8Array>;

/** How many records each level of the tree has, leaves first. */
export const levelSizes = (n: number): number[] => (n <= TILE ? [n] : [n, ...levelSizes(Math.ceil(n / TILE))]);

/** Where the levels and the fences of a ledger of n entries begin, in bytes; where the head does; and the whole size. */
export const layoutOf = (n: number) => {
  const sizes = levelSizes(n);
  const levels = sizes.map((_, level) => RECORD * sizes.slice(0, level).reduce((sum, size) => sum + size, 0));
  const fences = RECORD * sizes.reduce((sum, size) => sum + size, 0);
  return { sizes, levels, head: levels.at(-1)!, fences, bytes: fences + FENCE * Math.ceil(n / TILE) };
};

/** The levels one after the other, with the fences behind them. */
export const withFences = (levels: Uint8Array, n: number): Uint8Array => {
  const layout = layoutOf(n);
  const bytes = new Uint8Array(layout.bytes);
  bytes.set(levels);
  for (let tile = 0; tile * TILE < n; tile++) {
    const at = tile * TILE * RECORD + 8;
    bytes.set(bytes.subarray(at, at + FENCE), layout.fences + tile * FENCE);
  }
  return bytes;
};

export const ledgerBytes = ({ n, levels }: Ledger): Uint8Array => {
  const layout = layoutOf(n);
  const bytes = new Uint8Array(layout.fences);
  for (const [level, from] of layout.levels.entries()) bytes.set(levels[level]!, from);
  return withFences(bytes, n);
};

type Stored = { ledgerKey: string; entries: number };
const heads = remembers<Uint8Array>(minutes(5), 20);

/** The tiles of a stored ledger. What is asked for twice is read once. */
export const tilesOf = ({ ledgerKey, entries: n }: Stored, read: ReadPart) => {
  const layout = layoutOf(n);
  const top = layout.levels.length - 1;
  const head = (): Promise<Uint8Array> =>
    heads.get(ledgerKey, () => read(ledgerKey, layout.head, layout.bytes - layout.head));
  const known = new Map<string, Promise<Uint8Array>>();
  const tile = async ({ level, tile }: TileRequest): Promise<Uint8Array> => {
    const records = Math.min(TILE, layout.sizes[level]! - tile * TILE);
    if (level === top) return (await head()).subarray(0, records * RECORD);
    const name = `${level}/${tile}`;
    const found = known.get(name) ?? read(ledgerKey, layout.levels[level]! + tile * TILE * RECORD, records * RECORD);
    known.set(name, found);
    return found;
  };
  const fences = async (): Promise<Uint8Array> => (await head()).subarray(layout.fences - layout.head);
  return { n, tile, fences };
};
type Tiles = ReturnType<typeof tilesOf>;

/** Answers the steps of a computation from where the tiles are stored. */
export const runOver = async <T>(steps: Steps<T>, { tile }: Tiles): Promise<T> => {
  let step = steps.next();
  while (!step.done) step = steps.next(await tile(step.value));
  return step.value;
};

/** The last tile that begins with no more than this. */
const tileOfCommit = (fences: Uint8Array, commit: Uint8Array): number => {
  const begin = commit.subarray(0, FENCE);
  let low = 0;
  for (let high = fences.length / FENCE - 1; low < high; ) {
    const middle = Math.ceil((low + high) / 2);
    if (compareBytes(fences.subarray(middle * FENCE, (middle + 1) * FENCE), begin) <= 0) low = middle;
    else high = middle - 1;
  }
  return low;
};

const indexIn = (tile: Uint8Array, commit: Uint8Array): number | undefined => {
  for (let at = 0; at * RECORD < tile.length; at++)
    if (compareBytes(tile.subarray(at * RECORD + 8, (at + 1) * RECORD), commit) === 0) return at;
  return undefined;
};

/** The inclusion proof of a commit (32 bytes), or undefined if the ledger does not hold it. */
export const proveCommit = async (tiles: Tiles, commit: Uint8Array): Promise<EntryProof | undefined> => {
  const guess = tileOfCommit(await tiles.fences(), commit);
  // Two commits that begin with the same eight bytes may lie on both sides of a border.
  for (const tile of guess > 0 ? [guess, guess - 1] : [guess]) {
    const leaves = await tiles.tile({ level: 0, tile });
    const at = indexIn(leaves, commit);
    if (at === undefined && compareBytes(leaves.subarray(8, 8 + FENCE), commit.subarray(0, FENCE)) < 0)
      return undefined;
    if (at === undefined) continue;
    const { index, weight, proof } = await runOver(provingLeaf(tiles.n, tile * TILE + at, nodeSha256), tiles);
    return { index, weight, proof };
  }
  return undefined;
};

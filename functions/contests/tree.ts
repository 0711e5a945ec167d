import { bytesToHex, hexToBytes } from "@noble/curves/utils.js";
import { digest, type Sha256, sha256, u64 } from "./bytes.ts";

// FairDraw 1, section 2: the tree over the leaves, as somebody sees it who holds one leaf and its proof.

/** LH(w, c), 32 bytes. (§2) */
export const leafHash = (weight: number, commit: Uint8Array, hash: Sha256 = sha256): Uint8Array =>
  digest(hash, Uint8Array.of(0x00), u64(weight), commit);

/** A subtree: how many tickets it holds, and its hash (32 bytes). */
export type Node = { sum: number; hash: Uint8Array };

/** NH(L, R), 32 bytes. Both sums are hashed, apart, so that neither can be moved into the other. (§2) */
export const nodeHash = (left: Node, right: Node, hash: Sha256 = sha256): Uint8Array =>
  digest(hash, Uint8Array.of(0x01), u64(left.sum), left.hash, u64(right.sum), right.hash);

/** A sibling on the way from a leaf to the root: its tickets, and its hash in hex. */
export type ProofStep = { sum: number; hash: string };

/** A leaf of the ledger: which, how many tickets, whose (32 bytes, hex). */
export type Leaf = { index: number; weight: number; commit: string };

/**
 * The root, the tickets and the first ticket of the leaf that a proof leads to. (§5) Sides follow from `(index, n)`,
 * sums are added here. Undefined if the proof has another length than that leaf's, or a number is out of range.
 */
export const climb = (
  leaf: Leaf,
  n: number,
  proof: readonly ProofStep[],
  hash: Sha256 = sha256,
): { root: string; T: number; start: number } | undefined => {
  if (leaf.index < 0 || leaf.index >= n) return undefined;
  let node: Node = { sum: leaf.weight, hash: leafHash(leaf.weight, hexToBytes(leaf.commit), hash) };
  let start = 0;
  let used = 0;
  for (let here = leaf.index, width = n; width > 1; here >>= 1, width = Math.ceil(width / 2)) {
    if ((here ^ 1) >= width) continue;
    const step = proof[used++];
    if (step === undefined || step.sum < 1 || !Number.isSafeInteger(node.sum + step.sum)) return undefined;
    const sibling: Node = { sum: step.sum, hash: hexToBytes(step.hash) };
    const [left, right] = here % 2 === 0 ? [node, sibling] : [sibling, node];
    if (here % 2 === 1) start += sibling.sum;
    node = { sum: left.sum + right.sum, hash: nodeHash(left, right, hash) };
  }
  return used === proof.length ? { root: bytesToHex(node.hash), T: node.sum, start } : undefined;
};

import { bytesToHex, hexToBytes } from "@noble/curves/utils.js";
import { decodeCommitment } from "./commitment.ts";
import { checkCounts } from "./count-check.ts";
import { entryCommit } from "./entering.ts";
import { checkPromises } from "./promise-check.ts";
import { type Check, checkEntry, EvidenceShape, type Verdict, verifyBundle } from "./verify.ts";

// What a browser checks a draw with, offline: the very files that draw, and that `npm run verify` runs. Free of Node.

/** The whole draw; `counts`: what was counted in public, where it is at hand; `seen`: a fingerprint that was kept. */
export const checkDraw = (bundle: unknown, counts?: unknown, seen?: string): Verdict => {
  const { status, checks } = verifyBundle(bundle, seen);
  const promises = checkPromises(bundle);
  const all: Check[] = [...checks, ...promises, ...(counts === undefined ? [] : checkCounts(bundle, counts))];
  return { status: all.some(({ ok }) => !ok) ? 1 : status, checks: all };
};

/** By which the place of an entry in the ledger is asked for: it tells nobody whose it is. Undefined of what is no receipt. */
export const markOf = (bundle: unknown, evidence: unknown): string | undefined => {
  const parsed = EvidenceShape.safeParse(evidence);
  const commitment = commitmentIn(bundle);
  if (!parsed.success || commitment === undefined) return undefined;
  const { contestId } = decodeCommitment(hexToBytes(commitment));
  return bytesToHex(entryCommit(hexToBytes(parsed.data.salt), hexToBytes(contestId), parsed.data.identity));
};

/** An entrant's receipt, with the proof that was given for it, against the draw's commitment. */
export const checkReceipt = (bundle: unknown, evidence: object, proof?: unknown): { ok: boolean; checks: Check[] } => {
  const commitment = commitmentIn(bundle) ?? "";
  return checkEntry(commitment, proof === undefined ? evidence : { ...evidence, entry: proof });
};

const commitmentIn = (bundle: unknown): string | undefined => {
  if (typeof bundle !== "object" || bundle === null || !("commitment" in bundle)) return undefined;
  return typeof bundle.commitment === "string" && /^[0-9a-f]{528}$/.test(bundle.commitment)
    ? bundle.commitment
    : undefined;
};

import { bytesToHex } from "@noble/curves/utils.js";
import { compareBytes, digest, type Sha256, sha256, sized, U16_MAX, u16, whole } from "./bytes.ts";

// FairDraw 1, section 2: who takes no part, decided before the seed exists.

/** Why, as it is committed. `withdrawn` is the entrant's own; the others are the organiser's. They never change their meaning. */
export const reasonCodes = {
  withdrawn: 1,
  disposable_address: 2,
  same_person: 3,
  automated: 4,
  not_eligible: 5,
  /** With a sentence that everyone may read. */
  other: 9,
} as const;
export type Reason = keyof typeof reasonCodes;

const reasons = Object.keys(reasonCodes) as Reason[];
/** The reason of a code; `other` where this code does not know it. */
export const reasonOf = (code: number): Reason => reasons.find((name) => reasonCodes[name] === code) ?? "other";

/** An entry that takes no part: its commit (32 bytes) and a reason code, 0 to 65,535. */
export type Exclusion = { commit: Uint8Array; reason: number };

/**
 * The tree of what was excluded before the seed existed; its root is hex, of none SHA-256 of nothing. (§2)
 * @throws RangeError if a reason is out of range or a commit stands there twice.
 */
export const sealExclusions = (
  exclusions: readonly Exclusion[],
  hash: Sha256 = sha256,
): { exCount: number; exRoot: string } => {
  const sorted = exclusions.toSorted((a, b) => compareBytes(a.commit, b.commit));
  sorted.forEach(({ commit }, i) => {
    if (i > 0 && compareBytes(sorted[i - 1]!.commit, commit) === 0) {
      throw new RangeError(`an entry is excluded twice: ${bytesToHex(commit)}`);
    }
  });
  let level = sorted.map(({ commit, reason }) =>
    digest(hash, Uint8Array.of(0x02), sized("commit", commit, 32), u16(whole("reason", reason, U16_MAX))),
  );
  while (level.length > 1) {
    const below = level;
    level = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => {
      const right = below[2 * i + 1];
      return right ? digest(hash, Uint8Array.of(0x03), below[2 * i]!, right) : below[2 * i]!;
    });
  }
  return { exCount: exclusions.length, exRoot: bytesToHex(level[0] ?? digest(hash)) };
};

import { createHash } from "node:crypto";

/** Choices that are the same for the same seed. */
export type Random = {
  /** 0 <= x < 1. */
  real: () => number;
  /** A whole number from `low` to `high`, both included. */
  int: (low: number, high: number) => number;
  chance: (probability: number) => boolean;
  /** One of these. Throws where there are none. */
  pick: <T>(of: readonly T[]) => T;
  /** One of these, as often as its weight says. */
  weighted: <T>(of: readonly (readonly [weight: number, value: T])[]) => T;
};

/** sfc32 (Chris Doty-Humphrey's PractRand), seeded by the SHA-256 of a text. */
export const randomOf = (seed: string): Random => {
  const bytes = createHash("sha256").update(seed).digest();
  let [a, b, c, d] = [bytes.readInt32LE(0), bytes.readInt32LE(4), bytes.readInt32LE(8), bytes.readInt32LE(12)];
  const real = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 2 ** 32;
  };
  const int = (low: number, high: number): number => low + Math.floor(real() * (high - low + 1));
  const pick = <T>(of: readonly T[]): T => {
    if (of.length === 0) throw new RangeError("There is nothing to pick from.");
    return of[int(0, of.length - 1)]!;
  };
  const weighted = <T>(of: readonly (readonly [number, T])[]): T => {
    let left = real() * of.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of of) {
      left -= weight;
      if (left < 0) return value;
    }
    return of.at(-1)![1];
  };
  return { real, int, chance: (probability) => real() < probability, pick, weighted };
};

// What numbers say about a crowd. Pure; each formula with its source.

const sum = (numbers: Iterable<number>): number => {
  let total = 0;
  for (const n of numbers) total += n;
  return total;
};

/**
 * A quantile of sorted numbers by linear interpolation: type 7 of Hyndman and Fan, "Sample Quantiles in Statistical
 * Packages", The American Statistician 50 (1996), what R, NumPy and Excel's QUARTILE.INC do. NaN of none.
 */
export const quantile = (sorted: ArrayLike<number>, share: number): number => {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (at - Math.floor(at)) * (above - below);
};

/** The same quantile of values by how often each was given, lowest first. NaN of none. */
export const quantileOfCounts = (
  counts: readonly (readonly [value: number, count: number])[],
  share: number,
): number => {
  const at = (sum(counts.map(([, count]) => count)) - 1) * share;
  const valueAt = (place: number): number => {
    let before = 0;
    for (const [value, count] of counts) {
      before += count;
      if (place < before) return value;
    }
    return Number.NaN;
  };
  if (at < 0) return Number.NaN;
  const below = valueAt(Math.floor(at));
  return below + (at - Math.floor(at)) * (valueAt(Math.ceil(at)) - below);
};

export type Spread = {
  count: number;
  median: number;
  lowerQuartile: number;
  upperQuartile: number;
  least: number;
  most: number;
  mean: number;
  /** The sample's standard deviation (divided by n - 1); 0 of one number. */
  deviation: number;
};

/** Where numbers lie and how far apart. Undefined of none. */
export const spreadOf = (numbers: Iterable<number>): Spread | undefined => {
  const sorted = Float64Array.from(numbers).sort();
  const count = sorted.length;
  if (count === 0) return undefined;
  const mean = sum(sorted) / count;
  let squares = 0;
  for (const n of sorted) squares += (n - mean) ** 2;
  return {
    count,
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    least: sorted[0]!,
    most: sorted[count - 1]!,
    mean,
    deviation: count === 1 ? 0 : Math.sqrt(squares / (count - 1)),
  };
};

/**
 * A quantile of a histogram: bars of equal width from `min` to `max`, numbers even within a bar. Off by a bar's width at
 * most. NaN of none.
 */
export const quantileOfBars = (bars: readonly number[], min: number, max: number, share: number): number => {
  const wanted = sum(bars) * share;
  let before = 0;
  for (const [i, bar] of bars.entries()) {
    if (bar > 0 && before + bar >= wanted) return min + ((max - min) * (i + (wanted - before) / bar)) / bars.length;
    before += bar;
  }
  return Number.NaN;
};

/**
 * Net Promoter Score: the share that gives 9 or 10 less the share that gives 0 to 6, in points from -100 to 100. F. F.
 * Reichheld, "The One Number You Need to Grow", Harvard Business Review, December 2003. `counts`: by rating. NaN of none.
 */
export const netPromoterScore = (counts: Readonly<Record<number, number>>): number => {
  const between = (from: number, to: number) =>
    sum(Array.from({ length: to - from + 1 }, (_, i) => counts[from + i] ?? 0));
  return ((between(9, 10) - between(0, 6)) / between(0, 10)) * 100;
};

/** The mean of values by how often each was given. NaN of none. */
export const meanOf = (counts: readonly (readonly [value: number, count: number])[]): number =>
  sum(counts.map(([value, count]) => value * count)) / sum(counts.map(([, count]) => count));

/**
 * Borda's points: of n options the first of a ranking gets n - 1, the next n - 2, the last none. J.-C. de Borda, "Mémoire
 * sur les élections au scrutin", 1781. `ranks[option][rank]`: how many put the option at the rank (0 is the best).
 */
export const bordaPoints = (ranks: readonly (readonly number[])[]): number[] =>
  ranks.map((counts) => sum(counts.map((count, rank) => count * (ranks.length - 1 - rank))));

/** How many guesses are closer to the truth than the crowd's own (F. Galton, "Vox Populi", Nature 75, 1907). */
export const closerThan = (guesses: Iterable<number>, crowd: number, truth: number): number => {
  let closer = 0;
  for (const guess of guesses) if (Math.abs(guess - truth) < Math.abs(crowd - truth)) closer++;
  return closer;
};

/** What became of a statement. */
export type Votes = { agree: number; disagree: number; pass: number };

/** Of those who agree or disagree, the share that agrees. NaN of none. */
export const agreementOf = ({ agree, disagree }: Votes): number => agree / (agree + disagree);

/**
 * How much all groups agree with a statement: the product over groups of (agree + 1) / (seen + 2), as Polis has it. C.
 * Small et al., "Polis: Scaling Deliberation by Mapping High Dimensional Opinion Spaces", Recerca 26 (2021), section 2.3.
 */
export const groupConsensus = (groups: readonly Votes[]): number =>
  groups.reduce((product, { agree, disagree, pass }) => product * ((agree + 1) / (agree + disagree + pass + 2)), 1);

/** How far apart the groups are that agree most and least with a statement: 0 to 1. */
export const divideOf = (groups: readonly Votes[]): number => {
  const shares = groups.map(agreementOf).filter((share) => !Number.isNaN(share));
  return shares.length < 2 ? 0 : Math.max(...shares) - Math.min(...shares);
};

/** Groups of fewer are not shown: what a few people answered is theirs. */
export const fewest = 5;

/**
 * The groups that may be shown, largest first, and how many people are in those that may not. What is not shown can be told
 * from the total and the others, all together: where that is one group, or of fewer than five people, the smallest of the
 * others are withheld as well.
 */
export const shownGroups = <G extends { total: number }>(groups: readonly G[]): { shown: G[]; withheld: number } => {
  const sorted = [...groups].sort((a, b) => b.total - a.total);
  const small = sorted.filter(({ total }) => total < fewest).length;
  const withheld = (hidden: number): number => sum(sorted.slice(sorted.length - hidden).map(({ total }) => total));
  let hidden = small;
  while (hidden > 0 && hidden < sorted.length && (hidden === 1 || withheld(hidden) < fewest)) hidden++;
  return { shown: sorted.slice(0, sorted.length - hidden), withheld: withheld(hidden) };
};

import { fewest } from "./statistics.ts";

// Groups of people who think alike about statements, found in their votes alone, as Polis does: votes become points, the two
// directions in which they differ most are kept (principal components), and points that lie together are a group (k-means,
// with as many groups as the silhouette prefers). C. Small et al., "Polis: Scaling Deliberation by Mapping High Dimensional
// Opinion Spaces", Recerca 26 (2021). Nothing is drawn at random: the same votes give the same groups.

/** What a group said of each statement: how many agree, disagree, and have no opinion. */
export type Opinions = { groups: { total: number; votes: [agree: number, disagree: number, pass: number][] }[] };

/** Votes as a row has them ("ad-p"), and how many gave them. */
export type Ballots = ReadonlyMap<string, number>;

/** Few statements cannot tell many groups apart: at most half as many groups, and five. */
const mostGroups = (statements: number): number => Math.min(5, Math.max(2, Math.floor(statements / 2)));
/** Who judged fewer statements (or not all, where there are fewer) is in no group. */
const enoughVotes = 7;
/** Groups are looked for in so many different ballots at most; everybody is then in the nearest. */
const mostFitted = 2000;
/** Below this mean silhouette there are no groups to speak of. */
const leastSilhouette = 0.25;

type Point = { ballot: string; weight: number; x: number; y: number };
type Centre = { x: number; y: number };

const values: Record<string, number> = { a: 1, d: -1, p: 0 };
const judged = (ballot: string): number => ballot.length - ballot.split("-").length + 1;

/** Distance, squared. */
const far = (a: Centre, b: Centre): number => (a.x - b.x) ** 2 + (a.y - b.y) ** 2;
const nearest = (centres: readonly Centre[], point: Centre): number => {
  let best = 0;
  for (let i = 1; i < centres.length; i++) if (far(centres[i]!, point) < far(centres[best]!, point)) best = i;
  return best;
};

/** The direction in which rows differ most, by power iteration; undefined where they do not differ. */
const mainDirection = (
  rows: readonly { weight: number; row: Float64Array }[],
  size: number,
): Float64Array | undefined => {
  // Of no statement's own kind, and the same every time.
  let direction = Float64Array.from({ length: size }, (_, i) => 1 + ((i * 7) % 11) / 11);
  for (let round = 0; round < 100; round++) {
    const next = new Float64Array(size);
    for (const { weight, row } of rows) {
      let along = 0;
      for (let i = 0; i < size; i++) along += row[i]! * direction[i]!;
      for (let i = 0; i < size; i++) next[i]! += weight * along * row[i]!;
    }
    const length = Math.hypot(...next);
    if (length < 1e-9) return undefined;
    const turned = next.map((n) => n / length);
    const change = Math.hypot(...turned.map((n, i) => n - direction[i]!));
    direction = turned;
    if (change < 1e-10) break;
  }
  return direction;
};

/** Ballots as points in the plane in which they differ most. A statement that somebody did not judge counts as its mean. */
const pointsOf = (ballots: readonly (readonly [string, number])[], size: number): Point[] => {
  const means = Array.from({ length: size }, (_, i) => {
    let [sum, count] = [0, 0];
    for (const [ballot, weight] of ballots) {
      const value = values[ballot[i] ?? "-"];
      if (value === undefined) continue;
      sum += weight * value;
      count += weight;
    }
    return count === 0 ? 0 : sum / count;
  });
  const rows = ballots.map(([ballot, weight]) => ({
    weight,
    row: Float64Array.from(means, (mean, i) => (values[ballot[i] ?? "-"] ?? mean) - mean),
  }));
  const project = (direction: Float64Array | undefined): number[] =>
    rows.map(({ row }) => {
      let along = 0;
      if (direction) for (let i = 0; i < size; i++) along += row[i]! * direction[i]!;
      return along;
    });
  const first = mainDirection(rows, size);
  const x = project(first);
  // What is left beside the first direction.
  if (first) for (const [r, { row }] of rows.entries()) for (let i = 0; i < size; i++) row[i]! -= x[r]! * first[i]!;
  const y = project(mainDirection(rows, size));
  return ballots.map(([ballot, weight], i) => ({ ballot, weight, x: x[i]!, y: y[i]! }));
};

/** k-means, begun at points that lie far apart. */
const centresOf = (points: readonly Point[], k: number): Centre[] => {
  const begin = points.reduce((most, point) => (Math.abs(point.x) > Math.abs(most.x) ? point : most));
  let centres: Centre[] = [begin];
  while (centres.length < k) {
    const apart = (point: Point) => Math.min(...centres.map((centre) => far(centre, point)));
    centres.push(points.reduce((most, point) => (apart(point) > apart(most) ? point : most)));
  }
  for (let round = 0; round < 50; round++) {
    const sums = centres.map(() => ({ x: 0, y: 0, weight: 0 }));
    for (const { x, y, weight } of points) {
      const sum = sums[nearest(centres, { x, y })]!;
      sum.x += weight * x;
      sum.y += weight * y;
      sum.weight += weight;
    }
    const next = sums.map(({ x, y, weight }, i) => (weight === 0 ? centres[i]! : { x: x / weight, y: y / weight }));
    const moved = Math.max(...next.map((centre, i) => far(centre, centres[i]!)));
    centres = next;
    if (moved < 1e-12) break;
  }
  return centres;
};

/**
 * How well groups are told apart, -1 to 1: the mean over all of (b - a) / max(a, b), a being the mean distance to one's own
 * group and b to the nearest other. P. J. Rousseeuw, "Silhouettes", J. Computational and Applied Mathematics 20 (1987).
 */
const silhouetteOf = (points: readonly Point[], centres: readonly Centre[]): number => {
  const groups = points.map((point) => nearest(centres, point));
  const sizes = centres.map((_, g) => points.reduce((sum, { weight }, i) => sum + (groups[i] === g ? weight : 0), 0));
  if (sizes.includes(0)) return -1;
  let [sum, count] = [0, 0];
  for (const [i, point] of points.entries()) {
    const distances = centres.map(() => 0);
    for (const [j, other] of points.entries()) distances[groups[j]!]! += other.weight * Math.sqrt(far(point, other));
    const own = groups[i]!;
    const a = sizes[own]! > 1 ? distances[own]! / (sizes[own]! - 1) : 0;
    const b = Math.min(...distances.flatMap((distance, g) => (g === own ? [] : [distance / sizes[g]!])));
    if (sizes[own]! > 1) sum += (point.weight * (b - a)) / Math.max(a, b, 1e-12);
    count += point.weight;
  }
  return sum / count;
};

/** Every so many-th, so that at most `most` are left. */
const thinned = <T>(all: readonly T[], most: number): readonly T[] => {
  const step = Math.ceil(all.length / most);
  return step <= 1 ? all : all.filter((_, i) => i % step === 0);
};

const groupsAt = (points: readonly Point[], centres: readonly Centre[], size: number): Opinions["groups"] => {
  const groups: Opinions["groups"] = centres.map(() => ({
    total: 0,
    votes: Array.from({ length: size }, (): [number, number, number] => [0, 0, 0]),
  }));
  for (const point of points) {
    const group = groups[nearest(centres, point)]!;
    group.total += point.weight;
    for (let i = 0; i < size; i++) {
      const place = "adp".indexOf(point.ballot[i] ?? "-");
      if (place >= 0) group.votes[i]![place]! += point.weight;
    }
  }
  return groups;
};

/**
 * The groups, largest first, and in which of them each ballot is; undefined where nobody differs enough, or a group would be so small that it told what a few
 * people think. `size`: how many statements there are.
 */
export const opinionGroups = (
  ballots: Ballots,
  size: number,
): (Opinions & { groupOf: (ballot: string) => number | undefined }) | undefined => {
  const counted = [...ballots]
    .filter(([ballot]) => judged(ballot) >= Math.min(enoughVotes, size))
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const people = counted.reduce((sum, [, n]) => sum + n, 0);
  if (size < 2 || people < 2 * fewest) return undefined;
  const points = pointsOf(counted, size);
  const fitted = thinned(points, mostFitted);
  const compared = thinned(fitted, 500);
  const tries = Array.from({ length: mostGroups(size) - 1 }, (_, i) => {
    const centres = centresOf(fitted, i + 2);
    return { centres, groups: groupsAt(points, centres, size), silhouette: silhouetteOf(compared, centres) };
  });
  const [best] = tries
    .filter(({ groups, silhouette }) => silhouette >= leastSilhouette && groups.every(({ total }) => total >= fewest))
    .sort((a, b) => b.silhouette - a.silhouette);
  if (!best) return undefined;
  const order = best.groups.map((_, g) => g).sort((a, b) => best.groups[b]!.total - best.groups[a]!.total);
  const placeOf = new Map(points.map((point) => [point.ballot, order.indexOf(nearest(best.centres, point))]));
  return { groups: order.map((g) => best.groups[g]!), groupOf: (ballot) => placeOf.get(ballot) };
};

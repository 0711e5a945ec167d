import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToHex, hexToBytes } from "@noble/curves/utils.js";
import * as z from "zod";
import { type Chain, chainHashOf, QUICKNET, timeOfRound, verifyRound } from "./beacon.ts";
import { type Sha256, sha256 } from "./bytes.ts";
import { type Commitment, commitHash, decodeCommitment, drawSeed, rulesHash, wordsOf } from "./commitment.ts";
import { type Bundle, type Position, ticketOf, uniform, type Won, winnersOf, withWon } from "./draw.ts";
import { entryCommit, receiptMessage } from "./entering.ts";
import { indexOf, type Ledger, proveLeaf } from "./ledger.ts";
import { climb, type ProofStep } from "./tree.ts";

/**
 * The offline verifier of a draw (fairdraw.md §5). It needs the bundle and nothing else, and runs in a browser too;
 * infra/verify.ts is its command.
 */

/** So many bytes in lower-case hex. */
export const hex = (bytes: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`), `${bytes} bytes in lower-case hex`);
const count = z.int().nonnegative();

const Step = z.strictObject({ sum: z.int().positive(), hash: hex(32) });

const PositionShape = z.strictObject({
  position: count,
  u: count,
  ticket: count,
  index: count,
  start: count,
  weight: z.int().min(1).max(0xffff_ffff),
  commit: hex(32),
  proof: z.array(Step),
});

const ChainShape = z.strictObject({
  publicKey: hex(96),
  period: z.int().min(1).max(0xffff_ffff),
  genesis: count,
  groupHash: hex(32),
  beaconId: z.string(),
});

/** By position, with their proofs. */
export const PositionsShape = z.array(PositionShape);

/** The public document of a draw, strictly. */
export const BundleShape = z.strictObject({
  version: z.literal("fairdraw/1"),
  contest: hex(16),
  // Passed on untouched: its hash is over every member.
  rules: z.unknown().refine((rules) => typeof rules === "object" && rules !== null, "an object"),
  commitment: hex(264),
  beacon: z.strictObject({
    chainHash: hex(32),
    round: z.int().positive(),
    signature: hex(48),
    chain: ChainShape.optional(),
  }),
  positions: PositionsShape,
  strikes: z.array(
    z.strictObject({ position: count, reason: z.string().regex(/\S/), at: z.iso.datetime({ offset: true }) }),
  ),
  winners: z.array(count),
}) satisfies z.ZodType<Bundle>;

/** One thing that was checked, and in plain words what was found. */
export type Check = { name: string; ok: boolean; detail: string };

/** 0 valid; 1 invalid; 2 valid, on a beacon that is not the public one. */
export type Verdict = { status: 0 | 1 | 2; checks: Check[] };

type Finding = { ok: boolean; detail: string };
const pass = (detail: string): Finding => ({ ok: true, detail });
const fail = (detail: string): Finding => ({ ok: false, detail });

/** What FairDraw's functions refuse by throwing is a finding here. */
const finding = (look: () => Finding): Finding => {
  try {
    return look();
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
};

const plural = (n: number, one: string, many: string): string => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const at = (unixSeconds: number): string =>
  Math.abs(unixSeconds) <= 8.64e12
    ? new Date(unixSeconds * 1000).toISOString().replace(".000", "")
    : `${unixSeconds} s`;

/**
 * Checks a draw from its bundle alone: parsed JSON, of which nothing is trusted. A check that depends on one that
 * failed is left out, so the checks that are not ok name the cause. Never throws.
 *
 * `seen`: the commitment's hash (hex) as the checker saw it before the draw, on a page, a channel or a receipt. It is what
 * dates the commitment from above: a draw that was made up afterwards is consistent in itself.
 */
export const verifyBundle = (bundle: unknown, seen?: string): Verdict => {
  const checks: Check[] = [];
  const check = (name: string, look: () => Finding): boolean => {
    const found = finding(look);
    checks.push({ name, ...found });
    return found.ok;
  };
  const verdict = (): Verdict => {
    if (checks.some(({ ok }) => !ok)) return { status: 1, checks };
    return { status: c?.chainHash === QUICKNET.chainHash ? 0 : 2, checks };
  };

  let c: Commitment | undefined;
  const parsed = BundleShape.safeParse(bundle);
  check("shape", () => (parsed.success ? pass("a fairdraw/1 bundle") : fail(inOneLine(parsed.error))));
  if (!parsed.success) return verdict();
  const b: Bundle = parsed.data;
  check("commitment", () => {
    c = decodeCommitment(hexToBytes(b.commitment));
    return pass(
      `${plural(c.n, "entry", "entries")} with ${plural(c.T, "ticket", "tickets")}, ` +
        `${plural(c.exCount, "exclusion", "exclusions")}, ${plural(c.k, "winner", "winners")}, ` +
        `${plural(c.r, "reserve", "reserves")}, closed ${at(c.closedAt)}`,
    );
  });
  if (!c) return verdict();
  const commitment = c;

  if (seen !== undefined) check("seen before", () => sameAsSeen(b, seen));
  check("contest", () => sameContest(b, commitment));
  check("rules", () => sameRules(b, commitment));
  const chain = chainOf(b);
  const known = check("beacon", () => sameBeacon(b, commitment, chain));
  let signed = false;
  if (chain && known) {
    check("times", () => timesInOrder(commitment, chain));
    check("previous round", () => signedRound(chain, commitment.prevRound, commitment.prevSig));
    signed = check("round", () => signedRound(chain, b.beacon.round, b.beacon.signature));
  }
  const complete = check("positions", () => allPositions(b, commitment));
  const proven = check("proofs", () => allProven(b.positions, commitment));
  if (signed && complete && proven) check("replay", () => replayed(b, commitment));
  check("strikes", () => strikesInRange(b));
  check("winners", () => rightWinners(b, commitment));
  return verdict();
};

const inOneLine = (error: z.ZodError): string =>
  error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.length ? path.join(".") : "the document"}: ${message}`)
    .join("; ");

const sameContest = ({ contest }: Bundle, { contestId, drawNo }: Commitment): Finding =>
  contest === contestId
    ? pass(`${contest}, draw ${drawNo}${drawNo > 1 ? ": an earlier commitment was voided, ask why" : ""}`)
    : fail(`the bundle is of contest ${contest}, the commitment of ${contestId}`);

const sameAsSeen = ({ commitment }: Bundle, seen: string): Finding => {
  const hash = bytesToHex(commitHash(hexToBytes(commitment)));
  return hash === seen.trim().toLowerCase()
    ? pass(`the commitment is the one that was seen: ${hash}`)
    : fail(`the commitment's hash is ${hash}, and not the one that was seen`);
};

const sameRules = ({ rules }: Bundle, commitment: Commitment): Finding => {
  const hash = rulesHash(rules);
  return hash === commitment.rulesHash
    ? pass(`these rules were committed: ${hash}`)
    : fail(`these rules hash to ${hash}, but ${commitment.rulesHash} was committed`);
};

/** The pinned chain, else the one that the bundle brings, if its hash is the one it claims. */
const chainOf = ({ beacon }: Bundle): Chain | undefined => {
  const { chainHash, chain } = beacon;
  if (chain && chainHashOf(chain) !== chainHash) return undefined;
  if (chainHash === QUICKNET.chainHash) return QUICKNET;
  return chain && { chainHash, ...chain };
};

const sameBeacon = ({ beacon }: Bundle, c: Commitment, chain: Chain | undefined): Finding => {
  if (beacon.chainHash !== c.chainHash)
    return fail(`the bundle names chain ${beacon.chainHash}, the commitment ${c.chainHash}`);
  if (beacon.round !== c.round) return fail(`the bundle names round ${beacon.round}, the commitment ${c.round}`);
  if (chain === QUICKNET) return pass(`round ${c.round} of drand quicknet, the public beacon`);
  if (chain) return pass(`round ${c.round} of chain ${chain.chainHash}, which is NOT the public beacon`);
  return fail(
    beacon.chain
      ? `the chain in the bundle hashes to ${chainHashOf(beacon.chain)}, not to ${beacon.chainHash}`
      : `chain ${beacon.chainHash} is not the public beacon, and the bundle does not describe it`,
  );
};

const timesInOrder = ({ prevRound, sealedAt, round }: Commitment, chain: Chain): Finding => {
  const previous = timeOfRound(chain, prevRound);
  const deciding = timeOfRound(chain, round);
  if (previous > sealedAt) return fail(`sealed ${at(sealedAt)}, before round ${prevRound} existed (${at(previous)})`);
  if (sealedAt >= deciding)
    return fail(`sealed ${at(sealedAt)}, when round ${round} was already known (${at(deciding)})`);
  return pass(`sealed ${at(sealedAt)}, decided by the round of ${at(deciding)}`);
};

const signedRound = (chain: Chain, round: number, signature: string): Finding =>
  verifyRound(chain, round, signature)
    ? pass(`the beacon signed round ${round}`)
    : fail(`this is not the beacon's signature of round ${round}`);

const allPositions = ({ positions }: Bundle, { k, r, T }: Commitment): Finding => {
  const misplaced = positions.findIndex(({ position }, i) => position !== i);
  if (misplaced >= 0) return fail(`where position ${misplaced} belongs stands ${positions[misplaced]?.position}`);
  const drawn = positions.reduce((sum, { weight }) => sum + weight, 0);
  const ranOut = positions.length < k + r && drawn === T;
  if (positions.length !== k + r && !ranOut) return fail(`${positions.length} positions instead of ${k + r}`);
  return pass(`${positions.length} of ${k + r}${ranOut ? ", then no ticket was left" : ""}`);
};

const allProven = (positions: readonly Position[], c: Commitment): Finding => {
  for (const position of positions) {
    const wrong = unproven(position, c);
    if (wrong) return fail(`position ${position.position}: ${wrong}`);
  }
  // Leaves ascend by commit (§2), so an entry that was put into the ledger twice and drawn twice shows here.
  const byIndex = positions.toSorted((a, b) => a.index - b.index);
  const twice = byIndex.find((leaf, i) => i > 0 && byIndex[i - 1]!.commit >= leaf.commit);
  if (twice) return fail(`position ${twice.position}: the ledger is not in order, or holds an entry twice`);
  return pass(`${plural(positions.length, "position is", "positions are")} in the committed ledger`);
};

const unproven = (position: Position, c: Commitment): string | undefined => {
  const found = climb(position, c.n, position.proof);
  if (!found) return "the proof does not fit the place in the ledger";
  if (found.root !== c.root || found.T !== c.T) return "the proof does not lead to the committed root and tickets";
  if (found.start !== position.start) return `its tickets start at ${found.start}, not at ${position.start}`;
  return undefined;
};

const replayed = ({ commitment, beacon, positions }: Bundle, { T }: Commitment): Finding => {
  const words = wordsOf(drawSeed(hexToBytes(commitment), hexToBytes(beacon.signature)));
  let won: Won = [];
  let left = T;
  for (const { position, u, ticket, start, weight } of positions) {
    if (left <= 0) return fail(`position ${position}: no ticket was left`);
    const rightU = Number(uniform(words, BigInt(left)));
    if (u !== rightU) return fail(`position ${position}: the seed gives u = ${rightU}, not ${u}`);
    const rightTicket = ticketOf(u, won);
    if (ticket !== rightTicket)
      return fail(`position ${position}: the seed gives ticket ${rightTicket}, not ${ticket}`);
    if (ticket < start || ticket >= start + weight)
      return fail(`position ${position}: ticket ${ticket} is another entry's`);
    won = withWon(won, { start, weight });
    left -= weight;
  }
  return pass("drawn again from the beacon's signature: every position is the same");
};

const strikesInRange = ({ strikes, positions }: Bundle): Finding => {
  const struck = strikes.map(({ position }) => position);
  const unknown = struck.find((position) => position >= positions.length);
  if (unknown !== undefined) return fail(`position ${unknown} is struck, but was never drawn`);
  if (new Set(struck).size < struck.length) return fail("a position is struck twice");
  if (strikes.length === 0) return pass("none");
  return pass(strikes.map(({ position, reason }) => `position ${position}: ${JSON.stringify(reason)}`).join(", "));
};

const rightWinners = ({ winners, strikes, positions }: Bundle, { k }: Commitment): Finding => {
  const right = winnersOf(positions.length, k, strikes);
  return winners.length === right.length && winners.every((position, i) => position === right[i])
    ? pass(`positions ${right.join(", ")}: the first ${k} that are not struck`)
    : fail(`the first ${k} unstruck positions are ${right.join(", ")}, not ${winners.join(", ")}`);
};

// ── An entrant's own check ──────────────────────────────────────────────────────────────────────────────────────────

/** Where an entry stands in the ledger, and the proof of it. */
export type EntryProof = { index: number; weight: number; proof: ProofStep[] };

/** The inclusion proof of an entry by its commit (32 bytes), or undefined if the ledger does not hold it. */
export const entryProof = (ledger: Ledger, commit: Uint8Array, hash: Sha256 = sha256): EntryProof | undefined => {
  const index = indexOf(ledger, commit);
  if (index === undefined) return undefined;
  const { weight, proof } = proveLeaf(ledger, index, hash);
  return { index, weight, proof };
};

/** What an entrant holds: all but `entry` from the moment of entering. Hex; `enteredAt` in ms. */
export const EvidenceShape = z.strictObject({
  identity: z.string(),
  salt: hex(32),
  receipt: z.strictObject({ enteredAt: count, signature: hex(64) }),
  /** The contest's Ed25519 key, from its published rules. */
  receiptKey: hex(32),
  /** Absent if the organiser cannot give one: then a receipt that verifies is the evidence. */
  entry: z.strictObject({ index: count, weight: z.int().min(1).max(0xffff_ffff), proof: z.array(Step) }).optional(),
});
export type Evidence = z.infer<typeof EvidenceShape>;

/**
 * An entrant's own check against a commitment (264 bytes, hex): is my receipt real, was I in time, and am I in the
 * ledger? A receipt that verifies without an inclusion that does is evidence of being left out. Never throws.
 */
export const checkEntry = (commitment: string, evidence: unknown): { ok: boolean; checks: Check[] } => {
  const checks: Check[] = [];
  const check = (name: string, look: () => Finding): void => {
    checks.push({ name, ...finding(look) });
  };
  const parsed = EvidenceShape.safeParse(evidence);
  check("shape", () => (parsed.success ? pass("an entrant's evidence") : fail(inOneLine(parsed.error))));
  let c: Commitment | undefined;
  check("commitment", () => {
    c = decodeCommitment(hexToBytes(commitment));
    return pass(`contest ${c.contestId}`);
  });
  if (parsed.success && c) {
    const sealed = c;
    const mine = parsed.data;
    check("receipt", () => signedReceipt(mine, sealed));
    check("in time", () => enteredInTime(mine, sealed));
    check("inclusion", () => included(mine, sealed));
  }
  return { ok: checks.every(({ ok }) => ok), checks };
};

const commitOf = ({ salt, identity }: Evidence, { contestId }: Commitment): Uint8Array =>
  entryCommit(hexToBytes(salt), hexToBytes(contestId), identity);

const signedReceipt = (mine: Evidence, c: Commitment): Finding => {
  const message = receiptMessage(hexToBytes(c.contestId), commitOf(mine, c), mine.receipt.enteredAt);
  // zip215 is lenient about encodings; RFC 8032 is what every other verifier does.
  const signed = ed25519.verify(hexToBytes(mine.receipt.signature), message, hexToBytes(mine.receiptKey), {
    zip215: false,
  });
  return signed
    ? pass(`the contest signed for this entry at ${at(mine.receipt.enteredAt / 1000)}`)
    : fail("the contest did not sign this: another address, salt, time or contest");
};

const enteredInTime = ({ receipt }: Evidence, { closedAt }: Commitment): Finding =>
  receipt.enteredAt < closedAt * 1000
    ? pass(`entered before the contest closed at ${at(closedAt)}`)
    : fail(`entered when the contest had closed, at ${at(closedAt)}`);

const included = (mine: Evidence, c: Commitment): Finding => {
  if (!mine.entry) return fail("there is no proof that this entry is in the committed ledger");
  const { index, weight, proof } = mine.entry;
  const found = climb({ index, weight, commit: bytesToHex(commitOf(mine, c)) }, c.n, proof);
  return found?.root === c.root && found.T === c.T
    ? pass(`entry ${index} of ${c.n}: tickets ${found.start} to ${found.start + weight - 1} of ${c.T}`)
    : fail("the proof does not lead from this entry to the committed ledger");
};

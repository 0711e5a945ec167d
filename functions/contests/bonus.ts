import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { type FieldError, refuse } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { Line } from "../platform/input.ts";
import { derive, hmac } from "../platform/secrets.ts";
import { mostWaitMs, takes } from "./close.ts";
import type { Bonus, Chances, Standing } from "./contest.ts";
import { type WeightRules, weightOf } from "./entering.ts";
import type { Entry } from "./entry.ts";

// Chances beside friends: a code from a shop or a newsletter, a code of a place, a response to a poll, an idea. Each counts once for an
// entry, as a bit: bit i is the bonus i of the set-up, and what it is worth stands in the rules. The entry's row keeps the bits
// of codes; what is earned elsewhere is counted there (elsewhere.ts).

// ── What is asked ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Letters and digits, whatever stands between them, in capitals: "zomer-2026" and "ZOMER 2026" are one code. */
export const normalised = (code: string): string =>
  code
    .normalize("NFKC")
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");

const Code = Line(60)
  .refine((code) => normalised(code).length >= 4, "A code has at least four letters or digits.")
  .describe("Capitals, spaces and hyphens make no other code. It is kept as a hash and never shown again.");

const fields = {
  id: z
    .string()
    .regex(/^[a-z0-9-]{1,30}$/, "Use 1 to 30 lower-case letters, digits and hyphens.")
    .describe("Your name for it. A change that names it without a code keeps its code."),
  label: Line(80).describe("Public: what it is for, e.g. Onze nieuwsbrief."),
  tickets: z.int().min(1).max(1000),
};
export const NewBonus = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("code"), ...fields, code: Code.optional() }),
  z.strictObject({ kind: z.literal("place"), ...fields, code: Code.optional() }),
  z.strictObject({
    kind: z.literal("poll"),
    ...fields,
    pollId: Id("poll").describe("A poll by mailed code or personal link; it is open before the contest opens."),
  }),
  z.strictObject({
    kind: z.literal("idea"),
    ...fields,
    boardId: Id("board").describe(
      "A board that takes ideas; an idea counts that everybody sees when the contest closes.",
    ),
  }),
]);
export type NewBonus = z.infer<typeof NewBonus>;

// ── Codes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Codes are short: hashed without a secret they could be guessed from the table. */
const hashOf = async (workspaceId: string, contestId: string, code: string, version: number): Promise<string> => {
  const key = await derive(workspaceId, `code/${version}`, version);
  return `${version}:${hmac(key, `${contestId}\0${normalised(code)}`)
    .subarray(0, 16)
    .toString("base64url")}`;
};

/** The hashes of a set-up's codes, by bonus; `kept`: those that stood there, of which no code is given again. */
export const hashCodes = async (
  { workspaceId, contestId }: { workspaceId: string; contestId: string },
  bonuses: readonly NewBonus[],
  kept: Readonly<Record<string, string>>,
  version: number,
): Promise<Record<string, string>> => {
  const codes: Record<string, string> = {};
  for (const [i, bonus] of bonuses.entries()) {
    if (bonus.kind === "poll" || bonus.kind === "idea") continue;
    const hash = bonus.code === undefined ? kept[bonus.id] : await hashOf(workspaceId, contestId, bonus.code, version);
    if (hash === undefined) continue;
    if (Object.values(codes).includes(hash)) {
      const error = { pointer: `#/chances/bonuses/${i}/code`, detail: "Another bonus has the same code." };
      return refuse("invalid_input", "Two bonuses have the same code, so nobody could tell which is meant.", [error]);
    }
    codes[bonus.id] = hash;
  }
  return codes;
};

const isByCode = ({ kind }: Pick<Bonus, "kind">): boolean => kind === "code" || kind === "place";

/** Bonuses that open by a code, and have none yet. */
export const lacksCodes = ({ chances, codes }: Pick<Standing, "chances" | "codes">): FieldError[] =>
  chances.bonuses.flatMap((bonus, i) =>
    !isByCode(bonus) || codes?.[bonus.id] !== undefined
      ? []
      : [{ pointer: `#/chances/bonuses/${i}/code`, detail: "Give the code by which it is earned." }],
  );

type Coded = Pick<Standing, "workspaceId" | "contestId" | "chances" | "codes">;

/**
 * What a code opens: the bit of its bonus, or 0. `mark`: three bytes by which the same code is known again; they are keyed,
 * so that nobody can look for codes that have the same.
 */
export const readCode = async (
  { workspaceId, contestId, chances, codes = {} }: Coded,
  code: string,
): Promise<{ bit: number; mark: Uint8Array }> => {
  const versions = new Set(Object.values(codes).map((hash) => Number(hash.slice(0, hash.indexOf(":")))));
  let mark: Uint8Array = Buffer.alloc(markBytes);
  for (const version of versions) {
    const hash = await hashOf(workspaceId, contestId, code, version);
    mark = Buffer.from(hash.slice(hash.indexOf(":") + 1), "base64url").subarray(0, markBytes);
    const at = chances.bonuses.findIndex(({ id }) => codes[id] === hash);
    if (at >= 0) return { bit: 1 << at, mark };
  }
  return { bit: 0, mark };
};
const markBytes = 3;

export const asksForCode = ({ chances }: { chances: Chances }): boolean => chances.bonuses.some(isByCode);

/** So many codes that are not right, and no more are looked at. */
const mostWrongCodes = 10;

const marksIn = (bytes: Uint8Array): string[] =>
  Array.from({ length: bytes.length / markBytes }, (_, i) =>
    Buffer.from(bytes.subarray(i * markBytes, (i + 1) * markBytes)).toString("hex"),
  );

/**
 * A code that an entrant gives after entering. Wrong ones are marked in the row that a right one changes too: of many codes
 * at once one is saved, and only its giver hears whether it was right. The same wrong code again counts for nothing.
 * Refuses `contest_not_open` and `too_many_codes`; throws where the entries may be frozen before it is written.
 */
export const tryCode = (
  contest: Standing,
  entry: Entry,
  { bit, mark }: { bit: number; mark: Uint8Array },
  { arrivedMs, now }: { arrivedMs: number; now: string },
): { entry: Entry; outcome: "earned" | "had" | "wrong" | "wrong-again" } => {
  if (!takes(contest, arrivedMs)) return refuse("contest_not_open", "This contest takes no codes now.");
  if (milliseconds(now) - arrivedMs > mostWaitMs) throw new Error("A code waited too long to be written.");
  const { wrongCodes = new Uint8Array(), bonus = 0 } = entry;
  const known = marksIn(wrongCodes);
  if (bit === 0 && known.includes(Buffer.from(mark).toString("hex"))) return { entry, outcome: "wrong-again" };
  if (known.length >= mostWrongCodes)
    return refuse("too_many_codes", "Too many codes were tried that are not right. The entry itself stands.");
  if (bit === 0) return { entry: { ...entry, wrongCodes: Buffer.concat([wrongCodes, mark]) }, outcome: "wrong" };
  return (bonus & bit) === 0
    ? { entry: { ...entry, bonus: bonus | bit }, outcome: "earned" }
    : { entry, outcome: "had" };
};

// ── What it is worth ────────────────────────────────────────────────────────────────────────────────────────────────

/** The bonuses that an entry has earned. `bits`: as its row keeps them. */
export const earned = <B extends Pick<Bonus, "tickets">>(
  { bonuses }: { bonuses: readonly B[] },
  bits: number | undefined,
): B[] => (bits === undefined ? [] : bonuses.filter((_, i) => (bits & (1 << i)) !== 0));

/** An entry's number of tickets: base + min(referralCap, referralUnit * friends) + its bonuses. (fairdraw.md §1) */
export const ticketsOf = (
  chances: WeightRules & { bonuses?: readonly Pick<Bonus, "tickets">[] },
  friends: number,
  bits: number | undefined,
): number =>
  weightOf(
    chances,
    friends,
    earned({ bonuses: chances.bonuses ?? [] }, bits).map(({ tickets }) => tickets),
  );

import { ed25519 } from "@noble/curves/ed25519.js";
import { concatBytes, hexToBytes } from "@noble/curves/utils.js";
import * as z from "zod";
import { u64, utf8 } from "./bytes.ts";
import { decodeCommitment } from "./commitment.ts";
import { type Check, hex } from "./verify.ts";

// The public counts of a contest, checked: while it is open, each hour says how many have entered, signed with the key that
// signs receipts. Who adds entrants at the last moment can be seen to. Free of Node, as all that a browser checks with.

/** What is signed of a count: `at` in Unix milliseconds. */
export const countMessage = (contest16: Uint8Array, at: number, entries: number): Uint8Array =>
  concatBytes(utf8("FDP1"), contest16, u64(at), u64(entries));

const Counted = z.strictObject({ at: z.iso.datetime(), entries: z.int().nonnegative(), signature: hex(64) });
export const CountsShape = z.strictObject({
  contest: hex(16),
  /** The contest's Ed25519 key, which its published rules name. */
  receiptKey: hex(32),
  counts: z.array(Counted),
});
export type Counts = z.infer<typeof CountsShape>;

const plural = (n: number, one: string, many: string): string => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

const Drawn = z.looseObject({ commitment: hex(264), rules: z.looseObject({ receiptKey: hex(32) }) });

/**
 * Checks the counts against a draw's bundle: whose they are, that each is signed, and that the sealed ledger holds no fewer
 * than were counted. How many came after the last count is said, not judged. Never throws.
 */
export const checkCounts = (bundle: unknown, counts: unknown): Check[] => {
  const drawn = Drawn.safeParse(bundle);
  const parsed = CountsShape.safeParse(counts);
  if (!drawn.success || !parsed.success)
    return [{ name: "counts", ok: false, detail: "these are not the public counts of a draw" }];
  const { contest, receiptKey } = parsed.data;
  const list = parsed.data.counts;
  const { rules } = drawn.data;
  const fail = (detail: string): Check[] => [{ name: "counts", ok: false, detail }];
  let c: ReturnType<typeof decodeCommitment>;
  try {
    c = decodeCommitment(hexToBytes(drawn.data.commitment));
  } catch {
    return fail("the draw has no commitment to hold them against");
  }
  if (contest !== c.contestId || receiptKey !== rules.receiptKey) return fail("these counts are of another contest");
  const unordered = list.findIndex(({ at }, i) => i > 0 && list[i - 1]!.at >= at);
  if (unordered >= 0) return fail(`the count of ${list[unordered]!.at} stands after a later one`);
  const unsigned = list.find(
    ({ at, entries, signature }) =>
      !ed25519.verify(
        hexToBytes(signature),
        countMessage(hexToBytes(contest), Date.parse(at), entries),
        hexToBytes(receiptKey),
        { zip215: false },
      ),
  );
  if (unsigned) return fail(`the contest did not sign the count of ${unsigned.at}`);
  const last = list.at(-1);
  if (!last) return [{ name: "counts", ok: true, detail: "nothing was counted in public" }];
  const sealed = c.n + c.exCount;
  if (sealed < last.entries)
    return fail(
      `${plural(last.entries, "entry was", "entries were")} counted at ${last.at}, and ${sealed} were sealed: some are missing`,
    );
  const more = sealed - last.entries;
  return [
    {
      name: "counts",
      ok: true,
      detail: `${plural(list.length, "signed count", "signed counts")}; the last, of ${last.at}, says ${last.entries}, and ${plural(more, "entry", "entries")} more ${more === 1 ? "was" : "were"} sealed`,
    },
  ];
};

import { onDue } from "../platform/background.ts";
import { clock, instant, later, minutes, seconds } from "../platform/clock.ts";
import { erase } from "../platform/erase.ts";
import { put } from "../platform/table.ts";
import { type Cancelled, type Final, hasDraw, hasVerdict } from "./contest.ts";
import { withoutName } from "./jury.ts";
import { contests, leftovers } from "./table.ts";

// The life time of a contest's entries is over: what the table has not forgotten by itself goes now. The draw stays, and can
// still be checked; who was in it cannot be known any more.

export const due = "contest.clear";

export const limits = { timeoutSeconds: 300, memoryMB: 512 };

/** A stretch of keys is erased in so long at most. */
const stretchMs = seconds(60);

/** Where an entry was kept is made from who it was: somebody's address could be tried on it. */
const nowhere = { shard: 0, pid: Buffer.alloc(16) };

/** Of who won stays what everyone may read, and no name that the organiser gave. */
const withoutPeople = (contest: Final | Cancelled): Final | Cancelled => {
  if (hasDraw(contest)) return { ...contest, positions: contest.positions.map((of) => ({ ...of, row: nowhere })) };
  if (!hasVerdict(contest)) return contest;
  const unnamed = withoutName(contest, "all");
  return { ...unnamed, verdicts: unnamed.verdicts.map((of) => ({ ...of, row: nowhere })) };
};

export const handler = onDue(due, contests, async ({ state: contest, now, endsMs, save }) => {
  if (contest.status !== "final" && contest.status !== "cancelled") return;
  for await (const keys of leftovers(contest)) {
    if (clock.now() + stretchMs > endsMs)
      return save([put(contests, { ...contest, clearsAgainAt: later(instant(clock.now()), minutes(1)) })]);
    await erase(keys);
  }
  await save([put(contests, { ...withoutPeople(contest), clearedAt: now })]);
});

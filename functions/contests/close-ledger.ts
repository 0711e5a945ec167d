import type { DomainEvent } from "../events/event.ts";
import { onDue } from "../platform/background.ts";
import { clock, instant, milliseconds } from "../platform/clock.ts";
import { put } from "../platform/table.ts";
import { roundAt } from "./beacon.ts";
import { closeContest, countableAt, freezeContest, sealContest, unixSeconds } from "./close.ts";
import { commitContest, publishCommitment } from "./commit.ts";
import { type Contest, type Counting, rulesOf, type Sealed } from "./contest.ts";
import { type WeightRules, weightOf } from "./entering.ts";
import { type EntryKeys, entryKeys, refOf } from "./entry.ts";
import { nodeSha256 } from "./hash.ts";
import { type Ledger, seal } from "./ledger.ts";
import { endWithoutEntries } from "./outcome.ts";
import { beaconOf, roundOfPast } from "./randomness.ts";
import { contests, eachEntry, saveLedger } from "./table.ts";

// open → closing at closesAt; → counting a minute later, when the entries no longer change; → sealed; → committed, and
// on the record as public. Each step is one write; ended anywhere and woken again, it goes on from the last one and gives the same bytes.

export const due = "contest.close";

/** A million entries are read in about half a minute. */
export const limits = { timeoutSeconds: 300, memoryMB: 1769 };

type Row = { pid: Uint8Array; commit: Uint8Array; referrer?: string | undefined };

/** The ledger of these rows, in whatever order they come; undefined of none. `refs`: what each row's own link carries. */
export const ledgerOf = (
  rows: readonly Row[],
  chances: WeightRules,
  refOfRow: (row: Row) => string,
): Ledger | undefined => {
  if (rows.length === 0) return undefined;
  const friends = new Map<string, number>();
  for (const { referrer } of rows) if (referrer !== undefined) friends.set(referrer, (friends.get(referrer) ?? 0) + 1);
  const commits = new Uint8Array(32 * rows.length);
  const weights = new Float64Array(rows.length);
  rows.forEach((row, i) => {
    commits.set(row.commit, 32 * i);
    weights[i] = weightOf(chances, friends.size ? (friends.get(refOfRow(row)) ?? 0) : 0);
  });
  return seal({ commits, weights }, nodeSha256);
};

const count = async (contest: Counting, now: string): Promise<Ledger | undefined> => {
  const keys: EntryKeys = await entryKeys(contest);
  const closesAtMs = milliseconds(contest.closesAt);
  const rows: Row[] = [];
  await eachEntry(contest, now, ({ pid, commit, referrer, enteredAt }) => {
    if (enteredAt < closesAtMs) rows.push({ pid, commit, referrer });
  });
  return ledgerOf(rows, contest.chances, ({ pid }) => refOf(keys, pid));
};

const commit = async (contest: Sealed) => {
  const { chain, client } = beaconOf(rulesOf(contest));
  const previous = await roundOfPast(client, roundAt(chain, unixSeconds(contest.sealedAt)));
  // Only what is decided now can be public in time: the round above may have been waited for.
  return commitContest(contest, { chain, previous }, instant(clock.now()));
};

const step = async (contest: Contest, now: string): Promise<[Contest, DomainEvent[]] | undefined> => {
  switch (contest.status) {
    case "open":
      return closeContest(contest);
    case "closing":
      return countableAt(contest) <= now ? freezeContest(contest, now) : undefined;
    case "counting": {
      const ledger = await count(contest, now);
      if (!ledger) return endWithoutEntries(contest, now);
      return sealContest(contest, { ...ledger, key: await saveLedger(contest, ledger) });
    }
    case "sealed":
      return commit(contest);
    case "committed":
      return contest.publishedAt === undefined
        ? publishCommitment(contest, beaconOf(rulesOf(contest)).chain, now)
        : undefined;
    default:
      return undefined;
  }
};

export const handler = onDue(due, contests, async ({ state, now, save }) => {
  let contest: Contest = state;
  for (let next = await step(contest, now); next; next = await step(contest, instant(clock.now()))) {
    const change = put(contests, ...next);
    await save([change]);
    contest = change.after;
  }
});

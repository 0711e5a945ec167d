import type { DomainEvent } from "../events/event.ts";
import { onDue } from "../platform/background.ts";
import { clock, instant, milliseconds } from "../platform/clock.ts";
import { put } from "../platform/table.ts";
import { roundAt } from "./beacon.ts";
import { ticketsOf } from "./bonus.ts";
import { closeContest, countableAt, freezeContest, sealContest, unixSeconds } from "./close.ts";
import { commitContest, publishCommitment } from "./commit.ts";
import { type Contest, type Counting, rulesOf, type Sealed } from "./contest.ts";
import { earnedElsewhere } from "./elsewhere.ts";
import { type EntryKeys, entryKeys, isErased, openIdentity, refOf } from "./entry.ts";
import { sealExclusions } from "./exclusions.ts";
import { nodeSha256 } from "./hash.ts";
import { startJudging } from "./jury.ts";
import { type Ledger, seal } from "./ledger.ts";
import { endWithoutEntries } from "./outcome.ts";
import { chainOf, clientOf, roundOfPast } from "./randomness.ts";
import { contests, eachEntry, saveExclusions, saveLedger } from "./table.ts";

// open → closing at closesAt; → counting a minute later, when the entries no longer change; → sealed; → committed, and
// on the record as public. Each step is one write; ended anywhere and woken again, it goes on from the last one and gives the same bytes.

export const due = "contest.close";

/** A million entries are read in about half a minute. */
export const limits = { timeoutSeconds: 300, memoryMB: 1769 };

type Row = {
  pid: Uint8Array;
  commit: Uint8Array;
  referrer?: string | undefined;
  bonus?: number | undefined;
  /** The code of the reason for which it takes no part. */
  excluded?: number | undefined;
};

/**
 * The ledger of these rows, in whatever order they come; undefined of none that takes part. An entry that takes no part has
 * no tickets and gives none to whoever brought it. `refOfRow`: what a row's own link carries.
 */
export const ledgerOf = (
  all: readonly Row[],
  chances: Parameters<typeof ticketsOf>[0],
  refOfRow: (row: Row) => string,
): Ledger | undefined => {
  const rows = all.filter(({ excluded }) => excluded === undefined);
  if (rows.length === 0) return undefined;
  const friends = new Map<string, number>();
  for (const { referrer } of rows) if (referrer !== undefined) friends.set(referrer, (friends.get(referrer) ?? 0) + 1);
  const commits = new Uint8Array(32 * rows.length);
  const weights = new Float64Array(rows.length);
  rows.forEach((row, i) => {
    commits.set(row.commit, 32 * i);
    weights[i] = ticketsOf(chances, friends.size ? (friends.get(refOfRow(row)) ?? 0) : 0, row.bonus);
  });
  return seal({ commits, weights }, nodeSha256);
};

/** Who takes no part, ascending by commit, and the tree of it (fairdraw.md §2). */
export const exclusionsOf = (rows: readonly Row[]) => {
  const excluded = rows.flatMap(({ commit, excluded }) =>
    excluded === undefined ? [] : [{ commit, reason: excluded }],
  );
  const { exCount, exRoot } = sealExclusions(excluded, nodeSha256);
  const listed = excluded
    .map(({ commit, reason }) => ({ commit: Buffer.from(commit).toString("hex"), reason }))
    .sort((a, b) => (a.commit < b.commit ? -1 : 1));
  return { count: exCount, root: exRoot, listed };
};

const count = async (contest: Counting, now: string) => {
  const keys: EntryKeys = await entryKeys(contest);
  const closesAtMs = milliseconds(contest.closesAt);
  const bitsElsewhere = await earnedElsewhere(contest, now);
  const rows: Row[] = [];
  const whose: { row: Row; shard: number; identity: Uint8Array }[] = [];
  await eachEntry(contest, now, (kept) => {
    if (kept.enteredAt >= closesAtMs) return;
    const { pid, commit, excluded } = kept;
    if (isErased(kept)) return void rows.push({ pid, commit, excluded });
    const { referrer, bonus, shard, identity } = kept;
    const row: Row = { pid, commit, referrer, bonus, excluded };
    rows.push(row);
    if (bitsElsewhere) whose.push({ row, shard, identity });
  });
  if (bitsElsewhere)
    for (const { row, ...sealed } of whose) {
      const identity = await openIdentity({ ...contest, ...sealed, pid: row.pid });
      row.bonus = (row.bonus ?? 0) | (await bitsElsewhere({ identity }));
    }
  return {
    ledger: ledgerOf(rows, contest.chances, ({ pid }) => refOf(keys, pid)),
    exclusions: exclusionsOf(rows),
  };
};

const commit = async (contest: Sealed) => {
  const chain = chainOf(rulesOf(contest));
  const client = clientOf(rulesOf(contest));
  const previous = await roundOfPast(client, roundAt(chain, unixSeconds(contest.sealedAt)));
  // Only what is decided now can be public in time: the round above may have been waited for.
  return commitContest(contest, { chain, previous }, instant(clock.now()));
};

const step = async (contest: Contest, now: string): Promise<[Contest, DomainEvent[]] | undefined> => {
  switch (contest.status) {
    case "open":
      return closeContest(contest);
    case "closing":
      if (countableAt(contest) > now) return undefined;
      return contest.method === "jury" ? startJudging(contest, now) : freezeContest(contest, now);
    case "counting": {
      const { ledger, exclusions } = await count(contest, now);
      if (!ledger) return endWithoutEntries(contest, now);
      const { listed, ...tree } = exclusions;
      return sealContest(contest, {
        ...ledger,
        key: await saveLedger(contest, ledger),
        exclusions: { ...tree, key: await saveExclusions(contest, listed) },
      });
    }
    case "sealed":
      return commit(contest);
    case "committed":
      return contest.publishedAt === undefined ? publishCommitment(contest, chainOf(rulesOf(contest)), now) : undefined;
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

import { onDue, type Task } from "../platform/background.ts";
import { put } from "../platform/table.ts";
import type { Round } from "./beacon.ts";
import { bundleOfContest } from "./bundle.ts";
import { awaitRound, commitmentOf, isInTime, publishCommitment } from "./commit.ts";
import { drawSeed } from "./commitment.ts";
import { type Committed, type DrawnPosition, type InTime, rulesOf } from "./contest.ts";
import { draw } from "./draw.ts";
import { nodeSha256 } from "./hash.ts";
import { drawContest, endContest } from "./outcome.ts";
import { beaconOf, chainToPublish } from "./randomness.ts";
import { contests, eachEntry, readLedger, savePositions } from "./table.ts";
import { verifyBundle } from "./verify.ts";

// committed → drawn, when the round that decides is there, and the commitment was public in time for it; and announced → final, when winners can no longer be replaced.

export const due = "contest.draw";

export const limits = { timeoutSeconds: 300, memoryMB: 1769 };

/** Whose the drawn commits are: the rows are read again, since no list of who stands where is kept anywhere. */
const owners = async (contest: Committed, commits: readonly string[], now: string) => {
  const wanted = new Set(commits);
  const found = new Map<string, Pick<DrawnPosition, "entryId" | "row">>();
  await eachEntry(contest, now, ({ id, commit, shard, pid }) => {
    const hex = Buffer.from(commit).toString("hex");
    if (wanted.has(hex)) found.set(hex, { entryId: id, row: { shard, pid } });
  });
  return (commit: string): Pick<DrawnPosition, "entryId" | "row"> => {
    const owner = found.get(commit);
    if (!owner) throw new Error(`Nobody's entry has the drawn commit ${commit}.`);
    return owner;
  };
};

const drawWith = async (contest: InTime, round: Round, { now, save }: Pick<Task, "now" | "save">): Promise<void> => {
  const { chain } = beaconOf(rulesOf(contest));
  const { k, r } = commitmentOf(contest);
  const seed = drawSeed(Buffer.from(contest.commitment, "hex"), Buffer.from(round.signature, "hex"), nodeSha256);
  const positions = draw(await readLedger(contest), seed, k + r, nodeSha256);

  // Nothing is published that its own verifier refuses.
  const verdict = verifyBundle(bundleOfContest(contest, round.signature, positions, chainToPublish(chain)));
  if (verdict.status === 1) {
    const failed = verdict.checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
    throw new Error(`The draw of ${contest.contestId} does not verify. ${failed.join("; ")}`);
  }

  const whose = await owners(
    contest,
    positions.map(({ commit }) => commit),
    now,
  );
  const proofsKey = await savePositions(contest, positions);
  const drawn = drawContest(contest, { signature: round.signature, positions, proofsKey }, whose, now);
  await save([put(contests, ...drawn)]);
};

export const handler = onDue(due, contests, async ({ state: contest, now, save }) => {
  if (contest.status === "announced") return save([put(contests, ...endContest(contest, now))]);
  if (contest.status !== "committed") return;
  const { chain, client } = beaconOf(rulesOf(contest));
  // Decided before the beacon is asked: what the round brings cannot matter.
  if (!isInTime(contest, chain)) return save([put(contests, ...publishCommitment(contest, chain, now))]);
  const round = await client.round(commitmentOf(contest).round);
  if (round) await drawWith(contest, round, { now, save });
  else await save([put(contests, awaitRound(contest, now))]);
});

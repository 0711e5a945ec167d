import { onDue, type Task } from "../platform/background.ts";
import { log } from "../platform/log.ts";
import { put } from "../platform/table.ts";
import type { BeaconClient, Round } from "./beacon.ts";
import { bundleOfContest } from "./bundle.ts";
import { someoneWaits } from "./claim.ts";
import { awaitRound, commitmentOf, isInTime, isVoid, publishCommitment, voidCommitment } from "./commit.ts";
import { drawSeed } from "./commitment.ts";
import { type Committed, type DrawnPosition, type InTime, rulesOf } from "./contest.ts";
import { drawing } from "./draw.ts";
import { nodeSha256 } from "./hash.ts";
import { endJudged } from "./jury.ts";
import { drawContest, endContest } from "./outcome.ts";
import { chainOf, chainToPublish, clientOf } from "./randomness.ts";
import { contests, eachEntry, findClaims, ledgerTiles, savePositions } from "./table.ts";
import { runOver } from "./tiles.ts";
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
  const chain = chainOf(rulesOf(contest));
  const seed = drawSeed(Buffer.from(contest.commitment, "hex"), Buffer.from(round.signature, "hex"), nodeSha256);
  const { n, T, k, r } = commitmentOf(contest);
  const positions = await runOver(drawing({ n, T }, seed, k + r, nodeSha256), ledgerTiles(contest));

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

/** The round that decides; undefined while no relay has it, or none can be asked. */
const roundFrom = async (client: BeaconClient, contest: InTime): Promise<Round | undefined> => {
  try {
    return await client.round(commitmentOf(contest).round);
  } catch (error) {
    log.warn("No relay of the beacon can be asked; it is tried again.", { reason: String(error) });
    return undefined;
  }
};

export const handler = onDue(due, contests, async ({ state: contest, now, save }) => {
  if (contest.status === "announced" || contest.status === "judged") {
    // What lapses is struck first; it is asked again.
    if (someoneWaits(await findClaims(contest, now))) return;
    const ended = contest.status === "judged" ? endJudged(contest, now) : endContest(contest, now);
    return save([put(contests, ...ended)]);
  }
  if (contest.status !== "committed") return;
  const chain = chainOf(rulesOf(contest));
  const client = clientOf(rulesOf(contest));
  // Decided before the beacon is asked: what the round brings cannot matter.
  if (!isInTime(contest, chain)) return save([put(contests, ...publishCommitment(contest, chain, now))]);
  const round = await roundFrom(client, contest);
  if (round) return drawWith(contest, round, { now, save });
  // The round may come while it is asked for: what has been voided is void all the same.
  const next = isVoid(contest, chain, now)
    ? put(contests, ...voidCommitment(contest, chain, now))
    : put(contests, awaitRound(contest, chain, now));
  await save([next]);
});

import * as z from "zod";
import { onEvent, type Task } from "../platform/background.ts";
import { newId } from "../platform/ids.ts";
import { type Change, Conflict, put } from "../platform/table.ts";
import { unchanged } from "../platform/unchanged.ts";
import type { Used } from "./board.ts";
import type { Duplicate, Standing } from "./idea.ts";
import { carry, type Support, takeBack } from "./support.ts";
import { findBoard, findIdeaOn, ideas, supports, supportsInShard } from "./table.ts";

// The support of a merged idea counts in the one that it was merged into, each person once: their row there says by what it came
// (support.ts). It is brought along once the merge is saved, and again where support came in at the same moment, which the
// event of that row tells; an undo takes along again just what came. Each step asks in the same transaction that the merge (or
// its undo) still stands and that the row it copies is as it was read: so steps of before, done late or twice, change nothing.

export const on = ["idea.merged", "idea.unmerged", "idea.supported"];

/** A support takes two of a transaction's 100 steps, the merge itself one. */
const atOnce = 45;
/** A board's largest ideas have a shard with some 10,000 rows: 200 transactions of 30 ms. */
export const limits = { timeoutSeconds: 300, memoryMB: 1024 };

const Merged = z.object({ boardId: z.string(), ideaId: z.string() });
const Supported = z.object({
  boardId: z.string(),
  items: z.array(z.object({ ideaId: z.string() })),
});

type Job = { board: Used; task: Task };
type Step = { change: Change; checks: Change[] };

/** Saves steps that hold only while `idea` is as it was read; gives whether all were saved. */
const saveWhile = async (idea: Standing, steps: readonly Step[], { task }: Job): Promise<boolean> => {
  for (let from = 0; from < steps.length; from += atOnce) {
    const some = steps.slice(from, from + atOnce);
    try {
      await task.save([unchanged(ideas, idea), ...some.flatMap(({ change, checks }) => [change, ...checks])]);
    } catch (error) {
      if (error instanceof Conflict) return false;
      throw error;
    }
  }
  return true;
};

const rowsIn = async (board: Used, ideaId: string, shard: number, now: string): Promise<Map<string, Support>> => {
  const rows = new Map<string, Support>();
  for await (const row of supportsInShard(board, ideaId, shard, now)) rows.set(row.who, row);
  return rows;
};

const carried = async (idea: Duplicate, shard: number, { board, task }: Job): Promise<Step[]> => {
  const [from, into] = await Promise.all([
    rowsIn(board, idea.ideaId, shard, task.now),
    rowsIn(board, idea.into, shard, task.now),
  ]);
  return [...from.values()].flatMap((row) => {
    const next = carry(row, into.get(row.who), idea.into, newId("support", task.now));
    return next ? [{ change: put(supports, next), checks: [unchanged(supports, row)] }] : [];
  });
};

const takenBack = async (idea: Standing, from: string, shard: number, { board, task }: Job): Promise<Step[]> =>
  [...(await rowsIn(board, from, shard, task.now)).values()].flatMap((row) => {
    const next = takeBack(row, idea.ideaId);
    return next ? [{ change: put(supports, next), checks: [] }] : [];
  });

/** What somebody else did at the same moment is read again; a crowd that goes on supporting is met a few times at most. */
const mostRounds = 50;

/** Goes through the shards of an idea while it stands as it should; `stepsOf`: what is still to do in one. */
const through = async <I extends Standing>(
  ideaId: string,
  isStill: (idea: Standing) => idea is I,
  stepsOf: (idea: I, shard: number) => Promise<Step[]>,
  job: Job,
): Promise<void> => {
  const { board, task } = job;
  for (let shard = 0; shard < board.shards; shard++) {
    for (let round = 1; ; round++) {
      const idea = await findIdeaOn(board, ideaId, task.now);
      if (!idea || idea.status === "removed" || !isStill(idea)) return;
      if (await saveWhile(idea, await stepsOf(idea, shard), job)) break;
      if (round === mostRounds) throw new Error("The support of a merged idea changed at every attempt.");
    }
  }
};

const isDuplicate = (idea: Standing): idea is Duplicate => idea.status === "duplicate";

const bring = (ideaId: string, job: Job): Promise<void> =>
  through(ideaId, isDuplicate, (idea, shard) => carried(idea, shard, job), job);

const takeAlong = (ideaId: string, from: string, job: Job): Promise<void> => {
  const isApart = (idea: Standing): idea is Standing => !(isDuplicate(idea) && idea.into === from);
  return through(ideaId, isApart, (idea, shard) => takenBack(idea, from, shard, job), job);
};

export const handler = onEvent(async ({ type, detail, ...task }) => {
  const { workspaceId, data } = detail;
  const { boardId } = z.object({ boardId: z.string() }).parse(data);
  const board = await findBoard(workspaceId, boardId, task.now);
  if (!board || board.status === "draft") return;
  const job = { board, task };
  if (type === "idea.unmerged") {
    const { ideaId, from } = Merged.extend({ from: z.string() }).parse(data);
    return takeAlong(ideaId, from, job);
  }
  if (type === "idea.merged") return bring(Merged.parse(data).ideaId, job);
  const supported = new Set(Supported.parse(data).items.map(({ ideaId }) => ideaId));
  for (const ideaId of supported) await bring(ideaId, job);
});

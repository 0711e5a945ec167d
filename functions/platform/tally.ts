import type { DynamoDBStreamEvent } from "aws-lambda";
import { folds } from "../events/catalogue.ts";
import { clock, instant } from "./clock.ts";
import { count, type Step, sequenceBytes } from "./counts.ts";
import { changed, type Failures } from "./stream.ts";

// Stream → counts, exactly once. One item per subject and stream shard holds the counts and the last sequence number. A
// batch moves it in one update without reading, if that number lies before the batch's first; where it does not, part of
// the batch was counted before and what is left is counted alone. Numbers are compared within a shard only, so the source
// has a tumbling window: that is what puts the shard's id in the invocation.

export const reads = { kinds: folds.map(({ kind }) => kind), window: 10, batchWindow: 2 };

type TumblingEvent = DynamoDBStreamEvent & { shardId?: string; state?: Record<string, unknown> };

const atOnce = 16;

export const handler = async (event: TumblingEvent): Promise<Failures & { state: Record<string, unknown> }> => {
  const done = { state: event.state ?? {}, batchItemFailures: [] };
  if (event.Records.length === 0) return done; // The end of a window.
  const { shardId } = event;
  if (!shardId) throw new Error("The stream told no shard; its source needs a tumbling window.");

  const subjects = new Map<string, { workspaceId: string; subject: string; steps: Step[] }>();
  for (const record of event.Records) {
    const { before, after, sequence } = changed(record);
    const row = after ?? before;
    for (const fold of folds) {
      if (fold.kind !== row?.kind) continue;
      const workspaceId = String(row.pk).split("#")[1] ?? "";
      for (const { subject, add } of fold.counts(before, after)) {
        const name = `${workspaceId} ${subject}`;
        const known = subjects.get(name) ?? { workspaceId, subject, steps: [] };
        known.steps.push({ sequence: sequenceBytes(sequence), add });
        subjects.set(name, known);
      }
    }
  }

  const waiting = [...subjects.values()];
  const now = instant(clock.now());
  const work = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop())
      await count(next.workspaceId, next.subject, shardId, next.steps, now);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return done;
};

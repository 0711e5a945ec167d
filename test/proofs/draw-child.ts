import { S3Client } from "@aws-sdk/client-s3";
import type { Context } from "aws-lambda";
import { publishedBundle } from "../../functions/contests/bundle.ts";
import { handler as closeLedger } from "../../functions/contests/close-ledger.ts";
import { hasDraw } from "../../functions/contests/contest.ts";
import { handler as drawWinners } from "../../functions/contests/draw-winners.ts";
import { contests, findContest } from "../../functions/contests/table.ts";
import { Operation } from "../../functions/platform/aws.ts";
import { instant, milliseconds, replaceClock } from "../../functions/platform/clock.ts";

// Closes, seals and draws one contest, as its due times come, in a process of its own that kills itself (-9) at a point: before
// or after one of the calls that the two functions make of the table, the bucket, the keys and the beacon.
// `node draw-child.ts <workspace> <contest> <the point, or 0>`; prints how many points there were, and what was drawn.

const [workspaceId = "", contestId = "", point = "0"] = process.argv.slice(2);
const killAt = Number(point);
let points = 0;
let isWorking = false;

const pass = (): void => {
  if (!isWorking) return;
  points++;
  if (points === killAt) {
    process.kill(process.pid, "SIGKILL");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
};
for (const { prototype } of [Operation, S3Client]) {
  const { send } = prototype;
  prototype.send = async function (this: object, ...asked: unknown[]) {
    pass();
    const answer = await Reflect.apply(send, this, asked);
    pass();
    return answer;
  };
}
const { fetch } = globalThis;
globalThis.fetch = async (...asked) => {
  pass();
  const answer = await fetch(...asked);
  pass();
  return answer;
};

let now = 0;
replaceClock({ now: () => now, until: async () => undefined });
const context = { functionName: "killed", awsRequestId: "killed", getRemainingTimeInMillis: () => 60_000 };
const handlers = { "contest.close": closeLedger, "contest.draw": drawWinners };
const find = () => findContest(workspaceId, contestId, instant(now));

for (let contest = await find(); contest && !hasDraw(contest); contest = await find()) {
  const due = contests.due?.(contest);
  const handler = due && Object.entries(handlers).find(([kind]) => kind === due.kind)?.[1];
  if (!due || !handler) throw new Error(`Nothing is due of a contest that is ${contest.status}.`);
  now = Math.max(now, milliseconds(due.at));
  const { pk, sk } = contests.key(contest);
  const body = JSON.stringify({ pk, sk, dueAt: due.at, dueKind: due.kind });
  isWorking = true;
  const answer = await handler({ Records: [{ messageId: "1", body }] } as never, context as Context);
  isWorking = false;
  if (answer.batchItemFailures.length > 0) throw new Error("What was due failed.");
}
const contest = await find();
if (!contest || !hasDraw(contest)) throw new Error("Nothing was drawn.");
const { commitment, positions } = contest;
process.stdout.write(
  `\n${JSON.stringify({ points, commitment, bundle: await publishedBundle(contest), entryIds: positions.map(({ entryId }) => entryId) })}\n`,
);

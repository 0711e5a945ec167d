import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { onDue } from "../platform/background.ts";
import { Due } from "../platform/due.ts";
import { chaseClaim } from "./chase-claims.ts";
import { countPublicly } from "./count-publicly.ts";
import { claims, isClaimKey, publicCounts } from "./table.ts";

// What a contest needs besides closing and drawing: its public counts, and prizes that wait to be claimed. One queue for
// both, since each queue costs money while nothing happens.

export const due = "contest.tend";

const onClaim = onDue(due, claims, chaseClaim);
const onCounts = onDue(due, publicCounts, countPublicly);

export const handler = async ({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const isClaim = ({ body }: SQSEvent["Records"][number]) => isClaimKey(Due.parse(JSON.parse(body)));
  const [chased, counted] = await Promise.all([
    onClaim({ Records: Records.filter(isClaim) }, context),
    onCounts({ Records: Records.filter((record) => !isClaim(record)) }, context),
  ]);
  return { batchItemFailures: [...chased.batchItemFailures, ...counted.batchItemFailures] };
};

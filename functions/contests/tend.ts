import { eitherOf, onDue } from "../platform/background.ts";
import { chaseClaim } from "./chase-claims.ts";
import { countPublicly } from "./count-publicly.ts";
import { claims, isClaimKey, publicCounts } from "./table.ts";

// What a contest needs besides closing and drawing: its public counts, and prizes that wait to be claimed. One queue for
// both, since each queue costs money while nothing happens.

export const due = "contest.tend";

const onClaim = onDue(due, claims, chaseClaim);
const onCounts = onDue(due, publicCounts, countPublicly);

export const handler = eitherOf(isClaimKey, onClaim, onCounts);

import { onDue } from "../platform/background.ts";
import { put } from "../platform/table.ts";
import { isErased } from "./entry.ts";
import { eraseWinner } from "./replace.ts";
import { entries, findContest } from "./table.ts";
import { eraseEntry } from "./withdraw.ts";

// An erasure that was asked for while the entries were being counted is done once they are; where that takes longer, it is
// looked again.

export const due = "contest.erase";

export const handler = onDue(due, entries, async ({ state: entry, now, save }) => {
  if (isErased(entry)) return;
  const contest = await findContest(entry.workspaceId, entry.contestId, now);
  if (!contest || contest.status === "draft") return;
  const [left, events] = eraseEntry(contest, entry, now);
  await save([put(entries, left, events), ...(isErased(left) ? await eraseWinner(entry, now) : [])]);
});

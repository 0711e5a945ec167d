import { findContest } from "../contests/table.ts";
import { onDue } from "../platform/background.ts";
import { drop } from "../platform/table.ts";
import { closings } from "./table.ts";
import { tell } from "./tell.ts";

// A day before a contest closes: a last call is still possible.

export const due = "notice.closing";

export const handler = onDue(due, closings, async ({ state, ...task }) => {
  const { workspaceId, contestId, closesAt, wakesAt } = state;
  const contest = await findContest(workspaceId, contestId, task.now);
  if (contest?.status === "open" && closesAt > task.now) {
    const id = `${contestId} ${closesAt}`;
    await tell(workspaceId, { id, type: "contest.closing_soon", at: wakesAt, about: { contestId, closesAt } }, task);
  }
  await task.save([drop(closings, state)]);
});

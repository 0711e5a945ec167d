import { eitherOf, onDue } from "../platform/background.ts";
import { put } from "../platform/table.ts";
import { ballots, isBallotKey } from "./ballot-table.ts";
import { closePoll } from "./poll.ts";
import { recount } from "./recount.ts";
import { polls } from "./table.ts";

// A minute after its closing time a poll is counted from the responses themselves: what arrived in time has been written. What
// networks count of it is looked up by the same queue.

export const due = "poll.close";

/** To read a million responses takes about 20 s of a whole core (100,000 took 1.8 s), and 1,769 MB is a whole core. */
export const limits = { timeoutSeconds: 300, memoryMB: 1769 };

const onPoll = onDue(due, polls, async ({ state: poll, now, save }) => {
  if (poll.status !== "open" || poll.closesAt === undefined) return;
  const [closed, events] = closePoll(poll, poll.closesAt, await recount(poll, now), now);
  await save([put(polls, closed, events)]);
});
const onBallot = onDue(due, ballots, async (task) => (await import("./collect-votes.ts")).collectVotes(task));

export const handler = eitherOf(isBallotKey, onBallot, onPoll);

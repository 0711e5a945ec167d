import { onDue } from "../platform/background.ts";
import { put } from "../platform/table.ts";
import { closePoll } from "./poll.ts";
import { recount } from "./recount.ts";
import { polls } from "./table.ts";

// A minute after its closing time a poll is counted from the responses themselves: what arrived in time has been written.

export const due = "poll.close";

/** To read a million responses takes about 20 s of a whole core (100,000 took 1.8 s), and 1,769 MB is a whole core. */
export const limits = { timeoutSeconds: 300, memoryMB: 1769 };

export const handler = onDue(due, polls, async ({ state: poll, now, save }) => {
  if (poll.status !== "open" || poll.closesAt === undefined) return;
  const [closed, events] = closePoll(poll, poll.closesAt, await recount(poll, now), now);
  await save([put(polls, closed, events)]);
});

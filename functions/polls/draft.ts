import { takeName } from "../platform/names.ts";
import { type Change, put } from "../platform/table.ts";
import { createPoll } from "./poll.ts";
import { polls } from "./table.ts";

/** What to save for a new draft: for what stands to the right and makes one with an id of its own, so that twice is once. */
export const draftPoll = (asked: Parameters<typeof createPoll>[0], now: string): Change[] => {
  const { slug, workspaceId, pollId } = asked;
  return [put(polls, ...createPoll(asked, now)), takeName({ space: "poll", name: slug, workspaceId, id: pollId })];
};

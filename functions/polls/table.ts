import { type Counts, subjectOf } from "../events/polls.ts";
import { milliseconds } from "../platform/clock.ts";
import { countsFor, recentCountsFor } from "../platform/counts.ts";
import { whose } from "../platform/names.ts";
import { all, get, getCached, type Key, type Kind, page, parseItem, type Stretch } from "../platform/table.ts";
import { type Asked, countableAt, forgottenAt, Poll, type Stage, type Standing, stageOf, upgradePoll } from "./poll.ts";
import { type Place, Response } from "./response.ts";

// What is asked                          Where the answer lives
// a poll, the polls of a workspace       WS#<workspace>#POLLS · <poll>
// whose poll is this                     the directory: NAME#poll#<slug>
// what did this person answer            WS#<workspace>#POLL#<poll>#<shard> · <hash of the device, address or link>
// all responses                          the same partitions, one after the other
// how many chose what, by now            the tally of the subject <poll>, and <poll>/q2 … for further questions

export const polls: Kind<Poll> = {
  kind: "poll",
  schema: Poll,
  key: ({ workspaceId, pollId }) => pollKey(workspaceId, pollId),
  due: (poll) =>
    poll.status === "open" && poll.closesAt !== undefined
      ? { at: countableAt(poll.closesAt), kind: "poll.close" }
      : undefined,
  expires: (poll) => (poll.status === "removed" ? forgottenAt(poll) : undefined),
  shape: 2,
  upgrade: upgradePoll,
};
const pollsOf = (workspaceId: string): string => `WS#${workspaceId}#POLLS`;
const pollKey = (workspaceId: string, pollId: string): Key => ({ pk: pollsOf(workspaceId), sk: pollId });

export const responses: Kind<Response> = {
  kind: "response",
  schema: Response,
  key: ({ workspaceId, pollId, shard, device }) => ({ pk: responsesOf(workspaceId, pollId, shard), sk: device }),
};
const responsesOf = (workspaceId: string, pollId: string, shard: number): string =>
  `WS#${workspaceId}#POLL#${pollId}#${shard}`;

const standing = (poll: Poll | undefined): Standing | undefined => (poll?.status === "removed" ? undefined : poll);

export const findPoll = async (workspaceId: string, pollId: string, now: string): Promise<Standing | undefined> =>
  standing(await get(polls, pollKey(workspaceId, pollId), milliseconds(now)));

const cached = getCached(polls);

/** The poll at this address; at most five seconds old. */
export const findPollBySlug = async (slug: string, now: string): Promise<Standing | undefined> => {
  const name = await whose("poll", slug, milliseconds(now));
  return name && standing(await cached(pollKey(name.workspaceId, name.id), milliseconds(now)));
};

/** Newest first. */
export const listPolls = async (
  workspaceId: string,
  asked: { limit: number; startAfter: Key | undefined; stage: Stage | undefined },
  now: string,
): Promise<Stretch<Standing>> => {
  const { stage, ...list } = asked;
  const keep = (poll: Poll) => poll.status !== "removed" && (stage === undefined || stageOf(poll, now) === stage);
  const range = { pk: pollsOf(workspaceId), newestFirst: true };
  const { items, next } = await page(polls, range, { ...list, nowMs: milliseconds(now), keep });
  return { items: items.flatMap((poll) => standing(poll) ?? []), next };
};

export const findResponse = (
  { workspaceId, pollId, shard, device }: Place,
  now: string,
): Promise<Response | undefined> =>
  get(responses, { pk: responsesOf(workspaceId, pollId, shard), sk: device }, milliseconds(now));

/** The response that stands where another was to be written. */
export const standingResponse = (item: Record<string, unknown>): Response => parseItem(responses, item);

/** Responses in an order that tells nothing: by shard, and by their keyed hash within it. `keep`: those to give. */
export const listResponses = async (
  { workspaceId, pollId, shards }: Asked,
  { limit, startAfter, keep }: { limit: number; startAfter: Key | undefined; keep?: (response: Response) => boolean },
  now: string,
): Promise<Stretch<Response>> => {
  const partitions = Array.from({ length: shards }, (_, shard) => responsesOf(workspaceId, pollId, shard));
  const found: Response[] = [];
  for (const pk of partitions.slice(startAfter ? Math.max(0, partitions.indexOf(startAfter.pk)) : 0)) {
    const after = pk === startAfter?.pk ? startAfter : undefined;
    const asked = { limit: limit + 1 - found.length, startAfter: after, nowMs: milliseconds(now) };
    const { items } = await page(responses, { pk }, { ...asked, ...(keep ? { keep } : {}) });
    found.push(...items);
    if (found.length > limit) return { items: found.slice(0, limit), next: responses.key(found[limit - 1]!) };
  }
  return { items: found, next: undefined };
};

const countedBy =
  (find: typeof countsFor) =>
  ({ workspaceId, pollId, questions }: Asked, now: string): Promise<Counts[]> =>
    Promise.all(questions.map((_, i) => find(workspaceId, subjectOf(pollId, i), milliseconds(now))));
/** What was counted of an open poll by now, by question; a moment behind the responses. */
export const runningCounts = countedBy(countsFor);
/** The same for what a crowd reads: at most five seconds older. */
export const recentCounts = countedBy(recentCountsFor);

/** Shows every response to `see`, the shards side by side; a read of each. */
export const eachResponse = async (poll: Asked, now: string, see: (response: Response) => void): Promise<void> => {
  const seeShard = async (shard: number) => {
    const range = { pk: responsesOf(poll.workspaceId, poll.pollId, shard) };
    for await (const response of all(responses, range, milliseconds(now))) see(response);
  };
  await Promise.all(Array.from({ length: poll.shards }, (_, shard) => seeShard(shard)));
};

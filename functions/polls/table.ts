import { type Counts, countOfName, subjectOf } from "../events/polls.ts";
import { milliseconds } from "../platform/clock.ts";
import { countsFor, recentCountsFor } from "../platform/counts.ts";
import { named } from "../platform/names.ts";
import { all, get, getCached, type Key, type Kind, page, parseItem, type Stretch } from "../platform/table.ts";
import { whole } from "./long-answers.ts";
import { type Asked, countableAt, forgottenAt, Poll, type Stage, type Standing, stageOf, upgradePoll } from "./poll.ts";
import { partsOf } from "./question.ts";
import { type Place, Response } from "./response.ts";

// What is asked                          Where the answer lives
// a poll, the polls of a workspace       WS#<workspace>#POLLS · <poll>
// whose poll is this                     the directory: NAME#poll#<slug>
// what did this person answer            WS#<workspace>#POLL#<poll>#<shard> · <hash of the device, address or link>
// all responses                          the same partitions, one after the other
// how many chose what, by now            the tally of the subject <poll>, and <poll>/2 … where one item cannot hold it

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

/** The poll at this address; at most five seconds old. `beside`: what else to begin with. */
export const findPollBySlug = (
  slug: string,
  now: string,
  beside: (workspaceId: string) => void = () => undefined,
): Promise<Standing | undefined> =>
  named("poll", slug, milliseconds(now), async ({ workspaceId, id }) => {
    beside(workspaceId);
    return standing(await cached(pollKey(workspaceId, id), milliseconds(now)));
  });

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

const wholeOf = (row: Response, now: string) => whole(row, (of) => findResponse(of, now));
/** A response with all that was said in it. */
export const wholeResponse = async (row: Response, now: string): Promise<Response> =>
  (await wholeOf(row, now)).response;

/** The response that stands where another was to be written. */
export const standingResponse = (item: Record<string, unknown>): Response => parseItem(responses, item);

/**
 * Responses in an order that tells nothing: by shard, and by their keyed hash within it. `keep`: those to give. There may be
 * fewer than asked for, and more behind `next`, where much was said in them.
 */
export const listResponses = async (
  { workspaceId, pollId, shards }: Asked,
  { limit, startAfter, keep }: { limit: number; startAfter: Key | undefined; keep?: (response: Response) => boolean },
  now: string,
): Promise<Stretch<Response>> => {
  const partitions = Array.from({ length: shards }, (_, shard) => responsesOf(workspaceId, pollId, shard));
  const found: Response[] = [];
  let given = 0;
  let read = 0;
  for (const pk of partitions.slice(startAfter ? Math.max(0, partitions.indexOf(startAfter.pk)) : 0)) {
    let after = pk === startAfter?.pk ? startAfter : undefined;
    do {
      const most = keep ? rowsAtOnce : limit + 1 - found.length;
      const { items, next } = await page(
        responses,
        { pk },
        { limit: most, startAfter: after, nowMs: milliseconds(now) },
      );
      for (let at = 0; at < items.length; at += readersAtOnce) {
        const some = items.slice(at, at + readersAtOnce);
        const wholes = await Promise.all(some.map((row) => wholeOf(row, now)));
        for (const { response, bytes } of wholes) {
          if (keep && !keep(response)) continue;
          const last = found.at(-1);
          if (last && (found.length === limit || given + bytes > mostBytesAtOnce))
            return { items: found, next: responses.key(last) };
          found.push(response);
          given += bytes;
        }
        read += wholes.reduce((sum, { bytes }) => sum + bytes, 0);
        const last = some.at(-1);
        if (keep && last && read > mostBytesSearched) return { items: found, next: responses.key(last) };
      }
      after = next;
    } while (after);
  }
  return { items: found, next: undefined };
};
/** An answer of ours has at most 6 MB. */
const mostBytesAtOnce = 2_000_000;
/** To read so much from the bucket and search it takes some seconds; who searches goes on with the next page. */
const mostBytesSearched = 64_000_000;
const rowsAtOnce = 500;

const countedBy =
  (find: typeof countsFor) =>
  async (poll: Asked, now: string): Promise<Counts[]> => {
    const { workspaceId, pollId, questions } = poll;
    const parts = [...new Set([0, ...partsOf(poll).filter((part) => part > 0)])];
    const found = await Promise.all(parts.map((part) => find(workspaceId, subjectOf(pollId, part), milliseconds(now))));
    const counts: Counts[] = questions.map(() => ({}));
    for (const [name, n] of found.flatMap((part) => Object.entries(part))) {
      const { question, count } = countOfName(name);
      const of = counts[question];
      if (of) of[count] = n;
    }
    return counts;
  };
/** What was counted of an open poll by now, by question; a moment behind the responses. */
export const runningCounts = countedBy(countsFor);
/** The same for what a crowd reads: at most five seconds older. */
export const recentCounts = countedBy(recentCountsFor);

/** The same with all that was said in them: what does not fit a row is read from the bucket, some at once. */
export const eachWhole = async (poll: Asked, now: string, see: (response: Response) => void): Promise<void> => {
  const waiting: Response[] = [];
  await eachResponse(poll, now, (row) => (row.words === undefined ? see(row) : void waiting.push(row)));
  const work = async () => {
    for (let row = waiting.pop(); row; row = waiting.pop()) see(await wholeResponse(row, now));
  };
  await Promise.all(Array.from({ length: readersAtOnce }, work));
};
const readersAtOnce = 32;

/** Shows every response to `see`, the shards side by side; a read of each. Words that do not fit a row are left out. */
export const eachResponse = async (poll: Asked, now: string, see: (response: Response) => void): Promise<void> => {
  const seeShard = async (shard: number) => {
    const range = { pk: responsesOf(poll.workspaceId, poll.pollId, shard) };
    for await (const response of all(responses, range, milliseconds(now))) see(response);
  };
  await Promise.all(Array.from({ length: poll.shards }, (_, shard) => seeShard(shard)));
};

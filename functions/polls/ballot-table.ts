import { remembers } from "../platform/cache.ts";
import { milliseconds } from "../platform/clock.ts";
import { all, forgetOnSave, get, type Key, type Kind } from "../platform/table.ts";
import { Ballot } from "./ballot.ts";

// Asked                                          Answered by
// what networks counted of a poll                WS#<workspace>#POLL#<poll>#BALLOTS / <channel> <post>
// what is to be looked up                        the index `due`

export const ballots: Kind<Ballot> = {
  kind: "ballot",
  schema: Ballot,
  key: ({ workspaceId, pollId, channelId, postId }) => ({
    pk: partition({ workspaceId, pollId }),
    sk: `${channelId} ${postId}`,
  }),
  // What counts a poll has one queue: each costs money while nothing happens.
  due: (of) => (of.status === "asked" ? { at: of.wakeAt, kind: "poll.close" } : undefined),
};
type Of = Pick<Ballot, "workspaceId" | "pollId">;
const partition = ({ workspaceId, pollId }: Of): string => `WS#${workspaceId}#POLL#${pollId}#BALLOTS`;
export const isBallotKey = ({ pk }: Pick<Key, "pk">): boolean => pk.endsWith("#BALLOTS");

type Named = Of & Pick<Ballot, "channelId" | "postId">;
export const findBallot = ({ channelId, postId, ...of }: Named, now: string): Promise<Ballot | undefined> =>
  get(ballots, { pk: partition(of), sk: `${channelId} ${postId}` }, milliseconds(now));

/** What networks counted of a poll, channel by channel. */
export const ballotsOf = (of: Of, now: string): Promise<Ballot[]> =>
  Array.fromAsync(all(ballots, { pk: partition(of) }, milliseconds(now)));

const known = remembers<Ballot[]>();
forgetOnSave((key) => known.forget(key.slice(0, key.indexOf("\n"))));

/** The same for what a crowd reads: at most five seconds old. */
export const recentBallotsOf = (of: Of, now: string): Promise<Ballot[]> =>
  known.get(partition(of), () => ballotsOf(of, now));

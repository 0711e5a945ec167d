import { collectOf, type Seen } from "../channels/collect.ts";
import { connectors } from "../channels/connectors.ts";
import { findChannel } from "../channels/table.ts";
import type { Task } from "../platform/background.ts";
import { clock, instant } from "../platform/clock.ts";
import { isLeaving } from "../platform/leaving.ts";
import { put } from "../platform/table.ts";
import { findPost } from "../posts/table.ts";
import { type AskedThere, asBallot, type Ballot, count, end, fail, putOff } from "./ballot.ts";
import { ballots } from "./ballot-table.ts";
import { findPoll } from "./table.ts";

// The votes that a network counts are due to be looked up.

const seenOf = async (ballot: AskedThere, task: Task): Promise<Seen> => {
  const { workspaceId, postId, channelId, key, externalId, url } = ballot;
  const [post, channel] = await Promise.all([
    findPost(workspaceId, postId, task.now),
    findChannel(workspaceId, channelId, task.now),
  ]);
  const delivery = post?.status === "planned" ? post.deliveries.find((one) => one.key === key) : undefined;
  if (!delivery || delivery.state === "retracted") return { because: "It was taken back." };
  if (channel?.status !== "connected") return { because: "The channel was disconnected." };
  const connector = connectors[channel.network];
  if (!connector) throw new Error(`Nobody speaks to the network ${channel.network}.`);
  return collectOf({ key, externalId, url }, connector, channel, task, ballot.wakeAt);
};

export const collectVotes = async (task: Task & { state: Ballot }): Promise<void> => {
  const { state: ballot, save } = task;
  if (ballot.status !== "asked" || (await isLeaving(ballot.workspaceId, clock.now()))) return;
  const poll = await findPoll(ballot.workspaceId, ballot.pollId, task.now);
  const named = poll?.questions.find(({ id }) => id === ballot.questionId);
  const question = named && asBallot(named);
  if (!question) return save([put(ballots, end(ballot, "The poll asks it no more."))]);
  const seen = await seenOf(ballot, task);
  const now = instant(clock.now());
  if ("collected" in seen) return save([put(ballots, ...count(ballot, question, seen.collected.votes, now))]);
  if ("until" in seen) return save([put(ballots, putOff(ballot, seen.until))]);
  if ("because" in seen) return save([put(ballots, end(ballot, seen.because))]);
  return save([put(ballots, fail(ballot, seen.trouble, now))]);
};

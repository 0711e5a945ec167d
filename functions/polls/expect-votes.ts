import * as z from "zod";
import { networkOf } from "../channels/networks.ts";
import { findChannel } from "../channels/table.ts";
import { onEvent } from "../platform/background.ts";
import { later } from "../platform/clock.ts";
import { log } from "../platform/log.ts";
import { insteadOf, put } from "../platform/table.ts";
import { ballotAt, saidOn } from "../posts/post.ts";
import { findPost } from "../posts/table.ts";
import { asBallot, ask, asksThis } from "./ballot.ts";
import { ballots, findBallot } from "./ballot-table.ts";
import { findPoll } from "./table.ts";

// A post that asks a question of a poll stands on a network that counts it itself: from now on its votes are looked up.

export const on = ["delivery.published"];

const Of = z.object({ postId: z.string(), channelId: z.string(), externalId: z.string().optional() });

export const handler = onEvent(async ({ detail: { workspaceId, data }, now, save }) => {
  const { postId, channelId, externalId } = Of.parse(data);
  if (externalId === undefined) return;
  const post = await findPost(workspaceId, postId, now);
  const asked = post?.status === "planned" ? saidOn(post, channelId).ballot : undefined;
  if (post?.status !== "planned" || asked?.pollId === undefined) return;
  const { pollId, questionId = "q1" } = asked;
  const delivery = post.deliveries.find((one) => one.channelId === channelId);
  // It may have been taken back, or sent once more, before this was told.
  if (delivery?.state !== "published" || delivery.externalId !== externalId) return;
  const [poll, channel, stands] = await Promise.all([
    findPoll(workspaceId, pollId, now),
    findChannel(workspaceId, channelId, now),
    findBallot({ workspaceId, pollId, channelId, postId }, now),
  ]);
  if (!channel || stands?.key === delivery.key) return;
  const named = poll?.status === "draft" ? undefined : poll?.questions.find(({ id }) => id === questionId);
  const question = named && asBallot(named);
  if (!question || !asksThis(question, asked))
    return log.warn("A network asks what the poll does not", { postId, pollId, questionId });
  const { key, at, url, publishedAt } = delivery;
  const next = ask({
    ...{ workspaceId, pollId, questionId, postId, channelId, handle: channel.handle },
    ...{ network: channel.network, title: networkOf(channel.network).profile.title },
    ...{ key, externalId, publishedAt, ...(url === undefined ? {} : { url }) },
    // It is open for as long as it was asked to be, from when it left.
    closesAt: later(publishedAt, ballotAt(asked, at).seconds * 1000),
  });
  await save([put(ballots, stands ? insteadOf(stands, next) : next)]);
});

import * as z from "zod";
import { findChannel } from "../channels/table.ts";
import { onEvent } from "../platform/background.ts";
import { newId } from "../platform/ids.ts";
import { sha256 } from "../platform/secrets.ts";
import { Conflict, put } from "../platform/table.ts";
import { write } from "../posts/post.ts";
import { posts } from "../posts/table.ts";
import { commitHashOf } from "./commit.ts";
import { hasCommitment, type WithCommitment } from "./contest.ts";
import { drawWords } from "./draw-words.ts";
import { homeOf } from "./links.ts";
import { spokenOn } from "./spoken-on.ts";
import { findContest } from "./table.ts";
import { timesIn } from "./words.ts";

// What the draw is made from, said on the contest's own channels before the randomness exists: copies that are not ours to
// change. It waits for nobody's approval: it is the proof's, and dates nothing once the randomness exists. One post of each
// commitment, however often this is woken: its id is made from the contest's and the commitment's.

export const on = ["contest.committed"];

const Committed = z.object({ contestId: z.string(), commitHash: z.string() });

/** A post that comes later than this dates nothing any more. */
const mostLatenessMinutes = 60;

/** LinkedIn may not be used for contests (promotion-rules.md). */
const forbidden = ["linkedin"];

const usableChannels = async ({ workspaceId, channels }: WithCommitment, now: string): Promise<string[]> => {
  const found = await Promise.all(channels.map((id) => findChannel(workspaceId, id, now)));
  return found.flatMap((channel) =>
    channel && channel.status === "connected" && !forbidden.includes(spokenOn(channel)) ? [channel.id] : [],
  );
};

const textOf = async (contest: WithCommitment): Promise<string> => {
  const { language, title, drawAt } = contest;
  const at = timesIn(contest, language)(drawAt);
  return drawWords[language].post(title, at, commitHashOf(contest), `${await homeOf(contest)}/draw`);
};

export const handler = onEvent(async ({ detail, now, save }) => {
  const { contestId, commitHash } = Committed.parse(detail.data);
  const contest = await findContest(detail.workspaceId, contestId, now);
  // Another has taken its place, or it is drawn: what it says would come too late.
  if (!contest || !hasCommitment(contest) || contest.status !== "committed" || commitHashOf(contest) !== commitHash)
    return;
  const channels = await usableChannels(contest, now);
  if (channels.length === 0) return;
  const id = newId("post", contest.closesAt, sha256(`${contestId} commitment ${commitHash}`).subarray(0, 16));
  const content = { text: await textOf(contest), channels, when: { at: now }, maxLatenessMinutes: mostLatenessMinutes };
  try {
    await save([put(posts, ...write(detail.workspaceId, id, content))]);
  } catch (error) {
    // It has been posted.
    if (!(error instanceof Conflict)) throw error;
  }
});

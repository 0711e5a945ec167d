import * as z from "zod";
import { connected } from "../channels/channel.ts";
import type { Network } from "../channels/network.ts";
import { networks } from "../channels/networks.ts";
import { findChannel } from "../channels/table.ts";
import { milliseconds } from "../platform/clock.ts";
import { found, Refusal, refuse } from "../platform/errors.ts";
import { route } from "../platform/http.ts";
import { Id } from "../platform/ids.ts";
import { type Change, get, put } from "../platform/table.ts";
import { postStates, type Standing as StandingPost, stateOf, stop, write } from "../posts/post.ts";
import { findPost, posts } from "../posts/table.ts";
import { approvalNeeded } from "../workspaces/approval.ts";
import type { Published, Standing } from "./contest.ts";
import { KitView, kitOf, kitPostIds, kitPosts, NewKitPosts, Occasion } from "./kit.ts";
import { homeOf } from "./links.ts";
import { findContest } from "./table.ts";

// The marketer's kit over HTTP. The posts of the set are ordinary posts: they are read, changed and cancelled as those are.

const params = z.strictObject({ contestId: Id("contest") });

const publicContest = (contest: Standing): Published =>
  contest.status === "draft"
    ? refuse("contest_not_open", "The kit is there once the contest has opened: until then its texts may change.")
    : contest;

/** The networks of its channels. Refuses a channel that was disconnected since. */
const networksOf = async ({ workspaceId, channels }: Published, now: string): Promise<Network[]> =>
  Promise.all(
    channels.map(async (channelId) => {
      const channel = connected(found(await findChannel(workspaceId, channelId, now), "channel"));
      const network: Network | undefined = networks[channel.network];
      if (!network) throw new Error(`There is no network ${channel.network}.`);
      return network;
    }),
  );

const MadePosts = z
  .object({
    posts: z.array(
      z.object({
        occasion: Occasion,
        postId: Id("post").optional(),
        state: z.enum([...postStates, "removed", "past"]).describe("`past`: its time is over, so none was made."),
        at: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: "ContestKitPosts" });

export const kitRoutes = {
  readContestKit: route({
    method: "GET",
    path: "/v1/contests/{contestId}/kit",
    access: "contests:read",
    summary:
      "What comes ready for the marketer: a share text, a set of posts and a QR code, all with their disclosure.",
    params,
    returns: KitView,
    refuses: ["contest_not_open", "channel_disconnected"],
    run: async ({ workspaceId, params, now }) => {
      const contest = publicContest(found(await findContest(workspaceId, params.contestId, now), "contest"));
      return kitOf(contest, await homeOf(contest), await networksOf(contest, now));
    },
  }),
  makeContestPosts: route({
    method: "POST",
    path: "/v1/contests/{contestId}/kit/posts",
    access: "posts:write",
    summary:
      "Makes the set of posts, on the contest's channels. Asked for again it makes none twice; cancelling the contest cancels them.",
    params,
    body: NewKitPosts,
    returns: MadePosts,
    refuses: ["contest_not_open", "channel_disconnected"],
    run: async ({ workspaceId, params, body, now, save }) => {
      const contest = publicContest(found(await findContest(workspaceId, params.contestId, now), "contest"));
      const set = kitPosts(contest, body, await homeOf(contest), await networksOf(contest, now), now);
      const changes: Change[] = [];
      const asked = (await approvalNeeded(workspaceId, now)) ? now : undefined;
      const made = await Promise.all(
        set.map(async ({ occasion, postId, text, at, isPast }) => {
          const when = body.as === "draft" ? undefined : { at };
          const content = { text, channels: contest.channels, when, maxLatenessMinutes: 60 };
          const [post, events] = write(workspaceId, postId, content, when && asked);
          const stands = await get(posts, posts.key(post), milliseconds(now));
          if (stands)
            return {
              occasion,
              postId,
              state: stands.status === "removed" ? ("removed" as const) : stateOf(stands),
              at,
            };
          if (isPast && body.as === "scheduled") return { occasion, state: "past" as const, at };
          changes.push(put(posts, post, events));
          return { occasion, postId, state: stateOf(post), at };
        }),
      );
      return changes.length === 0 ? { posts: made } : save(changes, { posts: made });
    },
  }),
};

/** The posts of a cancelled contest do not leave any more: what of them was sent stays. */
export const stopKitPosts = async (contest: Standing, now: string): Promise<Change[]> => {
  if (contest.status === "draft") return [];
  const made = await Promise.all(kitPostIds(contest).map((id) => findPost(contest.workspaceId, id, now)));
  return made.flatMap((post) => (post ? stopping(post) : []));
};

const stopping = (post: StandingPost): Change[] => {
  try {
    return [put(posts, ...stop(post))];
  } catch (error) {
    // A draft leaves by nobody's doing, and what is out stays out.
    if (error instanceof Refusal && error.code === "post_not_changeable") return [];
    throw error;
  }
};

import * as z from "zod";
import { connected } from "../channels/channel.ts";
import type { Network } from "../channels/network.ts";
import { networks } from "../channels/networks.ts";
import { findChannel } from "../channels/table.ts";
import { found, refuse } from "../platform/errors.ts";
import { api, list, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { Instant, Paragraph } from "../platform/input.ts";
import { put } from "../platform/table.ts";
import {
  type ChannelCheck,
  CheckView,
  type Content,
  change,
  channelsOf,
  contentOf,
  LocalView,
  PostView,
  postStates,
  remove,
  resolve,
  sendAgain,
  stateOf,
  stop,
  view,
  write,
} from "./post.ts";
import { findPost, posts, postsBetween } from "./table.ts";
import { Local, whenOf } from "./when.ts";

const PostPath = z.object({ postId: Id("post") });

/** A hundred of them, the longest list, fit an answer of 6 MB. */
const mostTextBytes = 48 * 1024;
const Text = Paragraph(40_000, mostTextBytes).describe(
  "What is said. How much of it a network takes, its channels' checks tell.",
);

const Channels = z
  .array(Id("channel"))
  .max(20)
  .refine((ids) => new Set(ids).size === ids.length, "A channel is named twice.");

const fields = {
  text: Text,
  channels: Channels,
  at: Instant.describe("The instant to send it at. Without a time it stays a draft."),
  local: Local.describe(
    "Or a wall time and a zone. A time that the clocks skip moves to the first that exists; one that occurs twice means the first.",
  ),
  maxLatenessMinutes: z
    .int()
    .min(1)
    .max(24 * 60)
    .describe("Later than this it is not sent any more, and says so."),
};
const oneTime = <T extends { at?: unknown; local?: unknown }>(body: T): boolean =>
  body.at === undefined || body.at === null || body.local === undefined;
const oneTimeOnly = { message: "Give `at` or `local`, not both.", path: ["local"] };

const NewPost = z
  .strictObject({
    ...fields,
    channels: fields.channels.default([]),
    at: fields.at.optional(),
    local: fields.local.optional(),
    maxLatenessMinutes: fields.maxLatenessMinutes.default(60),
  })
  .refine(oneTime, oneTimeOnly);

const PostChange = z
  .strictObject({
    text: fields.text.optional(),
    channels: fields.channels.optional(),
    at: fields.at.nullable().optional().describe("Another instant; null makes it a draft again."),
    local: fields.local.optional(),
    maxLatenessMinutes: fields.maxLatenessMinutes.optional(),
  })
  .refine(oneTime, oneTimeOnly);

/** The time that was asked for, where one was. */
const askedTime = ({ at, local }: { at?: string | undefined; local?: Local | undefined }, now: string) => {
  if (local) return whenOf({ local }, now);
  return at === undefined ? undefined : whenOf({ at }, now);
};

const contentAsked = ({ at, local, ...rest }: z.infer<typeof NewPost>, now: string): Content => ({
  ...rest,
  when: askedTime({ at, local }, now),
});

/** What each channel's network counts. Refuses a channel that is not there, or was disconnected. */
const checksOf = (workspaceId: string, { text, channels }: Content, now: string): Promise<ChannelCheck[]> =>
  Promise.all(
    channels.map(async (channelId, i) => {
      const pointer = `#/channels/${i}`;
      const channel = await findChannel(workspaceId, channelId, now);
      if (!channel)
        return refuse("unknown_channel", `There is no channel ${channelId}.`, [
          { pointer, detail: "There is no such channel." },
        ]);
      const network: Network | undefined = networks[connected(channel, pointer).network];
      if (!network) throw new Error(`There is no network ${channel.network}.`);
      return { channelId, network: channel.network, ...network.check(text) };
    }),
  );

/** Refuses `unsendable` for a post with a time that a network would refuse. A draft may still be mended. */
const sendable = ({ when }: Content, checks: readonly ChannelCheck[]): void => {
  const problems = checks.flatMap(({ problems }) => problems);
  const [first] = problems;
  if (when && first)
    refuse(
      "unsendable",
      `${first.detail} ${first.mend}`,
      problems.map(({ detail, mend }) => ({ pointer: "#/text", detail: `${detail} ${mend}` })),
    );
};

const Verdict = z
  .object({
    sendable: z.boolean(),
    at: z.iso.datetime().optional().describe("The instant that was chosen."),
    local: LocalView.optional(),
    checks: z.array(CheckView),
  })
  .meta({ id: "Verdict" });

const Of = { channelId: Id("channel").describe("Which of the post's deliveries.") };

const refusesTime = ["due_in_past", "unknown_zone", "unknown_channel", "channel_disconnected"] as const;

export const routes = {
  createPost: route({
    method: "POST",
    path: "/v1/posts",
    access: "posts:write",
    summary: "Writes a post: scheduled with a time, a draft without.",
    body: NewPost,
    returns: PostView,
    status: 201,
    refuses: [...refusesTime, "unsendable"],
    run: async ({ workspaceId, body, now, save }) => {
      const content = contentAsked(body, now);
      const checks = await checksOf(workspaceId, content, now);
      sendable(content, checks);
      const [post, events] = write(workspaceId, newId("post", now), content);
      const saved = put(posts, post, events);
      return save([saved], view(saved.after, checks));
    },
  }),

  validatePost: route({
    method: "POST",
    path: "/v1/posts/validate",
    access: "posts:read",
    summary: "Says, without saving, what each channel's network counts in a post, its limit, and how to mend it.",
    body: NewPost,
    returns: Verdict,
    refuses: refusesTime,
    run: async ({ workspaceId, body, now }) => {
      const content = contentAsked(body, now);
      const checks = await checksOf(workspaceId, content, now);
      return { sendable: checks.every(({ problems }) => problems.length === 0), ...content.when, checks };
    },
  }),

  listPosts: list({
    method: "GET",
    path: "/v1/posts",
    access: "posts:read",
    summary: "Lists posts, the latest planned time first; drafts, which have none, before all others.",
    filter: {
      from: Instant.optional().describe("Planned at or after this; leaves drafts out."),
      to: Instant.optional().describe("Planned at or before this; leaves drafts out."),
      state: z.enum(postStates).optional(),
      channel: Id("channel").optional(),
    },
    item: PostView,
    run: async ({ workspaceId, query: { from, to, state, channel }, list, now }) => {
      const keep: Parameters<typeof postsBetween>[1]["keep"] = (post) =>
        (!state || stateOf(post) === state) && (!channel || channelsOf(post).includes(channel));
      const { items, next } = await postsBetween(workspaceId, { from, to, keep }, list, now);
      return { items: items.map((post) => view(post)), next };
    },
  }),

  getPost: route({
    method: "GET",
    path: "/v1/posts/{postId}",
    access: "posts:read",
    summary: "Gives one post, with how it fares on each channel.",
    params: PostPath,
    returns: PostView,
    run: async ({ workspaceId, params, now }) => view(found(await findPost(workspaceId, params.postId, now), "post")),
  }),

  changePost: route({
    method: "PATCH",
    path: "/v1/posts/{postId}",
    access: "posts:write",
    summary: "Changes a draft, or a scheduled post before it is sent.",
    params: PostPath,
    body: PostChange,
    returns: PostView,
    refuses: [...refusesTime, "unsendable", "post_not_changeable", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const post = found(await findPost(workspaceId, params.postId, now), "post");
      expect(post);
      const { at, local, ...rest } = body;
      const stands = contentOf(post);
      const asked = at === null ? null : askedTime({ at, local }, now);
      const content: Content = {
        text: rest.text ?? stands.text,
        channels: rest.channels ?? stands.channels,
        maxLatenessMinutes: rest.maxLatenessMinutes ?? stands.maxLatenessMinutes,
        when: asked === undefined ? stands.when : (asked ?? undefined),
      };
      const checks = await checksOf(workspaceId, content, now);
      if (Object.keys(body).length === 0) return view(post, checks);
      const [next, events] = change(post, content, Object.keys(body));
      sendable(content, checks);
      const saved = put(posts, next, events);
      return save([saved], view(saved.after, checks));
    },
  }),

  deletePost: route({
    method: "DELETE",
    path: "/v1/posts/{postId}",
    access: "posts:write",
    summary: "Deletes a draft or a cancelled post.",
    params: PostPath,
    status: 204,
    refuses: ["post_not_changeable", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const post = found(await findPost(workspaceId, params.postId, now), "post");
      expect(post);
      const [next, events] = remove(post, now);
      await save([put(posts, next, events)], undefined);
    },
  }),

  cancelPost: route({
    method: "POST",
    path: "/v1/posts/{postId}/cancel",
    access: "posts:write",
    summary: "Cancels a post on every channel that it has not been sent to yet.",
    params: PostPath,
    returns: PostView,
    refuses: ["post_not_changeable", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const post = found(await findPost(workspaceId, params.postId, now), "post");
      expect(post);
      const [next, events] = stop(post);
      const saved = put(posts, next, events);
      return save([saved], view(saved.after));
    },
  }),

  resolvePost: route({
    method: "POST",
    path: "/v1/posts/{postId}/resolve",
    access: "posts:write",
    summary: "Says what a person saw where nobody could tell whether it was sent: what was not is then sent.",
    params: PostPath,
    body: z.strictObject({ ...Of, outcome: z.enum(["sent", "not-sent"]) }),
    returns: PostView,
    refuses: ["post_not_changeable", "unknown_channel", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const post = found(await findPost(workspaceId, params.postId, now), "post");
      expect(post);
      const [next, events] = resolve(post, body.channelId, body.outcome, now);
      const saved = put(posts, next, events);
      return save([saved], view(saved.after));
    },
  }),

  retryPost: route({
    method: "POST",
    path: "/v1/posts/{postId}/retry",
    access: "posts:write",
    summary: "Sends a post again, now, to a channel where it was rejected, came too late or is in doubt.",
    params: PostPath,
    body: z.strictObject(Of),
    returns: PostView,
    refuses: ["post_not_changeable", "unknown_channel", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const post = found(await findPost(workspaceId, params.postId, now), "post");
      expect(post);
      const [next, events] = sendAgain(post, body.channelId, now);
      const saved = put(posts, next, events);
      return save([saved], view(saved.after));
    },
  }),
};

export const handler = api(routes);

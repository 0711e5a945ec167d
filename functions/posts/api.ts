import * as z from "zod";
import { networkOf } from "../channels/networks.ts";
import { findChannel } from "../channels/table.ts";
import { days, later } from "../platform/clock.ts";
import { found, refuse } from "../platform/errors.ts";
import { api, list, refuseFields, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { Instant } from "../platform/input.ts";
import { put } from "../platform/table.ts";
import { approvalNeeded } from "../workspaces/approval.ts";
import { brandOf } from "../workspaces/brand.ts";
import { pausedWorkspace } from "../workspaces/pause.ts";
import { approvalRoutes } from "./approval-api.ts";
import { calendarRoutes } from "./calendar-api.ts";
import {
  askedFrom,
  askedTime,
  checksOf,
  contentAsked,
  inSlot,
  NewPost,
  PostChange,
  sendable,
  shownIn,
  variantsOf,
  worded,
} from "./compose.ts";
import { DeliveryFiguresView, TotalsView, totalsOf, viewFigures } from "./figures.ts";
import { findWatched, watchedBetween } from "./figures-table.ts";
import { importRoutes, sheetAsJson } from "./import-api.ts";
import { CategoryId, knownCategory } from "./planning.ts";
import { planningRoutes } from "./planning-api.ts";
import {
  type Content,
  change,
  channelsOf,
  contentOf,
  isUntouched,
  postStates,
  remove,
  resolve,
  sendAgain,
  stateOf,
  stop,
  takeBack,
  write,
} from "./post.ts";
import { CheckView, LocalView, PostView, view } from "./post-view.ts";
import { previewUrl } from "./preview-link.ts";
import { repeatsOf, saidOnce } from "./repeats.ts";
import { seriesRoutes } from "./series-api.ts";
import { LinkView, linksOf } from "./short-links.ts";
import { findPost, posts, postsBetween } from "./table.ts";
import { wordingRoutes } from "./wording-routes.ts";

const PostPath = z.object({ postId: Id("post") });

const Verdict = z
  .object({
    sendable: z.boolean(),
    at: z.iso.datetime().optional().describe("The instant that was chosen."),
    local: LocalView.optional(),
    checks: z.array(CheckView),
    warnings: z
      .array(
        z.object({
          code: z.enum(["duplicate_post"]),
          detail: z.string(),
          pointer: z.string(),
          postId: z.string(),
          channelId: z.string(),
        }),
      )
      .describe("What POST /v1/posts would refuse, though each network takes it."),
  })
  .meta({ id: "Verdict" });

/** What is added up in one answer: a few seconds of reading. */
const mostWatched = 20_000;

const Of = { channelId: Id("channel").describe("Which of the post's deliveries.") };

const refusesTime = [
  "unknown_media",
  "due_in_past",
  "unknown_zone",
  "unknown_channel",
  "channel_disconnected",
  "no_free_slot",
] as const;

export const routes = {
  ...wordingRoutes,
  ...approvalRoutes,
  ...planningRoutes,
  ...importRoutes,
  ...calendarRoutes,
  ...seriesRoutes,

  createPost: route({
    method: "POST",
    path: "/v1/posts",
    access: "posts:write",
    summary: "Writes a post: scheduled with a time, a draft without.",
    body: NewPost,
    returns: PostView,
    status: 201,
    refuses: [...refusesTime, "unsendable", "duplicate_post"],
    run: async ({ workspaceId, actor, requestId, body, now, save }) => {
      const asked = await contentAsked(workspaceId, body, now);
      const checks = await checksOf(workspaceId, asked, now);
      sendable(asked, checks);
      const postId = newId("post", now);
      const claim = { postId, by: { now, actor, cause: requestId } };
      const content = await inSlot(workspaceId, asked, { slot: body.slot, checks, claim }, now);
      const [post, events] = write(workspaceId, postId, content, await askedFrom(workspaceId, content, now));
      const said = await saidOnce(post, body.allowDuplicate, now);
      const saved = put(posts, post, events);
      return save([saved, ...said], view(saved.after, checks));
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
      const asked = await contentAsked(workspaceId, body, now);
      const checks = await checksOf(workspaceId, asked, now);
      const content = await inSlot(workspaceId, asked, { slot: body.slot, checks }, now);
      const [post] = write(workspaceId, newId("post", now), content);
      const warnings = body.allowDuplicate ? [] : await repeatsOf(post, now);
      return { sendable: checks.every(({ problems }) => problems.length === 0), ...content.when, checks, warnings };
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
      category: CategoryId.optional(),
    },
    item: PostView,
    run: async ({ workspaceId, query: { from, to, state, channel, category }, list, now }) => {
      const keep: Parameters<typeof postsBetween>[1]["keep"] = (post) =>
        (!state || stateOf(post) === state) &&
        (!channel || channelsOf(post).includes(channel)) &&
        (!category || post.category === category);
      const { items, next } = await postsBetween(workspaceId, { from, to, keep }, list, now);
      return { items: items.map((post) => view(post)), next };
    },
  }),

  getPost: route({
    method: "GET",
    path: "/v1/posts/{postId}",
    access: "posts:read",
    summary: "Gives one post, with how it fares on each channel, and what people did with it there.",
    params: PostPath,
    returns: PostView.extend({
      figures: z
        .array(DeliveryFiguresView)
        .describe("Of what was published on networks that tell them: after an hour, a day, a week and thirty days."),
      links: z.array(LinkView).describe("Its short links, and how many people clicked on each."),
    }),
    run: async ({ workspaceId, params, now }) => {
      const post = found(await findPost(workspaceId, params.postId, now), "post");
      const watched = await Promise.all(
        (post.status === "planned" ? post.deliveries : []).map(async (one) =>
          "publishedAt" in one
            ? findWatched({ workspaceId, postId: post.id, channelId: one.channelId, publishedAt: one.publishedAt }, now)
            : undefined,
        ),
      );
      return {
        ...view(post),
        figures: watched.filter((one) => one !== undefined).map(viewFigures),
        links: await linksOf(post, now),
      };
    },
  }),

  previewPost: route({
    method: "GET",
    path: "/v1/posts/{postId}/preview",
    access: "posts:read",
    summary:
      "Gives the address of a page that shows how the post will look on each channel, to whoever has it, for a day.",
    params: PostPath,
    returns: z.object({ url: z.url(), expiresAt: z.iso.datetime() }),
    run: async ({ workspaceId, params, now }) => {
      const post = found(await findPost(workspaceId, params.postId, now), "post");
      return previewUrl((await brandOf(workspaceId, now)).url, post, now);
    },
  }),

  totalFigures: route({
    method: "GET",
    path: "/v1/figures",
    access: "posts:read",
    summary: "Adds up what people did with everything that was published in a time, in all and by channel.",
    query: z.strictObject({
      from: Instant.optional().describe("Published at or after this; by default thirty days before `to`."),
      to: Instant.optional().describe("Published at or before this; by default now."),
    }),
    returns: TotalsView,
    run: async ({ workspaceId, query: { to: until, from: since }, now }) => {
      const to = until ?? now;
      const from = since ?? later(to, -days(30));
      if (from > to) return refuseFields("query", [{ pointer: "query:to", detail: `This is before ${from}.` }]);
      const all = await watchedBetween(workspaceId, { from, to }, mostWatched, now);
      if (!all)
        return refuseFields("query", [
          { pointer: "query:from", detail: `More than ${mostWatched} were published. Ask for a shorter time.` },
        ]);
      return totalsOf(all, { from, to });
    },
  }),

  changePost: route({
    method: "PATCH",
    path: "/v1/posts/{postId}",
    access: "posts:write",
    summary: "Changes a draft, or a scheduled post before it is sent.",
    params: PostPath,
    body: PostChange,
    returns: PostView,
    refuses: [...refusesTime, "unsendable", "duplicate_post", "post_not_changeable", "stale"],
    run: async ({ workspaceId, actor, requestId, params, body, now, expect, save }) => {
      const post = found(await findPost(workspaceId, params.postId, now), "post");
      expect(post);
      const { at, local, slot, allowDuplicate, media, thread, variants, ...rest } = body;
      if (typeof rest.category === "string") await knownCategory(workspaceId, rest.category, now);
      const stands = contentOf(post);
      const asked = at === null ? null : await askedTime({ at, local }, now);
      const asWritten: Content = {
        ...stands,
        ...(await shownIn(workspaceId, { media, thread }, "#", now)),
        ...(variants ? { variants: await variantsOf(workspaceId, variants, now) } : {}),
        ballot: rest.ballot === undefined ? stands.ballot : (rest.ballot ?? undefined),
        language: rest.language === undefined ? stands.language : (rest.language ?? undefined),
        category: rest.category === undefined ? stands.category : (rest.category ?? undefined),
        text: rest.text ?? stands.text,
        channels: rest.channels ?? stands.channels,
        maxLatenessMinutes: rest.maxLatenessMinutes ?? stands.maxLatenessMinutes,
        campaign: rest.campaign === undefined ? stands.campaign : (rest.campaign ?? undefined),
        when: asked === undefined ? stands.when : (asked ?? undefined),
      };
      const changed = await worded(workspaceId, asWritten, now);
      const checks = await checksOf(workspaceId, changed, now);
      if (Object.keys(body).length === 0) return view(post, checks);
      if (slot && !isUntouched(post)) change(post, changed, Object.keys(body));
      const claim = { postId: post.id, by: { now, actor, cause: requestId } };
      const content = await inSlot(workspaceId, changed, { slot, checks, claim }, now);
      const [next, events] = change(post, content, Object.keys(body), await askedFrom(workspaceId, content, now));
      sendable(content, checks);
      const isSaidAnew = [body.text, variants, rest.channels, slot, asked ?? undefined].some(
        (one) => one !== undefined,
      );
      const said = isSaidAnew ? await saidOnce(next, allowDuplicate, now) : [];
      const saved = put(posts, next, events);
      return save([saved, ...said], view(saved.after, checks));
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
    refuses: ["post_not_changeable", "publishing_paused", "unknown_channel", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const post = found(await findPost(workspaceId, params.postId, now), "post");
      expect(post);
      if (await pausedWorkspace(workspaceId, now))
        refuse("publishing_paused", 'Let it run again first: PATCH /v1/workspace {"publishing": "running"}.');
      const [next, events] = sendAgain(post, body.channelId, await approvalNeeded(workspaceId, now), now);
      const saved = put(posts, next, events);
      return save([saved], view(saved.after));
    },
  }),

  retractPost: route({
    method: "POST",
    path: "/v1/posts/{postId}/retract",
    access: "posts:write",
    summary:
      "Takes a post back where it stands, on one channel or on all whose network allows it. Each says how it went.",
    params: PostPath,
    body: z.strictObject({ channelId: Of.channelId.optional() }).default({}),
    returns: PostView,
    refuses: ["not_retractable", "unknown_channel", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const post = found(await findPost(workspaceId, params.postId, now), "post");
      expect(post);
      const able = await Promise.all(
        channelsOf(post).map(async (channelId) => {
          const channel = await findChannel(workspaceId, channelId, now);
          return channel?.status === "connected" && networkOf(channel.network).profile.can.retract ? [channelId] : [];
        }),
      );
      const [next, events] = takeBack(post, body.channelId, (channelId) => able.flat().includes(channelId), now);
      const saved = put(posts, next, events);
      return save([saved], view(saved.after));
    },
  }),
};

const answer = api(routes);
export const handler: typeof answer = (event, context) => answer(sheetAsJson(event), context);

import * as z from "zod";
import { days, later } from "../platform/clock.ts";
import { found, refuse } from "../platform/errors.ts";
import { list, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { Address, Line, Paragraph } from "../platform/input.ts";
import { put } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { mailShare, mayMail } from "./mail-share.ts";
import { approve, askForChanges } from "./post.ts";
import { PostView, view } from "./post-view.ts";
import { endShare, mostPosts, openShare, ShareView, viewShare } from "./share.ts";
import { findShare, foundShare, listShares, shares, tokenOf } from "./share-table.ts";
import { findPost, posts, postsBetween } from "./table.ts";

// Approval over HTTP: by whoever may, and by links for who has no account. A yes names the revision that was seen, so that
// nobody approves of what they have not.

const PostPath = z.object({ postId: Id("post") });
const SharePath = z.object({ shareId: Id("share") });

const Revision = z.int().min(1).describe("What was seen: the post's `revision`. Another one is refused as `stale`.");
export const ChangesAsked = Paragraph(2000).describe("What is to be changed, in words.");

const common = {
  name: Line(100).describe("Whom it is for. It stands beside what they approve."),
  language: Language.optional().describe("Of the page; otherwise the workspace's own."),
};

/** The posts that a share is about: those that are named, or all that wait. Refuses what does not wait. */
const waitingPosts = async (workspaceId: string, named: readonly string[] | undefined, now: string) => {
  if (!named) {
    const keep = (post: { status: string }) => post.status === "waiting";
    const filter = { from: now, to: undefined, keep };
    // They come latest first; the soonest are wanted.
    const all: string[] = [];
    let startAfter: Parameters<typeof postsBetween>[2]["startAfter"];
    do {
      const { items, next } = await postsBetween(workspaceId, filter, { limit: 100, startAfter }, now);
      all.push(...items.map(({ id }) => id));
      startAfter = next;
    } while (startAfter);
    const ids = all.slice(-mostPosts).reverse();
    return ids.length > 0
      ? ids
      : refuse(
          "nothing_waits",
          'No post waits for approval now. With PATCH /v1/workspace {"approval":"required"} each one that is planned from then on does.',
        );
  }
  const read = await Promise.all(named.map(async (id) => found(await findPost(workspaceId, id, now), "post")));
  const astray = read.flatMap((post, i) =>
    post.status === "waiting" ? [] : [{ pointer: `#/posts/${i}`, detail: "It does not wait for approval." }],
  );
  if (astray.length > 0) refuse("invalid_input", "Name posts that wait for approval.", astray);
  return [...named];
};

export const approvalRoutes = {
  approvePost: route({
    method: "POST",
    path: "/v1/posts/{postId}/approve",
    access: "posts:approve",
    summary: "Says yes to one revision of a post that waits: that, and nothing else, leaves at its time.",
    params: PostPath,
    body: z.strictObject({ revision: Revision }),
    returns: PostView,
    refuses: ["post_not_changeable", "stale"],
    run: async ({ workspaceId, actor, params, body, now, save }) => {
      const post = found(await findPost(workspaceId, params.postId, now), "post");
      const saved = put(posts, ...approve(post, { revision: body.revision, by: actor }, now));
      return save([saved], view(saved.after));
    },
  }),

  requestPostChanges: route({
    method: "POST",
    path: "/v1/posts/{postId}/request-changes",
    access: "posts:approve",
    summary: "Asks for a change of a post, in words. It takes a yes back that was given, as long as nothing is sent.",
    params: PostPath,
    body: z.strictObject({ revision: Revision, words: ChangesAsked }),
    returns: PostView,
    refuses: ["post_not_changeable", "stale"],
    run: async ({ workspaceId, actor, params, body, now, save }) => {
      const post = found(await findPost(workspaceId, params.postId, now), "post");
      const saved = put(posts, ...askForChanges(post, { ...body, by: actor }, now));
      return save([saved], view(saved.after));
    },
  }),

  shareForApproval: route({
    method: "POST",
    path: "/v1/shares/approval",
    access: "posts:approve",
    summary:
      "Makes a link with which somebody without an account approves of posts on a phone, or asks for changes. The link is in this answer only, and in the mail that `email` asks for.",
    body: z.strictObject({
      ...common,
      posts: z
        .array(Id("post"))
        .min(1)
        .max(mostPosts)
        .refine((ids) => new Set(ids).size === ids.length, "A post is named twice.")
        .optional()
        .describe("Which posts that wait; without it the next fifty."),
      endsInDays: z.int().min(1).max(30).default(7),
      email: Address.optional().describe(
        "Where we mail the link, in the brand's name; an address at most once in ten minutes. It is kept nowhere.",
      ),
    }),
    returns: ShareView,
    status: 201,
    refuses: ["nothing_waits", "not_found", "too_many_requests"],
    run: async ({ workspaceId, body, now, save }) => {
      const { name, endsInDays, email } = body;
      if (email !== undefined) await mayMail(workspaceId, email, now);
      const brand = await brandOf(workspaceId, now);
      const language = body.language ?? brand.languages[0];
      const saved = put(
        shares,
        ...openShare({
          ...{ status: "approval", workspaceId, shareId: newId("share", now), name, createdAt: now, language },
          ...{ posts: await waitingPosts(workspaceId, body.posts, now), endsAt: later(now, days(endsInDays)) },
        }),
      );
      const url = `${brand.url}/approve/${workspaceId}?t=${await tokenOf(saved.after, now)}`;
      // Before it is saved: whoever is told that it failed asks again, and nobody waits for a mail that never comes.
      if (email !== undefined) await mailShare(saved.after, { address: email, url, brand }, now);
      return save([saved], viewShare(saved.after, url));
    },
  }),

  listShares: list({
    method: "GET",
    path: "/v1/shares",
    access: "posts:read",
    summary: "The links for people without an account that still work, newest first; not the links themselves.",
    item: ShareView,
    run: async ({ workspaceId, list, now }) => {
      const { items, next } = await listShares(workspaceId, list, now);
      return { items: items.map((share) => viewShare(share)), next };
    },
  }),

  endShare: route({
    method: "DELETE",
    path: "/v1/shares/{shareId}",
    access: "posts:write",
    summary: "Takes a link back: it ends at once. What was approved with it stays approved.",
    params: SharePath,
    status: 204,
    refuses: ["stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const share = foundShare(await findShare(workspaceId, params.shareId, now));
      expect(share);
      await save([put(shares, ...endShare(share, now))], undefined);
    },
  }),
};

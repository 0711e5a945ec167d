import * as z from "zod";
import { findChannel } from "../channels/table.ts";
import { found, Refusal } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { type Html, html, type Page, page, shownAt, type Visit } from "../platform/page.ts";
import { Conflict, put } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import { words } from "./approval-words.ts";
import { approve, askForChanges, channelsOf, type Said, saidOn, type Waiting } from "./post.ts";
import { shareBy } from "./share-table.ts";
import { findPost, posts } from "./table.ts";

// The page behind a share for approval: what waits, as it will stand there; a button that says yes, and one that asks for a
// change. Opening it changes nothing. A yes is to the revision that was shown.

const params = z.strictObject({ workspaceId: Id("workspace") });
const query = z.strictObject({
  t: z.string().max(1024).default(""),
  done: z.string().max(20).optional().describe("What a form has just decided: how many yeses, changes, and refused."),
});
/** `posts`: what was shown, as <post>.<revision>, by commas. With `words` it is asked to be changed. */
const form = z.object({ posts: z.string().max(4096), words: z.string().max(2000).optional() });

const Shown = z
  .object({
    posts: z.array(z.object({ id: z.string(), revision: z.int(), at: z.iso.datetime(), text: z.string() })),
    approved: z.int().optional(),
    altered: z.int().optional(),
  })
  .meta({ id: "ApprovalPage" });

/** So many posts, or so much text, are shown at once: a page stays small. */
const mostShown = 12;
const mostShownBytes = 24_000;

type Here = Pick<
  Visit<z.infer<typeof params>, z.infer<typeof query>>,
  "params" | "query" | "now" | "speak" | "owner" | "requestId" | "save"
>;

const read = async (visit: Here) => {
  const { now, speak } = visit;
  const { workspaceId } = found(shownAt(visit, visit.params), "page");
  const share = await shareBy(workspaceId, "approval", visit.query.t, now);
  const all = await Promise.all(share.posts.map((id) => findPost(workspaceId, id, now)));
  const waiting = all
    .filter((post): post is Waiting => post?.status === "waiting" && post.approval.state !== "missed" && post.at > now)
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  return { share, waiting, brand: await brandOf(workspaceId, now), language: speak(share.language), t: visit.query.t };
};
type Read = Awaited<ReturnType<typeof read>>;

/** The first of them, as many as fit a page. */
const firstOf = (waiting: readonly Waiting[]): Waiting[] => {
  let bytes = 0;
  return waiting.filter((post, i) => {
    bytes += Buffer.byteLength(JSON.stringify([post.text, post.thread, post.variants]));
    return i === 0 || (i < mostShown && bytes <= mostShownBytes);
  });
};

/** As it was written, line by line. */
const lines = (text: string): Html =>
  html`<p>${text.split("\n").map((line, i) => html`${i > 0 && html`<br>`}${line}`)}</p>`;

const saidPart = ({ text, media = [] }: Pick<Said, "text" | "media">, home: string, label: (n: number) => string) =>
  html`${lines(text)}${media.map(({ mediaId, type, alt }, i) =>
    type.startsWith("image/")
      ? html`<p><img src="${home}/m/${mediaId}" alt="${alt ?? label(i + 1)}" width="320" loading="lazy"></p>`
      : html`<p><a href="${home}/m/${mediaId}">${label(i + 1)}</a></p>`,
  )}`;

/** Channels on which the same is said are shown together. */
const versionsOf = (post: Waiting): { said: Said; channels: string[] }[] => {
  const by = Map.groupBy(channelsOf(post), (channelId) => JSON.stringify(saidOn(post, channelId)));
  return [...by.values()].map((channels) => ({ said: saidOn(post, channels[0] ?? ""), channels }));
};

const card = (post: Waiting, names: ReadonlyMap<string, string>, { brand, language, t }: Read): Html => {
  const say = words[language];
  const which = `${post.id}.${post.revision}`;
  const action = `?t=${t}&lang=${language}`;
  const { approval } = post;
  return html`<section><h2 id="h-${post.id}">${say.leaves(post.at, brand.zone)}</h2>
${versionsOf(post).map(
  ({ said, channels }) => html`<h3>${say.channels(channels.map((id) => names.get(id) ?? id))}</h3>
${saidPart(said, brand.url, say.picture)}${said.ballot && html`<ul>${said.ballot.options.map((option) => html`<li>${option}</li>`)}</ul>`}${(said.thread ?? []).map((part, i) => html`<p class="soft">${say.part(i + 2)}</p>${saidPart(part, brand.url, say.picture)}`)}`,
)}${approval.state === "changes_asked" && html`<p class="soft">${say.asked}</p>${lines(approval.words)}`}
<form method="post" action="${action}"><input type="hidden" name="posts" value="${which}"><button aria-describedby="h-${post.id}">${say.approve}</button></form>
<details><summary>${say.change}</summary><form method="post" action="${action}"><input type="hidden" name="posts" value="${which}"><p><label for="w-${post.id}">${say.changeLabel}</label><textarea id="w-${post.id}" name="words" rows="4" maxlength="2000" required></textarea></p><button aria-describedby="h-${post.id}">${say.changeButton}</button></form></details></section><hr>`;
};

/** What was just decided. */
type Decided = { approved: number; asked: number; altered: number; empty?: boolean };

/** As the page's address says it after a form: going back from there sends nothing again. */
const doneIn = (text: string | undefined): Decided | undefined => {
  const [, approved, asked, altered] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text ?? "") ?? [];
  return altered === undefined
    ? undefined
    : { approved: Number(approved), asked: Number(asked), altered: Number(altered) };
};

const shown = async (here: Read, visit: Here, decided?: Decided): Promise<Page> => {
  const { brand, language, share, waiting, t } = here;
  const say = words[language];
  const first = firstOf(waiting);
  const ids = [...new Set(first.flatMap(channelsOf))];
  const channels = await Promise.all(ids.map((id) => findChannel(share.workspaceId, id, visit.now)));
  const names = new Map(channels.flatMap((channel) => (channel ? [[channel.id, channel.name] as const] : [])));
  const news = decided && [
    ...(decided.approved > 0 ? [say.done.approved(decided.approved)] : []),
    ...(decided.asked > 0 ? [say.done.asked] : []),
    ...(decided.altered > 0 ? [say.done.altered(decided.altered)] : []),
    ...(decided.empty ? [say.done.empty] : []),
  ];
  // A yes to all is none to what a change was asked of.
  const sure = first.filter(({ approval }) => approval.state !== "changes_asked");
  const which = sure.map(({ id, revision }) => `${id}.${revision}`).join(",");
  const none = waiting.length === 0;
  return {
    language,
    title: none ? say.nothing.title : say.title,
    brand,
    json: {
      posts: waiting.map(({ id, revision, at, text }) => ({ id, revision, at, text })),
      ...(decided ? { approved: decided.approved, altered: decided.altered } : {}),
    } satisfies z.infer<typeof Shown>,
    body: html`<p class="brand">${brand.name}</p><h1>${none ? say.nothing.title : say.title}</h1>
${news?.map((text) => html`<p class="good" role="status">${text}</p>`)}
<p>${none ? say.nothing.text : say.intro(waiting.length, brand.name)}</p>
${first.map((post) => card(post, names, here))}
${sure.length > 1 && html`<form method="post" action="?t=${t}&lang=${language}"><input type="hidden" name="posts" value="${which}"><button>${say.approveAll(sure.length)}</button></form>`}
${waiting.length > first.length && html`<p class="soft">${say.more(waiting.length - first.length)}</p>`}
<p class="soft">${say.until(share.endsAt, brand.zone)}</p>`,
  };
};

/** One post of those that were shown. What was decided before in the same way is decided. */
const decide = async (
  { share }: Read,
  shownAs: string,
  asked: string | undefined,
  { now, save }: Here,
): Promise<keyof Decided> => {
  const [id = "", revision = ""] = shownAs.split(".");
  const by = share.shareId;
  const about = { revision: Number(revision), by };
  const post = share.posts.includes(id) ? await findPost(share.workspaceId, id, now) : undefined;
  if (!post) return "altered";
  const { approval } = post.status === "draft" ? {} : post;
  if (asked === undefined && approval?.state === "approved" && approval.revision === about.revision) return "approved";
  try {
    if (asked === undefined) await save([put(posts, ...approve(post, about, now))]);
    else await save([put(posts, ...askForChanges(post, { ...about, words: asked }, now))]);
    return asked === undefined ? "approved" : "asked";
  } catch (error) {
    if (
      error instanceof Conflict ||
      (error instanceof Refusal && ["stale", "post_not_changeable"].includes(error.code))
    )
      return "altered";
    throw error;
  }
};

export const approvalPages = {
  showApproval: page({
    method: "GET",
    path: "/approve/{workspaceId}",
    summary: "Posts that wait for the approval of whoever has the link. Opening it changes nothing.",
    params,
    query,
    returns: Shown,
    refuses: ["link_ended"],
    run: async (visit) => shown(await read(visit), visit, doneIn(visit.query.done)),
  }),
  decideApproval: page({
    method: "POST",
    path: "/approve/{workspaceId}",
    summary:
      "Approves of the posts that were shown, or asks for a change of one; of what was changed since, it does not.",
    params,
    query,
    form,
    returns: Shown,
    refuses: ["link_ended"],
    run: async (visit) => {
      const here = await read(visit);
      const { posts: which, words: asked } = visit.form;
      const isEmpty = asked !== undefined && asked.trim() === "";
      const went = isEmpty
        ? []
        : await Promise.all(
            which
              .split(",")
              .slice(0, mostShown)
              .map((one) => decide(here, one, asked?.trim(), visit)),
          );
      const count = (what: keyof Decided) => went.filter((one) => one === what).length;
      const decided = { approved: count("approved"), asked: count("asked"), altered: count("altered"), empty: isEmpty };
      if (visit.wantsJson || isEmpty) return shown(await read(visit), visit, decided);
      const done = `${decided.approved}.${decided.asked}.${decided.altered}`;
      const { share, t, language } = here;
      return { seeOther: `/approve/${share.workspaceId}?t=${t}&lang=${language}&done=${done}` };
    },
  }),
};

import * as z from "zod";
import { openReminder } from "../channels/reminder-link.ts";
import { findChannel } from "../channels/table.ts";
import { linkRoutes } from "../links/routes.ts";
import { found } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { type Html, html, type Page, page, pages, shownAt, type Visit } from "../platform/page.ts";
import { put } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import { approvalPages } from "./approval-page.ts";
import { calendarPages } from "./calendar-page.ts";
import { type Planned, resolve, type Said, saidOn } from "./post.ts";
import { previewPages } from "./preview-page.ts";
import { findPost, posts } from "./table.ts";
import { words } from "./words.ts";

// The page behind the link in a reminder: the post, ready to be pasted by hand. Opening it changes nothing; its button says
// that it was posted.

const params = z.strictObject({ workspaceId: Id("workspace") });
const query = z.strictObject({ t: z.string().max(1024).default("") });
/** It has no field of its own. */
const form = z.object({});

const Todo = z.object({ status: z.enum(["todo", "done", "over"]), text: z.string().optional() }).meta({ id: "Todo" });

type Here = Pick<Visit<z.infer<typeof params>, z.infer<typeof query>>, "params" | "query" | "now" | "speak" | "owner">;

const read = async (visit: Here) => {
  const { now, speak } = visit;
  const { workspaceId } = found(shownAt(visit, visit.params), "page");
  const { postId, channelId, key, language } = await openReminder(workspaceId, visit.query.t, now);
  const post = await findPost(workspaceId, postId, now);
  const channel = await findChannel(workspaceId, channelId, now);
  const delivery = post?.status === "planned" ? post.deliveries.find((one) => one.key === key) : undefined;
  return {
    post: post?.status === "planned" ? post : undefined,
    delivery,
    channel: channel?.name ?? "",
    channelId,
    brand: await brandOf(workspaceId, now),
    language: speak(language),
  };
};
type Read = Awaited<ReturnType<typeof read>>;

const partShown = (
  said: Pick<Said, "text" | "media">,
  home: string,
  say: (typeof words)["nl"]["todo"],
  n: number,
): Html =>
  html`<p><label for="text-${n}">${say.text}</label><textarea id="text-${n}" readonly rows="8">${said.text}</textarea></p>
${(said.media ?? []).map(({ mediaId, type, alt }, i) => {
  const url = `${home}/m/${mediaId}`;
  return html`<figure>${type.startsWith("image/") && html`<img src="${url}" alt="${alt ?? say.file(i + 1)}" width="240">`}<figcaption><a href="${url}" download>${say.save}: ${say.file(i + 1)}</a>${alt !== undefined && html` ${alt}`}</figcaption></figure>`;
})}`;

const todoPage = ({ brand, language, channel, channelId }: Read, post: Planned, t: string): Page => {
  const say = words[language].todo;
  const { thread = [], ...first } = saidOn(post, channelId);
  const parts = [first, ...thread];
  return {
    language,
    title: say.title,
    brand,
    json: { status: "todo", text: first.text } satisfies z.infer<typeof Todo>,
    body: html`<p class="brand">${brand.name}</p><h1>${say.title}</h1><p>${say.intro(channel)}</p>
${parts.map((part, i) => html`${parts.length > 1 && html`<h2>${say.part(i + 1, parts.length)}</h2>`}${partShown(part, brand.url, say, i + 1)}`)}
<h2>${say.question}</h2>
<form method="post" action="?t=${t}&lang=${language}"><button>${say.button}</button></form>`,
  };
};

const endPage = ({ brand, language, channel, delivery }: Read): Page => {
  const isDone = delivery?.state === "published";
  const { title, text } = isDone
    ? { title: words[language].done.title, text: words[language].done.text(channel) }
    : words[language].over;
  return {
    language,
    title,
    brand,
    json: { status: isDone ? "done" : "over" } satisfies z.infer<typeof Todo>,
    body: html`<p class="brand">${brand.name}</p><h1>${title}</h1><p class="${isDone ? "good" : "soft"}">${text}</p>`,
  };
};

export const routes = {
  ...approvalPages,
  ...calendarPages,
  ...linkRoutes,
  ...previewPages,
  showTodo: page({
    method: "GET",
    path: "/todo/{workspaceId}",
    summary: "A post that a person posts by hand, ready to be pasted. Opening it changes nothing.",
    params,
    query,
    returns: Todo,
    refuses: ["link_ended"],
    run: async (visit) => {
      const here = await read(visit);
      const { post, delivery } = here;
      return post && delivery?.state === "handed" ? todoPage(here, post, visit.query.t) : endPage(here);
    },
  }),
  finishTodo: page({
    method: "POST",
    path: "/todo/{workspaceId}",
    summary: "Says that it was posted; once or often, it is the same.",
    params,
    query,
    form,
    returns: Todo,
    refuses: ["link_ended"],
    run: async (visit) => {
      const here = await read(visit);
      const { post, delivery, channelId } = here;
      if (!post || delivery?.state !== "handed") return endPage(here);
      const [next, events] = resolve(post, channelId, "sent", visit.now);
      await visit.save([put(posts, next, events)]);
      return endPage({ ...here, delivery: next.deliveries.find((one) => one.channelId === channelId) });
    },
  }),
};

export const handler = pages(routes);

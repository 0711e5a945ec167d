import * as z from "zod";
import { type Html, html, type Page } from "../platform/page.ts";
import { type Language, sayTime } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Used } from "./board.ts";
import {
  bdi,
  emailPart,
  type Fields,
  hidden,
  type Problem,
  PublicIdea,
  problemPart,
  publicIdea,
} from "./board-page.ts";
import { pictureOf } from "./card.ts";
import type { Standing as Comment } from "./comment.ts";
import { pathOf } from "./follow.ts";
import { isLive, isVisible, type Standing, takesMore } from "./idea.ts";
import { findIdeaOn, recentCommentsOf, recentCounts, recentIdeasOf } from "./table.ts";
import { supportsIt } from "./take.ts";
import { formOf, type Here, whoHere } from "./visitor.ts";
import { words } from "./words.ts";

// The page of one idea: what it is, how far it is, who supports it, and what people say to it.

export const Done = z.enum(["proposed", "pending", "supported", "back", "commented", "commentWaits"]);
export type Done = z.infer<typeof Done>;

const PublicComment = z.object({ id: z.string(), text: z.string(), name: z.string().optional(), at: z.iso.datetime() });
export const IdeaPageView = PublicIdea.extend({
  supporting: z.boolean().describe("Whether the reader supports it, where that is known."),
  discussion: z.array(PublicComment),
}).meta({ id: "PublicIdeaPage" });

const commentsPerPage = 50;

const lines = (text: string): Html =>
  html`${text.split("\n").map((line) => line.trim() !== "" && html`<p>${bdi(line)}</p>`)}`;

const stagePart = (idea: Standing, organiser: string, zone: string, language: Language): Html | false => {
  if (!isLive(idea)) return false;
  const say = words[language];
  const isOpen = idea.status === "open" && idea.answers.length === 0;
  if (isOpen) return false;
  const answer = ({ stage, text, at }: (typeof idea.answers)[number]) =>
    html`<article><p><strong>${say.stages[stage]}</strong> <span class="soft">${sayTime(at, language, zone)}</span></p><p>${say.said(organiser)}</p>${lines(text)}</article>\n`;
  return html`<h2>${say.answers}</h2>
<p class="good">${say.stands[idea.status]}</p>
${idea.answers.toReversed().map(answer)}`;
};

const supportPart = async (
  board: Used,
  idea: Standing,
  here: Here,
  { token, isSupporting, support }: { token: string; isSupporting: boolean; support: number },
): Promise<Html> => {
  const language = here.speak(board.language);
  const say = words[language];
  const action = pathOf(board, `/ideas/${idea.ideaId}/support`, language);
  const isOpen = board.status === "open" && takesMore(idea);
  return html`<p><strong>${say.supporters(support)}</strong></p>
${
  isSupporting
    ? html`<p class="good">${say.supporting}</p>
<form method="post" action="${action}">${hidden({ form: token, undo: "1" })}<button class="button quiet">${say.withdraw}</button></form>`
    : isOpen &&
      html`<form method="post" action="${action}">${hidden({ form: token })}${await emailPart(board, here, {}, language)}<button>${say.support}</button></form>`
}
${!isOpen && !isSupporting && html`<p class="soft">${say.noSupport}</p>`}`;
};

const commentsPart = async (
  board: Used,
  idea: Standing,
  here: Here,
  asked: {
    token: string;
    who: string | undefined;
    all: readonly Comment[];
    page: number;
    problem: Problem | undefined;
  },
): Promise<Html | false> => {
  const { token, who, all, problem } = asked;
  const language = here.speak(board.language);
  const say = words[language];
  const { zone } = await brandOf(board.workspaceId, here.now);
  const isOpen = board.status === "open" && board.comments && takesMore(idea);
  const seen = all.filter((comment) => comment.status === "published" || (who !== undefined && comment.who === who));
  if (!isOpen && seen.length === 0) return false;
  const pages = Math.max(1, Math.ceil(seen.length / commentsPerPage));
  const at = Math.min(Math.max(1, asked.page), pages);
  const action = pathOf(board, `/ideas/${idea.ideaId}/comments`, language);
  const note = ({ status }: Comment) =>
    status === "published"
      ? false
      : html`<p class="soft">${status === "pending" ? say.commentPending : say.commentRejected}</p>`;
  const row = (comment: Comment) =>
    html`<article>${lines(comment.text)}<p class="soft">${comment.name !== undefined && html`${bdi(comment.name)} · `}${sayTime(comment.at, language, zone)}</p>${note(comment)}${comment.status === "rejected" && lines(comment.reason)}${who !== undefined && comment.who === who && html`<form method="post" action="${action}">${hidden({ form: token, remove: comment.commentId })}<button class="button quiet">${say.remove.comment}</button></form>`}</article>\n`;
  const to = (page: number) => `${pathOf(board, `/ideas/${idea.ideaId}`, language, { page: String(page) })}#comments`;
  return html`<h2 id="comments">${say.theComments}</h2>
${seen.length === 0 && html`<p>${say.noComments}</p>`}
${seen.slice((at - 1) * commentsPerPage, at * commentsPerPage).map(row)}
${at > 1 && html`<a class="button quiet" href="${to(at - 1)}">${say.earlierComments}</a>`}
${at < pages && html`<a class="button quiet" href="${to(at + 1)}">${say.moreComments}</a>`}
${
  isOpen &&
  html`${problem && problemPart(problem, language)}<form method="post" action="${action}">
${hidden({ form: token })}
<label for="said">${say.comment.label}</label>
<textarea id="said" name="said" rows="3" required maxlength="1000">${problem?.filled.said ?? ""}</textarea>
<label for="name">${say.name} (${say.optional})</label>
<input type="text" id="name" name="name" maxlength="40" autocomplete="nickname" value="${problem?.filled.name ?? ""}">
${await emailPart(board, here, problem?.filled ?? {}, language)}
<button class="button quiet">${say.comment.send}</button>
</form>`
}`;
};

const followPart = (board: Used, idea: Standing, token: string, language: Language): Html => {
  const say = words[language];
  return html`<h2 id="follow">${say.follow.title}</h2>
<form method="post" action="${pathOf(board, `/ideas/${idea.ideaId}/follow`, language)}">
${hidden({ form: token })}
<p id="follow-hint">${say.follow.text}</p>
<label for="follow-email">${say.tell.label}</label>
<input type="email" id="follow-email" name="email" required maxlength="254" autocomplete="email" aria-describedby="follow-hint">
<button class="button quiet">${say.follow.send}</button>
</form>`;
};

/** What only its proposer sees: an idea that is not public. */
const unseenPart = (idea: Standing, language: Language): Html => {
  const say = words[language];
  if (idea.status !== "rejected") return html`<p class="good">${say.pending}</p>`;
  return html`<div class="error"><p>${say.rejected}</p>${lines(idea.reason)}</div>`;
};

const donePart = (done: Done | undefined, idea: Standing, language: Language): Html | false => {
  const { thanks, next } = words[language];
  if (done === undefined) return false;
  // A link with thanks in it may be passed on: it says nothing of what is not so.
  if (done === "proposed" && idea.status === "pending")
    return html`<p class="good" role="status">${thanks.pending}</p>`;
  return html`<div class="good" role="status"><p>${thanks[done]}</p>${done !== "back" && done !== "pending" && html`<p>${next}</p>`}</div>`;
};

/** The page of an idea as it is for this reader; undefined where they may not see it. */
export const ideaPage = async (
  board: Used,
  idea: Standing,
  here: Here,
  asked: { done?: Done | undefined; page?: number; problem?: Problem },
): Promise<Page | undefined> => {
  const { now, speak } = here;
  const who = await whoHere(board, here);
  const isMine = who !== undefined && idea.who === who;
  if (!isVisible(idea) && !isMine) return undefined;
  const language = speak(board.language);
  const say = words[language];
  const [brand, counted, ideas, comments, isSupporting] = await Promise.all([
    brandOf(board.workspaceId, now),
    recentCounts(board, now, [idea]),
    recentIdeasOf(board, now),
    recentCommentsOf(idea, now),
    who === undefined ? false : supportsIt(board, idea.ideaId, who, now),
  ]);
  const { token, cookies } = await formOf(board, here);
  const into = idea.status === "duplicate" ? await findIdeaOn(board, idea.into, now) : undefined;
  const { support } = counted(idea.ideaId);
  const shown = isVisible(idea)
    ? {
        json: {
          ...publicIdea(board, idea, counted),
          supporting: isSupporting,
          discussion: comments
            .filter(({ status }) => status === "published")
            .map(({ commentId: id, text, name, at }) => ({ id, text, ...(name === undefined ? {} : { name }), at })),
        } satisfies z.infer<typeof IdeaPageView>,
      }
    : {};
  const canRemove = isMine && idea.status !== "duplicate" && idea.merged.length === 0;
  return {
    language,
    title: idea.title,
    brand,
    description: (idea.text ?? board.title).slice(0, 300),
    picture: pictureOf(board, ideas.filter(isLive).length, language, brand),
    cookies,
    ...shown,
    body: html`<p class="brand"><a href="${pathOf(board, "", language)}">${bdi(board.title)}</a></p>
${donePart(asked.done, idea, language)}
<h1>${bdi(idea.title)}</h1>
${idea.text !== undefined && lines(idea.text)}
<p class="soft">${idea.name !== undefined && html`${say.by("")}${bdi(idea.name)} · `}${sayTime(idea.at, language, brand.zone)}</p>
${!isVisible(idea) && unseenPart(idea, language)}
${
  idea.status === "duplicate" &&
  html`<p class="good">${say.mergedInto}</p>${into && isVisible(into) && html`<a class="button" href="${pathOf(board, `/ideas/${into.ideaId}`, language)}">${say.goTo(into.title)}</a>`}`
}
${isLive(idea) && (await supportPart(board, idea, here, { token, isSupporting, support }))}
${idea.merged.length > 0 && html`<p class="soft">${say.merged(idea.merged.length)}</p>`}
${stagePart(idea, brand.name, brand.zone, language)}
${await commentsPart(board, idea, here, { token, who, all: comments, page: asked.page ?? 1, problem: asked.problem })}
${isLive(idea) && idea.status !== "done" && idea.status !== "declined" && followPart(board, idea, token, language)}
<a class="button quiet" href="${pathOf(board, "", language)}">${say.back}</a>
${canRemove && html`<p><a href="${pathOf(board, `/ideas/${idea.ideaId}/remove`, language)}">${say.remove.link}</a></p>`}`,
  };
};

/** A page that says one thing, and may ask one. */
export const askPage = async (
  board: Used,
  here: Here,
  asked: {
    title: string;
    text: string;
    isGood?: boolean;
    button?: { path: string; text: string; fields: Fields };
    back: { path: string; text: string };
    json?: unknown;
  },
): Promise<Page> => {
  const { now, speak } = here;
  const language = speak(board.language);
  const { title, text, isGood = false, button, back } = asked;
  return {
    language,
    title,
    brand: await brandOf(board.workspaceId, now),
    ...(asked.json === undefined ? {} : { json: asked.json }),
    body: html`<p class="brand">${bdi(board.title)}</p><h1>${title}</h1>
${isGood ? html`<p class="good">${text}</p>` : html`<p>${text}</p>`}
${button && html`<form method="post" action="${pathOf(board, button.path, language)}">${hidden(button.fields)}<button>${button.text}</button></form>`}
<a class="button quiet" href="${pathOf(board, back.path, language)}">${back.text}</a>`,
  };
};

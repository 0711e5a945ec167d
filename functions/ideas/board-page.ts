import * as z from "zod";
import type { Refusal } from "../platform/errors.ts";
import { type Html, html, type Page } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Standing as Board, Used } from "./board.ts";
import { pictureOf } from "./card.ts";
import { pathOf } from "./follow.ts";
import { isLive, isVisible, type Live, Stage, type Visible } from "./idea.ts";
import { type Counted, recentCounts, recentIdeasOf } from "./table.ts";
import { AnswerView, Sorting, sorted, viewAnswers } from "./view.ts";
import { addressHere, formOf, type Here } from "./visitor.ts";
import { words } from "./words.ts";

// The page of a board: its ideas, and the form for one more.

const PublicStatus = z.enum([...Stage.options, "duplicate"]);
export const PublicIdea = z
  .object({
    id: z.string(),
    path: z.string(),
    status: PublicStatus,
    title: z.string(),
    text: z.string().optional(),
    name: z.string().optional(),
    at: z.iso.datetime(),
    support: z.int(),
    comments: z.int(),
    answers: z.array(AnswerView),
    into: z.string().optional(),
  })
  .meta({ id: "PublicIdea" });

export const publicIdea = (board: Board, idea: Visible, counted: Counted): z.infer<typeof PublicIdea> => ({
  id: idea.ideaId,
  path: `/i/${board.slug}/ideas/${idea.ideaId}`,
  status: idea.status,
  title: idea.title,
  ...(idea.text === undefined ? {} : { text: idea.text }),
  ...(idea.name === undefined ? {} : { name: idea.name }),
  at: idea.at,
  ...counted(idea.ideaId),
  answers: viewAnswers(idea),
  ...(idea.status === "duplicate" ? { into: idea.into } : {}),
});

export const PublicBoard = z
  .object({
    slug: z.string(),
    status: z.enum(["draft", "open", "closed"]),
    language: z.string(),
    title: z.string().optional(),
    text: z.string().optional(),
    tier: z.enum(["device", "email"]).optional(),
    ideas: z.array(PublicIdea).optional(),
    pages: z.int().optional(),
  })
  .meta({ id: "PublicBoard" });

export type Fields = Readonly<Record<string, string | undefined>>;
export type Problem = { refusal: Refusal; filled: Fields };

const perPage = 20;
const excerptLength = 180;
const excerpt = (text: string): string =>
  text.length <= excerptLength ? text : `${Array.from(text).slice(0, excerptLength).join("").trimEnd()}…`;

/** What somebody wrote, kept apart from what stands around it whatever its direction. */
export const bdi = (text: string): Html => html`<bdi>${text}</bdi>`;

export const hidden = (fields: Fields): Html =>
  html`${Object.entries(fields).map(([name, value]) => value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`)}`;

/** A board that is not open yet says nothing of itself. */
export const notOpenPage = async (board: Board, { now, speak }: Here): Promise<Page> => {
  const language = speak(board.language);
  const { title, text } = words[language].notOpen;
  return {
    language,
    title,
    brand: await brandOf(board.workspaceId, now),
    json: { slug: board.slug, status: board.status, language: board.language } satisfies z.infer<typeof PublicBoard>,
    body: html`<h1>${title}</h1><p>${text}</p>`,
  };
};

const countsLine = (idea: Visible, counted: Counted, language: Language): Html => {
  const say = words[language];
  const { support, comments } = counted(idea.ideaId);
  const stage = isLive(idea) && idea.status !== "open" && html`<strong>${say.stages[idea.status]}</strong> · `;
  return html`${stage}${say.supporters(support)}${comments > 0 && ` · ${say.comments(comments)}`}`;
};

/** An idea in a list. */
export const rowOf = (board: Board, idea: Visible, counted: Counted, language: Language): Html =>
  html`<article><h3><a href="${pathOf(board, `/ideas/${idea.ideaId}`, language)}">${bdi(idea.title)}</a></h3>${idea.text !== undefined && html`<p>${bdi(excerpt(idea.text))}</p>`}<p class="soft">${countsLine(idea, counted, language)}</p></article>\n`;

export const problemPart = ({ refusal }: Problem, language: Language): Html => {
  const say = words[language];
  if (refusal.code === "form_expired" || refusal.code === "form_altered")
    return html`<p class="error" role="alert">${say.formAgain}</p>`;
  const field = refusal.errors[0]?.pointer.slice(2) ?? "";
  const text = Object.hasOwn(say.problems, field)
    ? say.problems[field as keyof typeof say.problems]
    : field === "code"
      ? say.code.wrong
      : say.problem;
  return html`<p class="error" role="alert">${text}</p>`;
};

/** Asks for what makes a person, where the browser does not know it yet. */
export const emailPart = async (board: Used, here: Here, filled: Fields, language: Language): Promise<Html | false> => {
  if (board.tier !== "email" || (await addressHere(board, here)) !== undefined) return false;
  const { label, hint } = words[language].email;
  return html`<label for="email">${label}</label><p class="soft" id="email-hint">${hint}</p>
<input type="email" id="email" name="email" required maxlength="254" autocomplete="email" aria-describedby="email-hint" value="${filled.email ?? ""}">`;
};

/** Whether to be told what becomes of it: a tick where the address is known, else an address that is confirmed first. */
const tellPart = (board: Used, filled: Fields, language: Language): Html => {
  const say = words[language];
  if (board.tier === "email")
    return html`<label class="choice"><input type="checkbox" name="tell" value="1"${filled.tell === "1" && html` checked`}><span>${say.tick}</span></label>`;
  return html`<label for="email">${say.tell.label} (${say.optional})</label><p class="soft" id="email-hint">${say.tell.hint}</p>
<input type="email" id="email" name="email" maxlength="254" autocomplete="email" aria-describedby="email-hint" value="${filled.email ?? ""}">`;
};

const script = `const t=document.getElementById("title"),o=document.getElementById("similar");let n;t.addEventListener("input",()=>{clearTimeout(n);n=setTimeout(async()=>{try{const q=t.value.trim();const r=q.length<4?{items:[]}:await(await fetch(o.dataset.from+encodeURIComponent(q),{headers:{accept:"application/json"}})).json();o.hidden=r.items.length===0;o.querySelector("ul").replaceChildren(...r.items.map(i=>{const e=document.createElement("li"),a=document.createElement("a");a.href=i.path;a.textContent=i.title;e.append(a);return e}))}catch{}},400)})`;

const proposePart = async (board: Used, here: Here, token: string, problem: Problem | undefined): Promise<Html> => {
  const language = here.speak(board.language);
  const say = words[language];
  const filled = problem?.filled ?? {};
  const from = `${pathOf(board, "/similar", language)}${language === board.language ? "?" : "&"}title=`;
  return html`<h2 id="propose">${say.propose}</h2>
${problem && problemPart(problem, language)}
<form method="post" action="${pathOf(board, "", language)}">
${hidden({ form: token })}
<label for="title">${say.title}</label><p class="soft" id="title-hint">${say.titleHint}</p>
<input type="text" id="title" name="title" required maxlength="120" aria-describedby="title-hint" value="${filled.title ?? ""}">
<div id="similar" role="status" hidden data-from="${from}"><p>${say.similar.live}</p><ul></ul></div>
<label for="text">${say.text} (${say.optional})</label>
<textarea id="text" name="text" rows="4" maxlength="2000">${filled.text ?? ""}</textarea>
<label for="name">${say.name} (${say.optional})</label><p class="soft" id="name-hint">${say.nameHint}</p>
<input type="text" id="name" name="name" maxlength="40" autocomplete="nickname" aria-describedby="name-hint" value="${filled.name ?? ""}">
${await emailPart(board, here, filled, language)}${tellPart(board, filled, language)}
<button>${say.send}</button>
</form>
${board.moderation === "before" && html`<p class="soft">${say.waits}</p>`}
${board.tier === "device" && html`<p class="soft">${say.cookie}</p>`}`;
};

export type Looking = { sort: Sorting; show?: Stage | undefined; page: number };

/** Links to the same list, looked at in another way. */
const waysPart = (board: Used, ideas: readonly Live[], looking: Looking, language: Language): Html => {
  const say = words[language];
  const { sort, show } = looking;
  const link = (text: string, isHere: boolean, more: Record<string, string | undefined>) =>
    isHere
      ? html`<strong aria-current="true">${text}</strong>`
      : html`<a href="${pathOf(board, "", language, more)}">${text}</a>`;
  const separate = (parts: readonly Html[]) => parts.map((part, i) => html`${i > 0 && " · "}${part}`);
  const sorts = Sorting.options.map((of) => link(say.sort[of], of === sort, { sort: of, show }));
  const stages = Stage.options.filter((stage) => ideas.some(({ status }) => status === stage));
  const shows = [
    link(say.show.all, show === undefined, { sort }),
    ...stages.map((stage) => link(say.stages[stage], stage === show, { sort, show: stage })),
  ];
  return html`<p class="soft">${say.sort.label}: ${separate(sorts)}</p>
${stages.length > 1 && html`<p class="soft">${say.show.label}: ${separate(shows)}</p>`}`;
};

/** The page of a board; `problem`: why a form came back. */
export const boardPage = async (board: Board, here: Here, looking: Looking, problem?: Problem): Promise<Page> => {
  if (board.status === "draft") return notOpenPage(board, here);
  const { now, speak } = here;
  const language = speak(board.language);
  const say = words[language];
  const read = async () => {
    const live = (await recentIdeasOf(board, now)).filter(isLive);
    return { live, counted: await recentCounts(board, now, live) };
  };
  const [brand, { live, counted }] = await Promise.all([brandOf(board.workspaceId, now), read()]);
  const shown = sorted(
    live.filter(({ status }) => looking.show === undefined || status === looking.show),
    looking.sort,
    counted,
  );
  const pages = Math.max(1, Math.ceil(shown.length / perPage));
  const at = Math.min(Math.max(1, looking.page), pages);
  const here20 = shown.slice((at - 1) * perPage, at * perPage);
  const isOpen = board.status === "open";
  const { token, cookies } = await formOf(board, here);
  const to = (page: number) =>
    pathOf(board, "", language, { sort: looking.sort, show: looking.show, page: String(page) });
  return {
    language,
    title: board.title,
    brand,
    description: (board.text ?? say.card.asks).slice(0, 300),
    picture: pictureOf(board, live.length, language, brand),
    returnable: true,
    ...(isOpen ? { cookies, script, asksUs: true } : {}),
    json: {
      slug: board.slug,
      status: board.status,
      language: board.language,
      title: board.title,
      ...(board.text === undefined ? {} : { text: board.text }),
      tier: board.tier,
      ideas: here20.filter(isVisible).map((idea) => publicIdea(board, idea, counted)),
      pages,
    } satisfies z.infer<typeof PublicBoard>,
    body: html`<p class="brand">${say.board}</p><h1>${bdi(board.title)}</h1>
${board.text !== undefined && html`${board.text.split("\n").map((line) => line.trim() !== "" && html`<p>${bdi(line)}</p>`)}`}
${isOpen ? html`<a class="button" href="#propose">${say.propose}</a>` : html`<p class="good">${say.closed}</p>`}
${live.length > 0 && waysPart(board, live, looking, language)}
${live.length === 0 ? html`<p>${isOpen ? say.none : say.noneSuch}</p>` : here20.length === 0 && html`<p>${say.noneSuch}</p>`}
${here20.map((idea) => rowOf(board, idea, counted, language))}
${at > 1 && html`<a class="button quiet" href="${to(at - 1)}">${say.earlier}</a>`}
${at < pages && html`<a class="button quiet" href="${to(at + 1)}">${say.more}</a>`}
${isOpen && (await proposePart(board, here, token, problem))}`,
  };
};

/** "Is it one of these?": before an idea is taken that is like others. What was written waits in the form. */
export const similarPage = async (
  board: Used,
  here: Here,
  similar: readonly Visible[],
  filled: Fields,
): Promise<Page> => {
  const { now, speak } = here;
  const language = speak(board.language);
  const say = words[language].similar;
  const [brand, counted] = await Promise.all([brandOf(board.workspaceId, now), recentCounts(board, now, similar)]);
  const { token, cookies } = await formOf(board, here);
  const each = (idea: Visible) =>
    html`${rowOf(board, idea, counted, language)}<form method="post" action="${pathOf(board, `/ideas/${idea.ideaId}/support`, language)}">${hidden({ form: token, email: filled.email })}<button aria-label="${`${say.support}: ${idea.title}`}">${say.support}</button></form>\n`;
  return {
    language,
    title: say.title,
    brand,
    cookies,
    body: html`<p class="brand">${bdi(board.title)}</p><h1>${say.title}</h1><p>${say.text}</p>
${similar.map(each)}
<h2>${words[language].proposeHere}: ${bdi(filled.title ?? "")}</h2>
<form method="post" action="${pathOf(board, "", language)}">
${hidden({ ...filled, form: token, anyway: "1" })}
<button class="button quiet">${say.anyway}</button>
</form>`,
  };
};

/** Asks for the code that was mailed; what was sent waits in the form. */
export const codePage = async (
  board: Used,
  here: Here,
  asked: { path: string; filled: Fields; isWrong?: boolean },
): Promise<Page> => {
  const { now, speak } = here;
  const language = speak(board.language);
  const { title, text, label, button, wrong, again } = words[language].code;
  const { token } = await formOf(board, here);
  const { code: _, form: __, ...filled } = asked.filled;
  return {
    status: asked.isWrong ? 400 : 202,
    language,
    title,
    brand: await brandOf(board.workspaceId, now),
    json: { status: "mailed" },
    body: html`<p class="brand">${bdi(board.title)}</p><h1>${title}</h1>
${asked.isWrong && html`<p class="error" role="alert">${wrong}</p>`}
<p>${text(filled.email ?? "")}</p>
<form method="post" action="${pathOf(board, asked.path, language)}">
${hidden({ ...filled, form: token })}
<label for="code">${label}</label>
<input type="text" id="code" name="code" required maxlength="30" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false">
<button>${button}</button>
</form>
<p class="soft">${again}</p>`,
  };
};

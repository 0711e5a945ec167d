import { formToken, html, type Page } from "../platform/page.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Published } from "./contest.ts";
import type { Here } from "./contest-page.ts";
import { pathOf } from "./links.ts";
import { takeWords } from "./take-words.ts";
import { words } from "./words.ts";

// "Am I in?": who entered is mailed the link to their own page, at any time. The answer is the same to everybody.

export const checkPage = async (
  contest: Published,
  { now, speak }: Pick<Here, "now" | "speak">,
  problem?: { text: string; email: string },
): Promise<Page> => {
  const language = speak(contest.language);
  const say = takeWords[language].check;
  const token = await formToken(contest.workspaceId, "check", contest.contestId, now);
  return {
    language,
    title: say.title,
    brand: await brandOf(contest.workspaceId, now),
    returnable: true,
    body: html`<p class="brand">${contest.title}</p><h1>${say.title}</h1>
<p id="how">${say.how}</p>
<form method="post" action="${pathOf(contest, "/check", language)}">
<input type="hidden" name="form" value="${token}">
<label for="email">${say.address}</label>
${problem && html`<p class="error" id="problem" role="alert">${problem.text}</p>`}
<input type="email" id="email" name="email" required maxlength="254" autocomplete="email" value="${problem?.email}" aria-invalid="${problem ? "true" : "false"}" aria-describedby="${problem ? "problem" : "how"}">
<button>${say.button}</button>
</form>
<p class="soft">${say.receipt}</p>
<p><a href="${pathOf(contest, "", language)}">${words[language].draw.back}</a></p>`,
  };
};

/** What everybody reads who asked. */
export const checkAskedPage = async (
  contest: Published,
  { now, speak }: Pick<Here, "now" | "speak">,
): Promise<Page> => {
  const language = speak(contest.language);
  const say = takeWords[language].check;
  return {
    language,
    title: say.asked,
    brand: await brandOf(contest.workspaceId, now),
    json: { status: "asked" },
    body: html`<p class="brand">${contest.title}</p><h1>${say.asked}</h1>
<p>${say.askedWhat}</p>
<a class="button quiet" href="${pathOf(contest, "", language)}">${words[language].draw.back}</a>`,
  };
};

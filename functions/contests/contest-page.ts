import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { Id } from "../platform/ids.ts";
import { formToken, type Html, html, type Page, type Visit } from "../platform/page.ts";
import { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { takes } from "./close.ts";
import { hasDraw, type Published, Status, winnerCount } from "./contest.ts";
import { entryKeys, readLinkToken } from "./entry.ts";
import { pathOf } from "./links.ts";
import { currentEntries } from "./table.ts";
import { timesIn, words } from "./words.ts";

// What the public sees of a contest: what can be won, and while it is open the form to enter by.

export const PublicContest = z
  .object({
    id: Id("contest"),
    slug: z.string(),
    status: Status,
    title: z.string(),
    description: z.string().optional(),
    language: Language,
    organiser: z.string(),
    promotes: z.string(),
    prizes: z.array(z.object({ description: z.string(), number: z.int(), valueCents: z.int() })),
    closesAt: z.iso.datetime(),
    drawAt: z.iso.datetime(),
    entries: z.int().describe("By now, a few seconds behind; exact once sealed."),
    cancelled: z.string().optional().describe("The reason."),
  })
  .meta({ id: "PublicContest" });

const publicContest = async (contest: Published, now: string): Promise<z.infer<typeof PublicContest>> =>
  PublicContest.parse({
    ...contest,
    id: contest.contestId,
    organiser: contest.organiser.name,
    entries: await currentEntries(contest, now),
    ...(contest.status === "cancelled" ? { cancelled: contest.reason } : {}),
  });

const prizeLines = (contest: Published, language: Language): string[] =>
  contest.prizes.map(({ number, description, valueCents }) =>
    words[language].enter.prize(number, description, words[language].euros(valueCents)),
  );

/** What whoever enters agrees to; its hash is kept with the entry. */
export const termsOf = (contest: Published, language: Language): string[] => {
  const at = timesIn(contest, language);
  return words[language].terms({
    title: contest.title,
    organiser: contest.organiser,
    promotes: contest.promotes,
    prizes: prizeLines(contest, language),
    opens: at(contest.openedAt),
    closes: at(contest.closesAt),
    draws: at(contest.drawAt),
    winners: winnerCount(contest),
    reserves: contest.reserves,
    ...contest.chances,
  });
};

const head = (contest: Published, language: Language): Html =>
  html`<p class="brand">${words[language].enter.brand(contest.organiser.name)}</p><h1>${contest.title}</h1>`;

const prizes = (contest: Published, language: Language): Html =>
  html`<h2>${words[language].enter.prizes}</h2><ul>${prizeLines(contest, language).map((line) => html`<li>${line}</li>`)}</ul>`;

/** What stands where the form stood. */
const overPart = (contest: Published, language: Language): Html => {
  const say = words[language].over;
  const at = timesIn(contest, language);
  const toDraw = html`<a class="button" href="${pathOf(contest, "/draw", language)}">${say.toDraw}</a>`;
  if (contest.status === "cancelled")
    return html`<div class="error"><p>${say.cancelled}</p><p>${contest.reason}</p></div>`;
  const closed = html`<p>${say.closed(at(contest.closesAt))}</p>`;
  if (hasDraw(contest)) return html`${closed}<p>${say.drawn}</p>${toDraw}`;
  if (contest.status === "final") return html`${closed}<p>${words[language].draw.stages.none}</p>`;
  return html`${closed}<p>${say.willDraw(at(contest.drawAt))}</p>${toDraw}`;
};

/** By a friend's personal link, by one that is not right, or without. */
export type Came = { by: "friend"; token: string } | { by: "broken-link" } | { by: "itself" };

export const cameBy = async (contest: Published, token: string): Promise<Came> =>
  readLinkToken(await entryKeys(contest), token) === undefined ? { by: "broken-link" } : { by: "friend", token };

export type Here = Pick<Visit<{ slug: string }>, "params" | "now" | "speak">;

const enterPart = async (
  contest: Published,
  here: Here,
  came: Came,
  problem: { text: string; email: string } | undefined,
): Promise<Html> => {
  const { now, speak } = here;
  const language = speak(contest.language);
  const say = words[language].enter;
  const token = await formToken(contest.workspaceId, "enter", contest.contestId, now);
  const action = pathOf(contest, came.by === "friend" ? `/r/${came.token}` : "", language);
  return html`${came.by === "friend" && html`<p class="good">${say.broughtBy}</p>`}
${came.by === "broken-link" && html`<p class="error">${say.brokenLink}</p>`}
<h2>${say.heading}</h2>
<form method="post" action="${action}">
<input type="hidden" name="form" value="${token}">
<label for="email">${say.address}</label>
${problem && html`<p class="error" id="problem" role="alert">${problem.text}</p>`}
<input type="email" id="email" name="email" required maxlength="254" autocomplete="email" value="${problem?.email}" aria-invalid="${problem ? "true" : "false"}" aria-describedby="${problem ? "problem" : "hint"}">
<p class="soft" id="hint">${say.hint}</p>
<button>${say.button}</button>
<p class="soft">${say.agree}</p>
</form>
<details><summary>${say.terms}</summary>${termsOf(contest, language).map((text) => html`<p>${text}</p>`)}</details>`;
};

/** The page of a contest as it is now; `problem` says why a form came back. */
export const contestPage = async (
  contest: Published,
  here: Here,
  came: Came,
  problem?: { text: string; email: string },
): Promise<Page> => {
  const { now, speak } = here;
  const language = speak(contest.language);
  const say = words[language].enter;
  const at = timesIn(contest, language);
  const count = await currentEntries(contest, now);
  const isOpen = takes(contest, milliseconds(now));
  return {
    language,
    title: contest.title,
    description: contest.description ?? say.until(at(contest.closesAt)),
    brand: await brandOf(contest.workspaceId, now),
    json: await publicContest(contest, now),
    ...(isOpen ? { returnable: true as const } : {}),
    body: html`${head(contest, language)}
${contest.description !== undefined && html`<p>${contest.description}</p>`}
${prizes(contest, language)}
${isOpen ? html`<p>${say.until(at(contest.closesAt))} ${say.drawn(at(contest.drawAt))}</p>` : overPart(contest, language)}
${count > 0 && html`<p class="soft">${say.entrants(count)}</p>`}
${isOpen && (await enterPart(contest, here, came, problem))}
${isOpen && html`<p><a href="${pathOf(contest, "/draw", language)}">${say.howDrawn}</a></p>`}`,
  };
};

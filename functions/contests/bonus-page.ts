import * as z from "zod";
import { clock, instant } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { Slug } from "../platform/ids.ts";
import { checkForm, formToken, type Html, html, type Page, page, type Visit } from "../platform/page.ts";
import { put } from "../platform/table.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { asksForCode, earned, readCode, tryCode } from "./bonus.ts";
import type { Published } from "./contest.ts";
import type { There } from "./elsewhere.ts";
import { entryKeys, placeOf } from "./entry.ts";
import { contestHere } from "./here.ts";
import { openPersonal, pathOf, personalPath } from "./links.ts";
import { setupWords } from "./setup-words.ts";
import { entries, findEntry } from "./table.ts";

// Codes, where people enter them: beside the address, where it rides in the confirmation, or later on their own page.

/** As it is typed; what it opens is found by its hash. */
export const GivenCode = z.string().trim().max(60);

/** The bit of what a form's code opens, 0 where it opens nothing; undefined where none was given. */
export const bonusOfForm = async (contest: Published, code: string | undefined): Promise<number | undefined> =>
  code === undefined || code === "" || !asksForCode(contest) ? undefined : (await readCode(contest, code)).bit;

const field = (hint: string, label: string, given: string | undefined, problem: string | undefined): Html =>
  html`<label for="code">${label}</label>
${problem !== undefined && html`<p class="error" id="code-problem" role="alert">${problem}</p>`}
<input type="text" id="code" name="code" maxlength="60" autocomplete="off" autocapitalize="characters" spellcheck="false" value="${given}" aria-invalid="${problem === undefined ? "false" : "true"}" aria-describedby="${problem === undefined ? "code-hint" : "code-problem"}">
<p class="soft" id="code-hint">${hint}</p>`;

/** Beside the address, where the contest has codes. */
export const codeField = (contest: Published, language: Language, given?: string): Html => {
  const say = setupWords[language].code;
  return asksForCode(contest) ? field(say.optional, say.label, given, undefined) : html``;
};

/** What became of the code that was given with the address. */
export const codeNote = (contest: Published, bonus: number | undefined, language: Language): Html => {
  const say = setupWords[language].code;
  if (bonus === undefined) return html``;
  const [opened] = earned(contest.chances, bonus);
  return opened
    ? html`<p class="good">${say.rightAtEntry(opened.label, opened.tickets)}</p>`
    : html`<p class="error">${say.wrongAtEntry}</p>`;
};

const codeForm = async (
  contest: Published,
  t: string,
  language: Language,
  now: string,
  problem?: { text: string; code: string },
): Promise<Html> => {
  const say = setupWords[language].code;
  const token = await formToken(contest.workspaceId, "code", contest.contestId, now);
  return html`<form method="post" action="${pathOf(contest, "/code", language)}">
<input type="hidden" name="form" value="${token}"><input type="hidden" name="t" value="${t}">
${field(say.hint, say.label, problem?.code, problem?.text)}
<button class="button quiet">${say.button}</button>
</form>`;
};

/** On somebody's own page: what gives more tickets, what of it they have, and while it is open the form for a code. */
export const bonusPart = async (
  contest: Published,
  of: { earned: readonly string[]; toEarn: readonly (There & { id: string })[]; t: string; isOpen: boolean },
  language: Language,
  now: string,
): Promise<Html> => {
  const { bonuses } = contest.chances;
  if (bonuses.length === 0) return html``;
  const say = setupWords[language].bonuses;
  const line = ({ id, kind, label, tickets }: (typeof bonuses)[number]) => {
    const there = of.toEarn.find((bonus) => bonus.id === id);
    return html`<li>${(of.earned.includes(id) ? say.earned : say.worth)(label, tickets)}${there && html`. <a href="${there.url}">${kind === "idea" ? say.toBoard : say.toPoll}</a>${there.address !== undefined && ` (${say.byAddress(there.address)})`}`}${kind === "idea" && of.isOpen && `. ${say.boardRule}`}</li>`;
  };
  return html`<h2>${say.heading}</h2><ul>${bonuses.map(line)}</ul>
${of.isOpen && asksForCode(contest) && (await codeForm(contest, of.t, language, now))}`;
};

// ── The code that is given later ────────────────────────────────────────────────────────────────────────────────────

const CodeUsed = z
  .object({
    outcome: z.enum(["earned", "had"]),
    bonus: z.object({ id: z.string(), label: z.string(), tickets: z.int() }),
  })
  .meta({ id: "CodeUsed" });

const Given = z.object({
  t: z.string().max(1024),
  code: GivenCode.min(1),
  form: z.string().max(2000).optional(),
});

const params = z.strictObject({ slug: Slug });
const codePage = async (
  contest: Published,
  visit: Pick<Visit, "speak" | "now">,
  t: string,
  problem: { text: string; code: string },
): Promise<Page> => {
  const language = visit.speak(contest.language);
  const { heading } = setupWords[language].bonuses;
  return {
    language,
    title: heading,
    brand: await brandOf(contest.workspaceId, visit.now),
    body: html`<p class="brand">${contest.title}</p><h1>${heading}</h1>
${await codeForm(contest, t, language, visit.now, problem)}
<p><a href="${pathOf(contest, "/me", language, t)}">${setupWords[language].code.toMe}</a></p>`,
  };
};

export const bonusRoutes = {
  useCode: page({
    method: "POST",
    path: "/c/{slug}/code",
    summary:
      "Uses a code after entering: it gives more tickets, once. After ten that are not right, no more are looked at.",
    params,
    form: Given,
    returns: CodeUsed,
    refuses: [
      ...["form_altered", "form_expired", "link_ended", "contest_not_open"],
      ...["code_unknown", "too_many_codes"],
    ],
    run: async (visit) => {
      const { form, now, arrivedMs, speak, wantsJson, save } = visit;
      const contest = await contestHere(visit);
      if (form.form !== undefined || !wantsJson)
        await checkForm(contest.workspaceId, "code", contest.contestId, form.form ?? "", now);
      const identity = await openPersonal(contest, form.t, now);
      const entry = await findEntry(placeOf(contest, await entryKeys(contest), identity), now);
      if (!entry) return refuse("link_ended", "This entry is no longer kept.");
      const code = await readCode(contest, form.code);
      const tried = tryCode(contest, entry, code, { arrivedMs, now: instant(clock.now()) });
      if (tried.entry !== entry) await save([put(entries, tried.entry)]);
      const [opened] = earned(contest.chances, code.bit);
      if (!opened) return refuse("code_unknown", "This contest has no such code. Check it for a letter too many.");
      const language = speak(contest.language);
      if (!wantsJson) return { seeOther: await personalPath(contest, identity, language) };
      return { language, title: opened.label, body: html``, json: { outcome: tried.outcome, bonus: opened } };
    },
    again: async (visit, refusal) => {
      const contest = await contestHere(visit);
      const { t = "", code = "" } = visit.form;
      const say = setupWords[visit.speak(contest.language)].code;
      if (refusal.code === "too_many_codes") return codePage(contest, visit, t, { text: say.spent, code: "" });
      if (refusal.code === "link_ended" || refusal.code === "contest_not_open") throw refusal;
      return codePage(contest, visit, t, { text: refusal.code === "code_unknown" ? say.wrong : say.again, code });
    },
  }),
};

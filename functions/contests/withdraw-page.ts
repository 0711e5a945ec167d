import * as z from "zod";
import { refuse } from "../platform/errors.ts";
import { Slug } from "../platform/ids.ts";
import { checkForm, formToken, html, type Page, page, type Visit } from "../platform/page.ts";
import { persist, put } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Published } from "./contest.ts";
import { type Entry, entryKeys, placeOf } from "./entry.ts";
import { isUndecided } from "./exclude.ts";
import { words as fairWords } from "./fair-words.ts";
import { contestHere } from "./here.ts";
import { openPersonal, pathOf } from "./links.ts";
import { entries, findEntry } from "./table.ts";
import { takeWords } from "./take-words.ts";
import { contestNow, whileUndecided } from "./undecided.ts";
import { withdraw } from "./withdraw.ts";

// Leaving, from one's own page: a question with one button, since it cannot be undone.

const params = z.strictObject({ slug: Slug });
const Token = z.string().max(1024);
const Given = z.object({ t: Token, form: z.string().max(2000).optional() });
const Withdrawn = z.object({ entryId: z.string(), withdrawnAt: z.iso.datetime() }).meta({ id: "EntryWithdrawn" });

type Here = Pick<Visit<{ slug: string }>, "params" | "now" | "owner" | "speak">;

const entryBehind = async (contest: Published, token: string, now: string): Promise<Entry> => {
  const identity = await openPersonal(contest, token, now);
  const entry = await findEntry(placeOf(contest, await entryKeys(contest), identity), now);
  return entry ?? refuse("link_ended", "This entry is no longer kept.");
};

const withdrawPage = async (contest: Published, here: Here, t: string): Promise<Page> => {
  const { now, speak } = here;
  const language = speak(contest.language);
  const say = takeWords[language].withdraw;
  const token = await formToken(contest.workspaceId, "withdraw", contest.contestId, now);
  const stay = pathOf(contest, "/me", language, t);
  return {
    language,
    title: say.title,
    brand: await brandOf(contest.workspaceId, now),
    body: html`<p class="brand">${contest.title}</p><h1>${say.title}</h1>
${
  isUndecided(contest)
    ? html`${say.what(contest.title).map((line) => html`<p>${line}</p>`)}
<form method="post" action="${pathOf(contest, "/withdraw", language)}">
<input type="hidden" name="form" value="${token}"><input type="hidden" name="t" value="${t}">
<button>${say.yes}</button>
</form>`
    : html`<p class="error">${say.tooLate}</p>`
}
<a class="button quiet" href="${stay}">${say.no}</a>
<p><a href="${pathOf(contest, "/erase", language, t)}">${fairWords[language].erase.link}</a></p>`,
  };
};

export const withdrawRoutes = {
  showWithdrawal: page({
    method: "GET",
    path: "/c/{slug}/withdraw",
    summary: "Asks whether somebody wants to leave. Opening it changes nothing.",
    params,
    query: z.strictObject({ t: Token.default("") }),
    refuses: ["link_ended"],
    run: async (visit) => {
      const contest = await contestHere(visit);
      await entryBehind(contest, visit.query.t, visit.now);
      return withdrawPage(contest, visit, visit.query.t);
    },
  }),
  withdrawEntry: page({
    method: "POST",
    path: "/c/{slug}/withdraw",
    summary: "Withdraws an entry, while the list is not sealed. A second time changes nothing.",
    params,
    form: Given,
    returns: Withdrawn,
    refuses: ["form_altered", "form_expired", "link_ended", "contest_sealed"],
    run: async (visit) => {
      const { form, now, speak, wantsJson, save } = visit;
      const contest = await contestHere(visit);
      if (form.form !== undefined || !wantsJson)
        await checkForm(contest.workspaceId, "withdraw", contest.contestId, form.form ?? "", now);
      const next = await persist(async () => {
        const standing = await contestNow(visit);
        const entry = await entryBehind(standing, form.t, now);
        const [withdrawn, events] = withdraw(standing, entry, now);
        if (withdrawn !== entry) await save([put(entries, withdrawn, events), ...whileUndecided(standing)]);
        return withdrawn;
      });
      const language = speak(contest.language);
      if (!wantsJson) return { seeOther: pathOf(contest, "/me", language, form.t) };
      const json: z.infer<typeof Withdrawn> = { entryId: next.id, withdrawnAt: next.withdrawnAt ?? now };
      return { language, title: contest.title, body: html``, json };
    },
    again: async (visit, refusal) => {
      if (refusal.code === "link_ended" || visit.form.t === undefined) throw refusal;
      return withdrawPage(await contestHere(visit), visit, visit.form.t);
    },
  }),
};

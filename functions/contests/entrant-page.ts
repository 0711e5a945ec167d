import * as z from "zod";
import { instant } from "../platform/clock.ts";
import { Refusal, refuse } from "../platform/errors.ts";
import { Slug } from "../platform/ids.ts";
import { checkForm, type Page, page, pages, type Visit } from "../platform/page.ts";
import { unwrapAhead } from "../platform/secrets.ts";
import { linkEndedPage, overPage } from "./asked-page.ts";
import { bonusRoutes } from "./bonus-page.ts";
import { takes } from "./close.ts";
import { confirm, confirmPage } from "./confirmation.ts";
import type { Published } from "./contest.ts";
import { entryKeys, placeOf } from "./entry.ts";
import { contestHere } from "./here.ts";
import { openConfirmation, openPersonal, personalPath } from "./links.ts";
import { PersonalView, personalPage, viewEntry } from "./personal-page.ts";
import { currentEntries, findEntry } from "./table.ts";
import { words } from "./words.ts";

// What follows an address (page.ts): a button behind a mailed link, and a personal page with a link to share.

/** An entry must be written, or not at all, well before the entries are counted (see close.ts): this ends it. */
export const limits = { timeoutSeconds: 20 };

const params = z.strictObject({ slug: Slug });
const Token = z.string().max(1024);
const tokenQuery = z.strictObject({ t: Token.default("") });

/** A page by a mailed link; where that is over, what one can do instead. */
const orLinkEnded = async (
  contest: Published,
  visit: Pick<Visit, "now" | "speak" | "wantsJson">,
  show: () => Promise<Page>,
): Promise<Page> => {
  try {
    return await show();
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "link_ended" || visit.wantsJson) throw error;
    return linkEndedPage(contest, visit);
  }
};

const Confirmed = z.object({
  t: Token,
  form: z.string().max(2000).optional(),
  altcha: z
    .string()
    .max(4000)
    .optional()
    .describe(
      "The solved `challenge` of the page behind the link, as ALTCHA's widget sends it. Without it the entry counts all the same, and carries a mark.",
    ),
});

/** What one entrant sees, by the link to their own page. */
const entrantsPage = async (
  contest: Published,
  { query, now, speak }: Pick<Visit<unknown, { t: string }>, "query" | "now" | "speak">,
): Promise<Page> => {
  const identity = await openPersonal(contest, query.t, now);
  const keys = await entryKeys(contest);
  const [entry, count] = await Promise.all([
    findEntry(placeOf(contest, keys, identity), now),
    currentEntries(contest, now),
  ]);
  if (!entry) return refuse("link_ended", "This entry is no longer kept.");
  const language = speak(contest.language);
  const view = await viewEntry(contest, entry, identity, keys, language, now);
  return personalPage(contest, view, count, language, now);
};

export const routes = {
  ...bonusRoutes,
  showConfirmation: page({
    method: "GET",
    path: "/c/{slug}/confirm",
    summary: "The page behind the mailed link, with one button. Opening it changes nothing.",
    params,
    query: tokenQuery,
    refuses: ["link_ended"],
    run: async (visit) => {
      const contest = await contestHere(visit, unwrapAhead);
      return orLinkEnded(contest, visit, () => confirmPage(contest, visit, visit.query.t));
    },
  }),
  confirmEntry: page({
    method: "POST",
    path: "/c/{slug}/confirm",
    summary:
      "Confirms an entry. What counts is that this arrives before the close; a second time gives the first receipt.",
    params,
    form: Confirmed,
    returns: PersonalView,
    refuses: ["form_altered", "form_expired", "contest_not_open", "link_ended"],
    run: async (visit) => {
      const { form, now, arrivedMs, speak, wantsJson } = visit;
      const contest = await contestHere(visit, unwrapAhead);
      if (form.form !== undefined || !wantsJson)
        await checkForm(contest.workspaceId, "confirm", contest.contestId, form.form ?? "", now);
      if (!takes(contest, arrivedMs)) return refuse("contest_not_open", "This contest takes no entries now.");
      const confirmation = await openConfirmation(contest, form.t, instant(arrivedMs));
      const language = speak(confirmation.language);
      const entry = await confirm(contest, confirmation, language, { ...visit, proof: form.altcha });
      const { identity } = confirmation;
      if (!wantsJson) return { seeOther: await personalPath(contest, identity, language) };
      const [view, count] = await Promise.all([
        viewEntry(contest, entry, identity, await entryKeys(contest), language, now),
        currentEntries(contest, now),
      ]);
      return personalPage(contest, view, count, language, now);
    },
    again: async (visit, refusal) => {
      const contest = await contestHere(visit, unwrapAhead);
      if (refusal.code === "contest_not_open") return overPage(contest, visit);
      if (refusal.code === "link_ended") return linkEndedPage(contest, visit);
      const problem = words[visit.speak(contest.language)].problems.form;
      return confirmPage(contest, visit, visit.form.t ?? "", problem);
    },
  }),
  showEntry: page({
    method: "GET",
    path: "/c/{slug}/me",
    summary: "The personal page: chances, the link to share, the receipt, and after the draw the result.",
    params,
    query: tokenQuery,
    returns: PersonalView,
    refuses: ["link_ended"],
    run: async (visit) => {
      const contest = await contestHere(visit, unwrapAhead);
      return orLinkEnded(contest, visit, () => entrantsPage(contest, visit));
    },
  }),
};

export const handler = pages(routes);

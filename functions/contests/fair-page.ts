import * as z from "zod";
import { type Refusal, refuse } from "../platform/errors.ts";
import { Id, Slug } from "../platform/ids.ts";
import { checkForm, formToken, type Html, html, type Page, page, type Visit } from "../platform/page.ts";
import { persist, put } from "../platform/table.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { countableAt } from "./close.ts";
import { hasLedger, type Published } from "./contest.ts";
import { type Entry, entryKeys, isErased, placeOf } from "./entry.ts";
import { dispute, type Exclusion, isUndecided } from "./exclude.ts";
import { reasonOf } from "./exclusions.ts";
import { words } from "./fair-words.ts";
import { contestHere } from "./here.ts";
import { openPersonal, pathOf } from "./links.ts";
import { eraseWinner } from "./replace.ts";
import { entries, exclusions, findEntry, findExclusion, readExclusions } from "./table.ts";
import { contestNow, whileUndecided } from "./undecided.ts";
import { eraseEntry } from "./withdraw.ts";
import { timesIn } from "./words.ts";

// Behind the links of somebody's own page and mails: to be erased, and to object to being excluded. Each is a page with one
// button; opening it changes nothing, and pressing twice is the same as once.

const params = z.strictObject({ slug: Slug });
const Token = z.string().max(1024);
const tokenQuery = z.strictObject({ t: Token.default("") });
const Pressed = z.object({ t: Token, form: z.string().max(2000).optional() });

const Forgotten = z
  .object({ contestId: Id("contest"), status: z.enum(["kept", "erasing", "erased"]) })
  .meta({ id: "EntryErasure" });
const Objection = z
  .object({
    contestId: Id("contest"),
    entryId: Id("entry"),
    status: z.enum(["takes_part", "excluded", "disputed", "upheld", "undone"]),
    reason: z.string().optional(),
    sentence: z.string().optional(),
    objectBefore: z.iso.datetime().describe("Then it is fixed who takes part."),
  })
  .meta({ id: "EntryObjection" });
export const PublicExclusions = z
  .object({
    contestId: Id("contest"),
    count: z.int(),
    root: z.string().describe("Committed before the draw: FairDraw 1, section 2."),
    exclusions: z.array(z.object({ commit: z.string(), reason: z.int() })),
  })
  .meta({ id: "PublicExclusions" });

type Here = Pick<Visit<{ slug: string }>, "params" | "now" | "owner">;

const entryOf = async (contest: Published, t: string, now: string): Promise<Entry> => {
  const identity = await openPersonal(contest, t, now);
  const entry = await findEntry(placeOf(contest, await entryKeys(contest), identity), now);
  return entry ?? refuse("link_ended", "This entry is no longer kept.");
};

type Found = { contest: Published; entry: Entry };
const here = async (visit: Here, t: string): Promise<Found> => {
  const contest = await contestNow(visit);
  return { contest, entry: await entryOf(contest, t, visit.now) };
};

type FormName = "erase" | "object";
const checkPressed = async (
  { workspaceId, contestId }: Published,
  name: FormName,
  token: string | undefined,
  { now, wantsJson }: Pick<Visit, "now" | "wantsJson">,
): Promise<void> => {
  if (token !== undefined || !wantsJson) await checkForm(workspaceId, name, contestId, token ?? "", now);
};

const button = async (
  contest: Published,
  of: { name: FormName; path: string; t: string; label: string },
  language: Language,
  now: string,
): Promise<Html> => {
  const token = await formToken(contest.workspaceId, of.name, contest.contestId, now);
  return html`<form method="post" action="${pathOf(contest, of.path, language)}">
<input type="hidden" name="form" value="${token}"><input type="hidden" name="t" value="${of.t}">
<button>${of.label}</button>
</form>`;
};

const paged = async (
  contest: Published,
  language: Language,
  now: string,
  of: { title: string; problem?: string | undefined; json: unknown; body: Html },
): Promise<Page> => ({
  language,
  title: of.title,
  brand: await brandOf(contest.workspaceId, now),
  json: of.json,
  body: html`<p class="brand">${contest.title}</p><h1>${of.title}</h1>
${of.problem !== undefined && html`<p class="error" role="alert">${of.problem}</p>`}
${of.body}`,
});

type Spoken = Pick<Visit, "speak" | "now">;

// ── Being erased ────────────────────────────────────────────────────────────────────────────────────────────────────

const erasePage = async ({ contest, entry }: Found, t: string, { speak, now }: Spoken, problem?: string) => {
  const language = speak(entry.language ?? contest.language);
  const say = words[language].erase;
  if (entry.erasesAt !== undefined) return erasingPage(contest, language, now);
  return paged(contest, language, now, {
    title: say.title,
    problem,
    json: { contestId: contest.contestId, status: "kept" },
    body: html`<p>${say.text}</p><p>${isUndecided(contest) ? say.before : say.after}</p>
${await button(contest, { name: "erase", path: "/erase", t, label: say.button }, language, now)}
<p><a href="${pathOf(contest, "/me", language, t)}">${words[language].back}</a></p>`,
  });
};

const erasingPage = (contest: Published, language: Language, now: string) => {
  const { waiting, waitingText } = words[language].erase;
  return paged(contest, language, now, {
    title: waiting,
    json: { contestId: contest.contestId, status: "erasing" },
    body: html`<p class="good">${waitingText}</p>`,
  });
};

const erasedPage = (contest: Published, language: Language, now: string) => {
  const { done, doneText } = words[language].erase;
  return paged(contest, language, now, {
    title: done,
    json: { contestId: contest.contestId, status: "erased" },
    body: html`<p class="good">${doneText}</p>`,
  });
};

// ── Objecting ───────────────────────────────────────────────────────────────────────────────────────────────────────

type Told = Found & { exclusion: Exclusion | undefined };
const told = async (visit: Here, t: string): Promise<Told> => {
  const { contest, entry } = await here(visit, t);
  return { contest, entry, exclusion: await findExclusion(contest, entry.id, visit.now) };
};

const objectionPage = async (
  { contest, entry, exclusion }: Told,
  t: string,
  { speak, now }: Spoken,
  problem?: string,
) => {
  const language = speak(entry.language ?? contest.language);
  const say = words[language].excluded;
  const { contestId, organiser } = contest;
  const toMe = html`<p><a href="${pathOf(contest, "/me", language, t)}">${words[language].back}</a></p>`;
  const objectBefore = countableAt(contest);
  if (!exclusion || exclusion.status === "undone" || entry.excluded !== exclusion.reason)
    return paged(contest, language, now, {
      title: contest.title,
      json: { contestId, entryId: entry.id, status: exclusion?.status ?? "takes_part", objectBefore },
      body: html`<p>${exclusion?.status === "undone" ? say.undone : say.none}</p>${toMe}`,
    });
  const { status, reason, sentence } = exclusion;
  const next = async (): Promise<Html> => {
    if (status === "upheld") return html`<p>${say.upheld}</p>`;
    if (status === "disputed") return html`<p class="good">${say.disputed}</p>`;
    if (!isUndecided(contest)) return html`<p>${say.tooLate}</p>`;
    return html`<p>${say.until(timesIn(contest, language)(contest.closesAt))}</p>
${await button(contest, { name: "object", path: "/objection", t, label: say.button }, language, now)}`;
  };
  return paged(contest, language, now, {
    title: say.title,
    problem,
    json: {
      contestId,
      entryId: entry.id,
      status,
      reason: reasonOf(reason),
      ...(sentence === undefined ? {} : { sentence }),
      objectBefore,
    },
    body: html`<p>${say.text(words[language].reasons[reasonOf(reason)])}</p>
${sentence !== undefined && html`<p>${say.sentence(organiser.name)}</p><blockquote>${sentence}</blockquote>`}
${await next()}${toMe}`,
  });
};

// ── The routes ──────────────────────────────────────────────────────────────────────────────────────────────────────

const formRefuses = ["form_altered", "form_expired", "link_ended"];
/** What a form that is too old or was altered comes back with. Anything else is said by itself. */
const again = (refusal: Refusal): void => {
  if (refusal.code !== "form_altered" && refusal.code !== "form_expired") throw refusal;
};
const problemIn = (visit: Spoken, { contest, entry }: Found): string =>
  words[visit.speak(entry.language ?? contest.language)].form;

export const fairRoutes = {
  showErasure: page({
    method: "GET",
    path: "/c/{slug}/erase",
    summary: "The page to have one's data erased, with one button. Opening it changes nothing.",
    params,
    query: tokenQuery,
    returns: Forgotten,
    refuses: ["link_ended"],
    run: async (visit) => erasePage(await here(visit, visit.query.t), visit.query.t, visit),
  }),
  eraseOwnEntry: page({
    method: "POST",
    path: "/c/{slug}/erase",
    summary:
      "Erases who an entry is of. Before the entries are frozen it takes no part any more; while they are counted it waits; afterwards the sealed list stands.",
    params,
    form: Pressed,
    returns: Forgotten,
    refuses: formRefuses,
    run: async (visit) => {
      const { form, now, speak, save } = visit;
      await checkPressed(await contestNow(visit), "erase", form.form, visit);
      return persist(async () => {
        const { contest, entry } = await here(visit, form.t);
        const [left, events] = eraseEntry(contest, entry, now);
        const prize = isErased(left) ? await eraseWinner(entry, now) : [];
        await save([put(entries, left, events), ...whileUndecided(contest), ...prize]);
        const language = speak(entry.language ?? contest.language);
        return isErased(left) ? erasedPage(contest, language, now) : erasingPage(contest, language, now);
      });
    },
    again: async (visit, refusal) => {
      again(refusal);
      const { t = "" } = visit.form;
      const of = await here(visit, t);
      return erasePage(of, t, visit, problemIn(visit, of));
    },
  }),
  showObjection: page({
    method: "GET",
    path: "/c/{slug}/objection",
    summary: "Says why an entry was excluded, with one button to object. Opening it changes nothing.",
    params,
    query: tokenQuery,
    returns: Objection,
    refuses: ["link_ended"],
    run: async (visit) => objectionPage(await told(visit, visit.query.t), visit.query.t, visit),
  }),
  objectToExclusion: page({
    method: "POST",
    path: "/c/{slug}/objection",
    summary: "Objects to being excluded, until the entries are frozen. A second time is the same.",
    params,
    form: Pressed,
    returns: Objection,
    refuses: [...formRefuses, "contest_sealed", "exclusion_decided"],
    run: async (visit) => {
      const { form, now, save } = visit;
      await checkPressed(await contestNow(visit), "object", form.form, visit);
      return persist(async () => {
        const { contest, entry, exclusion } = await told(visit, form.t);
        if (!exclusion) return refuse("exclusion_decided", "This entry is not excluded.");
        const [disputed, events] = dispute(contest, exclusion, now);
        if (events.length > 0) await save([put(exclusions, disputed, events), ...whileUndecided(contest)]);
        return objectionPage({ contest, entry, exclusion: disputed }, form.t, visit);
      });
    },
    again: async (visit, refusal) => {
      const { t = "" } = visit.form;
      const of = await told(visit, t);
      if (refusal.code === "contest_sealed" || refusal.code === "exclusion_decided") return objectionPage(of, t, visit);
      again(refusal);
      return objectionPage(of, t, visit, problemIn(visit, of));
    },
  }),
  listPublicExclusions: page({
    method: "GET",
    path: "/c/{slug}/exclusions.json",
    summary: "Who takes no part, by commit, and why: what the second tree of the commitment was made of.",
    params,
    returns: PublicExclusions,
    refuses: ["contest_not_sealed"],
    run: async (visit) => {
      const contest = await contestHere(visit);
      if (!hasLedger(contest) || !contest.exclusions)
        return refuse("contest_not_sealed", "It is not fixed yet who takes part.");
      const { count, root, key } = contest.exclusions;
      const listed: z.infer<typeof PublicExclusions> = {
        contestId: contest.contestId,
        count,
        root,
        exclusions: await readExclusions(key),
      };
      return {
        language: visit.speak(contest.language),
        title: contest.title,
        body: html``,
        document: { type: "application/json; charset=utf-8", text: JSON.stringify(listed) },
      };
    },
  }),
};

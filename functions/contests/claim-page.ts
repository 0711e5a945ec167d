import * as z from "zod";
import { type Refusal, refuse } from "../platform/errors.ts";
import { Id, Slug } from "../platform/ids.ts";
import { checkForm, formToken, type Html, html, type Page, page, type Visit } from "../platform/page.ts";
import { persist, put } from "../platform/table.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import {
  type Claim,
  claimEnded,
  claimPrize,
  type Details,
  hasDetails,
  isWaiting,
  openDetails,
  sealDetails,
  shownAs,
} from "./claim.ts";
import { openClaimLink } from "./claim-link.ts";
import { claimWords } from "./claim-words.ts";
import { Eligibility, hasWinners, prizeOf, type WithWinners } from "./contest.ts";
import { iMayEnter } from "./eligibility.ts";
import { contestHere } from "./here.ts";
import { pathOf } from "./links.ts";
import { strikeOf, winningPositions } from "./outcome.ts";
import { claims, findClaim } from "./table.ts";
import { timesIn } from "./words.ts";

// Behind the link in a winner's mail: how the prize gets to them, and one button. Opening it changes nothing; pressing twice
// is the same claim.

const params = z.strictObject({ slug: Slug });
const Token = z.string().max(1024);

/** What is asked: one line each. */
const Line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^\P{C}*$/u);
/** A box that is not ticked is not sent. */
const Box = z.union([z.boolean(), z.enum(["yes"]).transform(() => true)]).default(false);
const Asked = z.object({
  t: Token,
  form: z.string().max(2000).optional(),
  name: Line(100),
  town: Line(60),
  contact: Line(300).describe("An address or a telephone number: how the prize gets to the winner."),
  eligible: Box.describe(
    "That the winner meets the contest's `eligibility`: as old, and living where it says. Needed where it says anything.",
  ),
  showName: Box.describe("Whether the public may read the whole name; otherwise initials and town are shown."),
});

export const ClaimView = z
  .object({
    contestId: Id("contest"),
    entryId: Id("entry"),
    position: z.int(),
    prize: z.string(),
    eligibility: Eligibility,
    status: z.enum(["waiting", "claimed"]),
    deadline: z.iso.datetime(),
    claimedAt: z.iso.datetime().optional(),
    shownAs: z.string().optional().describe("What the public reads of the winner."),
  })
  .meta({ id: "PrizeClaim" });

type Here = Pick<Visit<{ slug: string }>, "params" | "now" | "owner">;
type Found = { contest: WithWinners; claim: Claim; prize: string };

const claimHere = async (visit: Here, token: string): Promise<Found> => {
  const contest = await contestHere(visit);
  const { position, entryId } = await openClaimLink(contest, token, visit.now);
  const claim = await findClaim(contest, position, visit.now);
  if (!hasWinners(contest) || claim?.entryId !== entryId)
    return refuse("link_ended", "This link is of no prize any more.");
  return { contest, claim, prize: prizeOf(contest, winningPositions(contest).indexOf(position)) ?? "" };
};

const isOpen = (claim: Claim, now: string): boolean => isWaiting(claim) && now < claim.deadline;
const isOver = (claim: Claim, now: string): boolean => claim.status !== "claimed" && !isOpen(claim, now);

const viewClaim = ({ contest, claim, prize }: Found, details: Details | undefined): z.infer<typeof ClaimView> => ({
  contestId: contest.contestId,
  entryId: claim.entryId,
  position: claim.position,
  prize,
  eligibility: contest.eligibility,
  status: claim.status === "claimed" ? "claimed" : "waiting",
  deadline: claim.deadline,
  ...(claim.status === "claimed" ? { claimedAt: claim.claimedAt } : {}),
  ...(details ? { shownAs: shownAs(details) } : {}),
});

/** What came back, to be mended. */
type Draft = {
  name?: string | undefined;
  town?: string | undefined;
  contact?: string | undefined;
  eligible: boolean;
  showName: boolean;
};

const form = async (
  { contest, claim }: Found,
  language: Language,
  t: string,
  now: string,
  draft: Draft | undefined,
): Promise<Html> => {
  const say = claimWords[language].page;
  const token = await formToken(contest.workspaceId, "claim", contest.contestId, now);
  const field = (name: "name" | "town" | "contact", label: string, autocomplete: string, most: number, hint?: string) =>
    html`<label for="${name}">${label}</label>
<input type="text" id="${name}" name="${name}" required maxlength="${most}" autocomplete="${autocomplete}" value="${draft?.[name] ?? ""}" aria-invalid="${draft && !draft[name]?.trim() ? "true" : "false"}" aria-describedby="${hint === undefined ? "who" : `${name}-hint`}">
${hint !== undefined && html`<p class="soft" id="${name}-hint">${hint}</p>`}`;
  const box = (name: "eligible" | "showName", label: string, hint: string) =>
    html`<label class="choice"><input type="checkbox" name="${name}" value="yes"${draft?.[name] ? html` checked` : ""}${name === "eligible" && html` required`} aria-describedby="${name}-hint"> <span>${label}</span></label>
<p class="soft" id="${name}-hint">${hint}</p>`;
  const mine = iMayEnter(contest, language);
  const isFilledIn = [draft?.name, draft?.town, draft?.contact].every((line) => line?.trim());
  const problem = mine !== undefined && draft && !draft.eligible && isFilledIn ? say.notSaid : say.problem;
  return html`<p>${say.ask(timesIn(contest, language)(claim.deadline))}</p>
${draft && html`<p class="error" role="alert">${problem}</p>`}
<form method="post" action="${pathOf(contest, "/claim", language, t)}">
<input type="hidden" name="form" value="${token}"><input type="hidden" name="t" value="${t}">
${field("name", say.name, "name", 100)}
${field("town", say.town, "address-level2", 60)}
${field("contact", say.contact, "street-address", 300, say.contactHint)}
${mine !== undefined && box("eligible", mine, say.elseNot)}
${box("showName", say.showName, say.shown)}
<button>${say.button}</button>
</form>
<p class="soft" id="who">${say.who(contest.organiser.name)}</p>`;
};

const claimPage = async (here: Found, language: Language, t: string, now: string, draft?: Draft): Promise<Page> => {
  const { contest, claim, prize } = here;
  const details = hasDetails(claim) ? await openDetails(claim) : undefined;
  const words = claimWords[language];
  const toDraw = (text: string) =>
    html`<p><a class="button quiet" href="${pathOf(contest, "/draw", language)}">${text}</a></p>`;
  const shown = async (): Promise<{ title: string; body: Html; status?: number }> => {
    if (claim.status === "claimed") {
      const say = words.done;
      const body = html`<p class="good">${say.text(prize)}</p><p>${say.next(contest.organiser.name)}</p>
${details && html`<p class="soft">${say.shown(shownAs(details))}</p>`}${toDraw(say.back)}`;
      return { title: say.title, body };
    }
    if (isOpen(claim, now)) {
      const say = words.page;
      return {
        title: say.title,
        body: html`<p class="good">${say.won(prize)}</p>${await form(here, language, t, now, draft)}`,
      };
    }
    const say = words.over;
    const reason = strikeOf(contest, claim.position)?.reason;
    const body = html`<p>${say.lapsed(timesIn(contest, language)(claim.deadline))}</p>
${reason !== undefined && html`<p>${say.struck(reason)}</p>`}${toDraw(say.back)}`;
    return { title: say.title, body, status: 410 };
  };
  const { title, body, status } = await shown();
  return {
    ...(status === undefined ? {} : { status }),
    language,
    title,
    brand: await brandOf(contest.workspaceId, now),
    ...(isOver(claim, now) ? {} : { json: ClaimView.parse(viewClaim(here, details)) }),
    body: html`<p class="brand">${contest.title}</p><h1>${title}</h1>${body}`,
  };
};

export const claimRoutes = {
  showClaim: page({
    method: "GET",
    path: "/c/{slug}/claim",
    summary:
      "The page behind the link that a winner is mailed: how the prize gets to them. Opening it changes nothing.",
    params,
    query: z.strictObject({ t: Token.default("") }),
    returns: ClaimView,
    refuses: ["link_ended", "claim_ended"],
    run: async (visit) => {
      const here = await claimHere(visit, visit.query.t);
      if (visit.wantsJson && isOver(here.claim, visit.now)) return claimEnded();
      return claimPage(here, visit.speak(here.contest.language), visit.query.t, visit.now);
    },
  }),
  claimPrize: page({
    method: "POST",
    path: "/c/{slug}/claim",
    summary: "Claims a prize, before its deadline. A second time it is the same claim.",
    params,
    form: Asked,
    returns: ClaimView,
    refuses: ["form_altered", "form_expired", "link_ended", "claim_ended"],
    run: async (visit) => {
      const { form: asked, now, save, wantsJson } = visit;
      const { contest } = await claimHere(visit, asked.t);
      if (asked.form !== undefined || !wantsJson)
        await checkForm(contest.workspaceId, "claim", contest.contestId, asked.form ?? "", now);
      const language = visit.speak(contest.language);
      const { name, town, contact, eligible, showName } = asked;
      const here = await persist(async () => {
        const standing = await claimHere(visit, asked.t);
        if (!wantsJson && isOver(standing.claim, now)) return standing;
        if (isOpen(standing.claim, now) && !eligible && iMayEnter(contest, language) !== undefined)
          return refuse("invalid_input", "This prize is for whoever meets the conditions of the contest.", [
            { pointer: "#/eligible", detail: "Say `true` where the winner does; otherwise the prize is not theirs." },
          ]);
        const details = await sealDetails(standing.claim, { name, town, contact, showName });
        const [claim, events] = claimPrize(standing.claim, details, now);
        if (events.length > 0) await save([put(claims, claim, events)]);
        return { ...standing, claim };
      });
      if (wantsJson || isOver(here.claim, now)) return claimPage(here, language, asked.t, now);
      return { seeOther: pathOf(contest, "/claim", language, asked.t) };
    },
    again: async (visit, refusal: Refusal) => {
      if (refusal.code !== "invalid_input" && refusal.code !== "form_expired" && refusal.code !== "form_altered")
        throw refusal;
      const { t = "", name, town, contact, eligible, showName } = visit.form;
      const here = await claimHere(visit, t);
      const draft = { name, town, contact, eligible: eligible === "yes", showName: showName === "yes" };
      return claimPage(here, visit.speak(here.contest.language), t, visit.now, draft);
    },
  }),
};

import * as z from "zod";
import { Slug } from "../platform/ids.ts";
import { type Html, html, type Page, page, type Visit } from "../platform/page.ts";
import { sha256 } from "../platform/secrets.ts";
import { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { type Published, type TermsVersion, winnerCount } from "./contest.ts";
import { contestHere } from "./here.ts";
import { pathOf } from "./links.ts";
import { setupWords } from "./setup-words.ts";
import { timesIn, words } from "./words.ts";

// The terms and the privacy statement of a contest, as they were published: each version word for word, known by its hash.
// terms-text.ts writes them.

type Texts = TermsVersion[Language];

/** The texts of now. A contest that opened before they were kept has the ones of then, which this code still writes. */
export const textsOf = (contest: Published, language: Language): Texts => {
  const newest = contest.terms.at(-1);
  if (newest) return newest[language];
  const terms = olderTerms(contest, language);
  return { terms, privacy: terms };
};

/** SHA-256 of a text as it was published: an entry keeps that of the terms that were shown. */
export const hashOf = (text: string): Buffer => sha256(text);

const olderTerms = (contest: Published, language: Language): string => {
  const at = timesIn(contest, language);
  const { enter, euros, terms } = words[language];
  return terms({
    title: contest.title,
    organiser: contest.organiser,
    promotes: contest.promotes,
    prizes: contest.prizes.map(({ number, description, valueCents }) =>
      enter.prize(number, description, euros(valueCents)),
    ),
    opens: at(contest.openedAt),
    closes: at(contest.closesAt),
    draws: at(contest.drawAt),
    winners: winnerCount(contest),
    reserves: contest.reserves,
    ...contest.chances,
  }).join("\n");
};

// ── How a text is shown ─────────────────────────────────────────────────────────────────────────────────────────────

/** `# ` begins a heading, an empty line ends a part, `- ` begins each line of a list. */
export const shown = (text: string, level: 2 | 3 = 2): Html[] =>
  text.split("\n\n").map((part) => {
    if (part.startsWith("# ")) {
      const heading = part.slice(2);
      return level === 2 ? html`<h2>${heading}</h2>` : html`<h3>${heading}</h3>`;
    }
    const lines = part.split("\n");
    return lines.every((line) => line.startsWith("- "))
      ? html`<ul>${lines.map((line) => html`<li>${line.slice(2)}</li>`)}</ul>`
      : html`${lines.map((line) => html`<p>${line}</p>`)}`;
  });

/** Where somebody enters: who may, the terms themselves, and where they and the privacy statement stand. */
export const agreedPart = (contest: Published, language: Language): Html => {
  const say = setupWords[language].terms;
  const { terms, who } = textsOf(contest, language);
  return html`${who !== undefined && html`<p class="soft">${who}</p>`}
<details><summary>${words[language].enter.terms}</summary>${shown(terms, 3)}</details>
<p class="soft"><a href="${pathOf(contest, "/terms", language)}">${say.link}</a> · <a href="${pathOf(contest, "/privacy", language)}">${say.privacyLink}</a></p>`;
};

// ── Their pages ─────────────────────────────────────────────────────────────────────────────────────────────────────

const PublicTerms = z
  .object({
    contestId: z.string(),
    language: Language,
    version: z.int().describe("From 1; the last one holds."),
    text: z.string().describe("Exactly this is hashed."),
    hash: z.string().describe("SHA-256 of the text in UTF-8, hex. An entry keeps that of the terms it agreed to."),
    versions: z.array(
      z.object({
        version: z.int(),
        at: z.iso.datetime(),
        hash: z.string().describe("Of the terms of this version, in this language."),
        rulesHash: z.string(),
        changes: z.array(z.string()).describe("In what it differs from the version before."),
      }),
    ),
  })
  .meta({ id: "PublicTerms" });

const params = z.strictObject({ slug: Slug });
const hex = (text: string): string => hashOf(text).toString("hex");

const versionsPart = (contest: Published, language: Language): Html => {
  const say = setupWords[language].terms;
  const at = timesIn(contest, language);
  const line = (of: TermsVersion, i: number) =>
    html`<li><a href="${pathOf(contest, "/terms", language)}${language === contest.language ? "?" : "&"}v=${i + 1}">${say.version(i + 1, at(of.at))}</a>${of.changes.map((change) => html`<br>${change[language]}`)}
<br><span class="code">${hex(of[language].terms)}</span></li>`;
  return html`<h2>${say.versions}</h2><p>${say.versionsWhy}</p><ol>${contest.terms.map(line)}</ol>`;
};

const textPage = async (
  contest: Published,
  which: "terms" | "privacy",
  asked: number | undefined,
  visit: Pick<Visit, "speak" | "now">,
): Promise<Page> => {
  const language = visit.speak(contest.language);
  const say = setupWords[language].terms;
  const count = Math.max(contest.terms.length, 1);
  const version = asked === undefined ? count : asked;
  const text = (contest.terms[version - 1]?.[language] ?? textsOf(contest, language))[which];
  const title = say[which](contest.title);
  return {
    language,
    title,
    brand: await brandOf(contest.workspaceId, visit.now),
    json: {
      contestId: contest.contestId,
      language,
      version,
      text,
      hash: hex(text),
      versions: contest.terms.map((of, i) => ({
        version: i + 1,
        at: of.at,
        hash: hex(of[language].terms),
        rulesHash: of.rulesHash,
        changes: of.changes.map((change) => change[language]),
      })),
    } satisfies z.infer<typeof PublicTerms>,
    body: html`<p class="brand">${contest.organiser.name}</p><h1>${title}</h1>
${version < count && html`<p class="error">${say.older} <a href="${pathOf(contest, `/${which}`, language)}">${say.newest}</a></p>`}
${shown(text)}
${which === "terms" && contest.terms.length > 0 && versionsPart(contest, language)}
<p><a href="${pathOf(contest, "", language)}">${say.back}</a></p>`,
  };
};

const versionQuery = z.strictObject({ v: z.coerce.number().int().min(1).max(100).optional().catch(undefined) });

export const termsRoutes = {
  showContestTerms: page({
    method: "GET",
    path: "/c/{slug}/terms",
    summary:
      "The terms of a contest, with each version that was ever published, its date, its hash and what it changed.",
    params,
    query: versionQuery,
    returns: PublicTerms,
    run: async (visit) => textPage(await contestHere(visit), "terms", visit.query.v, visit),
  }),
  showContestPrivacy: page({
    method: "GET",
    path: "/c/{slug}/privacy",
    summary: "What a contest keeps of whoever enters, why, how long, and what they can do.",
    params,
    returns: PublicTerms,
    run: async (visit) => textPage(await contestHere(visit), "privacy", undefined, visit),
  }),
};

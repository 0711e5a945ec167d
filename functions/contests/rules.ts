import * as z from "zod";
import { days, later, milliseconds, seconds } from "../platform/clock.ts";
import type { FieldError } from "../platform/errors.ts";
import type { Draft } from "./contest.ts";
import { gamingTax } from "./tax.ts";

// The rules of law and networks that apply to a set-up, as data: a limit or a text is corrected without touching code.
// Facts gathered from the regulator, the networks and law firms' summaries; none of it is legal advice.

// ── What the rules look at ──────────────────────────────────────────────────────────────────────────────────────────

/** The set-up. */
export type Setup = Pick<
  Draft,
  | "title"
  | "description"
  | "organiser"
  | "promotes"
  | "method"
  | "jury"
  | "eligibility"
  | "prizes"
  | "chances"
  | "newsletter"
  | "closesAt"
  | "drawAt"
>;

/** What stands around it: the networks of its channels, in their order, and the workspace's other contests that opened. */
export type Around = {
  networks: readonly string[];
  others: readonly Pick<Draft, "title" | "promotes" | "prizes">[];
};
export const nothingAround: Around = { networks: [], others: [] };

/** A game whose prizes are worth more in all is a large one, in euro cents. */
const smallGameCents = 450_000;

export const totalCents = (prizes: Setup["prizes"]): number =>
  prizes.reduce((sum, { number, valueCents }) => sum + number * valueCents, 0);
/** A game of chance under the code for large ones. */
export const isLargeGame = ({ method, prizes }: Pick<Setup, "method" | "prizes">): boolean =>
  method === "random" && totalCents(prizes) > smallGameCents;

/** How long a product, service or organisation has no other large game. */
export const largeGameYearMs = days(365);

// ── The rules ───────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * `check`: what is looked at, and `limit` in the check's own unit. `severity`: a contest cannot open while a rule that
 * blocks is broken; a warning is shown. `network`: whose rule it is, where it is one's. `date`: of the source. `sure`: P,
 * the network's or the regulator's own text; S, a secondary source; U, not verified.
 */
type Rule = {
  id: string;
  jurisdiction: "NL" | "EU" | "network" | "fairdraw";
  network?: string;
  text: { nl: string; en: string };
  source: string;
  date: string;
  sure: "P" | "S" | "U";
  severity: "block" | "warn";
  check: keyof typeof checks;
  limit?: number;
};

const code = "Gedragscode Promotionele Kansspelen 2014";
const nl = (rule: Omit<Rule, "jurisdiction" | "source" | "date"> & { source?: string; date?: string }): Rule => ({
  jurisdiction: "NL",
  source: code,
  date: "2014",
  ...rule,
});
const of = (network: string, rule: Omit<Rule, "jurisdiction" | "network" | "id"> & { id: string }): Rule => ({
  ...rule,
  id: `${network}.${rule.id}`,
  jurisdiction: "network",
  network,
});
const unverified = (network: string, name: string): Rule =>
  of(network, {
    id: "unverified",
    text: {
      nl: `Wat ${name} over win-acties zegt, hebben we niet nagegaan.`,
      en: `What ${name} says about contests has not been verified.`,
    },
    source: `The terms of ${name}`,
    date: "2026",
    sure: "U",
    severity: "warn",
    check: "notOnNetwork",
  });

export const rules: readonly Rule[] = [
  nl({
    id: "nl.organiser-named",
    text: {
      nl: "De voorwaarden noemen de organisator en het adres.",
      en: "The terms name the organiser and its address.",
    },
    sure: "S",
    severity: "block",
    check: "organiserNamed",
  }),
  nl({
    id: "nl.complaints",
    text: {
      nl: "Er is een klachtenregeling: de voorwaarden zeggen waar vragen en klachten heen kunnen.",
      en: "There is a complaints procedure: the terms say where questions and complaints go.",
    },
    sure: "S",
    severity: "block",
    check: "contactGiven",
  }),
  nl({
    id: "nl.promotion-named",
    text: {
      nl: "De oproep noemt het product, de dienst of de organisatie waarvoor geworven wordt; een kansspel op zichzelf is het niet.",
      en: "The call to enter names the product, service or organisation that is promoted; a draw is no activity of its own.",
    },
    sure: "P",
    severity: "block",
    check: "promotionNamed",
  }),
  nl({
    id: "nl.prizes-stated",
    text: {
      nl: "Aantal, omschrijving en waarde van de prijzen zijn vooraf bekend; elke toegezegde prijs wordt uitgereikt.",
      en: "Number, description and value of the prizes are known beforehand; every promised prize is paid out.",
    },
    sure: "S",
    severity: "block",
    check: "prizesStated",
  }),
  nl({
    id: "nl.value-large",
    text: {
      nl: "De prijzen van een promotioneel kansspel zijn samen ten hoogste € 100.000 waard.",
      en: "The prizes of a promotional game of chance are worth at most EUR 100,000 in all.",
    },
    sure: "P",
    severity: "block",
    check: "gameCentsAtMost",
    limit: 10_000_000,
  }),
  nl({
    id: "nl.value-small",
    text: {
      nl: "Boven € 4.500 in totaal is het een groot kansspel: ten hoogste één keer per jaar voor een product, dienst of organisatie, met algemene voorwaarden, en wie jonger is dan 18 heeft toestemming van zijn ouders nodig.",
      en: "Above EUR 4,500 in all it is a large game: at most once a year for a product, service or organisation, with general terms published, and under-18s need their parents' consent.",
    },
    sure: "P",
    severity: "warn",
    check: "gameCentsAtMost",
    limit: smallGameCents,
  }),
  nl({
    id: "nl.once-a-year",
    text: {
      nl: "Een groot kansspel is er ten hoogste één keer per jaar voor een product, dienst of organisatie.",
      en: "There is at most one large game a year for a product, service or organisation.",
    },
    sure: "P",
    severity: "block",
    check: "noOtherLargeGameOfIt",
  }),
  nl({
    id: "nl.once-a-year-alike",
    text: {
      nl: "Twee grote kansspelen in een jaar moeten voor verschillende producten, diensten of organisaties zijn.",
      en: "Two large games in a year must be for different products, services or organisations.",
    },
    sure: "P",
    severity: "warn",
    check: "noOtherLargeGame",
  }),
  nl({
    id: "nl.period",
    text: {
      nl: "Een groot kansspel duurt ten hoogste een jaar.",
      en: "A large game lasts at most one year.",
    },
    sure: "P",
    severity: "block",
    check: "daysOfLargeGameAtMost",
    limit: 365,
  }),
  nl({
    id: "nl.draws",
    text: {
      nl: "Een groot kansspel heeft ten hoogste 20 trekkingen; hier is er één, met alle reserves.",
      en: "A large game has at most 20 draws; here there is one, with all reserves.",
    },
    sure: "P",
    severity: "block",
    check: "byDesign",
  }),
  nl({
    id: "nl.free",
    text: {
      nl: "Meedoen is gratis, op werkelijke communicatiekosten tot € 0,45 na.",
      en: "Entering is free but for real communication cost up to EUR 0.45.",
    },
    sure: "P",
    severity: "block",
    check: "byDesign",
  }),
  nl({
    id: "nl.terms-published",
    text: {
      nl: "De voorwaarden staan op de pagina van de win-actie en zeggen wat de gedragscode vraagt.",
      en: "The terms are published on the contest's page and say what the code asks for.",
    },
    sure: "S",
    severity: "block",
    check: "byDesign",
  }),
  nl({
    id: "nl.terms-stay",
    text: {
      nl: "De voorwaarden veranderen tijdens de looptijd niet ten nadele van deelnemers.",
      en: "The terms do not change to the entrants' disadvantage during the run.",
    },
    sure: "S",
    severity: "block",
    check: "byDesign",
  }),
  nl({
    id: "nl.minors",
    text: {
      nl: "Aan een groot kansspel doet wie jonger is dan 18 alleen mee met toestemming van zijn ouders.",
      en: "Under-18s take part in a large game only with their parents' consent.",
    },
    sure: "P",
    severity: "warn",
    check: "adultsInLargeGame",
    limit: 18,
  }),
  nl({
    id: "nl.gaming-tax",
    text: {
      nl: "Over prijzen boven € 449 is kansspelbelasting verschuldigd (37,8 % vanaf 1 januari 2026); de prijzen van één spel tellen samen. De voorwaarden zeggen wie betaalt.",
      en: "Prizes above EUR 449 are taxed (kansspelbelasting, 37.8 % from 1 January 2026); prizes of one game are added up. The terms say who pays.",
    },
    source: "Wet op de kansspelbelasting",
    date: "2026-01-01",
    sure: "S",
    severity: "warn",
    check: "noGamingTax",
  }),
  nl({
    id: "nl.not-for-data",
    text: {
      nl: "Het kansspel is er niet alleen om persoonsgegevens te verzamelen: een e-mailadres is genoeg, en reclame is een vraag apart.",
      en: "It is not held merely to collect personal data: an address is enough, and marketing is asked apart.",
    },
    sure: "S",
    severity: "block",
    check: "byDesign",
  }),
  nl({
    id: "nl.no-tell-a-friend",
    text: {
      nl: "Naar een adres dat een ander opgaf, gaat geen bericht: vrienden worden door de deelnemer zelf uitgenodigd.",
      en: "No message is sent to an address that somebody else gave: friends are invited by the entrant's own message.",
    },
    source: "Law firms' summaries",
    date: "2020",
    sure: "S",
    severity: "block",
    check: "byDesign",
  }),
  nl({
    id: "nl.jury",
    text: {
      nl: "Een wedstrijd die een jury beoordeelt, is geen kansspel; opdracht, criteria en jury zijn dan vooraf bekend.",
      en: "A contest of skill judged by a jury is not a game of chance; task, criteria and judges are then known beforehand.",
    },
    source: "Law firms' summaries",
    date: "2020",
    sure: "S",
    severity: "block",
    check: "juryStated",
  }),
  {
    id: "eu.children",
    jurisdiction: "EU",
    text: {
      nl: "Wie jonger is dan 16 kan in Nederland niet zelf toestemming geven voor een nieuwsbrief.",
      en: "In the Netherlands nobody under 16 can agree to a newsletter themselves.",
    },
    source: "GDPR, article 8; Uitvoeringswet AVG, article 5",
    date: "2018-05-25",
    sure: "S",
    severity: "warn",
    check: "noNewsletterForChildren",
    limit: 16,
  },
  {
    id: "network.no-sharing-as-entry",
    jurisdiction: "network",
    text: {
      nl: "Kansen komen van vrienden die zelf hun deelname bevestigden, nooit van delen, liken, taggen of volgen.",
      en: "Chances are earned by friends who confirmed their own entry, never by sharing, liking, tagging or following.",
    },
    source: "Promotion policies of Facebook, Tumblr, Pinterest and X",
    date: "2020",
    sure: "S",
    severity: "block",
    check: "byDesign",
  },
  of("facebook", {
    id: "no-timelines",
    text: {
      nl: "Persoonlijke tijdlijnen en vriendschappen worden niet gebruikt voor de win-actie: geen “deel op je tijdlijn” of “tag je vrienden”, en geen like als voorwaarde.",
      en: "Personal timelines and friend connections are not used to administer promotions: no “share on your timeline” or “tag your friends”, and no like as a condition.",
    },
    source: "Facebook, Pages, Groups and Events policies (promotions), by way of summaries",
    date: "2020",
    sure: "S",
    severity: "block",
    check: "asksForNoAction",
  }),
  of("facebook", {
    id: "release",
    text: {
      nl: "Elke deelnemer vrijwaart Facebook; de voorwaarden zeggen dat Facebook niets met de win-actie te maken heeft.",
      en: "Each entrant releases Facebook; the terms say that Facebook has nothing to do with it.",
    },
    source: "Facebook, promotion policies, by way of summaries",
    date: "2020",
    sure: "S",
    severity: "block",
    check: "byDesign",
  }),
  of("instagram", {
    id: "no-inaccurate-tagging",
    text: {
      nl: "Niemand wordt gevraagd om zichzelf of anderen te taggen op foto's waar zij niet op staan.",
      en: "Nobody is asked to tag themselves or others in photos that they are not in.",
    },
    source: "Instagram, promotion guidelines, by way of summaries",
    date: "2020",
    sure: "S",
    severity: "warn",
    check: "asksForNoAction",
  }),
  of("x", {
    id: "no-reposts",
    text: {
      nl: "Niet “wie het meest repost, wint”, niet meer dan één keer per dag meedoen, niet met meer accounts.",
      en: "Not “most reposts wins”, at most one entry a day, no multiple accounts.",
    },
    source: "X, guidelines for promotions",
    date: "2024",
    sure: "P",
    severity: "block",
    check: "asksForNoAction",
  }),
  of("linkedin", {
    id: "no-contests",
    text: {
      nl: "LinkedIn mag niet gebruikt worden voor loterijen, wedstrijden, prijsvragen of weggeefacties.",
      en: "LinkedIn may not be used to hold lotteries, contests, sweepstakes or giveaways.",
    },
    source: "LinkedIn, Professional Community Policies and Pages terms",
    date: "2024",
    sure: "P",
    severity: "block",
    check: "notOnNetwork",
  }),
  of("youtube", {
    id: "rules",
    text: {
      nl: "Gratis meedoen, geen kijkcijfers of abonnees als voorwaarde, met voorwaarden en een privacyverklaring.",
      en: "Free to enter, no manipulation of metrics, with official rules and a privacy notice.",
    },
    source: "YouTube, contest policies and guidelines",
    date: "2024",
    sure: "P",
    severity: "block",
    check: "asksForNoAction",
  }),
  of("tumblr", {
    id: "adults",
    text: {
      nl: "Op Tumblr is een win-actie er alleen voor wie 18 is of ouder, met volledige voorwaarden.",
      en: "On Tumblr a contest is for those of 18 and over, with full rules.",
    },
    source: "Tumblr, contest, sweepstakes and giveaway guidelines",
    date: "2024",
    sure: "P",
    severity: "block",
    check: "adultsOnNetwork",
    limit: 18,
  }),
  of("tumblr", {
    id: "no-reblog",
    text: {
      nl: "Volgen, rebloggen of liken is geen manier om mee te doen.",
      en: "Following, reblogging or liking is no way to enter.",
    },
    source: "Tumblr, contest, sweepstakes and giveaway guidelines",
    date: "2024",
    sure: "P",
    severity: "block",
    check: "asksForNoAction",
  }),
  of("pinterest", {
    id: "no-pins",
    text: {
      nl: "Een pin, bord, like of volger is geen deelname, en er wordt niet met pins gestemd.",
      en: "No entry per pin, board, like or follow, and no voting by pins.",
    },
    source: "Pinterest, contest guidelines, by way of summaries",
    date: "2013",
    sure: "S",
    severity: "block",
    check: "asksForNoAction",
  }),
  unverified("tiktok", "TikTok"),
  unverified("reddit", "Reddit"),
  unverified("discord", "Discord"),
  unverified("telegram", "Telegram"),
  unverified("bluesky", "Bluesky"),
  unverified("mastodon", "Mastodon"),
  {
    id: "network.disclosure",
    jurisdiction: "network",
    text: {
      nl: "Delen voor een kans is reclame: elke gedeelde tekst draagt #winactie of #contest.",
      en: "Sharing for a chance is advertising: every share text carries #winactie or #contest.",
    },
    source: "Reclamecode Social Media & Influencer Marketing",
    date: "2022",
    sure: "U",
    severity: "block",
    check: "byDesign",
  },
  {
    id: "fairdraw.draw-after-close",
    jurisdiction: "fairdraw",
    text: {
      nl: "De trekking is ten minste drie minuten na de sluiting: daartussen wordt de lijst verzegeld en vastgelegd.",
      en: "The draw is at least three minutes after the close: the entries are sealed and committed in between.",
    },
    source: "FairDraw 1, section 3",
    date: "2026",
    sure: "P",
    severity: "block",
    check: "secondsToDrawAtLeast",
    limit: 180,
  },
];

// ── The checks ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** What is wrong, where, and how to mend it. */
type Wrong = { pointer: string; detail: string; mend: string };
/** What a check finds: nothing wrong, what is wrong where, or that it cannot be told yet. */
type Finding = undefined | "unknown" | Wrong;
type Check = (setup: Setup, rule: { limit: number; network: string }, around: Around, now: string) => Finding;

const wrong = (pointer: string, detail: string, mend: string): Wrong => ({ pointer, detail, mend });

const checks = {
  organiserNamed: ({ organiser }) =>
    organiser
      ? undefined
      : wrong(
          "#/organiser",
          "Nobody is named as the organiser.",
          'Say it once for the workspace (PATCH /v1/workspace {"legalName": …, "address": …, "replyTo": …}), or here.',
        ),
  contactGiven: ({ organiser }) =>
    organiser
      ? undefined
      : wrong("#/organiser/contact", "Nothing says where questions and complaints go.", "Give an address for them."),
  promotionNamed: ({ promotes }) =>
    promotes === undefined
      ? wrong("#/promotes", "Nothing says what is promoted.", "Name the product, service or organisation.")
      : undefined,
  prizesStated: ({ prizes }) =>
    prizes.length ? undefined : wrong("#/prizes", "Nothing says what can be won.", "Describe at least one prize."),
  gameCentsAtMost: ({ method, prizes }, { limit }) => {
    const total = totalCents(prizes);
    return method === "jury" || total <= limit
      ? undefined
      : wrong(
          "#/prizes",
          `The prizes are worth ${euros(total)} in all; the limit is ${euros(limit)}.`,
          "Lower the number or the worth of the prizes.",
        );
  },
  noOtherLargeGameOfIt: (setup, _, { others }) => {
    if (!isLargeGame(setup)) return undefined;
    if (setup.promotes === undefined) return "unknown";
    const other = others.find((one) => isLargeGame({ ...one, method: "random" }) && sameProduct(one, setup));
    return other
      ? wrong(
          "#/promotes",
          `“${other.title}” was a large game for the same, less than a year ago.`,
          `Keep the prizes at ${euros(smallGameCents)} in all or less, or wait until a year has passed.`,
        )
      : undefined;
  },
  noOtherLargeGame: (setup, _, { others }) => {
    const other =
      isLargeGame(setup) && others.find((one) => isLargeGame({ ...one, method: "random" }) && !sameProduct(one, setup));
    return other
      ? wrong(
          "#/promotes",
          `“${other.title}” was a large game for ${other.promotes}, less than a year ago.`,
          "Look whether this one is for something else.",
        )
      : undefined;
  },
  daysOfLargeGameAtMost: (setup, { limit }, _, now) => {
    if (setup.closesAt === undefined) return "unknown";
    return !isLargeGame(setup) || milliseconds(setup.closesAt) - milliseconds(now) <= days(limit)
      ? undefined
      : wrong("#/closesAt", `It would last more than ${limit} days.`, `Close it by ${later(now, days(limit))}.`);
  },
  adultsInLargeGame: (setup, { limit }) =>
    isLargeGame(setup) && (setup.eligibility.minimumAge ?? 0) < limit
      ? wrong(
          "#/eligibility/minimumAge",
          "Minors may enter this large game.",
          `The terms ask for their parents' consent; or let people of ${limit} and over enter only.`,
        )
      : undefined,
  noGamingTax: ({ method, prizes, drawAt }, _, __, now) => {
    const { isOwed, ratePercent, totals } = gamingTax(prizes, drawAt ?? now);
    return method === "jury" || !isOwed
      ? undefined
      : wrong(
          "#/prizes",
          `Gaming tax of ${ratePercent} % is owed: ${euros(totals.organiserPaysCents)} where you pay it, as the terms say.`,
          "Declare and pay it within a month after the draw. See gamingTax in this answer for each prize.",
        );
  },
  juryStated: ({ method, jury }) =>
    method === "jury" && !jury
      ? wrong(
          "#/jury",
          "Nothing says what is judged, by what and by whom.",
          "Give the task, the criteria and the judges.",
        )
      : undefined,
  noNewsletterForChildren: ({ newsletter, eligibility }, { limit }) =>
    newsletter === true && (eligibility.minimumAge ?? 0) < limit
      ? wrong(
          "#/eligibility/minimumAge",
          "Children may enter, and are asked for the newsletter.",
          `Let people of ${limit} and over enter only, or do not ask for the newsletter.`,
        )
      : undefined,
  notOnNetwork: (_, { network }, { networks }) => {
    const at = networks.indexOf(network);
    return at < 0
      ? undefined
      : wrong(`#/channels/${at}`, `This channel is on ${network}.`, "Read its rules first, or leave the channel out.");
  },
  adultsOnNetwork: ({ eligibility }, { network, limit }, { networks }) =>
    networks.includes(network) && (eligibility.minimumAge ?? 0) < limit
      ? wrong(
          "#/eligibility/minimumAge",
          `A contest on ${network} is for adults.`,
          `Let people of ${limit} and over enter only, or leave the channel out.`,
        )
      : undefined,
  asksForNoAction: (setup) => {
    for (const [pointer, text] of textsOf(setup)) {
      const found = forbiddenActions.map((action) => action.exec(text)?.[0]).find((part) => part !== undefined);
      if (found !== undefined)
        return wrong(
          pointer,
          `“${found}” reads as if sharing, liking, tagging or following were asked for a chance.`,
          "Ask people to enter here; more chances come from friends who enter by their personal link.",
        );
    }
    return undefined;
  },
  secondsToDrawAtLeast: ({ closesAt, drawAt }, { limit }) => {
    if (closesAt === undefined || drawAt === undefined) return "unknown";
    return milliseconds(drawAt) - milliseconds(closesAt) >= seconds(limit)
      ? undefined
      : wrong(
          "#/drawAt",
          `It is less than ${limit} seconds after the close.`,
          `Choose a time at least ${limit} seconds after closesAt.`,
        );
  },
  byDesign: () => undefined,
} satisfies Record<string, Check>;

/** What the public reads of a set-up, by where it stands in it. */
const textsOf = ({ title, description, prizes, jury, chances }: Setup): [pointer: string, text: string][] => [
  ["#/title", title],
  ...(description === undefined ? [] : ([["#/description", description]] as [string, string][])),
  ...prizes.map(({ description }, i): [string, string] => [`#/prizes/${i}/description`, description]),
  ...(jury ? ([["#/jury/task", jury.task]] as [string, string][]) : []),
  ...chances.bonuses.map(({ label }, i): [string, string] => [`#/chances/bonuses/${i}/label`, label]),
];

/** How texts ask for what networks forbid. They name the act and its object, so that "share your link" is not meant. */
const forbiddenActions: readonly RegExp[] = [
  /\b(?:deel|share)\b[^.!?\n]{0,40}\b(?:tijdlijn|timeline|(?:dit|deze|this|the|ons|onze|our) (?:bericht|post|foto|video|photo))\b/iu,
  /\b(?:tag|tagt|taggen|tagging|markeer|mention)\b[^.!?\n]{0,40}\b(?:vriend(?:en|in|innen)?|friends?|iemand|someone|mensen|people)\b/iu,
  /\b(?:like|likes|liket|liken)\b[^.!?\n]{0,40}\b(?:pagina|page|bericht|post|foto|photo|video|account|profiel|profile)\b/iu,
  /\b(?:volg|follow)\b[^.!?\n]{0,30}(?:\b(?:ons|us|onze|our|het account|the account)\b|@\w)/iu,
  /\b(?:retweet|repost|reblog|herplaats)\w*\b/iu,
  /\b(?:pin|repin)\b[^.!?\n]{0,30}\b(?:bord|board|foto|photo)\b/iu,
];

const sameProduct = (a: Pick<Setup, "promotes">, b: Pick<Setup, "promotes">): boolean =>
  plain(a.promotes) === plain(b.promotes);
const plain = (text = ""): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

const euros = (cents: number): string => `EUR ${(cents / 100).toLocaleString("en", { minimumFractionDigits: 2 })}`;

// ── What is said of them ────────────────────────────────────────────────────────────────────────────────────────────

export const RuleView = z
  .object({
    id: z.string(),
    jurisdiction: z.string(),
    network: z.string().optional().describe("Whose rule it is, where it is a network's."),
    text: z.object({ nl: z.string(), en: z.string() }),
    source: z.string(),
    date: z.string(),
    sure: z
      .enum(["P", "S", "U"])
      .describe("How sure: the network's or the regulator's own text, a secondary source, or not verified."),
    severity: z.enum(["block", "warn"]),
    result: z.enum(["holds", "broken", "unknown"]).describe("`unknown`: something is missing to tell by."),
    error: z
      .object({ pointer: z.string(), detail: z.string(), mend: z.string().describe("How to mend it.") })
      .optional(),
  })
  .meta({ id: "ContestRule" });
export type RuleView = z.infer<typeof RuleView>;

/** Each rule, and whether this set-up keeps it. */
export const assess = (setup: Setup, now: string, around: Around = nothingAround): RuleView[] =>
  rules.map(({ check, limit = 0, ...rule }) => {
    const look: Check = checks[check];
    const finding = look(setup, { limit, network: rule.network ?? "" }, around, now);
    if (finding === undefined) return { ...rule, result: "holds" };
    return finding === "unknown" ? { ...rule, result: "unknown" } : { ...rule, result: "broken", error: finding };
  });

/** What keeps this set-up from opening. */
export const broken = (setup: Setup, now: string, around: Around = nothingAround): FieldError[] =>
  assess(setup, now, around).flatMap(({ severity, error }) =>
    severity === "block" && error ? [{ pointer: error.pointer, detail: `${error.detail} ${error.mend}` }] : [],
  );

/** What a contest cannot open without. */
export const missing = (
  setup: Pick<Setup, "organiser" | "promotes" | "prizes" | "closesAt" | "drawAt">,
): FieldError[] =>
  (
    [
      ["organiser", setup.organiser],
      ["promotes", setup.promotes],
      ["prizes", setup.prizes.at(0)],
      ["closesAt", setup.closesAt],
      ["drawAt", setup.drawAt],
    ] as const
  ).flatMap(([name, value]) =>
    value === undefined ? [{ pointer: `#/${name}`, detail: "It is needed before the contest opens." }] : [],
  );

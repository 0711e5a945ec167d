import type { Language, Words } from "../platform/words.ts";
import type { Status } from "./contest.ts";

/** What the organiser reads about a contest. */
type ViewWords = {
  list: { title: string; none: string; contest: string; status: string; workspace: string };
  statuses: Record<Status, string>;
  countedAt: (time: string) => string;
  period: (from: string, until: string) => string;
  draft: string;
  nothing: string;
  funnel: {
    title: string;
    views: string;
    mails: string;
    entries: string;
    step: string;
    number: string;
    share: string;
    how: string;
  };
  referred: (referred: number, entries: number) => string;
  over: { title: string; key: string; hour: string; day: string; views: string; entries: string; table: string };
  sources: {
    title: string;
    source: string;
    views: string;
    friends: string;
    none: string;
    other: string;
    how: (example: string) => string;
  };
  referrers: { title: string; entry: string; friends: string; none: string; how: string };
  languages: { title: string; language: string; names: Record<Language, string> };
  risk: { title: string; mark: string; none: string; out: (withdrawn: number, excluded: number) => string };
  newsletter: (n: number) => string;
  tooMany: string;
  tax: {
    title: string;
    none: (total: string, free: string) => string;
    owed: (total: string, free: string, rate: string) => string;
    prize: string;
    prizeOf: (number: number, prize: string, value: string) => string;
    winner: string;
    organiser: string;
    cost: (total: string) => string;
    total: string;
    source: (source: string) => string;
  };
  back: string;
};

export const words: Words<ViewWords> = {
  nl: {
    list: {
      title: "Uw win-acties",
      none: "Er is nog geen win-actie. U maakt er een met de API.",
      contest: "Win-actie",
      status: "Stand",
      workspace: "Werkruimte",
    },
    statuses: {
      draft: "concept",
      open: "open",
      closing: "gesloten, de laatste deelnames komen binnen",
      counting: "gesloten, de deelnames worden geteld",
      judging: "gesloten, de jury is aan het werk",
      judged: "winnaars gekozen",
      sealed: "verzegeld",
      committed: "verzegeld en vastgelegd",
      drawn: "getrokken",
      announced: "winnaars bekend",
      final: "definitief",
      cancelled: "afgelast",
    },
    countedAt: (time) => `Geteld op ${time}.`,
    period: (from, until) => `Van ${from} tot ${until}.`,
    draft: "Deze win-actie is nog een concept. Zodra zij open is, staan hier de cijfers.",
    nothing: "Er is nog niets te tellen. Deel de link van de win-actie; de cijfers verschijnen hier vanzelf.",
    funnel: {
      title: "Van klik tot deelname",
      views: "Pagina geopend",
      mails: "Bevestigingsmail verstuurd",
      entries: "Bevestigd",
      step: "Stap",
      number: "Aantal",
      share: "Van de vorige stap",
      how: "Bots en voorvertoningen van links tellen niet mee. Wie de pagina twee keer opent, telt twee keer.",
    },
    referred: (referred, entries) =>
      `${referred} van de ${entries} deelnames kwamen via de persoonlijke link van een vriend.`,
    over: {
      title: "Door de tijd",
      key: "Vol: deelnames. Met rand: geopende pagina's.",
      hour: "Uur",
      day: "Dag",
      views: "Pagina geopend",
      entries: "Deelnames",
      table: "Dezelfde cijfers in een tabel",
    },
    sources: {
      title: "Waar zij vandaan kwamen",
      source: "Bron",
      views: "Geopend",
      friends: "Via vriend",
      none: "zonder bron",
      other: "een bron die niet is opgegeven",
      how: (example) => `Zet de bron in de link, bijvoorbeeld ${example}`,
    },
    referrers: {
      title: "Wie de meeste vrienden meebracht",
      entry: "Deelname",
      friends: "Vrienden",
      none: "Nog niemand bracht een vriend mee.",
      how: "U ziet nummers en geen namen: wie het is, hebt u hiervoor niet nodig.",
    },
    languages: { title: "Taal", language: "Taal", names: { nl: "Nederlands", en: "Engels" } },
    risk: {
      title: "Wat opvalt",
      mark: "Kenmerk",
      none: "Er is niets opgevallen.",
      out: (withdrawn, excluded) => `Teruggetrokken: ${withdrawn}. Uitgesloten: ${excluded}.`,
    },
    newsletter: (n) => `${n} deelnemers vroegen om de nieuwsbrief.`,
    tooMany: "Wie de meeste vrienden meebracht, wordt bij zoveel deelnames hier niet berekend.",
    tax: {
      title: "Kansspelbelasting",
      none: (total, free) => `De prijzen zijn samen ${total} waard. Tot en met ${free} bent u niets verschuldigd.`,
      owed: (total, free, rate) =>
        `De prijzen zijn samen ${total} waard, meer dan ${free}. Het tarief is ${rate}. Of de winnaar betaalt, of u neemt de belasting voor uw rekening; dan hoort zij bij de prijs.`,
      prize: "Per prijs",
      prizeOf: (number, prize, value) => `${number > 1 ? `${number} × ` : ""}${prize} (${value})`,
      winner: "Winnaar betaalt",
      organiser: "Of u betaalt",
      cost: (total) => `Betaalt u de belasting, dan kosten de prijzen u samen ${total}.`,
      total: "Alles bij elkaar",
      source: (source) => `Bron: ${source}. Dit is geen juridisch advies.`,
    },
    back: "Alle win-acties",
  },
  en: {
    list: {
      title: "Your contests",
      none: "There is no contest yet. You make one with the API.",
      contest: "Contest",
      status: "Status",
      workspace: "Workspace",
    },
    statuses: {
      draft: "draft",
      open: "open",
      closing: "closed, the last entries come in",
      counting: "closed, the entries are being counted",
      judging: "closed, the jury is at work",
      judged: "winners chosen",
      sealed: "sealed",
      committed: "sealed and committed",
      drawn: "drawn",
      announced: "winners known",
      final: "final",
      cancelled: "cancelled",
    },
    countedAt: (time) => `Counted on ${time}.`,
    period: (from, until) => `From ${from} to ${until}.`,
    draft: "This contest is still a draft. Its numbers are here once it is open.",
    nothing: "There is nothing to count yet. Share the link of the contest; the numbers appear here by themselves.",
    funnel: {
      title: "From click to entry",
      views: "Page opened",
      mails: "Confirmation mailed",
      entries: "Confirmed",
      step: "Step",
      number: "Number",
      share: "Of the step before",
      how: "Bots and link previews do not count. Whoever opens the page twice counts twice.",
    },
    referred: (referred, entries) => `${referred} of ${entries} entries came by a friend's personal link.`,
    over: {
      title: "Over time",
      key: "Filled: entries. With an edge: pages opened.",
      hour: "Hour",
      day: "Day",
      views: "Page opened",
      entries: "Entries",
      table: "The same numbers in a table",
    },
    sources: {
      title: "Where they came from",
      source: "Source",
      views: "Opened",
      friends: "By a friend",
      none: "no source",
      other: "a source that was not named",
      how: (example) => `Put the source into the link, for example ${example}`,
    },
    referrers: {
      title: "Who brought most friends",
      entry: "Entry",
      friends: "Friends",
      none: "Nobody has brought a friend yet.",
      how: "You see numbers and no names: who they are is not needed for this.",
    },
    languages: { title: "Language", language: "Language", names: { nl: "Dutch", en: "English" } },
    risk: {
      title: "What stands out",
      mark: "Mark",
      none: "Nothing stands out.",
      out: (withdrawn, excluded) => `Withdrawn: ${withdrawn}. Excluded: ${excluded}.`,
    },
    newsletter: (n) => `${n} entrants asked for the newsletter.`,
    tooMany: "With this many entries, who brought most friends is not reckoned here.",
    tax: {
      title: "Gaming tax",
      none: (total, free) => `The prizes are worth ${total} in all. Up to ${free} nothing is owed.`,
      owed: (total, free, rate) =>
        `The prizes are worth ${total} in all, more than ${free}. The rate is ${rate}. Either the winner pays, or you pay the tax for them; then it is part of the prize.`,
      prize: "For each prize",
      prizeOf: (number, prize, value) => `${number > 1 ? `${number} × ` : ""}${prize} (${value})`,
      winner: "Winner pays",
      organiser: "Or you pay",
      cost: (total) => `If you pay the tax, the prizes cost you ${total} in all.`,
      total: "All together",
      source: (source) => `Source: ${source}. This is no legal advice.`,
    },
    back: "All contests",
  },
};

import type { Words } from "../platform/words.ts";

/** What stands in a chart, and in the post about it. */
type ChartWords = {
  /** For who does not see the chart: what it shows, and its numbers. */
  alt: (title: string, note: string, numbers: string) => string;
  /** The same on a page, where a table says the numbers. */
  altHere: (question: string) => string;
  answers: (n: string) => string;
  sofar: string;
  final: string;
  median: (value: string) => string;
  half: (from: string, to: string) => string;
  truth: (value: string) => string;
  closer: (share: string) => string;
  nps: (score: string) => string;
  place: string;
  placed: (place: number, share: string) => string;
  points: (n: string) => string;
  group: (name: string, people: string) => string;
  groups: string;
  groupsAre: string;
  shared: string;
  divided: string;
  agreedMost: string;
  agreedLeast: string;
  most: (agree: string) => string;
  asPicture: string;
  answerHere: (url: string) => string;
  post: {
    winner: (option: string, share: string) => string;
    crowd: (median: string) => string;
    truth: (value: string, closer: string) => string;
    mean: (value: string) => string;
    first: (option: string) => string;
    result: (answers: string, url: string) => string;
  };
};

export const chartWords: Words<ChartWords> = {
  nl: {
    alt: (title, note, numbers) => `Grafiek: ${title} ${note} ${numbers}`,
    altHere: (question) => `Grafiek bij “${question}”. De cijfers staan in de tabel.`,
    answers: (n) => `${n} antwoorden`,
    sofar: "tussenstand",
    final: "einduitslag",
    median: (value) => `Middelste antwoord: ${value}`,
    half: (from, to) => `De helft ligt tussen ${from} en ${to}`,
    truth: (value) => `Werkelijke waarde: ${value}`,
    closer: (share) => `${share} van de deelnemers zat dichter bij de waarheid dan het midden van de groep.`,
    nps: (score) => `Net Promoter Score: ${score}`,
    place: "Plaats",
    placed: (place, share) => `plaats ${place}: ${share}`,
    points: (n) => `${n} punten`,
    group: (name, people) => `Groep ${name} (${people})`,
    groups: "Groepen die hetzelfde denken",
    groupsAre:
      "Gevonden in de antwoorden zelf; groepen van minder dan vijf tellen niet. Per groep het deel dat het eens is.",
    shared: "Wat de groepen delen",
    divided: "Waar de groepen verschillen",
    agreedMost: "Het meest eens",
    agreedLeast: "Het minst eens",
    most: (agree) => `${agree} eens`,
    asPicture: "Als plaatje of cijfers:",
    answerHere: (url) => `Antwoorden kan hier: ${url}`,
    post: {
      winner: (option, share) => `${option} wint, met ${share} van de stemmen.`,
      crowd: (median) => `De middelste schatting: ${median}.`,
      truth: (value, closer) => `De werkelijke waarde: ${value}. ${closer} van de deelnemers zat dichterbij.`,
      mean: (value) => `Gemiddeld: ${value}.`,
      first: (option) => `${option} staat bovenaan.`,
      result: (answers, url) => `${answers}. De hele uitslag: ${url}`,
    },
  },
  en: {
    alt: (title, note, numbers) => `Chart: ${title} ${note} ${numbers}`,
    altHere: (question) => `Chart of “${question}”. The table says the numbers.`,
    answers: (n) => `${n} answers`,
    sofar: "so far",
    final: "final results",
    median: (value) => `Middle answer: ${value}`,
    half: (from, to) => `Half of them lie between ${from} and ${to}`,
    truth: (value) => `True value: ${value}`,
    closer: (share) => `${share} of those who took part were closer to the truth than the middle of the crowd.`,
    nps: (score) => `Net Promoter Score: ${score}`,
    place: "Place",
    placed: (place, share) => `place ${place}: ${share}`,
    points: (n) => `${n} points`,
    group: (name, people) => `Group ${name} (${people})`,
    groups: "Groups that think alike",
    groupsAre:
      "Found in the answers themselves; groups of fewer than five do not count. Of each group the share that agrees.",
    shared: "What the groups share",
    divided: "Where the groups differ",
    agreedMost: "Agreed with most",
    agreedLeast: "Agreed with least",
    most: (agree) => `${agree} agree`,
    asPicture: "As a picture or numbers:",
    answerHere: (url) => `Answer here: ${url}`,
    post: {
      winner: (option, share) => `${option} wins, with ${share} of the votes.`,
      crowd: (median) => `The middle estimate: ${median}.`,
      truth: (value, closer) => `The true value: ${value}. ${closer} of those who took part were closer.`,
      mean: (value) => `On average: ${value}.`,
      first: (option) => `${option} comes first.`,
      result: (answers, url) => `${answers}. All results: ${url}`,
    },
  },
};

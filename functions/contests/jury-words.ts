import type { Words } from "../platform/words.ts";

/** What people read about a contest that a jury judges. */
type JuryWords = {
  task: string;
  mark: string;
  markWhy: string;
  known: (time: string) => string;
  how: string;
  title: (title: string) => string;
  judgedBy: string;
  criteria: string;
  judges: string;
  noLot: string;
  stages: { open: (time: string) => string; judging: (time: string) => string; judged: (time: string) => string };
  none: string;
  winners: string;
  place: string;
  prize: string;
  winner: string;
  reason: string;
  someone: string;
  vacant: string;
  struck: string;
  toResult: string;
  isJudged: string;
  wonWhy: (reason: string) => string;
  lost: string;
  waiting: (time: string) => string;
  mail: {
    lines: (of: {
      title: string;
      prize: string;
      reason: string;
      organiser: string;
      until: string;
      isPromoted: boolean;
    }) => string[];
    toMe: string;
  };
  back: string;
};

export const juryWords: Words<JuryWords> = {
  nl: {
    task: "De opdracht",
    mark: "Uw kenmerk",
    markWhy: "Zet dit bij uw inzending, zodat de jury weet dat zij van u is:",
    known: (time) => `De jury maakt de uitslag uiterlijk op ${time} bekend.`,
    how: "Hoe er beoordeeld wordt",
    title: (title) => `De beoordeling: ${title}`,
    judgedBy: "Een jury kiest de winnaars. Er wordt niet geloot, en elke keuze staat hier met haar reden.",
    criteria: "Waar de jury op let",
    judges: "De jury",
    noLot:
      "Omdat het lot geen rol speelt, is dit geen kansspel en valt er niets na te rekenen. Bent u het niet eens met de gang van zaken, dan kunt u klagen bij de organisator.",
    stages: {
      open: (time) => `Meedoen kan nog, tot ${time}.`,
      judging: (time) => `Meedoen kan niet meer. De jury is aan het werk; uiterlijk op ${time} is de uitslag bekend.`,
      judged: (time) => `De jury heeft op ${time} de winnaars gekozen.`,
    },
    none: "Niemand heeft meegedaan; er is geen winnaar.",
    winners: "De winnaars",
    place: "Plaats",
    prize: "Prijs",
    winner: "Winnaar",
    reason: "Waarom",
    someone: "naam niet openbaar",
    vacant: "niemand: er is geen reserve meer",
    struck: "Afgevallen",
    toResult: "Naar de uitslag",
    isJudged: "De winnaars zijn bekend.",
    wonWhy: (reason) => `De jury schrijft: “${reason}”`,
    lost: "De jury heeft deze keer een ander gekozen. Bedankt voor het meedoen.",
    waiting: (time) => `Meedoen kan niet meer. De jury is aan het werk; uiterlijk op ${time} is de uitslag bekend.`,
    mail: {
      lines: ({ title, prize, reason, organiser, until, isPromoted }) => [
        isPromoted
          ? `Gefeliciteerd! De jury van “${title}” koos u als reserve. Een winnaar is afgevallen, en nu is de prijs voor u: ${prize}.`
          : `Gefeliciteerd! De jury van “${title}” heeft u gekozen. U wint: ${prize}.`,
        `De reden: “${reason}”`,
        `Laat ${organiser} weten hoe de prijs bij u komt. Dat kan tot ${until}. Daarna gaat de prijs naar de volgende reserve.`,
      ],
      toMe: "Op uw eigen pagina ziet u de uitslag:",
    },
    back: "Naar de wedstrijd",
  },
  en: {
    task: "The task",
    mark: "Your reference",
    markWhy: "Put this with what you send in, so that the jury knows that it is yours:",
    known: (time) => `The jury makes the result known on ${time} at the latest.`,
    how: "How it is judged",
    title: (title) => `The judging: ${title}`,
    judgedBy: "A jury chooses the winners. Nothing is drawn by lot, and each choice stands here with its reason.",
    criteria: "What the jury looks at",
    judges: "The judges",
    noLot:
      "Since chance has no part in it, this is no game of chance and there is nothing to calculate again. If you do not agree with how it went, you can complain to the organiser.",
    stages: {
      open: (time) => `You can still enter, until ${time}.`,
      judging: (time) =>
        `You cannot enter any more. The jury is at work; the result is known on ${time} at the latest.`,
      judged: (time) => `The jury chose the winners on ${time}.`,
    },
    none: "Nobody entered; there is no winner.",
    winners: "The winners",
    place: "Place",
    prize: "Prize",
    winner: "Winner",
    reason: "Why",
    someone: "name not public",
    vacant: "nobody: no reserve is left",
    struck: "Dropped out",
    toResult: "To the result",
    isJudged: "The winners are known.",
    wonWhy: (reason) => `The jury writes: “${reason}”`,
    lost: "The jury chose somebody else this time. Thank you for taking part.",
    waiting: (time) => `You cannot enter any more. The jury is at work; the result is known on ${time} at the latest.`,
    mail: {
      lines: ({ title, prize, reason, organiser, until, isPromoted }) => [
        isPromoted
          ? `Congratulations! The jury of “${title}” chose you as a reserve. A winner has dropped out, and now the prize is yours: ${prize}.`
          : `Congratulations! The jury of “${title}” has chosen you. You win: ${prize}.`,
        `The reason: “${reason}”`,
        `Tell ${organiser} how the prize can reach you. You can until ${until}. After that it goes to the next reserve.`,
      ],
      toMe: "On your own page you see the result:",
    },
    back: "To the contest",
  },
};

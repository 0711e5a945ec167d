import type { Words } from "../platform/words.ts";

type PeopleWords = {
  stop: { title: string; text: (name: string) => string; button: string };
  stopped: { title: string; text: (name: string) => string };
};

export const words: Words<PeopleWords> = {
  nl: {
    stop: {
      title: "Geen nieuwsbrief meer?",
      text: (name) =>
        `U krijgt dan geen nieuws en aanbiedingen meer van ${name}. Aan een win-actie waaraan u meedoet, verandert niets.`,
      button: "Meld mij af",
    },
    stopped: {
      title: "U bent afgemeld",
      text: (name) => `${name} mag u geen nieuws en aanbiedingen meer mailen.`,
    },
  },
  en: {
    stop: {
      title: "No more newsletter?",
      text: (name) =>
        `You will get no more news and offers from ${name}. Nothing changes for a contest that you have entered.`,
      button: "Unsubscribe me",
    },
    stopped: {
      title: "You are unsubscribed",
      text: (name) => `${name} may mail you no more news and offers.`,
    },
  },
};

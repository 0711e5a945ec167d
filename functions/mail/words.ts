import type { Words } from "../platform/words.ts";

type MailWords = {
  orHere: string;
  privacy: string;
  unsubscribe: string;
  ending: { title: string; text: (name: string) => string; button: string };
  ended: { title: string; text: (name: string) => string };
};

export const words: Words<MailWords> = {
  nl: {
    orHere: "Werkt de knop niet? Open dan dit adres:",
    privacy: "Privacyverklaring",
    unsubscribe: "Geen mail als deze meer ontvangen",
    ending: {
      title: "Geen mail meer?",
      text: (name) =>
        `U krijgt dan geen nieuws of aanbiedingen meer van ${name}. Mail waar u zelf om vraagt, krijgt u nog wel.`,
      button: "Afmelden",
    },
    ended: {
      title: "U bent afgemeld",
      text: (name) => `${name} stuurt u geen nieuws of aanbiedingen meer.`,
    },
  },
  en: {
    orHere: "Does the button not work? Open this address:",
    privacy: "Privacy statement",
    unsubscribe: "No longer receive mail like this",
    ending: {
      title: "No more mail?",
      text: (name) =>
        `You will get no more news or offers from ${name}. Mail that you ask for yourself will still come.`,
      button: "Unsubscribe",
    },
    ended: {
      title: "You are unsubscribed",
      text: (name) => `${name} sends you no more news or offers.`,
    },
  },
};

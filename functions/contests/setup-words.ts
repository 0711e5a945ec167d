import { sayNumber, type Words } from "../platform/words.ts";

/** What people read about how a contest was set up: codes and other bonuses, who may enter, the jury. */
type SetupWords = {
  code: {
    label: string;
    optional: string;
    hint: string;
    button: string;
    wrong: string;
    spent: string;
    again: string;
    toMe: string;
    wrongAtEntry: string;
    rightAtEntry: (label: string, tickets: number) => string;
  };
  terms: {
    terms: (title: string) => string;
    privacy: (title: string) => string;
    link: string;
    privacyLink: string;
    versions: string;
    versionsWhy: string;
    version: (n: number, time: string) => string;
    older: string;
    newest: string;
    back: string;
  };
  owed: (organiser: string, contact: string) => string;
  bonuses: {
    heading: string;
    worth: (label: string, tickets: number) => string;
    earned: (label: string, tickets: number) => string;
    toPoll: string;
    toBoard: string;
    boardRule: string;
    byAddress: (address: string) => string;
  };
};

const lots = (n: number): string => (n === 1 ? "1 lot" : `${sayNumber(n, "nl")} loten`);
const tickets = (n: number): string => (n === 1 ? "1 ticket" : `${sayNumber(n, "en")} tickets`);

export const setupWords: Words<SetupWords> = {
  nl: {
    code: {
      label: "Hebt u een code?",
      optional: "Alleen als u er een hebt. Hoofdletters en streepjes maken niet uit.",
      hint: "Hoofdletters, spaties en streepjes maken niet uit.",
      button: "Gebruik deze code",
      wrong: "Deze code kennen we niet. Kijk haar nog eens na: vaak is het een letter te veel of te weinig.",
      spent: "U hebt te vaak een code geprobeerd die niet klopt. Meer codes kunt u niet invullen; u doet gewoon mee.",
      again: "Dat lukte niet. Vul de code nog eens in.",
      toMe: "Naar uw eigen pagina",
      wrongAtEntry:
        "De code die u invulde, kennen we niet. U doet wel mee. Op uw eigen pagina kunt u het nog eens proberen.",
      rightAtEntry: (label, n) => `Uw code klopt: ${lots(n)} erbij (${label}).`,
    },
    terms: {
      terms: (title) => `De voorwaarden van “${title}”`,
      privacy: (title) => `Uw gegevens bij “${title}”`,
      link: "De voorwaarden op een eigen pagina",
      privacyLink: "Wat er met uw gegevens gebeurt",
      versions: "Elke versie",
      versionsWhy:
        "Voorwaarden veranderen hier alleen ten gunste van deelnemers. Bij elke versie staat haar vingerafdruk (SHA-256); die van de tekst die u zag, bewaren we bij uw deelname.",
      version: (n, time) => `Versie ${n}, ${time}`,
      older: "Dit is een eerdere versie.",
      newest: "Naar de versie van nu",
      back: "Naar de win-actie",
    },
    owed: (organiser, contact) =>
      `De toegezegde prijzen blijft ${organiser} verschuldigd. Vragen en klachten: ${contact}.`,
    bonuses: {
      heading: "Meer loten",
      worth: (label, n) => `${label}: ${lots(n)} erbij`,
      earned: (label, n) => `${label}: ${lots(n)}, verdiend`,
      toPoll: "Geef uw antwoord",
      toBoard: "Stuur een idee in",
      boardRule: "Het telt als het op het bord staat op het moment dat de actie sluit.",
      byAddress: (address) => `met het adres ${address}`,
    },
  },
  en: {
    code: {
      label: "Do you have a code?",
      optional: "Only if you have one. Capitals and hyphens do not matter.",
      hint: "Capitals, spaces and hyphens do not matter.",
      button: "Use this code",
      wrong: "We do not know this code. Check it once more: often there is a letter too many or too few.",
      spent: "You have tried too many codes that are not right. You cannot fill in any more; your entry stands.",
      again: "That did not work. Fill in the code once more.",
      toMe: "To your own page",
      wrongAtEntry:
        "We do not know the code that you filled in. You can enter all the same, and try again on your own page.",
      rightAtEntry: (label, n) => `Your code is right: ${tickets(n)} more (${label}).`,
    },
    terms: {
      terms: (title) => `The terms of “${title}”`,
      privacy: (title) => `Your data in “${title}”`,
      link: "The terms on a page of their own",
      privacyLink: "What happens to your data",
      versions: "Each version",
      versionsWhy:
        "Terms change here in the entrants' favour only. With each version stands its fingerprint (SHA-256); that of the text that you saw is kept with your entry.",
      version: (n, time) => `Version ${n}, ${time}`,
      older: "This is an earlier version.",
      newest: "To the version of now",
      back: "To the contest",
    },
    owed: (organiser, contact) =>
      `The promised prizes are still owed by ${organiser}. Questions and complaints: ${contact}.`,
    bonuses: {
      heading: "More tickets",
      worth: (label, n) => `${label}: ${tickets(n)} more`,
      earned: (label, n) => `${label}: ${tickets(n)}, earned`,
      toPoll: "Give your answer",
      toBoard: "Send in an idea",
      boardRule: "It counts if it stands on the board at the moment the contest closes.",
      byAddress: (address) => `with the address ${address}`,
    },
  },
};

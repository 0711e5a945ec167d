import type { Words } from "../platform/words.ts";
import type { Reason } from "./exclusions.ts";
import type { Mark } from "./guard.ts";

/** What people read about fair play, withdrawing and being erased. */
type FairWords = {
  /** What is doubtful about an entry, for the organiser. */
  marks: Record<Mark, string>;
  /** Why an entry takes no part, to whoever's it is. */
  reasons: Record<Reason, string>;
  proof: { working: string; done: string };
  erase: {
    title: string;
    link: string;
    text: string;
    before: string;
    after: string;
    button: string;
    done: string;
    doneText: string;
    waiting: string;
    waitingText: string;
  };
  excluded: {
    title: string;
    text: (reason: string) => string;
    sentence: (organiser: string) => string;
    until: (time: string) => string;
    button: string;
    link: string;
    disputed: string;
    upheld: string;
    undone: string;
    none: string;
    tooLate: string;
  };
  back: string;
  form: string;
  mails: {
    excluded: { subject: (title: string) => string; text: (title: string, reason: string) => string; button: string };
    upheld: { subject: (title: string) => string; text: (title: string) => string };
    readmitted: { subject: (title: string) => string; text: (title: string) => string; button: string };
  };
};

export const words: Words<FairWords> = {
  nl: {
    marks: {
      no_proof:
        "De browser heeft de rekensom niet gemaakt. Dat is zo bij mensen zonder script, en bij programma’s die automatisch meedoen.",
      disposable_address: "Het adres is van een dienst die wegwerpadressen uitdeelt.",
      tagged_address:
        "In het adres staat een plusteken met een toevoeging. Eén persoon kan zo veel adressen hebben; veel mensen gebruiken het om hun mail te ordenen.",
      busy_network:
        "Op één dag kwamen meer dan 25 deelnames van hetzelfde netwerk. Bij mobiele netwerken, scholen en bedrijven is dat gewoon.",
    },
    reasons: {
      withdrawn: "u hebt zich teruggetrokken",
      disposable_address: "het e-mailadres is een wegwerpadres",
      same_person: "dezelfde persoon doet al mee met een ander adres",
      automated: "de deelname lijkt door een programma gedaan",
      not_eligible: "u voldoet niet aan de voorwaarden om mee te doen",
      other: "een andere reden",
    },
    proof: {
      working: "Uw browser maakt ondertussen een rekensom; zo houden we programma’s tegen. U hoeft niets te doen.",
      done: "De rekensom is klaar.",
    },
    erase: {
      title: "Uw gegevens laten wissen",
      link: "Laat mijn gegevens wissen",
      text: "We wissen uw e-mailadres en alles waaruit blijkt dat u het was. Dat kan niet ongedaan gemaakt worden, en uw persoonlijke pagina en uw bewijs van deelname werken dan niet meer.",
      before: "U doet dan ook niet meer mee.",
      after:
        "Uw plaats in de verzegelde lijst blijft staan, zonder naam: zo klopt de trekking voor alle anderen. Wint u een prijs, dan kunnen we u niet bereiken en gaat die naar de volgende.",
      button: "Wis mijn gegevens",
      done: "Uw gegevens zijn gewist",
      doneText: "We weten niet meer wie u was. Links uit eerdere mails werken niet meer.",
      waiting: "Uw gegevens worden gewist",
      waitingText: "De deelnemers worden juist geteld. Zodra dat klaar is, binnen het uur, zijn uw gegevens gewist.",
    },
    excluded: {
      title: "Uw deelname telt niet mee",
      text: (reason) => `De organisator heeft uw deelname uitgesloten. De reden: ${reason}.`,
      sentence: (organiser) => `${organiser} schrijft daarbij:`,
      until: (time) =>
        `Bent u het er niet mee eens? Maak dan bezwaar vóór ${time}. Daarna ligt vast wie meedoet en verandert er niets meer.`,
      button: "Ik ben het er niet mee eens",
      link: "Bekijk de reden, of maak bezwaar",
      disputed:
        "U hebt bezwaar gemaakt. De organisator kijkt er nog naar. Gebeurt dat niet vóór de sluiting, dan blijft de uitsluiting staan.",
      upheld: "U hebt bezwaar gemaakt. De organisator heeft ernaar gekeken en blijft erbij.",
      undone: "De uitsluiting is teruggenomen: u doet weer mee.",
      none: "Uw deelname is niet uitgesloten.",
      tooLate: "De deelnemers liggen vast; bezwaar maken kan niet meer.",
    },
    back: "Naar uw deelname",
    form: "De pagina stond te lang open of klopte niet meer. Probeer het nog eens.",
    mails: {
      excluded: {
        subject: (title) => `Uw deelname telt niet mee: ${title}`,
        text: (title, reason) => `De organisator heeft uw deelname aan “${title}” uitgesloten. De reden: ${reason}.`,
        button: "Bekijk de reden, of maak bezwaar",
      },
      upheld: {
        subject: (title) => `Uw bezwaar: ${title}`,
        text: (title) =>
          `De organisator heeft naar uw bezwaar gekeken en blijft erbij: uw deelname aan “${title}” telt niet mee.`,
      },
      readmitted: {
        subject: (title) => `U doet weer mee: ${title}`,
        text: (title) => `De uitsluiting van uw deelname aan “${title}” is teruggenomen. U doet weer mee.`,
        button: "Naar uw deelname",
      },
    },
  },
  en: {
    marks: {
      no_proof:
        "The browser did not do the computation. That is so for people without script, and for programs that enter by themselves.",
      disposable_address: "The address belongs to a service that gives away throwaway addresses.",
      tagged_address:
        "The address has a plus sign with an addition. One person can have many addresses like that; many people use it to sort their mail.",
      busy_network:
        "More than 25 entries came from the same network on one day. For mobile networks, schools and companies that is usual.",
    },
    reasons: {
      withdrawn: "you have withdrawn",
      disposable_address: "the e-mail address is a throwaway address",
      same_person: "the same person takes part already with another address",
      automated: "the entry looks as if a program made it",
      not_eligible: "you do not meet the conditions for taking part",
      other: "another reason",
    },
    proof: {
      working: "Meanwhile your browser does a computation, which keeps programs out. You need not do anything.",
      done: "The computation is done.",
    },
    erase: {
      title: "Have your data erased",
      link: "Erase my data",
      text: "We erase your e-mail address and everything that shows that it was you. It cannot be undone, and your personal page and your receipt will no longer work.",
      before: "You will then no longer take part.",
      after:
        "Your place in the sealed list stays, without a name: that keeps the draw right for everybody else. If you win a prize we cannot reach you, and it goes to the next in line.",
      button: "Erase my data",
      done: "Your data are erased",
      doneText: "We no longer know who you were. Links in earlier mails no longer work.",
      waiting: "Your data will be erased",
      waitingText: "The entries are being counted just now. Your data are erased once that is done, within the hour.",
    },
    excluded: {
      title: "Your entry does not count",
      text: (reason) => `The organiser has excluded your entry. The reason: ${reason}.`,
      sentence: (organiser) => `${organiser} adds:`,
      until: (time) =>
        `Do you disagree? Object before ${time}. After that it is fixed who takes part, and nothing changes any more.`,
      button: "I disagree",
      link: "See the reason, or object",
      disputed:
        "You have objected. The organiser will look at it. If that does not happen before the close, the exclusion stands.",
      upheld: "You have objected. The organiser has looked at it, and the exclusion stands.",
      undone: "The exclusion was undone: you take part again.",
      none: "Your entry is not excluded.",
      tooLate: "The list of entries is fixed; it is too late to object.",
    },
    back: "To your entry",
    form: "The page was open for too long, or was no longer right. Please try again.",
    mails: {
      excluded: {
        subject: (title) => `Your entry does not count: ${title}`,
        text: (title, reason) => `The organiser has excluded your entry in “${title}”. The reason: ${reason}.`,
        button: "See the reason, or object",
      },
      upheld: {
        subject: (title) => `Your objection: ${title}`,
        text: (title) =>
          `The organiser has looked at your objection, and the exclusion stands: your entry in “${title}” does not count.`,
      },
      readmitted: {
        subject: (title) => `You take part again: ${title}`,
        text: (title) => `The exclusion of your entry in “${title}” was undone. You take part again.`,
        button: "To your entry",
      },
    },
  },
};

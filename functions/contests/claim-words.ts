import type { Words } from "../platform/words.ts";

/** What winners read: in their mails, and on the page where they claim their prize. */
type ClaimWords = {
  /** Public reasons for which a position is struck. */
  lapsed: (days: number) => string;
  withdrew: string;
  mail: {
    subject: (title: string) => string;
    lines: (of: { title: string; prize: string; organiser: string; until: string; isPromoted: boolean }) => string[];
    button: string;
    toMe: string;
  };
  reminder: {
    subject: (title: string) => string;
    lines: (of: { title: string; prize: string; until: string }) => string[];
  };
  page: {
    title: string;
    won: (prize: string) => string;
    ask: (until: string) => string;
    name: string;
    town: string;
    contact: string;
    contactHint: string;
    showName: string;
    shown: string;
    button: string;
    who: (organiser: string) => string;
    problem: string;
    /** Beside the box by which a winner says to be one of those who may take part. */
    elseNot: string;
    notSaid: string;
  };
  done: {
    title: string;
    text: (prize: string) => string;
    next: (organiser: string) => string;
    shown: (as: string) => string;
    back: string;
  };
  over: { title: string; lapsed: (until: string) => string; struck: (reason: string) => string; back: string };
  /** On the personal page. */
  me: { toClaim: (until: string) => string; claimed: string; struck: (reason: string) => string };
};

export const claimWords: Words<ClaimWords> = {
  nl: {
    lapsed: (days) => `Niet gereageerd binnen ${days} dagen.`,
    withdrew: "Heeft zich teruggetrokken.",
    mail: {
      subject: (title) => `U hebt gewonnen: ${title}`,
      lines: ({ title, prize, organiser, until, isPromoted }) => [
        isPromoted
          ? `Gefeliciteerd! U stond op de reservelijst van “${title}”. Een winnaar is afgevallen, en nu is de prijs voor u: ${prize}.`
          : `Gefeliciteerd! U hebt gewonnen met “${title}”: ${prize}.`,
        `Laat ${organiser} weten hoe de prijs bij u komt. Dat kan tot ${until}. Daarna gaat de prijs naar de volgende reserve.`,
      ],
      button: "Ik neem de prijs aan",
      toMe: "Op uw eigen pagina ziet u de uitslag en hoe er getrokken is:",
    },
    reminder: {
      subject: (title) => `Uw prijs wacht nog: ${title}`,
      lines: ({ title, prize, until }) => [
        `U hebt gewonnen met “${title}”: ${prize}. We hebben nog niets van u gehoord.`,
        `U kunt de prijs aannemen tot ${until}. Daarna gaat hij naar de volgende reserve. Dit is de enige herinnering die u krijgt.`,
      ],
    },
    page: {
      title: "Neem uw prijs aan",
      won: (prize) => `Gefeliciteerd, u hebt gewonnen: ${prize}.`,
      ask: (until) => `Vul in hoe de prijs bij u komt. Dat kan tot ${until}.`,
      name: "Uw naam",
      town: "Uw woonplaats",
      contact: "Waar kan de prijs naartoe?",
      contactHint: "Een adres of een telefoonnummer. Alleen de organisator leest dit.",
      showName: "Mijn hele naam mag bij de uitslag staan",
      shown: "Anders staan daar alleen uw voorletters en uw woonplaats.",
      button: "Ik neem de prijs aan",
      who: (organiser) =>
        `Wat u invult, bewaren we versleuteld en is alleen voor ${organiser}, om u de prijs te geven.`,
      problem: "Vul uw naam, uw woonplaats en een adres of telefoonnummer in.",
      elseNot:
        "Alleen wie dat kan zeggen, kan de prijs aannemen. Anders gaat hij na die tijd naar de volgende reserve.",
      notSaid: "Kruis aan dat u aan de voorwaarden voldoet; anders kunt u de prijs niet aannemen.",
    },
    done: {
      title: "De prijs is voor u",
      text: (prize) => `U hebt uw prijs aangenomen: ${prize}.`,
      next: (organiser) => `${organiser} neemt contact met u op. U hoeft niets meer te doen.`,
      shown: (as) => `Bij de uitslag staat: ${as}.`,
      back: "Naar de uitslag",
    },
    over: {
      title: "Deze prijs kan niet meer aangenomen worden",
      lapsed: (until) => `Aannemen kon tot ${until}.`,
      struck: (reason) => `De prijs is naar de volgende reserve gegaan. De reden die bij de uitslag staat: ${reason}`,
      back: "Naar de uitslag",
    },
    me: {
      toClaim: (until) => `Neem uw prijs aan (tot ${until})`,
      claimed: "U hebt uw prijs aangenomen.",
      struck: (reason) => `U had gewonnen, maar bent afgevallen. De reden die bij de uitslag staat: ${reason}`,
    },
  },
  en: {
    lapsed: (days) => `No answer within ${days} days.`,
    withdrew: "Withdrew.",
    mail: {
      subject: (title) => `You have won: ${title}`,
      lines: ({ title, prize, organiser, until, isPromoted }) => [
        isPromoted
          ? `Congratulations! You were a reserve of “${title}”. A winner has dropped out, and now the prize is yours: ${prize}.`
          : `Congratulations! You have won with “${title}”: ${prize}.`,
        `Tell ${organiser} how the prize can reach you. You can until ${until}. After that it goes to the next reserve.`,
      ],
      button: "I accept the prize",
      toMe: "On your own page you see the result and how it was drawn:",
    },
    reminder: {
      subject: (title) => `Your prize still waits: ${title}`,
      lines: ({ title, prize, until }) => [
        `You have won with “${title}”: ${prize}. We have not heard from you yet.`,
        `You can accept the prize until ${until}. After that it goes to the next reserve. This is the only reminder.`,
      ],
    },
    page: {
      title: "Accept your prize",
      won: (prize) => `Congratulations, you have won: ${prize}.`,
      ask: (until) => `Say how the prize can reach you. You can until ${until}.`,
      name: "Your name",
      town: "Your town",
      contact: "Where can the prize go?",
      contactHint: "An address or a telephone number. Only the organiser reads this.",
      showName: "My whole name may stand with the result",
      shown: "Otherwise only your initials and your town stand there.",
      button: "I accept the prize",
      who: (organiser) => `What you fill in is kept encrypted and is only for ${organiser}, to give you the prize.`,
      problem: "Fill in your name, your town, and an address or a telephone number.",
      elseNot: "Only who can say so can accept the prize. Otherwise it goes to the next reserve after that time.",
      notSaid: "Tick the box that says that you meet the conditions; you cannot accept the prize otherwise.",
    },
    done: {
      title: "The prize is yours",
      text: (prize) => `You have accepted your prize: ${prize}.`,
      next: (organiser) => `${organiser} will reach you. There is nothing more for you to do.`,
      shown: (as) => `With the result stands: ${as}.`,
      back: "To the result",
    },
    over: {
      title: "This prize can no longer be accepted",
      lapsed: (until) => `It could be accepted until ${until}.`,
      struck: (reason) => `The prize went to the next reserve. The reason that stands with the result: ${reason}`,
      back: "To the result",
    },
    me: {
      toClaim: (until) => `Accept your prize (until ${until})`,
      claimed: "You have accepted your prize.",
      struck: (reason) => `You had won, but dropped out. The reason that stands with the result: ${reason}`,
    },
  },
};

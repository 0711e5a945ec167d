import { sayNumber, type Words } from "../platform/words.ts";

/** What an entrant reads on the way in and afterwards: after asking, on the personal page, and by what friends see of it. */
type TakeWords = {
  meant: {
    title: string;
    question: (address: string) => string;
    why: (domain: string) => string;
    yes: (address: string) => string;
    no: (address: string) => string;
    other: string;
  };
  sent: {
    title: string;
    to: (address: string) => string;
    /** Where the address is not to stand on the screen. */
    toYou: string;
    until: (time: string) => string;
    elsewhere: string;
    nothing: string;
    look: string;
    againFrom: (clock: string) => string;
    tooEarly: (clock: string) => string;
    again: string;
    other: string;
    back: string;
    over: (time: string) => string;
    /** On a screen that many people use. */
    returns: (seconds: number) => string;
    done: string;
  };
  linkEnded: { title: string; text: string; retry: string; closed: (time: string) => string; back: string };
  personalMail: { subject: (title: string) => string; lines: (title: string) => string[]; link: string; keep: string };
  check: {
    title: string;
    how: string;
    address: string;
    button: string;
    asked: string;
    askedWhat: string;
    receipt: string;
    link: string;
  };
  me: {
    status: string;
    entrants: (n: number) => string;
    more: string;
    friends: (unit: number, cap: number) => string;
    friendsFull: (cap: number) => string;
    noFriendYet: string;
    bonus: (label: string, tickets: number) => string;
    share: string;
    shareWhat: string;
    native: string;
    facebook: string;
    copy: string;
    copied: string;
    text: string;
    qr: string;
    qrAlt: string;
    closedShare: string;
  };
  withdraw: {
    link: string;
    title: string;
    what: (title: string) => string[];
    yes: string;
    no: string;
    isOut: string;
    isExcluded: string;
    tooLate: string;
  };
  card: {
    prize: (number: number, description: string, isMore: boolean) => string;
    until: (time: string) => string;
    over: string;
  };
  embed: { open: string };
};

export const takeWords: Words<TakeWords> = {
  nl: {
    meant: {
      title: "Klopt uw e-mailadres?",
      question: (address) => `Bedoelde u ${address}?`,
      why: (domain) => `U vulde een adres bij ${domain} in. Dat lijkt op een typefout.`,
      yes: (address) => `Ja, stuur de mail naar ${address}`,
      no: (address) => `Nee, ${address} klopt`,
      other: "Een ander adres invullen",
    },
    sent: {
      title: "Kijk in uw mail",
      to: (address) => `We hebben een mail met een knop gestuurd naar ${address}.`,
      toYou: "We hebben u een mail met een knop gestuurd.",
      until: (time) => `Druk op die knop vóór ${time}. Pas dan doet u mee; daarna werkt de link niet meer.`,
      elsewhere: "Dat mag ook op een ander apparaat.",
      nothing: "Niets gekregen?",
      look: "Kijk ook bij de ongewenste mail. Soms duurt het een paar minuten.",
      againFrom: (clock) => `Vanaf ${clock} uur kunt u de mail nog eens laten sturen.`,
      tooEarly: (clock) => `Dat is nog te vroeg. Vanaf ${clock} uur sturen we de mail nog eens.`,
      again: "Stuur de mail nog eens",
      other: "Een ander adres invullen",
      back: "Terug naar de win-actie",
      over: (time) => `De win-actie is gesloten op ${time}. Bevestigen kan niet meer.`,
      returns: (seconds) => `Dit scherm gaat na ${seconds} seconden vanzelf terug, voor de volgende.`,
      done: "Klaar",
    },
    linkEnded: {
      title: "Deze link werkt niet meer",
      text: "De tijd van deze link is voorbij, of hij is niet volledig overgenomen.",
      retry: "Vul uw adres nog eens in, dan sturen we een nieuwe.",
      closed: (time) => `De win-actie is gesloten op ${time}. Meedoen en bevestigen kan niet meer.`,
      back: "Naar de win-actie",
    },
    personalMail: {
      subject: (title) => `U doet al mee: ${title}`,
      lines: (title) => [
        `U doet al mee met “${title}”. U hoeft niets meer te doen.`,
        "Op uw eigen pagina ziet u uw kansen, en de link waarmee u die kunt vergroten.",
      ],
      link: "Naar mijn pagina",
      keep: "Deze link is alleen voor u. Deel hem niet.",
    },
    check: {
      title: "Controleer uw deelname",
      how: "Vul het adres in waarmee u meedeed. We mailen u de link naar uw eigen pagina. Daar staat of u meedoet, met hoeveel loten, en na de trekking de uitslag.",
      address: "Uw e-mailadres",
      button: "Mail mij mijn link",
      asked: "Kijk in uw mail",
      askedWhat:
        "Doet dit adres mee, dan krijgt u zo een mail met de link naar uw eigen pagina. Krijgt u niets, kijk dan bij de ongewenste mail. Kwam er nooit een bevestiging, dan doet dit adres niet mee. Vaker dan eens in de tien minuten sturen we die mail niet.",
      receipt:
        "Hebt u uw bewijs van deelname bewaard? Dan kunt u ook zonder ons nagaan of u op de lijst staat: zie de pagina over de trekking.",
      link: "Doe ik mee? Controleer uw deelname",
    },
    me: {
      status: "Voorlopige stand",
      entrants: (n) => (n === 1 ? "Er doet nu 1 persoon mee." : `Er doen nu ${sayNumber(n, "nl")} mensen mee.`),
      more: "Vergroot uw kansen",
      friends: (unit, cap) =>
        `Elke vriend die via uw link meedoet en dat bevestigt, geeft u ${unit === 1 ? "1 lot" : `${sayNumber(unit, "nl")} loten`} extra, tot ${sayNumber(cap, "nl")} extra in totaal. Delen zelf geeft geen loten.`,
      friendsFull: (cap) =>
        `U hebt alle ${sayNumber(cap, "nl")} extra loten die vrienden kunnen geven. Delen mag natuurlijk nog steeds.`,
      noFriendYet: "Er doet nog geen vriend mee via uw link.",
      bonus: (label, tickets) => `${label}: ${tickets === 1 ? "1 lot" : `${sayNumber(tickets, "nl")} loten`} extra`,
      share: "Deel uw link",
      shareWhat: "#winactie staat erbij, zodat iedereen ziet dat het om een win-actie gaat.",
      native: "Delen …",
      facebook: "Deel via Facebook",
      copy: "Kopieer tekst en link",
      copied: "Gekopieerd.",
      text: "De tekst met uw link, om zelf te kopiëren",
      qr: "Of laat een vriend deze code scannen:",
      qrAlt: "QR-code van uw persoonlijke link",
      closedShare: "De win-actie is gesloten; delen geeft geen loten meer.",
    },
    withdraw: {
      link: "Ik wil niet meer meedoen",
      title: "Niet meer meedoen?",
      what: (title) => [
        `U doet dan niet meer mee met “${title}” en kunt niets winnen. Vrienden die via uw link meedoen, blijven meedoen.`,
        "Dit kan niet ongedaan worden gemaakt: met hetzelfde adres kunt u niet opnieuw meedoen.",
      ],
      yes: "Ja, trek mijn deelname in",
      no: "Nee, ik blijf meedoen",
      isOut: "U hebt uw deelname ingetrokken. U doet niet meer mee.",
      isExcluded: "Deze deelname telt niet mee.",
      tooLate: "De lijst van deelnemers ligt al vast. Intrekken kan niet meer.",
    },
    card: {
      prize: (number, description, isMore) =>
        `${number === 1 ? "" : `${number} × `}${description}${isMore ? " en meer" : ""}`,
      until: (time) => `Meedoen tot ${time}`,
      over: "Deze win-actie is gesloten",
    },
    embed: { open: "Open deze win-actie op een eigen pagina" },
  },
  en: {
    meant: {
      title: "Is your e-mail address right?",
      question: (address) => `Did you mean ${address}?`,
      why: (domain) => `You filled in an address at ${domain}. That looks like a typing mistake.`,
      yes: (address) => `Yes, send the mail to ${address}`,
      no: (address) => `No, ${address} is right`,
      other: "Fill in another address",
    },
    sent: {
      title: "Look in your mail",
      to: (address) => `We have sent a mail with a button to ${address}.`,
      toYou: "We have sent you a mail with a button.",
      until: (time) => `Press that button before ${time}. Only then you are in; after that the link no longer works.`,
      elsewhere: "You may do that on another device.",
      nothing: "Nothing there?",
      look: "Look among the unwanted mail too. Sometimes it takes a few minutes.",
      againFrom: (clock) => `From ${clock} you can have the mail sent again.`,
      tooEarly: (clock) => `That is too early. From ${clock} we send the mail again.`,
      again: "Send the mail again",
      other: "Fill in another address",
      back: "Back to the contest",
      over: (time) => `The contest closed on ${time}. You can no longer confirm.`,
      returns: (seconds) => `This screen goes back by itself after ${seconds} seconds, for the next person.`,
      done: "Done",
    },
    linkEnded: {
      title: "This link has ended",
      text: "The time of this link is over, or it was not copied completely.",
      retry: "Fill in your address again and we send a new one.",
      closed: (time) => `The contest closed on ${time}. You can no longer enter or confirm.`,
      back: "To the contest",
    },
    personalMail: {
      subject: (title) => `You are in already: ${title}`,
      lines: (title) => [
        `You have entered “${title}” already. There is nothing more to do.`,
        "On your own page you see your chances, and the link that raises them.",
      ],
      link: "To my page",
      keep: "This link is for you alone. Do not share it.",
    },
    check: {
      title: "Check your entry",
      how: "Fill in the address that you entered with. We mail you the link to your own page. It says whether you are in, with how many tickets, and after the draw the result.",
      address: "Your e-mail address",
      button: "Mail me my link",
      asked: "Look in your mail",
      askedWhat:
        "If this address has entered, a mail with the link to your own page is on its way. If nothing comes, look among the unwanted mail. If you never confirmed, this address has not entered. We send that mail no more than once in ten minutes.",
      receipt:
        "Did you keep your receipt? Then you can find out without us whether you are in the list: see the page about the draw.",
      link: "Am I in? Check your entry",
    },
    me: {
      status: "Provisional standing",
      entrants: (n) => (n === 1 ? "1 person has entered by now." : `${sayNumber(n, "en")} people have entered by now.`),
      more: "Raise your chances",
      friends: (unit, cap) =>
        `Each friend who enters by your link and confirms it gives you ${unit === 1 ? "1 ticket" : `${sayNumber(unit, "en")} tickets`} more, up to ${sayNumber(cap, "en")} more in all. Sharing itself gives none.`,
      friendsFull: (cap) =>
        `You have all ${sayNumber(cap, "en")} extra tickets that friends can give. You may share all the same.`,
      noFriendYet: "No friend has entered by your link yet.",
      bonus: (label, tickets) => `${label}: ${tickets === 1 ? "1 ticket" : `${sayNumber(tickets, "en")} tickets`} more`,
      share: "Share your link",
      shareWhat: "It says #contest, so that everyone sees that it is about a contest.",
      native: "Share …",
      facebook: "Share on Facebook",
      copy: "Copy the text and link",
      copied: "Copied.",
      text: "The text with your link, to copy yourself",
      qr: "Or let a friend scan this code:",
      qrAlt: "QR code of your personal link",
      closedShare: "The contest is closed; sharing gives no more tickets.",
    },
    withdraw: {
      link: "I no longer want to take part",
      title: "Take part no longer?",
      what: (title) => [
        `You then no longer take part in “${title}” and cannot win. Friends who entered by your link stay in.`,
        "This cannot be undone: you cannot enter again with the same address.",
      ],
      yes: "Yes, withdraw my entry",
      no: "No, I stay in",
      isOut: "You have withdrawn your entry. You no longer take part.",
      isExcluded: "This entry does not count.",
      tooLate: "The list of entrants is already fixed. You can no longer withdraw.",
    },
    card: {
      prize: (number, description, isMore) =>
        `${number === 1 ? "" : `${number} × `}${description}${isMore ? " and more" : ""}`,
      until: (time) => `Enter until ${time}`,
      over: "This contest is closed",
    },
    embed: { open: "Open this contest on a page of its own" },
  },
};

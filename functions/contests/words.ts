import { type Language, sayEuros, sayNumber, sayTime, type Words } from "../platform/words.ts";

/** How a contest's moments are said: in its own zone. */
export const timesIn = (contest: { zone: string }, language: Language) => (at: string) =>
  sayTime(at, language, contest.zone);

/** What people read about a contest: on its pages, in its mails and in what they share. */
type ContestWords = {
  euros: (cents: number) => string;
  enter: {
    brand: (organiser: string) => string;
    prizes: string;
    prize: (number: number, description: string, value: string) => string;
    until: (time: string) => string;
    drawn: (time: string) => string;
    entrants: (n: number) => string;
    /** After the close. */
    entered: (n: number) => string;
    heading: string;
    address: string;
    hint: string;
    agree: string;
    button: string;
    terms: string;
    broughtBy: string;
    brokenLink: string;
    howDrawn: string;
  };
  problems: { address: string; form: string };
  over: {
    closed: (time: string) => string;
    willDraw: (time: string) => string;
    cancelled: string;
    toDraw: string;
    drawn: string;
  };
  confirm: { title: string; text: (title: string) => string; until: (time: string) => string; button: string };
  confirmMail: {
    subject: (title: string) => string;
    lines: (title: string, time: string) => string[];
    link: string;
    ignore: string;
  };
  me: {
    title: string;
    in: (title: string) => string;
    keep: string;
    tickets: (n: number, friends: number) => string;
    provisional: string;
    sealed: (number: number, of: number) => string;
    shareText: (title: string, organiser: string) => string;
    disclosure: string;
    whatsapp: string;
    telegram: string;
    mail: string;
    mailSubject: (title: string) => string;
    receipt: string;
    receiptWhy: string;
    download: string;
    won: (prize: string) => string;
    wonNext: string;
    reserve: (place: number) => string;
    lost: string;
    waiting: (time: string) => string;
    nothing: string;
    toDraw: string;
  };
  draw: {
    title: (title: string) => string;
    stages: {
      open: (time: string) => string;
      closing: string;
      committed: (time: string) => string;
      drawn: (time: string) => string;
      final: string;
      none: string;
      cancelled: string;
    };
    moved: (from: string, to: string) => string;
    winners: string;
    reserves: string;
    place: string;
    prize: string;
    entry: string;
    mark: string;
    entryNumber: (n: number) => string;
    noReserve: string;
    committedTo: string;
    commitHash: string;
    counts: (entries: number, tickets: number) => string;
    round: (round: number, time: string) => string;
    localBeacon: string;
    how: string;
    howSteps: string[];
    proves: string;
    provesThat: string[];
    provesNot: string;
    provesNotThat: string[];
    check: string;
    checkHow: (command: string) => string;
    bundle: string;
    checkEntry: string;
    back: string;
  };
  terms: (facts: TermsFacts) => string[];
};

export type TermsFacts = {
  title: string;
  organiser: { name: string; address: string; contact: string };
  promotes: string;
  prizes: string[];
  opens: string;
  closes: string;
  draws: string;
  winners: number;
  reserves: number;
  base: number;
  referralUnit: number;
  referralCap: number;
};

export const words: Words<ContestWords> = {
  nl: {
    euros: (cents) => sayEuros(cents, "nl"),
    enter: {
      brand: (organiser) => `Een win-actie van ${organiser}`,
      prizes: "Wat u kunt winnen",
      prize: (number, description, value) => `${number} × ${description}, ter waarde van ${value}`,
      until: (time) => `Meedoen kan tot ${time}.`,
      drawn: (time) => `De winnaars worden getrokken op ${time}.`,
      entrants: (n) => (n === 1 ? "1 persoon doet mee." : `${sayNumber(n, "nl")} mensen doen mee.`),
      entered: (n) => (n === 1 ? "1 persoon deed mee." : `${sayNumber(n, "nl")} mensen deden mee.`),
      heading: "Doe mee",
      address: "Uw e-mailadres",
      hint: "U krijgt een mail met een knop waarmee u uw deelname bevestigt. Meer vragen we niet.",
      agree: "Als u meedoet, gaat u akkoord met de voorwaarden hieronder.",
      button: "Doe mee",
      terms: "De voorwaarden",
      broughtBy: "U komt via de persoonlijke link van een vriend. Als u meedoet, krijgt die vriend een extra kans.",
      brokenLink:
        "Deze persoonlijke link klopt niet helemaal. U kunt gewoon meedoen, maar uw vriend krijgt er geen extra kans door.",
      howDrawn: "Hoe de trekking gaat",
    },
    problems: {
      address: "Dit is geen e-mailadres. Kijk het na, bijvoorbeeld naam@voorbeeld.nl.",
      form: "De pagina stond te lang open of klopte niet meer. Probeer het nog eens.",
    },
    over: {
      closed: (time) => `De win-actie is gesloten op ${time}. Meedoen kan niet meer.`,
      willDraw: (time) => `De winnaars worden getrokken op ${time}.`,
      cancelled: "Deze win-actie is afgelast. De reden:",
      toDraw: "Naar de trekking",
      drawn: "De winnaars zijn getrokken.",
    },
    confirm: {
      title: "Bevestig uw deelname",
      text: (title) => `Nog één druk op de knop en u doet mee met “${title}”.`,
      until: (time) => `Doe het vóór ${time}; daarna telt het niet meer.`,
      button: "Ja, ik doe mee",
    },
    confirmMail: {
      subject: (title) => `Bevestig uw deelname: ${title}`,
      lines: (title, time) => [
        `U wilt meedoen met “${title}”.`,
        `Open de link hieronder en druk op de knop. Dat moet vóór ${time}: pas dan doet u mee.`,
      ],
      link: "Bevestig mijn deelname",
      ignore: "Hebt u dit niet gevraagd? Dan hoeft u niets te doen: zonder bevestiging bewaren we uw adres niet.",
    },
    me: {
      title: "Uw deelname",
      in: (title) => `U doet mee met “${title}”.`,
      keep: "Bewaar deze pagina, bijvoorbeeld als bladwijzer. Ze is alleen voor u: deel haar niet.",
      tickets: (n, friends) =>
        `U hebt ${n === 1 ? "1 lot" : `${sayNumber(n, "nl")} loten`}${friends === 0 ? "" : friends === 1 ? ", mede door 1 vriend die meedoet" : `, mede door ${sayNumber(friends, "nl")} vrienden die meedoen`}.`,
      provisional: "Een voorlopige stand; bij de sluiting wordt precies geteld.",
      sealed: (number, of) =>
        `In de lijst waaruit getrokken wordt, bent u nummer ${sayNumber(number, "nl")} van ${sayNumber(of, "nl")}.`,
      shareText: (title, organiser) =>
        `Ik doe mee met “${title}” van ${organiser}. Doe je ook mee? Via deze link krijg ik een extra kans.`,
      disclosure: "#winactie",
      whatsapp: "Deel via WhatsApp",
      telegram: "Deel via Telegram",
      mail: "Deel via uw eigen mail",
      mailSubject: (title) => `Doe mee: ${title}`,
      receipt: "Uw bewijs van deelname",
      receiptWhy: "Met dit ondertekende bewijs kunt u aantonen dat u op tijd meedeed, ook zonder ons.",
      download: "Bewaar het bewijs",
      won: (prize) => `Gefeliciteerd, u hebt gewonnen: ${prize}.`,
      wonNext: "De organisator neemt contact met u op via uw e-mailadres.",
      reserve: (place) => `U staat op reserveplaats ${place}. Als een winnaar afvalt, bent u aan de beurt.`,
      lost: "U hebt deze keer niet gewonnen. Bedankt voor het meedoen.",
      waiting: (time) => `De win-actie is gesloten. De winnaars worden getrokken op ${time}.`,
      nothing: "Deze win-actie is afgelast.",
      toDraw: "Naar de trekking",
    },
    draw: {
      title: (title) => `De trekking: ${title}`,
      stages: {
        open: (time) => `Meedoen kan nog. De trekking is op ${time}.`,
        closing: "De win-actie is gesloten. De lijst van deelnemers wordt nu vastgelegd.",
        committed: (time) => `De lijst van deelnemers ligt vast. De winnaars worden getrokken op ${time}.`,
        drawn: (time) => `De winnaars zijn getrokken op ${time}.`,
        final: "De uitslag is definitief.",
        none: "Niemand heeft meegedaan. Er valt niets te trekken en er is geen winnaar.",
        cancelled: "Deze win-actie is afgelast; er is geen trekking.",
      },
      moved: (from, to) =>
        `De trekking is verschoven van ${from} naar ${to}, omdat de lijst niet op tijd was vastgelegd.`,
      winners: "De winnaars",
      reserves: "De reserves",
      place: "Plaats",
      prize: "Prijs",
      entry: "Deelnemer",
      mark: "Kenmerk",
      entryNumber: (n) => `nummer ${sayNumber(n, "nl")}`,
      noReserve: "Er zijn geen reserves.",
      committedTo: "Wat er vastligt",
      commitHash: "De vingerafdruk van de vastgelegde lijst en regels:",
      counts: (entries, tickets) =>
        `${entries === 1 ? "1 deelnemer" : `${sayNumber(entries, "nl")} deelnemers`} met ${tickets === 1 ? "1 lot" : `${sayNumber(tickets, "nl")} loten`}.`,
      round: (round, time) => `Ronde ${sayNumber(round, "nl")} van het baken beslist; het tijdstip ervan is ${time}.`,
      localBeacon:
        "Let op: deze trekking gebruikt een eigen baken en niet het openbare. Wie dat baken heeft, kon de uitslag vooraf weten. Ze laat zien hoe het werkt en bewijst verder niets.",
      how: "Hoe er getrokken wordt",
      howSteps: [
        "Bij de sluiting wordt de lijst van alle deelnemers met hun loten verzegeld. Niemand kan er daarna iets aan veranderen zonder dat het opvalt.",
        "De vingerafdruk van die lijst en van de regels staat op deze pagina, vóór het toeval bestaat dat beslist.",
        "Het toeval komt van een baken: een reeks getallen die op vaste tijden verschijnt en die niemand vooraf kent of kan kiezen. Welk getal telt, ligt vooraf vast.",
        "Met dat getal wordt gerekend, en niets anders: iedereen die het narekent, vindt dezelfde winnaars. Valt er een winnaar af, dan schuift de eerste reserve door; er wordt niet opnieuw geloot.",
      ],
      proves: "Wat dit bewijst",
      provesThat: [
        "Niemand heeft het toeval gekozen, opnieuw geprobeerd of een uitslag weggegooid.",
        "Elk lot telt één keer, en niemand is na de trekking weggelaten.",
        "Wie een bewijs van deelname heeft en niet op de lijst staat, kan dat aantonen.",
      ],
      provesNot: "Wat dit niet bewijst",
      provesNotThat: [
        "Dat de organisator vóór de sluiting geen verzonnen deelnemers heeft toegevoegd. Wie op het aantal deelnemers let, kan dat zien.",
        "Dat de organisator vóór de sluiting niemand meer loten gaf dan verdiend. Meer dan de regels kunnen geven, valt bij het narekenen op; en hoeveel loten een winnaar had, ziet iedereen.",
        "Dat niemand met verschillende e-mailadressen heeft meegedaan. Dat kost moeite: elk adres moet een mail bevestigen en de browser maakt een rekensom, en wat opvalt bekijkt de organisator. Maar wie er genoeg voor over heeft, kan het.",
      ],
      check: "Reken het zelf na",
      checkHow: (command) =>
        `Alles wat daarvoor nodig is, staat in één bestand, zonder persoonsgegevens. Bewaar het en geef de opdracht ${command}; dat kan zonder internet.`,
      bundle: "Het bestand draw.json",
      checkEntry: "Of u zelf op de lijst staat, ziet u op uw eigen pagina.",
      back: "Naar de win-actie",
    },
    terms: (of) => [
      `Deze win-actie, “${of.title}”, is van ${of.organiser.name}, ${of.organiser.address}. Zij vestigt de aandacht op: ${of.promotes}.`,
      `De win-actie loopt van ${of.opens} tot ${of.closes}. Meedoen is gratis en gaat met een e-mailadres dat u bevestigt. De bevestiging moet vóór de sluiting bij ons aankomen. Ieder mens doet één keer mee.`,
      `Te winnen: ${of.prizes.join("; ")}.`,
      `Iedere deelnemer heeft ${of.base} ${of.base === 1 ? "lot" : "loten"}.${of.referralUnit === 0 ? "" : ` Elke vriend die via uw persoonlijke link meedoet, geeft er ${of.referralUnit} bij, tot ${of.referralCap} extra. Delen zelf geeft geen kansen; elke gedeelde tekst noemt #winactie.`}`,
      `Op ${of.draws} worden ${of.winners} ${of.winners === 1 ? "winnaar" : "winnaars"} en ${of.reserves} ${of.reserves === 1 ? "reserve" : "reserves"} getrokken, door het lot en voor iedereen na te rekenen. Winnaars krijgen bericht per mail. Alle toegezegde prijzen worden uitgereikt.`,
      "Bent u jonger dan 18, vraag dan toestemming aan uw ouders of verzorgers.",
      "Uw e-mailadres wordt versleuteld bewaard en alleen gebruikt voor deze win-actie. De uitslag noemt geen namen of adressen.",
      "Facebook, Instagram en andere netwerken staan buiten deze win-actie: zij steunen haar niet en zijn er niet verantwoordelijk voor.",
      `Vragen en klachten: ${of.organiser.contact}. Deze win-actie volgt de Gedragscode promotionele kansspelen. De voorwaarden worden tijdens de looptijd niet gewijzigd ten nadele van deelnemers.`,
    ],
  },
  en: {
    euros: (cents) => sayEuros(cents, "en"),
    enter: {
      brand: (organiser) => `A contest by ${organiser}`,
      prizes: "What you can win",
      prize: (number, description, value) => `${number} × ${description}, worth ${value}`,
      until: (time) => `You can enter until ${time}.`,
      drawn: (time) => `The winners are drawn on ${time}.`,
      entrants: (n) => (n === 1 ? "1 person has entered." : `${sayNumber(n, "en")} people have entered.`),
      entered: (n) => (n === 1 ? "1 person entered." : `${sayNumber(n, "en")} people entered.`),
      heading: "Enter",
      address: "Your e-mail address",
      hint: "You will get a mail with a button that confirms your entry. We ask for nothing else.",
      agree: "By entering you agree to the terms below.",
      button: "Enter",
      terms: "The terms",
      broughtBy: "You came by a friend's personal link. If you enter, that friend gets an extra chance.",
      brokenLink:
        "This personal link is not quite right. You can enter all the same, but your friend gets no extra chance by it.",
      howDrawn: "How the draw works",
    },
    problems: {
      address: "This is not an e-mail address. Check it, for example name@example.com.",
      form: "The page was open for too long or was no longer right. Please try again.",
    },
    over: {
      closed: (time) => `The contest closed on ${time}. You can no longer enter.`,
      willDraw: (time) => `The winners are drawn on ${time}.`,
      cancelled: "This contest was cancelled. The reason:",
      toDraw: "To the draw",
      drawn: "The winners have been drawn.",
    },
    confirm: {
      title: "Confirm your entry",
      text: (title) => `One press of the button and you are in “${title}”.`,
      until: (time) => `Do it before ${time}; after that it does not count.`,
      button: "Yes, I enter",
    },
    confirmMail: {
      subject: (title) => `Confirm your entry: ${title}`,
      lines: (title, time) => [
        `You want to enter “${title}”.`,
        `Open the link below and press the button. This must be done before ${time}: only then you are in.`,
      ],
      link: "Confirm my entry",
      ignore: "You did not ask for this? Then do nothing: without a confirmation we do not keep your address.",
    },
    me: {
      title: "Your entry",
      in: (title) => `You are in “${title}”.`,
      keep: "Keep this page, as a bookmark for example. It is for you alone: do not share it.",
      tickets: (n, friends) =>
        `You have ${n === 1 ? "1 ticket" : `${sayNumber(n, "en")} tickets`}${friends === 0 ? "" : friends === 1 ? ", also by 1 friend who entered" : `, also by ${sayNumber(friends, "en")} friends who entered`}.`,
      provisional: "A provisional count; it is exact when the contest closes.",
      sealed: (number, of) =>
        `In the list that is drawn from you are number ${sayNumber(number, "en")} of ${sayNumber(of, "en")}.`,
      shareText: (title, organiser) =>
        `I have entered “${title}” by ${organiser}. Will you enter too? By this link I get an extra chance.`,
      disclosure: "#contest",
      whatsapp: "Share by WhatsApp",
      telegram: "Share by Telegram",
      mail: "Share by your own mail",
      mailSubject: (title) => `Enter too: ${title}`,
      receipt: "Your receipt",
      receiptWhy: "With this signed receipt you can show that you entered in time, even without us.",
      download: "Keep the receipt",
      won: (prize) => `Congratulations, you have won: ${prize}.`,
      wonNext: "The organiser will reach you at your e-mail address.",
      reserve: (place) => `You are reserve number ${place}. If a winner drops out, it is your turn.`,
      lost: "You have not won this time. Thank you for entering.",
      waiting: (time) => `The contest is closed. The winners are drawn on ${time}.`,
      nothing: "This contest was cancelled.",
      toDraw: "To the draw",
    },
    draw: {
      title: (title) => `The draw: ${title}`,
      stages: {
        open: (time) => `You can still enter. The draw is on ${time}.`,
        closing: "The contest is closed. The list of entrants is being sealed.",
        committed: (time) => `The list of entrants is fixed. The winners are drawn on ${time}.`,
        drawn: (time) => `The winners were drawn on ${time}.`,
        final: "The result is final.",
        none: "Nobody entered. There is nothing to draw from and there is no winner.",
        cancelled: "This contest was cancelled; there is no draw.",
      },
      moved: (from, to) => `The draw was moved from ${from} to ${to}, because the list was not fixed in time.`,
      winners: "The winners",
      reserves: "The reserves",
      place: "Place",
      prize: "Prize",
      entry: "Entrant",
      mark: "Mark",
      entryNumber: (n) => `number ${sayNumber(n, "en")}`,
      noReserve: "There are no reserves.",
      committedTo: "What is fixed",
      commitHash: "The fingerprint of the fixed list and rules:",
      counts: (entries, tickets) =>
        `${entries === 1 ? "1 entrant" : `${sayNumber(entries, "en")} entrants`} with ${tickets === 1 ? "1 ticket" : `${sayNumber(tickets, "en")} tickets`}.`,
      round: (round, time) => `Round ${sayNumber(round, "en")} of the beacon decides; its time is ${time}.`,
      localBeacon:
        "Mind: this draw uses a beacon of its own and not the public one. Whoever has that beacon could know the outcome beforehand. It shows how it works and proves nothing more.",
      how: "How it is drawn",
      howSteps: [
        "When the contest closes, the list of all entrants with their tickets is sealed. After that nobody can change it unnoticed.",
        "The fingerprint of that list and of the rules stands on this page before the chance exists that decides.",
        "The chance comes from a beacon: a series of numbers that appear at fixed times and that nobody knows beforehand or can choose. Which number counts is fixed beforehand.",
        "That number is reckoned with, and nothing else: whoever does it again finds the same winners. If a winner drops out, the first reserve takes the place; nothing is drawn again.",
      ],
      proves: "What this proves",
      provesThat: [
        "Nobody chose the chance, tried it again or threw an outcome away.",
        "Every ticket counts once, and nobody was left out after the draw.",
        "Whoever has a receipt and is not in the list can show it.",
      ],
      provesNot: "What this does not prove",
      provesNotThat: [
        "That the organiser added no invented entrants before the close. Whoever watches the number of entrants can see it.",
        "That the organiser gave nobody more tickets before the close than they had earned. More than the rules can give shows when it is checked; and how many tickets a winner had, everybody sees.",
        "That nobody entered with several e-mail addresses. It takes effort: each address must confirm a mail, the browser does a computation, and the organiser looks at what stands out. But whoever finds it worth that can do it.",
      ],
      check: "Check it yourself",
      checkHow: (command) =>
        `All that it takes is in one file, without personal data. Keep it and give the command ${command}; it needs no internet.`,
      bundle: "The file draw.json",
      checkEntry: "Whether you are in the list yourself, your own page shows.",
      back: "To the contest",
    },
    terms: (of) => [
      `This contest, “${of.title}”, is by ${of.organiser.name}, ${of.organiser.address}. It promotes: ${of.promotes}.`,
      `The contest runs from ${of.opens} to ${of.closes}. Entering is free and takes an e-mail address that you confirm. The confirmation must reach us before the close. Every person enters once.`,
      `To be won: ${of.prizes.join("; ")}.`,
      `Every entrant has ${of.base} ${of.base === 1 ? "ticket" : "tickets"}.${of.referralUnit === 0 ? "" : ` Each friend who enters by your personal link adds ${of.referralUnit}, up to ${of.referralCap} more. Sharing itself gives no chances; every shared text says #contest.`}`,
      `On ${of.draws} ${of.winners} ${of.winners === 1 ? "winner" : "winners"} and ${of.reserves} ${of.reserves === 1 ? "reserve" : "reserves"} are drawn by lot, so that anyone can check it. Winners are told by mail. All promised prizes are paid out.`,
      "If you are under 18, ask your parents or guardians for permission.",
      "Your e-mail address is kept encrypted and used for this contest only. The result names no names or addresses.",
      "Facebook, Instagram and other networks have no part in this contest: they do not endorse it and are not responsible for it.",
      `Questions and complaints: ${of.organiser.contact}. This contest follows the Dutch code of conduct for promotional games of chance. The terms do not change to the entrants' disadvantage while it runs.`,
    ],
  },
};

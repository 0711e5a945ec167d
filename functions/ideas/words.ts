import { sayNumber, type Words } from "../platform/words.ts";
import type { Stage } from "./idea.ts";
import type { Because } from "./participant.ts";

/** What people read on a board's pages and in its mails. */
export type IdeaWords = {
  board: string;
  propose: string;
  proposeHere: string;
  title: string;
  titleHint: string;
  text: string;
  optional: string;
  name: string;
  nameHint: string;
  tell: { label: string; hint: string };
  tick: string;
  email: { label: string; hint: string };
  send: string;
  waits: string;
  cookie: string;
  notOpen: { title: string; text: string };
  closed: string;
  none: string;
  noneSuch: string;
  sort: { label: string; support: string; newest: string };
  show: { label: string; all: string };
  stages: Record<Stage, string>;
  /** What a stage means, to a reader. */
  stands: Record<Stage, string>;
  supporters: (n: number) => string;
  comments: (n: number) => string;
  more: string;
  earlier: string;
  back: string;
  problem: string;
  problems: { title: string; text: string; name: string; email: string; said: string };
  formAgain: string;
  similar: { title: string; text: string; see: string; support: string; anyway: string; live: string };
  thanks: {
    proposed: string;
    pending: string;
    supported: string;
    commented: string;
    commentWaits: string;
    back: string;
  };
  next: string;
  support: string;
  supporting: string;
  withdraw: string;
  noSupport: string;
  answers: string;
  said: (organiser: string) => string;
  by: (name: string) => string;
  mergedInto: string;
  merged: (n: number) => string;
  goTo: (title: string) => string;
  pending: string;
  rejected: string;
  commentPending: string;
  commentRejected: string;
  theComments: string;
  moreComments: string;
  earlierComments: string;
  noComments: string;
  comment: { label: string; send: string };
  follow: { title: string; text: string; send: string };
  followMailed: { title: string; text: (address: string) => string };
  followConfirm: { title: string; text: (title: string) => string; button: string };
  following: { title: string; text: (title: string) => string };
  stop: { title: string; text: (title: string) => string; button: string };
  stopped: { title: string; text: (title: string) => string };
  remove: { link: string; title: string; text: string; button: string; keep: string; comment: string };
  removed: { title: string; text: string };
  forgotten: string;
  code: {
    title: string;
    text: (address: string) => string;
    label: string;
    button: string;
    wrong: string;
    again: string;
  };
  codeMail: { subject: (board: string) => string; text: (board: string) => string; code: string; ignore: string };
  followMail: { subject: (title: string) => string; text: (title: string) => string; button: string; ignore: string };
  mail: {
    because: Record<Because, (title: string) => string>;
    subject: Record<Stage, (title: string) => string>;
    approved: { subject: (title: string) => string; text: (title: string) => string };
    rejected: {
      subject: (title: string) => string;
      text: (title: string) => string;
      reason: (reason: string) => string;
    };
    merged: (title: string) => string;
    button: string;
    stop: string;
  };
  card: { over: string; asks: string; ideas: (n: number) => string };
};

export const words: Words<IdeaWords> = {
  nl: {
    board: "Ideeënbord",
    propose: "Stel een idee voor",
    proposeHere: "Uw idee",
    title: "Uw idee in één zin",
    titleHint: "Bijvoorbeeld: een fietsenstalling bij de ingang.",
    text: "Toelichting",
    optional: "niet verplicht",
    name: "Uw naam",
    nameHint: "Staat bij uw idee, zichtbaar voor iedereen.",
    tell: {
      label: "Uw e-mailadres",
      hint: "Alleen om u te laten weten wat er met dit idee gebeurt. U krijgt eerst een mail om dat te bevestigen.",
    },
    tick: "Mail mij wat er met dit idee gebeurt",
    email: { label: "Uw e-mailadres", hint: "U krijgt een code gemaild. Zo telt iedereen één keer." },
    send: "Stel mijn idee voor",
    waits: "Ideeën en reacties worden eerst bekeken en verschijnen daarna.",
    cookie: "Eén keer steunen per apparaat: daarvoor bewaart deze pagina een cookie.",
    notOpen: { title: "Nog niet open", text: "Dit ideeënbord opent later. Kom gerust terug." },
    closed: "Dit ideeënbord is gesloten. U kunt alles nog lezen.",
    none: "Er is nog geen idee. Stelt u het eerste voor?",
    noneSuch: "Hier is nog geen idee.",
    sort: { label: "Volgorde", support: "Meeste steun", newest: "Nieuwste" },
    show: { label: "Wat u ziet", all: "Alles" },
    stages: { open: "Open", planned: "Gepland", doing: "Bezig", done: "Gedaan", declined: "Doen we niet" },
    stands: {
      open: "Dit idee staat open.",
      planned: "Dit gaan we doen.",
      doing: "Hier zijn we mee bezig.",
      done: "Dit hebben we gedaan.",
      declined: "Dit doen we niet.",
    },
    supporters: (n) => (n === 1 ? "1 persoon steunt dit" : `${sayNumber(n, "nl")} mensen steunen dit`),
    comments: (n) => (n === 1 ? "1 reactie" : `${sayNumber(n, "nl")} reacties`),
    more: "Volgende ideeën",
    earlier: "Vorige ideeën",
    back: "Alle ideeën",
    problem: "Er klopt nog iets niet. Kijk na wat u hebt ingevuld.",
    problems: {
      title: "Schrijf uw idee in één zin van hoogstens 120 tekens.",
      text: "Schrijf een toelichting van hoogstens 2.000 tekens, zonder vreemde tekens.",
      name: "Schrijf een naam van hoogstens 40 tekens.",
      email: "Vul een e-mailadres in, zoals naam@voorbeeld.nl.",
      said: "Schrijf een reactie van hoogstens 1.000 tekens.",
    },
    formAgain: "De pagina stond te lang open. Controleer wat u schreef en verstuur het nog eens.",
    similar: {
      title: "Bedoelt u een van deze ideeën?",
      text: "Deze ideeën lijken op het uwe. Samen op één idee telt uw steun zwaarder.",
      see: "Bekijk dit idee",
      support: "Steun dit idee",
      anyway: "Nee, stel mijn idee toch voor",
      live: "Lijkt het hierop? Steun het dan.",
    },
    thanks: {
      proposed: "Uw idee staat op het bord. U bent zelf de eerste die het steunt.",
      pending: "Uw idee is ontvangen. Het verschijnt zodra het is bekeken.",
      supported: "Uw steun is geteld.",
      commented: "Uw reactie is geplaatst.",
      commentWaits: "Uw reactie is ontvangen. Ze verschijnt zodra ze is bekeken.",
      back: "Uw steun is ingetrokken.",
    },
    next: "Deel deze pagina met wie dit ook vindt, of kijk welke ideeën er nog meer zijn.",
    support: "Ik steun dit idee",
    supporting: "U steunt dit idee.",
    withdraw: "Trek mijn steun in",
    noSupport: "Steunen kan hier niet meer.",
    answers: "Wat er met dit idee gebeurt",
    said: (organiser) => `${organiser} zegt:`,
    by: (name) => `Voorgesteld door ${name}`,
    mergedInto: "Dit idee is samengevoegd met een ander. Uw steun telt daar mee.",
    merged: (n) =>
      n === 1 ? "Hiermee is 1 ander idee samengevoegd." : `Hiermee zijn ${n} andere ideeën samengevoegd.`,
    goTo: (title) => `Naar: ${title}`,
    pending: "Alleen u ziet dit idee nu: het wordt eerst bekeken.",
    rejected: "Dit idee is niet geplaatst. Alleen u ziet het.",
    commentPending: "Alleen u ziet deze reactie nu: ze wordt eerst bekeken.",
    commentRejected: "Deze reactie is niet geplaatst. Alleen u ziet haar.",
    theComments: "Reacties",
    moreComments: "Volgende reacties",
    earlierComments: "Vorige reacties",
    noComments: "Er is nog geen reactie.",
    comment: { label: "Uw reactie", send: "Plaats mijn reactie" },
    follow: {
      title: "Op de hoogte blijven",
      text: "Wilt u weten wat er met dit idee gebeurt? Dan mailen wij u, alleen daarover.",
      send: "Houd mij op de hoogte",
    },
    followMailed: {
      title: "Kijk in uw mail",
      text: (address) => `Er is een mail naar ${address} gestuurd. Klik op de link daarin om te bevestigen.`,
    },
    followConfirm: {
      title: "Op de hoogte blijven?",
      text: (title) => `Wij mailen u dan wat er gebeurt met het idee “${title}”. Stoppen kan altijd.`,
      button: "Ja, mail mij daarover",
    },
    following: {
      title: "Wij houden u op de hoogte",
      text: (title) => `U krijgt een mail zodra er iets gebeurt met het idee “${title}”.`,
    },
    stop: {
      title: "Geen mail meer over dit idee?",
      text: (title) => `U krijgt dan geen bericht meer over het idee “${title}”.`,
      button: "Stop met mailen",
    },
    stopped: { title: "U krijgt geen mail meer", text: (title) => `Over het idee “${title}” mailen wij u niet meer.` },
    remove: {
      link: "Verwijder mijn idee",
      title: "Uw idee verwijderen?",
      text: "Uw idee verdwijnt met de reacties en de steun. Dat kan niet ongedaan worden gemaakt.",
      button: "Ja, verwijder mijn idee",
      keep: "Nee, laat het staan",
      comment: "Verwijder mijn reactie",
    },
    removed: { title: "Uw idee is verwijderd", text: "Het is nergens meer te lezen." },
    forgotten: "(verwijderd idee)",
    code: {
      title: "Vul de code in",
      text: (address) => `Wij hebben een code gemaild naar ${address}. Vul die hier in.`,
      label: "Code uit de mail",
      button: "Bevestig",
      wrong: "Dat is niet de code uit de mail. Kijk haar na en probeer het nog eens.",
      again: "Geen mail? Kijk ook bij de ongewenste mail. Na tien minuten kunt u het opnieuw proberen.",
    },
    codeMail: {
      subject: (board) => `Uw code voor ${board}`,
      text: (board) => `Met deze code bevestigt u op het ideeënbord “${board}” dat dit uw adres is.`,
      code: "Code",
      ignore: "Vroeg u dit niet aan? Dan hoeft u niets te doen.",
    },
    followMail: {
      subject: (title) => `Bevestig: op de hoogte blijven van “${title}”`,
      text: (title) =>
        `Wilt u weten wat er gebeurt met het idee “${title}”? Bevestig dat dan met de knop op deze pagina.`,
      button: "Bevestig dat ik dit wil",
      ignore: "Vroeg u dit niet aan? Dan hoeft u niets te doen: u krijgt verder geen mail.",
    },
    mail: {
      because: {
        proposed: (title) => `U stelde dit idee voor: “${title}”.`,
        supported: (title) => `U steunde dit idee: “${title}”.`,
        followed: (title) => `U volgt dit idee: “${title}”.`,
      },
      subject: {
        open: (title) => `Bericht over het idee “${title}”`,
        planned: (title) => `Gepland: “${title}”`,
        doing: (title) => `Wij zijn begonnen: “${title}”`,
        done: (title) => `U zei het, wij deden het: “${title}”`,
        declined: (title) => `Niet gedaan: “${title}”`,
      },
      approved: {
        subject: (title) => `Uw idee staat op het bord: “${title}”`,
        text: (title) => `Uw idee “${title}” is bekeken en staat nu op het bord.`,
      },
      rejected: {
        subject: (title) => `Uw idee is niet geplaatst: “${title}”`,
        text: (title) => `Uw idee “${title}” is bekeken en niet geplaatst.`,
        reason: (reason) => `De reden: ${reason}`,
      },
      merged: (title) => `Het is samengevoegd met het idee “${title}”.`,
      button: "Bekijk het idee",
      stop: "Geen mail meer over dit idee",
    },
    card: {
      over: "Dit ideeënbord is gesloten",
      asks: "Wat is uw idee?",
      ideas: (n) => (n === 1 ? "1 idee tot nu toe" : `${sayNumber(n, "nl")} ideeën tot nu toe`),
    },
  },
  en: {
    board: "Board of ideas",
    propose: "Propose an idea",
    proposeHere: "Your idea",
    title: "Your idea in one sentence",
    titleHint: "For example: a bicycle shed at the entrance.",
    text: "Explanation",
    optional: "optional",
    name: "Your name",
    nameHint: "Stands with your idea, for everyone to see.",
    tell: {
      label: "Your e-mail address",
      hint: "Only to tell you what becomes of this idea. You get a mail first, to confirm that.",
    },
    tick: "Mail me what becomes of this idea",
    email: { label: "Your e-mail address", hint: "A code is mailed to you, so that everyone counts once." },
    send: "Propose my idea",
    waits: "Ideas and comments are looked at first, and appear after that.",
    cookie: "Support once a device: this page keeps a cookie for that.",
    notOpen: { title: "Not open yet", text: "This board opens later. Do come back." },
    closed: "This board is closed. You can still read everything.",
    none: "There is no idea yet. Will yours be the first?",
    noneSuch: "There is no idea here yet.",
    sort: { label: "Order", support: "Most support", newest: "Newest" },
    show: { label: "What you see", all: "All" },
    stages: { open: "Open", planned: "Planned", doing: "In progress", done: "Done", declined: "Not doing" },
    stands: {
      open: "This idea is open.",
      planned: "We are going to do this.",
      doing: "We are working on this.",
      done: "We have done this.",
      declined: "We are not going to do this.",
    },
    supporters: (n) => (n === 1 ? "1 person supports this" : `${sayNumber(n, "en")} people support this`),
    comments: (n) => (n === 1 ? "1 comment" : `${sayNumber(n, "en")} comments`),
    more: "Next ideas",
    earlier: "Previous ideas",
    back: "All ideas",
    problem: "Something is not right yet. Check what you filled in.",
    problems: {
      title: "Write your idea in one sentence of at most 120 characters.",
      text: "Write an explanation of at most 2,000 characters, without strange characters.",
      name: "Write a name of at most 40 characters.",
      email: "Give an e-mail address, like name@example.com.",
      said: "Write a comment of at most 1,000 characters.",
    },
    formAgain: "The page was open for too long. Check what you wrote and send it again.",
    similar: {
      title: "Do you mean one of these ideas?",
      text: "These ideas are like yours. Together on one idea, your support weighs more.",
      see: "Look at this idea",
      support: "Support this idea",
      anyway: "No, propose my idea all the same",
      live: "Is it like one of these? Then support it.",
    },
    thanks: {
      proposed: "Your idea is on the board. You are the first to support it.",
      pending: "Your idea has been received. It appears once it has been looked at.",
      supported: "Your support is counted.",
      commented: "Your comment is placed.",
      commentWaits: "Your comment has been received. It appears once it has been looked at.",
      back: "Your support has been withdrawn.",
    },
    next: "Share this page with whoever thinks so too, or see which other ideas there are.",
    support: "I support this idea",
    supporting: "You support this idea.",
    withdraw: "Withdraw my support",
    noSupport: "It takes no more support.",
    answers: "What becomes of this idea",
    said: (organiser) => `${organiser} says:`,
    by: (name) => `Proposed by ${name}`,
    mergedInto: "This idea was merged with another. Your support counts there.",
    merged: (n) => (n === 1 ? "1 other idea was merged with it." : `${n} other ideas were merged with it.`),
    goTo: (title) => `Go to: ${title}`,
    pending: "Only you see this idea now: it is looked at first.",
    rejected: "This idea was not placed. Only you see it.",
    commentPending: "Only you see this comment now: it is looked at first.",
    commentRejected: "This comment was not placed. Only you see it.",
    theComments: "Comments",
    moreComments: "Next comments",
    earlierComments: "Previous comments",
    noComments: "There is no comment yet.",
    comment: { label: "Your comment", send: "Place my comment" },
    follow: {
      title: "Stay informed",
      text: "Would you like to know what becomes of this idea? We mail you, about that only.",
      send: "Keep me informed",
    },
    followMailed: {
      title: "Look in your mail",
      text: (address) => `A mail was sent to ${address}. Press the link in it to confirm.`,
    },
    followConfirm: {
      title: "Stay informed?",
      text: (title) => `We then mail you what becomes of the idea “${title}”. You can always stop.`,
      button: "Yes, mail me about it",
    },
    following: {
      title: "We keep you informed",
      text: (title) => `You get a mail as soon as something happens with the idea “${title}”.`,
    },
    stop: {
      title: "No more mail about this idea?",
      text: (title) => `You will hear no more of the idea “${title}”.`,
      button: "Stop mailing me",
    },
    stopped: { title: "You get no more mail", text: (title) => `We mail you no more about the idea “${title}”.` },
    remove: {
      link: "Remove my idea",
      title: "Remove your idea?",
      text: "Your idea goes, with its comments and its support. This cannot be undone.",
      button: "Yes, remove my idea",
      keep: "No, leave it there",
      comment: "Remove my comment",
    },
    removed: { title: "Your idea is removed", text: "It can be read nowhere any more." },
    forgotten: "(removed idea)",
    code: {
      title: "Fill in the code",
      text: (address) => `We have mailed a code to ${address}. Fill it in here.`,
      label: "Code from the mail",
      button: "Confirm",
      wrong: "That is not the code in the mail. Check it and try again.",
      again: "No mail? Look in your spam too. After ten minutes you can try again.",
    },
    codeMail: {
      subject: (board) => `Your code for ${board}`,
      text: (board) => `With this code you confirm on the board “${board}” that this is your address.`,
      code: "Code",
      ignore: "Did you not ask for this? Then there is nothing to do.",
    },
    followMail: {
      subject: (title) => `Confirm: stay informed of “${title}”`,
      text: (title) =>
        `Would you like to know what becomes of the idea “${title}”? Then confirm it with the button on this page.`,
      button: "Confirm that I want this",
      ignore: "Did you not ask for this? Then there is nothing to do: you get no further mail.",
    },
    mail: {
      because: {
        proposed: (title) => `You proposed this idea: “${title}”.`,
        supported: (title) => `You supported this idea: “${title}”.`,
        followed: (title) => `You follow this idea: “${title}”.`,
      },
      subject: {
        open: (title) => `About the idea “${title}”`,
        planned: (title) => `Planned: “${title}”`,
        doing: (title) => `We have begun: “${title}”`,
        done: (title) => `You said, we did: “${title}”`,
        declined: (title) => `Not done: “${title}”`,
      },
      approved: {
        subject: (title) => `Your idea is on the board: “${title}”`,
        text: (title) => `Your idea “${title}” has been looked at and is on the board now.`,
      },
      rejected: {
        subject: (title) => `Your idea was not placed: “${title}”`,
        text: (title) => `Your idea “${title}” has been looked at and was not placed.`,
        reason: (reason) => `The reason: ${reason}`,
      },
      merged: (title) => `It was merged with the idea “${title}”.`,
      button: "See the idea",
      stop: "No more mail about this idea",
    },
    card: {
      over: "This board is closed",
      asks: "What is your idea?",
      ideas: (n) => (n === 1 ? "1 idea so far" : `${sayNumber(n, "en")} ideas so far`),
    },
  },
};

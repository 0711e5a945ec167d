import { sayNumber, sayPercent, type Words } from "../platform/words.ts";

/** What people read on a poll's pages. */
type PollWords = {
  choose: string;
  chooseSome: (min: number, max: number, all: number) => string;
  rate: { stars: string; nps: string };
  star: (n: number) => string;
  npsEnds: { least: string; most: string };
  rank: string;
  rankOf: (place: number) => string;
  noRank: string;
  estimate: (min: string, max: string, unit: string) => string;
  write: string;
  judge: string;
  votes: { agree: string; disagree: string; pass: string };
  other: string;
  optional: string;
  send: string;
  sendOne: (answer: string) => string;
  next: string;
  sendChange: string;
  chooseAnother: string;
  yourAnswer: (answer: string) => string;
  problems: {
    one: string;
    some: (min: number, max: number) => string;
    rank: string;
    number: (min: string, max: string, decimals: number) => string;
    text: string;
    empty: string;
    votes: string;
    other: string;
  };
  problem: string;
  cookie: string;
  opensAt: (time: string) => string;
  closesAt: (time: string) => string;
  canChange: string;
  seeResults: string;
  notOpen: { title: string; text: string };
  planned: { title: string };
  over: { title: string; text: string };
  answered: { title: string; text: (option: string) => string; change: string };
  formAgain: string;
  results: (question: string) => string;
  part: (n: number, of: number) => string;
  nextPart: string;
  previousPart: string;
  thanks: (option: string) => string;
  thanksAll: string;
  stages: { open: string; closing: string; closed: string; elsewhere: string };
  hidden: { title: string; text: string };
  /** Seen later: once one has answered, or at the close. */
  hiddenUntil: { title: string; text: string };
  total: (responses: number) => string;
  answeredBy: (n: number) => string;
  option: string;
  responses: string;
  share: string;
  rating: string;
  mean: (value: string) => string;
  nps: (score: string) => string;
  borda: string;
  points: string;
  meanRank: string;
  rankMatrix: string;
  statement: string;
  agreement: string;
  agreementIs: string;
  shared: string;
  divided: string;
  median: (value: string) => string;
  about: (value: string) => string;
  half: (from: string, to: string) => string;
  truth: (value: string, off: string, closer: string) => string;
  from: string;
  openAnswers: string;
  bursts: (count: string, total: string) => string;
  tier: { device: string; email: string; link: string };
  byChannel: string;
  countedLater: string;
  here: string;
  answeredAll: string;
  networkTier: string;
  stillThere: string;
  withheld: string;
  elsewhere: (n: number) => string;
  elsewhereShort: (n: number) => string;
  email: { label: string; hint: string; wrong: string };
  code: {
    title: string;
    text: (address: string) => string;
    label: string;
    button: string;
    wrong: string;
    again: string;
  };
  codeMail: { subject: (poll: string) => string; text: (poll: string) => string; code: string; ignore: string };
  linkNeeded: { title: string; text: string };
  kiosk: { title: string; text: (seconds: number) => string; next: string };
  number: (n: number) => string;
  decimal: (n: number, decimals: number) => string;
  percent: (share: number) => string;
  toQuestion: string;
};

const decimals =
  (point: string, language: "nl" | "en") =>
  (n: number, decimals: number): string => {
    const [whole = "", behind] = Math.abs(n).toFixed(decimals).split(".");
    const isZero = Number(n.toFixed(decimals)) === 0;
    return `${n < 0 && !isZero ? "-" : ""}${sayNumber(Number(whole), language)}${behind === undefined ? "" : point + behind}`;
  };

export const words: Words<PollWords> = {
  nl: {
    choose: "Kies één antwoord",
    chooseSome: (min, max, all) => {
      if (min === max) return `Kies ${min === 1 ? "één antwoord" : `${min} antwoorden`}`;
      if (max >= all) return min === 1 ? "Kies een of meer antwoorden" : `Kies minstens ${min} antwoorden`;
      return `Kies ${min} tot ${max} antwoorden`;
    },
    rate: { stars: "Geef 1 tot 5 sterren", nps: "Geef een cijfer van 0 tot 10" },
    star: (n) => (n === 1 ? "1 ster" : `${n} sterren`),
    npsEnds: { least: "heel onwaarschijnlijk", most: "heel waarschijnlijk" },
    rank: "Geef elk antwoord een plaats; 1 is het beste",
    rankOf: (place) => `${place}e plaats`,
    noRank: "Kies een plaats",
    estimate: (min, max, unit) => `Een getal van ${min} tot ${max} (${unit})`,
    write: "Schrijf uw antwoord",
    judge: "Wat vindt u van deze uitspraken?",
    votes: { agree: "Eens", disagree: "Oneens", pass: "Geen mening" },
    other: "Anders, namelijk",
    optional: "mag u overslaan",
    send: "Verstuur mijn antwoord",
    sendOne: (answer) => `Ja, verstuur: ${answer}`,
    next: "Verder",
    sendChange: "Verstuur mijn nieuwe antwoord",
    chooseAnother: "Kies een ander antwoord",
    yourAnswer: (answer) => `Uw antwoord: ${answer}`,
    problems: {
      one: "Kies eerst een antwoord.",
      some: (min, max) => (min === max ? `Kies er ${min}.` : `Kies er ${min} tot ${max}.`),
      rank: "Geef elk antwoord een andere plaats.",
      number: (min, max, decimals) =>
        `Vul een getal in van ${min} tot ${max}${decimals === 0 ? ", zonder cijfers achter de komma" : ""}.`,
      text: "Dit antwoord is te lang, of er staan tekens in die niet te tonen zijn. Maak het korter.",
      empty: "Schrijf eerst een antwoord.",
      votes: "Kies bij elke uitspraak wat u vindt.",
      other: "Schrijf op wat u bedoelt, in hooguit 200 tekens.",
    },
    problem: "Er ontbreekt nog iets, of er klopt iets niet. Kijk bij de vragen hieronder.",
    cookie: "Om dubbele antwoorden te voorkomen bewaart uw browser voor deze peiling een willekeurig nummer.",
    opensAt: (time) => `Antwoorden kan vanaf ${time}.`,
    closesAt: (time) => `Antwoorden kan tot ${time}.`,
    canChange: "U kunt uw antwoord daarna nog veranderen, tot de peiling sluit.",
    seeResults: "Bekijk de uitslag",
    notOpen: { title: "Deze peiling is nog niet open", text: "Kom later terug: antwoorden kan nu nog niet." },
    planned: { title: "Deze peiling opent binnenkort" },
    over: { title: "Deze peiling is gesloten", text: "Antwoorden kan niet meer." },
    answered: {
      title: "U hebt al geantwoord",
      text: (option) => `Vanaf dit apparaat is geantwoord: ${option}`,
      change: "Verander mijn antwoord",
    },
    formAgain: "Deze pagina stond te lang open of klopte niet meer. Kies uw antwoord nog een keer.",
    results: (question) => `Uitslag: ${question}`,
    part: (n, of) => `Deel ${n} van ${of}`,
    nextPart: "Verder met de uitslag",
    previousPart: "Terug",
    thanks: (option) => `Dank u wel. Uw antwoord: ${option}`,
    thanksAll: "Dank u wel. Uw antwoorden zijn ontvangen.",
    stages: {
      open: "Tussenstand. Een nieuw antwoord is na een paar seconden meegeteld.",
      closing: "De peiling is gesloten; de laatste antwoorden worden geteld.",
      closed: "Einduitslag.",
      elsewhere: "De peiling is gesloten; de laatste stemmen op netwerken worden nog opgehaald.",
    },
    hidden: {
      title: "De uitslag is niet openbaar",
      text: "Wie deze peiling houdt, bekijkt de uitslag zelf.",
    },
    hiddenUntil: {
      title: "De uitslag komt later",
      text: "U ziet de uitslag nadat u hebt geantwoord, of als de peiling is gesloten.",
    },
    total: (responses) => (responses === 1 ? "1 antwoord" : `${sayNumber(responses, "nl")} antwoorden`),
    answeredBy: (n) => `Beantwoord door ${sayNumber(n, "nl")}`,
    option: "Antwoord",
    responses: "Aantal",
    share: "Deel",
    rating: "Cijfer",
    mean: (value) => `Gemiddeld ${value}`,
    nps: (score) =>
      `Net Promoter Score: ${score} (het percentage dat een 9 of 10 geeft, min het percentage dat 0 tot en met 6 geeft)`,
    borda: "Geteld volgens Borda: de laatste plaats geeft geen punten, elke plaats hoger één punt meer.",
    points: "Punten",
    meanRank: "Gemiddelde plaats",
    rankMatrix: "Hoe vaak op welke plaats",
    statement: "Uitspraak",
    agreement: "Deel eens",
    agreementIs: "Deel eens: van wie eens of oneens koos, het deel dat het eens is.",
    shared: "Waar de meesten het over eens zijn",
    divided: "Waarover de meningen verdeeld zijn",
    median: (value) => `De middelste schatting: ${value}`,
    about: (value) => `ongeveer ${value}`,
    half: (from, to) => `De helft schatte tussen ${from} en ${to}.`,
    truth: (value, off, closer) =>
      `De werkelijke waarde: ${value}. De middelste schatting zat er ${off} naast; ${closer} van de deelnemers zat dichterbij.`,
    from: "Schatting",
    openAnswers: "De antwoorden in eigen woorden worden niet op deze pagina getoond.",
    bursts: (count, total) => `Opvallend: ${count} van de ${total} antwoorden kwamen van één netwerk.`,
    byChannel: "Per kanaal",
    countedLater: "Dit is een lange peiling. Deze vraag wordt geteld als de peiling sluit.",
    here: "Hier",
    answeredAll: "Samen",
    elsewhereShort: (n) => `${sayNumber(n, "nl")} op netwerken, één per account.`,
    networkTier: "zoals het netwerk telt: één account, één stem.",
    stillThere: "Daar kan nog worden gestemd.",
    withheld: "Een streepje: daar antwoordden maar enkele mensen, of het zou uit het totaal zijn af te leiden.",
    elsewhere: (n) =>
      `Daarvan ${n === 1 ? "1 stem" : `${sayNumber(n, "nl")} stemmen`} op netwerken, zoals die tellen: één account, één stem.`,
    tier: {
      device: "Eén antwoord per apparaat.",
      email: "Eén antwoord per mailadres, bevestigd met een code.",
      link: "Eén antwoord per persoonlijke link.",
    },
    email: {
      label: "Uw mailadres",
      hint: "We mailen u een code om uw antwoord mee te bevestigen. Het adres zelf wordt niet bij uw antwoord bewaard.",
      wrong: "Vul een mailadres in, zoals naam@voorbeeld.nl.",
    },
    code: {
      title: "Kijk in uw mail",
      text: (address) => `We hebben een code gemaild naar ${address}. Uw antwoord telt zodra u de code hier invult.`,
      label: "Code uit de mail",
      button: "Bevestig mijn antwoord",
      wrong: "Deze code klopt niet. Neem de code uit de nieuwste mail over.",
      again: "Niets gekregen? Kijk bij ongewenste mail. Een adres krijgt hooguit eens in de tien minuten een mail.",
    },
    codeMail: {
      subject: (poll) => `Uw code: ${poll}`,
      text: (poll) => `Vul deze code in om uw antwoord te bevestigen op: ${poll}`,
      code: "Code",
      ignore: "Hebt u niets ingevuld? Dan hoeft u niets te doen: er is geen antwoord geteld.",
    },
    linkNeeded: {
      title: "Antwoorden kan met uw eigen link",
      text: "Open de persoonlijke link die u is gestuurd. Werkt die niet meer, of is hij niet volledig overgenomen? Vraag dan om een nieuwe.",
    },
    kiosk: {
      title: "Dank u wel",
      text: (seconds) => `Uw antwoord is ontvangen. Na ${seconds} seconden begint het scherm opnieuw.`,
      next: "Volgende",
    },
    number: (n) => sayNumber(n, "nl"),
    decimal: decimals(",", "nl"),
    percent: (share) => sayPercent(share, "nl"),
    toQuestion: "Naar de vraag",
  },
  en: {
    choose: "Choose one answer",
    chooseSome: (min, max, all) => {
      if (min === max) return `Choose ${min === 1 ? "one answer" : `${min} answers`}`;
      if (max >= all) return min === 1 ? "Choose one or more answers" : `Choose at least ${min} answers`;
      return `Choose ${min} to ${max} answers`;
    },
    rate: { stars: "Give 1 to 5 stars", nps: "Give a number from 0 to 10" },
    star: (n) => (n === 1 ? "1 star" : `${n} stars`),
    npsEnds: { least: "not at all likely", most: "extremely likely" },
    rank: "Give each answer a place; 1 is the best",
    rankOf: (place) => `Place ${place}`,
    noRank: "Choose a place",
    estimate: (min, max, unit) => `A number from ${min} to ${max} (${unit})`,
    write: "Write your answer",
    judge: "What do you think of these statements?",
    votes: { agree: "Agree", disagree: "Disagree", pass: "No opinion" },
    other: "Something else, namely",
    optional: "you may skip this",
    send: "Send my answer",
    sendOne: (answer) => `Yes, send: ${answer}`,
    next: "Continue",
    sendChange: "Send my new answer",
    chooseAnother: "Choose another answer",
    yourAnswer: (answer) => `Your answer: ${answer}`,
    problems: {
      one: "Choose an answer first.",
      some: (min, max) => (min === max ? `Choose ${min}.` : `Choose ${min} to ${max}.`),
      rank: "Give each answer another place.",
      number: (min, max, decimals) =>
        `Fill in a number from ${min} to ${max}${decimals === 0 ? ", without decimals" : ""}.`,
      text: "This answer is too long, or has characters that cannot be shown. Make it shorter.",
      empty: "Write an answer first.",
      votes: "Say of each statement what you think.",
      other: "Write what you mean, in at most 200 characters.",
    },
    problem: "Something is missing, or not right yet. Look at the questions below.",
    cookie: "To prevent double answers, your browser keeps a random number for this poll.",
    opensAt: (time) => `You can answer from ${time}.`,
    closesAt: (time) => `You can answer until ${time}.`,
    canChange: "You can change your answer afterwards, until the poll closes.",
    seeResults: "See the results",
    notOpen: { title: "This poll is not open yet", text: "Come back later: you cannot answer yet." },
    planned: { title: "This poll opens soon" },
    over: { title: "This poll is closed", text: "You can no longer answer." },
    answered: {
      title: "You have answered already",
      text: (option) => `The answer given from this device: ${option}`,
      change: "Change my answer",
    },
    formAgain: "This page was open for too long or was no longer right. Choose your answer once more.",
    results: (question) => `Results: ${question}`,
    part: (n, of) => `Part ${n} of ${of}`,
    nextPart: "More results",
    previousPart: "Back",
    thanks: (option) => `Thank you. Your answer: ${option}`,
    thanksAll: "Thank you. Your answers have come in.",
    stages: {
      open: "The results so far. A new answer is counted after a few seconds.",
      closing: "The poll is closed; the last answers are being counted.",
      closed: "Final results.",
      elsewhere: "The poll is closed; the last votes on networks are still to be collected.",
    },
    hidden: {
      title: "The results are not public",
      text: "Whoever holds this poll looks at the results themselves.",
    },
    hiddenUntil: {
      title: "The results come later",
      text: "You see the results once you have answered, or when the poll is closed.",
    },
    total: (responses) => (responses === 1 ? "1 answer" : `${sayNumber(responses, "en")} answers`),
    answeredBy: (n) => `Answered by ${sayNumber(n, "en")}`,
    option: "Answer",
    responses: "Number",
    share: "Share",
    rating: "Rating",
    mean: (value) => `On average ${value}`,
    nps: (score) =>
      `Net Promoter Score: ${score} (the percentage that gives 9 or 10, less the percentage that gives 0 to 6)`,
    borda: "Counted by Borda's method: the last place gives no points, each place higher one point more.",
    points: "Points",
    meanRank: "Average place",
    rankMatrix: "How often at which place",
    statement: "Statement",
    agreement: "Share agreed",
    agreementIs: "Share agreed: of those who chose agree or disagree, the share that agrees.",
    shared: "What most agree on",
    divided: "Where opinions differ",
    median: (value) => `The middle estimate: ${value}`,
    about: (value) => `about ${value}`,
    half: (from, to) => `Half of the estimates lie between ${from} and ${to}.`,
    truth: (value, off, closer) =>
      `The true value: ${value}. The middle estimate was ${off} off; ${closer} of those who took part were closer.`,
    from: "Estimate",
    openAnswers: "Answers in one's own words are not shown on this page.",
    bursts: (count, total) => `Striking: ${count} of the ${total} answers came from one network.`,
    byChannel: "By channel",
    countedLater: "This is a long poll. This question is counted when the poll closes.",
    here: "Here",
    answeredAll: "In all",
    elsewhereShort: (n) => `${sayNumber(n, "en")} on networks, one per account.`,
    networkTier: "as the network counts; one account, one vote.",
    stillThere: "Votes can still be cast there.",
    withheld: "A dash: only a few people answered there, or it could be told from the total.",
    elsewhere: (n) =>
      `Of these, ${n === 1 ? "1 is a vote" : `${sayNumber(n, "en")} are votes`} on networks, as they count: one account, one vote.`,
    tier: {
      device: "One answer per device.",
      email: "One answer per e-mail address, confirmed with a code.",
      link: "One answer per personal link.",
    },
    email: {
      label: "Your e-mail address",
      hint: "We mail you a code to confirm your answer with. The address itself is not kept with your answer.",
      wrong: "Fill in an e-mail address, like name@example.com.",
    },
    code: {
      title: "Look in your mail",
      text: (address) => `We mailed a code to ${address}. Your answer counts once you fill in the code here.`,
      label: "Code from the mail",
      button: "Confirm my answer",
      wrong: "This code is not right. Copy the code from the newest mail.",
      again: "Nothing came? Look among unwanted mail. An address is mailed once in ten minutes at most.",
    },
    codeMail: {
      subject: (poll) => `Your code: ${poll}`,
      text: (poll) => `Fill in this code to confirm your answer to: ${poll}`,
      code: "Code",
      ignore: "You did not fill in anything? Then you need not do anything: no answer was counted.",
    },
    linkNeeded: {
      title: "Answer by your own link",
      text: "Open the personal link that you were sent. Does it no longer work, or was it not copied completely? Ask for a new one.",
    },
    kiosk: {
      title: "Thank you",
      text: (seconds) => `Your answer has come in. The screen starts again after ${seconds} seconds.`,
      next: "Next",
    },
    number: (n) => sayNumber(n, "en"),
    decimal: decimals(".", "en"),
    percent: (share) => sayPercent(share, "en"),
    toQuestion: "To the question",
  },
};

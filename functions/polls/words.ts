import { sayNumber, sayPercent, type Words } from "../platform/words.ts";

/** What people read on a poll's pages. */
type PollWords = {
  choose: string;
  send: string;
  chooseOne: string;
  cookie: string;
  closesAt: (time: string) => string;
  seeResults: string;
  notOpen: { title: string; text: string };
  over: { title: string; text: string };
  answered: { title: string; text: (option: string) => string };
  formAgain: string;
  results: (question: string) => string;
  thanks: (option: string) => string;
  stages: { open: string; closing: string; closed: string };
  total: (responses: number) => string;
  option: string;
  responses: string;
  share: string;
  number: (n: number) => string;
  percent: (share: number) => string;
  toQuestion: string;
};

export const words: Words<PollWords> = {
  nl: {
    choose: "Kies één antwoord",
    send: "Verstuur mijn antwoord",
    chooseOne: "Kies eerst een antwoord.",
    cookie: "Om dubbele antwoorden te voorkomen bewaart uw browser voor deze peiling een willekeurig nummer.",
    closesAt: (time) => `Antwoorden kan tot ${time}.`,
    seeResults: "Bekijk de uitslag",
    notOpen: { title: "Deze peiling is nog niet open", text: "Kom later terug: antwoorden kan nu nog niet." },
    over: { title: "Deze peiling is gesloten", text: "Antwoorden kan niet meer." },
    answered: {
      title: "U hebt al geantwoord",
      text: (option) => `Vanaf dit apparaat is geantwoord: ${option}`,
    },
    formAgain: "Deze pagina stond te lang open of klopte niet meer. Kies uw antwoord nog een keer.",
    results: (question) => `Uitslag: ${question}`,
    thanks: (option) => `Dank u wel. Uw antwoord: ${option}`,
    stages: {
      open: "Tussenstand. Een nieuw antwoord is na een paar seconden meegeteld.",
      closing: "De peiling is gesloten; de laatste antwoorden worden geteld.",
      closed: "Einduitslag.",
    },
    total: (responses) => (responses === 1 ? "1 antwoord" : `${sayNumber(responses, "nl")} antwoorden`),
    option: "Antwoord",
    responses: "Aantal",
    share: "Deel",
    number: (n) => sayNumber(n, "nl"),
    percent: (share) => sayPercent(share, "nl"),
    toQuestion: "Naar de vraag",
  },
  en: {
    choose: "Choose one answer",
    send: "Send my answer",
    chooseOne: "Choose an answer first.",
    cookie: "To prevent double answers, your browser keeps a random number for this poll.",
    closesAt: (time) => `You can answer until ${time}.`,
    seeResults: "See the results",
    notOpen: { title: "This poll is not open yet", text: "Come back later: you cannot answer yet." },
    over: { title: "This poll is closed", text: "You can no longer answer." },
    answered: {
      title: "You have answered already",
      text: (option) => `The answer given from this device: ${option}`,
    },
    formAgain: "This page was open for too long or was no longer right. Choose your answer once more.",
    results: (question) => `Results: ${question}`,
    thanks: (option) => `Thank you. Your answer: ${option}`,
    stages: {
      open: "The results so far. A new answer is counted after a few seconds.",
      closing: "The poll is closed; the last answers are being counted.",
      closed: "Final results.",
    },
    total: (responses) => (responses === 1 ? "1 answer" : `${sayNumber(responses, "en")} answers`),
    option: "Answer",
    responses: "Number",
    share: "Share",
    number: (n) => sayNumber(n, "en"),
    percent: (share) => sayPercent(share, "en"),
    toQuestion: "To the question",
  },
};

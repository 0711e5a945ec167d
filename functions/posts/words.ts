import type { Words } from "../platform/words.ts";

type PostWords = {
  todo: {
    title: string;
    intro: (channel: string) => string;
    part: (n: number, of: number) => string;
    text: string;
    file: (n: number) => string;
    save: string;
    question: string;
    button: string;
  };
  done: { title: string; text: (channel: string) => string };
  over: { title: string; text: string };
};

export const words: Words<PostWords> = {
  nl: {
    todo: {
      title: "Dit bericht staat klaar",
      intro: (channel) =>
        `Plaats dit bericht op ${channel}: kopieer de tekst, en voeg de bestanden toe als die er zijn.`,
      part: (n, of) => `Deel ${n} van ${of}`,
      text: "De tekst",
      file: (n) => `Bestand ${n}`,
      save: "Bewaar het bestand",
      question: "Staat het bericht er?",
      button: "Ja, het is geplaatst",
    },
    done: {
      title: "Het is geplaatst",
      text: (channel) => `Dit bericht staat op ${channel}. U hoeft niets meer te doen.`,
    },
    over: {
      title: "Dit hoeft niet meer",
      text: "Dit bericht is gewijzigd, ingetrokken of opnieuw gestuurd. Kijk of u een nieuwere mail heeft.",
    },
  },
  en: {
    todo: {
      title: "This post is ready",
      intro: (channel) => `Post this on ${channel}: copy the text, and add the files if there are any.`,
      part: (n, of) => `Part ${n} of ${of}`,
      text: "The text",
      file: (n) => `File ${n}`,
      save: "Save the file",
      question: "Is the post there?",
      button: "Yes, it is posted",
    },
    done: { title: "It is posted", text: (channel) => `This post is on ${channel}. There is nothing left to do.` },
    over: {
      title: "No longer to be done",
      text: "This post was changed, withdrawn or sent again. Look whether you have a newer mail.",
    },
  },
};

import type { Words } from "../platform/words.ts";

type ReminderWords = {
  mail: {
    subject: (where: string) => string;
    intro: (where: string) => string;
    part: (n: number, of: number) => string;
    files: string;
    button: string;
  };
};

export const words: Words<ReminderWords> = {
  nl: {
    mail: {
      subject: (where) => `Nu te plaatsen op ${where}`,
      intro: (where) =>
        `Het is tijd om dit bericht op ${where} te plaatsen. Kopieer de tekst hieronder, of open de pagina achter de knop: daar staat alles klaar, en daar zegt u ook dat het geplaatst is.`,
      part: (n, of) => `Deel ${n} van ${of}:`,
      files: "Bij dit bericht horen deze bestanden:",
      button: "Open het bericht",
    },
  },
  en: {
    mail: {
      subject: (where) => `To post on ${where} now`,
      intro: (where) =>
        `It is time to post this on ${where}. Copy the text below, or open the page behind the button: everything is ready there, and there you also say that it is done.`,
      part: (n, of) => `Part ${n} of ${of}:`,
      files: "These files belong to it:",
      button: "Open the post",
    },
  },
};

import { type Language, sayTime, type Words } from "../platform/words.ts";

type ApprovalWords = {
  title: string;
  intro: (n: number, brand: string) => string;
  leaves: (at: string, zone: string) => string;
  channels: (names: readonly string[]) => string;
  part: (n: number) => string;
  picture: (n: number) => string;
  asked: string;
  approve: string;
  approveAll: (n: number) => string;
  change: string;
  changeLabel: string;
  changeButton: string;
  more: (n: number) => string;
  until: (at: string, zone: string) => string;
  done: {
    approved: (n: number) => string;
    asked: string;
    altered: (n: number) => string;
    empty: string;
  };
  nothing: { title: string; text: string };
  mail: {
    subject: (n: number, brand: string) => string;
    text: (n: number, brand: string) => string;
    button: string;
    why: (brand: string) => string;
  };
};

const time = (at: string, language: Language, zone: string): string => sayTime(at, language, zone);

export const words: Words<ApprovalWords> = {
  nl: {
    title: "Mag dit weg?",
    intro: (n, brand) =>
      n === 1
        ? `${brand} wil dit bericht plaatsen. Zonder uw goedkeuring gaat het niet weg.`
        : `${brand} wil deze ${n} berichten plaatsen. Zonder uw goedkeuring gaan ze niet weg.`,
    leaves: (at, zone) => `Gaat weg op ${time(at, "nl", zone)}`,
    channels: (names) => `Op ${names.join(", ")}`,
    part: (n) => `Daarna, deel ${n}:`,
    picture: (n) => `Beeld ${n}`,
    asked: "U vroeg om een aanpassing:",
    approve: "Ja, dit mag weg",
    approveAll: (n) => `Ja, alle ${n} mogen weg`,
    change: "Er moet iets anders",
    changeLabel: "Wat moet er anders?",
    changeButton: "Vraag om deze aanpassing",
    more: (n) =>
      n === 1 ? "Hierna volgt nog 1 bericht." : `Hierna volgen nog ${n} berichten, zodra u over deze hebt beslist.`,
    until: (at, zone) => `Deze link werkt tot ${time(at, "nl", zone)}.`,
    done: {
      approved: (n) => (n === 1 ? "U hebt 1 bericht goedgekeurd." : `U hebt ${n} berichten goedgekeurd.`),
      asked: "Uw vraag om een aanpassing is doorgegeven.",
      altered: (n) =>
        n === 1
          ? "1 bericht is intussen gewijzigd of wacht niet meer. Wat er nu staat, ziet u hieronder."
          : `${n} berichten zijn intussen gewijzigd of wachten niet meer. Wat er nu staat, ziet u hieronder.`,
      empty: "Schrijf op wat er anders moet.",
    },
    nothing: { title: "Klaar", text: "Er wacht niets meer op uw goedkeuring." },
    mail: {
      subject: (n, brand) => (n === 1 ? `Mag dit bericht van ${brand} weg?` : `Mogen deze berichten van ${brand} weg?`),
      text: (n, brand) =>
        n === 1
          ? `${brand} wil een bericht plaatsen en vraagt of u het goedkeurt. Zonder uw goedkeuring gaat het niet weg.`
          : `${brand} wil ${n} berichten plaatsen en vraagt of u ze goedkeurt. Zonder uw goedkeuring gaan ze niet weg.`,
      button: "Bekijk en beslis",
      why: (brand) =>
        `U krijgt deze mail omdat ${brand} uw adres opgaf. Zegt het u niets? Dan hoeft u niets te doen. Stuur deze link niet door: wie hem heeft, kan goedkeuren.`,
    },
  },
  en: {
    title: "May this leave?",
    intro: (n, brand) =>
      n === 1
        ? `${brand} wants to publish this post. Without your approval it does not leave.`
        : `${brand} wants to publish these ${n} posts. Without your approval they do not leave.`,
    leaves: (at, zone) => `Leaves on ${time(at, "en", zone)}`,
    channels: (names) => `On ${names.join(", ")}`,
    part: (n) => `After that, part ${n}:`,
    picture: (n) => `Picture ${n}`,
    asked: "You asked for a change:",
    approve: "Yes, this may leave",
    approveAll: (n) => `Yes, all ${n} may leave`,
    change: "Something must be changed",
    changeLabel: "What must be changed?",
    changeButton: "Ask for this change",
    more: (n) => (n === 1 ? "One more post follows." : `${n} more posts follow, once you have decided about these.`),
    until: (at, zone) => `This link works until ${time(at, "en", zone)}.`,
    done: {
      approved: (n) => (n === 1 ? "You approved 1 post." : `You approved ${n} posts.`),
      asked: "Your request for a change was passed on.",
      altered: (n) =>
        n === 1
          ? "1 post was changed meanwhile, or waits no longer. What stands there now is below."
          : `${n} posts were changed meanwhile, or wait no longer. What stands there now is below.`,
      empty: "Write what must be changed.",
    },
    nothing: { title: "Done", text: "Nothing waits for your approval any more." },
    mail: {
      subject: (n, brand) => (n === 1 ? `May this post of ${brand} leave?` : `May these posts of ${brand} leave?`),
      text: (n, brand) =>
        n === 1
          ? `${brand} wants to publish a post and asks whether you approve of it. Without your approval it does not leave.`
          : `${brand} wants to publish ${n} posts and asks whether you approve of them. Without your approval they do not leave.`,
      button: "Look and decide",
      why: (brand) =>
        `You get this mail because ${brand} gave your address. It means nothing to you? Then you need not do anything. Do not pass this link on: whoever has it can approve.`,
    },
  },
};

import type { Brand } from "../platform/brand.ts";
import { type Card, cardOf, pictureAt } from "../platform/card.ts";
import type { Page } from "../platform/page.ts";
import { type Language, sayTime, type Words } from "../platform/words.ts";
import { type Asked, titleOf } from "./poll.ts";

// What the preview of a link to a poll shows.

const words: Words<{ label: string; until: (time: string) => string; over: string; asks: string }> = {
  nl: {
    label: "Peiling",
    until: (time) => `Antwoorden kan tot ${time}`,
    over: "Deze peiling is gesloten",
    asks: "Wat vindt u?",
  },
  en: {
    label: "Poll",
    until: (time) => `You can answer until ${time}`,
    over: "This poll is closed",
    asks: "What do you think?",
  },
};

export const cardOfPoll = (poll: Asked, language: Language, brand: Brand): Card => {
  const { label, until, over, asks } = words[language];
  const [first] = poll.questions;
  const options = first && "options" in first ? first.options.map(({ text }) => text) : [];
  const isOver = poll.status === "closed";
  const closes = poll.closesAt === undefined ? asks : until(sayTime(poll.closesAt, language, brand.zone));
  return cardOf(brand, { label, title: titleOf(poll), text: options.join(" · "), foot: isOver ? over : closes });
};

export const pictureOf = (poll: Asked, language: Language, brand: Brand): NonNullable<Page["picture"]> =>
  pictureAt(`${brand.url}/p/${poll.slug}`, cardOfPoll(poll, language, brand), language);

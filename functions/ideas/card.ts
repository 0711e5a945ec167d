import type { Brand } from "../platform/brand.ts";
import { type Card, cardOf, pictureAt } from "../platform/card.ts";
import type { Page } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import type { Used } from "./board.ts";
import { words } from "./words.ts";

// What the preview of a link to a board shows.

/** So much of what is asked fits. */
const mostText = 160;

export const cardOfBoard = (board: Used, ideas: number, language: Language, brand: Brand): Card => {
  const { card, board: label } = words[language];
  const counted = ideas === 0 ? card.asks : card.ideas(ideas);
  return cardOf(brand, {
    label,
    title: board.title,
    text: (board.text ?? "").slice(0, mostText),
    foot: board.status === "closed" ? card.over : counted,
  });
};

export const pictureOf = (board: Used, ideas: number, language: Language, brand: Brand): NonNullable<Page["picture"]> =>
  pictureAt(`${brand.url}/i/${board.slug}`, cardOfBoard(board, ideas, language, brand), language);

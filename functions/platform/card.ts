import type { Brand } from "./brand.ts";
import type { Page } from "./page.ts";
import { sha256 } from "./secrets.ts";
import type { Language } from "./words.ts";

/** What the picture of a link preview says; card-picture.ts draws it. */
export type Card = {
  accent: string;
  /** Whose it is. */
  name: string;
  logoUrl: string | undefined;
  /** What it is: that it is a contest, say. */
  label: string;
  title: string;
  text: string;
  foot: string;
};

export const cardOf = (
  { accent, name, logoUrl }: Brand,
  said: Pick<Card, "label" | "title" | "text" | "foot">,
): Card => ({ accent, name, logoUrl, ...said });

/** Other words, another address: so that a picture may be kept for long. */
export const versionOf = (card: Card): string => sha256(JSON.stringify(card)).toString("base64url").slice(0, 12);

/** Where the picture of a page is. `home`: the address of the page, in its own language. */
export const pictureAt = (home: string, card: Card, language: Language): NonNullable<Page["picture"]> => ({
  url: `${home}/card.png?lang=${language}&v=${versionOf(card)}`,
  alt: [card.title, card.text, card.foot].join(". "),
});

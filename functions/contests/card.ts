import type { Brand } from "../platform/brand.ts";
import { type Card, cardOf, pictureAt } from "../platform/card.ts";
import type { Page } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import type { Published } from "./contest.ts";
import { takeWords } from "./take-words.ts";
import { timesIn, words } from "./words.ts";

// What the preview of a link to a contest shows.

/** The disclosure stands in the picture too: where a link is shared without words, it still says what it is. */
export const cardOfContest = (contest: Published, language: Language, brand: Brand): Card => {
  const say = takeWords[language].card;
  const [first, ...others] = contest.prizes;
  const isOver = contest.status !== "open";
  return cardOf(brand, {
    label: words[language].me.disclosure,
    title: contest.title,
    text: first ? say.prize(first.number, first.description, others.length > 0) : "",
    foot: isOver ? say.over : say.until(timesIn(contest, language)(contest.closesAt)),
  });
};

export const pictureOf = (contest: Published, language: Language, brand: Brand): NonNullable<Page["picture"]> =>
  pictureAt(`${brand.url}/c/${contest.slug}`, cardOfContest(contest, language, brand), language);

import type { Language, Words } from "../platform/words.ts";
import type { Published } from "./contest.ts";

/** One lives in "the Netherlands". */
const withArticle = (country: string): string =>
  /^(?:Bahamas|Gambia|Maldives|Netherlands|Philippines|United )|Islands|Republic/.test(country)
    ? `the ${country}`
    : country;

/** "Nederland of België". `codes`: ISO 3166-1 alpha-2. */
export const countryNames = (codes: readonly string[], language: Language): string => {
  const names = new Intl.DisplayNames(language === "nl" ? "nl-NL" : "en-GB", { type: "region" });
  return new Intl.ListFormat(language === "nl" ? "nl-NL" : "en-GB", { type: "disjunction" }).format(
    codes.map((code) => (language === "en" ? withArticle(names.of(code) ?? code) : (names.of(code) ?? code))),
  );
};

const said: Words<{ am: (age: number) => string; live: (countries: string) => string; both: string; i: string }> = {
  nl: { i: "Ik", am: (age) => `ben ${age} jaar of ouder`, live: (names) => `woon in ${names}`, both: " en " },
  en: { i: "I", am: (age) => `am ${age} or older`, live: (names) => `live in ${names}`, both: " and " },
};

/**
 * What a winner says to be one of those who may take part ("Ik ben 18 jaar of ouder en woon in Nederland."); nothing where
 * everybody may. An address does not tell how old somebody is, or where they live.
 */
export const iMayEnter = (
  { eligibility: { minimumAge, countries } }: Pick<Published, "eligibility">,
  language: Language,
): string | undefined => {
  const { i, am, live, both } = said[language];
  const conditions = [
    ...(minimumAge === undefined ? [] : [am(minimumAge)]),
    ...(countries === undefined ? [] : [live(countryNames(countries, language))]),
  ];
  return conditions.length > 0 ? `${i} ${conditions.join(both)}.` : undefined;
};

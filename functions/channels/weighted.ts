import { topLevelDomains } from "./top-level-domains.ts";
import { linksIn, type Piece } from "./written.ts";

// How X counts (developer.x.com, "Counting characters", configuration 3): most letters of alphabets one, all others two, a
// pictogram two however it is composed, an address 23 however long it is. Written after its own twitter-text 3.1.0, which the
// tests hold it against; the package itself would be 40 KB more in every function that counts.

const perAddress = 23;

// The classes of twitter-text, by their names there.
const latinAccents =
  "\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u024F\\u0253\\u0254\\u0256\\u0257\\u0259\\u025B\\u0263\\u0268\\u026F\\u0272\\u0289\\u028B\\u02BB\\u0300-\\u036F\\u1E00-\\u1EFF";
const cyrillic = "\\u0400-\\u04FF";
const markers = "\\u202A-\\u202E\\u061C\\u200E\\u200F\\u2066-\\u2069";
const spaces = "\\u0009-\\u000D\\u0020\\u0085\\u00A0\\u1680\\u180E\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000";
const punctuation = "!'#%&()*+,\\\\\\-./:;<=>?@\\[\\]\\^_{|}~$";
const domainLetter = `[^${punctuation}${spaces}\\uFFFE\\uFEFF\\uFFFF${markers}]`;
const label = (between: string) => `(?:(?:${domainLetter}(?:${between}|${domainLetter})*)?${domainLetter}\\.)`;
const pathLetter = `[a-z${cyrillic}0-9!*';:=+,.$/%#\\[\\]\\-\\u2013_~@|&${latinAccents}]`;
const inBrackets = `\\((?:${pathLetter}+|(?:${pathLetter}*\\(${pathLetter}+\\)${pathLetter}*))\\)`;
const pathEnd = `(?:[+\\-a-z${cyrillic}0-9=_#/${latinAccents}]|(?:${inBrackets}))`;
const path = `(?:(?:${pathLetter}*(?:${inBrackets}${pathLetter}*)*${pathEnd})|(?:@${pathLetter}+/))`;
const query = "[a-z0-9!?*'@();:&=+$/%#\\[\\]\\-_.,~|]*[a-z0-9\\-_&=#/]";

const top = () => `(?:(?:${topLevelDomains()})(?=[^0-9a-zA-Z@+-]|$)|xn--[-0-9a-z]+)`;

const made = <T>(make: () => T): (() => T) => {
  let known: T | undefined;
  return () => {
    known ??= make();
    return known;
  };
};
const addresses = made(
  () =>
    new RegExp(
      `(?<before>[^A-Za-z0-9@＠$#＃\\uFFFE\\uFEFF\\uFFFF]|[${markers}]|^)(?<url>(?<protocol>https?:\\/\\/)?(?<domain>${label("[_-]")}*${label("-")}${top()})(?::[0-9]+)?(?<path>\\/${path}*)?(?:\\?${query})?)`,
      "gi",
    ),
);
const asciiDomains = made(() => new RegExp(`(?:[-a-z0-9${latinAccents}]+\\.)+${top()}`, "gi"));
const ownShort = made(() => new RegExp(`^https?:\\/\\/t\\.co\\/([a-z0-9]+)(?:\\?${query})?`, "i"));

/** What X takes for addresses in a normalized text (NFC), with or without a scheme. */
const addressesIn = (text: string): Piece[] =>
  [...text.matchAll(addresses())].flatMap(({ index, groups = {} }): Piece[] => {
    const { before = "", url = "", protocol, domain = "", path: after } = groups;
    const from = index + before.length;
    const to = from + url.length;
    if (protocol) {
      const [short, slug = ""] = ownShort().exec(url) ?? [];
      if (slug.length > 40) return [];
      return [{ from, to: short === undefined ? to : from + short.length }];
    }
    if (/[-_./]$/.test(before)) return [];
    const within = [...domain.matchAll(asciiDomains())].map(({ index: at, 0: name }) => ({
      from: from + at,
      to: from + at + name.length,
    }));
    const last = within.at(-1);
    // What follows the domain belongs to the last one.
    return last && after ? [...within.slice(0, -1), { from: last.from, to }] : within;
  });

/** Looking for addresses without a scheme takes time that grows with the square; a text this long is no post on X. */
const mostSearched = 5000;

/** Made when it is first looked for: a fifth of a start. */
const pictogram = made(() => /\p{RGI_Emoji}/gv);
const isLight = (code: number): boolean =>
  code <= 4351 || (code >= 8192 && code <= 8205) || (code >= 8208 && code <= 8223) || (code >= 8242 && code <= 8247);

const lettersOf = (text: string): number => {
  let sum = 0;
  for (const letter of text) sum += isLight(letter.codePointAt(0) ?? 0) ? 1 : 2;
  return sum;
};

/** The length that X gives a text; it takes 280. */
export const weighted = (text: string): number => {
  const normal = text.normalize("NFC");
  let sum = 0;
  let at = 0;
  const upTo = (end: number): void => {
    const between = normal.slice(at, end);
    const pictograms = between.match(pictogram())?.length ?? 0;
    sum += 2 * pictograms + lettersOf(between.replaceAll(pictogram(), ""));
  };
  for (const { from, to } of normal.length > mostSearched ? linksIn(normal) : addressesIn(normal)) {
    upTo(from);
    sum += perAddress;
    at = to;
  }
  upTo(normal.length);
  return sum;
};

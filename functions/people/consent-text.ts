import { sha256 } from "../platform/secrets.ts";
import type { Language, Words } from "../platform/words.ts";

// The words with which people are asked for the newsletter. What somebody agreed to is known by the hash of the very text, so
// a version that was ever shown is never changed, nor taken away: better words are a version more, at the end.

type Version = Words<(sender: string) => string>;

const newsletter: readonly [Version, ...Version[]] = [
  {
    nl: (sender) =>
      `Ja, ${sender} mag mij nieuws en aanbiedingen mailen. Dit staat los van de win-actie en verandert mijn kansen niet; afmelden kan altijd.`,
    en: (sender) =>
      `Yes, ${sender} may mail me news and offers. This is apart from the contest and does not change my chances; I can unsubscribe at any time.`,
  },
];

/** A text as it was shown. `hash`: SHA-256 of its UTF-8. `version`: from 1. */
export type ConsentText = { version: number; locale: Language; text: string; hash: Buffer };

export const newestVersion = newsletter.length;

/** Throws on a version that there never was. */
export const consentText = (version: number, locale: Language, sender: string): ConsentText => {
  const words = newsletter[version - 1];
  if (!words) throw new Error(`The newsletter was never asked for with version ${version}.`);
  const text = words[locale](sender);
  return { version, locale, text, hash: sha256(text) };
};

/** The text of which these are the first bytes of the hash, as this sender has shown it. */
export const consentTextOf = (hashBegins: Uint8Array, sender: string): ConsentText | undefined =>
  newsletter
    .flatMap((_, i) => (["nl", "en"] as const).map((locale) => consentText(i + 1, locale, sender)))
    .find(({ hash }) => hash.subarray(0, hashBegins.length).equals(hashBegins));

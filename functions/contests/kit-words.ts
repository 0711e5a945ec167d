import { sayNumber, type Words } from "../platform/words.ts";

/** What a marketer's kit says: texts that carry their disclosure, longest first; the first that fits a network is taken. */
export type Facts = {
  title: string;
  organiser: string;
  prize: string;
  /** How many there are to win in all. */
  prizes: number;
  closes: string;
  draws: string;
  entries: number;
};

type KitWords = {
  share: (of: Facts) => string[];
  announcement: (of: Facts) => string[];
  halfway: (of: Facts) => string[];
  lastDay: (of: Facts) => string[];
  result: (of: Facts) => string[];
};

export const kitWords: Words<KitWords> = {
  nl: {
    share: (of) => [
      `Doe mee met “${of.title}” van ${of.organiser} en maak kans op ${of.prize}. Meedoen is gratis en kan tot ${of.closes}.`,
      `Doe mee met “${of.title}” van ${of.organiser}.`,
      `“${of.title}”: doe mee.`,
    ],
    announcement: (of) => [
      `We geven iets weg: ${of.prize}${of.prizes > 1 ? `, en ${of.prizes === 2 ? "nog een prijs" : `nog ${sayNumber(of.prizes - 1, "nl")} prijzen`}` : ""}. Meedoen met “${of.title}” is gratis en kan tot ${of.closes}. De winnaars zijn bekend na ${of.draws}; iedereen kan nagaan dat het eerlijk gaat.`,
      `“${of.title}”: maak kans op ${of.prize}. Meedoen is gratis en kan tot ${of.closes}.`,
      `“${of.title}”: doe mee en maak kans op ${of.prize}.`,
      `“${of.title}”: doe mee.`,
    ],
    halfway: (of) => [
      `We zijn op de helft van “${of.title}”. Meedoen kan nog tot ${of.closes}. Doet u al mee? Vrienden die via uw persoonlijke link meedoen, geven u een grotere kans.`,
      `Op de helft: “${of.title}”. Meedoen kan tot ${of.closes}.`,
      `“${of.title}”: nog half te gaan.`,
    ],
    lastDay: (of) => [
      `De laatste dag om mee te doen met “${of.title}”: het kan nog tot ${of.closes}. Bevestig uw deelname op tijd: alleen dan telt zij.`,
      `Laatste dag: “${of.title}”. Meedoen kan tot ${of.closes}.`,
      `Laatste dag: “${of.title}”.`,
    ],
    result: (of) => [
      `De uitslag van “${of.title}” staat hier, met alles waarmee u haar kunt nagaan. Wie won, heeft een mail gekregen. Bedankt voor het meedoen!`,
      `De uitslag van “${of.title}” is bekend. Bedankt voor het meedoen!`,
      `De uitslag van “${of.title}”.`,
    ],
  },
  en: {
    share: (of) => [
      `Enter “${of.title}” by ${of.organiser} for a chance to win ${of.prize}. It is free, until ${of.closes}.`,
      `Enter “${of.title}” by ${of.organiser}.`,
      `“${of.title}”: enter now.`,
    ],
    announcement: (of) => [
      `We are giving something away: ${of.prize}${of.prizes > 1 ? `, and ${of.prizes === 2 ? "one more prize" : `${sayNumber(of.prizes - 1, "en")} more prizes`}` : ""}. Entering “${of.title}” is free, until ${of.closes}. The winners are known after ${of.draws}; anyone can check that it was fair.`,
      `“${of.title}”: a chance to win ${of.prize}. Entering is free, until ${of.closes}.`,
      `“${of.title}”: enter for a chance to win ${of.prize}.`,
      `“${of.title}”: enter now.`,
    ],
    halfway: (of) => [
      `“${of.title}” is half-way. You can enter until ${of.closes}. Are you in already? Friends who enter by your personal link give you a better chance.`,
      `Half-way: “${of.title}”. You can enter until ${of.closes}.`,
      `“${of.title}”: half-way.`,
    ],
    lastDay: (of) => [
      `The last day to enter “${of.title}”: you can until ${of.closes}. Confirm your entry in time: only then it counts.`,
      `Last day: “${of.title}”. You can enter until ${of.closes}.`,
      `Last day: “${of.title}”.`,
    ],
    result: (of) => [
      `The result of “${of.title}” is here, with all it takes to check it. Whoever won has been mailed. Thank you for taking part!`,
      `The result of “${of.title}” is known. Thank you for taking part!`,
      `The result of “${of.title}”.`,
    ],
  },
};

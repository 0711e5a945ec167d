import type { Unit } from "../channels/unit.ts";
import type { Words } from "../platform/words.ts";

type PreviewWords = {
  title: string;
  intro: string;
  leaves: (at: string) => string;
  draft: string;
  on: (channel: string) => string;
  part: (n: number, of: number) => string;
  counted: (counted: number, most: number, unit: Unit) => string;
  over: (n: number) => string;
  beyond: string;
  card: (host: string) => string;
  picture: (n: number) => string;
  alt: string;
  noAlt: string;
  film: (n: number) => string;
  problems: string;
  /** What a network would refuse, by its code. */
  wrong: Record<string, string>;
  otherwise: string;
  fine: string;
  none: string;
};

export const words: Words<PreviewWords> = {
  nl: {
    title: "Zo komt het er te staan",
    intro: "Een voorbeeld, geteld zoals elk netwerk telt. Hoe het precies oogt, bepaalt het netwerk.",
    leaves: (at) => `Gaat weg op ${at}.`,
    draft: "Een concept: er is nog geen tijd gekozen.",
    on: (channel) => `Op ${channel}`,
    part: (n, of) => `Deel ${n} van ${of}`,
    counted: (counted, most, unit) => `${counted} van ${most} ${unit === "bytes" ? "bytes" : "tekens"}`,
    over: (n) => `${n} te veel`,
    beyond: "Dit past er niet meer bij:",
    card: (host) => `Hieronder toont het netwerk een kaart van ${host}, als die pagina er een heeft.`,
    picture: (n) => `Afbeelding ${n}`,
    alt: "Beschrijving:",
    noAlt: "Zonder beschrijving: wie niet ziet, weet niet wat er te zien is.",
    film: (n) => `Film ${n}`,
    problems: "Zo neemt dit netwerk het niet aan",
    wrong: {
      too_long: "De tekst is te lang.",
      too_many_parts: "Het netwerk neemt minder delen aan.",
      media_not_taken: "Het netwerk neemt dit soort bestand niet aan.",
      media_mixed: "Deze bestanden kunnen niet bij elkaar.",
      media_too_large: "Een bestand is te groot.",
      too_many_pixels: "Een afbeelding of film heeft te veel pixels.",
      too_few_pixels: "Een afbeelding of film heeft te weinig pixels.",
      too_long_and_narrow: "Een afbeelding of film is te lang en smal.",
      film_too_long: "Een film duurt te lang.",
      film_too_short: "Een film duurt te kort.",
      media_needed: "Het netwerk neemt geen tekst zonder bestand aan.",
      too_many_media: "Er zijn te veel bestanden.",
      alt_too_long: "De beschrijving van een afbeelding is te lang.",
      too_many_tags: "Er zijn te veel hashtags.",
      unknown_mention: "Een naam in de tekst is onbekend.",
      ballot_not_taken: "Het netwerk stelt zelf geen vragen.",
    },
    otherwise: "Iets klopt er niet.",
    fine: "Zo neemt dit netwerk het aan.",
    none: "Dit bericht gaat nog naar geen kanaal.",
  },
  en: {
    title: "How it will look",
    intro: "A preview, counted as each network counts. How exactly it looks is up to the network.",
    leaves: (at) => `Leaves on ${at}.`,
    draft: "A draft: no time has been chosen yet.",
    on: (channel) => `On ${channel}`,
    part: (n, of) => `Part ${n} of ${of}`,
    counted: (counted, most, unit) => `${counted} of ${most} ${unit === "bytes" ? "bytes" : "characters"}`,
    over: (n) => `${n} too many`,
    beyond: "This does not fit any more:",
    card: (host) => `Below it the network shows a card of ${host}, if that page has one.`,
    picture: (n) => `Picture ${n}`,
    alt: "Description:",
    noAlt: "Without a description: who cannot see does not know what it shows.",
    film: (n) => `Film ${n}`,
    problems: "This network will not take it like this",
    wrong: {
      too_long: "The text is too long.",
      too_many_parts: "The network takes fewer parts.",
      media_not_taken: "The network does not take this kind of file.",
      media_mixed: "These files cannot stand together.",
      media_too_large: "A file is too large.",
      too_many_pixels: "A picture or film has too many pixels.",
      too_few_pixels: "A picture or film has too few pixels.",
      too_long_and_narrow: "A picture or film is too long and narrow.",
      film_too_long: "A film is too long.",
      film_too_short: "A film is too short.",
      media_needed: "The network takes no text without a file.",
      too_many_media: "There are too many files.",
      alt_too_long: "The description of a picture is too long.",
      too_many_tags: "There are too many hashtags.",
      unknown_mention: "A name in the text is not known.",
      ballot_not_taken: "The network asks no questions itself.",
    },
    otherwise: "Something is wrong.",
    fine: "This network takes it like this.",
    none: "This post goes to no channel yet.",
  },
};

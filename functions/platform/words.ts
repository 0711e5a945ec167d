import * as z from "zod";
import type { Code } from "./errors.ts";

/** The languages of pages and mails. */
export const Language = z.enum(["nl", "en"]);
export type Language = z.infer<typeof Language>;
export type Words<W> = Record<Language, W>;

/** What a visitor reads when something cannot be. Codes that only the API gives read as `invalid_input`. */
type PlatformWords = {
  otherLanguage: string;
  skipToContent: string;
  madeWith: string;
  privacy: string;
  refusals: Partial<Record<Code, { title: string; text: string }>> & { internal: { title: string; text: string } };
};

export const words: Words<PlatformWords> = {
  nl: {
    otherLanguage: "Read this page in English",
    skipToContent: "Naar de inhoud",
    madeWith: "Gemaakt met Samenspraak",
    privacy: "Privacyverklaring",
    refusals: {
      internal: {
        title: "Er ging iets mis",
        text: "Het ligt aan ons. Er is niets half gebeurd; probeer het gerust nog eens.",
      },
      invalid_input: { title: "Dat klopt nog niet", text: "Kijk na wat u hebt ingevuld en probeer het nog eens." },
      not_found: { title: "Niet gevonden", text: "Hier is niets (meer). Kijk de link na." },
      form_altered: { title: "Dit formulier klopt niet", text: "Open de pagina opnieuw en vul het formulier daar in." },
      form_expired: {
        title: "Dit formulier is verlopen",
        text: "De pagina stond te lang open. Open haar opnieuw en vul het formulier nog eens in.",
      },
      media_deleted: { title: "Dit bestand is er niet meer", text: "Het is verwijderd." },
      link_ended: {
        title: "Deze link werkt niet meer",
        text: "De tijd van deze link is voorbij, of hij is niet volledig overgenomen.",
      },
      contest_not_open: { title: "De win-actie is niet open", text: "Meedoen kan nu niet." },
      poll_not_open: { title: "De peiling is niet open", text: "Antwoorden kan nu niet." },
      results_hidden: {
        title: "De uitslag is niet openbaar",
        text: "Wie deze peiling houdt, bekijkt de uitslag zelf.",
      },
      board_not_open: {
        title: "Dit ideeënbord is niet open",
        text: "Een idee voorstellen of steunen kan hier nu niet.",
      },
      board_full: { title: "Dit ideeënbord is vol", text: "Steun een idee dat er al staat." },
      idea_not_open: { title: "Dit idee is afgerond", text: "Steunen en reageren kan hier niet meer." },
      too_large: {
        title: "Dat is te veel",
        text: "Het formulier is te groot. Maak het korter en probeer het nog eens.",
      },
      unsupported_media_type: {
        title: "Dit kunnen we niet lezen",
        text: "Verstuur het formulier vanaf de pagina zelf.",
      },
      changed_meanwhile: {
        title: "Nog een keer, graag",
        text: "Op hetzelfde moment veranderde er iets. Probeer het nog eens.",
      },
    },
  },
  en: {
    otherLanguage: "Lees deze pagina in het Nederlands",
    skipToContent: "Skip to content",
    madeWith: "Made with Samenspraak",
    privacy: "Privacy statement",
    refusals: {
      internal: { title: "Something went wrong", text: "This is our fault. Nothing is half done; please try again." },
      invalid_input: { title: "That is not right yet", text: "Check what you filled in and try again." },
      not_found: { title: "Not found", text: "There is nothing here (any more). Check the link." },
      form_altered: { title: "This form is not right", text: "Open the page again and fill in the form there." },
      form_expired: {
        title: "This form has expired",
        text: "The page was open for too long. Open it again and fill in the form once more.",
      },
      media_deleted: { title: "This file is gone", text: "It was deleted." },
      link_ended: {
        title: "This link has ended",
        text: "The time of this link is over, or it was not copied completely.",
      },
      contest_not_open: { title: "The contest is not open", text: "You cannot enter now." },
      poll_not_open: { title: "The poll is not open", text: "You cannot respond now." },
      results_hidden: {
        title: "The results are not public",
        text: "Whoever holds this poll looks at them themselves.",
      },
      board_not_open: { title: "This board is not open", text: "You cannot propose or support an idea here now." },
      board_full: { title: "This board is full", text: "Support an idea that is there already." },
      idea_not_open: { title: "This idea is settled", text: "It takes no more support and no more comments." },
      too_large: { title: "That is too much", text: "The form is too large. Make it shorter and try again." },
      unsupported_media_type: { title: "We cannot read this", text: "Send the form from the page itself." },
      changed_meanwhile: { title: "Once more, please", text: "Something changed at the same moment. Try again." },
    },
  },
};

// The first use of any Intl object reads what every locale can do, 12 ms of a cold start; so what most pages say is said here.

const names: Words<{ days: readonly string[]; months: readonly string[]; thousands: string; decimals: string }> = {
  nl: {
    days: ["zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"],
    months: [
      ...["januari", "februari", "maart", "april", "mei", "juni"],
      ...["juli", "augustus", "september", "oktober", "november", "december"],
    ],
    thousands: ".",
    decimals: ",",
  },
  en: {
    days: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    months: [
      ...["January", "February", "March", "April", "May", "June"],
      ...["July", "August", "September", "October", "November", "December"],
    ],
    thousands: ",",
    decimals: ".",
  },
};

/**
 * Reads a time as clocks in a zone show it. `Date` knows the same zones as Intl does, but only the one that TZ names; Node
 * passes a change of TZ on to it at once, and nothing else runs before TZ is as it was.
 */
const inZone = <T>(zone: string, read: () => T): T => {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    return read();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
};

/** A moment as people say it, in a language and a zone, e.g. "vrijdag 27 november 2026 om 17:00". */
export const sayTime = (rfc3339: string, language: Language, zone: string): string =>
  inZone(zone, () => {
    const at = new Date(rfc3339);
    // What TZ does not know ("+02:00", "europe/amsterdam") counts as UTC there, and Intl does know it.
    if (at.getTimezoneOffset() === 0) return undefined;
    const day = `${names[language].days[at.getDay()]}${language === "en" ? "," : ""}`;
    const date = `${at.getDate()} ${names[language].months[at.getMonth()]} ${at.getFullYear()}`;
    const time = [at.getHours(), at.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
    return `${day} ${date} ${language === "nl" ? "om" : "at"} ${time}`;
  }) ??
  new Intl.DateTimeFormat(language === "nl" ? "nl-NL" : "en-GB", {
    dateStyle: "full",
    timeStyle: "short",
    timeZone: zone,
  }).format(new Date(rfc3339));

/** The time of day of a moment, e.g. "17:00". */
export const sayClock = (rfc3339: string, zone: string): string => sayTime(rfc3339, "nl", zone).slice(-5);

/** A whole number, e.g. "1.234". */
export const sayNumber = (n: number, language: Language): string =>
  String(n).replace(/\B(?=(?:\d{3})+$)/g, names[language].thousands);

/** A share of 1 in tenths of a percent, e.g. "12,5%". */
export const sayPercent = (share: number, language: Language): string =>
  `${String(Math.round(share * 1000) / 10).replace(".", names[language].decimals)}%`;

/** An amount in cents, e.g. "€ 12,50" or, of whole euros, "€ 12". */
export const sayEuros = (cents: number, language: Language): string => {
  const whole = `€${language === "nl" ? "\u00a0" : ""}${sayNumber(Math.floor(cents / 100), language)}`;
  return cents % 100 === 0 ? whole : `${whole}${names[language].decimals}${String(cents % 100).padStart(2, "0")}`;
};

import type { Words } from "../platform/words.ts";

// Days that people in the Netherlands live by, and that a post may be about: as rules, with where they are written.

/** A day of the calendar, without time or zone: yyyy-mm-dd. */
type Day = string;

const dayOf = (year: number, month: number, day: number): Day =>
  new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
const plus = (day: Day, days: number): Day => new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
const weekdayOf = (day: Day): number => new Date(Date.parse(day)).getUTCDay();

const fixed = (month: number, day: number) => (year: number) => dayOf(year, month, day);
/** The nth Sunday (0), Monday (1) … of a month. */
const nth = (n: number, weekday: number, month: number) => (year: number) => {
  const first = dayOf(year, month, 1);
  return plus(first, ((weekday - weekdayOf(first) + 7) % 7) + 7 * (n - 1));
};
const last = (weekday: number, month: number) => (year: number) => {
  const end = plus(dayOf(year, month + 1, 1), -1);
  return plus(end, -((weekdayOf(end) - weekday + 7) % 7));
};

/** Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8). */
export const easter = (year: number): Day => {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 19 * l) / 433);
  const month = Math.floor((h + l - 7 * m + 90) / 25);
  return dayOf(year, month, (h + l - 7 * m + 33 * month + 19) % 32);
};
const fromEaster = (days: number) => (year: number) => plus(easter(year), days);

const terms = "Algemene termijnenwet, artikel 3";
const custom = "gebruik";

type Rule = { id: string; names: Words<string>; on: (year: number) => Day; source: string; holiday?: true };

const rules: readonly Rule[] = [
  {
    id: "new-year",
    names: { nl: "Nieuwjaarsdag", en: "New Year's Day" },
    on: fixed(1, 1),
    source: terms,
    holiday: true,
  },
  { id: "epiphany", names: { nl: "Driekoningen", en: "Epiphany" }, on: fixed(1, 6), source: custom },
  { id: "valentine", names: { nl: "Valentijnsdag", en: "Valentine's Day" }, on: fixed(2, 14), source: custom },
  { id: "carnival", names: { nl: "Carnaval", en: "Carnival" }, on: fromEaster(-49), source: custom },
  {
    ...{ id: "womens-day", names: { nl: "Internationale Vrouwendag", en: "International Women's Day" } },
    ...{ on: fixed(3, 8), source: "Verenigde Naties, resolutie 32/142" },
  },
  { id: "good-friday", names: { nl: "Goede Vrijdag", en: "Good Friday" }, on: fromEaster(-2), source: terms },
  { id: "easter", names: { nl: "Eerste Paasdag", en: "Easter Sunday" }, on: easter, source: custom, holiday: true },
  {
    ...{ id: "easter-monday", names: { nl: "Tweede Paasdag", en: "Easter Monday" } },
    ...{ on: fromEaster(1), source: terms, holiday: true },
  },
  {
    ...{ id: "summer-time", names: { nl: "De zomertijd begint", en: "Summer time begins" } },
    ...{ on: last(0, 3), source: "Richtlijn 2000/84/EG" },
  },
  {
    ...{ id: "secretaries-day", names: { nl: "Secretaressedag", en: "Administrative Professionals' Day" } },
    ...{ on: nth(3, 4, 4), source: custom },
  },
  {
    id: "kings-day",
    names: { nl: "Koningsdag", en: "King's Day" },
    // On a Saturday where the 27th is a Sunday.
    on: (year) => (weekdayOf(dayOf(year, 4, 27)) === 0 ? dayOf(year, 4, 26) : dayOf(year, 4, 27)),
    source: terms,
    holiday: true,
  },
  {
    ...{ id: "remembrance", names: { nl: "Dodenherdenking", en: "Remembrance of the Dead" } },
    ...{ on: fixed(5, 4), source: "Nationaal Comité 4 en 5 mei" },
  },
  {
    id: "liberation",
    names: { nl: "Bevrijdingsdag", en: "Liberation Day" },
    on: fixed(5, 5),
    source: terms,
    holiday: true,
  },
  { id: "mothers-day", names: { nl: "Moederdag", en: "Mother's Day" }, on: nth(2, 0, 5), source: custom },
  {
    ...{ id: "ascension", names: { nl: "Hemelvaartsdag", en: "Ascension Day" } },
    ...{ on: fromEaster(39), source: terms, holiday: true },
  },
  {
    ...{ id: "pentecost", names: { nl: "Eerste Pinksterdag", en: "Whit Sunday" } },
    ...{ on: fromEaster(49), source: custom, holiday: true },
  },
  {
    ...{ id: "whit-monday", names: { nl: "Tweede Pinksterdag", en: "Whit Monday" } },
    ...{ on: fromEaster(50), source: terms, holiday: true },
  },
  { id: "fathers-day", names: { nl: "Vaderdag", en: "Father's Day" }, on: nth(3, 0, 6), source: custom },
  { id: "keti-koti", names: { nl: "Keti Koti", en: "Keti Koti" }, on: fixed(7, 1), source: "Rijksoverheid, Keti Koti" },
  {
    id: "budget-day",
    names: { nl: "Prinsjesdag", en: "Budget Day" },
    on: nth(3, 2, 9),
    source: "Grondwet, artikel 65",
  },
  { id: "animal-day", names: { nl: "Werelddierendag", en: "World Animal Day" }, on: fixed(10, 4), source: custom },
  {
    id: "teachers-day",
    names: { nl: "Dag van de Leraar", en: "World Teachers' Day" },
    on: fixed(10, 5),
    source: "UNESCO",
  },
  {
    ...{ id: "winter-time", names: { nl: "De wintertijd begint", en: "Summer time ends" } },
    ...{ on: last(0, 10), source: "Richtlijn 2000/84/EG" },
  },
  { id: "halloween", names: { nl: "Halloween", en: "Halloween" }, on: fixed(10, 31), source: custom },
  { id: "saint-martin", names: { nl: "Sint-Maarten", en: "Saint Martin's Day" }, on: fixed(11, 11), source: custom },
  {
    ...{ id: "sinterklaas-arrives", names: { nl: "Intocht van Sinterklaas", en: "Sinterklaas arrives" } },
    // The first Saturday after the eleventh.
    ...{
      on: (year: number) => plus(dayOf(year, 11, 12), (6 - weekdayOf(dayOf(year, 11, 12)) + 7) % 7),
      source: custom,
    },
  },
  {
    ...{ id: "black-friday", names: { nl: "Black Friday", en: "Black Friday" } },
    // The day after Thanksgiving, the fourth Thursday.
    ...{ on: (year: number) => plus(nth(4, 4, 11)(year), 1), source: custom },
  },
  { id: "sinterklaas", names: { nl: "Pakjesavond", en: "Sinterklaas Eve" }, on: fixed(12, 5), source: custom },
  {
    id: "christmas",
    names: { nl: "Eerste Kerstdag", en: "Christmas Day" },
    on: fixed(12, 25),
    source: terms,
    holiday: true,
  },
  {
    ...{ id: "boxing-day", names: { nl: "Tweede Kerstdag", en: "Second Day of Christmas" } },
    ...{ on: fixed(12, 26), source: terms, holiday: true },
  },
  { id: "new-years-eve", names: { nl: "Oudejaarsdag", en: "New Year's Eve" }, on: fixed(12, 31), source: custom },
];

export type Occasion = { id: string; date: Day; names: Words<string>; holiday: boolean; source: string };

/** The occasions from one day to another, both included, in order. */
export const occasionsBetween = (from: Day, to: Day): Occasion[] => {
  const years = Number(to.slice(0, 4)) - Number(from.slice(0, 4)) + 1;
  return Array.from({ length: Math.max(years, 0) }, (_, n) => Number(from.slice(0, 4)) + n)
    .flatMap((year) =>
      rules.map(({ id, names, on, source, holiday = false }) => ({ id, date: on(year), names, holiday, source })),
    )
    .filter(({ date }) => date >= from && date <= to)
    .sort((a, b) => (a.date < b.date ? -1 : 1));
};

import { versionOf } from "../platform/table.ts";
import { type Language, sayTime, type Words } from "../platform/words.ts";
import type { Occasion } from "./occasions.ts";
import { channelsOf, type PostState, type Standing, stateOf } from "./post.ts";

/** Loaded with what is written of them. */
export { occasionsBetween } from "./occasions.ts";

// Posts as a calendar that other programs follow (RFC 5545). It is a dozen lines of a text format; a library for it (80 kB and
// up) would be the heaviest thing that this page starts with.

const states: Words<Record<PostState, string>> = {
  nl: {
    draft: "Concept",
    waiting: "Wacht op goedkeuring",
    scheduled: "Ingepland",
    sending: "Onderweg",
    published: "Geplaatst",
    attention: "Vraagt aandacht",
    retracted: "Teruggehaald",
    cancelled: "Geannuleerd",
  },
  en: {
    draft: "Draft",
    waiting: "Waits for approval",
    scheduled: "Scheduled",
    sending: "Being sent",
    published: "Published",
    attention: "Needs attention",
    retracted: "Taken back",
    cancelled: "Cancelled",
  },
};

/** Between which moments it has all posts, and whether there are others before and after. */
export type Window = { from: string; to: string; moreBefore: boolean; moreAfter: boolean };

const says: Words<{ shows: (from: string, to: string) => string; more: string; why: string }> = {
  nl: {
    shows: (from, to) => `Berichten van ${from} tot en met ${to}. Wat verder weg ligt, komt er vanzelf bij.`,
    more: "Niet alle berichten staan in deze agenda",
    why: "Er zijn er meer dan een agenda aankan. Alle berichten staan in GET /v1/posts.",
  },
  en: {
    shows: (from, to) => `Posts from ${from} to ${to}. What is further away comes into it by itself.`,
    more: "Not all posts are in this calendar",
    why: "There are more than a calendar can take. GET /v1/posts has all of them.",
  },
};

/** Text as a value (RFC 5545, section 3.3.11). */
const written = (text: string): string => text.replace(/[\\;,]/g, (one) => `\\${one}`).replaceAll(/\r\n|\r|\n/g, "\\n");

/** A line has at most 75 octets, without its end; the rest follows behind a space, and no letter is cut (section 3.1). */
export const folded = (line: string): string => {
  let octets = 0;
  let text = "";
  for (const letter of line) {
    const size = Buffer.byteLength(letter);
    if (octets + size > 75) {
      text += "\r\n ";
      octets = 1;
    }
    text += letter;
    octets += size;
  }
  return `${text}\r\n`;
};

/** 2026-11-27T16:00:00.000Z as 20261127T160000Z. */
const compact = (at: string): string => `${at.slice(0, 19).replaceAll(/[-:]/g, "")}Z`;

const mostSummary = 70;
/** What a calendar shows of a long post; the whole of a thousand would be more than an answer may have. */
const mostDescription = 600;
const shortened = (text: string): string => {
  const letters = [...text];
  return letters.length <= mostDescription ? text : `${letters.slice(0, mostDescription - 1).join("")}…`;
};
const firstWords = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return [...line].length <= mostSummary ? line : `${[...line].slice(0, mostSummary - 1).join("")}…`;
};

export type Shown = {
  name: string;
  language: Language;
  channels: ReadonlyMap<string, string>;
  categories: ReadonlyMap<string, string>;
  window: Window;
  zone: string;
};

const eventOf = (post: Exclude<Standing, { status: "draft" }>, shown: Shown, now: string): string[] => {
  const state = stateOf(post);
  const where = channelsOf(post).map((id) => shown.channels.get(id) ?? id);
  const stands = { waiting: "TENTATIVE", attention: "TENTATIVE", cancelled: "CANCELLED", retracted: "CANCELLED" };
  return [
    "BEGIN:VEVENT",
    `UID:${post.id}@samenspraak`,
    `DTSTAMP:${compact(now)}`,
    `SEQUENCE:${versionOf(post)}`,
    `DTSTART:${compact(post.at)}`,
    "DURATION:PT15M",
    `SUMMARY:${written(firstWords(post.text))}`,
    `DESCRIPTION:${written(`${states[shown.language][state]} · ${where.join(", ")}\n\n${shortened(post.text)}`)}`,
    `STATUS:${stands[state as keyof typeof stands] ?? "CONFIRMED"}`,
    ...(post.category === undefined
      ? []
      : [`CATEGORIES:${written(shown.categories.get(post.category) ?? post.category)}`]),
    "END:VEVENT",
  ];
};

/** Where a calendar ends though there is more, it says so: an entry at the last moment that it shows. */
const endOf = (at: string, { language }: Shown, now: string): string[] => [
  "BEGIN:VEVENT",
  `UID:more-${at < now ? "before" : "after"}@samenspraak`,
  `DTSTAMP:${compact(now)}`,
  `DTSTART:${compact(at)}`,
  "DURATION:PT15M",
  `SUMMARY:${written(says[language].more)}`,
  `DESCRIPTION:${written(says[language].why)}`,
  "TRANSP:TRANSPARENT",
  "END:VEVENT",
];

const nextDay = (date: string): string => new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
const dayOf = ({ id, date, names }: Occasion, language: Language, now: string): string[] => [
  "BEGIN:VEVENT",
  `UID:${id}-${date}@samenspraak`,
  `DTSTAMP:${compact(now)}`,
  `DTSTART;VALUE=DATE:${date.replaceAll("-", "")}`,
  `DTEND;VALUE=DATE:${nextDay(date).replaceAll("-", "")}`,
  `SUMMARY:${written(names[language])}`,
  "TRANSP:TRANSPARENT",
  "END:VEVENT",
];

/** RFC 7986, section 5.2, and what programs read that do not know it. */
const describing = ({ language, window, zone }: Shown): string[] => {
  const text = written(says[language].shows(sayTime(window.from, language, zone), sayTime(window.to, language, zone)));
  return [`DESCRIPTION:${text}`, `X-WR-CALDESC:${text}`];
};

/** The whole calendar. Drafts have no time and are not in it. */
export const calendarOf = (
  posts: readonly Standing[],
  occasions: readonly Occasion[],
  shown: Shown,
  now: string,
): string =>
  [
    ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Samenspraak//Posts//EN", "CALSCALE:GREGORIAN"],
    `NAME:${written(shown.name)}`,
    `X-WR-CALNAME:${written(shown.name)}`,
    ...describing(shown),
    ...["REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"],
    ...posts.flatMap((post) => (post.status === "draft" ? [] : eventOf(post, shown, now))),
    ...(shown.window.moreBefore ? endOf(shown.window.from, shown, now) : []),
    ...(shown.window.moreAfter ? endOf(shown.window.to, shown, now) : []),
    ...occasions.flatMap((occasion) => dayOf(occasion, shown.language, now)),
    "END:VCALENDAR",
  ]
    .map(folded)
    .join("");

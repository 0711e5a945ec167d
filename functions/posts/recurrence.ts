import { RRuleTemporal } from "rrule-temporal";
import { Temporal } from "temporal-polyfill";
import { days, later } from "../platform/clock.ts";
import { Refusal, refuse } from "../platform/errors.ts";
import { instantOf } from "./wall-time.ts";
import { furthestDays } from "./when.ts";

// The days of a rule (RFC 5545, RRULE). Days are reckoned without a zone, and each gets the wall time in its zone: so nine
// o'clock stays nine o'clock when the clocks change, and what they skip is the first that exists, as of every post.

export type Start = { wall: string; zone: string };
export type Occurrence = { date: string; at: string; wall: string };

/** A rule says on which days; the time of the day is the start's. */
const known =
  /^FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;(INTERVAL|COUNT|UNTIL|BYDAY|BYMONTHDAY|BYMONTH|BYYEARDAY|BYWEEKNO|BYSETPOS|WKST)=[\w,+-]+)*$/;

/** Refuses a start that is no time, or further ahead than a post can be planned. */
const checkStart = (start: Start, now: string): void => {
  try {
    if (instantOf(start) <= later(now, days(furthestDays))) return;
    const detail = "This is more than five years ahead.";
    refuse("invalid_input", detail, [{ pointer: "#/local/wall", detail }]);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const errors = error.errors.map(({ pointer, detail }) => ({
      pointer: pointer.replace("#/local", "#/start"),
      detail,
    }));
    refuse(error.code, error.message, errors);
  }
};

const frequencies = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] as const;
type Frequency = (typeof frequencies)[number];

/** The parts of a rule, by their names. */
const partsOf = (rule: string): [name: string, value: string][] =>
  rule.split(";").map((part) => {
    const at = part.indexOf("=");
    return [part.slice(0, at), part.slice(at + 1)];
  });
const frequencyOf = (rule: string): Frequency =>
  frequencies.find((one) => rule.startsWith(`FREQ=${one}`)) ?? wrong("It begins with how often, e.g. FREQ=WEEKLY.");

const mostInterval = 1000;
const mostCount = 1000;

/**
 * So many days, weeks, months or years are looked through for one that fits, and so many more as are to be counted: eight
 * years of days, eleven of weeks, forty of months and of years. It bounds the work of a rule that names no day.
 */
const mostLooked: Record<Frequency, number> = { DAILY: 3000, WEEKLY: 600, MONTHLY: 500, YEARLY: 100 };

const countOf = (rule: string): number => Number(/COUNT=(\d+)/.exec(rule)?.[1] ?? 0);

const ruleOf = (rule: string, { wall }: Start) => {
  const clock = wall.slice(11, 16);
  const dtstart = Temporal.PlainDateTime.from(wall).toZonedDateTime("UTC");
  const maxIterations = mostLooked[frequencyOf(rule)] + countOf(rule);
  return { clock, rule: new RRuleTemporal({ rruleString: rule, dtstart, temporal: Temporal, maxIterations }) };
};

/** What each part may be (RFC 5545, section 3.3.10): from 1, and counted from the end too where `back` says so. */
type Range = { most: number; back?: true; what: string };
const ranges: Record<string, Range> = {
  INTERVAL: { most: mostInterval, what: "a whole number" },
  COUNT: { most: mostCount, what: "a whole number" },
  BYMONTH: { most: 12, what: "a month" },
  BYMONTHDAY: { most: 31, back: true, what: "a day of a month" },
  BYYEARDAY: { most: 366, back: true, what: "a day of a year" },
  BYWEEKNO: { most: 53, back: true, what: "a week of a year" },
  BYSETPOS: { most: 366, back: true, what: "a place among the days" },
};
const daysIn: Record<Frequency, number> = { DAILY: 1, WEEKLY: 7, MONTHLY: 31, YEARLY: 366 };
const weekday = /^(?:([+-]?)(\d{1,2}))?(MO|TU|WE|TH|FR|SA|SU)$/;
/** Which frequencies know a part. */
const only: Record<string, readonly Frequency[]> = {
  BYMONTHDAY: ["DAILY", "MONTHLY", "YEARLY"],
  BYYEARDAY: ["YEARLY"],
  BYWEEKNO: ["YEARLY"],
};

/** Refuses a rule that is none by RFC 5545, or asks for more than is made: with its part, and what that may be. */
export const checkRule = (rule: string): void => {
  if (!known.test(rule)) wrong("Use DAILY, WEEKLY, MONTHLY or YEARLY, and days, months and ends; no hours.");
  const frequency = frequencyOf(rule);
  const parts = partsOf(rule);
  const names = parts.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice) wrong(`${twice} stands there twice.`);
  if (names.includes("COUNT") && names.includes("UNTIL")) wrong("It ends by COUNT or by UNTIL, not by both.");
  for (const [name, value] of parts) {
    const frequenciesOf = only[name];
    if (frequenciesOf && !frequenciesOf.includes(frequency))
      wrong(`${name} goes with FREQ=${frequenciesOf.join(" or ")}, not with ${frequency}.`);
    const range = ranges[name];
    for (const one of value.split(","))
      if (range) checkNumber(name, one, name === "BYSETPOS" ? { ...range, most: mostPlaces(frequency, parts) } : range);
    if (name === "UNTIL" && !/^\d{8}(T\d{6}Z?)?$/.test(value)) wrong(`UNTIL=${value} is not a day as 20261231.`);
    if (name === "WKST" && !/^(MO|TU|WE|TH|FR|SA|SU)$/.test(value)) wrong(`WKST=${value} is not a day as MO.`);
    if (name === "BYDAY") for (const one of value.split(",")) checkWeekday(one, frequency, names);
  }
  if (names.includes("BYSETPOS") && !names.some((name) => name.startsWith("BY") && name !== "BYSETPOS"))
    wrong("BYSETPOS says which of the days of BYDAY, BYMONTHDAY or another part: give one of those too.");
};

/** Among more days than a period has, or than are named of a week, nothing has a place. */
const mostPlaces = (frequency: Frequency, parts: readonly (readonly [string, string])[]): number => {
  const named = parts.find(([name]) => name === "BYDAY")?.[1].split(",").length ?? 7;
  return frequency === "WEEKLY" ? Math.min(named, 7) : daysIn[frequency];
};

const checkNumber = (name: string, value: string, { most, back, what }: Range) => {
  const [, sign = "", digits = ""] = /^([+-]?)(\d{1,9})$/.exec(value) ?? [];
  const isFit = Number(digits) >= 1 && Number(digits) <= most && (sign === "" || back === true);
  const fromEnd = back ? `, or -1 to -${most} from the end` : "";
  if (!isFit) wrong(`${name}=${value} is not ${what} from 1 to ${most}${fromEnd}.`);
};

const checkWeekday = (value: string, frequency: Frequency, names: readonly string[]) => {
  const [all, , digits] = weekday.exec(value) ?? [];
  if (all === undefined) return wrong(`BYDAY=${value} is not a day: MO, TU, WE, TH, FR, SA or SU.`);
  if (digits === undefined) return;
  if ((frequency !== "MONTHLY" && frequency !== "YEARLY") || names.includes("BYWEEKNO"))
    wrong(`BYDAY=${value} counts the days of a month or year: it goes with FREQ=MONTHLY or YEARLY without BYWEEKNO.`);
  const most = frequency === "MONTHLY" || names.includes("BYMONTH") ? 5 : 53;
  if (Number(digits) < 1 || Number(digits) > most)
    wrong(`BYDAY=${value}: a ${most === 5 ? "month" : "year"} has at most ${most} of a weekday.`);
};

const wrong = (detail: string): never =>
  refuse("invalid_input", `This rule cannot be followed. ${detail}`, [
    { pointer: "#/rule", detail: `${detail} E.g. FREQ=WEEKLY;BYDAY=MO,TH or FREQ=MONTHLY;BYMONTHDAY=1 (RFC 5545).` },
  ]);

/** The days after a moment of the clock in UTC, as many as are asked for. */
function* daysAfter(dates: RRuleTemporal<Temporal.ZonedDateTime>, from: Date, isCounted: boolean) {
  // Counted ones are all gone through to know which are left: once, not for each.
  if (isCounted) return yield* dates.all().filter((day) => day.epochMilliseconds > from.getTime());
  for (let next = dates.next(from); next; next = dates.next(new Date(next.epochMilliseconds))) yield next;
}

/**
 * The occurrences after a moment, in order, at most `n`. Refuses a rule that is none, or that names no day that exists.
 */
export const occurrencesAfter = (rule: string, start: Start, after: string, n: number): Occurrence[] => {
  if (!known.test(rule)) checkRule(rule);
  checkStart(start, after);
  try {
    const { clock, rule: dates } = ruleOf(rule, start);
    const found: Occurrence[] = [];
    // A day early: what is before `after` in UTC may be after it in its zone.
    const from = new Date(
      Math.max(Date.parse(after), Date.parse(`${start.wall.slice(0, 10)}T00:00:00Z`)) - 2 * 86_400_000,
    );
    for (const day of daysAfter(dates, from, countOf(rule) > 0)) {
      const date = day.toPlainDate().toString();
      const wall = `${date}T${clock}`;
      const at = instantOf({ wall, zone: start.zone });
      if (at > after) found.push({ date, at, wall });
      if (found.length === n) break;
    }
    return found;
  } catch (error) {
    // RangeError: a day that is none, or further away than time goes.
    if (error instanceof Error && /^Maximum (iterations|candidate)/.test(error.message))
      return wrong(
        "For years on end it names no day that there is, or it counts further than is looked: eight years of days.",
      );
    if (error instanceof RangeError || (error instanceof Error && error.constructor === Error))
      return wrong(`${error.message.replace(/\.$/, "")}.`);
    throw error;
  }
};

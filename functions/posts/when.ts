import { Temporal } from "temporal-polyfill";
import * as z from "zod";
import { days, instant, later } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";

// When a post leaves: at an instant, or at a wall time in a zone of the IANA database.

const wallTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?$/;

export const Local = z.strictObject({
  wall: z.string().regex(wallTime, "Give a date and a time without an offset, e.g. 2026-11-27T17:00."),
  zone: z.string().min(1).max(60).describe("A time zone of the IANA database, e.g. Europe/Amsterdam."),
});
export type Local = z.infer<typeof Local>;

/** The chosen instant (RFC 3339, UTC), and how it was given. */
export type When = { at: string; local?: Local | undefined };

/** Planning further ahead than this is more likely a slip of the pen. */
const furthestDays = 5 * 366;

/** The instant of what was asked. Refuses a time that is past or too far ahead, a zone that is none, a date that is none. */
export const whenOf = (asked: { at: string } | { local: Local }, now: string): When => {
  const when =
    "at" in asked ? { at: instant(Date.parse(asked.at)) } : { at: instantOf(asked.local), local: asked.local };
  const pointer = "at" in asked ? "#/at" : "#/local/wall";
  if (when.at <= now)
    return refuse("due_in_past", `${when.at} is past; it is ${now}.`, [{ pointer, detail: "This time is past." }]);
  if (when.at > later(now, days(furthestDays)))
    return refuse("invalid_input", "A post can be planned at most five years ahead.", [
      { pointer, detail: "This is more than five years ahead." },
    ]);
  return when;
};

/** A wall time that the clocks skip moves forward to the first that exists; one that occurs twice means the first. */
const instantOf = ({ wall, zone }: Local): string => {
  const plain = plainOf(wall);
  const before = inZone(plain, zone);
  const exists = before.toPlainDateTime().equals(plain);
  const chosen = exists ? before : (before.getTimeZoneTransition("next") ?? before);
  return instant(chosen.epochMilliseconds);
};

const plainOf = (wall: string): Temporal.PlainDateTime => {
  try {
    return Temporal.PlainDateTime.from(wall, { overflow: "reject" });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const detail = `${wall} is not on the calendar.`;
    return refuse("invalid_input", detail, [{ pointer: "#/local/wall", detail }]);
  }
};

const inZone = (plain: Temporal.PlainDateTime, zone: string): Temporal.ZonedDateTime => {
  try {
    // Temporal takes offsets as zones too; they know no summer time, so they are not what is meant.
    if (!/^[A-Za-z]/.test(zone)) throw new RangeError(zone);
    return plain.toZonedDateTime(zone, { disambiguation: "earlier" });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse("unknown_zone", `There is no time zone "${zone}". Use a name of the IANA database.`, [
      { pointer: "#/local/zone", detail: "This is not a time zone of the IANA database, e.g. Europe/Amsterdam." },
    ]);
  }
};

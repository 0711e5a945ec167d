import * as z from "zod";
import { days, instant, later } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";

// When a post leaves: at an instant, or at a wall time in a zone of the IANA database.

export const wallTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?$/;

export const Local = z.strictObject({
  wall: z.string().regex(wallTime, "Give a date and a time without an offset, e.g. 2026-11-27T17:00."),
  zone: z.string().min(1).max(60).describe("A time zone of the IANA database, e.g. Europe/Amsterdam."),
});
export type Local = z.infer<typeof Local>;

/** The chosen instant (RFC 3339, UTC), and how it was given. */
export type When = { at: string; local?: Local | undefined };

/** Planning further ahead than this is more likely a slip of the pen. */
export const furthestDays = 5 * 366;

/** The instant of what was asked. Refuses a time that is past or too far ahead, a zone that is none, a date that is none. */
export const whenOf = async (asked: { at: string } | { local: Local }, now: string): Promise<When> => {
  const when = "at" in asked ? { at: instant(Date.parse(asked.at)) } : await atWallTime(asked.local);
  const pointer = "at" in asked ? "#/at" : "#/local/wall";
  if (when.at <= now)
    return refuse("due_in_past", `${when.at} is past; it is ${now}.`, [{ pointer, detail: "This time is past." }]);
  if (when.at > later(now, days(furthestDays)))
    return refuse("invalid_input", "A post can be planned at most five years ahead.", [
      { pointer, detail: "This is more than five years ahead." },
    ]);
  return when;
};

const atWallTime = async (local: Local): Promise<When> => {
  // Calendars and zones are much to load, and not needed by what sends.
  const { instantOf } = await import("./wall-time.ts");
  return { at: instantOf(local), local };
};

import { Temporal } from "temporal-polyfill";
import { instant } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import type { Local } from "./when.ts";

/** A wall time that the clocks skip moves forward to the first that exists; one that occurs twice means the first. */
export const instantOf = ({ wall, zone }: Local): string => {
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

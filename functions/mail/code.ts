import { hours, instant, milliseconds, minutes } from "../platform/clock.ts";
import { hmac } from "../platform/secrets.ts";

// A code that is mailed proves an address. It is made from the address and the day, so nothing is stored for it; eight
// letters of 32 are 40 bits, too many to try. `key`: a secret of what it is for.

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const lifeMs = hours(24);
/** An address that was mailed is not mailed again for as long. */
export const quietMs = minutes(10);

const codeAt = (key: Uint8Array, address: string, period: number): string => {
  const bytes = hmac(key, `code\0${period}\0${address}`);
  return Array.from(bytes.subarray(0, 8), (byte) => alphabet[byte & 31]).join("");
};
const periodOf = (now: string): number => Math.floor(milliseconds(now) / lifeMs);

/** As it is written to be read: "1a2b-3c4d". */
export const codeFor = (key: Uint8Array, address: string, now: string): string =>
  codeAt(key, address, periodOf(now)).replace(/^.{4}/, "$&-");

/** When it ends to work: with the day after (UTC). RFC 3339. */
export const codeEnds = (now: string): string => instant((periodOf(now) + 2) * lifeMs);

/** A code as people write it back: capitals, spaces and hyphens make no other; O is 0, I and L are 1. */
const asWritten = (code: string): string =>
  code.toLowerCase().replace(/[\s-]/g, "").replaceAll("o", "0").replace(/[il]/g, "1");

/** Whether this code was mailed to the address, today or the day before (UTC). */
export const isCodeFor = (key: Uint8Array, address: string, code: string, now: string): boolean => {
  const period = periodOf(now);
  return [period, period - 1].some((of) => codeAt(key, address, of) === asWritten(code));
};

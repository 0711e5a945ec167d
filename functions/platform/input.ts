import * as z from "zod";
import { instant, milliseconds } from "./clock.ts";

// What people write and send, as every capability takes it.

const first = Date.UTC(1970);
const last = Date.UTC(9999, 11, 31);

/** What a `+` of an offset that stands unencoded in an address is read as: a space (WHATWG URL, "application/x-www-form-urlencoded"). */
const lostPlus = /T[\d:.]+ \d\d:\d\d$/;

/** A moment (RFC 3339, any offset) as our own instants are: in UTC, with milliseconds. Beyond the year 9999 text no longer sorts as time does. */
export const Instant = z.iso
  .datetime({
    offset: true,
    error: ({ input }) =>
      typeof input === "string" && lostPlus.test(input)
        ? "A + in an address is read as a space: write %2B for it, e.g. 2026-11-27T16:00:00%2B01:00."
        : "Give a date, a time and an offset, e.g. 2026-11-27T16:00:00Z.",
  })
  .refine((at) => !(milliseconds(at) < first || milliseconds(at) > last), "Use a time from 1970 to 9999.")
  .transform((at) => instant(milliseconds(at)));

/** Control characters but tab and line feed, which mails, feeds and canonical JSON cannot carry; and those that turn the order of what stands around them (Unicode TR 9, explicit formatting). */
const unprintable = /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/u;
const isPrintable = (text: string): boolean => text.isWellFormed() && !unprintable.test(text);
const notPrintable = "It has characters that cannot be shown.";

/** Zones that are known to be one. Asking costs milliseconds at a start, so the one that most have is known beforehand. */
const zones = new Set(["Europe/Amsterdam"]);
/** Whether the IANA database has it. */
export const isZone = (zone: string): boolean => {
  if (zones.has(zone)) return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
  } catch {
    return false; // A RangeError is how Intl says no.
  }
  if (zones.size < 600) zones.add(zone);
  return true;
};

/** Text of one line, of at most so many UTF-16 units: a name, a title, a question. */
export const Line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine(
      (text) => isPrintable(text) && !/[\t\n]/.test(text),
      `${notPrintable.slice(0, -1)}, or more than one line.`,
    );

/** Text of several lines, kept as it was written; a line ends with a line feed. `mostBytes`: as JSON in UTF-8. */
export const Paragraph = (most: number, mostBytes: number = 4 * most) =>
  z
    .string()
    .max(most)
    .transform((text) => text.replaceAll("\r\n", "\n"))
    .refine((text) => text.trim() !== "", "Write something.")
    .refine(isPrintable, notPrintable)
    .refine((text) => Buffer.byteLength(JSON.stringify(text)) <= mostBytes, `It takes more than ${mostBytes} bytes.`);

const mostAmount = 1e12;
/** How finely amounts are told. */
export const mostDecimals = 4;

/**
 * A number that people reckon with: a guess, a measure. What DynamoDB cannot hold (nearer to zero than 10^-130, beyond
 * 10^125; "Supported data types") is none, and neither is what a sum of squares would make so.
 */
export const Amount = z
  .number()
  .min(-mostAmount)
  .max(mostAmount)
  .refine((n) => Number(n.toFixed(mostDecimals)) === n, `Give at most ${mostDecimals} decimals.`);

const isOrigin = (text: string): boolean => {
  const url = URL.parse(text);
  return (url?.protocol === "https:" || url?.hostname === "localhost") && url.origin === text;
};

/** Where a site is: scheme, host and port, as browsers say it (RFC 6454, section 6.2), so that it can be compared with what they say. */
export const Origin = z
  .string()
  .max(300)
  .refine(isOrigin, "Give a site as https://host, without a path, e.g. https://www.bakkerij-zon.nl.");

/** An e-mail address as one person writes it: spaces around it and capitals make no other person. */
export const Address = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, "An e-mail address has at most 254 characters.")
  .pipe(z.email("This is not an e-mail address."));

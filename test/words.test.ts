import { describe, expect, test } from "vitest";
import { sayEuros, sayNumber, sayPercent, sayTime } from "../functions/platform/words.ts";

const locales = { nl: "nl-NL", en: "en-GB" } as const;

describe.each(["nl", "en"] as const)("what pages say in %s is what Intl says", (language) => {
  const locale = locales[language];

  test("of times, in every zone that there is and in zones by their offset, and TZ stays as it was", () => {
    const before = process.env.TZ;
    const year = (y: number) =>
      [0, 2, 6, 9].map((month) => Date.UTC(y, month, 26 + (month % 3), 23 - month, month * 7));
    const times = [0, ...year(1995), ...year(2026), ...year(2031)].map((ms) => new Date(ms).toISOString());
    for (const zone of [...Intl.supportedValuesOf("timeZone"), "UTC", "+02:00", "europe/amsterdam", "EST5EDT"]) {
      const intl = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short", timeZone: zone });
      expect(times.map((at) => sayTime(at, language, zone))).toEqual(times.map((at) => intl.format(new Date(at))));
    }
    expect(process.env.TZ).toBe(before);
  });

  test("of numbers", () => {
    const numbers = [0, 7, 999, 1000, 12_345, 999_999, 1_000_000, 1_234_567_890];
    const intl = new Intl.NumberFormat(locale);
    expect(numbers.map((n) => sayNumber(n, language))).toEqual(numbers.map((n) => intl.format(n)));
  });

  test("of shares of up to 300 answers", () => {
    const intl = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
    for (let of = 1; of <= 300; of++)
      for (let n = 0; n <= of; n++)
        expect(`${n}/${of} ${sayPercent(n / of, language)}`).toBe(`${n}/${of} ${intl.format(n / of)}`);
  });

  test("of amounts", () => {
    const format = (cents: number) =>
      new Intl.NumberFormat(language === "nl" ? "nl-NL" : "en-IE", {
        style: "currency",
        currency: "EUR",
        ...(cents % 100 === 0 ? { maximumFractionDigits: 0 } : {}),
      }).format(cents / 100);
    for (const cents of [0, 5, 99, 100, 1250, 99_999, 100_000, 123_456, 10_000_000])
      expect(sayEuros(cents, language)).toBe(format(cents));
  });
});

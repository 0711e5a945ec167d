import twitterText from "twitter-text";
import { describe, expect, test } from "vitest";
import { byHand } from "../functions/channels/by-hand.ts";
import type { Check, Said } from "../functions/channels/network.ts";
import { networks } from "../functions/channels/networks.ts";
import { count } from "../functions/channels/text.ts";
import { weighted } from "../functions/channels/weighted.ts";
import { casesWithFiles, countingCases, measured } from "./counting-cases.ts";

// What each network counts, against golden cases; and X's counting against X's own library.

const checkOn = (of: string, said: Said): Check => {
  const network = networks[of];
  if (network) return network.check(said);
  const account = { id: "1", handle: of, facts: { countsAs: of } };
  const check = networks.reminder?.check(said, account);
  if (!check) throw new Error("There are no reminders.");
  return check;
};

const random = (seed: number) => () => {
  // mulberry32
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
};

describe("golden cases", () => {
  test.each([...countingCases, ...casesWithFiles].map((one) => [`${one.of}: ${one.name}`, one] as const))(
    "%s",
    (_, { of, said, counts, fits }) => {
      const check = checkOn(of, said);
      for (const [unit, counted] of Object.entries(counts))
        expect(check.counts.find((one) => one.unit === unit)).toMatchObject({ unit, counted });
      for (const { counted, most, left } of check.counts) expect(left).toBe(most - counted);
      expect(check.problems.length === 0).toBe(fits);
      for (const { detail, mend } of check.problems) expect(`${detail} ${mend}`).toMatch(/^[A-Z].+\.( .+\.)?$/s);
    },
  );

  test("every network has some, those that are posted to by hand too", () => {
    const tried = new Set([...countingCases, ...casesWithFiles].map(({ of }) => of));
    const all = [...Object.keys(networks), ...byHand].filter((name) => name !== "reminder");
    expect(all.filter((name) => !tried.has(name))).toEqual([]);
  });

  test("what was measured of letters is what we count", () => {
    for (const [text, utf16, codePoints, bytes, graphemes, x, mastodon] of measured) {
      const counted = {
        utf16: count(text, "utf16"),
        codePoints: count(text, "codePoints"),
        bytes: count(text, "bytes"),
        graphemes: count(text, "graphemes"),
        x: weighted(text),
        mastodon: checkOn("mastodon", { text }).counts[0]?.counted,
      };
      expect({ text, ...counted }).toEqual({ text, utf16, codePoints, bytes, graphemes, x, mastodon });
    }
  });
});

describe("X's own library", () => {
  const pieces = [
    ...[
      "a",
      "é",
      "日本",
      "👨‍👩‍👧‍👦",
      "🇫🇷",
      "e\u0301",
      "Z\u0335\u0335",
      " ",
      "\n",
      ".",
      ",",
      "(",
      "…",
      "“ja”",
      "1️⃣",
      "👍🏽",
      "☕",
      "❤️",
      "©",
      "0",
      "ж",
    ],
    ...[
      "https://example.com/a?b=c#d",
      "example.com",
      "foo.nl/pad",
      "http://x.foobar/yy",
      "wwww.test.co.uk",
      "t.co/abc",
    ],
    ...["https://t.co/abcdef?x=1", "https://münchen.de/ä", "a_b.com", "-x.com", "https://example.com/(a)_b)"],
    ...["https://exa_mple.com", "https://a.b.example.amsterdam:8080/p/q;r=1?z=(1)&y", "bakkerij-zon.nl."],
    ...["@alice@mastodon.social", "#tag", "e.g. dat", "einde.Dus nu", "naam@bedrijf.nl"],
  ];

  test("counts 10,000 texts of nasty pieces as we do", () => {
    const next = random(20_261_122);
    for (let i = 0; i < 10_000; i++) {
      const text = Array.from(
        { length: 1 + Math.floor(next() * 7) },
        () => `${pieces[Math.floor(next() * pieces.length)]}${next() < 0.5 ? " " : ""}`,
      ).join("");
      expect({ text, counted: weighted(text) }).toEqual({
        text,
        counted: twitterText.parseTweet(text).weightedLength,
      });
    }
  });

  test("a text that is far too long takes no time", () => {
    const before = performance.now();
    for (const text of ["a.".repeat(20_000), `https://a.nl/${"(a".repeat(20_000)}`, "a-".repeat(20_000)])
      weighted(text);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

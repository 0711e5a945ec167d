import type { Said } from "../functions/channels/network.ts";
import type { Unit } from "../functions/channels/unit.ts";

// What networks count, case by case: for counting.test.ts, and for the suites of real servers (networks/), which ask them whether
// they take what we say that they take. `of`: a network, or one that is posted to by hand.

export type CountingCase = {
  of: string;
  name: string;
  said: Said;
  counts: Partial<Record<Unit, number>>;
  /** Whether it is taken. */
  fits: boolean;
};

const family = "👨‍👩‍👧‍👦";
const flag = "🇫🇷";
const japanese = "日本語テキスト";
const accent = "e\u0301";
const marked = `Z${"\u0335".repeat(7)}`;
/** An address of so many letters. */
const address = (letters: number): string => `https://example.com/${"a".repeat(letters - 20)}`;

type Row = [name: string, text: string, counts: Partial<Record<Unit, number>>, fits?: boolean];
const cases = (of: string, rows: readonly Row[]): CountingCase[] =>
  rows.map(([name, text, counts, fits = true]) => ({ of, name, said: { text }, counts, fits }));

/** The table of networks.md, section 1.4: UTF-16, code points, UTF-8, graphemes, X, Mastodon. */
export const measured: [text: string, ...numbers: [number, number, number, number, number, number]][] = [
  [family, 11, 7, 25, 1, 2, 1],
  [flag, 4, 2, 8, 1, 2, 1],
  [japanese, 7, 7, 21, 7, 14, 7],
  [accent, 2, 2, 3, 1, 1, 1],
  [marked, 8, 8, 15, 1, 8, 1],
  [`see ${address(67)}`, 71, 71, 71, 71, 27, 27],
  ["@alice@mastodon.social hi", 25, 25, 25, 25, 25, 9],
];

export const countingCases: readonly CountingCase[] = [
  ...cases("bluesky", [
    ["300 letters fit", "a".repeat(300), { graphemes: 300, bytes: 300 }],
    ["301 letters do not", "a".repeat(301), { graphemes: 301, bytes: 301 }, false],
    ["a family is one character", family, { graphemes: 1, bytes: 25 }],
    ["120 families fit by both", family.repeat(120), { graphemes: 120, bytes: 3000 }],
    ["300 families fail on bytes", family.repeat(300), { graphemes: 300, bytes: 7500 }, false],
    [
      "a flag, an accent that is put on, and marks are one each",
      `${flag}${accent}${marked}`,
      { graphemes: 3, bytes: 26 },
    ],
    ["300 Japanese letters fit", "日".repeat(300), { graphemes: 300, bytes: 900 }],
    ["an address counts as long as it is", `a ${address(298)}`, { graphemes: 300, bytes: 300 }],
    ["and may be too long", `ab ${address(298)}`, { graphemes: 301, bytes: 301 }, false],
  ]),
  ...cases("mastodon", [
    ["500 letters fit", "a".repeat(500), { graphemes: 500 }],
    ["501 letters do not", "a".repeat(501), { graphemes: 501 }, false],
    ["an address counts 23", `${"a".repeat(476)} ${address(200)}`, { graphemes: 500 }],
    ["and one letter more is too much", `${"a".repeat(477)} ${address(200)}`, { graphemes: 501 }, false],
    ["an address of ten letters counts 23 too", "http://a.nl", { graphemes: 23 }],
    ["what stands behind an address is no part of it", `Kijk op ${address(60)}.`, { graphemes: 32 }],
    ["a name counts without its server", "@alice@mastodon.social hi", { graphemes: 9 }],
    ["a name alone counts as it is", "@alice hi", { graphemes: 9 }],
    ["a mail address is no name", "anna@example.nl", { graphemes: 15 }],
    ["a family is one", family.repeat(500), { graphemes: 500 }],
    ["an address without a scheme is a text", "example.com/abc", { graphemes: 15 }],
  ]),
  ...cases("feed", [
    ["5,000 letters fit", "a".repeat(5000), { graphemes: 5000, bytes: 5000 }],
    ["5,001 do not", "a".repeat(5001), { graphemes: 5001 }, false],
    ["marks without end fail on bytes", `Z${"\u0335".repeat(10_000)}`, { graphemes: 1, bytes: 20_001 }, false],
  ]),
  ...cases("wordpress", [["a long read fits", "a ".repeat(19_999), { bytes: 39_998 }]]),
  ...cases("webhook", [["40,000 bytes fit", "é".repeat(20_000), { bytes: 40_000 }]]),
  ...cases("x", [
    ["280 letters fit", "a".repeat(280), { weighted: 280 }],
    ["281 do not", "a".repeat(281), { weighted: 281 }, false],
    ["250 letters and an address of 200 fit", `${"a".repeat(250)} ${address(200)}`, { weighted: 274 }],
    ["140 Japanese letters fit", "日".repeat(140), { weighted: 280 }],
    ["141 do not", "日".repeat(141), { weighted: 282 }, false],
    ["a family is two", family, { weighted: 2 }],
    ["140 families fit", family.repeat(140), { weighted: 280 }],
    ["a flag, a keycap and a colour of skin are two each", `${flag}1️⃣👍🏽`, { weighted: 6 }],
    ["an address without a scheme is one", "kijk op example.com/brood.", { weighted: 32 }],
    ["a word after a full stop is none", "Klaar.Dus verder", { weighted: 16 }],
    ["a name with a server is a text", "@alice@mastodon.social hi", { weighted: 25 }],
    ["an accent that is put on counts with its letter", accent, { weighted: 1 }],
    ["curly quotes are one each, an ellipsis two", "“ja”…", { weighted: 6 }],
  ]),
  ...cases("linkedin", [
    ["3,000 letters fit", "a".repeat(3000), { escaped: 3000 }],
    ["what is escaped counts twice", "a (b) [c] {d} <e> @f *g _h ~i |j #k \\l", { escaped: 53 }],
    ["1,500 brackets fit", "(".repeat(1500), { escaped: 3000 }],
    ["1,501 do not", "(".repeat(1501), { escaped: 3002 }, false],
  ]),
  ...cases("facebook", [["63,206 would fit, as far as we send", "a".repeat(40_000), { utf16: 40_000 }]]),
  ...cases("threads", [
    ["500 letters fit", "a".repeat(500), { utf16: 500 }],
    ["501 do not", "a".repeat(501), { utf16: 501 }, false],
    ["a family is counted the long way", family, { utf16: 11 }],
  ]),
  ...cases("telegram", [
    ["4,096 units fit", "a".repeat(4096), { utf16: 4096 }],
    ["a pictogram is two units", "😀".repeat(2049), { utf16: 4098 }, false],
  ]),
  ...cases("discord", [
    ["2,000 fit", "😀".repeat(2000), { codePoints: 2000 }],
    ["2,001 do not", "a".repeat(2001), { codePoints: 2001 }, false],
  ]),
  ...cases("slack", [["40,000 fit", "a".repeat(40_000), { codePoints: 40_000 }]]),
  ...cases("reddit", [["40,000 fit", "a".repeat(40_000), { codePoints: 40_000 }]]),
  ...cases("tumblr", [
    ["a block of 4,096 fits", "a".repeat(4096), { codePoints: 4096 }],
    ["one more does not", "a".repeat(4097), { codePoints: 4097 }, false],
  ]),
];

/** With a file beside the text: what needs one, and what counts otherwise then. */
const picture = { mediaId: "media_1", type: "image/jpeg", bytes: 100_000, width: 1080, height: 1080, alt: "Een brood" };
const film = { ...picture, type: "video/mp4" };
const beside = (of: string, name: string, said: Said, counts: CountingCase["counts"], fits = true): CountingCase => ({
  ...{ of, name, said, counts, fits },
});

export const casesWithFiles: readonly CountingCase[] = [
  beside("instagram", "2,200 fit beside a JPEG", { text: "a".repeat(2200), media: [picture] }, { utf16: 2200 }),
  beside("instagram", "2,201 do not", { text: "a".repeat(2201), media: [picture] }, { utf16: 2201 }, false),
  beside("instagram", "a text alone is not taken", { text: "a" }, { utf16: 1 }, false),
  beside("instagram", "30 hashtags fit", { text: "#a ".repeat(30), media: [picture] }, { utf16: 90 }),
  beside("instagram", "31 do not", { text: "#a ".repeat(31), media: [picture] }, { utf16: 93 }, false),
  beside("instagram", "a PNG is not taken", { text: "a", media: [{ ...picture, type: "image/png" }] }, {}, false),
  beside(
    "telegram",
    "beside a file a text is a caption",
    { text: "a".repeat(1024), media: [picture] },
    { utf16: 1024 },
  ),
  beside("telegram", "of at most 1,024", { text: "a".repeat(1025), media: [picture] }, { utf16: 1025 }, false),
  beside("tiktok", "2,200 fit beside a film", { text: "a".repeat(2200), media: [film] }, { utf16: 2200 }),
  beside("youtube", "5,000 bytes fit", { text: "é".repeat(2500), media: [film] }, { bytes: 5000 }),
  beside("youtube", "5,001 do not", { text: `${"é".repeat(2500)}a`, media: [film] }, { bytes: 5001 }, false),
  beside("pinterest", "800 fit beside a picture", { text: "a".repeat(800), media: [picture] }, { utf16: 800 }),
  beside(
    "pinterest",
    "a long description does not",
    { text: "a", media: [{ ...picture, alt: "b".repeat(501) }] },
    {},
    false,
  ),
  beside("flickr", "a photo has words", { text: "a", media: [picture] }, { bytes: 1 }),
  beside("bluesky", "four pictures fit", { text: "a", media: [picture, picture, picture, picture] }, {}),
  beside("bluesky", "five do not", { text: "a", media: Array.from({ length: 5 }, () => picture) }, {}, false),
  beside("mastodon", "a film stands alone", { text: "a", media: [film, picture] }, {}, false),
  beside(
    "x",
    "a picture of 5 MB and more is too large",
    { text: "a", media: [{ ...picture, bytes: 5_000_001 }] },
    {},
    false,
  ),
  ...(
    [
      ["x", 0.5, 1200],
      ["linkedin", 3, 1800],
      ["instagram", 3, 900],
      ["threads", 0.1, 300],
      ["tiktok", 0.1, 600],
    ] as const
  ).flatMap(([of, least, most]) => {
    const lasting = (seconds: number): Said => ({ text: "a", media: [{ ...film, seconds }] });
    return [
      beside(of, `a film of ${most} s fits`, lasting(most), {}),
      beside(of, "a second more does not", lasting(most + 1), {}, false),
      beside(of, `a film of ${least} s fits`, lasting(least), {}),
      ...(least >= 0.5 ? [beside(of, "one shorter does not", lasting(least / 2), {}, false)] : []),
    ];
  }),
  ...(
    [
      ["mastodon", "image/jpeg", 7680, 4320, 7680, 4321],
      ["mastodon", "image/gif", 1280, 720, 1280, 721],
      ["mastodon", "video/mp4", 3840, 2160, 3841, 2160],
      ["linkedin", "image/jpeg", 6012, 6012, 6013, 6013],
      ["tiktok", "video/mp4", 4096, 2160, 4097, 2160],
      ["tiktok", "video/mp4", 360, 640, 359, 640],
      ["telegram", "image/jpeg", 5000, 5000, 5001, 5000],
      ["telegram", "image/jpeg", 2000, 100, 2001, 100],
      ["threads", "image/png", 100, 1000, 100, 1001],
      ["x", "video/mp4", 900, 300, 901, 300],
      ["linkedin", "video/mp4", 240, 100, 241, 100],
    ] as const
  ).flatMap(([of, type, width, height, w, h]) => {
    const sized = (size: { width: number; height: number }): Said => ({
      ...{ text: "a", media: [{ ...picture, type, ...size }] },
    });
    return [
      beside(of, `${type} of ${width} by ${height} fits`, sized({ width, height }), {}),
      beside(of, `${type} of ${w} by ${h} does not`, sized({ width: w, height: h }), {}, false),
    ];
  }),
];

import * as z from "zod";
import type { Network } from "../channels/network.ts";
import { shorten } from "../channels/text.ts";
import { hours, instant, later, milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { newId } from "../platform/ids.ts";
import { sha256 } from "../platform/secrets.ts";
import { Language, sayTime } from "../platform/words.ts";
import { type Published, winnerCount } from "./contest.ts";
import { type Facts, kitWords } from "./kit-words.ts";
import { words } from "./words.ts";

// What a marketer gets with a contest: a text to share, a set of posts, and its address as a QR code. Every text carries its
// disclosure and its link; both count in its length, and what is too long for a channel is shortened around them.

export const Occasion = z.enum(["announcement", "halfway", "lastDay", "result"]);
export type Occasion = z.infer<typeof Occasion>;

/** When each post of the set leaves; a short contest has fewer. */
const timesOf = ({ openedAt, closesAt, drawAt }: Published): Partial<Record<Occasion, string>> => {
  const [opens, closes] = [milliseconds(openedAt), milliseconds(closesAt)];
  const lasts = closes - opens;
  return {
    announcement: later(openedAt, hours(0.25)),
    ...(lasts >= hours(24) ? { halfway: instant(opens + Math.floor(lasts / 2)) } : {}),
    ...(lasts >= hours(48) ? { lastDay: later(closesAt, -hours(24)) } : {}),
    // The winners' mails go first.
    result: later(drawAt, hours(1)),
  };
};

const factsOf = (contest: Published, language: Language, entries: number): Facts => {
  const at = (time: string) => sayTime(time, language, contest.zone);
  return {
    title: contest.title,
    organiser: contest.organiser.name,
    prize: contest.prizes[0]?.description ?? contest.title,
    prizes: winnerCount(contest),
    closes: at(contest.closesAt),
    draws: at(contest.drawAt),
    entries,
  };
};

/** Where a text leads: it says where it stands, and which language the text is in where that is not the contest's own. */
const linkOf = (contest: Published, home: string, what: Occasion | "share", language: Language): string => {
  const query = new URLSearchParams({
    via: what === "share" ? "share" : "post",
    ...(language === contest.language ? {} : { lang: language }),
  });
  return `${home}${what === "result" ? "/draw" : ""}?${query}`;
};

/** Whether every channel takes a text. */
const fits = (networks: readonly Network[], text: string): boolean =>
  networks.every((network) => network.check({ text }).problems.length === 0);

/** The longest text that fits all channels; with a title cut short where not even the shortest does. */
const textOf = (
  contest: Published,
  what: Occasion | "share",
  language: Language,
  home: string,
  networks: readonly Network[],
): string => {
  const ending = `${words[language].me.disclosure} ${linkOf(contest, home, what, language)}`;
  const facts = factsOf(contest, language, 0);
  const texts = kitWords[language][what](facts).map((text) => `${text} ${ending}`);
  for (let most = facts.title.length - 1; most >= 10; most -= 5) {
    const shortest = kitWords[language][what]({ ...facts, title: shorten(facts.title, most) }).at(-1);
    texts.push(`${shortest} ${ending}`);
  }
  return texts.find((text) => fits(networks, text)) ?? texts.at(-1) ?? ending;
};

const TextsView = z.object({ nl: z.string(), en: z.string() });
export const KitView = z
  .object({
    url: z.url(),
    disclosure: TextsView.describe("Part of every text here: sharing for a chance is advertising."),
    shareText: TextsView,
    posts: z.array(
      z.object({
        occasion: Occasion,
        at: z.iso.datetime().describe("When it would leave."),
        text: TextsView.describe("As long as every channel of the contest takes it."),
        fits: z.boolean().describe("Whether every channel of the contest takes both."),
      }),
    ),
    qr: z.object({ svg: z.url(), png: z.url() }).describe("The contest's address as a QR code, for print."),
  })
  .meta({ id: "ContestKit" });

/** `home`: the address of its page. `networks`: of its channels. */
export const kitOf = (contest: Published, home: string, networks: readonly Network[]): z.infer<typeof KitView> => {
  const both = (what: Occasion | "share") => ({
    nl: textOf(contest, what, "nl", home, networks),
    en: textOf(contest, what, "en", home, networks),
  });
  const times = timesOf(contest);
  return {
    url: home,
    disclosure: { nl: words.nl.me.disclosure, en: words.en.me.disclosure },
    shareText: both("share"),
    posts: Occasion.options.flatMap((occasion) => {
      const at = times[occasion];
      if (at === undefined) return [];
      const text = both(occasion);
      return [{ occasion, at, text, fits: fits(networks, text.nl) && fits(networks, text.en) }];
    }),
    qr: { svg: `${home}/qr.svg`, png: `${home}/qr.png` },
  };
};

// ── The set as posts ────────────────────────────────────────────────────────────────────────────────────────────────

export const NewKitPosts = z.strictObject({
  language: Language.optional().describe("The contest's own where it is not given."),
  occasions: z.array(Occasion).min(1).max(4).optional().describe("All of the set where they are not given."),
  as: z.enum(["scheduled", "draft"]).default("scheduled"),
});

/** The post of an occasion: the same id however often it is asked for, so that twice is once. */
export const kitPostId = ({ contestId, openedAt }: Published, occasion: Occasion, language: Language): string =>
  newId("post", openedAt, sha256(`kit\0${contestId}\0${occasion}\0${language}`).subarray(0, 16));

/** Every post that a kit may have made. */
export const kitPostIds = (contest: Published): string[] =>
  Occasion.options.flatMap((occasion) => Language.options.map((language) => kitPostId(contest, occasion, language)));

/** What each post of the set says, and when it leaves. Refuses `contest_not_open`. */
export const kitPosts = (
  contest: Published,
  asked: z.infer<typeof NewKitPosts>,
  home: string,
  networks: readonly Network[],
  now: string,
): { occasion: Occasion; postId: string; text: string; at: string; isPast: boolean }[] => {
  if (contest.status !== "open" || now >= contest.closesAt)
    return refuse("contest_not_open", "Only of an open contest posts are made: its page must be there.");
  const { language = contest.language, occasions = Occasion.options } = asked;
  const times = timesOf(contest);
  return Occasion.options.flatMap((occasion) => {
    const at = times[occasion];
    if (at === undefined || !occasions.includes(occasion)) return [];
    const text = textOf(contest, occasion, language, home, networks);
    return [{ occasion, postId: kitPostId(contest, occasion, language), text, at, isPast: at <= now }];
  });
};

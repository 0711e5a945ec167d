import type { FieldError } from "../platform/errors.ts";
import type { Language } from "../platform/words.ts";
import type { Bonus, Published, Standing } from "./contest.ts";

// Bonuses that are earned elsewhere: by a response to a poll, by an idea on a board. As with friends, an entry's own row keeps
// nothing of them and they cost it no write: they are counted from the others' rows, on somebody's own page as they stand, and
// once for all when the contest has closed. What was responded or proposed before the close counts; by the time that entries
// are counted all of it is written, since polls have the same fence (`mostWaitMs` in polls/poll.ts and in close.ts).

type Elsewhere = Extract<Bonus, { kind: "poll" | "idea" }>;

/** Whose bonus: who the person of an entry is. */
export type Whose = { identity: string };

/** Where a bonus is earned that is not yet: by an address, or by a link for this person alone. */
export type There = { url: string; address?: string };

/** One bonus of one contest, where it is earned. */
export type Source = {
  /** The field of the bonus that names it. */
  field: string;
  /** Why nobody could earn it; undefined where people can. */
  lack: () => Promise<string | undefined>;
  /** Whether somebody has earned it by now; `there`: where they still can. */
  own: (whose: Whose, language: Language) => Promise<{ isEarned: boolean; there?: There }>;
  /** The same of everybody, once nothing of it changes any more; undefined where nobody has. */
  all: () => Promise<{ has: (whose: Whose) => Promise<boolean> } | undefined>;
};

// Loaded where a contest has such a bonus: the others need nothing of polls and boards.
const sourceOf = async (contest: Standing, bonus: Elsewhere, now: string): Promise<Source> =>
  bonus.kind === "poll"
    ? (await import("./earned-by-poll.ts")).earnedByPoll(contest, bonus, now)
    : (await import("./earned-by-idea.ts")).earnedByIdea(contest, bonus, now);

const sourcesOf = (contest: Standing, now: string): Promise<{ id: string; place: number; source: Source }[]> => {
  const found = contest.chances.bonuses.map(async (bonus, place) =>
    bonus.kind === "poll" || bonus.kind === "idea"
      ? [{ id: bonus.id, place, source: await sourceOf(contest, bonus, now) }]
      : [],
  );
  return Promise.all(found).then((all) => all.flat());
};

const bitOf = ({ place }: { place: number }): number => 1 << place;
const together = (bits: readonly number[]): number => bits.reduce((all, bit) => all | bit, 0);

/** Bonuses of a set-up that nobody could earn. */
export const lacksElsewhere = async (contest: Standing, now: string): Promise<FieldError[]> => {
  const lacks = (await sourcesOf(contest, now)).map(async ({ place, source }): Promise<FieldError[]> => {
    const detail = await source.lack();
    return detail === undefined ? [] : [{ pointer: `#/chances/bonuses/${place}/${source.field}`, detail }];
  });
  return (await Promise.all(lacks)).flat();
};

/** What an entrant has earned by now, as bits; and where the rest is earned while the contest is open. */
export const ownElsewhere = async (
  contest: Published,
  whose: Whose,
  language: Language,
  now: string,
): Promise<{ bits: number; toEarn: (There & { id: string })[] }> => {
  const all = await Promise.all(
    (await sourcesOf(contest, now)).map(async (one) => ({ ...one, ...(await one.source.own(whose, language)) })),
  );
  return {
    bits: together(all.map((one) => (one.isEarned ? bitOf(one) : 0))),
    toEarn: all.flatMap(({ id, there }) => (there && now < contest.closesAt ? [{ id, ...there }] : [])),
  };
};

/**
 * What each entry has earned, as bits, once nothing of it changes any more: the others' rows are read once, strongly
 * consistent. Undefined where nobody has earned anything elsewhere.
 */
export const earnedElsewhere = async (
  contest: Published,
  now: string,
): Promise<((whose: Whose) => Promise<number>) | undefined> => {
  const found = (await sourcesOf(contest, now)).map(async (one) => {
    const earned = await one.source.all();
    return earned ? [{ bit: bitOf(one), ...earned }] : [];
  });
  const all = (await Promise.all(found)).flat();
  if (all.length === 0) return undefined;
  return async (whose) => {
    const bits = [];
    for (const { bit, has } of all) bits.push((await has(whose)) ? bit : 0);
    return together(bits);
  };
};

import type { Fold } from "./event.ts";

// What is counted of a contest, from the rows of its entries, of those who looked, and of the mails that confirm. A count
// is one item: its names stay few, whatever anyone writes into a link (contests/sources.ts).

/** `entries`, and how many of them were `referred`; by where their links stood, by language, and by mark of risk. */
export const entriesSubject = (contestId: string): string => `${contestId}#entries`;
/** What is counted of a personal link: the `friends` that it brought. `ref`: what the link carries, which tells nobody who. */
export const friendsSubject = (contestId: string, ref: string): string => `${contestId}#friends#${ref}`;
/** The `views` of the page to enter by, and by where the links stood. */
export const viewsSubject = (contestId: string): string => `${contestId}#views`;
/** The hours of a day (UTC): `e00` to `e23` the entries, `v00` to `v23` the views. An item of a day stays below 1 KB. */
export const daySubject = (contestId: string, date: string): string => `${contestId}#day#${date}`;

/** The name of a count by where the link stood, which was a friend's or not; `-` where it says nothing. */
export const bySource = (via: unknown, byFriend: boolean): string =>
  `${byFriend ? "friend" : "own"}:${typeof via === "string" ? via : "-"}`;
export const byLanguage = (language: string): string => `lang:${language}`;
export const byMark = (mark: string): string => `risk:${mark}`;

const adding = (subject: string, add: Record<string, number>) => ({ subject, add });

const atHour = (contestId: string, what: "e" | "v", atMs: number) => {
  const at = new Date(atMs).toISOString();
  return adding(daySubject(contestId, at.slice(0, 10)), { [`${what}${at.slice(11, 13)}`]: 1 });
};

type Row = NonNullable<Parameters<Fold["counts"]>[0]>;

/** `n`: 1 for an entry that takes part, -1 for one that takes part no more. */
const countPart = (row: Row, n: 1 | -1): ReturnType<Fold["counts"]> => {
  const contestId = String(row.contestId);
  const { referrer, language, risk } = row;
  const byFriend = typeof referrer === "string";
  const marks: readonly unknown[] = Array.isArray(risk) ? risk : [];
  return [
    adding(entriesSubject(contestId), {
      entries: n,
      ...(byFriend ? { referred: n } : {}),
      [bySource(row.via, byFriend)]: n,
      ...(typeof language === "string" ? { [byLanguage(language)]: n } : {}),
      ...Object.fromEntries(marks.map((mark) => [byMark(String(mark)), n])),
    }),
    ...(byFriend ? [adding(friendsSubject(contestId, referrer), { friends: n })] : []),
  ];
};

const takesPart = ({ excluded }: Row): boolean => excluded === undefined;

/**
 * An entry counts once, for its contest and for whoever brought it: when it is made, and off again when it is withdrawn,
 * excluded or erased before the entries are frozen. At which hour it came stays as it was.
 */
export const countEntry: Fold["counts"] = (before, after) => {
  if (!after) return [];
  if (!before) return [...countPart(after, 1), atHour(String(after.contestId), "e", Number(after.enteredAt))];
  if (takesPart(before) === takesPart(after)) return [];
  return takesPart(after) ? countPart(after, 1) : countPart(before, -1);
};

/** The row of a view goes by itself after days: only that it came is counted. */
export const countView: Fold["counts"] = (before, after) => {
  if (before || !after) return [];
  const contestId = String(after.contestId);
  return [
    adding(viewsSubject(contestId), { views: 1, [bySource(after.via, after.byFriend === true)]: 1 }),
    atHour(contestId, "v", Number(after.at)),
  ];
};

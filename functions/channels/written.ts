// What networks see in a text beside its letters: links, names and tags.

/** A piece of a text: from where to where in UTF-16 units, as `slice` takes them. */
export type Piece = { from: number; to: number };

/** An address ends before the punctuation of its sentence; a bracket is its own only where it opened inside it. */
const withoutSentence = (url: string): string => {
  for (let end = url.length; ; end--) {
    const last = url[end - 1] ?? "";
    const opened = last === ")" && url.slice(0, end).split("(").length >= url.slice(0, end).split(")").length;
    if (opened || !/[.,;:!?'"’”…)*\]]/.test(last)) return url.slice(0, end);
  }
};

/** A name with a dot, and a top-level domain of letters: what no network would take for a link is none. */
const isLink = (url: string): boolean => /\.(\p{L}{2,}|xn--[a-z0-9-]+)\.?$/iu.test(URL.parse(url)?.hostname ?? "");

/** The addresses that are written out, with https:// or http://. */
export const linksIn = (text: string): (Piece & { url: string })[] =>
  [...text.matchAll(/(?<![\p{L}\p{N}@$#_./-])https?:\/\/[^\s<>"“”]+/giu)].flatMap(({ index, 0: found }) => {
    const url = withoutSentence(found);
    return isLink(url) ? [{ from: index, to: index + url.length, url }] : [];
  });

/** Names as Bluesky has them: @ and the name of a host (atproto.com/specs/handle). */
export const handlesIn = (text: string): (Piece & { handle: string })[] =>
  [
    ...text.matchAll(/(?<=^|[\s(])@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)/gi),
  ].map(({ index, 0: found, 1: handle = "" }) => ({ from: index, to: index + found.length, handle }));

/** Names as the fediverse has them, outside of links: @user, or @user@host. */
export const mentionsIn = (text: string): (Piece & { user: string })[] => {
  const links = linksIn(text);
  return [
    ...text.matchAll(
      /(?<![=/\p{L}\p{N}_])@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(?:@[\p{L}\p{N}_]+(?:[.-]+[\p{L}\p{N}_]+)*)?/giu,
    ),
  ]
    .map(({ index, 0: found, 1: user = "" }) => ({ from: index, to: index + found.length, user }))
    .filter(({ from }) => !links.some((link) => link.from <= from && from < link.to));
};

// Soft hyphens and what has no width end a tag, as @atproto/api reads them.
const tagged = /(?<=^|\s)[#＃](?!\ufe0f)([^\s\p{Cf}]+)/gu;
/** Words after a #, without the punctuation behind them; a number alone is none. */
export const tagsIn = (text: string): (Piece & { tag: string })[] =>
  [...text.matchAll(tagged)].flatMap(({ index, 1: found = "" }) => {
    const tag = found.replace(/\p{P}+$/u, "");
    return /[^\d\p{P}]/u.test(tag) ? [{ from: index, to: index + 1 + tag.length, tag }] : [];
  });

/** A text with other words in place of some of its pieces, which do not overlap. */
export const replaced = (text: string, pieces: readonly (Piece & { by: string })[]): string =>
  pieces
    .toSorted((a, b) => b.from - a.from)
    .reduce((rest, { from, to, by }) => `${rest.slice(0, from)}${by}${rest.slice(to)}`, text);

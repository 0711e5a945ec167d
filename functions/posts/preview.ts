import type { Account, Check, Network, Said } from "../channels/network.ts";
import { graphemes } from "../channels/text.ts";
import { handlesIn, linksIn, mentionsIn, type Piece, tagsIn } from "../channels/written.ts";

// How a post will look on a channel: what of it fits, and what the network makes a link of.

/** A text in two: what the network takes of it, and what is too much. */
export const fitted = (
  text: string,
  beside: Omit<Said, "text" | "thread">,
  { check }: Pick<Network, "check">,
  account: Account | undefined,
): { fits: string; beyond: string } => {
  const isTooLong = (said: string): boolean =>
    check({ ...beside, text: said }, account).problems.some(({ code }) => code === "too_long");
  if (!isTooLong(text)) return { fits: text, beyond: "" };
  let length = 0;
  const ends = graphemes(text).map((grapheme) => {
    length += grapheme.length;
    return length;
  });
  let least = 0;
  let most = ends.length;
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (isTooLong(text.slice(0, ends[middle - 1]))) most = middle - 1;
    else least = middle;
  }
  const end = least === 0 ? 0 : (ends[least - 1] ?? 0);
  return { fits: text.slice(0, end), beyond: text.slice(end) };
};

/** Pieces of a text in their order: those that people can follow there, and what stands between. */
export const piecesOf = (text: string, network: string): { text: string; isLink: boolean }[] => {
  const names = network === "bluesky" ? handlesIn(text) : network === "mastodon" ? mentionsIn(text) : [];
  const found: Piece[] = [...linksIn(text), ...names, ...tagsIn(text)].toSorted((a, b) => a.from - b.from);
  const pieces: { text: string; isLink: boolean }[] = [];
  let at = 0;
  for (const { from, to } of found) {
    if (from < at) continue;
    if (from > at) pieces.push({ text: text.slice(at, from), isLink: false });
    pieces.push({ text: text.slice(from, to), isLink: true });
    at = to;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), isLink: false });
  return pieces;
};

/** Whether a network shows a card of the first address under a text without files; we do not know what it will say. */
export const hasCard = ["bluesky", "mastodon", "x", "linkedin", "facebook", "threads", "discord", "slack", "telegram"];

/** The counts of one part, as they stand nearest to their limit first. */
export const countsOfPart = ({ counts }: Check, part: number): Check["counts"] =>
  counts.filter((one) => (one.part ?? 0) === part).toSorted((a, b) => a.left / a.most - b.left / b.most);

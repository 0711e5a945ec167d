import { type Change, put } from "../platform/table.ts";
import { type Claim, offer, strike, withoutDetails } from "./claim.ts";
import { claimWords } from "./claim-words.ts";
import { chosenIn, hasVerdict, hasWinners, type WithWinners } from "./contest.ts";
import type { Entry } from "./entry.ts";
import { withoutName } from "./jury.ts";
import { canStrike, type Striking, strikeWinner, winningPositions } from "./outcome.ts";
import { claims, contests, findClaim, findContest } from "./table.ts";

// A winner is struck, and the next reserve is offered the prize: one save, so that neither is without the other.

/** `claim`: that of the position, where it has one. The contest comes first. */
export const replaceWinner = (
  contest: Striking,
  claim: Claim | undefined,
  strikes: { position: number; reason: string; why: "winner.lapsed" | "winner.forfeited" },
  now: string,
): { contest: Striking; promoted: Claim | undefined; changes: Change[] } => {
  const { contest: struck, events, promoted } = strikeWinner(contest, strikes, now);
  const next = promoted && offer(struck, promoted, "new", now);
  const change = put(contests, struck, events);
  return {
    contest: change.after,
    promoted: next,
    changes: [change, ...(claim ? [put(claims, strike(claim, now))] : []), ...(next ? [put(claims, next)] : [])],
  };
};

/** What the organiser said of who it is goes too; undefined where nothing was said. */
const unnamed = (contest: WithWinners, position: number): WithWinners | undefined =>
  hasVerdict(contest) && contest.verdicts[position]?.shownAs !== undefined ? withoutName(contest, position) : undefined;

/**
 * What is to be saved where an entrant is erased who won: what they said goes, and what was said of them; an unclaimed prize goes to the next reserve,
 * by their own wish. For the save that erases the entry. After the contest is final only what they said is left to go.
 */
export const eraseWinner = async (
  entry: Pick<Entry, "workspaceId" | "contestId" | "id">,
  now: string,
): Promise<Change[]> => {
  const contest = await findContest(entry.workspaceId, entry.contestId, now);
  if (!contest || !hasWinners(contest)) return [];
  const position = chosenIn(contest).find(({ entryId }) => entryId === entry.id)?.position;
  if (position === undefined) return [];
  const claim = await findClaim(contest, position, now);
  const forgotten = unnamed(contest, position);
  const kept = forgotten ? [put(contests, forgotten)] : [];
  if (claim?.status === "claimed") return [...kept, ...(claim.details ? [put(claims, withoutDetails(claim))] : [])];
  const standing = forgotten ?? contest;
  if (!canStrike(standing) || !winningPositions(standing).includes(position)) return kept;
  const reason = claimWords[contest.language].withdrew;
  return replaceWinner(standing, claim, { position, reason, why: "winner.forfeited" }, now).changes;
};

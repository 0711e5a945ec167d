import { type Change, put } from "../platform/table.ts";
import { type Claim, offer, strike, withoutDetails } from "./claim.ts";
import { claimWords } from "./claim-words.ts";
import type { WithDraw } from "./contest.ts";
import type { Entry } from "./entry.ts";
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

/**
 * What is to be saved where an entrant is erased who won: what they said goes; an unclaimed prize goes to the next reserve,
 * by their own wish. For the save that erases the entry. After the contest is final only what they said is left to go.
 */
export const eraseWinner = async (
  entry: Pick<Entry, "workspaceId" | "contestId" | "id">,
  now: string,
): Promise<Change[]> => {
  const contest = await findContest(entry.workspaceId, entry.contestId, now);
  if (!contest || !("positions" in contest)) return [];
  const drawn: WithDraw = contest;
  const position = drawn.positions.find(({ entryId }) => entryId === entry.id)?.position;
  if (position === undefined) return [];
  const claim = await findClaim(drawn, position, now);
  if (claim?.status === "claimed") return claim.details ? [put(claims, withoutDetails(claim))] : [];
  if (!canStrike(drawn) || !winningPositions(drawn).includes(position)) return [];
  const reason = claimWords[drawn.language].withdrew;
  return replaceWinner(drawn, claim, { position, reason, why: "winner.forfeited" }, now).changes;
};

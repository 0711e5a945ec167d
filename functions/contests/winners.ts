import * as z from "zod";
import type { Mailing } from "../mail/mailing.ts";
import { found, refuse } from "../platform/errors.ts";
import { list, route } from "../platform/http.ts";
import { Id } from "../platform/ids.ts";
import { Paragraph } from "../platform/input.ts";
import { type Claim, hasDetails, openDetails } from "./claim.ts";
import { type Chosen, chosenIn, hasVerdict, hasWinners, prizeOf, type WithWinners } from "./contest.ts";
import { addressOf, openIdentity } from "./entry.ts";
import {
  canStrike,
  claimDeadline,
  reservesLeft,
  type Striking,
  strikeOf,
  strikeWinner,
  winningPositions,
} from "./outcome.ts";
import { replaceWinner } from "./replace.ts";
import { findClaim, findClaims, findContest, findEntry, winnersMailed } from "./table.ts";

// The winners, for the marketer: who has which prize, who was told, who claimed it; and taking a prize back, with a reason
// that everyone reads.

const WinnerView = z
  .object({
    position: z.int(),
    role: z.enum(["winner", "reserve", "struck"]),
    prize: z.string().optional(),
    entryId: Id("entry"),
    told: z
      .enum(["no", "telling", "yes", "refused"])
      .describe(
        "`telling` that stays: the mail may or may not have left, and is not sent again by itself. `refused`: the mail service will not take it, or the address gets no mail (any more).",
      ),
    claim: z
      .object({
        status: z.enum(["waiting", "claimed"]),
        deadline: z.iso.datetime().describe("Not claimed before it, the prize goes to the next reserve by itself."),
        remindedAt: z.iso.datetime().optional(),
        claimedAt: z.iso.datetime().optional(),
      })
      .optional(),
    reason: z.string().optional().describe("Of a contest that a jury judges: why this one. Public."),
    strike: z.object({ reason: z.string(), at: z.iso.datetime() }).optional().describe("Public."),
    contact: z
      .object({
        address: z.string().optional(),
        name: z.string().optional(),
        town: z.string().optional(),
        contact: z.string().optional(),
        showName: z.boolean().optional(),
      })
      .optional()
      .describe("Of a winner, for whoever has the scope personal:read. Without what was erased."),
  })
  .meta({ id: "ContestWinner" });
type WinnerView = z.infer<typeof WinnerView>;

const Replacement = z
  .object({
    position: z.int(),
    reason: z.string(),
    prize: z.string(),
    promoted: z
      .object({ position: z.int(), entryId: Id("entry"), deadline: z.iso.datetime() })
      .optional()
      .describe("The reserve that takes the prize; without one the reserves have run out."),
    reservesLeft: z.int().describe("After this."),
  })
  .meta({ id: "WinnerReplacement" });
type Replacement = z.infer<typeof Replacement>;

const params = z.strictObject({ contestId: Id("contest") });
const positionParams = z.strictObject({ contestId: Id("contest"), position: z.coerce.number().int().min(0).max(999) });
const Forfeit = z.strictObject({
  reason: Paragraph(300).describe("Everyone reads it, beside the result and in what proves it. Name nobody."),
  evenIfClaimed: z.boolean().default(false).describe("Also where the winner has claimed the prize."),
});

/** Whether a winner knows, by what became of their letter. */
const toldBy = (mailing: Mailing | undefined): WinnerView["told"] => {
  if (!mailing) return "no";
  if (mailing.status === "sent") return "yes";
  if (mailing.status === "sending" || mailing.reason === "unknown") return "telling";
  return mailing.reason === "late" ? "no" : "refused";
};

const contactOf = async (
  { workspaceId, contestId }: WithWinners,
  { row }: Chosen,
  claim: Claim | undefined,
  now: string,
): Promise<WinnerView["contact"]> => {
  const entry = await findEntry({ workspaceId, contestId, ...row }, now);
  return {
    ...(entry ? { address: addressOf(await openIdentity(entry)) } : {}),
    ...(hasDetails(claim) ? await openDetails(claim) : {}),
  };
};

const viewClaim = (claim: Claim): WinnerView["claim"] => {
  if (claim.status === "struck") return undefined;
  const { deadline } = claim;
  if (claim.status === "claimed") return { status: "claimed", deadline, claimedAt: claim.claimedAt };
  return {
    status: "waiting",
    deadline,
    ...(claim.status === "reminded" ? { remindedAt: claim.remindedAt } : {}),
  };
};

const contestWithWinners = async (workspaceId: string, contestId: string, now: string): Promise<WithWinners> => {
  const contest = found(await findContest(workspaceId, contestId, now), "contest");
  return hasWinners(contest) ? contest : refuse("contest_not_drawn", "It is not known yet who wins.");
};

type Asked = { contest: WithWinners; position: number; reason: string; evenIfClaimed: boolean };

/** Whom it strikes. Refuses `contest_final`, `not_a_winner`, `prize_claimed`. */
const toStrike = async (
  { contest, position, evenIfClaimed }: Asked,
  now: string,
): Promise<{ contest: Striking; claim: Claim | undefined; place: number }> => {
  found(chosenIn(contest)[position], "position");
  if (!canStrike(contest)) return refuse("contest_final", "The result is final: nobody can be replaced any more.");
  const place = winningPositions(contest).indexOf(position);
  if (place < 0) return refuse("not_a_winner", "Only a winner is replaced; this position is a reserve.");
  const claim = await findClaim(contest, position, now);
  if (claim?.status === "claimed" && !evenIfClaimed)
    return refuse(
      "prize_claimed",
      "The winner has claimed this prize. Say evenIfClaimed to take it back all the same.",
      [{ pointer: "#/evenIfClaimed", detail: "true takes the prize back from whoever claimed it." }],
    );
  return { contest, claim, place };
};

/** What was done, where the position has been struck. */
const struckBefore = (contest: WithWinners, position: number): Replacement | undefined => {
  const strike = strikeOf(contest, position);
  if (!strike) return undefined;
  const until = contest.strikes.slice(0, contest.strikes.indexOf(strike) + 1);
  const before = winningPositions({ ...contest, strikes: until.slice(0, -1) });
  const place = before.indexOf(position);
  const next = winningPositions({ ...contest, strikes: until })[place];
  return replacement({ ...contest, strikes: until }, { position, reason: strike.reason, place, next, at: strike.at });
};

const replacement = (
  contest: WithWinners,
  of: { position: number; reason: string; place: number; next: number | undefined; at: string },
): Replacement => {
  const promoted = of.next === undefined ? undefined : chosenIn(contest)[of.next];
  return {
    position: of.position,
    reason: of.reason,
    prize: prizeOf(contest, of.place) ?? "",
    ...(promoted
      ? {
          promoted: {
            position: promoted.position,
            entryId: promoted.entryId,
            deadline: claimDeadline(contest, of.at),
          },
        }
      : {}),
    reservesLeft: reservesLeft(contest),
  };
};

export const winnerRoutes = {
  listContestWinners: list({
    method: "GET",
    path: "/v1/contests/{contestId}/winners",
    access: "contests:read",
    summary:
      "Who was drawn, or whom the jury chose, in their order: winners, reserves, and who was struck and why. With the scope personal:read also how a winner is reached.",
    params,
    item: WinnerView,
    refuses: ["contest_not_drawn"],
    run: async ({ workspaceId, params, list, now, scopes }) => {
      const contest = await contestWithWinners(workspaceId, params.contestId, now);
      const mailed = await winnersMailed(contest, now);
      const known = await findClaims(contest, now);
      const winning = winningPositions(contest);
      const first = list.startAfter ? Number(list.startAfter.sk) + 1 : 0;
      const chosen = chosenIn(contest);
      const shown = chosen.slice(first, first + list.limit);
      const items = await Promise.all(
        shown.map(async (of): Promise<WinnerView> => {
          const { position, entryId } = of;
          const strike = strikeOf(contest, position);
          const isWinner = winning.includes(position);
          const prize = prizeOf(contest, winning.indexOf(position));
          const claim = known.get(position);
          return {
            position,
            role: strike ? "struck" : isWinner ? "winner" : "reserve",
            ...(prize === undefined ? {} : { prize }),
            entryId,
            told: toldBy(mailed.get(position)),
            ...(hasVerdict(contest) ? { reason: contest.verdicts[position]?.reason } : {}),
            ...(claim && claim.status !== "struck" ? { claim: viewClaim(claim) } : {}),
            ...(strike ? { strike: { reason: strike.reason, at: strike.at } } : {}),
            ...(isWinner && scopes.includes("personal:read")
              ? { contact: await contactOf(contest, of, claim, now) }
              : {}),
          };
        }),
      );
      const last = first + items.length - 1;
      const next = last + 1 < chosen.length ? { pk: contest.contestId, sk: String(last) } : undefined;
      return { items, next };
    },
  }),
  validateForfeit: route({
    method: "POST",
    path: "/v1/contests/{contestId}/winners/{position}/forfeit/validate",
    access: "contests:read",
    summary:
      "Says what forfeiting would do: who loses the prize, and which reserve takes it until when. Changes nothing.",
    params: positionParams,
    body: Forfeit,
    returns: Replacement,
    refuses: ["contest_not_drawn", "contest_final", "not_a_winner", "prize_claimed"],
    run: async ({ workspaceId, params: { contestId, position }, body, now }) => {
      const contest = await contestWithWinners(workspaceId, contestId, now);
      const before = struckBefore(contest, position);
      if (before) return before;
      const { contest: standing, place } = await toStrike({ contest, position, ...body }, now);
      const { contest: after, promoted } = strikeWinner(
        standing,
        { position, reason: body.reason, why: "winner.forfeited" },
        now,
      );
      return replacement(after, { position, reason: body.reason, place, next: promoted?.position, at: now });
    },
  }),
  forfeitPrize: route({
    method: "POST",
    path: "/v1/contests/{contestId}/winners/{position}/forfeit",
    access: "contests:write",
    summary:
      "Takes a prize from a winner, with a public reason: the next reserve is told, and has a deadline of their own. Once done, asked again it answers the same.",
    params: positionParams,
    body: Forfeit,
    returns: Replacement,
    refuses: ["contest_not_drawn", "contest_final", "not_a_winner", "prize_claimed", "stale"],
    run: async ({ workspaceId, params: { contestId, position }, body, now, expect, save }) => {
      const contest = await contestWithWinners(workspaceId, contestId, now);
      const before = struckBefore(contest, position);
      if (before) return before;
      expect(contest);
      const { contest: standing, claim, place } = await toStrike({ contest, position, ...body }, now);
      const {
        contest: after,
        promoted,
        changes,
      } = replaceWinner(standing, claim, { position, reason: body.reason, why: "winner.forfeited" }, now);
      const answer = replacement(after, { position, reason: body.reason, place, next: promoted?.position, at: now });
      return save(changes, answer);
    },
  }),
};

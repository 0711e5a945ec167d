import * as z from "zod";
import { event } from "../events/contests.ts";
import type { DomainEvent } from "../events/event.ts";
import { instant, later, milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { open, seal } from "../platform/secrets.ts";
import { Bytes, insteadOf } from "../platform/table.ts";
import type { Chosen, WithWinners } from "./contest.ts";
import { claimDeadline } from "./outcome.ts";
import { retention } from "./retention.ts";

// A prize as it is offered to one winner: claimed by a mailed link before its deadline, or else struck, and offered to the
// next reserve in a row of its own.

const of = {
  workspaceId: z.string(),
  contestId: z.string(),
  position: z.number().int(),
  entryId: z.string(),
  offeredAt: z.iso.datetime(),
  /** It can be claimed before it. */
  deadline: z.iso.datetime(),
};
export const Claim = z.discriminatedUnion("status", [
  // The letter is still to be posted.
  z.object({ status: z.literal("new"), ...of }),
  z.object({ status: z.literal("offered"), ...of }),
  z.object({ status: z.literal("reminded"), ...of, remindedAt: z.iso.datetime() }),
  // `details`: sealed; without them they were erased.
  z.object({ status: z.literal("claimed"), ...of, claimedAt: z.iso.datetime(), details: Bytes.optional() }),
  z.object({ status: z.literal("struck"), ...of, struckAt: z.iso.datetime() }),
]);
export type Claim = z.infer<typeof Claim>;
type In<Status extends Claim["status"]> = Extract<Claim, { status: Status }>;
export type Waiting = In<"new" | "offered" | "reminded">;
export type Claimed = In<"claimed">;
export type Struck = In<"struck">;

export const isWaiting = (claim: Claim): claim is Waiting => claim.status !== "claimed" && claim.status !== "struck";

/** Whether somebody may still claim a prize. */
export const someoneWaits = (claims: ReadonlyMap<number, Claim>): boolean => [...claims.values()].some(isWaiting);

/** Who claimed is known for so long. */
export const forgottenAt = ({ offeredAt }: Claim): string => later(offeredAt, retention.claimMs);

/** Half-way between the offer and its deadline. */
export const remindAt = ({ offeredAt, deadline }: Claim): string =>
  instant((milliseconds(offeredAt) + milliseconds(deadline)) / 2);

/** When something is to be done about it. */
export const wakeAt = (claim: Claim): string | undefined => {
  switch (claim.status) {
    case "new":
      return claim.offeredAt;
    case "offered":
      return remindAt(claim);
    case "reminded":
      return claim.deadline;
    default:
      return undefined;
  }
};

// ── What becomes of it ──────────────────────────────────────────────────────────────────────────────────────────────

export const offer = <Status extends "new" | "offered">(
  contest: WithWinners,
  { position, entryId }: Pick<Chosen, "position" | "entryId">,
  status: Status,
  now: string,
) => {
  const { workspaceId, contestId } = contest;
  const deadline = claimDeadline(contest, now);
  return { status, workspaceId, contestId, position, entryId, offeredAt: now, deadline };
};

export const posted = (claim: In<"new">): In<"offered"> => ({ ...claim, status: "offered" });

/** Once, half-way. */
export const remind = (claim: In<"offered">, now: string): [In<"reminded">, DomainEvent[]] => {
  const { contestId, position, entryId } = claim;
  return [
    { ...claim, status: "reminded", remindedAt: now },
    [event("winner.reminded", { contestId, position, entryId })],
  ];
};

export const claimEnded = (): never =>
  refuse("claim_ended", "This prize could be claimed until its deadline. That is past.");

/** A second time it is the same claim. Refuses `claim_ended` where the deadline is past, or the prize went to another. */
export const claimPrize = (claim: Claim, details: Uint8Array, now: string): [Claimed, DomainEvent[]] => {
  if (claim.status === "claimed") return [claim, []];
  if (claim.status === "struck" || now >= claim.deadline) return claimEnded();
  const { contestId, position, entryId } = claim;
  const { workspaceId, offeredAt, deadline } = claim;
  return [
    insteadOf(claim, {
      status: "claimed" as const,
      workspaceId,
      contestId,
      position,
      entryId,
      offeredAt,
      deadline,
      claimedAt: now,
      details,
    }),
    [event("winner.claimed", { contestId, position, entryId })],
  ];
};

/** What was said is erased; that it was claimed stays. */
export const withoutDetails = ({ details: _, ...claim }: Claimed): Claimed => claim;

/** The prize is not theirs any more; what they said goes with it. */
export const strike = (claim: Claim, now: string): Struck => {
  const { workspaceId, contestId, position, entryId, offeredAt, deadline } = claim;
  return insteadOf(claim, {
    status: "struck" as const,
    workspaceId,
    contestId,
    position,
    entryId,
    offeredAt,
    deadline,
    struckAt: now,
  });
};

// ── What the winner says ────────────────────────────────────────────────────────────────────────────────────────────

/** `contact`: how and where the prize gets to them. `showName`: whether the public reads the name, and not initials only. */
export const Details = z.object({ name: z.string(), town: z.string(), contact: z.string(), showName: z.boolean() });
export type Details = z.infer<typeof Details>;

const boundTo = ({ contestId, position }: Pick<Claim, "contestId" | "position">): string =>
  `${contestId}/winner/${position}/details`;
export const sealDetails = (claim: Claim, details: Details): Promise<Buffer> =>
  seal(claim.workspaceId, boundTo(claim), JSON.stringify(details));
export const openDetails = async (claim: Claimed & { details: Uint8Array }): Promise<Details> =>
  Details.parse(JSON.parse((await open(claim.workspaceId, boundTo(claim), claim.details)).toString()));

export const hasDetails = (claim: Claim | undefined): claim is Claimed & { details: Uint8Array } =>
  claim?.status === "claimed" && claim.details !== undefined;

/** The first letters of a name: of the words that begin with a capital, or of all where none does. */
const initials = (name: string): string => {
  const words = name.split(/[\s-]+/).filter(Boolean);
  const capital = words.filter((word) => /^\p{Lu}/u.test(word));
  const letters = (capital.length > 0 ? capital : words).map((word) => [...word][0]?.toLocaleUpperCase() ?? "");
  return letters.map((letter) => `${letter}.`).join("");
};

/** What the public reads of a winner. */
export const shownAs = ({ name, town, showName }: Details): string => `${showName ? name : initials(name)}, ${town}`;

import * as z from "zod";
import { newId } from "../platform/ids.ts";
import { open, seal } from "../platform/secrets.ts";
import { Bytes, insteadOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";

/**
 * Somebody with a proved address on a board: what is theirs. So that it can be erased, and so that a contest can ask who proposed
 * something. Nothing tells who it is but the hash of mail/address.ts.
 */
export const Participant = z.object({
  workspaceId: z.string(),
  boardId: z.string(),
  hash: z.string(),
  /** The ids of what they proposed, and of what they follow. */
  ideas: z.array(z.string()),
  follows: z.array(z.string()),
  comments: z.array(z.object({ ideaId: z.string(), commentId: z.string() })),
});
export type Participant = z.infer<typeof Participant>;

export const nobodyYet = (at: Pick<Participant, "workspaceId" | "boardId" | "hash">): Participant => ({
  ...at,
  ideas: [],
  follows: [],
  comments: [],
});

const adding = (list: readonly string[], one: string | undefined): string[] =>
  one === undefined || list.includes(one) ? [...list] : [...list, one];

/** What is theirs too from now on. */
export const withMore = (
  participant: Participant,
  more: { idea?: string; follow?: string; comment?: Participant["comments"][number] },
): Participant => ({
  ...participant,
  ideas: adding(participant.ideas, more.idea),
  follows: adding(participant.follows, more.follow),
  comments:
    more.comment === undefined || participant.comments.some(({ commentId }) => commentId === more.comment?.commentId)
      ? participant.comments
      : [...participant.comments, more.comment],
});

/** Why somebody is told what becomes of an idea. */
export const Because = z.enum(["proposed", "supported", "followed"]);
export type Because = z.infer<typeof Because>;

/** Somebody who asked to be told what becomes of an idea, and proved their address. */
export const Follower = z.object({
  workspaceId: z.string(),
  boardId: z.string(),
  ideaId: z.string(),
  hash: z.string(),
  /** Names what is mailed to them, and says nothing of them. */
  id: z.string(),
  /** Sealed. */
  address: Bytes,
  language: Language,
  because: Because,
  at: z.iso.datetime(),
});
export type Follower = z.infer<typeof Follower>;

/** Somebody who asked for it no more. That others heard of it is why the row stays for a while, without their address: who follows again is another event. */
export const Stopped = Follower.pick({ workspaceId: true, boardId: true, ideaId: true, hash: true }).extend({
  removedAt: z.iso.datetime(),
});
export type Stopped = z.infer<typeof Stopped>;

export const stop = (follower: Follower, now: string): Stopped => {
  const { workspaceId, boardId, ideaId, hash } = follower;
  return insteadOf(follower, { workspaceId, boardId, ideaId, hash, removedAt: now });
};
export const follows = (follower: Follower | Stopped | undefined): follower is Follower =>
  follower !== undefined && !("removedAt" in follower);

const boundTo = (of: Pick<Follower, "ideaId" | "hash">): string => `follower ${of.ideaId} ${of.hash}`;

export const newFollower = async (
  of: Pick<Follower, "workspaceId" | "boardId" | "ideaId" | "hash" | "language" | "because">,
  address: string,
  now: string,
): Promise<Follower> => ({
  ...of,
  id: newId("follower", now),
  address: await seal(of.workspaceId, boundTo(of), address),
  at: now,
});

export const addressOf = async (follower: Follower): Promise<string> =>
  (await open(follower.workspaceId, boundTo(follower), follower.address)).toString();

import { hashesOf } from "../mail/address.ts";
import { mailboxOf } from "../mail/mailbox.ts";
import { isVisible, wasVisibleAt } from "./idea.ts";
import { everyIdeaOf, findIdeaOn, findParticipant, participantsOf } from "./table.ts";

// Who proposed something, for contests that give a chance for an idea. Only who proved their address is known: by the code that
// was mailed, or by the link that tells what becomes of an idea.

/** The keyed hash of an address, by its mailbox: the same person on every board of a workspace. */
export const personHash = async (workspaceId: string, address: string, now: string): Promise<string> =>
  (await hashesOf(workspaceId, mailboxOf(address.trim().toLowerCase()), now)).address;

/** Whether an idea of theirs stands on the board: not one that waits for approval, was rejected or removed. */
export const hasProposed = async (
  workspaceId: string,
  boardId: string,
  address: string,
  now: string,
): Promise<boolean> => {
  const at = { workspaceId, boardId };
  const hash = await personHash(workspaceId, address, now);
  const participant = await findParticipant(at, hash, now);
  for (const ideaId of participant?.ideas ?? []) {
    const idea = await findIdeaOn(at, ideaId, now);
    if (idea && isVisible(idea) && idea.author === hash) return true;
  }
  return false;
};

/**
 * Who had proposed something that everybody saw at a moment of the last days, by `personHash`: what is decided of an idea
 * afterwards changes nothing, nor does taking it away. Who was forgotten since is not among them.
 */
export const proposersAt = async (
  workspaceId: string,
  boardId: string,
  moment: string,
  now: string,
): Promise<Set<string>> => {
  const at = { workspaceId, boardId };
  const proposers = new Set<string>();
  const removed = new Set<string>();
  for await (const idea of everyIdeaOf(at, now)) {
    if (!wasVisibleAt(idea, moment)) continue;
    if (idea.status === "removed") removed.add(idea.ideaId);
    else if (idea.author !== undefined) proposers.add(idea.author);
  }
  if (removed.size === 0) return proposers;
  for await (const { hash, ideas } of participantsOf(at, now))
    if (ideas.some((ideaId) => removed.has(ideaId))) proposers.add(hash);
  return proposers;
};

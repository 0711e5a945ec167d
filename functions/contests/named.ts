import { connected } from "../channels/channel.ts";
import { findChannel } from "../channels/table.ts";
import { refuse } from "../platform/errors.ts";
import { type NamedImage, publishedImages, shownImages } from "../platform/published-images.ts";
import type { Change } from "../platform/table.ts";
import type { NewBonus } from "./bonus.ts";
import type { Open } from "./contest.ts";

// What a set-up names of its workspace: channels to speak on, polls and boards where chances are earned, pictures of the prizes.

type Naming = {
  channels?: readonly string[] | undefined;
  prizes?: readonly { picture?: string | undefined }[] | undefined;
  chances?: { bonuses: readonly NewBonus[] } | undefined;
};

/** Refuses `unknown_poll` and `unknown_board`. Whether anybody could earn something there is asked as the contest opens. */
const bonusesNamed = async (workspaceId: string, bonuses: readonly NewBonus[], now: string): Promise<void> => {
  for (const [i, bonus] of bonuses.entries()) {
    const at = `#/chances/bonuses/${i}`;
    if (bonus.kind === "poll") {
      const { findPoll } = await import("../polls/table.ts");
      const error = { pointer: `${at}/pollId`, detail: "There is no such poll." };
      if (!(await findPoll(workspaceId, bonus.pollId, now)))
        return refuse("unknown_poll", `There is no poll ${bonus.pollId}.`, [error]);
    }
    if (bonus.kind === "idea") {
      const { findBoard } = await import("../ideas/table.ts");
      const error = { pointer: `${at}/boardId`, detail: "There is no such board." };
      if (!(await findBoard(workspaceId, bonus.boardId, now)))
        return refuse("unknown_board", `There is no board ${bonus.boardId}.`, [error]);
    }
  }
};

/**
 * Refuses a channel that is not there or was disconnected (`unknown_channel`, `channel_disconnected`), a poll or a board that
 * is not there, and a picture that is no published one of this workspace (`unknown_media`). Gives what is to be saved with it, so that the pictures stay.
 */
export const stillNamedBy = async (
  workspaceId: string,
  { channels = [], prizes = [], chances }: Naming,
  now: string,
): Promise<Change[]> => {
  for (const [i, channelId] of channels.entries()) {
    const pointer = `#/channels/${i}`;
    const channel = await findChannel(workspaceId, channelId, now);
    if (!channel)
      return refuse("unknown_channel", `There is no channel ${channelId}.`, [
        { pointer, detail: "There is no such channel." },
      ]);
    connected(channel, pointer);
  }
  await bonusesNamed(workspaceId, chances?.bonuses ?? [], now);
  return publishedImages(workspaceId, picturesOf(prizes), now);
};

const picturesOf = (prizes: NonNullable<Naming["prizes"]>): NamedImage[] =>
  prizes.flatMap(({ picture }, i) =>
    picture === undefined ? [] : [{ mediaId: picture, pointer: `#/prizes/${i}/picture` }],
  );

/** The same of the pictures that an open contest shows: they stay until somebody says that it may show none. */
export const shownBy = (
  { workspaceId, contestId, prizes }: Pick<Open, "workspaceId" | "contestId" | "prizes">,
  now: string,
): Promise<Change[]> => shownImages(workspaceId, picturesOf(prizes), contestId, now);

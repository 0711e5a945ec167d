import { connected } from "../channels/channel.ts";
import { findChannel } from "../channels/table.ts";
import { refuse } from "../platform/errors.ts";
import { publishedImages } from "../platform/published-images.ts";
import type { Change } from "../platform/table.ts";

// What a set-up names of its workspace: channels to speak on, and pictures of the prizes.

type Naming = {
  channels?: readonly string[] | undefined;
  prizes?: readonly { picture?: string | undefined }[] | undefined;
};

/**
 * Refuses a channel that is not there or was disconnected (`unknown_channel`, `channel_disconnected`), and a picture that is
 * no published one of this workspace (`unknown_media`). Gives what is to be saved with it, so that the pictures stay.
 */
export const stillNamedBy = async (
  workspaceId: string,
  { channels = [], prizes = [] }: Naming,
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
  const pictures = prizes.flatMap(({ picture }, i) =>
    picture === undefined ? [] : [{ mediaId: picture, pointer: `#/prizes/${i}/picture` }],
  );
  return publishedImages(workspaceId, pictures, now);
};

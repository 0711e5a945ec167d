import type { Channel } from "../channels/channel.ts";
import { readOn } from "../posts/read-on.ts";

/** How people write it where a reminder says only in words where it is posted. */
const linkedIn = /linked\s?in/i;

/**
 * The network whose rules hold for what is said on a channel: of a reminder the one that a person posts it on. LinkedIn, where
 * no contest may be, is known by its name too.
 */
export const spokenOn = (channel: Pick<Channel, "network" | "account" | "settings">): string => {
  const network = readOn(channel);
  return network === "reminder" && linkedIn.test(String(channel.settings.where)) ? "linkedin" : network;
};

import type { Channel } from "../channels/channel.ts";

/** Which network a channel's words are read on: of a reminder the one that it is posted on. */
export const readOn = ({ network, account }: Pick<Channel, "network" | "account">): string =>
  account?.facts?.countsAs ?? network;

import * as z from "zod";

/**
 * A click: somebody opened the page of a contest that they can enter. It is a row of two days, which the tally counts;
 * nothing in it says who it was, so opening the page twice is two clicks.
 */
export const View = z.object({
  workspaceId: z.string(),
  contestId: z.string(),
  id: z.string(),
  /** Unix milliseconds. */
  at: z.number().int(),
  /** What the link said of where it stands (see sources.ts). */
  via: z.string().optional(),
  /** Whether it was a friend's personal link. */
  byFriend: z.literal(true).optional(),
});
export type View = z.infer<typeof View>;

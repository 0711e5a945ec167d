import * as z from "zod";
import { days, later } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { openToken, sealToken } from "../platform/secrets.ts";
import { Language } from "../platform/words.ts";

// The link in a reminder: to the page with the post to paste, and the button that says it is done. What it carries is in it,
// encrypted.

const Carried = z.object({ p: z.string(), c: z.string(), k: z.string(), l: Language });
const purpose = "reminder";
const lifeDays = 30;

/** `key`: of the delivery; a post that is sent again has another, and the old link is over. */
export type Reminded = { postId: string; channelId: string; key: string; language: Language };

export const reminderUrl = async (
  home: string,
  workspaceId: string,
  { postId, channelId, key, language }: Reminded,
  now: string,
): Promise<string> => {
  const carried: z.input<typeof Carried> = { p: postId, c: channelId, k: key, l: language };
  return `${home}/todo/${workspaceId}?t=${await sealToken(workspaceId, purpose, later(now, days(lifeDays)), carried)}`;
};

/** Refuses `link_ended`. */
export const openReminder = async (workspaceId: string, token: string, now: string): Promise<Reminded> => {
  const opened = await openToken(workspaceId, purpose, token, Carried, now);
  if (opened.state !== "valid") return refuse("link_ended", "This link is over, or was not copied completely.");
  const { p, c, k, l } = opened.data;
  return { postId: p, channelId: c, key: k, language: l };
};

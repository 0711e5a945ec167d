import * as z from "zod";
import { event } from "../events/mail.ts";
import type { Task } from "../platform/background.ts";
import { days, later } from "../platform/clock.ts";
import { Conflict, type Kind, put } from "../platform/table.ts";
import type { Allowance } from "./transport.ts";

/** That a workspace's mail waited because the account's daily quota was used up: told once a day. */
const Cap = z.object({ workspaceId: z.string(), day: z.string(), reachedAt: z.iso.datetime() });
type Cap = z.infer<typeof Cap>;

export const caps: Kind<Cap> = {
  kind: "mail-cap",
  schema: Cap,
  key: ({ workspaceId, day }) => ({ pk: `WS#${workspaceId}#MAIL-CAPS`, sk: day }),
  expires: ({ reachedAt }) => later(reachedAt, days(7)),
};

export const isUsedUp = ({ perDay, sentLastDay }: Allowance): boolean => perDay !== undefined && sentLastDay >= perDay;

/** Says that the day's quota is used up, where that was not said yet today. */
export const sayUsedUp = async (
  workspaceId: string,
  { perDay }: Allowance,
  { now, save }: Pick<Task, "now" | "save">,
): Promise<void> => {
  const cap = { workspaceId, day: now.slice(0, 10), reachedAt: now };
  try {
    await save([put(caps, cap, [event("mail.cap_reached", { perDay: perDay ?? 0 })])]);
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
};

import { clock } from "../platform/clock.ts";
import { isUsedUp } from "./cap.ts";
import type { Allowance } from "./transport.ts";

// The account's pace, kept by each of the senders for its part of it.

/** How many run at once: as few as SQS allows for one function (AWS documents: "maximum concurrency … between 2 and 1,000"). */
export const sendersAtOnce = 2;

/** What one sender may send: so many in any stretch of so long. */
export const share = (perSecond: number): { most: number; withinMs: number } => {
  const own = perSecond / sendersAtOnce;
  const most = Math.max(1, Math.floor(own));
  return { most, withinMs: Math.ceil((1000 * most) / own) };
};

/** When this process sent, Unix milliseconds, the latest last. */
const recent: number[] = [];

/** When the next one may leave, Unix milliseconds. */
export const nextTurn = (sentAt: readonly number[], perSecond: number): number => {
  const { most, withinMs } = share(perSecond);
  const before = sentAt.at(-most);
  return before === undefined ? 0 : before + withinMs;
};

const mostRemembered = 1000;

/** Waits for this process's turn. Gives whether it has come: not so where the day's quota is used up, or `endsMs` comes first. */
export const takeTurn = async (allowance: Allowance, endsMs: number): Promise<boolean> => {
  if (isUsedUp(allowance)) return false;
  const turn = nextTurn(recent, allowance.perSecond);
  if (turn >= endsMs) return false;
  await clock.until(turn);
  recent.push(clock.now());
  if (recent.length > 2 * mostRemembered) recent.splice(0, mostRemembered);
  return true;
};

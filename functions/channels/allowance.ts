import { clock, instant, later, seconds } from "../platform/clock.ts";
import { type By, Conflict, save } from "../platform/table.ts";
import type { Channel } from "./channel.ts";
import type { Allowance } from "./connector.ts";
import { findAllowance, putAllowance } from "./table.ts";

// How much a network still takes from an account, as its answers say. While there is plenty nothing is kept and nothing is
// written. Once there is little, each send takes its place first, by a conditional write, and who finds none waits for the
// reset instead of failing: so the sends of all channels of an account, side by side, stay inside it.

/** From here on sends take their places. More than this side by side, in one moment, is for the network's 429. */
const little = 20;
const attempts = 4;

/**
 * Takes a place to send. `attempt`: a name that no other has. Gives undefined where it may be sent now, or else until when it
 * waits (RFC 3339).
 */
export const takePlace = async (
  channel: Channel,
  attempt: string,
  by: Omit<By, "now">,
): Promise<string | undefined> => {
  for (let tries = 1; tries <= attempts; tries++) {
    const now = instant(clock.now());
    const standing = await findAllowance(channel, now);
    if (!standing) return undefined;
    const { remaining, resetAt } = standing;
    if (remaining <= 0) return resetAt;
    try {
      await save([putAllowance(channel, standing, { remaining: remaining - 1, resetAt, takenBy: attempt })], {
        ...by,
        now,
      });
      return undefined;
    } catch (error) {
      // Another took its place at the same moment.
      if (!(error instanceof Conflict)) throw error;
    }
  }
  return later(instant(clock.now()), seconds(1));
};

/** Hears what an answer said. Of two answers about the same stretch of time the lower counts: they may come in any order. */
export const keepAllowance = async (channel: Channel, learned: Allowance, by: Omit<By, "now">): Promise<void> => {
  if (learned.remaining > little) return;
  const now = instant(clock.now());
  const standing = await findAllowance(channel, now);
  if (standing && standing.resetAt >= learned.resetAt && standing.remaining <= learned.remaining) return;
  try {
    await save([putAllowance(channel, standing, learned)], { ...by, now });
  } catch (error) {
    // Another has just said it; the next answer says it again.
    if (!(error instanceof Conflict)) throw error;
  }
};

/** The less of two. */
export const lessOf = (a: Allowance | undefined, b: Allowance): Allowance => (a && a.remaining <= b.remaining ? a : b);

import { hours, minutes, seconds } from "../platform/clock.ts";
import { sha256 } from "../platform/secrets.ts";

// When what failed is sent again: the schedule that Standard Webhooks gives as its example, ten attempts in 75.6 hours.

const pausesMs = [
  seconds(5),
  minutes(5),
  minutes(30),
  hours(2),
  hours(5),
  hours(10),
  hours(14),
  hours(20),
  hours(24),
] as const;

/** Attempts of one delivery, the first included. */
export const mostTries = pausesMs.length + 1;
/** After so many, 7.6 hours, whoever runs the webhook is told; 68 hours are left then. */
export const triesBeforeWarning = 6;
/** An answer's Retry-After is honoured up to this. */
const mostPauseMs = hours(24);

/** A pause is up to a tenth longer, by the delivery and the attempt: what failed together does not come back together. */
const jitter = (deliveryId: string, tries: number): number =>
  1 + sha256(`${deliveryId} ${tries}`).readUInt16BE() / 0xffff / 10;

/** Milliseconds until a delivery that failed `tries` times is sent again; undefined where it is not. */
export const pauseAfter = (deliveryId: string, tries: number, retryAfterSeconds = 0): number | undefined => {
  const pause = pausesMs[tries - 1];
  if (pause === undefined) return undefined;
  const asked = Math.min(seconds(retryAfterSeconds), mostPauseMs);
  return Math.round(Math.max(pause * jitter(deliveryId, tries), asked));
};

/** Milliseconds from the failure of attempt `tries` to that of the last, without jitter. */
export const timeLeftAfter = (tries: number): number =>
  pausesMs.slice(tries - 1).reduce((sum, pause) => sum + pause, 0);

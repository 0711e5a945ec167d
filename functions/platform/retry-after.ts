import { milliseconds } from "./clock.ts";

/** Retry-After (RFC 9110 §10.2.3), seconds or a date, as seconds from `now` (RFC 3339); undefined where it says nothing. */
export const retryAfterOf = (header: string | undefined, now: string): number | undefined => {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const left = milliseconds(header) - milliseconds(now);
  return left > 0 ? Math.ceil(left / 1000) : undefined;
};

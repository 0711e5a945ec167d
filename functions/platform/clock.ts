/**
 * The one clock. `now` is read once at the start of each attempt and passed on, and again before a socket is written.
 * The local runner and the tests replace it; it only moves forward.
 */
export type Clock = {
  /** Milliseconds since 1970. */
  now: () => number;
  /** Resolves once `now() >= atMs`. */
  until: (atMs: number) => Promise<void>;
};

const wall: Clock = {
  now: () => Date.now(),
  until: async (atMs) => {
    for (let left = atMs - Date.now(); left > 0; left = atMs - Date.now()) {
      await new Promise((resolve) => setTimeout(resolve, left));
    }
  },
};

let current: Clock = wall;

export const clock: Clock = { now: () => current.now(), until: (atMs) => current.until(atMs) };

export const replaceClock = (other: Clock): void => {
  current = other;
};

/** RFC 3339 in UTC with milliseconds: sorts as text as it does in time. */
export const instant = (ms: number): string => new Date(ms).toISOString();
export const milliseconds = (rfc3339: string): number => Date.parse(rfc3339);
export const seconds = (n: number): number => n * 1000;
export const minutes = (n: number): number => n * 60_000;
export const hours = (n: number): number => n * 3_600_000;
export const days = (n: number): number => n * 86_400_000;
export const later = (rfc3339: string, ms: number): string => instant(milliseconds(rfc3339) + ms);

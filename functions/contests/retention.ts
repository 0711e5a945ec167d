import { days, hours, later, milliseconds } from "../platform/clock.ts";
import type { Standing } from "./contest.ts";

// How long what is known of an entrant is kept, by what it is kept for. The privacy text says the same from here.

/** Life times in milliseconds; each says from when on. */
export const retention = {
  /** From asking until the close at the latest: the mailed link carries the address, and nothing is stored of the entry. */
  confirmation: "until the close",
  /** From the draw: the address, the salt and all else of an entry, so that whoever entered can check it and complain. */
  entryAfterDrawMs: days(365),
  /** From the offer of a prize: who claimed it, and where it went. */
  claimMs: days(365),
  /** From the cancelling of a contest: for complaints. */
  entryAfterCancelMs: days(30),
  /** The salt with which networks are told apart ends with the entries' freezing; the hashes then say nothing of a network. */
  networkSalt: "until the entries are frozen",
  /** From the end of its life time: by then it is gone from the table, whatever the table has done by itself. */
  clearedWithinMs: days(3),
  /** From asking for it, where the entries are just being counted. */
  erasedWithinMs: hours(1),
} as const;

/** Until when an entry is kept. A draw that moves does not change what was said. */
export const keptUntil = ({ drawAt }: { drawAt: string }): string => later(drawAt, retention.entryAfterDrawMs);

/** When all that is left of the entries is cleared; undefined where they are still needed. */
export const clearsAt = (contest: Standing & { clearsAgainAt?: string | undefined }): string | undefined => {
  if ("clearedAt" in contest && contest.clearedAt !== undefined) return undefined;
  if (contest.clearsAgainAt !== undefined) return contest.clearsAgainAt;
  switch (contest.status) {
    case "final":
      return later(keptUntil(contest), retention.clearedWithinMs);
    case "cancelled": {
      const ended = later(contest.cancelledAt, retention.entryAfterCancelMs);
      return milliseconds(ended) < milliseconds(keptUntil(contest)) ? ended : keptUntil(contest);
    }
    default:
      return undefined;
  }
};

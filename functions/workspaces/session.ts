import { createHash } from "node:crypto";
import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/workspaces.ts";
import { hours, later } from "../platform/clock.ts";

// A session: what someone who signed in may do for a while. Its token names the person and carries 256 secret bits, of which
// only a hash is kept. What it may do is not in it: that is asked of the memberships, at every request.

const lifeMs = hours(12);
/** After this long without use it is over. */
const idleMs = hours(2);
/** Its use is written down at most this often, so it may end up to this much sooner. */
const seenEveryMs = hours(1);

/** A workspace in which it can be used, and who that is there. */
const Seat = z.object({ workspaceId: z.string(), memberId: z.string() });
export type Seat = z.infer<typeof Seat>;

const common = {
  /** The keyed hash of the person's address (see person.ts). */
  person: z.string(),
  /** SHA-256 of the token. */
  hash: z.string(),
  sessionId: z.string(),
  /** Signed in with a workspace's own issuer: good for that workspace only, since that issuer may say anything. */
  only: z.string().optional(),
  seats: z.array(Seat),
  startedAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  seenAt: z.iso.datetime(),
};
export const Session = z.discriminatedUnion("status", [
  z.object({ ...common, status: z.literal("live") }),
  z.object({ ...common, status: z.literal("ended"), endedAt: z.iso.datetime() }),
]);
export type Session = z.infer<typeof Session>;
export type Live = Extract<Session, { status: "live" }>;

/** The same session as one workspace sees it: the row that carries its events there. */
export const SeatRow = z.object({
  workspaceId: z.string(),
  memberId: z.string(),
  sessionId: z.string(),
  endsAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
});
export type SeatRow = z.infer<typeof SeatRow>;

const personBytes = 16;

/** The token of a session. `secret`: 32 bytes that nobody can guess. */
export const sessionToken = (person: string, secret: Uint8Array): string =>
  `sss_${Buffer.concat([Buffer.from(person, "base64url"), secret]).toString("base64url")}`;

/** Where the session of a token is kept, or undefined where it is no token of ours. */
export const placeOfToken = (token: string): { person: string; hash: string } | undefined => {
  const bytes = /^sss_([\w-]{64})$/.exec(token)?.[1];
  if (bytes === undefined) return undefined;
  return {
    person: Buffer.from(bytes, "base64url").subarray(0, personBytes).toString("base64url"),
    hash: createHash("sha256").update(token).digest("base64url"),
  };
};

export const startSession = (
  asked: { person: string; hash: string; sessionId: string; seats: Seat[]; only?: string },
  now: string,
): Live => ({ ...asked, status: "live", startedAt: now, endsAt: later(now, lifeMs), seenAt: now });

/** The row of each workspace, with what is announced there. */
export const seatStarted = ({ sessionId, endsAt }: Live, seat: Seat): [SeatRow, DomainEvent[]] => [
  { ...seat, sessionId, endsAt },
  [event("session.started", { sessionId, memberId: seat.memberId, endsAt })],
];

export const endSession = (session: Live, now: string): Session => ({ ...session, status: "ended", endedAt: now });
export const seatEnded = (row: SeatRow, now: string): [SeatRow, DomainEvent[]] => [
  { ...row, endedAt: now },
  [event("session.ended", { sessionId: row.sessionId, memberId: row.memberId })],
];

export const hasExpired = ({ endsAt, seenAt }: Session, now: string): boolean =>
  endsAt <= now || later(seenAt, idleMs) <= now;
export const isLive = (session: Session, now: string): session is Live =>
  session.status === "live" && !hasExpired(session, now);

/** The session with its use written down, if it is time to. */
export const seen = (session: Live, now: string): Live | undefined =>
  later(session.seenAt, seenEveryMs) <= now ? { ...session, seenAt: now } : undefined;

/** Whether it shows and ends the other: one that is good for one workspace only has no say over the rest. */
export const mayEnd = (session: Session, other: Session): boolean =>
  session.only === undefined || session.only === other.only;

export const SessionView = z
  .object({
    id: z.string(),
    startedAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().describe("To the hour."),
    endsAt: z.iso.datetime().describe("At the latest; two hours without use end it too."),
    isThis: z.boolean().describe("Whether it is the one that asks."),
  })
  .meta({ id: "Session" });

export const viewSession = (session: Session, asking: string): z.infer<typeof SessionView> => ({
  id: session.sessionId,
  startedAt: session.startedAt,
  lastUsedAt: session.seenAt,
  endsAt: session.endsAt,
  isThis: session.sessionId === asking,
});

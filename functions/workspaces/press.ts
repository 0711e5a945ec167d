import { later } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { newId } from "../platform/ids.ts";
import { type By, type Change, Conflict, put, save } from "../platform/table.ts";
import { join, type Membership, membershipOf } from "./member.ts";
import { sessionSecret } from "./person.ts";
import {
  endSession,
  isLive,
  type Live,
  placeOfToken,
  type Seat,
  type Session,
  seatEnded,
  seatStarted,
  sessionToken,
  startSession,
} from "./session.ts";
import { linkMs } from "./sign-in.ts";
import {
  findMember,
  findMembership,
  findSeat,
  findSession,
  members,
  memberships,
  membershipsOf,
  seatRows,
  sessions,
  usedLinks,
} from "./table.ts";

// What the one button behind a mailed link does. The session's secret comes from the link and from the showing of the page:
// pressing twice, or asking again because an answer was lost, gives the same session, while the same link on another page
// gives none.

export type Started = { session: Live; token: string };

/** The same change by somebody else than the rest of the save: each workspace hears of its own member only. */
const by = <S extends object>(actor: string, change: Change<S>): Change<S> => ({
  ...change,
  step: (whole: By) => change.step({ ...whole, actor }),
});

/** A person is in at most this many workspaces, so that signing in is one transaction (DynamoDB takes 100 items). */
export const mostWorkspaces = 90;

const seatsOf = (known: readonly Membership[]): Seat[] =>
  known.filter(({ status }) => status === "active").map(({ workspaceId, memberId }) => ({ workspaceId, memberId }));

/** A new session, and the changes that start it. */
export const starting = (
  asked: { person: string; secret: Uint8Array; seats: Seat[]; only?: string },
  now: string,
): Started & { changes: Change[] } => {
  const { person, secret, seats, only } = asked;
  const token = sessionToken(person, secret);
  const { hash } = placeOfToken(token)!;
  const sessionId = newId("session", now);
  const session = startSession({ person, hash, sessionId, seats, ...(only === undefined ? {} : { only }) }, now);
  const changes = [
    put(sessions, session),
    ...seats.map((seat) => by(seat.memberId, put(seatRows, ...seatStarted(session, seat)))),
  ];
  return { session, token, changes };
};

/** The session that this press has started before, if it has. Refuses `link_used` where that has ended. */
const before = async (person: string, secret: Uint8Array, now: string): Promise<Started | undefined> => {
  const token = sessionToken(person, secret);
  const session = await findSession(placeOfToken(token)!, now);
  if (!session) return undefined;
  return isLive(session, now) ? { session, token } : used();
};
const used = (): never => refuse("link_used", "This link was used already. Ask for another one.");

/** Saves, or finds that the same press was saved at the same moment. */
const once = async (
  { changes, ...started }: Started & { changes: Change[] },
  secret: Uint8Array,
  whole: By,
): Promise<Started> => {
  try {
    await save(changes, whole);
    return started;
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    const first = await before(started.session.person, secret, whole.now);
    if (first) return first;
    throw error;
  }
};

/** Signs in with a mailed link. Refuses `link_used`, or `not_a_member` for who has been removed since. */
export const signIn = async (
  { person, link }: { person: string; link: string },
  shown: string,
  { now, requestId }: { now: string; requestId: string },
): Promise<Started> => {
  const secret = await sessionSecret("sign-in", person, link, shown);
  const first = await before(person, secret, now);
  if (first) return first;
  const seats = seatsOf(await membershipsOf(person, now));
  if (seats.length === 0) return refuse("not_a_member", "You are no member of a workspace any more.");
  const started = starting({ person, secret, seats }, now);
  // An open page may be used until its link is over; the row outlives that.
  const use = put(usedLinks, { person, link, until: later(now, linkMs) });
  try {
    return await once({ ...started, changes: [...started.changes, use] }, secret, {
      now,
      actor: seats[0]!.memberId,
      cause: requestId,
    });
  } catch (error) {
    return error instanceof Conflict ? used() : Promise.reject(error);
  }
};

/** Accepts an invitation, and signs in. Refuses `link_ended` where it was taken back, `link_used` where it was accepted. */
export const acceptInvitation = async (
  { workspaceId, memberId }: { workspaceId: string; memberId: string },
  shown: string,
  { now, requestId }: { now: string; requestId: string },
): Promise<Started> => {
  const member = await findMember(workspaceId, memberId, now);
  if (!member) return refuse("link_ended", "This invitation was taken back.");
  const { person } = member;
  const secret = await sessionSecret("join", person, memberId, shown);
  const first = await before(person, secret, now);
  if (first) return first;
  if (member.status === "active") return used();
  const [mine, membership] = await Promise.all([membershipsOf(person, now), findMembership(person, workspaceId, now)]);
  const seats = seatsOf(mine);
  if (seats.length >= mostWorkspaces)
    return refuse("too_many_workspaces", `One person is a member of at most ${mostWorkspaces} workspaces.`);
  const [joined, events] = join(member, now);
  const started = starting({ person, secret, seats: [...seats, { workspaceId, memberId }] }, now);
  const changes = [
    ...started.changes,
    put(members, joined, events),
    put(memberships, { ...membership, ...membershipOf(joined) }),
  ];
  return once({ ...started, changes }, secret, { now, actor: memberId, cause: requestId });
};

/** Signs in as a member of one workspace whom its own issuer has named. */
export const signInFrom = async (
  { person, workspaceId, memberId }: Membership,
  secret: Uint8Array,
  { now, requestId }: { now: string; requestId: string },
): Promise<Started> => {
  const started = starting({ person, secret, seats: [{ workspaceId, memberId }], only: workspaceId }, now);
  return once(started, secret, { now, actor: memberId, cause: requestId });
};

/** The changes that end a session, in every workspace that it was good for. */
const ending = async (session: Live, now: string): Promise<Change[]> => {
  const rows = await Promise.all(
    session.seats.map(async ({ workspaceId, memberId }) => {
      const row = await findSeat(workspaceId, session.sessionId, now);
      return row && row.endedAt === undefined ? [by(memberId, put(seatRows, ...seatEnded(row, now)))] : [];
    }),
  );
  return [put(sessions, endSession(session, now)), ...rows.flat()];
};

const mostAttempts = 5;

/** Signs out of sessions, of each whole; one that has ended stays so. */
export const signOut = async (which: readonly Session[], whole: By): Promise<void> => {
  for (const place of which) {
    for (let attempt = 1; ; attempt++) {
      const session = await findSession(place, whole.now);
      if (!session || !isLive(session, whole.now)) break;
      try {
        await save(await ending(session, whole.now), whole);
        break;
      } catch (error) {
        // Its use was written down at the same moment, or it was ended elsewhere.
        if (!(error instanceof Conflict) || attempt === mostAttempts) throw error;
      }
    }
  }
};

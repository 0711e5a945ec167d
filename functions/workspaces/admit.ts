import type { accessRefusals } from "../platform/errors.ts";
import { isOn } from "./issuer.ts";
import type { Membership } from "./member.ts";
import { hasExpired, type Live, placeOfToken, type Session } from "./session.ts";
import { findMembership, findSession, findSignInWith, membershipsOf } from "./table.ts";

type Admitted = { session: Live; memberships: Membership[] };
type Refused = { refusal: (typeof accessRefusals)[number]; detail: string };

/** A session is good for the memberships that there were when it started: whoever comes back signs in anew. */
const isFor = ({ status, workspaceId, memberId }: Membership, { only, seats }: Session): boolean =>
  status === "active" &&
  (only === undefined || only === workspaceId) &&
  seats.some((seat) => seat.workspaceId === workspaceId && seat.memberId === memberId);

/** Of what a session's token lets its bearer do something: of one workspace, or of all; as it is now. */
export const admit = async (
  token: string,
  workspaceId: string | undefined,
  now: string,
): Promise<Admitted | Refused> => {
  const refused = (refusal: Refused["refusal"], detail: string): Refused => ({ refusal, detail });
  const place = placeOfToken(token);
  if (!place) return refused("session_unknown", "This is no session of ours. Sign in again.");
  const { person } = place;
  const [session, known] = await Promise.all([
    findSession(place, now),
    workspaceId === undefined
      ? membershipsOf(person, now)
      : findMembership(person, workspaceId, now).then((membership) => (membership ? [membership] : [])),
  ]);
  if (!session) return refused("session_unknown", "This session is not known. Sign in again.");
  if (session.status === "ended") return refused("session_ended", "This session was ended. Sign in again.");
  if (hasExpired(session, now)) return refused("session_expired", "This session has expired. Sign in again.");
  if (session.only !== undefined && !isOn(await findSignInWith(session.only, now)))
    return refused("session_ended", "The workspace no longer uses the issuer that you signed in with. Sign in again.");
  return { session, memberships: known.filter((membership) => isFor(membership, session)) };
};

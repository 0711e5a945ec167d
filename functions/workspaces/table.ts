import { days, later, milliseconds } from "../platform/clock.ts";
import { withScopesOf2 } from "../platform/route.ts";
import { all, get, type Key, type Kind, page, type Stretch } from "../platform/table.ts";
import { OpenIdState, SignInWith } from "./issuer.ts";
import { ApiKey, KeyUse } from "./key.ts";
import { type Active, isOwner, Member, Membership, type Standing } from "./member.ts";
import { isLive, SeatRow, Session } from "./session.ts";
import { Asked, UsedLink } from "./sign-in.ts";
import { Workspace } from "./workspace.ts";

// What is asked                                  Where the answer lives
// the workspace                                  WS#<workspace> · WORKSPACE
// a key, the keys of a workspace                 WS#<workspace>#KEYS · <key>
// when a key was last used                       WS#<workspace>#KEY-USES · <key>
// whose key is this                              the directory: NAME#key#<SHA-256 of the key>
// a member, the members of a workspace           WS#<workspace>#MEMBERS · <member>
// a session as a workspace sees it               WS#<workspace>#SESSIONS · <session>
// the issuer that its members may sign in with   WS#<workspace> · SIGN-IN
// was this answer of the issuer used             WS#<workspace>#OPENID · <SHA-256 of the state>
// in which workspaces is a person, as what       PERSON#<keyed hash of the address> · IN#<workspace>
// whose session is this, the sessions of one     PERSON#<…> · SESSION#<SHA-256 of the token>
// who asked for a mail to sign in                PERSON#<…> · ASKED
// was this link used                             PERSON#<…> · LINK#<link>
//
// People stand beside the workspaces, as public names do: one person may run several. Nothing under PERSON# carries events,
// so the hash stays here.

export const workspaces: Kind<Workspace> = {
  kind: "workspace",
  schema: Workspace,
  key: ({ workspaceId }) => workspaceKey(workspaceId),
};
export const workspaceKey = (workspaceId: string): Key => ({ pk: `WS#${workspaceId}`, sk: "WORKSPACE" });

export const keys: Kind<ApiKey> = {
  kind: "key",
  schema: ApiKey,
  key: ({ workspaceId, keyId }) => keyKey(workspaceId, keyId),
  shape: 2,
  upgrade: withScopesOf2,
};
const keysOf = (workspaceId: string): string => `WS#${workspaceId}#KEYS`;
const keyKey = (workspaceId: string, keyId: string): Key => ({ pk: keysOf(workspaceId), sk: keyId });

export const keyUses: Kind<KeyUse> = {
  kind: "key-use",
  schema: KeyUse,
  key: ({ workspaceId, keyId }) => keyUseKey(workspaceId, keyId),
};
const keyUsePk = (workspaceId: string): string => `WS#${workspaceId}#KEY-USES`;
const keyUseKey = (workspaceId: string, keyId: string): Key => ({ pk: keyUsePk(workspaceId), sk: keyId });

export const members: Kind<Member> = {
  kind: "member",
  schema: Member,
  key: ({ workspaceId, memberId }) => memberKey(workspaceId, memberId),
  expires: (member) => (member.status === "removed" ? later(member.removedAt, days(30)) : undefined),
};
const membersOf = (workspaceId: string): string => `WS#${workspaceId}#MEMBERS`;
const memberKey = (workspaceId: string, memberId: string): Key => ({ pk: membersOf(workspaceId), sk: memberId });

export const seatRows: Kind<SeatRow> = {
  kind: "session-seat",
  schema: SeatRow,
  key: ({ workspaceId, sessionId }) => seatKey(workspaceId, sessionId),
  expires: ({ endsAt }) => later(endsAt, days(1)),
};
const seatKey = (workspaceId: string, sessionId: string): Key => ({ pk: `WS#${workspaceId}#SESSIONS`, sk: sessionId });

const personPk = (person: string): string => `PERSON#${person}`;

export const memberships: Kind<Membership> = {
  kind: "membership",
  schema: Membership,
  key: ({ person, workspaceId }) => membershipKey(person, workspaceId),
};
const membershipKey = (person: string, workspaceId: string): Key => ({ pk: personPk(person), sk: `IN#${workspaceId}` });

/** For a day after its end it is still known that there was one. */
export const sessions: Kind<Session> = {
  kind: "session",
  schema: Session,
  key: (session) => sessionKey(session),
  expires: ({ endsAt }) => later(endsAt, days(1)),
};
const sessionKey = ({ person, hash }: { person: string; hash: string }): Key => ({
  pk: personPk(person),
  sk: `SESSION#${hash}`,
});

/** While it is there, the same person is not mailed again. */
export const askeds: Kind<Asked> = {
  kind: "sign-in-asked",
  schema: Asked,
  key: ({ person }) => ({ pk: personPk(person), sk: "ASKED" }),
  due: (asked) => (asked.status === "asked" ? { at: asked.askedAt, kind: "sign-in.mail" } : undefined),
  expires: ({ until }) => until,
};

export const usedLinks: Kind<UsedLink> = {
  kind: "used-link",
  schema: UsedLink,
  key: ({ person, link }) => ({ pk: personPk(person), sk: `LINK#${link}` }),
  expires: ({ until }) => until,
};

export const signInWiths: Kind<SignInWith> = {
  kind: "sign-in-with",
  schema: SignInWith,
  key: ({ workspaceId }) => signInWithKey(workspaceId),
};
const signInWithKey = (workspaceId: string): Key => ({ pk: `WS#${workspaceId}`, sk: "SIGN-IN" });

export const openIdStates: Kind<OpenIdState> = {
  kind: "openid-state",
  schema: OpenIdState,
  key: ({ workspaceId, hash }) => ({ pk: `WS#${workspaceId}#OPENID`, sk: hash }),
  expires: ({ until }) => until,
};

type List = { limit: number; startAfter: Key | undefined };

export const findWorkspace = (workspaceId: string, now: string): Promise<Workspace | undefined> =>
  get(workspaces, { pk: `WS#${workspaceId}`, sk: "WORKSPACE" }, milliseconds(now));

export const findKey = (workspaceId: string, keyId: string, now: string): Promise<ApiKey | undefined> =>
  get(keys, keyKey(workspaceId, keyId), milliseconds(now));

export const listKeys = (workspaceId: string, list: List, now: string): Promise<Stretch<ApiKey>> =>
  page(keys, { pk: keysOf(workspaceId) }, { ...list, nowMs: milliseconds(now) });

export const allKeys = (workspaceId: string, now: string): Promise<ApiKey[]> =>
  Array.fromAsync(all(keys, { pk: keysOf(workspaceId) }, milliseconds(now)));

export const findKeyUse = (
  { workspaceId, keyId }: { workspaceId: string; keyId: string },
  now: string,
): Promise<KeyUse | undefined> => get(keyUses, keyUseKey(workspaceId, keyId), milliseconds(now));

/** When each of these keys (neighbours in their list) was last used, by its id. */
export const keyUsesOf = async (
  workspaceId: string,
  listed: readonly ApiKey[],
  now: string,
): Promise<Map<string, KeyUse>> => {
  const [from, to] = [listed[0]?.keyId, listed.at(-1)?.keyId];
  if (from === undefined || to === undefined) return new Map();
  const uses = await Array.fromAsync(all(keyUses, { pk: keyUsePk(workspaceId), from, to }, milliseconds(now)));
  return new Map(uses.map((use) => [use.keyId, use]));
};

/** A member or who is invited; whoever was removed is not there. */
export const findMember = async (workspaceId: string, memberId: string, now: string): Promise<Standing | undefined> => {
  const member = await get(members, memberKey(workspaceId, memberId), milliseconds(now));
  return member && isStanding(member) ? member : undefined;
};
const isStanding = (member: Member): member is Standing => member.status !== "removed";

export const listMembers = async (workspaceId: string, list: List, now: string): Promise<Stretch<Standing>> => {
  const { items, next } = await page(
    members,
    { pk: membersOf(workspaceId) },
    { ...list, nowMs: milliseconds(now), keep: isStanding },
  );
  return { items: items.filter(isStanding), next };
};

/** Everyone who has joined. */
export const activeMembers = async (workspaceId: string, now: string): Promise<Active[]> => {
  const found = await Array.fromAsync(all(members, { pk: membersOf(workspaceId) }, milliseconds(now)));
  return found.filter((member) => member.status === "active");
};

/** An owner beside this member, if there is one. */
export const findOtherOwner = async (workspaceId: string, memberId: string, now: string) => {
  for await (const member of all(members, { pk: membersOf(workspaceId) }, milliseconds(now)))
    if (isOwner(member) && member.memberId !== memberId) return member;
  return undefined;
};

export const findMembership = (person: string, workspaceId: string, now: string): Promise<Membership | undefined> =>
  get(memberships, membershipKey(person, workspaceId), milliseconds(now));

/** Where a person is a member or invited, oldest workspace first. */
export const membershipsOf = (person: string, now: string): Promise<Membership[]> =>
  Array.fromAsync(all(memberships, { pk: personPk(person), begins: "IN#" }, milliseconds(now)));

export const findSession = (place: { person: string; hash: string }, now: string): Promise<Session | undefined> =>
  get(sessions, sessionKey(place), milliseconds(now));

export const listSessions = (
  person: string,
  list: List,
  now: string,
  keep: (session: Session) => boolean,
): Promise<Stretch<Session>> =>
  page(
    sessions,
    { pk: personPk(person), begins: "SESSION#" },
    { ...list, nowMs: milliseconds(now), keep: (session) => isLive(session, now) && keep(session) },
  );

/** The sessions of a person that still do something, newest first. */
export const liveSessionsOf = async (person: string, now: string) => {
  const found = await Array.fromAsync(all(sessions, { pk: personPk(person), begins: "SESSION#" }, milliseconds(now)));
  return found
    .flatMap((session) => (isLive(session, now) ? [session] : []))
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
};

export const findSeat = (workspaceId: string, sessionId: string, now: string): Promise<SeatRow | undefined> =>
  get(seatRows, seatKey(workspaceId, sessionId), milliseconds(now));

export const findSignInWith = (workspaceId: string, now: string): Promise<SignInWith | undefined> =>
  get(signInWiths, signInWithKey(workspaceId), milliseconds(now));

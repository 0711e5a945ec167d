import * as z from "zod";
import { drop } from "../platform/drop.ts";
import { found, refuse } from "../platform/errors.ts";
import { api, type Call, list, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { Address } from "../platform/input.ts";
import { type Change, put } from "../platform/table.ts";
import { unchanged } from "../platform/unchanged.ts";
import { Language } from "../platform/words.ts";
import {
  changeMember,
  invite,
  isOwner,
  MemberView,
  membershipOf,
  removeMember,
  type Standing,
  viewMember,
} from "./member.ts";
import { addressOf, personOf, sealAddress } from "./person.ts";
import { signOut } from "./press.ts";
import { Role } from "./role.ts";
import { mayEnd, SessionView, viewSession } from "./session.ts";
import {
  findMember,
  findMembership,
  findOtherOwner,
  listMembers,
  listSessions,
  liveSessionsOf,
  members,
  memberships,
} from "./table.ts";

// Who runs the workspace, and the sessions of whoever asks.

const params = z.strictObject({ memberId: Id("member") });

const view = async (member: Standing) => viewMember(member, await addressOf(member));

/**
 * What must still hold for an owner to stop being one: that another one stays. Two who remove each other at the same moment
 * would leave none: one of them loses on this.
 */
const anotherOwner = async (member: Standing, now: string): Promise<Change[]> => {
  if (!isOwner(member)) return [];
  const other = await findOtherOwner(member.workspaceId, member.memberId, now);
  if (!other) return refuse("last_owner", "This is the last owner. Make another member an owner first.");
  return [unchanged(members, other)];
};

/** The session that asks and the others of the same person, this one last; a key has none. */
const sessionsOf = async ({
  workspaceId,
  actor,
  session,
  now,
}: Pick<Call, "workspaceId" | "actor" | "session" | "now">) => {
  const member = session === undefined ? undefined : await findMember(workspaceId, actor, now);
  const live = member ? await liveSessionsOf(member.person, now) : [];
  const here = live.find(({ sessionId }) => sessionId === session);
  return here ? [...live.filter((other) => other !== here && mayEnd(here, other)), here] : [];
};

export const routes = {
  inviteMember: route({
    method: "POST",
    path: "/v1/members",
    access: "members:write",
    summary:
      "Invites somebody by mail; the invitation holds for a week. Asked again, it is mailed again, at most once in ten minutes.",
    status: 201,
    body: z.strictObject({ address: Address, role: Role, language: Language.default("nl") }),
    returns: MemberView,
    refuses: ["already_member"],
    run: async ({ workspaceId, scopes, body, now, save }) => {
      const person = await personOf(body.address, now);
      const membership = await findMembership(person, workspaceId, now);
      const before = membership && (await findMember(workspaceId, membership.memberId, now));
      if (before?.status === "active")
        return refuse("already_member", "This person is a member. Change the role instead.", [
          { pointer: "#/address", detail: "Of a member." },
        ]);
      const memberId = before?.memberId ?? newId("member", now);
      const { role, language } = body;
      const address = before?.address ?? (await sealAddress(workspaceId, memberId, body.address));
      const [member, events] = invite({ workspaceId, memberId, person, address, role, language }, before, scopes, now);
      const change = put(members, member, events);
      const directory = put(memberships, { ...membership, ...membershipOf(member) });
      return save([change, directory], viewMember(change.after, body.address));
    },
  }),
  listMembers: list({
    method: "GET",
    path: "/v1/members",
    access: "members:read",
    summary: "The members and who is invited, in the order of their first invitation.",
    item: MemberView,
    run: async ({ workspaceId, list, now }) => {
      const { items, next } = await listMembers(workspaceId, list, now);
      return { items: await Promise.all(items.map(view)), next };
    },
  }),
  readMember: route({
    method: "GET",
    path: "/v1/members/{memberId}",
    access: "members:read",
    summary: "One member.",
    params,
    returns: MemberView,
    run: async ({ workspaceId, params, now }) =>
      view(found(await findMember(workspaceId, params.memberId, now), "member")),
  }),
  changeMember: route({
    method: "PATCH",
    path: "/v1/members/{memberId}",
    access: "members:write",
    summary: "Gives a member another role, at once, or another language. The last owner stays one.",
    params,
    body: z.strictObject({ role: Role.optional(), language: Language.optional() }),
    returns: MemberView,
    refuses: ["last_owner", "stale"],
    run: async ({ workspaceId, scopes, params, body, now, expect, save }) => {
      const member = found(await findMember(workspaceId, params.memberId, now), "member");
      expect(member);
      const [next, events] = changeMember(member, body, scopes);
      if (next.role === member.role && next.language === member.language) return view(member);
      const change = put(members, next, events);
      const changes: Change[] = [change];
      if (next.role !== member.role) {
        const membership = found(await findMembership(member.person, workspaceId, now), "member");
        changes.push(put(memberships, { ...membership, ...membershipOf(next) }), ...(await anotherOwner(member, now)));
      }
      return save(changes, await view(change.after));
    },
  }),
  removeMember: route({
    method: "DELETE",
    path: "/v1/members/{memberId}",
    access: "members:write",
    whileLeaving: true,
    summary: "Removes a member, at once, or takes an invitation back. The last owner stays.",
    params,
    status: 204,
    refuses: ["last_owner", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const member = found(await findMember(workspaceId, params.memberId, now), "member");
      expect(member);
      const [removed, events] = removeMember(member, now);
      const membership = found(await findMembership(member.person, workspaceId, now), "member");
      const changes = [
        put(members, removed, events),
        drop(memberships, membership),
        ...(await anotherOwner(member, now)),
      ];
      return save(changes, undefined);
    },
  }),
  listSessions: list({
    method: "GET",
    path: "/v1/sessions",
    access: "workspace:read",
    summary: "The sessions of the member who asks: where they are signed in. A key has none.",
    item: SessionView,
    run: async (call) => {
      const here = (await sessionsOf(call)).at(-1);
      if (!here) return { items: [], next: undefined };
      const { items, next } = await listSessions(here.person, call.list, call.now, (other) => mayEnd(here, other));
      return { items: items.map((session) => viewSession(session, here.sessionId)), next };
    },
  }),
  endSession: route({
    method: "DELETE",
    path: "/v1/sessions/{sessionId}",
    access: "workspace:read",
    whileLeaving: true,
    summary: "Signs the member who asks out of one session, at once.",
    params: z.strictObject({ sessionId: Id("session") }),
    status: 204,
    run: async (call) => {
      const session = (await sessionsOf(call)).find(({ sessionId }) => sessionId === call.params.sessionId);
      await signOut([found(session, "session")], { now: call.now, actor: call.actor, cause: call.requestId });
      return undefined;
    },
  }),
  endSessions: route({
    method: "DELETE",
    path: "/v1/sessions",
    access: "workspace:read",
    whileLeaving: true,
    summary: "Signs the member who asks out everywhere, here as well.",
    status: 204,
    run: async (call) => {
      // As long as the one that asks is left, asking again goes on.
      await signOut(await sessionsOf(call), { now: call.now, actor: call.actor, cause: call.requestId });
      return undefined;
    },
  }),
};

export const handler = api(routes);

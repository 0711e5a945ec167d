import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/workspaces.ts";
import { days, later, minutes } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { Bytes, insteadOf, versionOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { lackingFor, Role } from "./role.ts";

/** How long an invitation can be accepted. */
const invitationMs = days(7);
/** Whoever was just mailed is not mailed again. */
export const mailedAgainAfterMs = minutes(10);

const common = {
  workspaceId: z.string(),
  memberId: z.string(),
  /** The keyed hash of the address (see person.ts). It is in no event and in no answer. */
  person: z.string(),
  /** The mail address, sealed. */
  address: Bytes,
  role: Role,
  language: Language,
  invitedAt: z.iso.datetime(),
};

/** Somebody who runs a workspace, or is asked to. */
export const Member = z.discriminatedUnion("status", [
  z.object({
    ...common,
    status: z.literal("invited"),
    /** When the last mail was asked for. */
    mailedAt: z.iso.datetime(),
    invitationEndsAt: z.iso.datetime(),
  }),
  z.object({ ...common, status: z.literal("active"), joinedAt: z.iso.datetime() }),
  z.object({
    status: z.literal("removed"),
    workspaceId: z.string(),
    memberId: z.string(),
    removedAt: z.iso.datetime(),
  }),
]);
export type Member = z.infer<typeof Member>;
export type Invited = Extract<Member, { status: "invited" }>;
export type Active = Extract<Member, { status: "active" }>;
export type Removed = Extract<Member, { status: "removed" }>;
export type Standing = Invited | Active;

/** In which workspaces a person is, and as what: what a session is judged by at every request. */
export const Membership = z.object({
  person: z.string(),
  workspaceId: z.string(),
  memberId: z.string(),
  status: z.enum(["invited", "active"]),
  role: Role,
});
export type Membership = z.infer<typeof Membership>;

/** The entry of a member in the directory of people. */
export const membershipOf = ({ person, workspaceId, memberId, status, role }: Standing): Membership => ({
  person,
  workspaceId,
  memberId,
  status,
  role,
});

const mineToGive = (role: Role, mine: readonly string[]): void => {
  const lacking = lackingFor(role, mine).join(", ");
  if (lacking)
    refuse("scope_missing", `Nobody gives a role that may do more than they may; you lack ${lacking}.`, [
      { pointer: "#/role", detail: `It gives ${lacking}.` },
    ]);
};

/**
 * Invites somebody, or again whoever has not joined yet: a new week, and a new mail unless one was sent in the last ten
 * minutes. `mine`: the scopes of who invites.
 */
export const invite = (
  asked: Pick<Invited, "workspaceId" | "memberId" | "person" | "address" | "role" | "language">,
  before: Invited | undefined,
  mine: readonly string[],
  now: string,
): [Invited, DomainEvent[]] => {
  mineToGive(asked.role, mine);
  const invitationEndsAt = later(now, invitationMs);
  const { memberId, role } = asked;
  if (!before)
    return [
      { ...asked, status: "invited", invitedAt: now, mailedAt: now, invitationEndsAt },
      [event("member.invited", { memberId, role })],
    ];
  const isMailed = later(before.mailedAt, mailedAgainAfterMs) > now;
  const { language } = asked;
  return [
    { ...before, role, language, invitationEndsAt, mailedAt: isMailed ? before.mailedAt : now },
    [
      ...(role === before.role
        ? []
        : [event("member.role_changed", { memberId: before.memberId, from: before.role, role })]),
      ...(isMailed ? [] : [event("member.invited", { memberId: before.memberId, role })]),
    ],
  ];
};

/** Accepts an invitation. Refuses `link_ended` where it has ended. */
export const join = (member: Invited, now: string): [Active, DomainEvent[]] => {
  if (member.invitationEndsAt <= now) return refuse("link_ended", "This invitation has ended. Ask for another one.");
  const { mailedAt: _, invitationEndsAt: __, ...kept } = member;
  const { memberId, role } = member;
  return [{ ...kept, status: "active", joinedAt: now }, [event("member.joined", { memberId, role })]];
};

export const changeMember = <M extends Standing>(
  member: M,
  change: { role?: Role | undefined; language?: Language | undefined },
  mine: readonly string[],
): [M, DomainEvent[]] => {
  const { role = member.role, language = member.language } = change;
  if (role === member.role) return [{ ...member, language }, []];
  mineToGive(role, mine);
  const { memberId } = member;
  return [{ ...member, role, language }, [event("member.role_changed", { memberId, from: member.role, role })]];
};

/** What stays of whoever left, for a month: nothing of the person. */
export const removeMember = (member: Standing, now: string): [Removed, DomainEvent[]] => {
  const { workspaceId, memberId } = member;
  return [
    insteadOf(member, { status: "removed", workspaceId, memberId, removedAt: now } as const),
    [event("member.removed", { memberId })],
  ];
};

export const isOwner = (member: Member): member is Active => member.status === "active" && member.role === "owner";

export const MemberView = z
  .object({
    id: z.string(),
    address: z.string(),
    role: Role,
    language: Language,
    status: z.enum(["invited", "active"]),
    invitedAt: z.iso.datetime(),
    mailedAt: z.iso.datetime().optional().describe("When the invitation was last mailed."),
    invitationEndsAt: z.iso.datetime().optional(),
    joinedAt: z.iso.datetime().optional(),
    version: z.number().int(),
  })
  .meta({ id: "Member" });

export const viewMember = (member: Standing, address: string): z.infer<typeof MemberView> => ({
  id: member.memberId,
  address,
  role: member.role,
  language: member.language,
  status: member.status,
  invitedAt: member.invitedAt,
  ...(member.status === "invited"
    ? { mailedAt: member.mailedAt, invitationEndsAt: member.invitationEndsAt }
    : { joinedAt: member.joinedAt }),
  version: versionOf(member),
});

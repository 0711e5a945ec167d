import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/mail.ts";
import { Id } from "../platform/ids.ts";
import { versionOf } from "../platform/version.ts";

/**
 * An address that a workspace does not mail. It is known by a keyed hash only, so a list shows no one; whoever knows the
 * address can find it. `unsubscribed` is about marketing only, the others about all mail.
 */
export const Reason = z.enum(["bounced", "complained", "unsubscribed", "asked"]);
export type Reason = z.infer<typeof Reason>;

export const Suppression = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("active"),
    workspaceId: z.string(),
    suppressionId: z.string(),
    /** Of the address, with a secret of the workspace. */
    hash: z.string(),
    /** Of the address, as every workspace has it. */
    everywhere: z.string(),
    reason: Reason,
    since: z.iso.datetime(),
  }),
  // Taken off; what was known of the address is gone with its expiry.
  z.object({
    status: z.literal("ended"),
    workspaceId: z.string(),
    suppressionId: z.string(),
    hash: z.string(),
    endedAt: z.iso.datetime(),
  }),
]);
export type Suppression = z.infer<typeof Suppression>;
export type Active = Extract<Suppression, { status: "active" }>;

/** An address that does not exist, for every workspace. */
export const Bounced = z.object({ hash: z.string(), since: z.iso.datetime() });
export type Bounced = z.infer<typeof Bounced>;

/** What someone did weighs more than that they asked for less. */
const weight: Record<Reason, number> = { unsubscribed: 0, asked: 1, bounced: 2, complained: 3 };

/** Nothing changes (the same state, no event) where it is suppressed as much already. */
export const suppress = (
  known: Suppression | undefined,
  asked: { workspaceId: string; suppressionId: string; hash: string; everywhere: string; reason: Reason },
  now: string,
): [Active, DomainEvent[]] => {
  const { reason } = asked;
  if (known?.status === "active") {
    if (weight[known.reason] >= weight[reason]) return [known, []];
    return [
      { ...known, reason, since: now },
      [event("address.suppressed", { suppressionId: known.suppressionId, reason })],
    ];
  }
  const { suppressionId } = known ?? asked;
  return [
    { ...asked, suppressionId, status: "active", since: now },
    [event("address.suppressed", { suppressionId, reason })],
  ];
};

export const allow = ({ workspaceId, suppressionId, hash }: Active, now: string): [Suppression, DomainEvent[]] => [
  { status: "ended", workspaceId, suppressionId, hash, endedAt: now },
  [event("address.allowed", { suppressionId })],
];

/** Whether a mail may not go to an address. */
export const stops = ({ reason }: Active, mail: { marketing?: true }): boolean =>
  reason !== "unsubscribed" || mail.marketing === true;

export const SuppressionView = z
  .object({
    id: Id("suppression"),
    reason: Reason,
    since: z.iso.datetime(),
    version: z.number().int(),
  })
  .meta({ id: "Suppression" });

export const viewSuppression = (suppression: Active): z.infer<typeof SuppressionView> => ({
  id: suppression.suppressionId,
  reason: suppression.reason,
  since: suppression.since,
  version: versionOf(suppression),
});

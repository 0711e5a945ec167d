import { suppressionsSubject } from "../events/mail.ts";
import { days, later, milliseconds } from "../platform/clock.ts";
import { countsFor } from "../platform/counts.ts";
import { all, get, type Key, type Kind, lookUp, page, type Stretch } from "../platform/table.ts";
import { Mailing, Throttle } from "./mailing.ts";
import { type Active, Bounced, Suppression } from "./suppression.ts";

// What is asked                            Where the answer lives
// what became of a letter, of all letters  WS#<workspace>#LETTERS#<about> · <what it is>
//   about a thing
// was this address mailed just now         WS#<workspace>#MAILED#<first of hash> · <hash of letter and address>
// may this address be mailed, all that     WS#<workspace>#SUPPRESSIONS · <hash of address>
//   may not
// the suppression of this id               lookup: WS#<workspace>#SUPPRESSION#<id>
// does this address bounce for everyone    WS#mail#BOUNCED#<first of hash> · <hash of address>
// how many are suppressed                  tally of suppressions

/** Who is told of a letter's fate may ask for a year. */
const rememberedMs = days(365);

const partsOf = (id: string): { about: string; what: string } => {
  const at = id.indexOf("/");
  return { about: id.slice(0, at), what: id.slice(at + 1) };
};
const lettersAbout = (workspaceId: string, about: string): string => `WS#${workspaceId}#LETTERS#${about}`;

export const mailings: Kind<Mailing> = {
  kind: "mailing",
  schema: Mailing,
  key: ({ workspaceId, id }) => mailingKey(workspaceId, id),
  expires: (mailing) => {
    if (mailing.status === "sending") return later(mailing.since, rememberedMs);
    return later(mailing.status === "sent" ? mailing.sentAt : mailing.failedAt, rememberedMs);
  },
};
const mailingKey = (workspaceId: string, id: string): Key => {
  const { about, what } = partsOf(id);
  return { pk: lettersAbout(workspaceId, about), sk: what };
};

export const findMailing = (workspaceId: string, id: string, now: string): Promise<Mailing | undefined> =>
  get(mailings, mailingKey(workspaceId, id), milliseconds(now));

/** What became of the letters about a thing of which the rest of the id begins so. */
export const mailingsAbout = (workspaceId: string, about: string, begins: string, now: string): Promise<Mailing[]> =>
  Array.fromAsync(all(mailings, { pk: lettersAbout(workspaceId, about), begins }, milliseconds(now)));

export const throttles: Kind<Throttle> = {
  kind: "throttle",
  schema: Throttle,
  key: ({ workspaceId, hash }) => throttleKey(workspaceId, hash),
  expires: ({ forgottenAt }) => forgottenAt,
};
const throttleKey = (workspaceId: string, hash: string): Key => ({
  pk: `WS#${workspaceId}#MAILED#${hash.slice(0, 1)}`,
  sk: hash,
});

export const findThrottle = (workspaceId: string, hash: string, now: string): Promise<Throttle | undefined> =>
  get(throttles, throttleKey(workspaceId, hash), milliseconds(now));

// ── Who is not mailed ───────────────────────────────────────────────────────────────────────────────────────────────

/** A suppression that has ended is forgotten after this. */
const forgottenMs = days(30);

const suppressionsOf = (workspaceId: string): string => `WS#${workspaceId}#SUPPRESSIONS`;
export const suppressions: Kind<Suppression> = {
  kind: "suppression",
  schema: Suppression,
  key: ({ workspaceId, hash }) => ({ pk: suppressionsOf(workspaceId), sk: hash }),
  lookup: (suppression) =>
    suppression.status === "active"
      ? {
          name: `${suppressionsOf(suppression.workspaceId)}#${suppression.suppressionId}`,
          at: suppression.since,
        }
      : undefined,
  expires: (suppression) => (suppression.status === "ended" ? later(suppression.endedAt, forgottenMs) : undefined),
};

export const findSuppression = (workspaceId: string, hash: string, now: string): Promise<Suppression | undefined> =>
  get(suppressions, { pk: suppressionsOf(workspaceId), sk: hash }, milliseconds(now));

const active = (suppression: Suppression | undefined): Active | undefined =>
  suppression?.status === "active" ? suppression : undefined;

export const findSuppressionById = async (
  workspaceId: string,
  suppressionId: string,
  now: string,
): Promise<Active | undefined> => {
  const { keys } = await lookUp(`${suppressionsOf(workspaceId)}#${suppressionId}`, { limit: 1 });
  return keys[0] && active(await get(suppressions, keys[0], milliseconds(now)));
};

/** In an order that tells nothing. */
export const listSuppressions = async (
  workspaceId: string,
  asked: { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<Stretch<Active>> => {
  const keep = (suppression: Suppression) => suppression.status === "active";
  const { items, next } = await page(
    suppressions,
    { pk: suppressionsOf(workspaceId) },
    { ...asked, nowMs: milliseconds(now), keep },
  );
  return { items: items.flatMap((one) => active(one) ?? []), next };
};

/** By now, a moment behind. */
export const suppressedCount = async (workspaceId: string, now: string): Promise<number> =>
  (await countsFor(workspaceId, suppressionsSubject, milliseconds(now))).suppressed ?? 0;

export const bounced: Kind<Bounced> = {
  kind: "bounced",
  schema: Bounced,
  key: ({ hash }) => ({ pk: `WS#mail#BOUNCED#${hash.slice(0, 1)}`, sk: hash }),
};
export const findBounced = (hash: string, now: string): Promise<Bounced | undefined> =>
  get(bounced, bounced.key({ hash, since: now }), milliseconds(now));

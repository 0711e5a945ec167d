import * as z from "zod";
import { days, later, milliseconds } from "../platform/clock.ts";
import { found, refuse } from "../platform/errors.ts";
import { openToken, sealToken } from "../platform/secrets.ts";
import { get, type Key, type Kind, page, type Stretch } from "../platform/table.ts";
import { forgottenAt, isOpen, type Open, Share } from "./share.ts";

// Asked                                   Answered by
// a share, the shares of a workspace      WS#<workspace>#SHARES / <share>

export const shares: Kind<Share> = {
  kind: "post-share",
  schema: Share,
  key: ({ workspaceId, shareId }) => shareKey(workspaceId, shareId),
  expires: forgottenAt,
};
const sharesOf = (workspaceId: string): string => `WS#${workspaceId}#SHARES`;
const shareKey = (workspaceId: string, shareId: string): Key => ({ pk: sharesOf(workspaceId), sk: shareId });

export const findShare = async (workspaceId: string, shareId: string, now: string): Promise<Open | undefined> => {
  const share = await get(shares, shareKey(workspaceId, shareId), milliseconds(now));
  return share && isOpen(share, now) ? share : undefined;
};

/** Newest first. */
export const listShares = async (
  workspaceId: string,
  list: { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<Stretch<Open>> => {
  const { items, next } = await page(
    shares,
    { pk: sharesOf(workspaceId), newestFirst: true },
    { ...list, nowMs: milliseconds(now), keep: (share) => isOpen(share, now) },
  );
  return { items: items.filter((share) => isOpen(share, now)), next };
};

const purpose = (kind: Open["status"]): string => `share ${kind}`;
/** What it opens is asked of the share itself, which can be taken back. */
const farDays = 3650;

/** What stands behind ?t= in its link. */
export const tokenOf = ({ workspaceId, shareId, status }: Open, now: string): Promise<string> =>
  sealToken(workspaceId, purpose(status), later(now, days(farDays)), shareId);

/** The share that a link opens. Refuses `link_ended`. */
export const shareBy = async <K extends Open["status"]>(
  workspaceId: string,
  kind: K,
  token: string,
  now: string,
): Promise<Extract<Open, { status: K }>> => {
  const opened = await openToken(workspaceId, purpose(kind), token, z.string(), now);
  const share = opened.state === "valid" ? await findShare(workspaceId, opened.data, now) : undefined;
  const isOfKind = (one: Open | undefined): one is Extract<Open, { status: K }> => one?.status === kind;
  return isOfKind(share) ? share : refuse("link_ended", "This link has ended, or was not copied completely.");
};

export const foundShare = (share: Open | undefined): Open => found(share, "share");

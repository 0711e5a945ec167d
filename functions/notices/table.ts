import { milliseconds } from "../platform/clock.ts";
import { get, type Key, type Kind } from "../platform/table.ts";
import { Closing, Digest, Settings } from "./notice.ts";

// What is asked                            Where the answer lives
// what a member wants to be told, and how  WS#<workspace>#NOTICES · SETTINGS#<member>
// a day's news for a member                WS#<workspace>#NOTICES · DIGEST#<member>
// which contest closes soon                WS#<workspace>#NOTICES · CLOSING#<contest>

const noticesOf = (workspaceId: string): string => `WS#${workspaceId}#NOTICES`;

export const settings: Kind<Settings> = {
  kind: "notice-settings",
  schema: Settings,
  key: ({ workspaceId, memberId }) => settingsKey(workspaceId, memberId),
};
const settingsKey = (workspaceId: string, memberId: string): Key => ({
  pk: noticesOf(workspaceId),
  sk: `SETTINGS#${memberId}`,
});

export const digests: Kind<Digest> = {
  kind: "notice-digest",
  schema: Digest,
  key: ({ workspaceId, memberId }) => digestKey(workspaceId, memberId),
  due: ({ wakesAt }) => (wakesAt === undefined ? undefined : { at: wakesAt, kind: "notice.digest" }),
};
const digestKey = (workspaceId: string, memberId: string): Key => ({
  pk: noticesOf(workspaceId),
  sk: `DIGEST#${memberId}`,
});

export const closings: Kind<Closing> = {
  kind: "notice-closing",
  schema: Closing,
  key: ({ workspaceId, contestId }) => ({ pk: noticesOf(workspaceId), sk: `CLOSING#${contestId}` }),
  due: ({ wakesAt }) => ({ at: wakesAt, kind: "notice.closing" }),
};

export const findSettings = (workspaceId: string, memberId: string, now: string): Promise<Settings | undefined> =>
  get(settings, settingsKey(workspaceId, memberId), milliseconds(now));

export const findDigest = (workspaceId: string, memberId: string, now: string): Promise<Digest | undefined> =>
  get(digests, digestKey(workspaceId, memberId), milliseconds(now));

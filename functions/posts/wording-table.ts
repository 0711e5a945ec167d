import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { get, getCached, type Key, type Kind, page, type Stretch } from "../platform/table.ts";

// Asked                                     Answered by
// what somebody is called where             WS#<workspace>#MENTIONS / <name>
// how addresses are tagged                  WS#<workspace>#LINKS / SETTINGS

/** Somebody who is mentioned, with what they are called on each network; `says` where they are on none. */
export const Mention = z.object({
  workspaceId: z.string(),
  name: z.string(),
  says: z.string(),
  /** By network, without the @. */
  handles: z.record(z.string(), z.string()),
  /** It was deleted. What is left counts on where it was, should the name come again. */
  gone: z.literal(true).optional(),
});
export type Mention = z.infer<typeof Mention>;

export const mentions: Kind<Mention> = {
  kind: "mention",
  schema: Mention,
  key: ({ workspaceId, name }) => mentionKey(workspaceId, name),
};
const mentionKey = (workspaceId: string, name: string): Key => ({ pk: `WS#${workspaceId}#MENTIONS`, sk: name });

/** Also what is left of one that was deleted. */
export const readMention = (workspaceId: string, name: string, now: string): Promise<Mention | undefined> =>
  get(mentions, mentionKey(workspaceId, name), milliseconds(now));

const standing = (mention: Mention | undefined): Mention | undefined => (mention?.gone ? undefined : mention);

export const findMention = async (workspaceId: string, name: string, now: string): Promise<Mention | undefined> =>
  standing(await readMention(workspaceId, name, now));

/** Those of these names that somebody has. */
export const mentionsOf = async (workspaceId: string, names: readonly string[], now: string): Promise<Mention[]> => {
  const found = await Promise.all(names.map((name) => findMention(workspaceId, name, now)));
  return found.filter((one) => one !== undefined);
};

export const listMentions = (
  workspaceId: string,
  list: { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<Stretch<Mention>> =>
  page(
    mentions,
    { pk: mentionKey(workspaceId, "").pk },
    { ...list, nowMs: milliseconds(now), keep: ({ gone }) => gone === undefined },
  );

/** How a workspace's addresses are written in posts. */
export const LinkSettings = z.object({
  workspaceId: z.string(),
  /** Whose statistics want to know: the hosts, and names below them. */
  hosts: z.array(z.string()),
  medium: z.string(),
  /** Of a post that names none. */
  campaign: z.string().optional(),
  /** By channel; its network's name where it is not said. */
  sources: z.record(z.string(), z.string()).optional(),
  shortens: z.boolean(),
});
export type LinkSettings = z.infer<typeof LinkSettings>;

export const linkSettings: Kind<LinkSettings> = {
  kind: "link-settings",
  schema: LinkSettings,
  key: ({ workspaceId }) => settingsKey(workspaceId),
};
const settingsKey = (workspaceId: string): Key => ({ pk: `WS#${workspaceId}#LINKS`, sk: "SETTINGS" });

export const findLinkSettings = (workspaceId: string, now: string): Promise<LinkSettings | undefined> =>
  get(linkSettings, settingsKey(workspaceId), milliseconds(now));

const cached = getCached(linkSettings);
/** At most five seconds old. */
export const tagSettingsOf = (workspaceId: string, now: string): Promise<LinkSettings | undefined> =>
  cached(settingsKey(workspaceId), milliseconds(now));

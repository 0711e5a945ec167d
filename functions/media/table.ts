import { milliseconds } from "../platform/clock.ts";
import { get, getCached, type Key, type Kind, page, type Stretch } from "../platform/table.ts";
import { clearsAt, forgottenAt, Media, type Standing } from "./media.ts";

// What is asked                                   Where the answer lives
// a file, the files of a workspace                WS#<workspace>#MEDIA · <file>
// whose published file is this                    the directory: NAME#media#<file>
// what is to be cleared away                      due: media.clear

export const media: Kind<Media> = {
  kind: "media",
  schema: Media,
  key: ({ workspaceId, mediaId }) => mediaKey(workspaceId, mediaId),
  due: (file) => {
    const at = clearsAt(file);
    return at === undefined ? undefined : { at, kind: "media.clear" };
  },
  expires: forgottenAt,
};
const mediaOf = (workspaceId: string): string => `WS#${workspaceId}#MEDIA`;
const mediaKey = (workspaceId: string, mediaId: string): Key => ({ pk: mediaOf(workspaceId), sk: mediaId });

export const findMedia = (workspaceId: string, mediaId: string, now: string): Promise<Media | undefined> =>
  get(media, mediaKey(workspaceId, mediaId), milliseconds(now));

const cached = getCached(media);
/** At most five seconds old. */
export const findMediaCached = (workspaceId: string, mediaId: string, now: string): Promise<Media | undefined> =>
  cached(mediaKey(workspaceId, mediaId), milliseconds(now));

export type MediaFilter = {
  status?: Standing["status"] | undefined;
  tag?: string | undefined;
  search?: string | undefined;
};

const isAbout = ({ name, alt = "", tags }: Standing, words: string): boolean =>
  [name, alt, ...tags].some((text) => text.toLowerCase().includes(words));

/** Newest first, without the deleted ones. */
export const listMedia = async (
  workspaceId: string,
  { status, tag, search, ...list }: MediaFilter & { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<Stretch<Standing>> => {
  const keep = (file: Media): boolean =>
    file.status !== "deleted" &&
    (status === undefined || file.status === status) &&
    (tag === undefined || file.tags.includes(tag)) &&
    (search === undefined || isAbout(file, search.toLowerCase()));
  const range = { pk: mediaOf(workspaceId), newestFirst: true };
  const { items, next } = await page(media, range, { ...list, nowMs: milliseconds(now), keep });
  return { items: items.flatMap((file) => (file.status === "deleted" ? [] : [file])), next };
};

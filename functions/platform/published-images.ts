import { milliseconds } from "./clock.ts";
import { refuse } from "./errors.ts";
import { type Name, stillNamed, takeName, whoseNow } from "./names.ts";
import type { Change } from "./table.ts";

/** An image that a body names, and where it stands there. */
export type NamedImage = { mediaId: string; pointer: string };

/** Each once. Refuses `unknown_media`. */
const published = (workspaceId: string, named: readonly NamedImage[], now: string): Promise<Name[]> => {
  const pointers = new Map(named.map(({ mediaId, pointer }) => [mediaId, pointer]));
  return Promise.all(
    [...pointers].map(async ([mediaId, pointer]) => {
      const name = await whoseNow("media", mediaId, milliseconds(now));
      if (name?.workspaceId === workspaceId && name.type?.startsWith("image/")) return name;
      return refuse("unknown_media", "This is no published image of this workspace.", [
        { pointer, detail: "Upload one (POST /v1/media), publish it, and give its id." },
      ]);
    }),
  );
};

/**
 * Images that something shows are published ones of its workspace; `unknown_media` refuses any other. What comes back is saved
 * with what shows them, so that none is deleted at the same moment.
 */
export const publishedImages = async (
  workspaceId: string,
  named: readonly NamedImage[],
  now: string,
): Promise<Change[]> => (await published(workspaceId, named, now)).map(stillNamed);

/** So many are named where an image is asked to be deleted. */
const mostShowing = 50;

/**
 * The same of what becomes public: from then on an image is not deleted without saying so. `by`: the id of what shows them.
 */
export const shownImages = async (
  workspaceId: string,
  named: readonly NamedImage[],
  by: string,
  now: string,
): Promise<Change[]> =>
  (await published(workspaceId, named, now)).map((name) => {
    const { shownBy = [] } = name;
    return shownBy.includes(by)
      ? stillNamed(name)
      : takeName({ ...name, shownBy: [...shownBy, by].slice(-mostShowing) });
  });

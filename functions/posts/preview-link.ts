import * as z from "zod";
import { hours, later } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { openToken, sealToken } from "../platform/secrets.ts";

// The way to the page that shows how a post will look.

const Carried = z.object({ p: z.string() });
const purpose = "preview";
const lifeMs = hours(24);

/** The address of a post's preview, for whoever has it, for a day. */
export const previewUrl = async (
  home: string,
  { workspaceId, id }: { workspaceId: string; id: string },
  now: string,
): Promise<{ url: string; expiresAt: string }> => {
  const expiresAt = later(now, lifeMs);
  const token = await sealToken(workspaceId, purpose, expiresAt, { p: id } satisfies z.input<typeof Carried>);
  return { url: `${home}/preview/${workspaceId}?t=${token}`, expiresAt };
};

/** The id of the post. Refuses `link_ended`. */
export const openPreview = async (workspaceId: string, token: string, now: string): Promise<string> => {
  const opened = await openToken(workspaceId, purpose, token, Carried, now);
  if (opened.state !== "valid") return refuse("link_ended", "This link is over, or was not copied completely.");
  return opened.data.p;
};

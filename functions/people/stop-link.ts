import { timingSafeEqual } from "node:crypto";
import { refuse } from "../platform/errors.ts";
import { derive, hmac } from "../platform/secrets.ts";

// The link that ends a newsletter. It names a person by an id that says nothing, proves itself, and is the same each time:
// newsletters are kept for years, and so it never ends.

const macBytes = 16;
const macOf = async (workspaceId: string, personId: string): Promise<Buffer> =>
  hmac(await derive(workspaceId, "newsletter/1"), `stop ${personId}`).subarray(0, macBytes);

/** For the foot of every newsletter, and its List-Unsubscribe header. */
export const stopUrl = async (baseUrl: string, workspaceId: string, personId: string): Promise<string> =>
  `${baseUrl}/newsletter/${workspaceId}?t=${personId}.${(await macOf(workspaceId, personId)).toString("base64url")}`;

/** Whose link it is. Refuses `link_ended`. */
export const openStop = async (workspaceId: string, t: string): Promise<string> => {
  const [personId = "", given = ""] = t.split(".");
  const mac = Buffer.from(given, "base64url");
  if (mac.length === macBytes && timingSafeEqual(mac, await macOf(workspaceId, personId))) return personId;
  return refuse("link_ended", "This link was not copied completely.");
};

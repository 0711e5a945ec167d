import type { Brand } from "../platform/brand.ts";
import { milliseconds } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { found } from "../platform/errors.ts";
import { getCached } from "../platform/table.ts";
import { workspaces } from "./table.ts";

const cached = getCached(workspaces);

/** How a workspace shows itself; at most five seconds old. */
export const brandOf = async (workspaceId: string, now: string): Promise<Brand> => {
  const key = workspaces.key({ workspaceId, name: "", createdAt: now });
  const { name } = found(await cached(key, milliseconds(now)), "workspace");
  return {
    workspaceId,
    name,
    url: config.publicUrl(),
    accent: "#7a2e1d",
    logoUrl: undefined,
    imprint: [name],
    privacyUrl: undefined,
    replyTo: undefined,
    languages: ["nl", "en"],
    zone: "Europe/Amsterdam",
  };
};
